"""Making a base model from texts: the recipe of the starter that ships with kefu."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.common import JsonOption, say, say_json


def register(app: typer.Typer) -> None:
    """Add `pretrain`."""
    app.command("pretrain")(pretrain)


def pretrain(
    data: Annotated[
        list[Path],
        typer.Option("--data", help="Directory of texts by kefu's schemas; repeat it."),
    ],
    out: Annotated[Path, typer.Option("--out", help="Where the model is made.")],
    minutes: Annotated[
        float | None,
        typer.Option("--minutes", min=0.05, help="Of training; pauses do not count."),
    ] = None,
    base: Annotated[
        Path | None,
        typer.Option("--from", help="Go on from this model instead of drawn weights."),
    ] = None,
    device: Annotated[
        str, typer.Option("--device", help="auto, cpu or cuda.")
    ] = "auto",
    threads: Annotated[int, typer.Option("--threads", min=1)] = 2,
    figures: Annotated[
        bool, typer.Option("--figures", help="Pack and measure it at the end.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Train a small bilingual base model on texts, from drawn weights or --from others.

    A run that was cut off goes on from its last checkpoint when the same command is
    given again; with fewer --minutes it ends sooner, its rate brought down first.
    OUT is a plain transformers directory; OUT/packed is what can be shipped.
    Several processes learn together, on several GPUs or machines, when torchrun or
    accelerate starts them: torchrun --nproc-per-node 2 -m bot pretrain ...

    Example: kefu pretrain --data texts --out build/starter --minutes 60
    """
    from bot.cli.pretraining import make_base
    from training.recipe import PretrainConfig, going_on

    config = PretrainConfig() if base is None else going_on(base)
    config = replace(config, minutes=minutes, device=device, threads=threads)
    done = make_base(data, out, config, figures=figures, quiet=as_json)
    if done is None:
        return  # the process that leads says it
    if as_json:
        say_json(done)
    else:
        say(_told(done))


def _told(done: dict[str, Any]) -> str:
    lines = [f"model: {done['model']}"]
    for language, row in done.get("texts", {}).items():
        lines.append(
            f"{language}: {row['model']} bits per character on held-out text, "
            f"5-gram {row['five_gram']}"
        )
    for language, row in done.get("summary", {}).items():
        lines.append(
            f"{language}: {row['facts_carried_fresh']:.1%} of replies carry fresh "
            f"facts, {row['refused_rightly']:.1%} of the unanswerable refused, "
            f"{row['refused_wrongly']:.1%} of the answerable"
        )
    return "\n".join(lines)
