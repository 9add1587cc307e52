"""What people ask again and again and nothing answers, from the log of turns.

A question counts where nothing was known, where asking back led nowhere, where the
customer went to a person, or where the answer got a thumb down. Personal data is
masked before anything is compared or shown.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from bot.clusters import Encode, cluster, vectors
from bot.importing.waiting import IMPORTED
from bot.inquiry import question_of
from bot.model.thresholds import Thresholds, of_language
from bot.privacy import mask
from bot.retrieve import Passage, Shelf
from bot.text import question_key, shortened
from storage.records import Action, Feedback, Turn

DECLINED, CLARIFIED = "declined", "clarified"
HANDED_OVER, DISLIKED = "handed_over", "disliked"
# What to do about a gap.
WRITE, EXTEND, ADD_WORDING, MEND = "write", "extend", "add_wording", "mend_answer"

EXAMPLES: Final = 5  # wordings shown of a gap
_LOOKED_UP: Final = 3  # wordings whose nearest knowledge is looked for
_LONGEST: Final = 200  # characters of a wording
_HIDDEN: Final = frozenset({"name", "address", "order_number", "phone", "email"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question that somebody asked, masked, and why it counts as unanswered."""

    text: str
    language: str
    at: datetime
    sender: str
    reasons: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a stretch of the log holds.

    Attributes:
        questions: how many were asked.
        unanswered: those among them that nothing answered.
        wordless: requests for a person before which nothing had been asked.
    """

    questions: int
    unanswered: tuple[Asked, ...]
    wordless: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A question that recurs, in all its wordings.

    Attributes:
        count: how often it was asked.
        customers: how many different people asked it.
        examples: wordings, the commonest first.
        reasons: why it counts, and how often for that reason.
        nearest: the knowledge that comes nearest to it, if there is any.
        todo: "write", "extend", "add_wording" or "mend_answer".
    """

    count: int
    customers: int
    examples: tuple[str, ...]
    languages: tuple[str, ...]
    first_seen: datetime
    last_seen: datetime
    reasons: Mapping[str, int]
    nearest: Passage | None
    todo: str

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        near = self.nearest
        return {
            "count": self.count,
            "customers": self.customers,
            "examples": list(self.examples),
            "languages": list(self.languages),
            "first_seen": self.first_seen.isoformat(),
            "last_seen": self.last_seen.isoformat(),
            "reasons": dict(self.reasons),
            "nearest": near
            and {
                "id": near.knowledge.id,
                "question": near.knowledge.question,
                "score": round(near.score, 4),
            },
            "todo": self.todo,
        }


@dataclass(slots=True, kw_only=True)
class _Talk:
    """Where a conversation stands while the log is read."""

    last: str | None = None  # the turn of the last question
    asked_back: str | None = None  # that turn, while its question back is open
    reasons: dict[str, set[str]] = field(default_factory=dict)


def look(turns: Iterable[tuple[Turn, Sequence[Feedback]]]) -> Seen:
    """Read turns, in their order, each with the votes that stand."""
    talks: dict[tuple[str, str], _Talk] = {}
    asked: dict[str, Asked] = {}
    wordless = 0
    for turn, votes in turns:
        message = turn.message
        if message.platform == IMPORTED:  # an old chat, where a person answered
            continue
        if "command" in turn.why or "unreadable" in turn.why:
            continue
        talk = talks.setdefault((message.platform, message.conversation_id), _Talk())
        if any(vote.good is False for vote in votes):
            talk.reasons.setdefault(_about(turn), set()).add(DISLIKED)
        if _is_request(turn):
            if talk.last is None:
                wordless += 1
            else:
                talk.reasons.setdefault(talk.last, set()).add(HANDED_OVER)
        elif "asked_in" in turn.why and turn.why.get("route") == "choice":
            _chosen(talk, turn)
        elif turn.action is not Action.SMALL_TALK:
            asked[turn.id] = _asked(turn)
            _question(talk, turn)
    reasons = {
        name: why for talk in talks.values() for name, why in talk.reasons.items()
    }
    unanswered = [
        replace(each, reasons=frozenset(reasons[name]))
        for name, each in asked.items()
        if reasons.get(name)
    ]
    return Seen(questions=len(asked), unanswered=tuple(unanswered), wordless=wordless)


def _is_request(turn: Turn) -> bool:
    """Whether a turn only asks for a person, without saying what about."""
    return turn.action is Action.HAND_OVER and "weighed" not in turn.why


