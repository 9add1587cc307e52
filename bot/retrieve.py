"""The approved knowledge of a workspace, in memory, ready to be searched.

A search sees one frozen index from beginning to end; a refresh builds the next one
beside it and swaps one reference. A change in the database is seen by the next reply.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from bot.ranking import Floats, Ranking
from bot.ranking import Passage as Passage
from bot.text import character_bigrams, question_key
from storage.records import Knowledge, KnowledgeKind
from storage.stores import Stores

Encode: TypeAlias = Callable[[Sequence[str]], Floats]  # texts -> unit vectors
Reading: TypeAlias = Callable[[], AbstractContextManager[Stores]]

_MOST_NEAR = 2000  # pieces of knowledge; looking through them takes 5 ms at most
CORRECTION = "correction"  # the source of knowledge that a correction became


def as_passage(knowledge: Knowledge) -> str:
    """The text that a reply is written from: in serving, in training, in the guard."""
    heading = knowledge.question.strip()
    return f"{heading}\n{knowledge.text}" if heading else knowledge.text


class Shelf:
    """One workspace's knowledge. Safe to use from many threads."""

    def __init__(self, *, encode: Encode | None) -> None:
        self._encode = encode
        self._index = _Index.empty()
        self._refreshing = threading.Lock()

    @property
    def version(self) -> int:
        """The version of the knowledge that is searched now; -1 before the first."""
        return self._index.version

    def refresh(self, knowledge: Sequence[Knowledge], version: int) -> None:
        """Search this from now on. Only texts not seen before are encoded."""
        with self._refreshing:
            known = self._index.vectors
            vectors = _vectors(knowledge, known, self._encode)
            self._index = _Index.build(knowledge, version, vectors)

    def search(
        self,
        text: str,
        language: str,
        limit: int,
        kind: KnowledgeKind | None = None,
    ) -> tuple[Passage, ...]:
        """What fits best, best first, at most `limit`.

        Knowledge in the language asked for; in any other only where there is none.
        """
        index = self._index
        tokens = character_bigrams(text)
        if not tokens or limit < 1:
            return ()
        vector = None if self._encode is None else self._encode([text])[0]
        found = [
            hit
            for part in index.parts_for(language)
            for hit in part.search(tokens, vector, limit, kind)
        ]
        found.sort(key=lambda hit: -hit[0])
        return tuple(passage for _, passage in found[:limit])

    def near(self, knowledge_id: str, limit: int) -> tuple[Passage, ...]:
        """The approved answers nearest to a piece, in its language, best first.

        Nothing is encoded for it. None where there is too much knowledge to look
        through beside a reply.
        """
        index = self._index
        own = index.by_id.get(knowledge_id)
        if own is None or len(index.by_id) > _MOST_NEAR:
            return ()
        tokens, vector = (
            character_bigrams(own.question),
            index.vectors.get(own.question),
        )
        part = index.parts[own.language]
        found = part.search(tokens, vector, limit + 1, KnowledgeKind.ANSWER)
        others = [passage for _, passage in found if passage.knowledge.id != own.id]
        return tuple(others[:limit])

    def exact(self, text: str, language: str) -> Knowledge | None:
        """The answer to this very question; a correction before anything else."""
        index = self._index
        key = question_key(text)
        if not key:
            return None
        return index.exact.get((language, key)) or index.exact.get(("", key))

    def by_intent(self, intent: str, language: str) -> Knowledge | None:
        """The answer to an intent; in another language only where there is none."""
        index = self._index
        own = index.by_intent.get((language, intent))
        if own is not None or language in index.parts:
            return own
        return index.by_intent.get(("", intent))

    def alike(self, question: str, texts: Sequence[str]) -> list[float]:
        """How near in meaning each text is to a question, -1 to 1; 0 unencoded."""
        if self._encode is None or not texts:
            return [0.0] * len(texts)
        vectors = self._encode([question, *texts])
        found: list[float] = (vectors[1:] @ vectors[0]).tolist()
        return found

    def get(self, knowledge_id: str) -> Knowledge | None:
        """The piece of that id, while it is approved."""
        return self._index.by_id.get(knowledge_id)


class Shelves:
    """The shelf of each workspace, brought up to date whenever it is asked for."""

    def __init__(self, *, reading: Reading, encode: Encode | None) -> None:
        self._reading, self._encode = reading, encode
        self._shelves: dict[str, Shelf] = {}
        self._lock = threading.Lock()

    def of(self, workspace: str) -> Shelf:
        """The shelf, as the knowledge is now.

        Raises:
            EnvironmentProblem: the database cannot be read.
        """
        with self._lock:
            if workspace not in self._shelves:
                self._shelves[workspace] = Shelf(encode=self._encode)
            shelf = self._shelves[workspace]
        with self._reading() as stores:
            version = stores.knowledge.version(workspace)
            if version == shelf.version:
                return shelf
            knowledge = stores.knowledge.all(workspace)
        shelf.refresh(knowledge, version)
        return shelf


@dataclass(frozen=True, slots=True, kw_only=True)
class _Index:
    version: int
    parts: Mapping[str, Ranking]
    by_id: Mapping[str, Knowledge]
    exact: Mapping[tuple[str, str], Knowledge]  # by language ("" is any) and key
    by_intent: Mapping[tuple[str, str], Knowledge]
    vectors: Mapping[str, Floats]  # by text

    @classmethod
    def empty(cls) -> "_Index":
        return cls.build((), -1, {})

    @classmethod
    def build(
        cls,
        knowledge: Sequence[Knowledge],
        version: int,
        vectors: Mapping[str, Floats],
    ) -> "_Index":
        languages = dict.fromkeys(each.language for each in knowledge)
        exact: dict[tuple[str, str], Knowledge] = {}
        by_intent: dict[tuple[str, str], Knowledge] = {}
        for each in sorted(knowledge, key=_precedence):
            if each.kind is not KnowledgeKind.ANSWER:
                continue
            for language in (each.language, ""):
                exact.setdefault((language, question_key(each.question)), each)
                if each.intent is not None:
                    by_intent.setdefault((language, each.intent), each)
        return cls(
            version=version,
            parts={
                language: Ranking.build(
                    [each for each in knowledge if each.language == language], vectors
                )
                for language in languages
            },
            by_id=MappingProxyType({each.id: each for each in knowledge}),
            exact=MappingProxyType(exact),
            by_intent=MappingProxyType(by_intent),
            vectors=MappingProxyType(vectors),
        )

    def parts_for(self, language: str) -> list[Ranking]:
        own = self.parts.get(language)
        return [own] if own is not None else list(self.parts.values())


def _precedence(knowledge: Knowledge) -> tuple[bool, float]:
    """Corrections first, then what was changed last."""
    return knowledge.source != CORRECTION, -knowledge.updated_at.timestamp()


def _vectors(
    knowledge: Sequence[Knowledge],
    known: Mapping[str, Floats],
    encode: Encode | None,
) -> dict[str, Floats]:
    if encode is None:
        return {}
    texts = dict.fromkeys(t for each in knowledge for t in (each.question, each.text))
    fresh = [text for text in texts if text not in known]
    vectors = {text: known[text] for text in texts if text in known}
    if fresh:
        vectors |= dict(zip(fresh, encode(fresh), strict=True))
    return vectors
