"""What a message means, by the model in use: the same text, the same view."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.model.generate import Generator
from bot.model.intents import IntentGuess
from bot.model.thresholds import Thresholds
from storage.records import Understanding


class Intents(Protocol):
    """Whatever tells what a customer wants."""

    def predict(self, text: str, language: str) -> IntentGuess:
        """Calibrated, for one text."""
        ...


class Entities(Protocol):
    """Whatever tells the entities of a shop's own kinds."""

    def read(self, text: str) -> Sequence[tuple[str, int, int]]:
        """Kind, and where it stands by characters."""
        ...


class Model(Protocol):
    """What the bot needs of a release in memory."""

    @property
    def version(self) -> str:
        """Its name, "v0007"."""
        ...

    @property
    def intents(self) -> Intents | None:
        """None before the first release."""
        ...

    @property
    def entities(self) -> Entities | None:
        """None where none were marked to learn from."""
        ...

    @property
    def generator(self) -> Generator | None:
        """None where replies are not written."""
        ...

    @property
    def thresholds(self) -> Mapping[str, Thresholds]:
        """By language."""
        ...


class Live(Protocol):
    """Holds the model in use."""

    @property
    def model(self) -> Model:
        """Taken once per turn, so that no turn sees two."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """An understanding, and how likely the message is any business of ours."""

    text: str  # what was understood: the message, perhaps with what came before
    understanding: Understanding
    in_scope: float  # 0 to 1; 1 where no model can tell


def understand(text: str, language: str, intents: Intents | None) -> View:
    """What the customer wants, as far as the model can tell."""
    if intents is None:
        return View(
            text=text, understanding=Understanding(language=language), in_scope=1.0
        )
    guess = intents.predict(text, language)
    understanding = Understanding(
        language=language,
        intent=guess.intent,
        confidence=guess.confidence,
        alternatives=tuple(guess.alternatives),
    )
    return View(text=text, understanding=understanding, in_scope=guess.in_scope)


def intents_of(understanding: Understanding) -> Sequence[str]:
    """Every intent that is considered, best first."""
    named = [name for name, _ in understanding.alternatives]
    if understanding.intent is not None:
        named.insert(0, understanding.intent)
    return list(dict.fromkeys(named))
