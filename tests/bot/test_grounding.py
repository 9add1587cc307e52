"""A true fact about something else does not leave."""

import pytest

from bot.grounding import (
    MARGIN,
    SURE,
    UNSURE,
    Checked,
    checked,
    meant_by,
    objections,
)
from bot.model.focus import Near
from bot.model.prompt import NOT_IN_PASSAGES

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


@pytest.mark.parametrize(
    ("draft", "part"),
    [
        ("Express costs ¥2.", RANKED[0].text),  # a digit was lost
        ("Express costs costs ¥25 ¥25 costs", RANKED[0].text),
        ("Wrapping costs ¥55.", None),  # it means another part
        ("We are always glad to help.", None),  # it means none
        (NOT_IN_PASSAGES["en"], None),  # a refusal stays one
    ],
)
def test_a_slip_is_mended_from_the_part_that_both_mean(
    draft: str, part: str | None
) -> None:
    assert meant_by(draft, RANKED) == part


SHOP = "The Harbour shop has 12 places to park. The first 90 minutes are free."


def _checked(draft: str, question: str, *, sure: float = 0.0) -> Checked:
    nearest = [Near(SHOP, 0.9, sure), Near("The lodge opens at 9 am.", 0.3)]
    return checked(
        draft,
        sources=[each.text for each in nearest],
        ranked=nearest,
        question=question,
        language="en",
    )


def test_a_reply_that_was_cut_is_said_whole() -> None:
    asked = "how many places to park has the Harbour shop?"
    told = _checked("The Harbour shop has 12 places to park.", asked)
    assert (told.text, told.objections) == (SHOP, ())
    assert told.mended == ("it leaves out a part of what it says",)
    assert _checked(SHOP, asked).mended == ()


def test_the_nearest_part_is_said_where_it_surely_holds_what_is_asked_for() -> None:
    asked = "for how long may I leave my car for nothing?"
    refusal = NOT_IN_PASSAGES["en"]
    assert _checked(refusal, asked).objections
    assert _checked(refusal, asked, sure=SURE - 0.01).objections
    assert _checked(refusal, asked, sure=SURE).text == SHOP
    # who asks for no kind of fact gets nothing but what was written
    assert _checked(refusal, "tell me about cars", sure=SURE).objections


def test_nothing_is_said_where_hardly_anything_answers() -> None:
    asked = "how many places to park has the Harbour shop?"
    assert _checked(SHOP, asked, sure=UNSURE - 0.01).objections
    assert not _checked(SHOP, asked, sure=UNSURE).objections


@pytest.mark.parametrize(
    ("question", "said", "sure", "leaves"),
    [
        ("山庄面料是啥", "山庄的充电方式是快充。", 0.6, False),
        ("山庄面料是啥", "山庄的充电方式是快充。", 0.8, True),
        ("山庄面料是啥", "山庄的面料是棉布。", 0.6, True),
        ("山庄衣料是啥", "山庄的面料是棉布。", 0.6, True),
        ("山庄怎么走？", "山庄在湖边。", 0.6, True),
    ],
)
def test_what_is_asked_for_under_another_name_must_be_likely(
    question: str, said: str, sure: float, *, leaves: bool
) -> None:
    near = [Near(said, 1.0, sure)]
    assert (objections(said, near, question) == []) is leaves
