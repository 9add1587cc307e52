"""How much each feature counts when the parts of passages are ranked.

A pairwise logistic regression (RankNet of one layer, Burges et al. 2005) over examples
whose facts are drawn afresh. It is fitted on the training side alone; the other side
of the split is only measured. `python -m training.nearness DIR...` prints both.
"""

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.asked import fitting
from bot.model.encoder import Encoder
from bot.model.focus import (
    WEIGHTS,
    Features,
    cut,
    evidence_of,
    features,
    focus,
    sureness,
)
from training.corpus import Texts, read_texts
from training.grounded import Grounded
from training.reading import Reading

Floats: TypeAlias = NDArray[np.float64]

KINDS: Final = {"attribute": 300, "real": 100, "pair": 80, "talk": 40}
MISSING: Final = {
    "attribute-missing": 200,
    "real-missing": 80,
    "pair-missing": 60,
    "talk-missing": 30,
}
DISTRACTORS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An example's parts: features [parts, 5], and which of them answer."""

    made: Grounded
    kind: str
    parts: list[str]
    features: Floats
    answers: list[bool]


def asked(texts: Texts, encoder: Encoder, *, held_out: bool, seed: int) -> list[Asked]:
    """Examples of every kind that the texts allow."""
    reading = Reading(texts, held_out=held_out, seed=seed)
    return [
        _asked(reading.make(kind, distractors=DISTRACTORS), kind, encoder)
        for kind, count in (KINDS | MISSING).items()
        if kind in reading.kinds
        for _ in range(count)
    ]


def _asked(made: Grounded, kind: str, encoder: Encoder) -> Asked:
    parts = list(dict.fromkeys(part for text in made.passages for part in cut(text)))
    told = features(parts, made.question, alike(encoder), fitting)
    return Asked(
        made=made,
        kind=kind,
        parts=parts,
        features=np.asarray(told),
        answers=[made.answer in part for part in parts],
    )


def alike(encoder: Encoder) -> Any:
    """Cosines of a question and texts."""

    def cosines(question: str, texts: Sequence[str]) -> list[float]:
        vectors = encoder.encode([question, *texts])
        found: list[float] = (vectors[1:] @ vectors[0]).tolist()
        return found

    return cosines


def fit(examples: Sequence[Asked]) -> Floats:
    """The five weights; those of meaning are 1 together."""
    from sklearn.linear_model import LogisticRegression

    pairs = [
        each.features[place] - each.features[other]
        for each in examples
        for place, right in enumerate(each.answers)
        if right
        for other, also in enumerate(each.answers)
        if not also
    ]
    better = np.asarray(pairs)
    spread = better.std(0) + 1e-9
    model = LogisticRegression(fit_intercept=False, max_iter=1000)
    model.fit(
        np.concatenate([better, -better]) / spread,
        np.repeat([1, 0], len(better)),
    )
    weights: Floats = model.coef_[0] / spread
    relative: Floats = weights / (weights[2] + weights[3])
    return relative


def told(examples: Sequence[Asked]) -> tuple[Floats, NDArray[np.bool_]]:
    """What tells whether the nearest part answers [examples, 7], and if it does."""
    evidence, answers = [], []
    for each in examples:
        scores = each.features @ np.asarray(WEIGHTS[each.made.language])
        order = np.argsort(-scores, kind="stable")
        nearest = Features(*each.features[order[0]].tolist())
        evidence.append(evidence_of(nearest, scores[order].tolist()))
        answers.append(each.answers[int(order[0])])
    return np.asarray(evidence), np.asarray(answers)


def fit_answers(examples: Sequence[Asked]) -> Floats:
    """The bias and the seven weights of `bot.model.focus.ANSWERS`."""
    from sklearn.linear_model import LogisticRegression

    evidence, answers = told(examples)
    spread = evidence.std(0) + 1e-9
    model = LogisticRegression(max_iter=1000)
    model.fit(evidence / spread, answers)
    weights: Floats = np.concatenate([model.intercept_, model.coef_[0] / spread])
    return weights


def kept_and_false(examples: Sequence[Asked], language: str) -> dict[str, list[float]]:
    """By how sure one must be: what share of right and of wrong parts is kept."""
    evidence, answers = told(examples)
    sure = np.asarray([sureness(language, row) for row in evidence.tolist()])
    return {
        f"{least:.2f}": [
            round(float((sure[which] >= least).mean()), 2)
            for which in (answers, ~answers)
        ]
        for least in (0.35, 0.5, 0.7, 0.9)
    }


def hits(examples: Sequence[Asked], weights: Floats | None) -> dict[str, float]:
    """Share of examples by kind whose best part answers; None is by words alone."""
    found: dict[str, list[bool]] = {}
    for each in examples:
        if weights is None:
            best = focus(each.made.passages, each.made.question)[0]
            right = each.answers[each.parts.index(best)]
        else:
            right = each.answers[int(np.argmax(each.features @ weights))]
        found.setdefault(each.kind, []).append(right)
    return {kind: round(float(np.mean(each)), 3) for kind, each in found.items()}


def shipped(examples: Sequence[Asked]) -> dict[str, float]:
    """The same with the weights that serve."""
    found: dict[str, list[bool]] = {}
    for each in examples:
        scores = each.features @ np.asarray(WEIGHTS[each.made.language])
        found.setdefault(each.kind, []).append(each.answers[int(np.argmax(scores))])
    return {kind: round(float(np.mean(each)), 3) for kind, each in found.items()}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the weights of each language and what they find."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="+", type=Path)
    data = parser.parse_args(arguments).data
    texts = read_texts(data)
    with tempfile.TemporaryDirectory() as cache:
        encoder = Encoder.load(None, Path(cache), 1)
        for language in ("en", "zh"):
            learnt = asked(texts[language, False], encoder, held_out=False, seed=21)
            kept = asked(texts[language, True], encoder, held_out=True, seed=22)
            weights = fit(learnt)
            answers = np.round(fit_answers(learnt), 2).tolist()
            asked_for = [each for each in kept if any(each.answers)]
            for line in (
                f"{language} {np.round(weights, 2).tolist()}",
                f"  by words {hits(asked_for, None)}",
                f"  fitted   {hits(asked_for, weights)}",
                f"  shipped  {shipped(asked_for)}",
                f"  answers  {answers}",
                f"  kept, wrongly kept {kept_and_false(kept, language)}",
            ):
                print(line)  # noqa: T201 - it is a report


if __name__ == "__main__":
    main()
