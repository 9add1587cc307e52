"""The model that answers now. Replaced by one assignment, so no turn sees two.

A new one is loaded beside the old one, warmed up and compared with its recorded
fingerprint; when anything is wrong the old one stays.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from bot.model.encoder import Encoder
from bot.model.generate import Generator, Request, Unavailable
from bot.model.intents import IntentModel
from bot.model.manifest import Manifest
from bot.model.memory import give_back
from bot.model.tagger import Tagger
from bot.model.thresholds import Thresholds
from storage.problems import EnvironmentProblem

NO_RELEASE: Final = "v0000"
TOLERANCE: Final = 0.05  # of a logit: what rounding may differ between machines
_PROBES: Final = ("Where is my order?", "多少天内可以退货？", "a 1 ¥ 😀")


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """All that answers: a release in memory. `v0000` has no intents."""

    version: str
    encoder: Encoder
    intents: IntentModel | None = None
    entities: Tagger | None = None  # where entities were marked to learn from
    generator: Generator | None = None
    thresholds: Mapping[str, Thresholds] = field(default_factory=dict)
    manifest: Manifest | None = None

    def fingerprint(self) -> str:
        """Numbers of each part on fixed probes: "intents:1.0 2.0|generator:3.0"."""
        parts = []
        if self.intents is not None:
            # In int8 a vector depends a little on what was encoded beside its text;
            # one of these may have been asked by a customer, among others.
            self.encoder.forget(_PROBES)
            logits = np.sort(self.intents.logits(_PROBES), axis=1)[:, -4:]
            numbers = " ".join(f"{number:.4f}" for number in logits.ravel())
            parts.append(f"intents:{numbers}")
        if self.generator is not None:
            parts.append(f"generator:{self.generator.logits_fingerprint()}")
        return "|".join(parts)

    def warm_up(self) -> None:
        """Use every part once, so that the first customer does not wait."""
        self.encoder.encode(_PROBES)
        if self.intents is not None:
            self.intents.predict(_PROBES[0], "en")
        if self.generator is not None:
            # First, because loading takes its time and this has no deadline.
            self.generator.logits_fingerprint()
            asked = Request(question=_PROBES[0], language="en", max_new_tokens=4)
            # A server that is away now may be back for the first customer.
            with suppress(Unavailable):
                self.generator.generate([asked])


def same_fingerprint(recorded: str, measured: str) -> bool:
    """Whether two fingerprints are of the same weights, within rounding.

    A generator's numbers are compared only when the same engine gave both: what was
    measured on a graphics card can be served on a processor.
    """
    one, other = _parts(recorded), _parts(measured)
    if one.keys() != other.keys():
        return False
    for name, (engine, numbers) in one.items():
        engine_now, numbers_now = other[name]
        if engine == engine_now and not _near(numbers, numbers_now):
            return False
    return True


def _near(one: list[float], other: list[float]) -> bool:
    return len(one) == len(other) and all(
        abs(first - second) <= TOLERANCE
        for first, second in zip(one, other, strict=True)
    )


def _parts(fingerprint: str) -> dict[str, tuple[str, list[float]]]:
    parts = {}
    for part in filter(None, fingerprint.split("|")):
        name, _, text = part.partition(":")
        words = text.split()
        engine = words.pop(0) if words and words[0][0].isalpha() else ""
        parts[name] = (engine, [float(word) for word in words])
    return parts


class Live:
    """Holds the model in use. Reading it is one attribute: take it once per turn."""

    def __init__(self, model: Model) -> None:
        self._model = model

    @property
    def model(self) -> Model:
        """The model in use now."""
        return self._model

    def swap(self, model: Model) -> Model:
        """Put another model in its place, give the old one."""
        old, self._model = self._model, model
        return old

    def change_to(self, load: Callable[[], Model]) -> Model:
        """Load beside, warm up, check, swap; give the new model.

        Raises EnvironmentProblem KF-311 if it does not compute what was evaluated,
        and whatever `load` raises. The old model stays in both cases.
        """
        model = load()
        model.warm_up()
        recorded = model.manifest.fingerprint if model.manifest else ""
        measured = model.fingerprint()
        if recorded and not same_fingerprint(recorded, measured):
            raise EnvironmentProblem(
                "KF-311",
                f"{model.version} does not compute what was evaluated",
                why="its fingerprint differs from the recorded one",
                fix="the old model stays in use; train again on this machine",
            )
        self.swap(model)
        give_back()
        return model
