"""Sentence by sentence: what leaves was verified, and an objection ends the reply."""

from collections.abc import Generator
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import guard
from bot.sentences import first_sentence, verified
from tests.bot.test_guard import EN, ZH


class Writer:
    """Gives a text a few letters at a time; tells how much was taken of it."""

    def __init__(self, text: str, size: int = 3) -> None:
        self.text, self.size = text, size
        self.given, self.closed = 0, False

    def pieces(self) -> Generator[str, None, None]:
        try:
            for start in range(0, len(self.text), self.size):
                self.given = start + self.size
                yield self.text[start : self.given]
        finally:
            self.closed = True


def tell(
    text: str, question: str, language: str, size: int = 3
) -> tuple[list[str], list[str], Writer]:
    """The sentences that left, the objections, and the writer."""
    sources = ZH if language == "zh" else EN

    def check(said: str, sentence: str) -> list[str]:
        return guard.check_next(said, sentence, sources, question, language)

    writer, left = Writer(text, size), []
    stream = verified(writer.pieces(), check)
    while True:
        try:
            left.append(next(stream))
        except StopIteration as end:
            return left, end.value, writer


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize(
    ("language", "question", "text", "count"),
    [
        (
            "en",
            "How long does delivery take?",
            "Standard delivery takes 2 to 4 working days and costs ¥8. "
            "Express arrives the next day in 32 cities for ¥25.",
            2,
        ),
        (
            "zh",
            "标准配送多久到",
            "标准配送2至4个工作日送达，运费8元，满99元包邮。"
            "加急次日达覆盖32个城市，运费25元。我们不支持货到付款。",
            3,
        ),
    ],
)
def test_a_sound_reply_leaves_whole(
    language: str, question: str, text: str, count: int, size: int
) -> None:
    left, objections, writer = tell(text, question, language, size)
    assert objections == []
    assert "".join(left) == text
    assert len(left) == count
    assert writer.closed


@pytest.mark.parametrize(
    ("language", "question", "good", "bad"),
    [
        (
            "en",
            "How long does delivery take?",
            "Standard delivery takes 2 to 4 working days and costs ¥8.",
            " Express costs ¥99 and arrives within the hour.",
        ),
        (
            "en",
            "How long does delivery take?",
            "Standard delivery takes 2 to 4 working days and costs ¥8.",
            " Our friendly drivers gladly carry heavy furniture upstairs.",
        ),
        (
            "zh",
            "标准配送多久到",
            "标准配送2至4个工作日送达，运费8元，满99元包邮。",
            "加急当天送达，运费5元。",
        ),
        (
            "zh",
            "标准配送多久到",
            "标准配送2至4个工作日送达，运费8元，满99元包邮。",
            "标准配送2至4个工作日送达，运费8元，满99元包邮。",
        ),
    ],
)
def test_the_first_objection_ends_the_reply_and_its_writing(
    language: str, question: str, good: str, bad: str
) -> None:
    rest = " And so it goes on and on." * 50
    left, objections, writer = tell(good + bad + rest, question, language)
    assert left == [good]
    assert objections
    assert writer.closed
    assert writer.given < len(good + bad) + 10


def test_nothing_leaves_of_a_reply_that_begins_wrongly() -> None:
    left, objections, _ = tell("Express costs ¥99. It is free.", "What cost?", "en")
    assert left == []
    assert objections


def test_a_cut_or_endless_last_sentence_does_not_leave() -> None:
    good = "Standard delivery takes 2 to 4 working days and costs ¥8."
    left, objections, _ = tell(good + " Express arr", "How long?", "en")
    assert left == [good]
    assert "it is not finished" in objections
    left, objections, writer = tell("delivery " * 10_000, "How long?", "en")
    assert (left, objections) == ([], ["it is too long"])
    assert writer.given < 2000


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("It is ¥16.50 now. Pay", "It is ¥16.50 now."),
        ("It is ¥16.", ""),
        ("Ask Mr. Li. He", "Ask Mr. Li."),
        ("1. Open it. 2", "1. Open it."),
        ("他说“可以。”然后", "他说“可以。”"),
        ("可以。", ""),
        ("真的……好吧。嗯", "真的……"),
        ("", ""),
    ],
)
def test_where_a_sentence_ends(text: str, first: str) -> None:
    assert first_sentence(text) == first


@given(text=st.text(max_size=200), size=st.integers(1, 9))
def test_any_text_leaves_as_it_is_when_nothing_speaks_against_it(
    text: str, size: int
) -> None:
    stream = verified(Writer(text, size).pieces(), partial(lambda *_: []))
    assert "".join(stream).strip() == text.strip()
