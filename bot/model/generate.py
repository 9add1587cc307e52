"""Writing replies from passages. A generator changes nothing outside itself.

The same request gives the same text on the same machine: decoding is greedy, or
sampled from the request's own seed.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from bot.model.choosing import Ids, Next, along, choices
from bot.model.prompt import render, reply_ids
from bot.model.tokens import Tokenizer

BATCH: Final = 16
SHORTEST_CONTEXT: Final = 64  # tokens; less has no room for a passage and a reply
_NEXT_SPEAKER: Final = re.compile(r"\n(?:Passage|Customer|Agent):")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a reply is to be written from.

    Attributes:
        question: the customer's message, any text at all.
        language: "zh" or "en", of the reply.
        passages: what it may rest on, best first.
        parts: what is read of the passages, nearest first, where it was ranked by more
            than words; None ranks by words.
        choices: texts of which one is said, whole; none lets it write freely, as a
            server of others always does.
        history: (asked, answered) pairs, oldest first.
        max_new_tokens: of the reply.
        seed: None decodes greedily; a number samples, the same each time.
    """

    question: str
    language: str
    passages: tuple[str, ...] = ()
    parts: tuple[str, ...] | None = None
    choices: tuple[str, ...] = ()
    history: tuple[tuple[str, str], ...] = ()
    max_new_tokens: int = 128
    seed: int | None = None

    @classmethod
    def reading(
        cls,
        *,
        question: str,
        language: str,
        passages: Sequence[str],
        parts: Sequence[str],
        history: tuple[tuple[str, str], ...] = (),
        max_new_tokens: int = 128,
    ) -> "Request":
        """A request for one of the things that are read, or that none answers."""
        return cls(
            question=question,
            language=language,
            passages=tuple(passages),
            parts=tuple(parts),
            choices=choices(parts, passages, language),
            history=history,
            max_new_tokens=max_new_tokens,
        )


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
    no_repeat_ngram: int = 12
    temperature: float = 0.7
    top_p: float = 0.9


GREEDY: Final = Decoding()


class Unavailable(Exception):
    """No reply can be written now; what to say instead is the caller's affair."""


class Generator(Protocol):
    """Writes replies. Safe to use from many threads."""

    def generate(self, requests: Sequence[Request]) -> list[str]:
        """One text per request, in order. No text makes it raise.

        Raises Unavailable where too much is asked at once or a server is away.
        """
        ...

    def logits_fingerprint(self) -> str:
        """Numbers that are equal, within rounding, only for the same weights."""
        ...


def chosen(
    tokenizer: Tokenizer,
    requests: Sequence[Request],
    prompts: Mapping[int, list[int]],
    most: Sequence[int],
    following: Next,
) -> list[str | None]:
    """What is said of each request's choices; None where it is to be written freely.

    Args:
        prompts: by the request's number.
        most: tokens that a reply may have; what is longer is chosen by its beginning.
    """
    texts: dict[int, dict[Ids, str]] = {}
    known: dict[str, Ids] = {}  # many requests may choose from the same texts
    for number in prompts:
        if requests[number].choices and requests[number].seed is None:
            texts[number] = {}
            for text in requests[number].choices:
                if text not in known:
                    known[text] = reply_ids(tokenizer, text)
                texts[number].setdefault(known[text][: most[number]], text)
    asked = {number: prompts[number] for number in texts}
    found = along(asked, {n: tuple(each) for n, each in texts.items()}, following)
    said: list[str | None] = [None] * len(requests)
    for number, kept in found.items():
        said[number] = texts[number][kept]
    return said


def positions_in(config: Mapping[str, Any]) -> int:
    """How many tokens a model of this configuration can look at."""
    found = config.get("max_position_embeddings") or config.get("n_positions")
    return int(found) if found else 1024


def prompt_of(tokenizer: Tokenizer, request: Request, positions: int) -> list[int]:
    """The request in the one template, with room left for the reply."""
    return render(
        tokenizer=tokenizer,
        passages=request.passages,
        history=request.history,
        question=request.question,
        language=request.language,
        max_tokens=positions - reply_room(request, positions),
        parts=request.parts,
    )


def reply_room(request: Request, positions: int) -> int:
    """Tokens that the reply may have; a short context keeps half for the prompt."""
    return min(request.max_new_tokens, positions - min(64, positions // 2))


def probe(vocabulary: int) -> tuple[list[int], list[int]]:
    """Ids to show a model, and the places of its answer to look at."""
    shown = [(7919 * place + 13) % vocabulary for place in range(24)]
    return shown, [place * vocabulary // 12 for place in range(12)]


def tidy(text: str) -> str:
    """The reply alone: what a base model goes on to invent after it is cut off."""
    return _NEXT_SPEAKER.split(text, maxsplit=1)[0].strip()
