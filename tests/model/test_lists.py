"""A list is read item by item, and a text without one as it always was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.facts import facts
from bot.model.focus import focus, sentences
from bot.model.lists import LONGEST_ITEM, items, steps, without_marks

STEPS = """Before you call
1. Have the order number at hand.
2) Open the app:
- tap Help
- tap Call
   and wait
3. It is free"""


def test_items_keep_the_points_below_them() -> None:
    assert items(STEPS) == [
        "Before you call",
        "Have the order number at hand.",
        "Open the app:\n- tap Help\n- tap Call\n   and wait",
        "It is free",
    ]


def test_a_long_item_is_read_point_by_point() -> None:
    points = [f"- point {n} " + "word " * 20 for n in range(5)]
    text = "2. Choose one:\n" + "\n".join(points)
    assert len(text) > LONGEST_ITEM
    assert items(text) == ["Choose one:", *(each[2:].strip() for each in points)]


def test_points_without_a_line_that_opens_them_stand_alone() -> None:
    text = "We sell these. They are all new.\n- Lamps for ¥20.\n- Rugs for ¥90."
    assert items(text) == [
        "We sell these. They are all new.",
        "Lamps for ¥20.",
        "Rugs for ¥90.",
    ]


def test_what_follows_a_list_is_no_part_of_its_last_item() -> None:
    text = "1. Tap Help.\n2. Tap Call\nThe line is open on Sunday."
    assert sentences(text) == (
        "Tap Help.",
        "Tap Call",
        "The line is open on Sunday.",
    )


def test_chinese_lists() -> None:
    text = "退款方式\n1、打开订单。\n2、选择退款：\n• 礼品卡\n• 原路退回\n3、最多300元"
    assert sentences(text) == (
        "退款方式",
        "打开订单。",
        "选择退款： • 礼品卡 • 原路退回",
        "最多300元",
    )


@pytest.mark.parametrize(
    "line",
    [
        "1.5 kg is the most.",
        "2024. It was wet.",
        "-5 degrees is cold.",
        "3.",
        "99",
        "2016年成立。",
    ],
)
def test_what_only_looks_like_a_mark_stays(line: str) -> None:
    assert without_marks(line) == line


def test_the_number_of_a_line_states_nothing() -> None:
    assert facts("1. Tap Help.\n12) Tap Call.\n(3) Wait.") == []
    assert [each.value for each in facts("1. Wait 3 days.")] == ["3 day"]
    assert [each.value for each in facts("12.5 is it")] == ["12.5"]


@given(
    st.text("ab. \n", max_size=60).filter(str.strip),
)
def test_a_text_without_marks_is_one_piece(text: str) -> None:
    assert [" ".join(piece.split()) for piece in items(text)] == [
        " ".join(text.split())
    ]


@given(st.text("ab1.- \n:", max_size=80))
def test_nothing_but_marks_is_lost(text: str) -> None:
    kept = "".join("".join(items(text)).split())
    assert len(without_marks(text)) == len(text)
    bare = "".join(without_marks(text).split())
    assert len(bare) <= len(kept) <= len("".join(text.split()))


def test_who_asks_how_gets_all_steps_and_others_one() -> None:
    text = f"How to call\n{STEPS.partition(chr(10))[2]}\nThe line is open on Sunday."
    asked_how = focus([text], "How can I call?")
    assert asked_how[0] == " ".join(steps(text).split())
    assert asked_how[1:] == ["The line is open on Sunday."]  # what is no step stays
    assert asked_how[0].startswith("1. Have the order number at hand. 2) Open the app:")
    assert asked_how[0].endswith("3. It is free")
    assert "Have the order number at hand." in focus([text], "What do I need to call?")
    short = "Calls\nWe answer on Sunday."
    assert focus([short], "How can I call?") == ["Calls We answer on Sunday."]


def test_only_a_short_numbered_list_is_steps() -> None:
    assert steps("Points\n- one\n- two") == ""
    assert steps("1. only one") == ""
    assert steps("Intro\n1. one\n2. two\nOutro") == "1. one\n2. two"
    assert steps("\n".join(f"{n}. {'long ' * 40}" for n in range(1, 9))) == ""
