"""The terminal chat: lines in, replies out, plain in a pipe, alive in a terminal."""

import io
import os
import pty
import threading

import pytest

from adapters.terminal import Speaker, Terminal
from storage.problems import EnvironmentProblem
from storage.records import Choice, Correction, Message, Role, Vote
from tests.web.counter import HOURS_EN, HOURS_ZH, Counter

OWNER = Speaker(
    conversation_id="desk", sender_id="owner", role=Role.ADMIN, workspace="shop"
)


def talk(counter: Counter, *lines: str) -> list[str]:
    """What is printed, line by line."""
    target = io.StringIO()
    Terminal(
        answer=counter.answer,
        learn=counter.learn,
        source=io.StringIO("".join(f"{line}\n" for line in lines)),
        target=target,
        speaker=OWNER,
        now=counter.now,
        new_id=counter.new_id,
    ).run()
    return target.getvalue().splitlines()


@pytest.fixture
def counter() -> Counter:
    return Counter()


def test_a_line_gets_a_reply_with_its_source(counter: Counter) -> None:
    assert talk(counter, "When are you open?", "", "你们几点营业？") == [
        HOURS_EN,
        "From: Opening hours",
        HOURS_ZH,
        "来源：营业时间",
    ]
    first = counter.heard[0]
    assert isinstance(first, Message)
    assert (first.platform, first.conversation_id) == ("terminal", "desk")
    assert (first.sender_id, first.role, first.workspace) == (
        "owner",
        Role.ADMIN,
        "shop",
    )


def test_numbers_choose_and_other_lines_do_not(counter: Counter) -> None:
    said = talk(counter, "which", "9", "which", "1")
    assert said[:4] == [
        "Which do you mean?",
        "1. When are you open?",
        "2. None of these",
        "Type the number of your choice.",
    ]
    assert HOURS_EN in said
    kinds = [type(event) for event in counter.heard]
    assert kinds == [Message, Message, Message, Choice]


def test_a_number_without_a_question_is_a_message(counter: Counter) -> None:
    talk(counter, "open?", "1")
    assert all(isinstance(event, Message) for event in counter.heard)


def test_a_reply_can_be_judged_and_corrected(counter: Counter) -> None:
    said = talk(counter, "open?", "/good", "/bad Never on Sunday.")
    good, bad, correction = counter.learnt
    assert isinstance(good, Vote)
    assert good.good
    assert isinstance(bad, Vote)
    assert not bad.good
    assert isinstance(correction, Correction)
    assert (correction.text, correction.role) == ("Never on Sunday.", Role.ADMIN)
    assert said[-2:] == ["Noted.", "Thank you, noted."]


def test_a_correction_after_a_thumb_does_not_take_the_thumb_back(
    counter: Counter,
) -> None:
    talk(counter, "open?", "/bad", "/bad Never on Sunday.", "/bad")
    kinds = [type(event) for event in counter.learnt]
    assert kinds == [Vote, Correction, Vote]  # the last one takes it back
    assert list(counter.votes.values()) == [None]


def test_there_must_be_a_reply_to_judge(counter: Counter) -> None:
    assert (
        talk(counter, "/good", "/bad no", "/why")
        == ["There is no reply to judge yet."] * 3
    )
    assert counter.learnt == []


def test_why_shows_what_the_reply_rests_on(counter: Counter) -> None:
    said = talk(counter, "open?", "/why")[2:]
    assert said == [
        "answer (approved) by v0003",
        "intent: contact_hours 0.97",
        "source: Opening hours 0.93",
        "source: Opening hours 0.93",
        "match: 0.912",
        "tried: ['exact']",
        "12 ms",
    ]


def test_quit_ends_it_and_commands_of_the_bot_go_to_the_bot(counter: Counter) -> None:
    talk(counter, "/help", "/quit", "open?")
    assert [getattr(event, "text", "") for event in counter.heard] == ["/help"]


def test_a_problem_is_told_and_the_chat_goes_on(counter: Counter) -> None:
    troubles = iter([True, False])

    def locked() -> None:
        if next(troubles):
            raise EnvironmentProblem("KF-101", "the database is locked", fix="wait")

    counter.before = locked
    assert talk(counter, "open?", "open?") == [
        "error[KF-101]: the database is locked",
        "  fix: wait",
        HOURS_EN,
        "From: Opening hours",
    ]


def test_words_cannot_steer_the_terminal(counter: Counter) -> None:
    said = talk(counter, "x [red]y[/red] \x1b[31mz\x07 \u202eabc")
    assert said == ["I don't know: x [red]y[/red] [31mz abc"]


def test_long_lines_are_not_broken_in_a_pipe(counter: Counter) -> None:
    text = "word " * 100 + "end"
    assert talk(counter, text) == [f"I don't know: {text}"]


def test_bytes_that_are_no_text_do_not_end_the_chat(counter: Counter) -> None:
    target = io.StringIO()
    source = io.TextIOWrapper(io.BytesIO(b"\xff\xfe open?\nopen?\n"), encoding="utf-8")
    Terminal(
        answer=counter.answer,
        learn=counter.learn,
        source=source,
        target=target,
        speaker=OWNER,
        now=counter.now,
        new_id=counter.new_id,
    ).run()
    assert target.getvalue().count(HOURS_EN) == 2


def test_in_a_terminal_there_is_a_prompt_help_and_a_goodbye(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    outer, inner = pty.openpty()
    seen = bytearray()

    def read() -> None:
        while True:
            try:
                seen.extend(os.read(outer, 4096))
            except OSError:  # the other side is closed
                return

    reader = threading.Thread(target=read)
    reader.start()
    with os.fdopen(inner, "w", encoding="utf-8") as target:
        Terminal(
            answer=counter.answer,
            learn=counter.learn,
            source=io.StringIO("你们几点营业？\n"),
            target=target,
            speaker=OWNER,
            now=counter.now,
            new_id=counter.new_id,
            language="zh",
        ).run()
    reader.join(10)
    os.close(outer)
    shown = seen.decode()
    assert "/quit 退出" in shown
    assert "› " in shown
    assert HOURS_ZH in shown
    assert "再见。" in shown
    assert "\x1b[" in shown  # colours
