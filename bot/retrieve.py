"""The approved knowledge of a workspace, in memory, ready to be searched.

A search sees one frozen index from beginning to end; a change builds the next one
beside it, from the parts that stay and the entries that are new, and swaps one
reference. A change in the database is seen by the next reply.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TypeAlias

from bot.model.focus import by_words
from bot.ranking import Passage as Passage
from bot.ranking import Ranking
from bot.text import character_bigrams, question_key
from bot.typical import are_many, typical
from bot.vectors import Encode as Encode
from bot.vectors import Vectors
from storage.records import Knowledge, KnowledgeKind
from storage.stores import Stores

Reading: TypeAlias = Callable[[], AbstractContextManager[Stores]]

_MOST_NEAR = 2000  # pieces of knowledge; looking through them takes 5 ms at most
CORRECTION = "correction"  # the source of knowledge that a correction became


def as_passage(knowledge: Knowledge) -> str:
    """The text that a reply is written from: in serving, in training, in the guard."""
    heading = knowledge.question.strip()
    return f"{heading}\n{knowledge.text}" if heading else knowledge.text


class Shelf:
    """One workspace's knowledge. Safe to use from many threads.

    Args:
        encode: texts to unit vectors; None searches by words alone.
        vectors: where the vectors are kept; None keeps them in memory.
    """

    def __init__(
        self, *, encode: Encode | None, vectors: Vectors | None = None
    ) -> None:
        self._encode = encode
        if vectors is None and encode is not None:
            vectors = Vectors(encode)
        self._vectors = vectors
        self._index = _Index()
        self._changing = threading.Lock()

    @property
    def version(self) -> int:
        """The version of the knowledge that is searched now; -1 before the first."""
        return self._index.version

    def refresh(self, knowledge: Sequence[Knowledge], version: int) -> None:
        """Search this and nothing else from now on. Only new texts are encoded."""
        with self._changing:
            before = {
                each.id: each
                for part in self._index.parts.values()
                for each in part.living()
            }
            wanted = {each.id: each for each in knowledge}
            new = [each for each in wanted.values() if before.get(each.id) != each]
            gone = [name for name, each in before.items() if wanted.get(name) != each]
            self._change(new, gone, version)

    def change(
        self, added: Sequence[Knowledge], retired: Sequence[str], version: int
    ) -> None:
        """Search these too, in place of what had their ids, and no more the retired."""
        with self._changing:
            if version > self.version:
                gone = [*retired, *(each.id for each in added)]
                new = {each.id: each for each in added}
                self._change(list(new.values()), gone, version)

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
        parts = self._index.parts
        own = self.get(knowledge_id)
        part = None if own is None else parts.get(own.language)
        if own is None or part is None or part.count > _MOST_NEAR:
            return ()
        tokens = character_bigrams(own.question)
        vector = None
        if self._vectors is not None:
            vector = self._vectors.take(self._vectors.rows([own.question]))[0]
        found = part.search(tokens, vector, limit + 1, KnowledgeKind.ANSWER)
        others = [passage for _, passage in found if passage.knowledge.id != own.id]
        return tuple(others[:limit])

    def exact(self, text: str, language: str) -> Knowledge | None:
        """The answer to this very question; a correction before anything else."""
        key = question_key(text)
        if not key:
            return None
        parts = self._index.parts
        own = parts[language].asking(key) if language in parts else []
        found = own or [each for part in parts.values() for each in part.asking(key)]
        return min(found, key=_precedence, default=None)

    def by_intent(
        self, intent: str, language: str, asked: str = ""
    ) -> Knowledge | None:
        """The answer to an intent; in another language only where there is none.

        A correction first; of many wordings the one that is typical of those given to
        questions like the one asked; else what was changed last.
        """
        parts = self._index.parts_for(language)
        found = [each for part in parts for each in part.about(intent)]
        last = min(found, key=_precedence, default=None)
        if not asked or last is None or last.source == CORRECTION:
            return last
        return typical(found, self._near(asked, found)) if are_many(found) else last

    def _near(self, asked: str, found: Sequence[Knowledge]) -> list[float]:
        """How near the question of each is to the one asked."""
        questions = [each.question for each in found]
        if self._encode is None or self._vectors is None:
            return [shared.share for shared in by_words(questions, asked)]
        vectors = self._vectors.take(self._vectors.rows(questions))
        near: list[float] = (vectors @ self._encode([asked])[0]).tolist()
        return near

    def alike(self, question: str, texts: Sequence[str]) -> list[float]:
        """How near in meaning each text is to a question, -1 to 1; 0 unencoded."""
        if self._encode is None or not texts:
            return [0.0] * len(texts)
        vectors = self._encode([question, *texts])
        found: list[float] = (vectors[1:] @ vectors[0]).tolist()
        return found

    def get(self, knowledge_id: str) -> Knowledge | None:
        """The piece of that id, while it is approved."""
        found = (part.get(knowledge_id) for part in self._index.parts.values())
        return next((each for each in found if each is not None), None)

    def _change(
        self, added: Sequence[Knowledge], gone: Sequence[str], version: int
    ) -> None:
        parts = dict(self._index.parts)
        of_language: dict[str, list[Knowledge]] = {name: [] for name in parts}
        for each in added:
            of_language.setdefault(each.language, []).append(each)
        for language, new in of_language.items():
            part = parts.get(language) or Ranking.empty(self._vectors)
            if new or any(part.get(name) is not None for name in gone):
                parts[language] = part.changed(new, gone)
        parts = {name: part for name, part in parts.items() if part.count}
        self._index = _Index(version=version, parts=parts)


class Shelves:
    """The shelf of each workspace, brought up to date whenever it is asked for.

    Args:
        reading: opens the stores.
        encode: texts to unit vectors.
        vectors: where the vectors are kept; None keeps them in memory.
    """

    def __init__(
        self,
        *,
        reading: Reading,
        encode: Encode | None,
        vectors: Vectors | None = None,
    ) -> None:
        self._reading, self._encode = reading, encode
        if vectors is None and encode is not None:
            vectors = Vectors(encode)
        self._vectors = vectors
        self._shelves: dict[str, Shelf] = {}
        self._lock = threading.Lock()

    def of(self, workspace: str) -> Shelf:
        """The shelf, as the knowledge is now.

        Raises:
            EnvironmentProblem: the database cannot be read.
        """
        with self._lock:
            if workspace not in self._shelves:
                made = Shelf(encode=self._encode, vectors=self._vectors)
                self._shelves[workspace] = made
            shelf = self._shelves[workspace]
        with self._reading() as stores:
            version, known = stores.knowledge.version(workspace), shelf.version
            if version == known:
                return shelf
            if known < 0:
                everything = stores.knowledge.all(workspace)
            else:
                added, retired = stores.knowledge.changes(workspace, known)
        if known < 0:
            shelf.refresh(everything, version)
        else:
            shelf.change(added, retired, version)
        return shelf


@dataclass(frozen=True, slots=True, kw_only=True)
class _Index:
    version: int = -1
    parts: Mapping[str, Ranking] = field(default_factory=dict)  # by language

    def parts_for(self, language: str) -> list[Ranking]:
        own = self.parts.get(language)
        return [own] if own is not None else list(self.parts.values())


def _precedence(knowledge: Knowledge) -> tuple[bool, float]:
    """Corrections first, then what was changed last."""
    return knowledge.source != CORRECTION, -knowledge.updated_at.timestamp()
