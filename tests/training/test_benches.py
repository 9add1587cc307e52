"""The measurings of tuning, on a model and lessons small enough for a test."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.model.load import BaseModel, load_language_model
from storage.problems import EnvironmentProblem
from tests.training.test_methods import LESSONS, SMALL
from training.apart import run_apart
from training.comparison import Comparison, compare
from training.compress import PRUNED, compress, pruned
from training.job import Job
from training.race import race, repeated

CONFIG = replace(SMALL, epochs=1)


def test_methods_are_compared_each_in_a_process_of_its_own(
    tiny_base: BaseModel, tmp_path: Path
) -> None:
    found = compare(
        tmp_path,
        base=str(tiny_base.directory),
        lessons=LESSONS[:20],
        held_out=LESSONS[20:24],
        config=CONFIG,
        ways=["prompt"],
    )
    row = found.to_json()["methods"]["prompt"]
    assert row["learnt"] == 6 * 64
    assert row["held_out_loss"] > 0
    assert row["peak_mb"] > 10
    assert "prompt" in found.text()


def test_the_best_is_right_most_often_then_of_the_lowest_loss() -> None:
    def result(right: int, loss: float) -> dict[str, object]:
        return {"replies": {"right": right}, "held_out_loss": loss}

    ways = {"lora": result(9, 0.5), "none": result(3, 0.1), "prefix": result(9, 0.4)}
    told = Comparison(base="", learnt_from=1, asked=9, epochs=1, threads=1, ways=ways)
    assert told.best == "prefix"


def test_both_ways_of_learning_take_the_same_steps_on_the_same_tokens(
    tiny_base: BaseModel, tmp_path: Path
) -> None:
    found = race(
        tmp_path,
        base=str(tiny_base.directory),
        lessons=repeated(LESSONS[:10], 16),
        held_out=LESSONS[20:24],
        config=replace(CONFIG, precision="float32", epochs=4, batch_tokens=400),
    ).to_json()
    ours, theirs = found["ways"]["kefu"], found["ways"]["plain"]
    assert ours["tokens"] == theirs["tokens"] > 16 * 10
    assert ours["steps"] == theirs["steps"]
    assert ours["learnt"] == theirs["learnt"]
    assert ours["held_out_loss"] == pytest.approx(theirs["held_out_loss"], rel=0.05)
    assert found["ratios"]["tokens_per_cpu_second"] > 0


def test_a_process_that_ends_badly_is_told_with_its_last_words(tmp_path: Path) -> None:
    Job(base=str(tmp_path / "nowhere"), config=CONFIG, lessons=LESSONS).write(tmp_path)
    with pytest.raises(EnvironmentProblem, match="KF-417") as told:
        run_apart(tmp_path, threads=1)
    assert "KF-308" in told.value.why


def test_every_form_of_a_tuned_model_is_measured(
    tiny_base: BaseModel, tmp_path: Path
) -> None:
    found = compress(
        tmp_path,
        base=str(tiny_base.directory),
        lessons=LESSONS[:20],
        held_out=LESSONS[20:22],
        config=CONFIG,
    ).to_json()
    size = {name: row["megabytes"] for name, row in found["forms"].items()}
    assert size["bfloat16"] == pytest.approx(size["float32"] / 2, rel=0.1)
    assert size["int8"] < size["bfloat16"]
    assert size["distilled"] < size["float32"]
    assert size["pruned"] == size["float32"]


def test_pruning_takes_the_smallest_numbers_and_leaves_the_rest(
    tiny_base: BaseModel,
) -> None:
    model = load_language_model(tiny_base).model
    made = pruned(model, PRUNED)
    before, after = (each.transformer.h[0].mlp.c_fc.weight for each in (model, made))
    gone = after == 0
    assert float(gone.float().mean()) == pytest.approx(PRUNED, abs=0.01)
    assert before[gone].abs().max() <= before[~gone].abs().min()
    assert (before[~gone] == after[~gone]).all()
    assert (model.transformer.wte.weight == made.transformer.wte.weight).all()
