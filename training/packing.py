"""Texts as rows of tokens, cut from one stream per language; nothing is padded.

Row n is a function of the seed and n: each time through, the rows come in another
order, and both languages take turns, so that the scarce one is read more often.
"""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np

from bot.model.tokens import (
    AGENT,
    CUSTOMER,
    END,
    LANGUAGES,
    PASSAGE,
    Tokenizer,
    control,
    neutralise,
)
from training.corpus import Texts
from training.reading import fill

Piece: TypeAlias = str  # a control piece
Spoken: TypeAlias = tuple[tuple[tuple[Piece, ...], str, tuple[Piece, ...]], ...]
_AT_ONCE: Final = 512


def spoken(texts: Texts, seed: int) -> list[Spoken]:
    """All texts with their control pieces, in a drawn order."""
    chance = random.Random(f"{seed}/{texts.language}/order")  # noqa: S311
    own = LANGUAGES[texts.language]
    agent = (AGENT, own)

    def said(role: str, text: str) -> tuple[tuple[Piece, ...], str, tuple[Piece, ...]]:
        if role == "agent":
            return agent, text, (END,)
        return (CUSTOMER,), text, ()

    found: list[Spoken] = [
        tuple(said(role, text) for role, text in turns) for turns in texts.dialogues
    ]
    found += [(said(role, text),) for role, text in texts.utterances]
    for pair in texts.pairs:
        question, answer = fill([pair.question, pair.answer], texts.language, chance)
        found.append((said("customer", question), said("agent", answer)))
    for title, text in texts.documents:
        whole = f"{title}: {text}" if title else text
        found.append((((PASSAGE,), whole, (END,)),))
    chance.shuffle(found)
    return found


def stream(tokenizer: Tokenizer, parts: Sequence[Spoken]) -> np.ndarray[Any, Any]:
    """The ids of all texts, one after the other."""
    flat = [each for text in parts for each in text]
    ids: list[int] = []
    for start in range(0, len(flat), _AT_ONCE):
        chosen = flat[start : start + _AT_ONCE]
        encoded = tokenizer(
            [neutralise(text) for _, text, _ in chosen], add_special_tokens=False
        )["input_ids"]
        for (before, _, after), inner in zip(chosen, encoded, strict=True):
            ids += [_piece(tokenizer, piece) for piece in before]
            ids += inner
            ids += [_piece(tokenizer, piece) for piece in after]
    return np.asarray(ids, dtype=np.uint16)


def _piece(tokenizer: Tokenizer, piece: Piece) -> int:
    found = control(tokenizer, piece)
    if found is None:
        raise ValueError(f"the tokenizer has no piece {piece}")
    return found


class Packed:
    """Rows of texts without end."""

    def __init__(
        self, streams: Sequence[np.ndarray[Any, Any]], *, width: int, seed: int
    ) -> None:
        self._streams = [ids for ids in streams if len(ids) > width]
        self._width, self._seed = width, seed
        self._order: dict[tuple[int, int], list[int]] = {}

    def row(self, number: int) -> list[int]:
        """The ids of row `number`."""
        turn, language = divmod(number, len(self._streams))
        ids = self._streams[language]
        rows = (len(ids) - 1) // self._width
        time, place = divmod(turn, rows)
        start = self._shuffled(language, time, rows)[place] * self._width
        found: list[int] = ids[start : start + self._width].tolist()
        return found

    def _shuffled(self, language: int, time: int, rows: int) -> list[int]:
        if (language, time) not in self._order:
            chance = random.Random(f"{self._seed}/{language}/{time}")  # noqa: S311
            self._order[language, time] = chance.sample(range(rows), rows)
        return self._order[language, time]


def streams(
    tokenizer: Tokenizer, texts: Sequence[Texts], kept: Path, *, seed: int
) -> list[np.ndarray[Any, Any]]:
    """The streams of the texts, read from `kept` if they were made before."""
    found = []
    for each in texts:
        path = kept / f"texts-{each.language}.npy"
        if not path.is_file():
            kept.mkdir(parents=True, exist_ok=True)
            np.save(path, stream(tokenizer, spoken(each, seed)))
        found.append(np.load(path))
    return found


def plain_texts(texts: Texts, seed: int) -> Iterator[str]:
    """What a vocabulary is made from."""
    for text in spoken(texts, seed):
        for _, said, _ in text:
            yield said
