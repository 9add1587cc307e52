"""The packaged mood is what its sentences make of it, and a trial is fitted fresh."""

import json
import tempfile
from pathlib import Path

import pytest

from bot.importing.samples import Mooded, mooded_texts
from bot.model.encoder import Encoder
from bot.model.sentiment import PACKAGED, SETTINGS_FILE, WEIGHTS_FILE
from storage.problems import BadInput
from tests.roof.test_commands import kefu
from training.sentiment import (
    SENTENCES_FILE,
    packaged_sentences,
    read_sentences,
    write_packaged,
)
from training.sentiment_trial import try_sentiment

DEMO = Path(__file__).parents[2] / "bot" / "demo" / "intents.jsonl"
WORDS = {
    "positive": ("很好", "喜欢", "满意", "不错", "太棒了", "thank you, great"),
    "neutral": ("我要下单", "地址在哪", "几点开门", "两个", "what size is it", "blue"),
    "negative": ("太差了", "坏了", "失望", "难吃", "it is broken", "very slow and bad"),
}


def texts(things: tuple[str, ...]) -> list[Mooded]:
    return [
        Mooded(text=f"{thing}，{word}", label=label)
        for label, words in WORDS.items()
        for word in words
        for thing in things
    ]


def test_the_packaged_weights_are_those_of_the_packaged_sentences(
    encoder: Encoder, tmp_path: Path
) -> None:
    import numpy as np

    from bot.model.files import read_json, read_tensors

    # One that remembers no text: what is encoded together differs in the last digits.
    cache = Path(tempfile.gettempdir()) / "kefu-tests-cache"
    write_packaged(Encoder.load(None, cache), DEMO, tmp_path)
    fresh, kept = (read_tensors(f / WEIGHTS_FILE) for f in (tmp_path, PACKAGED))
    # Other processors round the encoder otherwise: 0.998 was measured between two.
    for name in ("weights", "bias"):
        together = np.corrcoef(fresh[name].ravel(), kept[name].ravel())
        assert together[0, 1] > 0.99, name
    settings = read_json(PACKAGED / SETTINGS_FILE)
    assert settings["encoder_sha256"] == encoder.sha256
    assert settings["sentences"] == len(packaged_sentences(DEMO))


def test_no_sentence_is_packaged_with_two_labels() -> None:
    labels: dict[str, str] = {}
    for each in packaged_sentences(DEMO):
        assert labels.setdefault(each.text, each.label) == each.label, each.text


def test_a_trial_learns_from_one_half_and_is_scored_on_the_other(
    encoder: Encoder,
) -> None:
    trial = try_sentiment(texts(("杯子", "这个")), texts(("台灯",)), encoder)
    assert trial.accuracy > 0.8
    assert trial.test == 18
    assert "macro F1" in trial.text()


def test_the_trial_believes_its_files_and_not_the_packaged_mood(
    encoder: Encoder,
) -> None:
    swap = {"positive": "negative", "negative": "positive", "neutral": "neutral"}
    turned = [
        Mooded(text=each.text, label=swap[each.label])
        for each in texts(("杯子", "这个", "鞋子"))
    ]
    trial = try_sentiment(turned, texts(("台灯",)), encoder)
    assert trial.accuracy < 0.6


def test_one_sentiment_alone_is_nothing_to_learn(encoder: Encoder) -> None:
    only = [each for each in texts(("杯子",)) if each.label == "positive"]
    with pytest.raises(BadInput, match="KF-403"):
        try_sentiment(only, only, encoder)


def test_the_command_prints_one_json_object(tmp_path: Path) -> None:
    rows = [{"text": each.text, "label": each.label} for each in texts(("杯子",))]
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (tmp_path / "all.jsonl").write_text(lines, encoding="utf-8")
    files = ["--train", "all.jsonl", "--test", "all.jsonl"]
    done = kefu("evaluate", "sentiment", *files, "--json", home=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert {"accuracy", "macro_f1", "tfidf_accuracy", "tfidf_macro_f1"} <= set(told)
    assert told["lent"] is True


def test_the_packaged_mood_lends_nothing_where_it_knows_the_answers(
    encoder: Encoder,
) -> None:
    known = read_sentences(PACKAGED / SENTENCES_FILE)[::9]
    train = texts(("杯子",))
    assert try_sentiment(train, texts(("台灯",)), encoder).lent
    assert not try_sentiment(train, known[:5], encoder).lent


def test_a_label_that_is_no_sentiment_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"text": "a", "label": "positive"}\n{"text": "b", "label": "joy"}')
    with pytest.raises(BadInput) as told:
        mooded_texts([path])
    assert told.value.code == "KF-208"
    assert "bad.jsonl:2" in str(told.value)
