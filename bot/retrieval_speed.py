"""How fast knowledge is searched and changed, as it grows: on made-up passages.

Words are drawn as people use them (by Zipf's law), vectors around topics, so that
rare words, near vectors and crowds of both exist. The search is the one that serves;
beside it stands the obvious way, which looks at everything, where it fits in memory.
"""

import resource
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from bot.made_up import WIDTH, WORKSPACE, World
from bot.retrieve import Shelf, Shelves
from bot.text import character_bigrams
from bot.vectors import Vectors
from storage.database import Database
from storage.records import Knowledge

OBVIOUS: Final = 200_000  # passages up to which the obvious way is measured, too
_FEW: Final = 10_000  # passages of the small shelf that growth is told from


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Milliseconds of each of many calls: by the clock, and of the processor.

    On a machine that does other things beside it only the second says what it costs.
    """

    clock: tuple[float, ...]
    processor: tuple[float, ...]

    @classmethod
    def of(cls, calls: Iterable[Callable[[], None]]) -> "Times":
        """Make each call once."""
        clock, processor = [], []
        for call in calls:
            began, used = time.perf_counter(), time.process_time()
            call()
            processor.append(1000 * (time.process_time() - used))
            clock.append(1000 * (time.perf_counter() - began))
        return cls(clock=tuple(clock), processor=tuple(processor))

    def to_json(self) -> dict[str, float]:
        """Medians, 95th percentiles and the worst."""
        return {
            "p50": _quantile(self.clock, 0.5),
            "p95": _quantile(self.clock, 0.95),
            "max": round(max(self.clock), 2),
            "processor_p50": _quantile(self.processor, 0.5),
            "processor_p95": _quantile(self.processor, 0.95),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalSpeed:
    """What questions and changes take, and what the passages cost.

    Attributes:
        search: one question among all passages, its encoding not included.
        few: the same among ten thousand.
        obvious: the same by a product with all vectors and bm25s; None where it was
            not measured.
        add: from a piece of knowledge before its commit until a search finds it.
        found: share of questions whose best passage by looking at everything is
            found by the search, too; None where that was not measured.
    """

    passages: int
    build_seconds: float
    peak_megabytes: float
    search: Times
    few: Times
    obvious: Times | None
    add: Times
    found: float | None

    def to_json(self) -> dict[str, Any]:
        """One JSON object. Growth is of the 95th percentile against the few."""
        search, few = self.search.to_json(), self.few.to_json()
        return {
            "passages": self.passages,
            "build_seconds": round(self.build_seconds, 1),
            "peak_megabytes": round(self.peak_megabytes),
            "search_ms": search,
            "search_ms_at_10000": few,
            "growth": round(search["p95"] / few["p95"], 2),
            "growth_of_processor_time": round(
                search["processor_p95"] / few["processor_p95"], 2
            ),
            "obvious_ms": None if self.obvious is None else self.obvious.to_json(),
            "add_ms": self.add.to_json(),
            "nearest_found": None if self.found is None else round(self.found, 4),
        }

    def text(self) -> str:
        """The same for a person."""
        told = self.to_json()
        lines = [
            f"{self.passages:,} made-up passages, put on the shelf in "
            f"{self.build_seconds:.0f} s, {self.peak_megabytes:,.0f} MB at the peak",
            "",
            f"{'milliseconds':<42}{'median':>8}{'p95':>8}{'processor p95':>16}",
        ]
        rows = {
            "a search, without encoding the question": told["search_ms"],
            f"the same among {_FEW:,}": told["search_ms_at_10000"],
            "by looking at everything": told["obvious_ms"],
            "a new passage, until it is found": told["add_ms"],
        }
        for name, row in rows.items():
            shown = "  not measured"
            if row is not None:
                shown = f"{row['p50']:>8.1f}{row['p95']:>8.1f}"
                shown += f"{row['processor_p95']:>16.1f}"
            lines.append(f"{name:<42}{shown}")
        lines.append(
            f"p95 against {_FEW:,}: {told['growth']}x, of processor time "
            f"{told['growth_of_processor_time']}x"
        )
        if self.found is not None:
            lines.append(f"the nearest passage of all is found: {self.found:.1%}")
        return "\n".join(lines)


def measure(
    folder: Path, *, passages: int, questions: int, progress: Callable[[str], None]
) -> RetrievalSpeed:
    """Fill shelves in a folder of one's own, ask them, change them.

    Args:
        passages: on the large shelf.
        questions: asked of each shelf, and half as many passages added.
        progress: told what is done now.
    """
    world = World()
    progress("ten thousand passages")
    small = _filled(world, min(_FEW, passages), folder / "few")
    few = _searched(small, world.questions(questions))
    del small
    progress(f"{passages:,} passages")
    database = Database(f"sqlite:///{folder / 'bench.sqlite'}")
    database.migrate()
    shelves = Shelves(
        reading=database.reading,
        encode=world.encode,
        vectors=Vectors(world.encode, folder / "many", WIDTH),
    )
    shelf = shelves.of(WORKSPACE)
    began = time.perf_counter()
    shelf.refresh(world.passages(passages), shelf.version)
    built = time.perf_counter() - began
    progress("questions")
    asked = world.questions(questions)
    search = _searched(shelf, asked)
    progress("changes")
    add = _added(database, shelves, world, max(1, questions // 2))
    database.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    obvious, found = None, None
    if passages <= OBVIOUS:
        progress("the obvious way")
        obvious, found = _obviously(shelf, world, passages, asked)
    return RetrievalSpeed(
        passages=passages,
        build_seconds=built,
        peak_megabytes=peak,
        search=search,
        few=few,
        obvious=obvious,
        add=add,
        found=found,
    )


def _filled(world: World, count: int, file: Path) -> Shelf:
    shelf = Shelf(encode=world.encode, vectors=Vectors(world.encode, file, WIDTH))
    shelf.refresh(world.passages(count), 1)
    return shelf


def _searched(shelf: Shelf, questions: Sequence[str]) -> Times:
    """Of each search; made-up vectors cost nearly nothing."""

    def asking(text: str) -> Callable[[], None]:
        def ask() -> None:
            shelf.search(text, "en", 8)

        return ask

    return Times.of(map(asking, questions))


def _added(database: Database, shelves: Shelves, world: World, count: int) -> Times:
    """From before the commit until a search finds it."""

    def adding(new: Knowledge) -> Callable[[], None]:
        def add() -> None:
            with database.transaction() as stores:
                stores.knowledge.put(new)
            found = shelves.of(WORKSPACE).search(new.text, "en", 1)
            if found[0].knowledge.id != new.id:
                raise RuntimeError(f"{new.id} was not found")

        return add

    return Times.of(map(adding, world.passages(count, start=10**9)))


def _obviously(
    shelf: Shelf, world: World, passages: int, questions: Sequence[str]
) -> tuple[Times, float]:
    """By a product with all vectors and BM25 of all passages; and what is nearest."""
    import bm25s

    knowledge = world.passages(passages)
    matrix = np.empty((passages, WIDTH), np.float32)
    for start in range(0, passages, 4096):
        part = knowledge[start : start + 4096]
        matrix[start : start + len(part)] = world.encode([each.text for each in part])
    engine = bm25s.BM25()
    tokens = [character_bigrams(each.question + " " + each.text) for each in knowledge]
    engine.index(tokens, show_progress=False)
    nearest: list[str] = []

    def asking(text: str) -> Callable[[], None]:
        def ask() -> None:
            known = [t for t in character_bigrams(text) if t in engine.vocab_dict]
            near = matrix @ world.encode([text])[0]
            scores = engine.get_scores(known) if known else np.zeros(passages)
            together = near / near.max() + scores / (scores.max() or 1.0)
            best = np.argpartition(-together, 8)[:8]
            nearest.append(knowledge[best[np.argmax(together[best])]].id)

        return ask

    times = Times.of(map(asking, questions))
    agreed = sum(
        best in {each.knowledge.id for each in shelf.search(text, "en", 8)}
        for text, best in zip(questions, nearest, strict=True)
    )
    return times, agreed / len(questions)


def _quantile(times: Sequence[float], share: float) -> float:
    return round(float(np.quantile(np.asarray(times), share)), 2)
