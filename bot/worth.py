"""How much say the vectors have beside the words, measured on the knowledge itself."""

from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.query import Vocabulary, query_of
from bot.similarity import Words
from bot.text import character_bigrams
from bot.vectors import Vectors
from storage.records import Knowledge

Floats: TypeAlias = NDArray[np.float32]

POOL: Final = 2000  # entries among which a question's own is looked for
_SAMPLE: Final = 200  # questions that are asked
_MOST: Final = 0.85  # the vectors never have the whole say


def say_of_vectors(pool: Sequence[Knowledge], vectors: Vectors) -> float:
    """How much say the vectors deserve beside the words, in this language.

    An encoder that knows the language finds a question's own answer among all
    answers better than the words do; one that does not know it finds it far worse.
    """
    step = max(1, len(pool) // _SAMPLE)
    sample = list(range(0, len(pool), step))
    texts = vectors.take(vectors.rows([each.text for each in pool]))
    asked = vectors.take(vectors.rows([pool[n].question for n in sample]))
    vocabulary = Vocabulary()
    said = [vocabulary.learn(character_bigrams(each.text)) for each in pool]
    words = Words.build([()] * len(pool), said)
    alive = np.ones(len(pool), np.bool_)
    frequencies = np.zeros(len(vocabulary), np.int32)
    frequencies[words.tokens] = words.frequencies(alive)
    norms = np.ones(len(pool), np.float32)
    by_vector, by_words = [], []
    near = asked @ texts.T
    for place, n in enumerate(sample):
        query = query_of(
            character_bigrams(pool[n].question),
            vocabulary,
            frequencies,
            entries=len(pool),
            average=1.0,
        )
        by_vector.append(_reciprocal_rank(near[place], n))
        by_words.append(_reciprocal_rank(words.fit(query, norms).coverage, n))
    vector, word = float(np.mean(by_vector)) ** 4, float(np.mean(by_words)) ** 4
    return min(_MOST, vector / (vector + word))


def _reciprocal_rank(scores: Floats, own: int) -> float:
    return 1.0 / (1.0 + float(np.sum(scores > scores[own])))
