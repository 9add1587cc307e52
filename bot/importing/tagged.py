"""Rows with marked entities: their text, and where each entity stands in it.

Tokens are found again in the text beside them, or else make it: Chinese without spaces,
words with them. `text[start:end]` is always an entity's text.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.importing.parts import MAX_INTENT, MAX_LINE, Parts, Refused
from bot.importing.rows import Row
from bot.importing.samples import tagged_of
from bot.model.tagging import spans
from bot.text import HAN
from storage.records import Entity, TaggedText

_UNSPACED = re.compile(f"[{HAN}\u3000-\u30ff\uff00-\uffef]")  # and its marks
TAGGED_COLUMNS = frozenset({"tokens", "tags"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What every text that is kept gets."""

    workspace: str
    now: Callable[[], datetime]
    new_id: Callable[[], str]


def is_tagged(row: Row) -> bool:
    """Whether a row has lists of tokens and tags."""
    return all(isinstance(row.cells.get(name), list) for name in TAGGED_COLUMNS)


def tagged_text(row: Row, parts: Parts, stamp: Stamp) -> TaggedText:
    """The text of a tagged row with its entities. Raises Refused."""
    sentence = tagged_of(row)
    tokens = [token.strip() for token in sentence.tokens]
    if not all(tokens):
        raise Refused("a token is empty", "leave it out, and its tag")
    said = parts.line("text", MAX_LINE, needed=False)
    text = said or joined(tokens)
    if not text or len(text) > MAX_LINE:
        why = f"the text has {len(text):,} characters, not 1 to {MAX_LINE:,}"
        raise Refused(why, "cut it into sentences")
    places = _places(text, tokens)
    entities = [
        (kind, places[first][0], places[after - 1][1])
        for kind, first, after in spans(sentence.tags)
    ]
    if any(len(kind) > MAX_INTENT for kind, _, _ in entities):
        raise Refused(
            f"a kind of entity has more than {MAX_INTENT} characters", "shorten it"
        )
    return TaggedText(
        id=stamp.new_id(),
        workspace=stamp.workspace,
        text=text,
        entities=tuple(
            Entity(type=kind, text=text[start:end], start=start, end=end)
            for kind, start, end in entities
        ),
        language=parts.language(text),
        source=row.source,
        created_at=stamp.now(),
    )


def joined(tokens: Sequence[str]) -> str:
    """The text that tokens make."""
    text = ""
    for token in tokens:
        spaced = text and not (_joins(text[-1]) or _joins(token[0]))
        text += f" {token}" if spaced else token
    return text


def _joins(letter: str) -> bool:
    """Whether a letter stands beside others without a space."""
    return bool(_UNSPACED.match(letter))


def _places(text: str, tokens: Sequence[str]) -> list[tuple[int, int]]:
    """Where each token stands. Raises Refused if the text is not theirs."""
    places, at = [], 0
    for token in tokens:
        start = text.find(token, at)
        if start < 0 or text[at:start].strip():
            raise Refused(
                f"the token {token[:40]!r} is not the next one of its text",
                "write the tokens as they stand in the text, or leave the text out",
            )
        at = start + len(token)
        places.append((start, at))
    if text[at:].strip():
        raise Refused("the text goes on behind its tokens", "give all its tokens")
    return places
