"""New intents join: nothing known is encoded again, and it is as if fitted afresh."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.model.encoder import Encoder
from bot.model.intents import IntentModel
from bot.model.likeness import Floats
from storage.problems import BadInput
from tests.training.test_intents import examples
from tests.training.workspace import questions
from training.dataset import Example
from training.intents import IntentConfig, fit
from training.joining import join

CONFIG = IntentConfig(choices=())


def halves() -> tuple[list[Example], list[Example]]:
    rows = examples(list(questions()))[::2]
    return (
        [each for each in rows if each.intent != "password"],
        [each for each in rows if each.intent == "password"],
    )


def test_it_says_what_a_fresh_fit_says(encoder: Encoder) -> None:
    known, new = halves()
    joined = join(fit(known, encoder, CONFIG).model, new, CONFIG)
    fresh = fit([*known, *new], encoder, CONFIG).model
    assert joined.labels == fresh.labels
    asked = examples(list(questions()))[1::2]
    texts, languages = [e.text for e in asked], [e.language for e in asked]
    one = joined.predict_all(texts, languages)
    other = fresh.predict_all(texts, languages)
    same = [a.intent == b.intent for a, b in zip(one, other, strict=True)]
    assert np.mean(same) > 0.97
    apart = [abs(a.confidence - b.confidence) for a, b in zip(one, other, strict=True)]
    assert np.mean(apart) < 0.05
    right = [
        guess.intent == "password"
        for guess, each in zip(one, asked, strict=True)
        if each.intent == "password"
    ]
    assert np.mean(right) > 0.9


def test_only_what_is_new_is_encoded_and_the_votes_are_exact(
    encoder: Encoder, tmp_path: Path
) -> None:
    known, new = halves()
    read: list[str] = []

    def encode(texts: Sequence[str]) -> Floats:
        read.extend(texts)
        return encoder.encode(texts)

    fit(known, encoder, CONFIG).model.save(tmp_path)
    model = IntentModel.load(tmp_path, encode=encode, encoder_sha256=encoder.sha256)
    joined = join(model, new, CONFIG)
    assert set(read) == {each.text for each in new}
    # Solved from the start over the same likeness, the scores are the same.
    rows, origins = joined.landmarks, joined.origins
    assert origins is not None
    alike = joined.likeness.between(rows, rows).astype(np.float64)
    alike[np.diag_indices_from(alike)] += origins.ridge
    wanted = np.eye(len(joined.labels))[origins.places] * 10.0
    votes = np.linalg.solve(alike, wanted - wanted.mean(axis=0))
    scores = joined.likeness.between(joined.likeness.rows(["我密码忘了"]), rows)
    expected = scores @ votes + wanted.mean(axis=0)
    assert np.allclose(joined.logits(["我密码忘了"]), expected, atol=0.02)
    joined.save(tmp_path)  # and it can be kept, and joined again
    again = IntentModel.load(tmp_path, encode=encode, encoder_sha256=encoder.sha256)
    assert join(again, new[:1], CONFIG).labels == joined.labels


def test_more_of_what_is_known_joins_too_and_nothing_changes_nothing(
    encoder: Encoder,
) -> None:
    known, _ = halves()
    model = fit(known, encoder, CONFIG).model
    assert join(model, [], CONFIG) is model
    more = [replace(known[0], text="has the zyntho been dispatched")]
    joined = join(model, more, CONFIG)
    assert len(joined.landmarks) == len(model.landmarks) + 1
    assert "zyntho" in joined.likeness.spelling.words
    assert joined.predict("has the zynhto been dispached", "en").intent == "track"


def test_a_model_that_keeps_only_some_questions_cannot_be_joined(
    encoder: Encoder,
) -> None:
    known, new = halves()
    some = fit(known, encoder, replace(CONFIG, exact=50, landmarks=40)).model
    with pytest.raises(BadInput, match="KF-404"):
        join(some, new, CONFIG)
