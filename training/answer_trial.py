"""How well questions find their answers, through the bot and the search that serve.

BM25 over the same words is asked the same questions in the same run.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from statistics import median
from typing import Any, Final, TypeAlias

from bot.dialogue import Bot
from bot.importing.matched import Asked, Entries
from bot.language import detect
from bot.model.live import Live, Model
from bot.policy import Policy
from bot.retrieve import Shelf, Shelves
from bot.text import shortened
from storage.records import Action, Message, Turn
from training.retrieval_measures import DEEP, Ranked, bm25, paired, ranked, rows_of

Encode: TypeAlias = Callable[[Sequence[str]], Any]

_WORST: Final = 12  # questions shown to people
_ANSWERED: Final = (Action.ANSWER, Action.SMALL_TALK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """A question whose first hit was not its answer."""

    question: str
    wanted: str
    found: str
    place: int  # where its answer stood; 0 if it was not found

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerTrial:
    """What came of it.

    Attributes:
        ranked, bm25: of the questions in scope whose answer is in the knowledge.
        languages: of each of them.
        answered, right: of all questions asked; what is out of scope, or has no
            answer in the knowledge, is wrong when it is answered.
    """

    entries: int
    release: str
    ranked: Ranked
    bm25: Ranked
    languages: tuple[str, ...]
    asked: int
    out_of_scope: int
    without_answer: int
    answered: int
    right: int
    milliseconds: float
    misses: tuple[Miss, ...]
    left_out: tuple[str, ...]
    repeated: int

    def to_json(self) -> dict[str, Any]:
        """One JSON object."""
        return {
            **self.ranked.to_json(),
            "wrong_rate": _share(self.answered - self.right, self.asked),
            "answered_rate": _share(self.answered, self.asked),
            "ms_p50": round(self.milliseconds, 2),
            "bm25": self.bm25.to_json(),
            "difference": self.difference(),
            "languages": self._by_language(),
            "entries": self.entries,
            "asked": self.asked,
            "out_of_scope": self.out_of_scope,
            "without_answer": self.without_answer,
            "release": self.release,
            "misses": [each.to_json() for each in self.misses],
            "repeated": self.repeated,
            "left_out": list(self.left_out),
        }

    def difference(self) -> dict[str, float]:
        """hit@1 over BM25's, with the bounds between which 95 % of resamples lie."""
        return paired(self.ranked.hit_at_1, self.bm25.hit_at_1)

    def text(self) -> str:
        """For people: the figures, then the worst misses."""
        ours, theirs, gain = self.ranked, self.bm25, self.difference()
        lines = [
            f"{self.asked} questions to {self.entries} entries, {self.out_of_scope} of "
            f"them out of scope; release {self.release}",
            "",
            f"{'':<34}{'kefu':>8}{'BM25':>8}",
        ]
        for name, value in ours.to_json().items():
            lines.append(
                f"{_TITLES[name]:<34}{_percent(value):>8}"
                f"{_percent(theirs.to_json()[name]):>8}"
            )
        lines += [
            f"difference of the first hit        {100 * gain['hit@1']:+.1f} points "
            f"({100 * gain['low']:+.1f} to {100 * gain['high']:+.1f})",
            "",
            f"answered, of all questions        {self.answered / self.asked:>8.1%}",
            f"answered wrongly, of all questions"
            f"{(self.answered - self.right) / self.asked:>8.1%}",
            f"one reply, median                 {self.milliseconds:>5.1f} ms",
        ]
        for language, row in self._by_language().items():
            lines.append(
                f"{language}: {row['questions']} questions, first hit "
                f"{_percent(row['hit@1'])}, BM25 {_percent(row['bm25_hit@1'])}"
            )
        lines += self._notes()
        if self.misses:
            lines += ["", "worst misses (place of the answer; question: wanted, got):"]
        return "\n".join([*lines, *(_shown(each) for each in self.misses[:_WORST])])

    def _notes(self) -> list[str]:
        notes = [f"left out: {each}" for each in self.left_out[:_WORST]]
        if len(self.left_out) > _WORST:
            notes.append(f"{len(self.left_out) - _WORST} more left out: see --json")
        if self.repeated:
            notes.append(f"{self.repeated} rows say again what an earlier one said")
        if self.without_answer:
            notes.append(
                f"{self.without_answer} questions have no answer in the knowledge: "
                "they count as wrong when answered, and not among the hits"
            )
        return ["", *notes] if notes else []

    def _by_language(self) -> dict[str, dict[str, Any]]:
        found = {}
        for language in sorted(set(self.languages)):
            own = [n for n, each in enumerate(self.languages) if each == language]
            found[language] = {
                "questions": len(own),
                **self.ranked.of(own).to_json(),
                "bm25_hit@1": self.bm25.of(own).to_json()["hit@1"],
            }
        return found


