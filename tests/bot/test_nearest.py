"""A true fact about something else does not leave."""

import pytest

from bot.model.focus import Near
from bot.nearest import MARGIN, objections

RANKED = [
    Near("Express costs ¥25.", 0.9),
    Near("Wrapping costs ¥5.", 0.4),
    Near("Parcels take 2 to 4 days.", 0.3),
]


@pytest.mark.parametrize(
    ("draft", "refused"),
    [
        ("Express costs ¥25.", False),
        ("It is 25 yuan.", False),
        ("Wrapping costs ¥5.", True),
        ("Express costs ¥25 and takes 2 to 4 days.", True),
        ("You can choose express.", False),  # no fact, nothing to get wrong
        ("Your order 88123456 can go express for ¥25.", False),  # from the question
    ],
)
def test_facts_leave_only_from_what_is_nearest(draft: str, refused: bool) -> None:
    asked = "what does express cost for 88123456?"
    assert bool(objections(draft, RANKED, asked)) is refused


def test_parts_that_are_equally_near_may_both_be_told() -> None:
    second = RANKED[1]._replace(score=RANKED[0].score - MARGIN / 2)
    assert not objections("¥25, wrapping ¥5.", [RANKED[0], second], "what does it cost")
    assert not objections("Wrapping costs ¥5.", RANKED[1:2], "what does it cost")


def test_the_objection_names_the_fact() -> None:
    (said,) = objections("Wrapping costs ¥5.", RANKED, "express?")
    assert "¥5" in said
