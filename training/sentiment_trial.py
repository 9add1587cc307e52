"""How well moods are told on files of one's own: fitted fresh, scored on others.

A text is seen as a whole, sentence by sentence through the packaged mood model, which
lends what it knows, and by its cues. How strictly to fit, and whether rare classes
weigh more, is chosen by cross-validation on the texts to learn from; the texts that are
asked play no part in it. Where the packaged model was fitted on one of them, it lends
nothing. TF-IDF over characters, chosen the same way, is what has to be beaten.
"""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.importing.samples import Mooded
from bot.model.cues import cue_rows
from bot.model.sentiment import PACKAGED, SentimentModel
from storage.problems import BadInput
from training.intents import Encoder
from training.measures import confusions, macro_f1, per_class
from training.sentiment import SENTENCES_FILE, read_sentences

Rows: TypeAlias = NDArray[np.float64]
Make: TypeAlias = Callable[[float, str | None], Any]

_STRENGTHS: Final = (0.003, 0.01, 0.03, 0.1, 0.3)
_TFIDF_STRENGTHS: Final = (1.0, 10.0, 100.0)
_WEIGHTS: Final = (None, "balanced")
_FOLDS: Final = 5
_MEANING: Final = 3.0  # what a number of the meaning weighs beside one of the mood
_PIECE: Final = re.compile(r"[^。！？!?；;\n]+[。！？!?；;\n]*")
_PIECES: Final = 60  # of a text that are read
_LONGEST: Final = 300  # characters of a piece


@dataclass(frozen=True, slots=True, kw_only=True)
class SentimentTrial:
    """What came of it. Shares are 0 to 1."""

    train: int
    test: int
    accuracy: float
    macro_f1: float
    tfidf_accuracy: float
    tfidf_macro_f1: float
    lent: bool  # whether the packaged mood model had its say
    train_seconds: float
    strength: float  # chosen: the inverse of the regularisation
    balanced: bool  # chosen: whether rare classes weigh more
    classes: tuple[dict[str, Any], ...]
    confusions: tuple[tuple[str, str, int], ...]

    def to_json(self) -> dict[str, Any]:
        """One JSON object."""
        return {name: getattr(self, name) for name in self.__slots__}

    def text(self) -> str:
        """For people: the figures, each class, and what is mixed up."""
        lines = [
            f"{self.train} texts learnt in {self.train_seconds:.1f} s; "
            f"{self.test} asked",
            "",
            f"accuracy    {self.accuracy:.1%}   TF-IDF {self.tfidf_accuracy:.1%}",
            f"macro F1    {self.macro_f1:.1%}   TF-IDF {self.tfidf_macro_f1:.1%}",
            "",
            "sentiment    precision  recall      F1  texts",
        ]
        lines += [
            f"{row['intent']:<12} {row['precision']:9.3f} {row['recall']:7.3f} "
            f"{row['f1']:7.3f} {row['count']:6d}"
            for row in self.classes
        ]
        if self.confusions:
            lines += ["", "mixed up (wanted, taken for, times):"]
        lines += [
            f"  {want:<10} {guess:<10} {count:4d}"
            for want, guess, count in self.confusions
        ]
        return "\n".join(lines)


def try_sentiment(
    train: Sequence[Mooded],
    test: Sequence[Mooded],
    encoder: Encoder,
    *,
    seed: int = 0,
) -> SentimentTrial:
    """Fit on some texts, ask others.

    Raises:
        BadInput: KF-403, the texts to learn from are all of one sentiment.
    """
    began = time.perf_counter()
    labels = [each.label for each in train]
    if len(set(labels)) < 2:
        raise BadInput(
            "KF-403",
            "there is nothing to tell apart",
            why=f"every text to learn from is {labels[0]}",
            fix="add texts of another sentiment",
        )
    known = _packaged_texts()
    lent = not any(each.text in known for each in test)
    looks = _Looks(encoder, lent=lent)
    texts, asked = [each.text for each in train], [each.text for each in test]
    chosen = _chosen(looks.rows(texts), labels, _regression, _STRENGTHS, seed)
    seconds = time.perf_counter() - began
    guessed = [str(guess) for guess in chosen.model.predict(looks.rows(asked))]
    plain = _chosen(np.asarray(texts, object), labels, _tfidf, _TFIDF_STRENGTHS, seed)
    by_words = [str(guess) for guess in plain.model.predict(np.asarray(asked, object))]
    wanted = [each.label for each in test]
    return SentimentTrial(
        train=len(train),
        test=len(test),
        accuracy=_accuracy(wanted, guessed),
        macro_f1=round(macro_f1(wanted, guessed), 4),
        tfidf_accuracy=_accuracy(wanted, by_words),
        tfidf_macro_f1=round(macro_f1(wanted, by_words), 4),
        lent=looks.lends,
        train_seconds=round(seconds, 2),
        strength=chosen.strength,
        balanced=chosen.weights is not None,
        classes=tuple(per_class(wanted, guessed)),
        confusions=tuple(confusions(wanted, guessed)),
    )


