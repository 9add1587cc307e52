"""A pretraining run in this process, wired: progress, packing, figures, card."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from bot.cli.progress import bar
from bot.cli.shop import SHOP
from bot.model.files import read_json
from storage.problems import BadInput, EnvironmentProblem
from training.card import write_card
from training.pretrain import device_for, pretrain
from training.recipe import PretrainConfig
from training.sources import sources_of
from training.starter import measure, pack, write_figures

COUNT: Final = 50  # examples of each kind, when it is measured


def make_base(
    data: Sequence[Path],
    out: Path,
    config: PretrainConfig,
    *,
    figures: bool,
    quiet: bool,
) -> dict[str, Any]:
    """Train, and measure if asked to; gives where the model is and its figures."""
    _check(data, out)
    config = replace(config, device=device_for(config.device))
    with bar(quiet=quiet) as report:

        def progress(_step: int, measured: dict[str, float]) -> None:
            report("pretrain", measured["done"])

        pretrain(data, SHOP, out, config, progress)
    return _packed(data, out, config) if figures else {"model": str(out)}


def _packed(data: Sequence[Path], out: Path, config: PretrainConfig) -> dict[str, Any]:
    packed = out / "packed"
    pack(out, packed)
    with tempfile.TemporaryDirectory() as cache:
        found = measure(SHOP, data, packed, Path(cache), count=COUNT)
    write_figures(packed, found)
    write_card(
        packed,
        found,
        shape=_shape(config),
        training=_training(out, config),
        sources=sources_of(data),
    )
    return {"model": str(packed), **found}


def _shape(config: PretrainConfig) -> str:
    return (
        f"GPT-2, {config.layers} layers, width {config.width}, {config.heads} heads, "
        f"{config.shape.positions:,} positions, tied embeddings"
    )


def _training(out: Path, config: PretrainConfig) -> str:
    done = read_json(out / "checkpoint" / "run.json")
    a_step = config.shape.read_tokens + config.shape.text_tokens
    plain, minutes = config.shape.text_first, done["seconds"] / 60
    return (
        f"{done['step']:,} steps of about {a_step:,} tokens, half of them Chinese: the "
        f"first {plain:,} mostly dialogues and pages as they are, the others two "
        f"thirds examples to be read; seed {config.seed}, {minutes:.0f} minutes on "
        f"{config.device} ({config.threads} threads, bfloat16 with float32 master "
        f"weights)."
    )


def _check(data: Sequence[Path], out: Path) -> None:
    for directory in data:
        if not directory.is_dir():
            raise BadInput(
                "KF-201",
                "a directory of texts does not exist",
                where=str(directory),
                fix="check --data",
            )
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EnvironmentProblem(
            "KF-604",
            "the model's directory cannot be made",
            where=str(out),
            why=error.strerror or str(error),
            fix="name another one with --out DIR",
        ) from error
