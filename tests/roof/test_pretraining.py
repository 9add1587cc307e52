"""`kefu pretrain` from its wiring down: what it refuses, what it leaves behind."""

import json
from pathlib import Path

import pytest

from bot.cli.pretraining import make_base
from bot.cli.progress import time_left
from storage.problems import BadInput, EnvironmentProblem
from tests.training.texts import write_texts
from training.batches import Shape
from training.pretrain import device_for
from training.recipe import PretrainConfig

TINY = PretrainConfig(
    pieces=4600,
    width=64,
    layers=2,
    steps=2,
    shape=Shape(read_tokens=256, text_tokens=64, text_width=64, positions=256),
    threads=1,
    checkpoint_every=1,
)


def test_a_run_leaves_a_packed_model_with_figures_and_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.cli.pretraining.COUNT", 1)
    texts, out = write_texts(tmp_path / "texts"), tmp_path / "out"
    done = make_base([texts], out, TINY, figures=True, quiet=True)
    assert done is not None
    packed = Path(done["model"])
    assert {path.name for path in packed.iterdir()} >= {
        "model.safetensors",
        "tokenizer.json",
        "config.json",
        "figures.json",
        "README.md",
    }
    kept = json.loads((packed / "figures.json").read_text(encoding="utf-8"))
    assert kept["summary"] == done["summary"]
    assert "2 steps" in (packed / "README.md").read_text(encoding="utf-8")


def test_what_cannot_be_used_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="KF-201"):
        make_base(
            [tmp_path / "none"], tmp_path / "out", TINY, figures=False, quiet=True
        )
    taken = tmp_path / "taken"
    taken.write_text("", encoding="utf-8")
    with pytest.raises(EnvironmentProblem, match="KF-604"):
        make_base([tmp_path], taken / "out", TINY, figures=False, quiet=True)
    with pytest.raises(BadInput, match="KF-209"):
        make_base([tmp_path], tmp_path / "out", TINY, figures=False, quiet=True)


def test_the_device_is_what_is_there() -> None:
    assert device_for("cpu") == "cpu"
    assert device_for("auto") in {"cpu", "cuda"}


def test_the_time_left_is_told_in_words() -> None:
    assert [time_left(seconds) for seconds in (0, 42, 600)] == [
        "",
        ", 42 s left",
        ", 10 min left",
    ]
