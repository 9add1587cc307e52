"""What replies carry, measured on texts and templates that training never saw.

Facts are drawn afresh, so that a fact in a reply has been read. A reply carries a
passage's facts if each of them is in it, to the character, and no other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bot.asked import fitting
from bot.model.focus import Alike, focus
from bot.model.generate import Generator, Request
from bot.model.prompt import NOT_IN_PASSAGES
from training.attributes import read_attributes
from training.corpus import Texts, read_texts
from training.facts import facts_of
from training.grounded import Grounded, Maker
from training.reading import Reading
from training.shop import read_shop

LANGUAGES: Final = ("en", "zh")
SHOP: Final = ("topic", "document", "world", "splice", "missing")
DISTRACTORS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was measured of a kind of example, in one language.

    Attributes:
        examples: how many; with_facts: how many of them hold a fact.
        facts_carried: share of those whose every fact is in the reply, and no other.
        word_for_word: share of replies that equal the passage's words.
        said_not_found: share that said that no passage answers.
    """

    kind: str
    language: str
    examples: int
    with_facts: int
    facts_carried: float
    word_for_word: float
    said_not_found: float

    def to_json(self) -> dict[str, Any]:
        """By name."""
        return {name: getattr(self, name) for name in self.__slots__}


def held_out_examples(
    shop: Path, data: Sequence[Path], *, count: int, seed: int
) -> dict[tuple[str, str], list[Grounded]]:
    """Examples by kind and language, `count` of each, from what training leaves out."""
    texts = read_texts(data) if data else {}
    made = {}
    for language in LANGUAGES:
        learnt_by = read_shop(shop, language, held_out=True)
        maker = Maker(language, learnt_by, held_out=True, seed=seed)
        for kind in SHOP:
            made[kind, language] = [maker.make(kind) for _ in range(count)]
        held_out = texts.get((language, True), Texts(language=language))
        made |= _from_texts(held_out, count, seed)
    return made


def _from_texts(
    texts: Texts, count: int, seed: int
) -> dict[tuple[str, str], list[Grounded]]:
    reading = Reading(texts, held_out=True, seed=seed)
    attributes = read_attributes(texts.language, held_out=True)
    values = sorted({each.kind.partition(":")[0] for each in attributes})
    kinds = [f"attribute:{value}" for value in values]
    kinds += [kind for kind in reading.kinds if kind != "attribute"]
    return {
        (kind, texts.language): [
            reading.make(kind, distractors=DISTRACTORS) for _ in range(count)
        ]
        for kind in kinds
    }


def fresh_examples(
    data: Sequence[Path], *, count: int, seed: int, held_out: bool = True
) -> dict[tuple[str, str], list[Grounded]]:
    """`count` examples of each language with two distracting passages, by kind.

    As many of each kind of value and text. Beside them, a fourth as many that no
    passage answers. Without `data` they are about made-up things alone.
    """
    texts = read_texts(data) if data else {}
    made: dict[tuple[str, str], list[Grounded]] = {}
    for language in LANGUAGES:
        own = texts.get((language, held_out), Texts(language=language))
        reading = Reading(own, held_out=held_out, seed=seed)
        attributes = read_attributes(language, held_out=held_out)
        values = sorted({each.kind.partition(":")[0] for each in attributes})
        others = [kind for kind in reading.kinds if kind != "attribute"]
        answered = [f"attribute:{value}" for value in values]
        answered += [kind for kind in others if not kind.endswith("missing")]
        missing = [kind for kind in others if kind.endswith("missing")]
        for kinds, wanted in ((answered, count), (missing, count // 4)):
            for place, kind in enumerate(kinds):
                share = wanted // len(kinds) + (place < wanted % len(kinds))
                made[kind, language] = [
                    reading.make(kind, distractors=DISTRACTORS) for _ in range(share)
                ]
    return made


def figures_of(
    generator: Generator,
    made: Mapping[tuple[str, str], Sequence[Grounded]],
    alike: Alike | None = None,
) -> list[Figures]:
    """What the generator's replies carry."""
    return [
        _figures(kind, language, examples, replies_to(generator, examples, alike))
        for (kind, language), examples in made.items()
    ]


def replies_to(
    generator: Generator, examples: Sequence[Grounded], alike: Alike | None = None
) -> list[str]:
    """One reply per example."""
    return generator.generate([request_of(example, alike) for example in examples])


def request_of(example: Grounded, alike: Alike | None = None) -> Request:
    """As serving would ask it; `alike` tells how near in meaning texts are."""
    parts = focus(example.passages, example.question, alike, fitting)
    return Request.reading(
        question=example.question,
        language=example.language,
        passages=example.passages,
        parts=parts,
        history=example.history,
    )


def carries(made: Grounded, said: str) -> bool:
    """Whether a reply holds every fact of the passage's part, and no other."""
    same = set(facts_of(made.answer)) == set(facts_of(said))
    return same and all(fact in said for fact in made.facts)


def _figures(
    kind: str, language: str, examples: Sequence[Grounded], replies: Sequence[str]
) -> Figures:
    pairs = list(zip(examples, replies, strict=True))
    told = [
        carries(made, said)
        for made, said in pairs
        if made.facts or facts_of(made.answer)
    ]
    return Figures(
        kind=kind,
        language=language,
        examples=len(pairs),
        with_facts=len(told),
        facts_carried=_share(told),
        word_for_word=_share(
            [" ".join(made.answer.split()) == said for made, said in pairs]
        ),
        said_not_found=_share([said == NOT_IN_PASSAGES[language] for said in replies]),
    )


def _share(right: Sequence[bool]) -> float:
    return round(sum(right) / max(1, len(right)), 4)


def summary(figures: Sequence[Figures]) -> dict[str, dict[str, float]]:
    """Per language: facts carried, refusals that were right and that were not."""
    return {
        language: _summed([row for row in figures if row.language == language])
        for language in LANGUAGES
    }


def _summed(rows: Sequence[Figures]) -> dict[str, float]:
    missing = [row for row in rows if row.kind.endswith("missing")]
    answered = [row for row in rows if row not in missing]
    fresh = [row for row in answered if row.kind.startswith("attribute")]

    def mean(rows: Sequence[Figures], share: str, count: str) -> float:
        whole: int = sum(getattr(row, count) for row in rows)
        found: float = sum(getattr(row, share) * getattr(row, count) for row in rows)
        return round(found / max(1, whole), 4)

    return {
        "facts_carried_fresh": mean(fresh, "facts_carried", "with_facts"),
        "facts_carried": mean(answered, "facts_carried", "with_facts"),
        "refused_rightly": mean(missing, "said_not_found", "examples"),
        "refused_wrongly": mean(answered, "said_not_found", "examples"),
    }
