"""Measuring kefu's speed on this machine against the obvious way: `kefu bench ...`."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.common import JsonOption, say, say_json

group = typer.Typer(
    help="Speed on this machine, beside the obvious way, in one run.",
    no_args_is_help=True,
)


def register(app: typer.Typer) -> None:
    """Add `bench`."""
    app.add_typer(group, name="bench")


@group.command()
def generate(
    rounds: Annotated[int, typer.Option(min=1, help="Each way, so many times.")] = 5,
    threads: Annotated[int, typer.Option(min=1, help="Of each model call.")] = 2,
    tokens: Annotated[int, typer.Option(min=1, help="Of each reply.")] = 64,
    layers: Annotated[int, typer.Option(min=1, help="Of the model; GPT-2: 12.")] = 12,
    as_json: JsonOption = False,
) -> None:
    """Writing replies: a model of GPT-2's shape, prompts of 256 tokens.

    Example: kefu bench generate --json
    """
    from bot.model.speed import Shape, measure

    shape = Shape(rounds=rounds, threads=threads, reply_tokens=tokens, layers=layers)
    with tempfile.TemporaryDirectory(prefix="kefu-bench-") as folder:
        speed = measure(Path(folder), shape)
    say_json(speed.to_json()) if as_json else say(speed.text())


@group.command()
def serve(
    replies: Annotated[int, typer.Option(min=2, help="Of one conversation.")] = 60,
    conversations: Annotated[int, typer.Option(min=1, help="At once.")] = 16,
    swaps: Annotated[int, typer.Option(min=0, help="Of the release; 0: none.")] = 50,
    training: Annotated[
        float, typer.Option(min=0, help="Seconds beside a training; 0: none.")
    ] = 60.0,
    as_json: JsonOption = False,
) -> None:
    """Whole replies of the live model: alone, in a crowd, while swapped and trained.

    Everything happens in a shop of its own in a folder that is removed.

    Example: kefu bench serve --json
    """
    from bot.cli.progress import bar
    from bot.cli.serving import Plan, measure

    plan = Plan(
        replies=replies,
        conversations=conversations,
        swaps=swaps,
        training_seconds=training,
    )
    with (
        tempfile.TemporaryDirectory(prefix="kefu-bench-") as folder,
        bar(quiet=as_json) as progress,
    ):
        found = measure(Path(folder), plan, progress)
    say_json(found.to_json()) if as_json else say(found.text())


@group.command()
def retrieve(
    passages: Annotated[int, typer.Option(min=100, help="On the shelf.")] = 100_000,
    questions: Annotated[int, typer.Option(min=10, help="Asked one by one.")] = 200,
    as_json: JsonOption = False,
) -> None:
    """Searching and changing knowledge, on made-up passages; a million takes minutes.

    Example: kefu bench retrieve --passages 1000000 --json
    """
    from bot.retrieval_speed import measure

    def progress(what: str) -> None:
        typer.echo(f"now: {what}", err=True)

    with tempfile.TemporaryDirectory(prefix="kefu-bench-") as folder:
        speed = measure(
            Path(folder), passages=passages, questions=questions, progress=progress
        )
    say_json(speed.to_json()) if as_json else say(speed.text())