def _about(turn: Turn) -> str:
    """The turn whose question a turn answers: of a choice, the one that asked back."""
    if turn.why.get("route") == "choice":
        return str(turn.why.get("asked_in", turn.id))
    return turn.id


def _chosen(talk: _Talk, turn: Turn) -> None:
    """A choice settles the question back, or says that it was none of these."""
    about = _about(turn)
    reasons = talk.reasons.setdefault(about, set())
    reasons.discard(CLARIFIED)
    if turn.action is Action.DECLINE:
        reasons.add(DECLINED)
    talk.last, talk.asked_back = about, None


def _question(talk: _Talk, turn: Turn) -> None:
    reasons = talk.reasons.setdefault(turn.id, set())
    before, talk.last = talk.asked_back, turn.id
    talk.asked_back = turn.id if turn.action is Action.CLARIFY else None
    if before is not None:
        # The same in other words: it was settled, or it counts once, in these.
        talk.reasons[before].discard(CLARIFIED)
    if turn.action is Action.CLARIFY:
        reasons.add(CLARIFIED)
    elif turn.action is Action.DECLINE:
        reasons.add(DECLINED)
    elif turn.action is Action.HAND_OVER:
        reasons.add(HANDED_OVER)


def _asked(turn: Turn) -> Asked:
    text = question_of(turn)
    for entity in turn.understanding.entities:
        if entity.type in _HIDDEN and entity.text.strip():
            text = text.replace(entity.text, f"[{entity.type}]")
    return Asked(
        text=shortened(" ".join(mask(text).split()), _LONGEST),
        language=turn.understanding.language,
        at=turn.answered_at,
        sender=f"{turn.message.platform}:{turn.message.sender_id}",
    )


def gaps(
    asked: Sequence[Asked],
    *,
    encode: Encode,
    shelf: Shelf,
    thresholds: Mapping[str, Thresholds],
    least: int = 1,
) -> list[Gap]:
    """The questions that recur, the commonest first.

    What has meanwhile become an approved question, word for word, is answered now.

    Args:
        least: how often a question must have been asked to be a gap.
    """
    wordings: dict[str, list[Asked]] = {}
    for each in asked:
        if shelf.exact(each.text, each.language) is None:
            wordings.setdefault(question_key(each.text), []).append(each)
    wordings.pop("", None)
    # The commonest come first, then what was asked first: no matter of chance.
    rows = sorted(
        wordings.values(), key=lambda row: (-len(row), row[0].at, row[0].text)
    )
    labels = cluster(vectors([row[0].text for row in rows], encode))
    members: dict[int, list[list[Asked]]] = {}
    for label, row in zip(labels, rows, strict=True):
        members.setdefault(label, []).append(row)
    found = [
        _gap(some, shelf, thresholds)
        for some in members.values()
        if sum(map(len, some)) >= least
    ]
    return sorted(found, key=lambda gap: (-gap.count, -gap.customers, gap.first_seen))


def _gap(
    wordings: Sequence[Sequence[Asked]],
    shelf: Shelf,
    thresholds: Mapping[str, Thresholds],
) -> Gap:
    every = [each for wording in wordings for each in wording]
    reasons = Counter(reason for each in every for reason in each.reasons)
    language = wordings[0][0].language
    near = [
        passage
        for wording in wordings[:_LOOKED_UP]
        for passage in shelf.search(wording[0].text, wording[0].language, 1)
    ]
    nearest = max(near, key=lambda each: each.score, default=None)
    return Gap(
        count=len(every),
        customers=len({each.sender for each in every}),
        examples=tuple(wording[0].text for wording in wordings[:EXAMPLES]),
        languages=tuple(sorted({each.language for each in every})),
        first_seen=min(each.at for each in every),
        last_seen=max(each.at for each in every),
        reasons=dict(reasons.most_common()),
        nearest=nearest,
        todo=_todo(reasons, len(every), nearest, of_language(thresholds, language)),
    )


def _todo(
    reasons: Counter[str], count: int, nearest: Passage | None, thresholds: Thresholds
) -> str:
    if reasons[DISLIKED] * 2 > count and reasons[DECLINED] * 2 < count:
        return MEND
    if nearest is None or nearest.score < thresholds.ground:
        return WRITE
    return ADD_WORDING if nearest.score >= thresholds.match else EXTEND
