"""What people wait for is counted as they would: slow, failed and unsound replies."""

import itertools
import threading
import time

import pytest

from bot.serving import GOALS, Heard, Serving, at_once, crowd, one_at_a_time, quantile


class Door:
    """Answers in a while; some questions cannot be answered."""

    def __init__(self, seconds: float = 0.01) -> None:
        self.seconds, self.most, self._inside = seconds, 0, 0
        self._lock = threading.Lock()

    def ask(self, question: str) -> bool:
        with self._lock:
            self._inside += 1
            self.most = max(self.most, self._inside)
        time.sleep(self.seconds)
        with self._lock:
            self._inside -= 1
        if question == "raise":
            raise RuntimeError("no reply")
        return question != "unsound"


def test_one_at_a_time_and_all_at_once() -> None:
    door = Door()
    singly = one_at_a_time(door.ask, ["x", "raise", "unsound", "y"])
    assert (len(singly.seconds), singly.errors, door.most) == (4, 2, 1)
    assert singly.wall_seconds >= 0.04
    together = at_once(door.ask, ["x"] * 8, 8)
    assert (together.errors, door.most > 1) == (0, True)
    assert together.per_second() > singly.per_second()


def test_a_crowd_reads_before_it_asks_again() -> None:
    door, ends = Door(), time.monotonic() + 0.3
    heard = crowd(
        door.ask,
        itertools.cycle(["x", "unsound"]),
        conversations=3,
        pause_seconds=0.05,
        until=lambda: time.monotonic() > ends,
    )
    assert 3 <= len(heard.seconds) <= 3 * 7
    assert heard.errors > 0
    assert door.most <= 3


def heard(*milliseconds: float, errors: int = 0, wall: float = 1.0) -> Heard:
    seconds = tuple(each / 1000 for each in milliseconds)
    return Heard(seconds=seconds, errors=errors, wall_seconds=wall)


def serving() -> Serving:
    return Serving(
        machine="2 cores",
        alone=heard(*range(1, 101)),
        first_sentence=(0.2,),
        one_by_one=heard(10, 10, wall=2.0),
        together=heard(10, 10, wall=0.25),
        quiet=heard(100, 100),
        swapping=heard(120, 120, errors=1),
        memory=(1000, 1040, 1050),
        idle=heard(100, 100),
        training=heard(140, 140),
    )


def test_goals_are_judged_by_the_figures() -> None:
    told = serving().to_json()
    assert told["figures"] == {
        "alone_p50_ms": 50.5,
        "alone_p95_ms": 95.05,
        "first_sentence_p50_ms": 200.0,
        "first_sentence_p95_ms": 200.0,
        "together_ratio": 8.0,
        "swaps": 3,
        "swaps_errors": 1,
        "swaps_p95_ratio": 1.2,
        "swaps_memory_growth": 0.05,
        "swaps_memory_peak": 0.05,
        "training_errors": 0,
        "training_p95_ratio": 1.4,
    }
    missed = {name for name, reached in told["goals"].items() if not reached}
    assert set(told["goals"]) == set(GOALS)
    assert missed == {
        "first_sentence_p50_ms",
        "swaps_errors",
        "swaps_p95_ratio",
        "swaps_memory_growth",
    }
    text = serving().text()
    assert "swaps_p95_ratio" in text
    assert text.count("NOT reached") == len(missed)


def test_what_was_left_out_is_not_in_the_table() -> None:
    none = Serving(
        machine="",
        alone=heard(1),
        first_sentence=(),
        one_by_one=heard(1),
        together=heard(1),
        quiet=Heard(),
        swapping=Heard(),
        memory=(),
        idle=Heard(),
        training=Heard(),
    )
    assert set(none.figures()) == {"alone_p50_ms", "alone_p95_ms", "together_ratio"}
    assert "with swaps" not in none.text()


@pytest.mark.parametrize(
    ("numbers", "share", "wanted"),
    [((), 0.5, 0.0), ((3.0,), 0.95, 3.0), (tuple(range(101)), 0.95, 95.0)],
)
def test_a_quantile(numbers: tuple[float, ...], share: float, wanted: float) -> None:
    assert quantile(numbers, share) == pytest.approx(wanted)
