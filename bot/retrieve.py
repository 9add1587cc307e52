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

import numpy as np
from numpy.typing import NDArray

from bot.similarity import WordIndex
from bot.text import character_bigrams, question_key
from storage.records import Knowledge, KnowledgeKind
from storage.stores import Stores

Floats: TypeAlias = NDArray[np.float32]
Encode: TypeAlias = Callable[[Sequence[str]], Floats]  # texts -> unit vectors
Reading: TypeAlias = Callable[[], AbstractContextManager[Stores]]

CORRECTION = "correction"  # the source of knowledge that a correction became

# How much the question counts against the text: by meaning and by words. A passage's
# heading says less than a question does. Measured on questions about documents.
_BY_MEANING = {KnowledgeKind.ANSWER: 0.6, KnowledgeKind.PASSAGE: 0.3}
_BY_WORDS = {KnowledgeKind.ANSWER: 0.5, KnowledgeKind.PASSAGE: 0.35}
_MOST_MEANING = 0.85  # the vectors never have the whole say
_SAMPLE = 200  # entries asked to find out whether the vectors help


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of knowledge that was found; `score` is 1 for the very question."""

    knowledge: Knowledge
    score: float  # likeness to the question asked, 0 to 1


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
class _Part:
    """The knowledge in one language."""

    knowledge: tuple[Knowledge, ...]
    words: WordIndex
    questions: Floats | None  # vectors of the questions, [entries, width]
    texts: Floats | None
    meaning: float  # how much say the vectors have, 0 to 1
    shares: tuple[Floats, Floats]  # of the question, by meaning and by words

    @classmethod
    def build(
        cls, knowledge: Sequence[Knowledge], vectors: Mapping[str, Floats]
    ) -> "_Part":
        asked = [character_bigrams(each.question) for each in knowledge]
        said = [character_bigrams(each.text) for each in knowledge]
        wholes = [one + other for one, other in zip(asked, said, strict=True)]
        words = WordIndex.build(asked, wholes)
        shares = (_shares(knowledge, _BY_MEANING), _shares(knowledge, _BY_WORDS))
        if not vectors:
            return cls(
                knowledge=tuple(knowledge),
                words=words,
                questions=None,
                texts=None,
                meaning=0.0,
                shares=shares,
            )
        questions = np.stack([vectors[each.question] for each in knowledge])
        texts = np.stack([vectors[each.text] for each in knowledge])
        return cls(
            knowledge=tuple(knowledge),
            words=words,
            questions=questions,
            texts=texts,
            meaning=_meaning(questions, texts, WordIndex.build(said, said), asked),
            shares=shares,
        )

    def search(
        self,
        tokens: Sequence[str],
        vector: Floats | None,
        limit: int,
        kind: KnowledgeKind | None,
    ) -> list[tuple[float, Passage]]:
        share, by_words = self.shares
        rank = score = by_words * self.words.question_likeness(tokens) + (
            1 - by_words
        ) * self.words.coverage(tokens)
        if vector is not None and self.questions is not None and self.texts is not None:
            asked, said = self.questions @ vector, self.texts @ vector
            lexical = (1 - self.meaning) * score
            rank = self.meaning * (share * asked + (1 - share) * said) + lexical
            # The very question gets 1, though its answer is worded differently.
            best = np.maximum(asked, said)
            score = self.meaning * (share * asked + (1 - share) * best) + lexical
        order = np.argsort(-rank, kind="stable")
        return [
            (float(rank[i]), _passage(self.knowledge[i], float(score[i])))
            for i in order
            if kind is None or self.knowledge[i].kind is kind
        ][:limit]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Index:
    version: int
    parts: Mapping[str, _Part]
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
                language: _Part.build(
                    [each for each in knowledge if each.language == language], vectors
                )
                for language in languages
            },
            by_id=MappingProxyType({each.id: each for each in knowledge}),
            exact=MappingProxyType(exact),
            by_intent=MappingProxyType(by_intent),
            vectors=MappingProxyType(vectors),
        )

    def parts_for(self, language: str) -> list[_Part]:
        own = self.parts.get(language)
        return [own] if own is not None else list(self.parts.values())


def _shares(
    knowledge: Sequence[Knowledge], of_kind: Mapping[KnowledgeKind, float]
) -> Floats:
    return np.asarray([of_kind[each.kind] for each in knowledge], np.float32)


def _precedence(knowledge: Knowledge) -> tuple[bool, float]:
    """Corrections first, then what was changed last."""
    return knowledge.source != CORRECTION, -knowledge.updated_at.timestamp()


def _passage(knowledge: Knowledge, score: float) -> Passage:
    return Passage(knowledge=knowledge, score=min(1.0, max(0.0, score)))


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


def _meaning(
    questions: Floats, texts: Floats, said: WordIndex, asked: Sequence[Sequence[str]]
) -> float:
    """How much say the vectors deserve beside the words, in this language.

    An encoder that knows the language finds a question's own answer among all
    answers better than the words do; one that does not know it finds it far worse.
    """
    step = max(1, len(asked) // _SAMPLE)
    sample = range(0, len(asked), step)
    by_vector = [_reciprocal_rank(texts @ questions[i], i) for i in sample]
    by_words = [_reciprocal_rank(said.coverage(asked[i]), i) for i in sample]
    vector, words = float(np.mean(by_vector)) ** 4, float(np.mean(by_words)) ** 4
    return min(_MOST_MEANING, vector / (vector + words))


def _reciprocal_rank(scores: Floats, own: int) -> float:
    return 1.0 / (1.0 + float(np.sum(scores > scores[own])))
