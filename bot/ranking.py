"""Which entries of one language fit a question, best first. Built once, never changed.

Words and vectors both have a say; how much the vectors' weighs is measured on the
knowledge itself, so an encoder that does not know a language does no harm in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.similarity import WordIndex
from bot.text import character_bigrams
from storage.records import Knowledge, KnowledgeKind

Floats: TypeAlias = NDArray[np.float32]

# How much the question counts against the text: by meaning and by words. A passage's
# heading says less than a question does. Measured on questions about documents.
_BY_MEANING = {KnowledgeKind.ANSWER: 0.6, KnowledgeKind.PASSAGE: 0.3}
_BY_WORDS = {KnowledgeKind.ANSWER: 0.5, KnowledgeKind.PASSAGE: 0.35}
_MOST_MEANING = 0.85  # the vectors never have the whole say
_SAMPLE = 200  # entries asked to find out whether the vectors help


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of knowledge that was found; `score` is 1 for the very question.

    Attributes:
        score: likeness to the question asked, 0 to 1.
        by_words: what the words alone make of it, 0 to 1.
        by_meaning: what the vectors alone make of it; None where there are none.
    """

    knowledge: Knowledge
    score: float
    by_words: float = 0.0
    by_meaning: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """The knowledge in one language, ready to be ranked."""

    knowledge: tuple[Knowledge, ...]
    words: WordIndex
    questions: Floats | None  # vectors of the questions, [entries, width]
    texts: Floats | None
    meaning: float  # how much say the vectors have, 0 to 1
    shares: tuple[Floats, Floats]  # of the question, by meaning and by words

    @classmethod
    def build(
        cls, knowledge: Sequence[Knowledge], vectors: Mapping[str, Floats]
    ) -> "Ranking":
        """From entries and the vectors of all their texts; none if there are none."""
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
        """At most `limit` passages with the rank that orders them, best first."""
        share, by_words = self.shares
        rank = score = worded = by_words * self.words.question_likeness(tokens) + (
            1 - by_words
        ) * self.words.coverage(tokens)
        meant: Floats | None = None
        if vector is not None and self.questions is not None and self.texts is not None:
            asked, said = self.questions @ vector, self.texts @ vector
            lexical = (1 - self.meaning) * score
            rank = self.meaning * (share * asked + (1 - share) * said) + lexical
            # The very question gets 1, though its answer is worded differently.
            best = np.maximum(asked, said)
            meant = share * asked + (1 - share) * best
            score = self.meaning * meant + lexical
        order = np.argsort(-rank, kind="stable")
        wanted = (i for i in order if kind is None or self.knowledge[i].kind is kind)
        return [
            (
                float(rank[i]),
                Passage(
                    knowledge=self.knowledge[i],
                    score=_share(score[i]),
                    by_words=_share(worded[i]),
                    by_meaning=None if meant is None else _share(meant[i]),
                ),
            )
            for i in islice(wanted, limit)
        ]


def _share(score: np.float32) -> float:
    return min(1.0, max(0.0, float(score)))


def _shares(
    knowledge: Sequence[Knowledge], of_kind: Mapping[KnowledgeKind, float]
) -> Floats:
    return np.asarray([of_kind[each.kind] for each in knowledge], np.float32)


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
