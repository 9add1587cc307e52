"""Examples that can only be answered by reading: made without end from our own texts.

Every example has a question, passages, and a reply that carries exactly the facts of
one passage; or, when no passage answers, the honest phrase that says so.
"""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.model.focus import cut
from bot.model.prompt import NOT_IN_PASSAGES
from training.facts import COMMON_CHARACTERS, new_number, new_word, redraw
from training.shop import Sections
from training.worlds import FRAMES, PROPERTIES, THINGS

_CLAUSES: Final = re.compile(r"(?<=[。！？；，：])|(?<=[.!?;,:]) +")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounded:
    """One example.

    Attributes:
        kind: the template family it was made by.
        history: (asked, answered) before, oldest first.
        facts: what the answer must hold, where the maker knows it.
    """

    kind: str
    language: str
    question: str
    passages: tuple[str, ...]
    answer: str
    history: tuple[tuple[str, str], ...] = ()
    facts: tuple[str, ...] = ()


class Maker:
    """Makes examples of one language without end, from its own chance."""

    def __init__(
        self, language: str, shop: Sections, *, held_out: bool, seed: int
    ) -> None:
        self.language, self.shop, self.held_out = language, shop, held_out
        self.chance = random.Random(f"{language}/{seed}")  # noqa: S311
        self._joint = " " if language == "en" else ""
        texts = [topic.answer for topic in shop.topics]
        texts += [sentence for _, said in shop.sections for sentence in said]
        self._clauses = [
            clause.strip()
            for text in texts
            for clause in _CLAUSES.split(text)
            if 4 <= len(clause.strip()) <= 80
        ]
        properties = PROPERTIES[language]
        self._properties = [
            made
            for place, made in enumerate(properties)
            if (place % 6 == 5) is held_out
        ]

    @property
    def kinds(self) -> tuple[str, ...]:
        """What can be made of these texts."""
        return KINDS

    def make(self, kind: str) -> Grounded:
        """One example of a kind: see `KINDS`."""
        makers: dict[str, Callable[[], tuple[str, list[str], str]]] = {
            "topic": self._topic,
            "document": self._document,
            "world": self._world,
            "splice": self._splice,
            "copy": self._copy,
            "echo": self._echo,
            "missing": self._missing,
        }
        question, passages, answer = makers[kind]()
        if kind != "missing" and self.chance.random() < 0.5:
            self.chance.shuffle(passages)  # the search is not always right
        # A reply is one part of what is read, whole: nothing is left out of it.
        parts = [part for passage in passages for part in cut(passage)]
        answer = next((part for part in parts if answer in part), answer)
        return Grounded(
            kind=kind,
            language=self.language,
            question=question,
            passages=tuple(passages),
            answer=answer,
        )

    def _topic(self) -> tuple[str, list[str], str]:
        """An approved answer with other numbers and names, among others."""
        count = min(len(self.shop.topics), self.chance.choice([1, 2, 2, 3, 4]))
        chosen = self.chance.sample(self.shop.topics, count)
        question = self.chance.choice(chosen[0].questions)
        texts = redraw([question, *[topic.answer for topic in chosen]], self.chance)
        return texts[0], texts[1:], texts[1]

    def _document(self) -> tuple[str, list[str], str]:
        """One sentence of a section, asked for by some of its words."""
        count = min(len(self.shop.sections), self.chance.choice([1, 1, 2, 3]))
        chosen = self.chance.sample(self.shop.sections, count)
        drawn = redraw(["\n".join(said) for _, said in chosen], self.chance)
        sections = [text.split("\n") for text in drawn]
        answer = self.chance.choice(sections[0])
        passages = [
            self._passage(heading, said)
            for (heading, _), said in zip(chosen, sections, strict=True)
        ]
        return self._about(answer), passages, answer

    def _passage(self, heading: str, said: Sequence[str]) -> str:
        body = self._joint.join(said)
        return body if self.chance.random() < 0.5 else f"{heading}: {body}"

    def _world(self) -> tuple[str, list[str], str]:
        """Properties of made-up things; one of them is asked for."""
        things = [self._thing() for _ in range(self.chance.choice([1, 2, 2, 3]))]
        stated: list[list[str]] = []
        questions: list[list[str]] = []
        for thing in things:
            count = min(self.chance.randint(1, 4), len(self._properties))
            pairs = [
                self._property(thing, made)
                for made in self.chance.sample(self._properties, count)
            ]
            stated.append([statement for statement, _ in pairs])
            questions.append([question for _, question in pairs])
        place = self.chance.randrange(len(questions[0]))
        answer, question = stated[0][place], questions[0][place]
        if self.chance.random() < 0.4:  # one passage about everything
            together = [sentence for said in stated for sentence in said]
            self.chance.shuffle(together)
            stated = [together]
        return question, [self._joint.join(said) for said in stated], answer

    def _thing(self) -> str:
        pattern = self.chance.choice(THINGS[self.language].split("|"))
        return pattern.format(**self._slots())

    def _slots(self) -> dict[str, str]:
        word, other = (new_word(self.chance, self.language) for _ in range(2))
        latin, second = (new_word(self.chance, "en") for _ in range(2))
        return {
            "n": new_number(self.chance, self.chance.choice(["1", "12", "12", "123"])),
            "m": new_number(self.chance, "12"),
            "w": word,
            "v": other,
            "W": word.capitalize(),
            "a": latin,
            "b": second,
            "A": latin.upper()[:5],
        }

    def _property(
        self, thing: str, made: tuple[tuple[str, ...], tuple[str, ...]]
    ) -> tuple[str, str]:
        slots = {**self._slots(), "it": thing}
        statement = self.chance.choice(made[0]).format(**slots)
        question = self.chance.choice(made[1]).format(**slots)
        return statement[:1].upper() + statement[1:], question

    def _splice(self) -> tuple[str, list[str], str]:
        """Sentences glued from clauses: sense is no help, reading is."""
        said = [self._glued() for _ in range(self.chance.randint(1, 7))]
        answer = said[0]
        order = self.chance.sample(said, len(said))
        cut = self.chance.randint(0, len(said))
        passages = [self._joint.join(part) for part in (order[:cut], order[cut:])]
        return self._about(answer), [text for text in passages if text], answer

    def _echo(self) -> tuple[str, list[str], str]:
        """Sentences that begin alike: what was said last does not tell what follows."""
        name = self._thing() if self.chance.random() < 0.7 else self._glued()
        name = name.strip(" .。!！?？")
        said = [self._glued() for _ in range(self.chance.randint(2, 5))]
        told = [f"{name}{self._joint}{text[:1].lower()}{text[1:]}" for text in said]
        cut = min(len(told), self.chance.choice([1, 2, 2, 3, 3]))
        passages = [self._joint.join(part) for part in (told[:cut], told[cut:])]
        place = self.chance.randrange(cut)
        question = self._about(said[place])
        return question, [text for text in passages if text], told[place]

    def _glued(self) -> str:
        clauses = self.chance.choices(self._clauses, k=self.chance.choice([1, 1, 2]))
        ends = " .。,，;；:：!！?？"
        clauses = [clause.strip(ends) for clause in redraw(clauses, self.chance)]
        text = (", " if self.language == "en" else "，").join(clauses)
        words = text.split(" ") if self.language == "en" else list(text)
        for _ in range(self.chance.choice([0, 1, 1, 2, 3])):
            place = self.chance.randrange(len(words))
            words[place] = new_word(self.chance, self.language)
        end = "." if self.language == "en" else "。"
        text = self._joint.join(words)
        return text[:1].upper() + text[1:] + end

    def _copy(self) -> tuple[str, list[str], str]:
        """Characters in no order at all, so that every piece can be copied."""
        if self.language == "zh":
            size = self.chance.randint(4, 24)
            text = "".join(self.chance.choices(COMMON_CHARACTERS, k=size))
        else:
            words = [self._odd_word() for _ in range(self.chance.randint(3, 12))]
            text = " ".join(words)
        other = self._glued()
        return self._about(text), [text, other][: self.chance.randint(1, 2)], text

    def _odd_word(self) -> str:
        kind = self.chance.random()
        if kind < 0.6:
            return new_word(self.chance, "en")
        if kind < 0.8:
            return new_number(self.chance, self.chance.choice(["1", "12:00", "1,234"]))
        letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_@./"
        return "".join(self.chance.choices(letters, k=self.chance.randint(2, 9)))

    def _missing(self) -> tuple[str, list[str], str]:
        """No passage answers: another topic's, or a question about anything at all."""
        kind = self.chance.choice(["topic", "document", "world", "splice"])
        other = self.make(kind)
        if kind == "topic" and len(self.shop.topics) > 5:
            topics = [
                topic for topic in self.shop.topics if other.question in topic.questions
            ]
            passages = [text for text in other.passages if text != other.answer]
            question = other.question if topics or passages else ""
        else:
            passages = list(other.passages)
            question = self._world()[0] if kind == "world" else self._stranger()
        question = question or self._stranger()
        return question, passages, NOT_IN_PASSAGES[self.language]

    def _stranger(self) -> str:
        if self.shop.strangers and self.chance.random() < 0.5:
            return self.chance.choice(self.shop.strangers)
        return self._about(self._glued())

    def _about(self, sentence: str) -> str:
        """A question that uses a few of the sentence's words."""
        clean = sentence.strip(" .。!！?？")
        units = clean.split(" ") if self.language == "en" else list(clean)
        longest = 5 if self.language == "en" else 10
        size = self.chance.randint(min(2, len(units)), min(longest, len(units)))
        start = self.chance.randint(0, len(units) - size)
        words = units[start : start + size]
        if len(words) > 3 and self.chance.random() < 0.4:
            del words[self.chance.randrange(1, len(words) - 1)]
        asked = self._joint.join(words).strip(",，:：;；")
        if self.chance.random() < 0.5:
            asked = asked.lower()
        return self.chance.choice(FRAMES[self.language].split("|")).format(asked)


KINDS: Final = (
    "topic",
    "document",
    "world",
    "splice",
    "echo",
    "copy",
    "missing",
)
