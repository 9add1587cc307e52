"""How good intents are on files of one's own: fitted fresh, scored on other questions.

`accuracy`, `macro_f1` and calibration are over the questions in scope, by the best
label and without a threshold; what is out of scope has measures of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import numpy as np

from bot.model.intents import OUT_OF_SCOPE, IntentGuess, IntentModel
from bot.model.likeness import Encode
from bot.model.thresholds import Thresholds, of_language
from training.dataset import Example
from training.intents import Encoder, IntentConfig, fit
from training.joining import join
from training.measures import (
    Floats,
    Truths,
    area_under_curve,
    confusions,
    expected_calibration_error,
    macro_f1,
    per_class,
    recall_at_kept,
    reliability,
)
from training.timing import Clocked, Spent, middle, timed

TIMED: Final = 200  # predictions that are timed one by one
_WORST: Final = 15  # lines of each table for people


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentTrial:
    """What came of it. Shares are 0 to 1; None where it cannot be measured."""

    train: int
    test: int
    intents: int
    out_of_scope: int  # of the test questions
    accuracy: float | None
    macro_f1: float | None
    oos_auroc: float | None
    oos_recall_at_90: float | None
    ece: float | None
    train_seconds: float  # with encoding
    train_cpu_seconds: float
    encode_seconds: float  # of it, for `encoded` texts
    encode_cpu_seconds: float
    encoded: int
    join_seconds: float | None  # of what joined afterwards
    predict_ms_p50: float  # with encoding
    predict_cpu_ms_p50: float
    languages: dict[str, dict[str, Any]]  # figures of each, with its bins
    classes: tuple[dict[str, Any], ...]
    confusions: tuple[tuple[str, str, int], ...]

    def to_json(self) -> dict[str, Any]:
        """One JSON object."""
        return {name: getattr(self, name) for name in self.__slots__}

    def text(self) -> str:
        """For people: the figures, then the worst classes and pairs."""
        lines = [
            f"{self.train} questions with {self.intents} intents learnt in "
            f"{self.train_seconds:.1f} s; {self.test} asked, {self.out_of_scope} of "
            "them out of scope",
            "",
            f"accuracy in scope                 {_percent(self.accuracy)}",
            f"macro F1                          {_percent(self.macro_f1)}",
            f"expected calibration error        {_number(self.ece)}",
            f"out of scope, area under curve    {_number(self.oos_auroc)}",
            f"out of scope, recall at 90 % kept {_percent(self.oos_recall_at_90)}",
            f"one prediction, median            {self.predict_ms_p50:.1f} ms, "
            f"{self.predict_cpu_ms_p50:.1f} ms of the processor",
            f"fit                               {self.train_cpu_seconds:.1f} s of the "
            f"processor, {self.encode_cpu_seconds:.1f} s of them to encode "
            f"{self.encoded} texts",
        ]
        for name, row in self.languages.items():
            lines.append(
                f"{name}: calibration error {_number(row['ece'])}; answered at the "
                f"threshold {row['threshold']:.3f}: {_percent(row['answered'])} of the "
                f"questions in scope, {_percent(row['wrong'])} of them wrongly; "
                f"{_percent(row['false'])} of what is out of scope"
            )
        lines += ["", "weakest intents (precision, recall, F1, questions):"]
        lines += [
            f"  {row['intent']:<40.40} {row['precision']:6.3f} {row['recall']:6.3f} "
            f"{row['f1']:6.3f} {row['count']:5d}"
            for row in self.classes[:_WORST]
        ]
        if self.confusions:
            lines += ["", "most often mixed up (wanted, taken for, times):"]
        lines += [
            f"  {want:<36.36} {guess:<36.36} {count:4d}"
            for want, guess, count in self.confusions[:_WORST]
        ]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Times:
    fit: Spent
    encoding: Spent
    encoded: int
    joining: float | None  # seconds
    one: Spent


def try_intents(
    train: Sequence[Example],
    test: Sequence[Example],
    encoder: Encoder,
    config: IntentConfig,
    *,
    validation: Sequence[Example] = (),
    later: Sequence[Example] = (),
    serving: Encode | None = None,
    seed: int = 0,
) -> IntentTrial:
    """Fit on some questions, ask others.

    Args:
        later: what joins after the fit.
        serving: the same encoder as serving runs it, for the time of one prediction.

    Raises:
        BadInput: KF-401, fewer than two intents to learn.
    """
    clocked = Clocked(encoder)
    fitted, fitting = timed(
        lambda: fit(train, clocked, config, validation=validation, seed=seed)
    )
    encoding, encoded = clocked.spent, clocked.texts
    model, joining = fitted.model, None
    if later:
        model, joined = timed(lambda: join(fitted.model, later, config))
        joining = joined.seconds
    single = model if serving is None else _encoding_with(model, serving)
    times = [
        timed(partial(single.predict, each.text, each.language))[1]
        for each in test[:TIMED]
    ]
    guesses = model.predict_all(
        [each.text for each in test], [each.language for each in test]
    )
    return _scored(
        [*train, *later],
        test,
        guesses,
        fitted.thresholds,
        _Times(
            fit=fitting,
            encoding=encoding,
            encoded=encoded,
            joining=joining,
            one=middle(times),
        ),
    )


def _encoding_with(model: IntentModel, encode: Encode) -> IntentModel:
    return replace(model, likeness=replace(model.likeness, encode=encode))


def _scored(
    train: Sequence[Example],
    test: Sequence[Example],
    guesses: Sequence[IntentGuess],
    sure: Mapping[str, Thresholds],
    times: "_Times",
) -> IntentTrial:
    in_scope = np.asarray([each.intent != OUT_OF_SCOPE for each in test])
    confidence = np.asarray([guess.confidence for guess in guesses])
    ours = np.asarray([guess.in_scope for guess in guesses])
    right = np.asarray(
        [guess.intent == each.intent for guess, each in zip(guesses, test, strict=True)]
    )
    wanted = [str(each.intent) for each in test if each.intent != OUT_OF_SCOPE]
    guessed = [
        str(guess.intent)
        for guess, inside in zip(guesses, in_scope, strict=True)
        if inside
    ]
    known = {each.intent for each in train} - {OUT_OF_SCOPE}
    inside = bool(wanted)
    spoken = np.asarray([each.language for each in test])
    return IntentTrial(
        train=len(train),
        test=len(test),
        intents=len(known),
        out_of_scope=int((~in_scope).sum()),
        accuracy=_round(right[in_scope].mean()) if inside else None,
        macro_f1=_round(macro_f1(wanted, guessed)) if inside else None,
        oos_auroc=_round(area_under_curve(ours, in_scope)),
        oos_recall_at_90=_round(recall_at_kept(ours, right, in_scope)),
        ece=_round(expected_calibration_error(confidence[in_scope], right[in_scope]))
        if inside
        else None,
        train_seconds=round(times.fit.seconds, 2),
        train_cpu_seconds=round(times.fit.cpu_seconds, 2),
        encode_seconds=round(times.encoding.seconds, 2),
        encode_cpu_seconds=round(times.encoding.cpu_seconds, 2),
        encoded=times.encoded,
        join_seconds=None if times.joining is None else round(times.joining, 2),
        predict_ms_p50=round(1000 * times.one.seconds, 2),
        predict_cpu_ms_p50=round(1000 * times.one.cpu_seconds, 2),
        languages={
            language: _of_language(
                of_language(sure, language).answer,
                confidence[spoken == language],
                right[spoken == language],
                in_scope[spoken == language],
            )
            for language in sorted(set(spoken.tolist()))
        },
        classes=tuple(per_class(wanted, guessed)) if inside else (),
        confusions=tuple(confusions(wanted, guessed)),
    )


def _of_language(
    threshold: float, confidence: Floats, right: Truths, in_scope: Truths
) -> dict[str, Any]:
    """Calibration of a language, and what answering from its threshold on gives."""
    answered = confidence >= threshold

    def share(of: Truths, among: Truths) -> float | None:
        return _round(of[among].mean()) if among.any() else None

    return {
        "questions": len(confidence),
        "ece": _round(expected_calibration_error(confidence[in_scope], right[in_scope]))
        if in_scope.any()
        else None,
        "threshold": threshold,
        "answered": share(answered, in_scope),
        "wrong": share(answered & ~right, in_scope),
        "false": share(answered, ~in_scope),
        "bins": reliability(confidence[in_scope], right[in_scope]),
    }


def _round(value: float | None) -> float | None:
    return None if value is None else round(float(value), 4)


def _percent(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.1%}"


def _number(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.3f}"
