"""What rests below the layers that learn is computed once, and the same comes of it."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from bot.model.load import BaseModel
from tests.training.test_methods import SMALL, tuned
from tests.training.test_quick import CONFIG, ROWS
from tests.training.test_quick import tuned as changed
from training.buckets import stacked
from training.quick import Answers, quicken
from training.resting import Kept

HALF, WHOLE = replace(CONFIG, upper=0.5), replace(CONFIG, upper=1.0)


@pytest.mark.parametrize("method", ["lora", "adalora"])
@pytest.mark.parametrize("narrow", [False, True])
def test_loss_and_gradients_are_those_of_the_whole_model(
    method: str, narrow: bool, tiny_base: BaseModel
) -> None:
    model = changed(tiny_base, method, HALF)  # type: ignore[arg-type]
    quicken(model, narrow=narrow)
    batch = (2, 0)
    given = stacked([ROWS[row] for row in batch], "cpu")
    before = model(input_ids=given[0]).logits
    beats: list[str] = []
    parts = [[1], [0, 2]]
    kept = Kept.of(model, ROWS, parts, "cpu", beat=lambda: beats.append("on it goes"))
    assert kept is not None
    assert len(beats) == len(parts)
    learnt = {n: w for n, w in model.named_parameters() if w.requires_grad}
    assert {name for name in learnt if ".h.0." in name} == set()

    def step(kept: Kept | None) -> tuple[float, dict[str, torch.Tensor]]:
        model.zero_grad()
        loss = Answers(model, kept).loss(*given, batch)
        loss.backward()  # type: ignore[no-untyped-call]
        gradients = {n: w.grad.clone() for n, w in learnt.items() if w.grad is not None}
        return float(loss.detach()), gradients

    whole, spared = step(None), step(kept)
    assert spared[0] == pytest.approx(whole[0], rel=0.02 if narrow else 1e-5)
    assert spared[1].keys() == whole[1].keys() == learnt.keys()
    for name, one in whole[1].items():
        off = float((one - spared[1][name]).norm())
        assert off <= (0.1 if narrow else 1e-4) * (float(one.norm()) + 1e-6), name
    # And it is whole again: every layer counts.
    assert torch.equal(model(input_ids=given[0]).logits, before)


def test_nothing_is_kept_where_the_lowest_learn_or_it_would_be_too_much(
    tiny_base: BaseModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    for method, config in (("lora", WHOLE), ("prefix", HALF), ("prompt", HALF)):
        model = changed(tiny_base, method, config)  # type: ignore[arg-type]
        assert Kept.of(model, ROWS, [[0, 1, 2]], "cpu") is None
    monkeypatch.setattr("training.resting.MOST_KEPT", 1000)
    model = changed(tiny_base, "lora", HALF)
    assert Kept.of(model, ROWS, [[0, 1, 2]], "cpu") is None


def test_only_the_upper_layers_have_something_beside_them(
    tiny_base: BaseModel, tmp_path: Path
) -> None:
    learnt = {}
    for upper in (0.5, 1.0):
        done, out = tuned(tiny_base, tmp_path / f"{upper}", "lora", upper=upper)
        names = load_file(out / "adapter_model.safetensors")
        learnt[upper] = done.learnt
        assert any(".h.0." in name for name in names) is (upper == 1.0)
        assert any(".h.1." in name for name in names)
    assert learnt[0.5] * 2 == learnt[1.0]
    assert SMALL.epochs > 1  # so that something was kept
