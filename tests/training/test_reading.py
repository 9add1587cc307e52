"""Examples to be read: what answers is there to the character, or is said not to be."""

import random
from pathlib import Path

import pytest

from bot.model.prompt import NOT_IN_PASSAGES
from tests.training.texts import write_texts
from training.attributes import Attributes, read_attributes
from training.carried import carries, held_out_examples
from training.corpus import Texts, read_texts
from training.facts import facts_of
from training.reading import Reading, fill
from training.values import VALUES, value

SHOP = Path(__file__).parents[2] / "bot" / "demo"


def drawn(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - repeatable, not secret


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, bool], Texts]:
    return read_texts([write_texts(tmp_path_factory.mktemp("texts"))])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_answer_stands_in_a_passage(
    texts: dict[tuple[str, bool], Texts], language: str
) -> None:
    reading = Reading(texts[language, False], held_out=False, seed=3)
    assert {"real", "talk", "pair", "attribute"} <= set(reading.kinds)
    for kind in reading.kinds:
        for _ in range(30):
            made = reading.make(kind)
            assert made.question
            if kind.endswith("missing"):
                assert made.answer == NOT_IN_PASSAGES[language]
                assert made.passages
                continue
            assert any(made.answer in text for text in made.passages)
            assert all(fact in made.answer for fact in made.facts)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_how_many_passages_distract_can_be_fixed(
    texts: dict[tuple[str, bool], Texts], language: str
) -> None:
    reading = Reading(texts[language, False], held_out=False, seed=3)
    for kind in ("attribute", "attribute:amount"):
        made = [reading.make(kind, distractors=2) for _ in range(20)]
        assert {len(each.passages) for each in made} == {3}
        assert all(each.facts for each in made)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_measured_was_never_learnt(language: str) -> None:
    learnt, kept = (read_attributes(language, held_out=side) for side in (False, True))
    assert len(learnt) > 4 * len(kept) > 60
    assert not set(learnt) & set(kept)
    assert {"amount", "date", "time", "order", "link", "phone", "email"} <= {
        each.kind for each in [*learnt, *kept]
    }


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", [*VALUES, "number:kg"])
def test_values_are_fresh_each_time(language: str, kind: str) -> None:
    chance = drawn(2)
    made = {value(chance, language, kind) for _ in range(40)}
    assert len(made) > 8
    assert all(each == each.strip() for each in made)


def test_without_texts_there_are_attributes_alone() -> None:
    reading = Reading(Texts(language="zh"), held_out=False, seed=1)
    assert reading.kinds == ("attribute", "attribute-missing")
    assert reading.make("attribute").passages


def test_a_placeholder_is_filled_alike_in_all_texts() -> None:
    one, other = fill(
        ["Order {{Order Number}}", "see {{Order Number}} at {{Website URL}}"],
        "en",
        drawn(1),
    )
    assert one.removeprefix("Order ") in other
    assert "{{" not in one + other


def test_a_question_can_follow_from_what_was_said() -> None:
    maker = Attributes("en", held_out=False, chance=drawn(5))
    follows = [made for made in (maker.make() for _ in range(200)) if made.history]
    assert follows
    assert all(len(made.history) == 1 for made in follows)


def test_a_fact_is_carried_whole_or_not_at_all() -> None:
    [made, *_] = held_out_examples(SHOP, [], count=1, seed=1)["attribute:link", "en"]
    assert carries(made, made.answer)
    assert not carries(made, made.answer.replace(made.facts[0], "www.other.example/1"))
    assert not carries(made, made.answer + " 77")
    assert facts_of("Mail a.b@c-d.io, see www.x.io/a/1, code KX9-44T, ¥1,250.") == [
        "a.b@c-d.io",
        "www.x.io/a/1",
        "KX9-44T",
        "1,250",
    ]
