"""Our words reach people whole, in parts that Telegram takes."""

import re

from hypothesis import given
from hypothesis import strategies as st

from adapters.telegram import render
from storage.records import Outgoing
from tests.fakes.telegram_text import parsed, units

TURN = "0123456789abcdef" * 2


def _outgoing(choices: tuple[str, ...] = (), *, votable: bool = False) -> Outgoing:
    return Outgoing(
        id="o1",
        platform="telegram",
        conversation_id="42",
        text="Which?",
        language="en",
        turn_id=TURN,
        choices=choices,
        votable=votable,
    )


@given(
    text=st.text(alphabet=st.sampled_from("ab 好。！?.\n🙂<&*"), max_size=300),
    longest=st.integers(10, 60),
)
def test_the_parts_fit_and_say_every_word_in_order(text: str, longest: int) -> None:
    parts = render.parts(text, longest)
    assert all(units(part) <= longest for part in parts)
    assert re.sub(r"\s", "", "".join(parts)) == re.sub(r"\s", "", text)
    assert all(parts) or parts == [""]


def test_a_text_of_exactly_the_longest_length_is_one_part() -> None:
    assert render.parts("字" * 4096) == ["字" * 4096]
    assert [units(p) for p in render.parts("🙂" * 2049)] == [4096, 2]


def test_parts_end_where_a_paragraph_a_sentence_or_a_word_does() -> None:
    text = "One two. Three four.\n\nFive six. Seven eight."
    assert render.parts(text, 25) == [
        "One two. Three four.",
        "Five six. Seven eight.",
    ]
    assert render.parts("One two three. Four five", 20) == [
        "One two three.",
        "Four five",
    ]
    assert render.parts("一二三。四五六七八", 6) == ["一二三。", "四五六七八"]
    assert render.parts("one two three", 8) == ["one two", "three"]


@given(text=st.text(st.characters(codec="utf-8"), min_size=1, max_size=200))
def test_telegram_can_parse_whatever_we_write(text: str) -> None:
    plain = text.replace("\x00", "").replace("**", "")
    if plain.strip():
        shown = parsed(render.to_html(plain), "HTML")
        assert shown.replace("\r\n", "\n") == plain.replace("\r\n", "\n")


def test_bold_is_bold_and_lonely_stars_stay() -> None:
    assert render.to_html("**new** 2 ** 3 ** **x") == "<b>new</b> 2 ** 3 ** **x"
    assert render.to_html("<b>**&**</b>") == "&lt;b&gt;<b>&amp;</b>&lt;/b&gt;"


def test_choices_stand_above_the_thumbs_and_fit() -> None:
    outgoing = _outgoing(("Refund?", "很长" * 60, " "), votable=True)
    *choices, thumbs = render.buttons(outgoing)
    assert [row[0][1] for row in choices] == [f"c{n}:{TURN}" for n in range(3)]
    assert all(0 < len(row[0][0]) <= 60 for row in choices)
    assert thumbs == (("👍", f"g:{TURN}"), ("👎", f"b:{TURN}"))
    assert all(len(data.encode()) <= 64 for _, data in (*choices[2], *thumbs))


def test_a_pressed_thumb_is_marked_and_the_other_takes_the_mark_over() -> None:
    blank = render.buttons(_outgoing(votable=True))
    good, bad = f"g:{TURN}", f"b:{TURN}"
    up = render.after_press(blank, good)
    assert render.is_chosen(up, good)
    down = render.after_press(up, bad)
    assert (render.is_chosen(down, good), render.is_chosen(down, bad)) == (False, True)
    assert render.after_press(down, bad) == blank


def test_choices_go_once_one_is_made() -> None:
    assert render.after_press(render.buttons(_outgoing(("a", "b"))), f"c0:{TURN}") == ()


def test_choices_under_an_answer_go_and_leave_the_thumbs() -> None:
    keyboard = render.buttons(_outgoing(("a", "b"), votable=True))
    voted = render.after_press(keyboard, f"g:{TURN}")
    assert render.after_press(voted, f"c1:{TURN}") == voted[-1:]
    assert render.is_chosen(voted[-1:], f"g:{TURN}")