_TITLES = {
    "hit@1": "the answer is the first hit",
    "hit@5": "among the first five",
    "map": "mean average precision",
}


def try_answers(
    entries: Entries,
    asked: Sequence[Asked],
    *,
    model: Model,
    encode: Encode,
    policy: Policy,
    now: Callable[[], datetime],
) -> AnswerTrial:
    """Ask everything of a bot whose knowledge the entries are."""
    shelf = Shelf(encode=encode)
    shelf.refresh(entries.knowledge, 1)
    bot = _bot(model, shelf, policy, now)
    times, answered, right = [], 0, 0
    for number, each in enumerate(asked):
        began = time.perf_counter()
        turn = bot.reply_to(_message(each.text, number, now()))
        times.append(1000 * (time.perf_counter() - began))
        if turn.action in _ANSWERED:
            answered += 1
            right += _is_right(turn, each, entries)
    scored = [each for each in asked if each.relevant]
    tongues = tuple(
        detect(each.text, policy.languages, policy.default_language) for each in scored
    )
    rows = [
        rows_of(
            [hit.knowledge.id for hit in shelf.search(each.text, language, DEEP)],
            entries.row_of,
        )
        for each, language in zip(scored, tongues, strict=True)
    ]
    return AnswerTrial(
        entries=len(entries.knowledge),
        release=model.version,
        ranked=ranked(rows, scored),
        bm25=ranked(bm25(entries, scored, tongues), scored),
        languages=tongues,
        asked=len(asked),
        out_of_scope=sum(each.known and not each.relevant for each in asked),
        without_answer=sum(not each.known for each in asked),
        answered=answered,
        right=right,
        milliseconds=median(times),
        misses=_misses(rows, scored, entries),
        left_out=tuple(map(str, entries.refused)),
        repeated=entries.repeated,
    )


class _OneShelf(Shelves):
    """The same knowledge, whatever the home holds."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def of(self, workspace: str) -> Shelf:
        """The one shelf."""
        del workspace
        return self._shelf


def _bot(
    model: Model, shelf: Shelf, policy: Policy, now: Callable[[], datetime]
) -> Bot:
    ids = count()
    return Bot(
        live=Live(model),
        shelves=_OneShelf(shelf),
        history=lambda _platform, _conversation: (),
        policy=policy,
        now=now,
        new_id=lambda: f"evaluation-{next(ids)}",
    )


def _message(text: str, number: int, at: datetime) -> Message:
    name = f"evaluation-{number}"
    return Message(
        platform="evaluation",
        conversation_id=name,
        message_id=name,
        sender_id="evaluation",
        text=text,
        sent_at=at,
    )


def _is_right(turn: Turn, asked: Asked, entries: Entries) -> bool:
    sources = turn.reply.sources[:1]
    return any(entries.row_of[each.knowledge_id] in asked.relevant for each in sources)


def _misses(
    found: Sequence[Sequence[str]], asked: Sequence[Asked], entries: Entries
) -> tuple[Miss, ...]:
    said: dict[str, str] = {}
    for entry in entries.knowledge:
        text = entry.question or entry.text
        said.setdefault(entries.row_of[entry.id], shortened(" ".join(text.split()), 60))
    misses = []
    for rows, each in zip(found, asked, strict=True):
        places = [n for n, row in enumerate(rows, 1) if row in each.relevant]
        if places[:1] != [1]:
            wanted = next(row for row in said if row in each.relevant)
            misses.append(
                Miss(
                    question=shortened(each.text, 80),
                    wanted=said[wanted],
                    found=said[rows[0]] if rows else "",
                    place=places[0] if places else 0,
                )
            )
    return tuple(sorted(misses, key=lambda miss: -(miss.place or DEEP + 1)))


def _shown(miss: Miss) -> str:
    place = str(miss.place) if miss.place else "-"
    return f"  {place:>4}  {miss.question}: {miss.wanted} | {miss.found or 'nothing'}"


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"
