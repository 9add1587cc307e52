"""Other ways to tell intents, beside ours, on the same questions in the same run.

Each is fitted on what is in scope and what is not, as given, and refuses by its best
score. They are what a team would try first; none of them is used to serve.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from bot.model.features import NgramFeatures
from bot.model.gloss import glossary
from bot.model.intents import OUT_OF_SCOPE
from bot.model.likeness import Encode
from training.dataset import Example
from training.intent_table import Comparison, Rival
from training.intents import IntentConfig, fit
from training.measures import area_under_curve, macro_f1, recall_at_kept
from training.timing import Spent, middle, timed

Matrix: TypeAlias = NDArray[np.float64]
Score: TypeAlias = Callable[[Sequence[str]], Matrix]  # texts -> [texts, labels]

_TIMED: Final = 50
_NEIGHBOURS: Final = 10


class Encoder(Protocol):
    """Turns texts into vectors, and can forget which ones it has seen."""

    @property
    def sha256(self) -> str:
        """Of its weights."""
        ...

    @property
    def encode(self) -> Encode:
        """Texts to unit vectors, float32 [texts, width]."""
        ...

    def forget(self) -> None:
        """Remember no text."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fitted:
    score: Score
    numbers: int  # of four bytes, that it keeps
    encoder: bool = True


def compare_intents(
    train: Sequence[Example],
    test: Sequence[Example],
    encoder: Encoder,
    config: IntentConfig,
    *,
    seed: int = 0,
) -> Comparison:
    """Fit each way on some questions, ask others.

    Raises:
        BadInput: KF-401, fewer than two intents to learn.
    """
    labels = sorted({str(each.intent) for each in train})
    places = np.asarray([labels.index(str(each.intent)) for each in train])
    texts = [each.text for each in train]
    ways: dict[str, Callable[[], _Fitted]] = {
        "kernel ridge (kefu)": lambda: _ours(train, labels, encoder, config, seed),
        "TF-IDF + SVM": lambda: _tfidf(texts, places, svm=True),
        "TF-IDF + logistic regression": lambda: _tfidf(texts, places, svm=False),
        "encoder + logistic regression": lambda: _encoded(
            texts, places, encoder, spelling=False
        ),
        "encoder + n-grams + logistic regr.": lambda: _encoded(
            texts, places, encoder, spelling=True
        ),
        "nearest 10 by encoder": lambda: _nearest(texts, places, len(labels), encoder),
    }
    glossary()  # what is read once for all is not the first one's loss
    encoder.encode(texts[:1])
    fitted: dict[str, _Fitted] = {}
    spent: dict[str, Spent] = {}
    for name, way in ways.items():
        encoder.forget()
        fitted[name], spent[name] = timed(way)
    voters = (
        "kernel ridge (kefu)",
        "encoder + n-grams + logistic regr.",
        "TF-IDF + logistic regression",
    )
    name = "vote of three"
    fitted[name] = _vote([fitted[each] for each in voters])
    spent[name] = sum((spent[each] for each in voters[1:]), spent[voters[0]])
    return Comparison(
        rivals=tuple(
            _measured(name, way, labels, test, spent[name], encoder.forget)
            for name, way in fitted.items()
        )
    )


def _measured(
    name: str,
    way: _Fitted,
    labels: Sequence[str],
    test: Sequence[Example],
    fitting: Spent,
    forget: Callable[[], None],
) -> Rival:
    times = []
    for each in test[:_TIMED]:
        forget()
        times.append(timed(partial(way.score, [each.text]))[1])
    one = middle(times)
    scores = way.score([each.text for each in test])
    inside = [place for place, label in enumerate(labels) if label != OUT_OF_SCOPE]
    best = scores[:, inside]
    guessed = np.asarray(labels)[np.asarray(inside)[best.argmax(axis=1)]]
    wanted = np.asarray([str(each.intent) for each in test])
    in_scope = wanted != OUT_OF_SCOPE
    right = guessed == wanted
    asked = bool(in_scope.any())
    sure = best.max(axis=1)
    return Rival(
        name=name,
        accuracy=_round(right[in_scope].mean()) if asked else None,
        macro_f1=_round(macro_f1(list(wanted[in_scope]), list(guessed[in_scope])))
        if asked
        else None,
        oos_auroc=_round(area_under_curve(sure, in_scope)),
        oos_recall_at_90=_round(recall_at_kept(sure, right, in_scope)),
        encoder=way.encoder,
        fit_seconds=round(fitting.seconds, 2),
        fit_cpu_seconds=round(fitting.cpu_seconds, 2),
        predict_ms_p50=round(1000 * one.seconds, 2),
        predict_cpu_ms_p50=round(1000 * one.cpu_seconds, 2),
        megabytes=round(way.numbers * 4 / 1e6, 1),
    )


