"""Fresh facts: who reads them is told from who does not, and by the guard."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

from bot.model.generate import Request
from training.carried import fresh_examples
from training.fresh_trial import is_wrong, try_fresh
from training.grounded import Grounded

COUNT = 28
EXAMPLES = fresh_examples([], count=COUNT, seed=3, held_out=False)
BY_QUESTION = {
    (made.question, made.passages): made for some in EXAMPLES.values() for made in some
}


@dataclass(frozen=True)
class Writer:
    """Writes what it is told to, knowing the example."""

    say: Callable[[Grounded], str]

    def generate(self, requests: Sequence[Request]) -> list[str]:
        return [
            self.say(BY_QUESTION[each.question, each.passages]) for each in requests
        ]

    def logits_fingerprint(self) -> str:
        return "0"


def of_another_passage(made: Grounded) -> str:
    """A whole passage that does not answer."""
    return next(text for text in made.passages if made.answer not in text)


def with_another_fact(made: Grounded) -> str:
    """The right words with a value that is not theirs."""
    value = made.facts[0] if made.facts else ""
    return made.answer.replace(value, value[:-1] + ("7" if value[-1] != "7" else "3"))


def test_so_many_are_drawn_of_each_language_and_two_passages_distract() -> None:
    for language in ("en", "zh"):
        made = [
            each
            for (kind, name), some in EXAMPLES.items()
            if name == language and not kind.endswith("missing")
            for each in some
        ]
        assert len(made) == COUNT
        assert {len(each.passages) for each in made} == {3}


def test_who_reads_carries_every_fact_and_what_leaves_is_right() -> None:
    trial = try_fresh(Writer(lambda made: made.answer), EXAMPLES)
    for row in trial.languages.values():
        assert row["replies"] == COUNT
        assert row["facts_carried"] == 1.0
        assert row["wrong_drafts"] == row["wrong_left"] == 0
        assert row["answered"] > 0.5
        assert row["unanswerable_left"] == 0  # it said that nothing was found
    assert trial.wrong_left == 0
    assert "kept back" in trial.text()


@pytest.mark.parametrize("say", [of_another_passage, with_another_fact])
def test_who_does_not_read_is_found_out_by_the_guard(
    say: Callable[[Grounded], str],
) -> None:
    trial = try_fresh(
        Writer(say),
        {key: some for key, some in EXAMPLES.items() if "missing" not in key[0]},
    )
    for row in trial.languages.values():
        # A wrong fact is kept back, or the part that was meant is said instead.
        assert row["wrong_left"] <= 0.1 * COUNT
        assert row["left"] == 0 or row["right_of_left"] > 0.9
        assert row["facts_carried"] <= 0.1


def test_a_reply_without_the_value_that_was_asked_for_is_wrong() -> None:
    made = Grounded(
        kind="attribute",
        language="en",
        question="What does the lamp cost?",
        passages=("The lamp costs $12. It weighs 3 kg.", "The pot costs $40."),
        answer="The lamp costs $12.",
        facts=("$12",),
    )
    assert not is_wrong(made, "The lamp costs $12. It weighs 3 kg.")
    assert is_wrong(made, "It weighs 3 kg.")
    assert is_wrong(made, "The lamp costs $12. The pot costs $40.")
