"""Writing replies from passages. A generator changes nothing outside itself.

The same request gives the same text on the same machine: decoding is greedy, or
sampled from the request's own seed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a reply is to be written from.

    Attributes:
        question: the customer's message, any text at all.
        language: "zh" or "en", of the reply.
        passages: what it may rest on, best first.
        history: (asked, answered) pairs, oldest first.
        max_new_tokens: of the reply.
        seed: None decodes greedily; a number samples, the same each time.
    """

    question: str
    language: str
    passages: tuple[str, ...] = ()
    history: tuple[tuple[str, str], ...] = ()
    max_new_tokens: int = 128
    seed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoding:
    """How tokens are chosen. Both penalties look at the reply alone.

    A reply must be free to copy its passages, so neither counts the prompt.

    Attributes:
        repetition_penalty: above 1.0 makes what was said less likely.
        no_repeat_ngram: this many tokens in a row are never said twice; 0 is off.
        temperature: for sampled replies; lower is closer to greedy.
        top_p: for sampled replies; only the likeliest tokens up to this share.
    """

    repetition_penalty: float = 1.0
    no_repeat_ngram: int = 8
    temperature: float = 0.7
    top_p: float = 0.9


class Generator(Protocol):
    """Writes replies. Safe to use from many threads."""

    def generate(self, requests: Sequence[Request]) -> list[str]:
        """One text per request, in order. Never raises on any text."""
        ...

    def logits_fingerprint(self) -> str:
        """Numbers that are equal, within rounding, only for the same weights."""
        ...
