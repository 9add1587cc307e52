"""What kefu writes on Slack: nobody is pinged, nothing is lost, no limit is broken."""

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from adapters.slack import mrkdwn, render
from storage.records import Outgoing
from tests.fakes.slack_rules import refusal


def outgoing(text: str, **more: Any) -> Outgoing:
    given: dict[str, Any] = {"language": "en", "turn_id": "t" * 32}
    return Outgoing(
        id="o" * 32,
        platform="slack",
        conversation_id="T1:C1:1.1",
        text=text,
        **(given | more),
    )


def written(post: render.Post) -> str:
    return "".join(
        block["text"]["text"] for block in post["blocks"] if block["type"] == "section"
    )


def test_nobody_can_be_pinged_and_no_link_is_hidden() -> None:
    [post] = render.posts(
        outgoing("<!channel> <@U1> @here <https://evil.example|bank> & more")
    )
    for text in (post["text"], written(post)):
        assert "<!" not in text
        assert "<@" not in text
        assert "&lt;!channel&gt;" in text
        assert "|bank>" not in text
    assert all(block["text"]["verbatim"] for block in post["blocks"] if "text" in block)
    assert post["link_names"] is False
    assert post["unfurl_links"] is False


def test_a_plain_link_can_be_clicked() -> None:
    [post] = render.posts(
        outgoing("See https://a.example/x?a=1&b=2. 详见https://b.example。")
    )
    assert "<https://a.example/x?a=1&amp;b=2>." in written(post)
    assert "<https://b.example>。" in written(post)


def test_thumbs_and_choices_carry_the_turn() -> None:
    [post] = render.posts(outgoing("Which?", votable=True, choices=("One", "Two")))
    choices, thumbs = (b["elements"] for b in post["blocks"] if b["type"] == "actions")
    assert [b["action_id"] for b in choices] == ["choice:0", "choice:1"]
    assert [b["text"]["text"] for b in choices] == ["One", "Two"]
    assert [b["action_id"] for b in thumbs] == ["vote:good", "vote:bad"]
    assert {b["value"] for b in [*choices, *thumbs]} == {"t" * 32}


def test_without_a_turn_there_is_nothing_to_press() -> None:
    [post] = render.posts(outgoing("hi", turn_id=None, votable=True))
    assert [block["type"] for block in post["blocks"]] == ["section"]


def test_choices_too_long_for_a_button_are_listed_and_numbered() -> None:
    long = "How long does it take " * 5
    [post] = render.posts(outgoing("Which?", choices=(long, "Two")))
    buttons = post["blocks"][-1]["elements"]
    assert [b["text"]["text"] for b in buttons] == ["1", "2"]
    assert f"1. {long.strip()}" in written(post)
    assert refusal("chat.postMessage", post | {"channel": "C1"}) is None


def test_long_text_is_cut_between_paragraphs_and_sentences() -> None:
    text = "\n\n".join(["A sentence. " * 100] * 20)
    posts = render.posts(outgoing(text, votable=True))
    assert len(posts) > 1
    assert all(post["text"].rstrip().endswith(".") for post in posts)
    assert [post["blocks"][-1]["type"] for post in posts[:-1]] == ["section"] * (
        len(posts) - 1
    )
    assert posts[-1]["blocks"][-1]["type"] == "actions"


@given(
    st.text(min_size=1, max_size=60),
    st.integers(1, 600),
    st.lists(st.text(min_size=1, max_size=120), max_size=12),
)
def test_slack_takes_every_post_and_no_word_is_lost(
    piece: str, times: int, choices: list[str]
) -> None:
    text = (piece + " ") * times
    posts = render.posts(outgoing(text, choices=tuple(choices), votable=True))
    for post in posts:
        if text.strip():
            assert refusal("chat.postMessage", post | {"channel": "C1"}) is None
    assert "".join("".join(p["text"].split()) for p in posts) == "".join(
        mrkdwn.escape(text).split()
    )


@given(st.text(), st.integers(20, 100))
def test_pieces_fit_and_hold_no_control_of_their_own(text: str, limit: int) -> None:
    for piece in mrkdwn.split(text, limit):
        made = mrkdwn.write(piece)
        assert len(made) <= limit
        assert re.findall(r"<(?!https?://)", made) == []
