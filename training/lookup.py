"""The table to beat: what was tagged in training is tagged again wherever it stands.

The longest entry wins, from left to right; each gets the kind it had most often. An
entry that stood more often without a tag than with one is no entry.
"""

from collections import Counter, defaultdict
from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bot.importing.samples import Tagged
from bot.model.tagger import OUTSIDE
from bot.model.tagging import spans

Words: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """The table: what is written, in small letters, and its kind."""

    kinds: dict[Words, str]
    longest: int

    def tag(self, tokens: Sequence[str]) -> list[str]:
        """One tag for each token."""
        words = tuple(token.lower() for token in tokens)
        tags = [OUTSIDE] * len(words)
        place = 0
        while place < len(words):
            end = self._end(words, place)
            kind = self.kinds.get(words[place:end], "")
            if kind:
                tags[place:end] = [f"B-{kind}"] + [f"I-{kind}"] * (end - place - 1)
            place = end
        return tags

    def _end(self, words: Words, start: int) -> int:
        last = min(len(words), start + self.longest)
        return next(
            (end for end in range(last, start, -1) if words[start:end] in self.kinds),
            start + 1,
        )


def lookup_of(sentences: Sequence[Tagged]) -> Lookup:
    """The table of what sentences tag."""
    counts: dict[Words, Counter[str]] = defaultdict(Counter)
    lowered = [tuple(token.lower() for token in each.tokens) for each in sentences]
    for words, each in zip(lowered, sentences, strict=True):
        for kind, start, end in spans(each.tags):
            counts[words[start:end]][kind] += 1
    longest = max(map(len, counts), default=0)
    stood = _occurrences(lowered, counts.keys(), longest)
    kinds = {
        words: kind
        for words, of in counts.items()
        for kind, _ in of.most_common(1)
        if 2 * of.total() >= stood[words]
    }
    return Lookup(kinds=kinds, longest=longest)


def _occurrences(
    lowered: Sequence[Words], wanted: Container[Words], longest: int
) -> Counter[Words]:
    """How often each stands anywhere, tagged or not."""
    found: Counter[Words] = Counter()
    for words in lowered:
        for start in range(len(words)):
            for end in range(start + 1, min(len(words), start + longest) + 1):
                if words[start:end] in wanted:
                    found[words[start:end]] += 1
    return found
