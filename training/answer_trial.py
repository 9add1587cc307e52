"""How well questions find their answers, through the bot and the search that serve.

BM25 over the same words is asked the same questions in the same run. The interval of
the difference is a paired bootstrap over the questions (Efron and Tibshirani 1993).
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from statistics import median
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.dialogue import Bot
from bot.importing.matched import Asked, Entries
from bot.language import detect
from bot.model.live import Live, Model
from bot.policy import Policy
from bot.retrieve import Shelf, Shelves
from bot.text import character_bigrams, shortened
from storage.records import Action, Knowledge, Message, Turn

Floats: TypeAlias = NDArray[np.float64]
Encode: TypeAlias = Callable[[Sequence[str]], Any]

DEEP: Final = 100  # places that are looked at for the mean average precision
RESAMPLED: Final = 2000
_WORST: Final = 12  # questions shown to people
_ANSWERED: Final = (Action.ANSWER, Action.SMALL_TALK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """What a search made of the questions in scope. Shares are 0 to 1."""

    hit_at_1: Floats  # 0 or 1 of each question
    hit_at_5: Floats
    precision: Floats  # average precision of each question

    def to_json(self) -> dict[str, float | None]:
        """The means."""
        return {
            "hit@1": _mean(self.hit_at_1),
            "hit@5": _mean(self.hit_at_5),
            "map": _mean(self.precision),
        }

    def of(self, places: Sequence[int]) -> "Ranked":
        """Of some of the questions."""
        own = np.asarray(places, int)
        return Ranked(
            hit_at_1=self.hit_at_1[own],
            hit_at_5=self.hit_at_5[own],
            precision=self.precision[own],
        )


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
        _rows(
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


def ranked(found: Sequence[Sequence[str]], asked: Sequence[Asked]) -> Ranked:
    """The measures of rows that were found, best first, for each question."""
    first, five, precision = [], [], []
    for rows, each in zip(found, asked, strict=True):
        hits = [place for place, row in enumerate(rows, 1) if row in each.relevant]
        first.append(bool(hits) and hits[0] == 1)
        five.append(bool(hits) and hits[0] <= 5)
        sums = sum(number / place for number, place in enumerate(hits, 1))
        precision.append(sums / len(each.relevant))
    return Ranked(
        hit_at_1=np.asarray(first, np.float64),
        hit_at_5=np.asarray(five, np.float64),
        precision=np.asarray(precision, np.float64),
    )


def bm25(
    entries: Entries, asked: Sequence[Asked], tongues: Sequence[str]
) -> list[list[str]]:
    """What BM25 finds, over words and Chinese characters and their pairs."""
    parts: dict[str, list[Knowledge]] = {}
    for each in entries.knowledge:
        parts.setdefault(each.language, []).append(each)
    engines = {name: _engine(part) for name, part in parts.items()}
    everything = _engine(entries.knowledge)
    found = []
    for each, language in zip(asked, tongues, strict=True):
        knowledge = parts.get(language, entries.knowledge)
        ids = engines.get(language, everything)(each.text)
        found.append(_rows([knowledge[n].id for n in ids], entries.row_of))
    return found


def paired(ours: Floats, theirs: Floats) -> dict[str, float]:
    """The mean difference and where 95 % of resampled ones lie."""
    gains = ours - theirs
    chance = np.random.default_rng(0)
    drawn = chance.integers(0, len(gains), (RESAMPLED, len(gains)))
    low, high = np.quantile(gains[drawn].mean(axis=1), (0.025, 0.975))
    return {
        "hit@1": round(float(gains.mean()), 4),
        "low": round(float(low), 4),
        "high": round(float(high), 4),
    }


def _engine(knowledge: Sequence[Knowledge]) -> Callable[[str], list[int]]:
    import bm25s

    tokens = [character_bigrams(f"{each.question}\n{each.text}") for each in knowledge]
    engine = bm25s.BM25(k1=1.5, b=0.75)
    engine.index(tokens, show_progress=False)

    def search(text: str) -> list[int]:
        known = [each for each in character_bigrams(text) if each in engine.vocab_dict]
        if not known:
            return []
        order = np.argsort(-engine.get_scores(known), kind="stable")
        return [int(place) for place in order[:DEEP]]

    return search


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


def _rows(ids: Sequence[str], row_of: Mapping[str, str]) -> list[str]:
    """The rows that pieces came from, each once, in order."""
    return list(dict.fromkeys(row_of[each] for each in ids))


def _misses(
    found: Sequence[Sequence[str]], asked: Sequence[Asked], entries: Entries
) -> tuple[Miss, ...]:
    said: dict[str, str] = {}
    for each in entries.knowledge:
        text = each.question or each.text
        said.setdefault(entries.row_of[each.id], shortened(" ".join(text.split()), 60))
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


def _mean(values: Floats) -> float | None:
    return round(float(values.mean()), 4) if len(values) else None


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"
