"""What is tuned stays only where it chooses no worse than what it was tuned from."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.model.load import resolve_base
from bot.model.prompt import NOT_IN_PASSAGES
from training.board import Boards
from training.earning import Earned, earned
from training.finetune import tune
from training.lessons import Lesson
from training.methods import FinetuneConfig

PRICES = {"lamp": 31, "kettle": 44, "rug": 59, "vase": 17, "chair": 86, "bowl": 12}


def lesson(thing: str, price: int, answer: str) -> Lesson:
    own, other = f"The {thing} costs ¥{price}.", "We are open on Sunday from 9:00."
    return Lesson(
        example_id=thing,
        question=f"How much is the {thing}?",
        language="en",
        passages=(own, other),
        answer=answer or own,
        parts=(own, other),
    )


ASKED = [lesson(*each, answer="") for each in PRICES.items()]


@pytest.mark.slow
def test_one_that_learnt_to_give_up_does_not_stay(tmp_path: Path) -> None:
    base = resolve_base("")
    given_up = [
        replace(each, answer=NOT_IN_PASSAGES["en"], example_id=str(number))
        for number, each in enumerate(ASKED * 4)
    ]
    tune(
        given_up,
        base=base,
        out=tmp_path / "lora",
        boards=Boards(logs=tmp_path / "logs"),
        config=FinetuneConfig(epochs=4, batch_tokens=512, threads=1),
        device="cpu",
    )
    shares: list[float] = []
    found = earned(
        ASKED,
        base=base,
        lora=tmp_path / "lora",
        device="cpu",
        threads=1,
        progress=shares.append,
    )
    assert shares == [0.5, 1.0]  # so that a cycle is seen to go on meanwhile
    assert found.asked == len(ASKED)
    assert found.base >= len(ASKED) - 1
    assert found.tuned < found.base
    assert not found.stays
    assert "the base goes on writing" in found.text()


def test_no_worse_is_good_enough() -> None:
    assert Earned(asked=3, tuned=2, base=2).stays
    assert "it writes" in Earned(asked=3, tuned=2, base=2).text()
    assert not Earned(asked=3, tuned=1, base=2).stays
