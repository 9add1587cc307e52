"""Made-up things and what a service says of them: every value is drawn afresh.

One attribute in six, one frame in six and one thing in six are never learnt: what is
measured on them is reading, not knowing.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.model.focus import cut, focus
from bot.model.prompt import NOT_IN_PASSAGES
from training.facts import new_word
from training.grounded import Grounded
from training.values import code, reference, value

_PRONOUN: Final = {"en": "it", "zh": "它"}
HOLD_OUT: Final = 6
TRIES: Final = 30


@dataclass(frozen=True, slots=True)
class Attribute:
    """Something that can be said of a thing."""

    kind: str
    nouns: tuple[str, ...]
    asked: tuple[str, ...]
    stated: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stated:
    """A sentence about a thing, and the value in it."""

    thing: str
    attribute: Attribute
    text: str
    value: str


def _side(found: Sequence[str], held_out: bool, place: int) -> tuple[str, ...]:
    return tuple(
        each
        for number, each in enumerate(found)
        if (number % HOLD_OUT == place) is held_out
    )


def read_sections(language: str) -> dict[str, list[str]]:
    """The lines of `attributes_<language>.txt` by section."""
    path = Path(__file__).with_name(f"attributes_{language}.txt")
    sections: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            lines = sections.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("#"):
            lines.append(line)
    return sections


def read_attributes(language: str, *, held_out: bool) -> list[Attribute]:
    """The attributes of one side of the split."""
    lines = read_sections(language)["attributes"]
    rows = [
        [field.split("/") for field in line.split(";")]
        for line in _side(lines, held_out, HOLD_OUT - 1)
    ]
    return [
        Attribute(kind[0], tuple(nouns), tuple(asked), tuple(stated))
        for kind, nouns, asked, stated in rows
    ]


class Attributes:
    """Makes examples about attributes in one language."""

    def __init__(
        self,
        language: str,
        *,
        held_out: bool,
        chance: random.Random,
        other: Callable[[], str] | None = None,
    ) -> None:
        """`other` gives a sentence from elsewhere, to read past."""
        sections = read_sections(language)
        self.language, self.chance, self._other = language, chance, other
        self._attributes = read_attributes(language, held_out=held_out)
        self._stated = _side(sections["stated"], held_out, 4)
        self._asked = _side(sections["asked"], held_out, 4)
        self._followed = _side(sections["followed"], held_out, 4)
        self._things = _side(sections["things"], held_out, HOLD_OUT - 1)
        self._joint = " " if language == "en" else ""

    def make(
        self, *, kind: str | None = None, distractors: int | None = None
    ) -> Grounded:
        """One that can be answered; `kind` is of its value."""
        for _ in range(TRIES):
            made = self._made(kind, distractors)
            if made is not None:
                return made
        raise RuntimeError("no example could be made")

    def _made(self, kind: str | None, distractors: int | None) -> Grounded | None:
        chance = self.chance
        wanted = [
            each
            for each in self._attributes
            if kind in (None, each.kind[:6], each.kind)
        ]
        thing, attribute = self._thing(), chance.choice(wanted)
        passage, said = self._passage(thing, attribute)
        follows = chance.random() < 0.12 and distractors is None
        question, history = self._question(said, follows)
        count = (
            chance.choice([0, 1, 1, 2, 2, 3]) if distractors is None else distractors
        )
        passages = [passage, *[self._distractor(said) for _ in range(count)]]
        chance.shuffle(passages)
        parts = [part for text in passages for part in cut(text)]
        answer = next((part for part in parts if said.text in part), "")
        if not answer or (
            distractors is None and answer not in focus(passages, question)
        ):
            return None  # what is not shown cannot be read
        if not history and distractors is None and chance.random() < 0.15:
            history = (self._earlier(),)
        return Grounded(
            kind="attribute",
            language=self.language,
            question=question,
            passages=tuple(passages),
            answer=answer,
            history=history,
            facts=(said.value,),
        )

    def missing(self, *, distractors: int | None = None) -> Grounded:
        """One that no passage answers: another thing, another attribute, or neither."""
        chance = self.chance
        thing, attribute = self._thing(), chance.choice(self._attributes)
        said = self._say(thing, attribute)
        count = distractors or chance.choice([1, 1, 2, 3, 3, 4])
        near = chance.choice(["thing", "attribute", "attribute", "none", "none"])
        passages = [self._far(said) for _ in range(count)]
        question = self._question(said, False)[0]
        if near == "attribute":  # the same, of another thing
            passages[0] = self._passage(self._thing(but=thing), attribute)[0]
        elif near == "thing":  # something else of the same thing
            passages[0] = self._passage(thing, self._unlike(attribute), alone=True)[0]
            question = self._by_noun(said)
        chance.shuffle(passages)
        history = (self._earlier(),) if chance.random() < 0.15 else ()
        return Grounded(
            kind="attribute-missing",
            language=self.language,
            question=question,
            passages=tuple(passages),
            answer=NOT_IN_PASSAGES[self.language],
            history=history if distractors is None else (),
        )

    def _thing(self, *, but: str = "") -> str:
        chance = self.chance
        while True:
            made = chance.choice(self._things).format(
                w=new_word(chance, self.language),
                W=new_word(chance, "en").capitalize(),
                c=code(chance, ""),
                o=reference(chance, ""),
                d=chance.randint(2, 999),
            )
            if made != but:
                return made

    def _unlike(self, attribute: Attribute) -> Attribute:
        """Another kind of value, and no word in common."""
        units = self._units(attribute)
        for _ in range(TRIES):
            other = self.chance.choice(self._attributes)
            if other.kind != attribute.kind and not units & self._units(other):
                break
        return other

    def _units(self, attribute: Attribute) -> set[str]:
        """Words of its nouns; in Chinese, characters."""
        if self.language == "zh":
            return set("".join(attribute.nouns))
        return set(" ".join(attribute.nouns).split())

    def _say(self, thing: str, attribute: Attribute, *, name: bool = True) -> Stated:
        chance = self.chance
        own = chance.random() < 0.5
        frame = chance.choice(attribute.stated if own else self._stated)
        fresh = value(chance, self.language, attribute.kind)
        called = thing if name else _PRONOUN[self.language]
        text = frame.format(it=called, n=chance.choice(attribute.nouns), v=fresh)
        return Stated(thing, attribute, text[:1].upper() + text[1:], fresh)

    def _passage(
        self, thing: str, attribute: Attribute, *, alone: bool = False
    ) -> tuple[str, Stated]:
        """Sentences about a thing, one of them about the attribute."""
        chance = self.chance
        count = chance.choice([1, 1, 1, 1, 1, 2, 2, 3, 4])
        others = (
            []
            if alone
            else chance.sample(
                [each for each in self._attributes if each != attribute], count - 1
            )
        )
        chosen = [attribute, *others]
        chance.shuffle(chosen)
        whole = count <= 3
        said = [
            self._say(thing, each, name=not (whole and place and chance.random() < 0.7))
            for place, each in enumerate(chosen)
        ]
        texts = [each.text for each in said]
        if self._other is not None and chance.random() < 0.15:
            texts.insert(chance.randint(0, len(texts)), self._other())
        return self._joint.join(texts), next(
            s for s in said if s.attribute == attribute
        )

    def _question(
        self, said: Stated, follows: bool
    ) -> tuple[str, tuple[tuple[str, str], ...]]:
        chance = self.chance
        if follows:
            before = self._say(said.thing, chance.choice(self._attributes))
            noun = chance.choice(said.attribute.nouns)
            asked = chance.choice(self._followed).format(n=noun)
            return asked, ((self._by_noun(before), before.text),)
        if chance.random() < 0.35:
            return self._cased(
                chance.choice(said.attribute.asked).format(it=said.thing)
            ), ()
        return self._by_noun(said), ()

    def _by_noun(self, said: Stated) -> str:
        noun = self.chance.choice(said.attribute.nouns)
        text = self.chance.choice(self._asked).format(n=noun, it=said.thing)
        return self._cased(text)

    def _cased(self, text: str) -> str:
        return text.lower() if self.chance.random() < 0.1 else text

    def _earlier(self) -> tuple[str, str]:
        said = self._say(self._thing(), self.chance.choice(self._attributes))
        return self._by_noun(said), said.text

    def _distractor(self, said: Stated) -> str:
        drawn = self.chance.random()
        if drawn < 0.35:
            return self._passage(self._thing(but=said.thing), said.attribute)[0]
        if drawn < 0.55:
            return self._passage(said.thing, self._unlike(said.attribute), alone=True)[
                0
            ]
        return self._far(said)

    def _far(self, said: Stated) -> str:
        """About something else."""
        if self._other is not None and self.chance.random() < 0.25:
            return self._other()
        other = self._unlike(said.attribute)
        return self._passage(self._thing(but=said.thing), other)[0]
