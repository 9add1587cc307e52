"""How well moods are told on files of one's own: fitted fresh, scored on others.

A text is seen as a whole, sentence by sentence through the packaged mood model, which
lends what it knows, and by its cues. How strictly to fit is chosen by cross-validation
on the texts to learn from; the texts that are asked play no part in it.
"""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bot.importing.samples import Mooded
from bot.model.cues import cue_rows
from bot.model.sentiment import SentimentModel
from storage.problems import BadInput
from training.intents import Encoder
from training.measures import confusions, macro_f1, per_class

Rows = NDArray[np.float64]

_STRENGTHS: Final = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
_FOLDS: Final = 5
_LENT: Final = 2.0  # what the packaged mood weighs beside the meaning
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
    train_seconds: float
    strength: float  # chosen: the inverse of the regularisation
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
            f"accuracy    {self.accuracy:.1%}",
            f"macro F1    {self.macro_f1:.1%}",
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
    looks = _Looks(encoder)
    rows = looks.rows([each.text for each in train])
    strength = _chosen(rows, labels, seed)
    model = _fitted(rows, labels, strength)
    seconds = time.perf_counter() - began
    asked = looks.rows([each.text for each in test])
    guessed = [str(guess) for guess in model.predict(asked)]
    wanted = [each.label for each in test]
    right = [want == guess for want, guess in zip(wanted, guessed, strict=True)]
    return SentimentTrial(
        train=len(train),
        test=len(test),
        accuracy=round(sum(right) / len(right), 4),
        macro_f1=round(macro_f1(wanted, guessed), 4),
        train_seconds=round(seconds, 2),
        strength=strength,
        classes=tuple(per_class(wanted, guessed)),
        confusions=tuple(confusions(wanted, guessed)),
    )


class _Looks:
    """What is seen of a text."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._lent = SentimentModel.load(encoder.encode, encoder.sha256)

    def rows(self, texts: Sequence[str]) -> Rows:
        """float64 [texts, features]."""
        pieces = [_pieces(text) for text in texts]
        flat = [piece for own in pieces for piece in own]
        meant = self._encoder.encode(flat).astype(np.float64)
        seen = meant
        if self._lent is not None:
            lent = _LENT * self._lent.shares(flat).astype(np.float64)
            seen = np.concatenate([meant, lent], axis=1)
        ends = np.cumsum([len(own) for own in pieces])
        of_text = np.split(seen, ends[:-1])
        mean = np.stack([own.mean(axis=0) for own in of_text])
        # How it ends and its worst and best sentences weigh more than their share.
        moods = [own[:, meant.shape[1] :] for own in of_text]
        edges = np.stack([np.concatenate([own.max(axis=0), own[-1]]) for own in moods])
        return np.concatenate([mean, edges, cue_rows(texts)], axis=1)


def _pieces(text: str) -> list[str]:
    found = [piece.strip()[:_LONGEST] for piece in _PIECE.findall(text)]
    return [piece for piece in found if piece][:_PIECES] or [text[:_LONGEST]]


def _fitted(rows: Rows, labels: Sequence[str], strength: float) -> Any:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=strength, class_weight="balanced", max_iter=2000)
    return model.fit(rows, labels)


def _chosen(rows: Rows, labels: Sequence[str], seed: int) -> float:
    """The strength whose guesses on left-out texts are best by macro F1."""
    from sklearn.model_selection import StratifiedKFold

    folds = min(_FOLDS, *(labels.count(name) for name in set(labels)))
    if folds < 2:
        return 1.0
    split = StratifiedKFold(folds, shuffle=True, random_state=seed)
    known = np.asarray(labels)

    def score(strength: float) -> float:
        guesses = np.empty_like(known)
        for fit, ask in split.split(rows, known):
            model = _fitted(rows[fit], list(known[fit]), strength)
            guesses[ask] = model.predict(rows[ask])
        return macro_f1(labels, list(guesses))

    return max(_STRENGTHS, key=score)
