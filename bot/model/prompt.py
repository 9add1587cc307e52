"""The one template: serving and training both write their prompts here.

It never grows past its budget, counted with the real tokenizer. The question comes
first, then the passages' parts that are nearest to it, then the newest of the history.
"""

from collections.abc import Sequence
from typing import Final, TypeAlias

from bot.model.focus import focus
from bot.model.tokens import (
    AGENT,
    CUSTOMER,
    LANGUAGES,
    PASSAGE,
    Tokenizer,
    control,
    encode,
    end_id,
)

Said: TypeAlias = tuple[str, str]  # what a customer asked, what was answered

# What the generator says when the passages do not answer the question.
NOT_IN_PASSAGES: Final = {
    "en": "I'm sorry, I don't have that information.",
    "zh": "抱歉，我没有查到这方面的信息。",
}
SMALLEST_PART: Final = 24  # tokens; less of a passage would say nothing
LONGEST_PART: Final = 20_000  # characters; what comes after is never read
_WORDS: Final = {PASSAGE: "\nPassage: ", CUSTOMER: "\nCustomer: ", AGENT: "\nAgent: "}


def not_found(language: str) -> str:
    """The same for a language; in English where it has no wording of its own."""
    return NOT_IN_PASSAGES.get(language, NOT_IN_PASSAGES["en"])


def render(
    *,
    tokenizer: Tokenizer,
    passages: Sequence[str],
    history: Sequence[Said],
    question: str,
    language: str,
    max_tokens: int,
    parts: Sequence[str] | None = None,
) -> list[int]:
    """The prompt's ids, at most `max_tokens` (at least 16) of them.

    History, then what is read, the nearest last, then the question.
    Passages are given best first. History is oldest first; its oldest go first.
    `parts` are what is read of the passages, nearest first, where somebody who knows
    more than their words has ranked them.
    """
    if max_tokens < 16:
        raise ValueError("a prompt needs at least 16 tokens")
    tail = _mark(tokenizer, AGENT) + _language(tokenizer, language)
    asked = _part(tokenizer, CUSTOMER, question)[: max_tokens - len(tail)]
    left = max_tokens - len(tail) - len(asked)
    nearest = focus(passages, question) if parts is None else parts
    read = _fitting(tokenizer, nearest, language, left)
    left -= sum(map(len, read))
    said = _newest(tokenizer, history, left)
    return [token for part in (*said, *read, asked, tail) for token in part]


def render_example(
    *,
    tokenizer: Tokenizer,
    passages: Sequence[str],
    history: Sequence[Said],
    question: str,
    language: str,
    max_tokens: int,
    answer: str,
    parts: Sequence[str] | None = None,
) -> tuple[list[int], list[bool]]:
    """The ids of a prompt with its answer, and which of them are to be learnt."""
    said = reply_ids(tokenizer, answer)
    said = said[: max(1, max_tokens - 16)]  # an answer cut short has no end piece
    prompt = render(
        tokenizer=tokenizer,
        passages=passages,
        history=history,
        question=question,
        language=language,
        max_tokens=max_tokens - len(said),
        parts=parts,
    )
    return [*prompt, *said], [False] * len(prompt) + [True] * len(said)


def reply_ids(tokenizer: Tokenizer, text: str) -> tuple[int, ...]:
    """The ids of a reply, the piece that ends it included."""
    return (*encode(tokenizer, text.strip()), end_id(tokenizer))


def _fitting(
    tokenizer: Tokenizer, texts: Sequence[str], language: str, budget: int
) -> list[list[int]]:
    fitting: list[list[int]] = []
    for text in texts:
        part = _part(tokenizer, PASSAGE, text)
        agent = control(tokenizer, AGENT)
        if not fitting and agent is not None:
            # The nearest stands there as a reply would: what a small model copies.
            sign = [part[0], agent, *_language(tokenizer, language)]
            part = [*sign, *part[1:], end_id(tokenizer)]
        if len(part) > budget:
            if budget >= SMALLEST_PART:
                fitting.insert(0, part[:budget])
            break
        fitting.insert(0, part)
        budget -= len(part)
    return fitting


def _newest(
    tokenizer: Tokenizer, history: Sequence[Said], budget: int
) -> list[list[int]]:
    fitting: list[list[int]] = []
    for asked, answered in reversed(history):
        end = end_id(tokenizer)
        part = _part(tokenizer, CUSTOMER, asked) + _part(tokenizer, AGENT, answered)
        if len(part) + 1 > budget:
            break
        fitting.insert(0, [*part, end])
        budget -= len(part) + 1
    return fitting


def _part(tokenizer: Tokenizer, piece: str, text: str) -> list[int]:
    text = " ".join(text[:LONGEST_PART].split())
    return _mark(tokenizer, piece) + encode(tokenizer, text)


def _mark(tokenizer: Tokenizer, piece: str) -> list[int]:
    """A control piece; words instead for a base model that has no such piece."""
    own = control(tokenizer, piece)
    return [own] if own is not None else encode(tokenizer, _WORDS[piece])


def _language(tokenizer: Tokenizer, language: str) -> list[int]:
    own = control(tokenizer, LANGUAGES.get(language, ""))
    return [own] if own is not None else []
