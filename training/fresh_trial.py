"""What leaves when every fact is fresh: replies that only reading can make right.

Two passages distract. A fact that leaves is wrong if it stands outside the passage
that answers, or if the value that was asked for is not in the reply; where no passage
answers, every reply that leaves is wrong.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot import grounding
from bot.asked import fitting
from bot.model.focus import Alike, ranked
from bot.model.generate import Generator
from training.carried import carries, request_of
from training.facts import facts_of
from training.grounded import Grounded

TOGETHER: Final = 64
SHOWN: Final = 20  # wrong replies that left, for people


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One example, what was drafted, and what would be said."""

    kind: str
    made: Grounded
    draft: str
    said: str
    objections: tuple[str, ...]

    @property
    def answerable(self) -> bool:
        """Whether a passage answers."""
        return not self.kind.endswith("missing")

    @property
    def left(self) -> bool:
        """Whether the guard lets the draft leave."""
        return not self.objections

    @property
    def carried(self) -> bool:
        """Whether the draft holds the facts of the passage's part, and no other."""
        return self.answerable and carries(self.made, self.draft)

    @property
    def wrong(self) -> bool:
        """Whether what would be said is not so."""
        return not self.answerable or is_wrong(self.made, self.said)

    @property
    def right(self) -> bool:
        """Whether what leaves holds the facts of the passage's part, and no other."""
        return self.left and self.answerable and carries(self.made, self.said)


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshTrial:
    """What came of it, by language; counts and shares from 0 to 1."""

    languages: Mapping[str, Mapping[str, Any]]
    wrong: tuple[Mapping[str, str], ...]

    @property
    def wrong_left(self) -> int:
        """Wrong replies that left, of all."""
        return sum(row["wrong_left"] for row in self.languages.values())

    def to_json(self) -> dict[str, Any]:
        """One JSON object."""
        return {"languages": dict(self.languages), "wrong": list(self.wrong)}

    def text(self) -> str:
        """For people."""
        lines = ["fresh facts, two passages that distract:"]
        for language, row in self.languages.items():
            lines += [
                f"{language}: {row['replies']} replies; facts carried "
                f"{row['facts_carried']:.1%}; with the guard {row['answered']:.1%} "
                f"answered ({row['right_of_left']:.1%} of them with just its facts), "
                f"{row['refused']:.1%} kept back, {row['wrong_left']} wrong "
                f"of {row['left']} that left",
                f"    where no passage answers: {row['unanswerable']} asked, "
                f"{row['unanswerable_left']} left",
            ]
            lines += [f"  {n:5d}  {why}" for why, n in row["reasons"].items()]
        for row in self.wrong[:SHOWN]:
            lines += ["", *(f"  {name:9s} {text}" for name, text in row.items())]
        return "\n".join(lines)


def is_wrong(made: Grounded, said: str) -> bool:
    """Whether a reply lacks what was asked for, or has a fact from elsewhere."""
    own = next((text for text in made.passages if made.answer in text), made.answer)
    strange = set(facts_of(said)) - set(facts_of(own)) - set(facts_of(made.question))
    asked = made.facts or facts_of(made.answer)
    return bool(strange) or not all(fact.strip("#") in said for fact in asked)


def try_fresh(
    generator: Generator,
    examples: Mapping[tuple[str, str], Sequence[Grounded]],
    progress: Callable[[float], None] = lambda _: None,
    alike: Alike | None = None,
) -> FreshTrial:
    """Ask for a reply to each and look at it as serving does.

    `alike` tells how near in meaning texts are.
    """
    asked = [(kind, made) for (kind, _), some in examples.items() for made in some]
    outcomes: list[Outcome] = []
    for start in range(0, len(asked), TOGETHER):
        some = asked[start : start + TOGETHER]
        drafts = generator.generate([request_of(made, alike) for _, made in some])
        outcomes += [
            judged(kind, made, draft, alike)
            for (kind, made), draft in zip(some, drafts, strict=True)
        ]
        progress(len(outcomes) / len(asked))
    return summed(outcomes)


def judged(
    kind: str, made: Grounded, draft: str, alike: Alike | None = None
) -> Outcome:
    """A draft and what becomes of it."""
    seen = grounding.checked(
        draft,
        sources=made.passages,
        ranked=ranked(made.passages, made.question, alike, fitting),
        question=made.question,
        language=made.language,
    )
    return Outcome(
        kind=kind,
        made=made,
        draft=draft,
        said=seen.text,
        objections=seen.objections,
    )


def summed(outcomes: Sequence[Outcome]) -> FreshTrial:
    """The figures of each language, and the wrong replies that left."""
    languages = sorted({each.made.language for each in outcomes})
    return FreshTrial(
        languages={
            language: _row([o for o in outcomes if o.made.language == language])
            for language in languages
        },
        wrong=tuple(
            {
                "kind": each.kind,
                "question": each.made.question,
                "draft": each.said,
                "wanted": each.made.answer,
                "passages": " / ".join(each.made.passages),
            }
            for each in outcomes
            if each.left and each.wrong
        ),
    )


def _row(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    asked = [each for each in outcomes if each.answerable]
    missing = [each for each in outcomes if not each.answerable]
    reasons = Counter(
        kind
        for each in asked
        for kind in {objection.partition(":")[0] for objection in each.objections}
    )
    return {
        "replies": len(asked),
        "facts_carried": _share([each.carried for each in asked]),
        "left": sum(each.left for each in asked),
        "answered": _share([each.left for each in asked]),
        "refused": _share([not each.left for each in asked]),
        "right_of_left": _share([each.right for each in asked if each.left]),
        "right_refused": _share([each.carried and not each.left for each in asked]),
        "wrong_drafts": sum(each.wrong for each in asked),
        "wrong_left": sum(each.wrong and each.left for each in asked),
        "unanswerable": len(missing),
        "unanswerable_left": sum(each.left for each in missing),
        "reasons": dict(reasons.most_common()),
    }


def _share(which: Sequence[bool]) -> float:
    return round(sum(which) / max(1, len(which)), 4)
