"""The list of commands. Nothing heavy is imported until a command needs it."""

import typer

from bot.cli import (
    ask,
    assess,
    bring,
    explaining,
    gaps,
    learn,
    measure,
    mood,
    pretrain,
    release,
    review,
    setup,
    shop,
    tuning,
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
    explaining,
    watch,
    bring,
    learn,
    gaps,
    assess,
    measure,
    tuning,
    mood,
    pretrain,
    release,
    review,
    setup,
)
for module in _COMMANDS:
    module.register(app)


@app.callback()
def before_every_command() -> None:
    """A support agent for Slack and Telegram that learns and proves it."""
    from bot.cli.logs import set_up_logs

    set_up_logs()
