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
from training.crew import crew_of_process
from training.precision import quickest
from training.pretrain import device_for, pretrain
from training.recipe import PretrainConfig
from training.sources import sources_of
from training.starter import FIGURES_FILE, measure, pack, write_figures

COUNT: Final = 50  # examples of each kind, when it is measured


def make_base(
    data: Sequence[Path],
    out: Path,
    config: PretrainConfig,
    *,
    figures: bool,
    quiet: bool,
) -> dict[str, Any] | None:
    """Train, and measure if asked to; gives where the model is and its figures.

    None in a process that learns together with others and does not lead them.
    """
    _check(data, out)
    config = replace(config, device=device_for(config.device))
    crew = crew_of_process(config.device)
    with bar(quiet=quiet or not crew.leads) as report:

        def progress(_step: int, measured: dict[str, float]) -> None:
            report("pretrain", measured["done"])

        pretrain(data, SHOP, out, config, progress, crew)
    crew.part()
    if not crew.leads:
        return None
    return _packed(data, out, config) if figures else {"model": str(out)}


def _packed(data: Sequence[Path], out: Path, config: PretrainConfig) -> dict[str, Any]:
    packed = out / "packed"
    pack(out, packed)
    with tempfile.TemporaryDirectory() as cache:
        found = measure(SHOP, data, packed, Path(cache), count=COUNT)
    found["training"] = _training(out, config)
    write_figures(packed, found)
    write_card(
        packed,
        found,
        shape=_shape(config),
        training=found["training"],
        sources=sources_of(data),
    )
    return {"model": str(packed), **found}


def _shape(config: PretrainConfig) -> str:
    return (
        f"GPT-2, {config.layers} layers, width {config.width}, {config.heads} heads, "
        f"{config.shape.positions:,} positions, tied embeddings"
    )


def _training(out: Path, config: PretrainConfig) -> str:
    done, shape = read_json(out / "checkpoint" / "run.json"), config.shape
    narrow = str(quickest(config.device)).removeprefix("torch.")
    a_step = shape.read_tokens + shape.text_tokens
    own = f"{done['step']:,} steps of about {a_step:,} tokens: "
    if shape.text_first:
        own += f"the first {shape.text_first:,} mostly texts as they are, then "
    own += (
        f"{shape.read_tokens / a_step:.0%} examples to be read, half of them Chinese, "
        f"and texts as they are, {shape.chinese_rows} rows in {shape.chinese_rows + 1} "
        f"Chinese; seed {config.seed}, {done['seconds'] / 60:.0f} minutes on "
        f"{config.device} ({config.threads} threads, {narrow} with float32 master "
        f"weights)."
    )
    if config.base is None:
        return own
    before = Path(config.base) / FIGURES_FILE
    told = read_json(before).get("training", "") if before.is_file() else ""
    return f"{told} Then, from those weights: {own}".strip()


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
