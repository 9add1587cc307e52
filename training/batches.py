"""Batch number n, made on the spot: the same for the same seed, wherever it is made.

A batch is some examples to be read and some rows of plain text. A row is ids and, for
each, how much it counts; 0 is not learnt.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from bot.model.choosing import Ids, forks
from bot.model.focus import focus
from bot.model.prompt import NOT_IN_PASSAGES, render_example, reply_ids
from bot.model.tokens import Tokenizer
from training.grounded import Grounded
from training.packing import Packed

Row: TypeAlias = tuple[list[int], Sequence[float]]
GROUP: Final = 16  # batches sorted by length together, so that little is padding
# How often each kind is drawn. The second half are those that no passage answers.
MIX: Final = {
    "attribute": 7.0,
    "real": 4.0,
    "talk": 1.5,
    "pair": 2.5,
    "topic": 2.0,
    "document": 2.0,
    "world": 2.0,
    "splice": 2.5,
    "echo": 2.5,
    "copy": 1.0,
    "attribute-missing": 3.0,
    "real-missing": 1.5,
    "pair-missing": 1.2,
    "talk-missing": 0.8,
    "missing": 1.5,
}


class Making(Protocol):
    """Whatever makes examples of some kinds."""

    chance: random.Random
    language: str

    @property
    def kinds(self) -> tuple[str, ...]:
        """What it can make."""
        ...

    def make(self, kind: str) -> Grounded:
        """One example."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How large a batch is.

    Attributes:
        read_tokens, text_tokens: of examples and of plain text in one batch.
        text_first: so many batches at the start are plain text for the most part
            (`text_first_tokens`): words come before reading.
        text_width: tokens of a row of plain text.
        chinese_rows: of plain text, to one in English.
        shortest, longest: tokens of an example at the start and once grown: short
            ones first teach copying many times faster.
        grown_after: batches until the longest come.
        meant: how often what answers comes first, beside where its words put it: so
            often meaning finds it (training/nearness.py). Less teaches to choose.
        text_weight: what a token of plain text counts; one of a reply counts 1.
        fork_weight: what a token of a reply counts where another text that could be
            said goes on otherwise: there is chosen, and the rest is copied.
    """

    read_tokens: int = 2560
    text_tokens: int = 1152
    text_first: int = 960
    text_first_tokens: int = 3072
    text_width: int = 384
    chinese_rows: int = 1
    shortest: int = 96
    longest: int = 400
    grown_after: int = 800
    meant: float = 0.8
    text_weight: float = 0.5
    fork_weight: float = 4.0
    positions: int = 1024

    def tokens(self, step: int) -> tuple[int, int]:
        """Of examples, and of plain text, in the batch of a step."""
        if step >= self.text_first:
            return self.read_tokens, self.text_tokens
        whole = self.read_tokens + self.text_tokens
        return whole - self.text_first_tokens, self.text_first_tokens

    def rows_before(self, step: int) -> int:
        """Of plain text, in all batches before a step."""
        first = min(step, self.text_first) * self._rows(0)
        return first + max(0, step - self.text_first) * self._rows(self.text_first)

    def _rows(self, step: int) -> int:
        return max(1, self.tokens(step)[1] // self.text_width)


class Batches:
    """The examples and the texts of each step."""

    def __init__(
        self,
        tokenizer: Tokenizer,
        makers: Sequence[Making],
        packed: Packed | None,
        shape: Shape,
        seed: int,
    ) -> None:
        self._tokenizer, self._shape, self._seed = tokenizer, shape, seed
        self._packed = packed
        languages = sorted({maker.language for maker in makers})
        self._makers = {
            language: {
                kind: maker
                for maker in makers
                if maker.language == language
                for kind in maker.kinds
            }
            for language in languages
        }
        self._group = -1
        self._made: list[list[Row]] = []

    def read(self, step: int) -> list[Row]:
        """The examples of a step."""
        group, place = divmod(step, GROUP)
        if group != self._group:
            self._group, self._made = group, self._make(group)
        return self._made[place]

    def texts(self, step: int) -> list[Row]:
        """The rows of plain text of a step."""
        shape = self._shape
        if self._packed is None:
            return []
        numbers = range(shape.rows_before(step), shape.rows_before(step + 1))
        rows = [self._packed.row(number) for number in numbers]
        return [(ids, [shape.text_weight] * len(ids)) for ids in rows]

    def _make(self, group: int) -> list[list[Row]]:
        shape = self._shape
        chance = random.Random(f"{self._seed}/{group}")  # noqa: S311
        for language, kinds in self._makers.items():
            for number, maker in enumerate(dict.fromkeys(kinds.values())):
                maker.chance.seed(f"{language}/{number}/{self._seed}/{group}")
        grown = min(1.0, group * GROUP / max(1, shape.grown_after))
        longest = shape.shortest + grown * (shape.longest - shape.shortest)
        rows: list[Row] = []
        total, size = 0, shape.tokens(group * GROUP)[0]
        while total < GROUP * size:
            row = self._row(chance)
            if len(row[0]) <= longest:
                rows.append(row)
                total += len(row[0])
        return _sorted(rows, size, chance)

    def _row(self, chance: random.Random) -> Row:
        kinds = self._makers[chance.choice(list(self._makers))]
        names = [kind for kind in MIX if kind in kinds]
        kind = chance.choices(names, [MIX[name] for name in names])[0]
        made = kinds[kind].make(kind)
        while not is_shown(made):
            made = kinds[kind].make(kind)
        parts = _ranked(made, chance, self._shape.meant)
        ids, learnt = example_row(self._tokenizer, made, self._shape.positions, parts)
        start = learnt.index(True) if True in learnt else len(learnt)
        weights = [float(each) for each in learnt]
        for place in self._forks(tuple(ids[start:]), parts, made.language):
            weights[start + place] *= self._shape.fork_weight
        return ids, weights

    def _forks(self, said: Ids, parts: Sequence[str], language: str) -> list[int]:
        """Where in the ids of a reply the others that could be said part from it."""
        others = [*parts, NOT_IN_PASSAGES[language]]
        return forks(said, [reply_ids(self._tokenizer, text) for text in others])


def _sorted(rows: list[Row], size: int, chance: random.Random) -> list[list[Row]]:
    rows.sort(key=lambda row: len(row[0]))
    batches: list[list[Row]] = [[] for _ in range(GROUP)]
    reached = 0
    for row in rows:
        place = min(reached // size, GROUP - 1)
        batches[place].append(row)
        reached += len(row[0])
    chance.shuffle(batches)
    return [batch or rows[:1] for batch in batches]


def _ranked(made: Grounded, chance: random.Random, meant: float) -> list[str]:
    """The parts as serving ranks them: by words, and mostly by their meaning too.

    The encoder that knows meanings is slow; that it is right so often is enough here.
    """
    parts = focus(made.passages, made.question)
    if made.answer in parts and chance.random() < meant:
        parts.remove(made.answer)
        parts.insert(0, made.answer)
    return parts


def is_shown(made: Grounded) -> bool:
    """What the template leaves out cannot be read: such an example teaches to guess."""
    silent = made.answer == NOT_IN_PASSAGES[made.language]
    return silent or made.answer in focus(made.passages, made.question)


def example_row(
    tokenizer: Tokenizer,
    made: Grounded,
    positions: int,
    parts: Sequence[str] | None = None,
) -> tuple[list[int], list[bool]]:
    """An example in the one template; `parts` as in `bot.model.prompt.render`."""
    return render_example(
        tokenizer=tokenizer,
        passages=made.passages,
        history=made.history,
        question=made.question,
        language=made.language,
        max_tokens=positions,
        answer=made.answer,
        parts=parts,
    )
