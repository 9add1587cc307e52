"""Examples from real texts, with every number and most names drawn afresh.

A question is somebody's own where there is one, else made from some of a sentence's
words. What answers and what does not is told apart by the words they share.
"""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from bot.model.focus import cut, focus, sentences, terms
from bot.model.prompt import NOT_IN_PASSAGES
from training.attributes import TRIES, Attributes
from training.corpus import Pair, Texts
from training.facts import facts_of, redraw
from training.grounded import Grounded
from training.values import value
from training.worlds import FRAMES

_PLACEHOLDER: Final = re.compile(r"\{\{[^{}]*\}\}")
# Marks of a list: before a sentence, and of the next item, left at its end.
_LIST: Final = re.compile(r"^(?:[-*•]|\d{1,2}[.、)](?=\D))\s*|(?<=[:：.]) ?\d{1,2}\.$")
_KINDS: Final = (
    ("mail", "email"),
    ("phone", "phone"),
    ("number", "phone"),
    ("url", "link"),
    ("website", "link"),
    ("hours", "weekday"),
    ("date", "date"),
    ("order", "order"),
    ("id", "order"),
    ("amount", "amount"),
    ("city", "place"),
    ("name", "person"),
)
_SHORTEST: Final = {"en": 25, "zh": 10}
_LONGEST: Final = {"en": 260, "zh": 110}
_ANSWERED, _UNANSWERED = 0.5, 0.34  # share of a question's words found in a text


