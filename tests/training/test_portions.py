"""What is too much at once passes in portions, and the same is learnt."""

from pathlib import Path

import pytest
from safetensors.torch import load_file

from bot.model.load import BaseModel, load_language_model
from tests.training.test_methods import SMALL, tuned
from tests.training.test_quick import tuned as changed
from training import tuning
from training.buckets import Row, portions
from training.methods import Method
from training.tuning import tokens_at_once


def test_portions_are_of_like_size_and_hold_no_more_than_they_may() -> None:
    rows: list[Row] = [([0] * width, [True] * width) for width in range(90, 101)]
    batch = list(range(11))
    assert portions(batch, rows, 1100) == [batch]
    assert [len(part) for part in portions(batch, rows, 1099)] == [5, 6]
    parts = portions(batch, rows, 300)
    assert [len(part) for part in parts] == [2, 3, 3, 3]
    assert [place for part in parts for place in part] == batch
    # A row that is longer than may pass at once passes alone.
    assert portions(batch, rows, 50) == [[place] for place in batch]


@pytest.mark.parametrize("method", ["lora", "adalora", "prefix"])
def test_what_is_learnt_in_portions_is_what_is_learnt_at_once(
    method: Method,
    tiny_base: BaseModel,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole, at_once = tuned(tiny_base, tmp_path / "whole", method, precision="float32")
    monkeypatch.setitem(tuning._HELD, "cpu", 1.0)  # every row alone
    done, in_parts = tuned(tiny_base, tmp_path / "parts", method, precision="float32")
    assert done.steps == whole.steps
    assert done.loss == pytest.approx(whole.loss, rel=1e-4)
    one, other = (
        load_file(out / "adapter_model.safetensors") for out in (at_once, in_parts)
    )
    assert one.keys() == other.keys()
    assert all(one[name].allclose(other[name], atol=1e-3) for name in one)


def test_the_wider_and_deeper_what_learns_the_fewer_tokens_pass_at_once(
    tiny_base: BaseModel,
) -> None:
    # The same layers in float32 on a processor; prefixes are learnt through all layers.
    half, whole = changed(tiny_base, "lora"), changed(tiny_base, "prefix")
    assert tokens_at_once(half, "cpu") // 2 == tokens_at_once(whole, "cpu")
    model = load_language_model(tiny_base).model
    wide = 20 * model.config.hidden_size * 4 * model.config.num_hidden_layers
    assert tokens_at_once(whole, "cpu") == 4e8 // wide
    assert SMALL.batch_tokens < tokens_at_once(whole, "cpu")
