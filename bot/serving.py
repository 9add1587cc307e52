"""What people wait for the whole bot, alone, in a crowd, and while it is changed.

Nothing here knows how a reply is made: it asks, and keeps the time.
"""

import statistics
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

# Asks in a conversation of its own; True if the reply could be made as it should be.
Ask: TypeAlias = Callable[[str], bool]

# At most.
GOALS: Final[Mapping[str, float]] = {
    "alone_p50_ms": 150.0,
    "alone_p95_ms": 400.0,
    "first_sentence_p50_ms": 100.0,
    "swaps_errors": 0.0,
    "swaps_p95_ratio": 1.10,
    "swaps_memory_growth": 0.03,
    "training_errors": 0.0,
    "training_p95_ratio": 1.5,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What was asked in one stretch of time.

    Attributes:
        seconds: of each reply.
        errors: replies that failed or could not be made as they should.
        wall_seconds: from the first question to the last reply.
        processor_seconds: of this process meanwhile; other work on the machine does
            not lengthen them.
    """

    seconds: tuple[float, ...] = ()
    errors: int = 0
    wall_seconds: float = 0.0
    processor_seconds: float = 0.0

    def __add__(self, other: "Heard") -> "Heard":
        return Heard(
            seconds=self.seconds + other.seconds,
            errors=self.errors + other.errors,
            wall_seconds=self.wall_seconds + other.wall_seconds,
            processor_seconds=self.processor_seconds + other.processor_seconds,
        )

    def milliseconds(self, share: float) -> float:
        """Within this many, that share of the replies came."""
        return 1000 * quantile(self.seconds, share)

    def processor_milliseconds(self) -> float:
        """Of one reply."""
        return 1000 * self.processor_seconds / max(1, len(self.seconds))

    def per_second(self) -> float:
        """Replies."""
        return len(self.seconds) / self.wall_seconds if self.wall_seconds else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """All that was measured in one run; ratios are between neighbours in time.

    Attributes:
        machine: what it ran on, for people.
        alone: one conversation, one question after the other.
        first_sentence: seconds to the first verified sentence of each reply.
        one_by_one, together: the same questions one at a time, and all at once.
        quiet, swapping: a small crowd without and with changes of the release.
        memory: resident bytes after each swap, while people ask.
        idle, training: a small crowd before and after, and beside a training child.
        written: the share of replies that the model wrote and the guard let pass.
    """

    machine: str
    alone: Heard
    first_sentence: tuple[float, ...]
    one_by_one: Heard
    together: Heard
    quiet: Heard
    swapping: Heard
    memory: tuple[int, ...]
    idle: Heard
    training: Heard
    written: float = 0.0
    more: Mapping[str, Any] = field(default_factory=dict)

    def figures(self) -> dict[str, float]:
        """What the goals are about. What was not measured is not there."""
        told: dict[str, float] = {
            "alone_p50_ms": self.alone.milliseconds(0.5),
            "alone_p95_ms": self.alone.milliseconds(0.95),
            "together_ratio": self.together.per_second() / self.one_by_one.per_second(),
        }
        if self.first_sentence:
            for name, share in (("p50", 0.5), ("p95", 0.95)):
                taken = 1000 * quantile(self.first_sentence, share)
                told[f"first_sentence_{name}_ms"] = taken
        if self.swapping.seconds:
            told |= {
                "swaps": len(self.memory),
                "swaps_errors": self.swapping.errors,
                "swaps_p95_ratio": _ratio(self.swapping, self.quiet),
                "swaps_memory_growth": _growth(self.memory),
                "swaps_memory_peak": max(self.memory) / min(self.memory) - 1,
            }
        if self.training.seconds:
            told |= {
                "training_errors": self.training.errors,
                "training_p95_ratio": _ratio(self.training, self.idle),
            }
        return {name: round(number, 4) for name, number in told.items()}

    def to_json(self) -> dict[str, Any]:
        """Everything, and whether each goal is reached."""
        stretches = {
            name: {
                "replies": len(heard.seconds),
                "errors": heard.errors,
                "p50_ms": round(heard.milliseconds(0.5), 1),
                "p95_ms": round(heard.milliseconds(0.95), 1),
                "per_second": round(heard.per_second(), 2),
                "processor_ms": round(heard.processor_milliseconds(), 1),
            }
            for name, heard in self._stretches().items()
        }
        figures = self.figures()
        return {
            "machine": self.machine,
            "written_share": round(self.written, 3),
            "stretches": stretches,
            "figures": figures,
            "goals": {n: reached(n, figures[n]) for n in GOALS if n in figures},
            "memory_mb": [round(each / 2**20, 1) for each in self.memory],
            **self.more,
        }

    def text(self) -> str:
        """The same for a person."""
        lines = [self.machine, f"{self.written:.0%} of the replies were written"]
        lines.append(
            f"{'':<24}{'replies':>8}{'errors':>8}{'p50':>9}{'p95':>9}{'/s':>8}"
        )
        for name, heard in self._stretches().items():
            lines.append(
                f"{name:<24}{len(heard.seconds):>8}{heard.errors:>8}"
                f"{heard.milliseconds(0.5):>6.0f} ms{heard.milliseconds(0.95):>6.0f} ms"
                f"{heard.per_second():>8.1f}{heard.processor_milliseconds():>6.0f} ms"
            )
        for name, number in self.figures().items():
            goal = ""
            if name in GOALS:
                said = "reached" if reached(name, number) else "NOT reached"
                goal = f"at most {GOALS[name]:g}: {said}"
            lines.append(f"{name:<24}{number:>10.3f}   {goal}".rstrip())
        return "\n".join(lines)

    def _stretches(self) -> dict[str, Heard]:
        found = {
            "alone": self.alone,
            "one at a time": self.one_by_one,
            "together": self.together,
            "without swaps": self.quiet,
            "with swaps": self.swapping,
            "without training": self.idle,
            "with training": self.training,
        }
        return {name: heard for name, heard in found.items() if heard.seconds}


def reached(name: str, number: float) -> bool:
    """Whether a figure is what was wanted."""
    return number <= GOALS[name]


def one_at_a_time(ask: Ask, questions: Sequence[str]) -> Heard:
    """Each question after the reply to the one before."""
    return at_once(ask, questions, 1)


def at_once(ask: Ask, questions: Sequence[str], conversations: int) -> Heard:
    """So many conversations that ask without a pause until all is answered."""
    began = _now()
    with ThreadPoolExecutor(conversations) as pool:
        heard = list(pool.map(lambda question: _timed(ask, question), questions))
    return _heard(heard, began)


def crowd(
    ask: Ask,
    questions: Iterator[str],
    *,
    conversations: int,
    pause_seconds: float,
    until: Callable[[], bool],
) -> Heard:
    """People who read a while before they ask again, until it is over.

    Args:
        questions: endless; shared by all.
        until: looked at before each question.
    """
    began, heard = _now(), []
    lock = threading.Lock()

    def person(_: int) -> None:
        while not until():
            with lock:
                question = next(questions)
            found = _timed(ask, question)
            with lock:
                heard.append(found)
            time.sleep(pause_seconds)

    with ThreadPoolExecutor(conversations) as pool:
        list(pool.map(person, range(conversations)))
    return _heard(heard, began)


def quantile(numbers: Sequence[float], share: float) -> float:
    """The number below which that share lies; 0 without numbers."""
    if not numbers:
        return 0.0
    if len(numbers) == 1:
        return numbers[0]
    cuts = statistics.quantiles(numbers, n=100, method="inclusive")
    return cuts[min(98, max(0, round(share * 100) - 1))]


def _growth(memory: Sequence[int]) -> float:
    """From the first fifth of the swaps to the last, each by its mean."""
    part = max(1, len(memory) // 5)
    return statistics.mean(memory[-part:]) / statistics.mean(memory[:part]) - 1


def _ratio(one: Heard, other: Heard) -> float:
    return one.milliseconds(0.95) / max(1e-9, other.milliseconds(0.95))


def _timed(ask: Ask, question: str) -> tuple[float, bool]:
    began = time.perf_counter()
    try:
        sound = ask(question)
    # Whatever it is, the person had no reply: that is what is counted.
    except Exception:
        sound = False
    return time.perf_counter() - began, sound


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _heard(found: Sequence[tuple[float, bool]], began: tuple[float, float]) -> Heard:
    wall, processor = _now()
    return Heard(
        seconds=tuple(seconds for seconds, _ in found),
        errors=sum(not sound for _, sound in found),
        wall_seconds=wall - began[0],
        processor_seconds=processor - began[1],
    )