class Reading:
    """Makes examples of one language: `real`, `talk`, `pair`, `attribute`, missing."""

    def __init__(self, texts: Texts, *, held_out: bool, seed: int) -> None:
        self.language, self.held_out = texts.language, held_out
        self.chance = random.Random(f"{texts.language}/{seed}/reading")  # noqa: S311
        self._joint = " " if self.language == "en" else ""
        answers = [pair.answer for pair in texts.pairs]
        bodies = [text for _, text in texts.documents]
        if self.language == "en":
            bodies += answers
        self._pages = [page for page in map(self._sentences, bodies) if len(page) > 1]
        self._pairs = [pair for pair in texts.pairs if self._sentences(pair.answer)]
        self._dialogues = [turns for turns in texts.dialogues if len(turns) > 3]
        self.attributes = Attributes(
            self.language,
            held_out=held_out,
            chance=self.chance,
            other=self._elsewhere if self._pages or self._dialogues else None,
        )

    @property
    def kinds(self) -> tuple[str, ...]:
        """What can be made of these texts."""
        kinds = ["attribute", "attribute-missing"]
        if len(self._pages) > 3:
            kinds += ["real", "real-missing"]
        if len({pair.about for pair in self._pairs}) > 5:
            kinds += ["pair", "pair-missing"]
        if len(self._dialogues) > 3:
            kinds += ["talk", "talk-missing"]
        return tuple(kinds)

    def make(self, kind: str, *, distractors: int | None = None) -> Grounded:
        """One example; `distractors` fixes how many passages do not answer it."""
        if kind.startswith("attribute:"):
            return self.attributes.make(
                kind=kind.partition(":")[2], distractors=distractors
            )
        if kind == "attribute":
            return self.attributes.make(distractors=distractors)
        if kind == "attribute-missing":
            return self.attributes.missing(distractors=distractors)
        makers: dict[str, Callable[[bool, int], Grounded | None]] = {
            "real": self._real,
            "pair": self._pair,
            "talk": self._talk,
        }
        missing = kind.endswith("-missing")
        for _ in range(TRIES):
            count = self._count(missing) if distractors is None else distractors
            made = makers[kind.partition("-")[0]](missing, count)
            if made is not None and (distractors is not None or self._shown(made)):
                return made
        return self.make("attribute-missing" if missing else "attribute")

    def _count(self, missing: bool) -> int:
        return self.chance.choice([1, 2, 2, 3] if missing else [0, 1, 1, 2, 2, 3])

    def _shown(self, made: Grounded) -> bool:
        """What is not shown to the model cannot be read by it."""
        silent = made.answer == NOT_IN_PASSAGES[self.language]
        return silent or made.answer in focus(made.passages, made.question)

    def _sentences(self, text: str) -> list[str]:
        low, high = _SHORTEST[self.language], _LONGEST[self.language]
        found = (_LIST.sub("", part) for part in sentences(text))
        return [part for part in found if low <= len(part) <= high]

    def _elsewhere(self) -> str:
        if self._dialogues and (not self._pages or self.chance.random() < 0.3):
            return self._redrawn([self._turn()[2]])[0]
        page = self.chance.choice(self._pages)
        return self._redrawn([self.chance.choice(page)])[0]

    def _redrawn(self, texts: Sequence[str]) -> list[str]:
        """Other numbers and names; placeholders filled; alike in all the texts."""
        return fill(redraw(texts, self.chance), self.language, self.chance)

    def _block(self, page: Sequence[str], place: int) -> str:
        """Some sentences of a page around one of them."""
        size = self.chance.choice([1, 1, 2, 2, 3, 5])
        start = max(0, place - self.chance.randrange(size))
        return self._joint.join(page[start : max(start + size, place + 1)])

    def _real(self, missing: bool, count: int) -> Grounded | None:
        """A sentence of a page, asked for by some of its words."""
        chance = self.chance
        pages = [chance.choice(self._pages) for _ in range(count + 1)]
        if chance.random() < 0.4 and count:
            pages[1] = pages[0]  # the same subject is the harder one to read past
        place = self._place(pages[0])
        said = pages[0][place]
        blocks = [self._block(pages[0], place)]
        for page in pages[1:]:
            block = self._block(page, chance.randrange(len(page)))
            if said not in block:
                blocks.append(block)
        asked = self._words(said)
        said, asked, *blocks = self._redrawn([said, asked, *blocks])
        question = chance.choice(FRAMES[self.language].split("|")).format(asked)
        return self._finish("real", missing, question, said, blocks, asked)

    def _place(self, page: Sequence[str]) -> int:
        """A sentence; one with a number rather than one without."""
        numbered = [place for place, said in enumerate(page) if facts_of(said)]
        if numbered and self.chance.random() < 0.6:
            return self.chance.choice(numbered)
        return self.chance.randrange(len(page))

    def _words(self, said: str) -> str:
        clean = said.strip(" .。!！?？")
        units = clean.split(" ") if self.language == "en" else list(clean)
        longest, least = (7, 3) if self.language == "en" else (12, 4)
        size = min(len(units), self.chance.randint(least, longest))
        start = self.chance.randint(0, len(units) - size)
        words = units[start : start + size]
        if len(words) > 3 and self.chance.random() < 0.4:
            del words[self.chance.randrange(1, len(words) - 1)]
        return self._joint.join(words).strip(",，:：;；、（）() ")

    def _pair(self, missing: bool, count: int) -> Grounded | None:
        """A question that somebody asked, and the beginning of its answer."""
        chance = self.chance
        pair = chance.choice(self._pairs)
        others = [chance.choice(self._pairs) for _ in range(count)]
        others = [other for other in others if other.about != pair.about]
        texts = self._redrawn([pair.question, *map(self._told, [pair, *others])])
        said = texts[1]
        return self._finish("pair", missing, texts[0], said, texts[1:], texts[0])

    def _told(self, pair: Pair) -> str:
        said = self._sentences(pair.answer)
        return self._joint.join(said[: self.chance.choice([1, 1, 2, 3])])

    def _turn(self) -> tuple[tuple[tuple[str, str], ...], str, str]:
        """What was said before, what a customer said, and what an agent replied."""
        low, high = _SHORTEST[self.language], _LONGEST[self.language]
        for _ in range(TRIES):
            turns = self.chance.choice(self._dialogues)
            places = [
                place
                for place in range(1, len(turns))
                if turns[place][0] == "agent"
                and turns[place - 1][0] == "customer"
                and low <= len(turns[place][1]) <= high
                and len(turns[place - 1][1]) * 2 >= low
            ]
            telling = [place for place in places if facts_of(turns[place][1])]
            if places:
                place = self.chance.choice(telling or places)
                before = _exchanges(turns[: place - 1])[-self.chance.randint(0, 2) :]
                return before, turns[place - 1][1], turns[place][1]
        return (), turns[0][1], turns[1][1]

    def _talk(self, missing: bool, count: int) -> Grounded | None:
        """What an agent said, read from a note, after what was said before it."""
        before, asked, said = self._turn()
        others = [self._turn()[2] for _ in range(count)]
        if self.chance.random() < 0.4:
            before = ()
        flat = [part for exchange in before for part in exchange]
        texts = self._redrawn([asked, said, *others, *flat])
        asked, said = texts[:2]
        flat = texts[2 + count :]
        made = self._finish("talk", missing, asked, said, texts[1 : 2 + count], asked)
        if made is None or missing:
            return made
        history = tuple(zip(flat[::2], flat[1::2], strict=True))
        return _with_history(made, history)

    def _finish(
        self,
        kind: str,
        missing: bool,
        question: str,
        said: str,
        passages: Sequence[str],
        asked: str,
    ) -> Grounded | None:
        """Put together; None where it is not clear what answers."""
        own, *others = passages
        words = set(terms(asked))
        if not words or not others and missing:
            return None
        near = _coverage(words, own)
        if any(_coverage(words, other) >= max(near, _UNANSWERED) for other in others):
            return None
        if kind == "real" and near < _ANSWERED:
            return None
        shown = list(others) if missing else [own, *others]
        self.chance.shuffle(shown)
        if missing:
            answer = NOT_IN_PASSAGES[self.language]
            if any(_coverage(words, other) > _UNANSWERED for other in others):
                return None
        else:
            parts = [part for text in shown for part in cut(text)]
            answer = next((part for part in parts if said in part), "")
            if not answer:
                return None
        return Grounded(
            kind=kind + ("-missing" if missing else ""),
            language=self.language,
            question=question,
            passages=tuple(shown),
            answer=answer,
        )


def _coverage(words: set[str], text: str) -> float:
    return len(words & set(terms(text))) / len(words)


def _exchanges(turns: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The pairs of a customer's turn and the agent's next."""
    return tuple(
        (one[1], other[1])
        for one, other in zip(turns, turns[1:], strict=False)
        if (one[0], other[0]) == ("customer", "agent")
    )


def _with_history(made: Grounded, history: tuple[tuple[str, str], ...]) -> Grounded:
    return replace(made, history=history)


def fill(texts: Sequence[str], language: str, chance: random.Random) -> list[str]:
    """Fresh values where a text says {{Order Number}}; alike in all the texts."""
    filled: dict[str, str] = {}

    def drawn(found: re.Match[str]) -> str:
        old = found.group()
        if old not in filled:
            kinds = (kind for word, kind in _KINDS if word in old.lower())
            filled[old] = value(chance, language, next(kinds, "name"))
        return filled[old]

    return [_PLACEHOLDER.sub(drawn, text) for text in texts]