def _accuracy(wanted: Sequence[str], guessed: Sequence[str]) -> float:
    right = [want == guess for want, guess in zip(wanted, guessed, strict=True)]
    return round(sum(right) / len(right), 4)


def _packaged_texts() -> frozenset[str]:
    return frozenset(each.text for each in read_sentences(PACKAGED / SENTENCES_FILE))


class _Looks:
    """What is seen of a text."""

    def __init__(self, encoder: Encoder, *, lent: bool) -> None:
        self._encoder = encoder
        self._lent = (
            SentimentModel.load(encoder.encode, encoder.sha256) if lent else None
        )
        self.lends = self._lent is not None

    def rows(self, texts: Sequence[str]) -> Rows:
        """float64 [texts, features]."""
        pieces = [_pieces(text) for text in texts]
        flat = [piece for own in pieces for piece in own]
        ends = np.cumsum([len(own) for own in pieces])[:-1]
        meant = self._encoder.encode(flat).astype(np.float64)
        mean = np.stack([own.mean(axis=0) for own in np.split(meant, ends)])
        seen: list[Rows] = [_MEANING * mean, cue_rows(texts).astype(np.float64)]
        if self._lent is not None:
            shares = self._lent.shares(flat).astype(np.float64)
            seen.append(np.stack([_mood_of(own) for own in np.split(shares, ends)]))
        return np.concatenate(seen, axis=1)


def _mood_of(shares: Rows) -> Rows:
    """A text's mood by its sentences', [sentences, classes]: how they are on the whole,
    the worst, the best, and the first and the last, which weigh more than their share.
    """
    bad, good = shares[:, 0] + shares[:, 1], shares[:, 3]
    balance = good - bad - 0.5 * shares[:, 0]
    ranked = np.sort(balance)
    whole = [balance.mean(), balance.std(), ranked[:2].mean(), ranked[-2:].mean()]
    parts = [(balance > 0.3).mean(), (balance < -0.3).mean(), np.log1p(len(shares))]
    edges = [bad.max(), good.max(), bad[0], good[0], bad[-1], good[-1]]
    return np.concatenate([shares.mean(axis=0), whole, parts, edges])


def _pieces(text: str) -> list[str]:
    found = [piece.strip()[:_LONGEST] for piece in _PIECE.findall(text)]
    return [piece for piece in found if piece][:_PIECES] or [text[:_LONGEST]]


def _regression(strength: float, weights: str | None) -> Any:
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = LogisticRegression(C=strength, class_weight=weights, max_iter=1000)
    # Turned onto as many axes as there are texts: the same model, fitted much sooner.
    return make_pipeline(StandardScaler(), PCA(svd_solver="full"), model)


def _tfidf(strength: float, weights: str | None) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    words = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True)
    model = LogisticRegression(C=strength, class_weight=weights, max_iter=3000)
    return make_pipeline(words, model)


@dataclass(frozen=True, slots=True)
class _Chosen:
    model: Any
    strength: float
    weights: str | None


def _chosen(
    rows: NDArray[Any],
    labels: Sequence[str],
    make: Make,
    strengths: Sequence[float],
    seed: int,
) -> _Chosen:
    """What guesses left-out texts best, by accuracy and macro F1 together; fitted."""
    from sklearn.model_selection import StratifiedKFold

    known = np.asarray(labels)
    folds = min(_FOLDS, *(labels.count(name) for name in set(labels)))
    grid = [(strength, weights) for weights in _WEIGHTS for strength in strengths]
    best = grid[len(strengths) // 2]
    if folds >= 2:
        split = StratifiedKFold(folds, shuffle=True, random_state=seed)
        sides = list(split.split(np.zeros(len(known)), known))

        def score(choice: tuple[float, str | None]) -> float:
            guesses = np.empty_like(known)
            for fit, ask in sides:
                guesses[ask] = (
                    make(*choice).fit(rows[fit], known[fit]).predict(rows[ask])
                )
            right = float((guesses == known).mean())
            return right + macro_f1(labels, list(guesses))

        best = max(grid, key=score)
    return _Chosen(make(*best).fit(rows, known), *best)
