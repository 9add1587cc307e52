"""Entities of a shop's own kinds: learnt from the texts in which people marked them.

Marked texts that are held out never change sides and are never learnt from; what the
tagger finds in them is told kind by kind, beside a table of what was marked.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.importing.samples import Tagged
from bot.model.tagger import Tagger
from bot.model.tagging import tokens_of
from bot.text import question_key
from storage.records import TaggedText
from training.dataset import is_held_out
from training.lookup import lookup_of
from training.spans import compare
from training.tagger import TaggerConfig, fit_tagger

FEWEST: Final = 10  # marked texts that are worth learning from


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """What came of it.

    Attributes:
        tagger: None where there is too little to learn from.
        report: `used`, `held_out`, and where any are held out `micro_f1`, `lookup_f1`
            and `types`, a row for each kind.
    """

    tagger: Tagger | None
    report: dict[str, Any]


def learn_entities(
    marked: Sequence[TaggedText],
    config: TaggerConfig,
    *,
    seed: int,
    progress: Callable[[float], None] = lambda _share: None,
) -> Learnt:
    """Learn from what is not held out, and measure on the rest."""
    sides: tuple[list[Tagged], list[Tagged]] = ([], [])
    for each in marked:
        sides[is_held_out(question_key(each.text))].append(sentence_of(each))
    train, held_out = sides
    report: dict[str, Any] = {"used": len(train), "held_out": len(held_out)}
    if len(train) < FEWEST or not any(_has_entity(each) for each in train):
        return Learnt(tagger=None, report={**report, "used": 0, "fewest": FEWEST})
    tagger = fit_tagger(train, config, seed=seed, progress=progress)
    if held_out:
        report |= _measured(tagger, train, held_out)
    return Learnt(tagger=tagger, report=report)


def sentence_of(marked: TaggedText) -> Tagged:
    """A marked text in the tokens that it is read in.

    A token that an entity only partly covers belongs to it.
    """
    places = tokens_of(marked.text)
    tags = ["O"] * len(places)
    for entity in marked.entities:
        covered = [
            number
            for number, (start, end) in enumerate(places)
            if start < entity.end and entity.start < end
        ]
        for number in covered:
            tags[number] = f"{'I' if number > covered[0] else 'B'}-{entity.type}"
    tokens = tuple(marked.text[start:end] for start, end in places)
    return Tagged(tokens=tokens, tags=tuple(tags))


def _has_entity(sentence: Tagged) -> bool:
    return any(tag != "O" for tag in sentence.tags)


def _measured(
    tagger: Tagger, train: Sequence[Tagged], held_out: Sequence[Tagged]
) -> dict[str, Any]:
    wanted = [each.tags for each in held_out]
    overall, kinds = compare(wanted, [tagger.tag(each.tokens) for each in held_out])
    table = lookup_of(train)
    by_table, _ = compare(wanted, [table.tag(each.tokens) for each in held_out])
    rows = [found.row(kind) for kind, found in kinds.items()]
    return {
        "micro_f1": round(overall.f1, 4),
        "lookup_f1": round(by_table.f1, 4),
        "types": sorted(rows, key=lambda row: (row["f1"], row["type"])),
    }
