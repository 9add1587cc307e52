"""The batcher: who waits together is answered together, and nobody waits in vain."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.model.batcher import Batcher, Limits
from bot.model.generate import Request, Unavailable

PATIENCE = 10.0  # seconds that no test needs


class Slow:
    """Writes the question in capitals once its gate is open; keeps its batches."""

    def __init__(self, spoil: Callable[[Request], None] = lambda _: None) -> None:
        self.gate, self.entered = threading.Event(), threading.Event()
        self.batches: list[list[str]] = []
        self._spoil = spoil

    def generate(self, requests: Sequence[Request]) -> list[str]:
        self.batches.append([request.question for request in requests])
        self.entered.set()
        assert self.gate.wait(PATIENCE)
        for request in requests:
            self._spoil(request)
        return [request.question.upper() for request in requests]

    def logits_fingerprint(self) -> str:
        return "slow 1.0"


def ask(text: str) -> Request:
    return Request(question=text, language="en")


def until(true: Callable[[], bool]) -> None:
    for _ in range(int(PATIENCE * 200)):
        if true():
            return
        threading.Event().wait(0.005)
    raise AssertionError("it never came true")


def workers() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "batcher"]


def waiting(batcher: Batcher) -> int:
    return len(batcher._queue)


def test_what_queues_up_meanwhile_is_written_together() -> None:
    inner = Slow()
    batcher = Batcher(inner, limits=Limits(batch=4))
    with ThreadPoolExecutor(7) as pool:
        texts = [pool.submit(batcher.generate, [ask("first")])]
        assert inner.entered.wait(PATIENCE)
        for number in range(6):
            texts.append(pool.submit(batcher.generate, [ask(f"q{number}")]))
        until(lambda: waiting(batcher) == 6)
        inner.gate.set()
        said = [text.result(PATIENCE)[0] for text in texts]
    assert said == ["FIRST", *(f"Q{number}" for number in range(6))]
    assert [len(batch) for batch in inner.batches] == [1, 4, 2]
    until(lambda: not workers())


def test_one_call_may_bring_more_than_a_batch_and_keeps_its_order() -> None:
    inner = Slow()
    inner.gate.set()
    batcher = Batcher(inner, limits=Limits(batch=2, queue=2))
    asked = [ask(text) for text in "abcba"]
    assert batcher.generate(asked) == list("ABCBA")
    assert batcher.generate([]) == []


def test_a_question_that_comes_again_is_not_written_again() -> None:
    inner = Slow()
    batcher = Batcher(inner)
    with ThreadPoolExecutor(4) as pool:
        texts = [pool.submit(batcher.generate, [ask("x")] * 2) for _ in range(4)]
        assert inner.entered.wait(PATIENCE)
        inner.gate.set()
        assert [text.result(PATIENCE) for text in texts] == [["X", "X"]] * 4
    assert batcher.generate([ask("x")]) == ["X"]
    assert inner.batches == [["x"]]
    other = Request(question="x", language="en", passages=("something new",))
    batcher.generate([other])
    assert len(inner.batches) == 2


def test_only_the_last_asked_are_remembered() -> None:
    inner = Slow()
    inner.gate.set()
    batcher = Batcher(inner, limits=Limits(remembered=2))
    for text in ("a", "b", "a", "c", "a", "b"):
        batcher.generate([ask(text)])
    assert inner.batches == [["a"], ["b"], ["c"], ["b"]]


def test_when_too_many_wait_the_next_is_refused_at_once() -> None:
    inner = Slow()
    batcher = Batcher(inner, limits=Limits(batch=1, queue=2))
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(batcher.generate, [ask("first")])
        assert inner.entered.wait(PATIENCE)
        rest = [pool.submit(batcher.generate, [ask(text)]) for text in "ab"]
        until(lambda: waiting(batcher) == 2)
        with pytest.raises(Unavailable, match="too many"):
            batcher.generate([ask("c")])
        inner.gate.set()
        assert [each.result(PATIENCE) for each in (first, *rest)] == [
            ["FIRST"],
            ["A"],
            ["B"],
        ]
    assert batcher.generate([ask("c")]) == ["C"]


def test_a_reply_that_takes_too_long_is_given_up_and_later_remembered() -> None:
    inner = Slow()
    batcher = Batcher(inner, limits=Limits(batch=1, queue=1, seconds=0.05))
    batcher.logits_fingerprint()  # loads the model, which takes its time
    with pytest.raises(Unavailable, match="in time"):
        batcher.generate([ask("a")])  # being written
    with pytest.raises(Unavailable, match="in time"):
        batcher.generate([ask("b")])  # waits: nobody wants it any more
    with pytest.raises(Unavailable, match="in time"):
        batcher.generate([ask("c")])  # its place is free again
    inner.gate.set()
    until(lambda: not workers())
    assert inner.batches == [["a"]]
    assert batcher.generate([ask("a")]) == ["A"]
    assert inner.batches == [["a"]]


def test_the_first_reply_may_take_as_long_as_loading_does() -> None:
    inner = Slow()
    batcher = Batcher(inner, limits=Limits(seconds=0.01, loading_seconds=PATIENCE))
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(batcher.generate, [ask("a")])
        threading.Event().wait(0.05)
        inner.gate.set()
        assert first.result(PATIENCE) == ["A"]
    inner.gate.clear()
    with pytest.raises(Unavailable, match="in time"):
        batcher.generate([ask("b")])
    inner.gate.set()


@pytest.mark.parametrize("error", [RuntimeError("no more"), Unavailable("no more")])
def test_one_that_breaks_the_engine_takes_nobody_along(error: Exception) -> None:
    def spoil(request: Request) -> None:
        if request.question == "bad":
            raise error

    inner = Slow(spoil)
    batcher = Batcher(inner)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(batcher.generate, [ask("first")])
        assert inner.entered.wait(PATIENCE)
        good, bad, other = (
            pool.submit(batcher.generate, [ask(text)]) for text in ("g", "bad", "o")
        )
        until(lambda: waiting(batcher) == 3)
        inner.gate.set()
        assert first.result(PATIENCE) == ["FIRST"]
        assert good.result(PATIENCE) == ["G"]
        assert other.result(PATIENCE) == ["O"]
        with pytest.raises(type(error), match="no more"):
            bad.result(PATIENCE)
    with pytest.raises(type(error)):  # a failure is not remembered
        batcher.generate([ask("bad")])
    assert batcher.generate([ask("later")]) == ["LATER"]
    until(lambda: not workers())


@pytest.mark.parametrize("error", [TimeoutError("slow"), SystemExit(1), Unavailable()])
def test_whatever_the_engine_raises_is_told_and_it_works_on(
    error: BaseException,
) -> None:
    def spoil(request: Request) -> None:
        if request.question == "bad":
            raise error

    inner = Slow(spoil)
    inner.gate.set()
    batcher = Batcher(inner)
    with pytest.raises(type(error)):
        batcher.generate([ask("bad")])
    assert batcher.generate([ask("x")]) == ["X"]


def test_an_engine_that_loses_a_text_is_an_error_not_another_ones_reply() -> None:
    class Lossy(Slow):
        def generate(self, requests: Sequence[Request]) -> list[str]:
            return super().generate(requests)[1:]

    inner = Lossy()
    inner.gate.set()
    with pytest.raises(ValueError, match="shorter"):
        Batcher(inner).generate([ask("a"), ask("b")])


def test_under_load_everybody_gets_their_own_reply() -> None:
    inner = Slow()
    inner.gate.set()
    batcher = Batcher(inner, limits=Limits(batch=5, queue=40, remembered=3))

    def customer(number: int) -> bool:
        texts = [f"{number} asks {turn % 7}" for turn in range(60)]
        return all(batcher.generate([ask(text)]) == [text.upper()] for text in texts)

    with ThreadPoolExecutor(12) as pool:
        assert all(pool.map(customer, range(12)))
    until(lambda: not workers())
    assert batcher.logits_fingerprint() == "slow 1.0"
