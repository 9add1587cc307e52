"""Some entries of one language, ready to be searched. Built once, never changed.

A small segment keeps its vectors in memory and measures every entry. A large one finds
candidates by rare words and by near lists of vectors, and reads the vectors of those
alone. Both measure an entry in the same way.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.nearest import Lists, Plan
from bot.query import Vocabulary
from bot.similarity import Words
from bot.text import character_bigrams, question_key
from bot.vectors import Vectors
from storage.records import Knowledge, KnowledgeKind

Floats: TypeAlias = NDArray[np.float32]
Rows: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]

PLAIN: Final = 4096  # entries of a segment whose every entry is measured

# How much the question counts against the text: by meaning and by words. A passage's
# heading says less than a question does. Measured on questions about documents.
_BY_MEANING = {KnowledgeKind.ANSWER: 0.6, KnowledgeKind.PASSAGE: 0.3}
_BY_WORDS = {KnowledgeKind.ANSWER: 0.5, KnowledgeKind.PASSAGE: 0.35}
_CHUNK: Final = 8192  # entries whose vectors are in memory at once while building


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What all segments of one language are built with."""

    vocabulary: Vocabulary
    vectors: Vectors | None  # None: words alone

    def learn(self, texts: Iterable[str]) -> list[list[int]]:
        """The numbers of the tokens of each text."""
        return [self.vocabulary.learn(character_bigrams(text)) for text in texts]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Segment:
    """Entries, in an order of its own.

    Attributes:
        answers: which are answers; the others are passages.
        by_meaning, by_words: what share the question has; 0 where there is none.
        whole: where BM25 of the whole has a say beside the words that are covered.
        places: of each id.
        exact, by_intent: of the answers, by the key of their question and by intent.
        questions, texts: rows of the vectors.
        plain: the vectors themselves, float32 [entries, width], of a small segment.
        lists: of a large one.
    """

    knowledge: tuple[Knowledge, ...]
    words: Words
    answers: Mask
    by_meaning: Floats
    by_words: Floats
    whole: Floats
    places: Mapping[str, int]
    exact: Mapping[str, tuple[int, ...]]
    by_intent: Mapping[str, tuple[int, ...]]
    questions: Rows | None
    texts: Rows | None
    plain: tuple[Floats, Floats] | None
    lists: Lists | None

    def __len__(self) -> int:
        return len(self.knowledge)

    @classmethod
    def build(
        cls,
        knowledge: Sequence[Knowledge],
        tools: Tools,
        *,
        plan: Plan | None = None,
    ) -> "Segment":
        """From entries; large ones are put into the lists of the plan, or of a new one.

        Raises what the encoder raises.
        """
        lists = None
        if tools.vectors is not None and len(knowledge) > PLAIN:
            lists, order = _in_lists(knowledge, tools.vectors, plan)
            knowledge = [knowledge[place] for place in order]
        asked = tools.learn(each.question for each in knowledge)
        said = tools.learn(each.text for each in knowledge)
        words = Words.build(asked, said)
        return cls._of(tuple(knowledge), words, tools.vectors, lists)

    @classmethod
    def joined(
        cls, segments: Sequence["Segment"], kept: Sequence[Mask], tools: Tools
    ) -> "Segment":
        """Small ones as one small one, without what is not kept."""
        knowledge = tuple(
            each.knowledge[place]
            for each, mask in zip(segments, kept, strict=True)
            for place in np.flatnonzero(mask)
        )
        words = Words.joined([each.words for each in segments], kept)
        return cls._of(knowledge, words, tools.vectors, None)

    @classmethod
    def _of(
        cls,
        knowledge: tuple[Knowledge, ...],
        words: Words,
        vectors: Vectors | None,
        lists: Lists | None,
    ) -> "Segment":
        exact: dict[str, list[int]] = {}
        by_intent: dict[str, list[int]] = {}
        for place, each in enumerate(knowledge):
            if each.kind is KnowledgeKind.ANSWER:
                exact.setdefault(question_key(each.question), []).append(place)
                if each.intent is not None:
                    by_intent.setdefault(each.intent, []).append(place)
        answers = np.asarray([each.kind is KnowledgeKind.ANSWER for each in knowledge])
        bare = np.asarray([not each.question.strip() for each in knowledge])
        questions = texts = plain = None
        if vectors is not None:
            questions = vectors.rows([each.question for each in knowledge])
            texts = vectors.rows([each.text for each in knowledge])
            if lists is None:
                plain = (vectors.take(questions), vectors.take(texts))
        return cls(
            knowledge=knowledge,
            words=words,
            answers=answers,
            by_meaning=_shares(knowledge, _BY_MEANING) * ~bare,
            by_words=_shares(knowledge, _BY_WORDS) * ~bare,
            whole=np.where(answers & ~bare, 0.0, 0.5).astype(np.float32),
            places={each.id: place for place, each in enumerate(knowledge)},
            exact={key: tuple(places) for key, places in exact.items()},
            by_intent={name: tuple(places) for name, places in by_intent.items()},
            questions=questions,
            texts=texts,
            plain=plain,
            lists=lists,
        )

    def meant(
        self, vector: Floats, rows: Rows | None, vectors: Vectors
    ) -> tuple[Floats, Floats]:
        """The likeness of entries' questions and texts to a vector; all, or rows."""
        if self.questions is None or self.texts is None:
            raise ValueError("the segment was built without vectors")
        if self.plain is not None:
            asked, said = self.plain
            if rows is not None:
                asked, said = asked[rows], said[rows]
            return asked @ vector, said @ vector
        own = slice(None) if rows is None else rows
        together = np.concatenate([self.questions[own], self.texts[own]])
        once, places = np.unique(together, return_inverse=True)
        near = (vectors.take(once) @ vector)[places]
        half = len(together) // 2
        return near[:half], near[half:]


def _in_lists(
    knowledge: Sequence[Knowledge], vectors: Vectors, plan: Plan | None
) -> tuple[Lists, Rows]:
    questions = vectors.rows([each.question for each in knowledge])
    texts = vectors.rows([each.text for each in knowledge])
    bare = np.asarray([not each.question.strip() for each in knowledge])
    share = (_shares(knowledge, _BY_MEANING) * ~bare)[:, None]

    def blended(rows: Rows) -> Floats:
        asked, said = vectors.take(questions[rows]), vectors.take(texts[rows])
        mixed: Floats = share[rows] * asked + (1 - share[rows]) * said
        return mixed

    if plan is None:
        sample = np.linspace(0, len(knowledge) - 1, _CHUNK).astype(np.int64)
        plan = Plan.learn(blended(np.unique(sample)), len(knowledge))
    lists, codes = [], []
    for start in range(0, len(knowledge), _CHUNK):
        rows = np.arange(start, min(start + _CHUNK, len(knowledge)))
        reduced = plan.reduced(blended(rows))
        lists.append(plan.lists_of(reduced))
        codes.append(plan.codes(reduced))
    of_rows = np.concatenate(lists)
    order = np.argsort(of_rows, kind="stable")
    return Lists.build(plan, of_rows[order], np.concatenate(codes)[order]), order


def _shares(
    knowledge: Sequence[Knowledge], of_kind: Mapping[KnowledgeKind, float]
) -> Floats:
    return np.asarray([of_kind[each.kind] for each in knowledge], np.float32)
