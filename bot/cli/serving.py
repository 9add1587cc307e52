"""`kefu bench serve`: a shop of its own, asked, swapped and trained in one run.

It lives in a folder that is removed, sees no token and no setting of yours but those
of the machine and the models. So that every reply is written, the bench's own bar for
a passage is low; all else is what serves.
"""

import contextlib
import itertools
import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import psutil

from bot import guard
from bot.app import App, open_app
from bot.asked import fitting
from bot.cli.ask import ask_once
from bot.cli.bench_shop import MORE, bring, easy, make_shop, rows_of
from bot.cli.logs import set_up_logs
from bot.cli.shop import SHOP
from bot.cli.trainer import Trainer
from bot.model.engine import EngineGenerator
from bot.model.focus import ranked
from bot.model.generate import Request
from bot.retrieve import as_passage
from bot.sentences import verified
from bot.serving import Heard, Serving, at_once, crowd, one_at_a_time
from bot.settings import load
from storage.problems import EnvironmentProblem
from storage.records import Origin, Turn

KEPT: Final = ("THREADS", "WORKERS", "TRAINER_THREADS", "DEVICE", "BASE_MODEL")
_PATIENCE_SECONDS: Final = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is asked.

    Attributes:
        replies: of one conversation, and of each other stretch at least.
        conversations: at once, and one after the other.
        rounds: of both.
        swaps: of the release; 0 leaves them out.
        swap_seconds: between two.
        training_seconds: beside a training child; 0 leaves it out.
        crowd: conversations while the release is swapped or trained.
        pause_seconds: of a person, between a reply and the next question.
    """

    replies: int = 60
    conversations: int = 16
    rounds: int = 3
    swaps: int = 50
    swap_seconds: float = 1.0
    training_seconds: float = 60.0
    crowd: int = 4
    pause_seconds: float = 0.25
    seed: int = 7


def measure(folder: Path, plan: Plan, told: Callable[[str, float], None]) -> Serving:
    """Everything, in an empty folder. Raises what the parts of kefu do."""
    kept = {f"KEFU_{name}" for name in KEPT}
    ours = ("KEFU_", "SLACK_", "TELEGRAM_")
    strange = [n for n in os.environ if n.startswith(ours) and n not in kept]
    for name in strange:  # of this process and of the trainer's
        del os.environ[name]
    with contextlib.chdir(folder):
        settings = load(
            environ=os.environ, dotenv=folder / ".env", home=folder
        ).settings
        told("shop", 0.0)
        set_up_logs(settings, quiet=True)  # stdout is the result's
        with open_app(settings) as app:
            return _Bench(app, plan, make_shop(app), told).run()


class _Bench:
    def __init__(
        self,
        app: App,
        plan: Plan,
        versions: Sequence[str],
        told: Callable[[str, float], None],
    ) -> None:
        self._app, self._plan, self._told = app, plan, told
        self._versions = itertools.cycle(versions)
        self._written = [0, 0]
        rows = rows_of(SHOP / "policy_questions.jsonl")
        random.Random(plan.seed).shuffle(rows)  # noqa: S311 - repeatable, not secret
        self._asked = [(row["text"], row["language"]) for row in rows]
        self._questions = itertools.cycle([text for text, _ in self._asked])

    def run(self) -> Serving:
        plan = self._plan
        self._swap()
        one_at_a_time(self._ask, self._take(8))  # the first of everything is slow
        self._told("alone", 0.0)
        alone = one_at_a_time(self._ask, self._take(plan.replies))
        first = self._first_sentences()
        singly, together = self._rounds()
        quiet, swapping, memory = self._swaps() if plan.swaps else _nothing()
        idle, training = (
            self._beside_training() if plan.training_seconds else (Heard(), Heard())
        )
        return Serving(
            machine=str(self._app.profile),
            alone=alone,
            first_sentence=first,
            one_by_one=singly,
            together=together,
            quiet=quiet,
            swapping=swapping,
            memory=memory,
            idle=idle,
            training=training,
            written=self._written[0] / max(1, self._written[1]),
            more={"crowd": plan.crowd, "pause_seconds": plan.pause_seconds},
        )

    # --- asking --------------------------------------------------------------------

    def _ask(self, question: str) -> bool:
        turn: Turn = ask_once(self._app, question)
        self._written[0] += turn.reply.origin is Origin.GENERATED
        self._written[1] += 1
        tried = turn.why.get("tried", {})
        return not {"generator_error", "generator_unavailable"} & set(tried)

    def _take(self, count: int) -> list[str]:
        return list(itertools.islice(self._questions, count))

    def _crowd(self, until: Callable[[], bool]) -> Heard:
        return crowd(
            self._ask,
            self._questions,
            conversations=self._plan.crowd,
            pause_seconds=self._plan.pause_seconds,
            until=until,
        )

    def _first_sentences(self) -> tuple[float, ...]:
        """Seconds from the question to the first sentence that may leave."""
        app = self._app
        generator = app.models.load(app.live.model.version).generator
        if not isinstance(generator, EngineGenerator):
            return ()
        generator.logits_fingerprint()
        shelf, found = app.shelves.of(app.settings.workspace), []
        for question, language in self._asked[: self._plan.replies]:
            began = time.perf_counter()
            hits = shelf.search(question, language, 4)
            sources = [as_passage(each.knowledge) for each in hits]
            near = ranked(sources, question, shelf.alike, fitting)
            request = Request.reading(
                question=question,
                language=language,
                passages=sources,
                parts=[each.text for each in near],
            )
            check = partial(_check, sources, question, language)
            with contextlib.closing(verified(generator.stream(request), check)) as said:
                if next(said, None) is not None:
                    found.append(time.perf_counter() - began)
        return tuple(found)

    def _rounds(self) -> tuple[Heard, Heard]:
        singly, together = Heard(), Heard()
        for number in range(self._plan.rounds):
            self._told("together", number / self._plan.rounds)
            asked = self._take(self._plan.conversations)
            singly += one_at_a_time(self._ask, asked)
            together += at_once(self._ask, asked, self._plan.conversations)
        return singly, together

    # --- swapping ------------------------------------------------------------------

    def _swap(self) -> None:
        version = next(self._versions)
        self._app.live.change_to(lambda: easy(self._app.models.load(version)))

    def _swaps(self) -> tuple[Heard, Heard, tuple[int, ...]]:
        """In turns: a stretch without swaps, then one of the same length with them."""
        plan, memory = self._plan, list[int]()
        for _ in range(4):  # until each release was loaded beside the other
            self._swap()
        blocks = [len(block) for block in _blocks(plan.swaps, 10)]
        quiet, swapping = Heard(), Heard()
        for number, size in enumerate(blocks):
            self._told("swaps", number / len(blocks))
            swapped = self._crowd_while(partial(self._swap_often, size, memory))
            swapping += swapped
            quiet += self._crowd(_after(swapped.wall_seconds))
        return quiet, swapping, tuple(memory)

    def _swap_often(self, count: int, memory: list[int]) -> None:
        for _ in range(count):
            self._swap()
            memory.append(psutil.Process().memory_info().rss)
            time.sleep(self._plan.swap_seconds)

    def _crowd_while(self, work: Callable[[], None]) -> Heard:
        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(work)
            heard = self._crowd(done.done)
            done.result()
        return heard

    # --- training ------------------------------------------------------------------

    def _beside_training(self) -> tuple[Heard, Heard]:
        """Before, beside and after a real learning cycle that tunes the generator."""
        app, seconds = self._app, self._plan.training_seconds
        bring(app.settings, app.database, *MORE)
        trainer = Trainer(app.settings, app.profile)
        self._told("training", 0.0)
        idle = self._crowd(_after(seconds / 2))
        trainer.start(trigger="command", requested_by="terminal:bench")
        try:
            _wait(lambda: self._tunes() or not trainer.running)
            if not self._tunes():
                raise _no_training(app.settings.home)
            ends = _after(seconds)
            self._told("training", 0.4)
            training = self._crowd(lambda: ends() or not trainer.running)
        finally:
            trainer.stop()
        self._told("training", 0.9)
        return idle + self._crowd(_after(seconds / 2)), training

    def _tunes(self) -> bool:
        with self._app.database.reading() as stores:
            run = stores.runs.current()
        return run is not None and run.stage == "generator"


def _check(
    sources: Sequence[str], question: str, language: str, said: str, sentence: str
) -> list[str]:
    return guard.check_next(said, sentence, sources, question, language)


def _blocks(count: int, size: int) -> Iterator[range]:
    for start in range(0, count, size):
        yield range(start, min(count, start + size))


def _after(seconds: float) -> Callable[[], bool]:
    ends = time.monotonic() + seconds
    return lambda: time.monotonic() > ends


def _wait(ready: Callable[[], bool]) -> None:
    late = _after(_PATIENCE_SECONDS)
    while not ready() and not late():
        time.sleep(0.5)


def _nothing() -> tuple[Heard, Heard, tuple[int, ...]]:
    return Heard(), Heard(), ()


def _no_training(folder: Path) -> EnvironmentProblem:
    return EnvironmentProblem(
        "KF-317",
        "the bench's own shop could not be trained",
        where=str(folder),
        why="the learning cycle ended before it tuned a model",
        fix="see that memory and disk are free, then try again",
    )
