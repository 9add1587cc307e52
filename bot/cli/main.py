"""The list of commands. Nothing heavy is imported until a command needs it."""

import typer

from bot.cli import (
    ask,
    assess,
    bring,
    learn,
    measure,
    mood,
    pretrain,
    release,
    setup,
    shop,
    watch,
)

app = typer.Typer(
    name="kefu",
    help="A support agent for Slack and Telegram that learns and proves it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
_COMMANDS = (
    shop,
    ask,
    watch,
    bring,
    learn,
    assess,
    measure,
    mood,
    pretrain,
    release,
    setup,
)
for module in _COMMANDS:
    module.register(app)
