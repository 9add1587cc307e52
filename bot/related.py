"""What others asked next: approved questions to offer under an answer.

Learnt from the log: what was answered next in the same conversation, counted in people.
Only approved questions are ever shown, and only what enough people asked; a customer's
own words never are. Where the log says nothing, the nearest knowledge stands in.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, TypeAlias

from bot.decide import SMALL_TALK
from bot.retrieve import CORRECTION, Shelf
from bot.text import question_key
from storage.records import Answered, Knowledge, KnowledgeKind
from storage.stores import Stores

Reading: TypeAlias = Callable[[], AbstractContextManager[Stores]]
Topic: TypeAlias = str  # the intent, so that all languages learn together; else the id
Table: TypeAlias = Mapping[Topic, Sequence[tuple[Topic, int]]]

ASKED_NEXT, NEAR = "asked_next", "near"
LEAST: Final = 3  # different people, before it is shown that others asked something
NEWEST: Final = 20_000  # answers of the log that are looked at
_TOGETHER: Final = timedelta(hours=1)  # between two questions of one concern
_NEAR_ENOUGH: Final = 0.4  # of the likeness of two questions
_TOO_NEAR: Final = 0.9  # the same question in other words
_LOOKED_AT: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An approved question, why it is offered, and how many people asked it next."""

    knowledge: Knowledge
    because: str
    people: int = 0

    def to_json(self) -> dict[str, Any]:
        """For a turn's `why`."""
        return {
            "id": self.knowledge.id,
            "because": self.because,
            "people": self.people,
        }


class Related:
    """What to offer under an answer. Safe to use from many threads.

    Args:
        most: how many questions are offered at most.
    """

    def __init__(self, *, reading: Reading, most: int) -> None:
        self._reading, self._most = reading, most
        self._tables: Mapping[str, Table] = {}

    def learn(self, workspace: str) -> None:
        """Count again what was asked next. Called now and then, never by a reply.

        Raises:
            EnvironmentProblem: the database cannot be read.
        """
        if self._most < 1:
            return
        with self._reading() as stores:
            answered = stores.turns.answered(workspace, NEWEST)
            knowledge = stores.knowledge.all(workspace)
        table = transitions(answered, {each.id: each for each in knowledge})
        self._tables = {**self._tables, workspace: table}

    def offers(
        self, knowledge_id: str, workspace: str, shelf: Shelf, known: Sequence[str]
    ) -> tuple[Offer, ...]:
        """What to offer under an answer, the likeliest first.

        Args:
            knowledge_id: what was answered.
            known: the ids of what the conversation has had before.
        """
        own = shelf.get(knowledge_id)
        if own is None or self._most < 1:
            return ()
        seen = {own.id, *known}
        topics = {topic_of(each) for each in map(shelf.get, seen) if each}
        keys = {question_key(own.question)}
        offers: list[Offer] = []
        for offer in self._candidates(own, self._tables.get(workspace, {}), shelf):
            other = offer.knowledge
            topic, key = topic_of(other), question_key(other.question)
            if other.id in seen or topic in topics or key in keys:
                continue
            if not _may_be_shown(other) or other.language != own.language:
                continue
            topics.add(topic)
            keys.add(key)
            offers.append(offer)
            if len(offers) == self._most:
                break
        return tuple(offers)

    def _candidates(
        self, own: Knowledge, table: Table, shelf: Shelf
    ) -> Iterable[Offer]:
        for topic, people in table.get(topic_of(own), ()):
            other = shelf.by_intent(topic, own.language) or shelf.get(topic)
            if other is not None:
                yield Offer(knowledge=other, because=ASKED_NEXT, people=people)
        for passage in shelf.near(own.id, _LOOKED_AT):
            if _NEAR_ENOUGH <= passage.score < _TOO_NEAR:
                yield Offer(knowledge=passage.knowledge, because=NEAR)


def topic_of(knowledge: Knowledge) -> Topic:
    """What it is about, in any language."""
    return knowledge.intent or knowledge.id


def transitions(
    answered: Iterable[Answered], knowledge: Mapping[str, Knowledge]
) -> dict[Topic, list[tuple[Topic, int]]]:
    """From each topic, the topics that at least `LEAST` people asked about next.

    Args:
        answered: in the order of the log. What was offered and taken does not count,
            or the bot would only learn what it showed.
        knowledge: what is approved now, by id.
    """
    last: dict[tuple[str, str], tuple[Answered, Topic]] = {}
    people: dict[tuple[Topic, Topic], set[tuple[str, str]]] = defaultdict(set)
    for each in answered:
        piece = knowledge.get(each.knowledge_id)
        if piece is None or not _may_be_shown(piece):
            continue
        place, topic = (each.platform, each.conversation_id), topic_of(piece)
        before = last.get(place)
        last[place] = (each, topic)
        if before is None or before[1] == topic or each.was_offered:
            continue
        if each.answered_at - before[0].answered_at <= _TOGETHER:
            people[before[1], topic].add((each.platform, each.sender_id))
    table: dict[Topic, list[tuple[Topic, int]]] = defaultdict(list)
    for (one, other), who in people.items():
        if len(who) >= LEAST:
            table[one].append((other, len(who)))
    return {
        one: sorted(others, key=lambda pair: (-pair[1], pair[0]))
        for one, others in table.items()
    }


def _may_be_shown(knowledge: Knowledge) -> bool:
    """Whether people wrote its question to be read: no correction, no small talk."""
    return (
        knowledge.kind is KnowledgeKind.ANSWER
        and knowledge.source != CORRECTION
        and bool(question_key(knowledge.question))
        and not (knowledge.intent or "").startswith(SMALL_TALK)
    )
