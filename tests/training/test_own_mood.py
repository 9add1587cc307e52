"""A company's own messages make its own mood, where that is better, and only there."""

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.__main__ import run
from bot.app import OWN_MOOD, mood_of
from bot.importing.samples import Mooded
from bot.model.encoder import Encoder
from bot.settings import load
from storage.problems import BadInput
from tests.training.test_sentiment_trial import DEMO
from training.own_mood import learn_mood

# In this shop, words mean what no general model knows.
THINGS = ("杯子", "台灯", "this kettle", "the blue mug", "鞋", "my order", "那把伞")
SAID = {
    "positive": ("{}绝绝子", "{}真的yyds", "{} slaps", "{} is fire no cap"),
    "negative": ("{}翻车了", "{}拉胯", "{} is mid", "{} gave me the ick"),
    "neutral": ("{}多重", "{}几点发", "{} in size two", "{} and a bag"),
}


def messages() -> list[Mooded]:
    return [
        Mooded(text=form.format(thing), label=label)
        for label, forms in SAID.items()
        for form in forms
        for thing in THINGS
    ]


class Remembering:
    """The encoder, which encodes no text of these tests twice."""

    def __init__(self, encoder: Encoder) -> None:
        self.sha256, self.width = encoder.sha256, encoder.width
        self._encoder = encoder
        self._known: dict[str, NDArray[np.float32]] = {}

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        fresh = [text for text in texts if text not in self._known]
        self._known |= zip(fresh, self._encoder.encode(fresh), strict=True)
        return np.stack([self._known[text] for text in texts])


@pytest.fixture(scope="module")
def remembering(encoder: Encoder) -> Remembering:
    return Remembering(encoder)


def test_what_a_company_labels_is_told_better_and_served(
    encoder: Encoder, remembering: Remembering, tmp_path: Path
) -> None:
    settings = load(environ={}, dotenv=tmp_path / ".env", home=tmp_path).settings
    before = mood_of(settings, encoder)
    done = learn_mood(
        messages(), remembering, demo=DEMO, directory=settings.home / OWN_MOOD
    )
    assert done.kept
    assert done.accuracy > done.packaged_accuracy + 0.05
    after = mood_of(settings, encoder)
    assert before is not None
    assert after is not None
    unseen = ("枕头绝绝子", "枕头拉胯", "the pillow gave me the ick")
    told = [after.feel(text).sentiment for text in unseen]
    assert told == ["positive", "negative", "negative"]
    assert [before.feel(text).sentiment for text in unseen] != told
    # What it knew before, it knows still.
    assert after.feel("你们这群骗子，再不退钱我就报警！").anger > 0.5


def test_labels_that_say_nothing_are_not_kept(
    remembering: Remembering, tmp_path: Path
) -> None:
    chance = random.Random(3)  # noqa: S311 - moods, not secrets
    shuffled = [each.label for each in messages()]
    chance.shuffle(shuffled)
    noise = [
        replace(each, label=label)
        for each, label in zip(messages(), shuffled, strict=True)
    ]
    done = learn_mood(noise, remembering, demo=DEMO, directory=tmp_path / OWN_MOOD)
    assert done.accuracy < 0.6
    assert done.kept is (done.accuracy > done.packaged_accuracy)
    assert (tmp_path / OWN_MOOD).exists() is done.kept


@pytest.mark.parametrize("count", [0, 19])
def test_too_few_messages_are_refused(
    count: int, encoder: Encoder, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match="KF-410"):
        learn_mood(
            messages()[:count], encoder, demo=DEMO, directory=tmp_path / OWN_MOOD
        )
    alike = [replace(each, label="neutral") for each in messages()]
    with pytest.raises(BadInput, match="KF-410"):
        learn_mood(alike, encoder, demo=DEMO, directory=tmp_path / OWN_MOOD)


def test_the_command_keeps_it_in_the_home(
    remembering: Remembering,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    lines = [{"text": each.text, "label": each.label} for each in messages()]
    path = tmp_path / "mine.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    # The very encoder, which has read the packaged sentences for the tests above.
    monkeypatch.setattr("bot.app.open_encoder", lambda *_: remembering)
    home = tmp_path / "home"
    assert run(["train-mood", str(path), "--home", str(home), "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["kept"] is True
    assert (home / OWN_MOOD / "sentiment.safetensors").is_file()