def _ours(
    train: Sequence[Example],
    labels: Sequence[str],
    encoder: Encoder,
    config: IntentConfig,
    seed: int,
) -> _Fitted:
    model = fit(train, encoder, config, seed=seed).model
    spoken = train[0].language

    def score(texts: Sequence[str]) -> Matrix:
        guesses = model.predict_all(texts, [_language(text, spoken) for text in texts])
        scores = np.zeros((len(texts), len(labels)))
        for row, guess in zip(scores, guesses, strict=True):
            best = max((share for _, share in guess.alternatives), default=1.0)
            for label, share in guess.alternatives:
                row[labels.index(label)] = guess.in_scope * share / max(best, 1e-9)
        return scores

    kept = model.landmarks
    numbers = kept.meaning.size // 2 + kept.spelling.nnz * 3 // 2 + model.votes.size
    return _Fitted(score=score, numbers=numbers + 2 * model.likeness.features.width)


def _language(text: str, otherwise: str) -> str:
    from bot.language import detect

    return detect(text, default=otherwise)


def _tfidf(texts: Sequence[str], places: NDArray[np.int64], *, svm: bool) -> _Fitted:
    """Words and pairs of words, and the 2 to 5 characters in a row within words."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import LinearSVC

    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    parts = [letters.fit_transform(texts)]
    try:
        parts.insert(0, words.fit_transform(texts))
    except ValueError:  # no text has a word of two letters
        words = None
    model = LinearSVC(C=1.0) if svm else LogisticRegression(C=30.0, max_iter=300)
    model.fit(sparse.hstack(parts).tocsr(), places)

    def score(asked: Sequence[str]) -> Matrix:
        found = [letters.transform(asked)]
        if words is not None:
            found.insert(0, words.transform(asked))
        rows = sparse.hstack(found).tocsr()
        return (
            _two_sided(model.decision_function(rows))
            if svm
            else model.predict_proba(rows)
        )

    known = [letters.vocabulary_, {} if words is None else words.vocabulary_]
    # A term is kept as its letters, and with a place and a weight.
    kept = sum(len(term) // 4 + 2 for terms in known for term in terms)
    return _Fitted(score=score, numbers=int(model.coef_.size) + kept, encoder=False)


def _encoded(
    texts: Sequence[str], places: NDArray[np.int64], encoder: Encoder, *, spelling: bool
) -> _Fitted:
    from sklearn.linear_model import LogisticRegression

    features = NgramFeatures.fit(texts) if spelling else None

    def rows(asked: Sequence[str]) -> Any:
        meaning = encoder.encode(asked)
        if features is None:
            return meaning
        return sparse.hstack([meaning, 0.5 * features.matrix(asked)]).tocsr()

    model = LogisticRegression(C=30.0, max_iter=300).fit(rows(texts), places)
    return _Fitted(
        score=lambda asked: np.asarray(model.predict_proba(rows(asked)), np.float64),
        numbers=int(model.coef_.size) + (0 if features is None else 2 * features.width),
    )


def _nearest(
    texts: Sequence[str], places: NDArray[np.int64], labels: int, encoder: Encoder
) -> _Fitted:
    known = encoder.encode(texts)
    wanted = np.eye(labels)[places]
    most = min(_NEIGHBOURS, len(texts))

    def score(asked: Sequence[str]) -> Matrix:
        alike = encoder.encode(asked) @ known.T
        least = -np.partition(-alike, most - 1, axis=1)[:, most - 1 : most]
        near: Matrix = np.where(alike >= least, alike, 0.0) @ wanted / most
        return near

    return _Fitted(score=score, numbers=int(known.size))


def _vote(voters: Sequence[_Fitted]) -> _Fitted:
    def score(asked: Sequence[str]) -> Matrix:
        shares = [each.score(asked) for each in voters]
        total = [
            each / np.maximum(each.sum(axis=1, keepdims=True), 1e-9) for each in shares
        ]
        return np.asarray(sum(total))

    return _Fitted(score=score, numbers=sum(each.numbers for each in voters))


def _two_sided(scores: Matrix) -> Matrix:
    """Of two labels, a linear model gives one number: for the second of them."""
    return scores if scores.ndim > 1 else np.stack([-scores, scores], axis=1)


def _round(value: float | None) -> float | None:
    return None if value is None else round(float(value), 4)
