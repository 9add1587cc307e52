"""Intents: fitted in seconds, sure where it may be, honest where it is not."""

from collections.abc import Sequence

import numpy as np
import pytest

from bot.model.encoder import Encoder
from storage.problems import BadInput
from tests.training.workspace import questions
from training.dataset import Example
from training.intents import Fitted, IntentConfig, fit


def examples(rows: Sequence[tuple[str, str, str]]) -> list[Example]:
    return [
        Example(
            id=f"q{number}",
            text=text,
            language=language,
            intent=intent,
            answer=None,
            knowledge_id=None,
            group=text,
            source="labelled",
        )
        for number, (text, intent, language) in enumerate(rows)
    ]


@pytest.fixture(scope="module")
def fitted(encoder: Encoder) -> Fitted:
    return fit(examples(list(questions())), encoder, IntentConfig(), seed=1)


@pytest.mark.parametrize(
    ("text", "language", "intent"),
    [
        ("pls tell me where my new kettle is", "en", "track"),
        ("I want my money back", "en", "refund"),
        ("frogot my pasword", "en", "password"),
        ("我买的锅走到哪里了", "zh", "track"),
        ("蜜码忘记了咋整", "zh", "password"),
        ("钱啥时候退给我", "zh", "refund"),
    ],
)
def test_new_ways_to_ask_are_understood(
    fitted: Fitted, text: str, language: str, intent: str
) -> None:
    assert fitted.model.predict(text, language).intent == intent


def test_what_is_none_of_our_business_is_not_in_scope(fitted: Fitted) -> None:
    assert fitted.model.predict("write me a poem about Berlin", "en").in_scope < 0.5
    assert fitted.model.predict("写一首关于春天的诗", "zh").in_scope < 0.5
    assert fitted.model.predict("where is my lamp", "en").in_scope > 0.5


def test_what_it_says_of_a_question_left_out_is_what_it_says_without_it(
    encoder: Encoder,
) -> None:
    rows = examples(list(questions()))[::3]
    whole = fit(rows, encoder, IntentConfig())
    for place in (0, 7, 20):
        rest = [each for number, each in enumerate(rows) if number != place]
        without = fit(rest, encoder, IntentConfig()).model
        asked = rows[place]
        guess = without.predict(asked.text, asked.language)
        told = whole.guesses[place]
        assert told.intent == guess.intent
        assert told.confidence == pytest.approx(guess.confidence, abs=0.15)


def test_with_more_questions_than_landmarks_every_intent_keeps_some(
    encoder: Encoder,
) -> None:
    config = IntentConfig(exact=100, landmarks=40)
    fitted = fit(examples(list(questions())), encoder, config)
    assert len(fitted.model.landmarks) == 40
    right = [
        fitted.model.predict(text, language).intent == intent
        for text, intent, language in questions()
        if intent != "oos"
    ]
    assert np.mean(right) > 0.9


def test_the_same_examples_and_seed_give_the_same_model(encoder: Encoder) -> None:
    rows = examples(list(questions()))[::2]
    one, other = (fit(rows, encoder, IntentConfig(), seed=5) for _ in range(2))
    assert one.guesses == other.guesses
    assert one.thresholds == other.thresholds
    assert np.array_equal(one.model.votes, other.model.votes)


def test_shuffled_labels_leave_nothing_to_be_sure_of(encoder: Encoder) -> None:
    fitted = fit(examples(list(questions(shuffled=True))), encoder, IntentConfig())
    sure = [
        guess.confidence >= fitted.thresholds[each.language].answer
        for guess, each in zip(fitted.guesses, fitted.examples, strict=True)
    ]
    assert np.mean(sure) < 0.05


def test_one_intent_is_too_little_to_learn_from(encoder: Encoder) -> None:
    rows = examples([("where is it", "track", "en"), ("查物流", "track", "zh")])
    with pytest.raises(BadInput, match="KF-401"):
        fit(rows, encoder, IntentConfig())
