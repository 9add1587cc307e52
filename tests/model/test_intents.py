"""Intents: saved and read again they say the same, and only for their encoder."""

from pathlib import Path

import numpy as np
import pytest

from bot.model.encoder import Encoder
from bot.model.features import NgramFeatures, fold
from bot.model.intents import SETTINGS_FILE, WEIGHTS_FILE, IntentGuess, IntentModel
from storage.problems import EnvironmentProblem
from tests.model.small import small_model

TEXTS = ["where is my order", "return it", "我的订单到哪了", "怎么退货", "weather"]
LABELS = ("oos", "order_status", "return_how")
FIRST_COLUMNS = [7523, 28241]  # another process, another machine: the same


@pytest.fixture
def model(encoder: Encoder) -> IntentModel:
    return small_model(encoder, TEXTS, LABELS)


def test_rows_are_the_same_in_every_process() -> None:
    features = NgramFeatures.fit(TEXTS)
    columns, weights = features.row("Where IS my ＯＲＤＥＲ?!")
    assert list(columns) == list(features.row("where is my order")[0])
    assert [int(each) for each in features.columns[columns][:2]] == FIRST_COLUMNS
    assert float(weights @ weights) == pytest.approx(1.0, abs=1e-5)
    assert fold("Ａ—b！！ 你好，世界") == "a b 你好 世界"
    matrix = features.matrix([*TEXTS, "", "¿?"])
    assert matrix.shape == (7, features.width)
    assert matrix[0].toarray()[0][columns] == pytest.approx(weights)
    assert np.isfinite(matrix.data).all()


def test_chinese_that_sounds_alike_has_pieces_in_common() -> None:
    features = NgramFeatures.fit(["退货要运费吗", "发票抬头错了"])
    rows = features.matrix(["推货要运废吗", "退货要运费吗", "发票抬头错了"]).toarray()
    assert rows[0] @ rows[1] > 0.4
    assert rows[0] @ rows[2] < 0.1


def test_a_question_is_most_like_itself(model: IntentModel) -> None:
    rows = model.likeness.rows(TEXTS)
    alike = model.likeness.between(rows, model.landmarks)
    assert np.allclose(np.diag(alike), 1.0, atol=1e-3)
    assert np.all(alike > 0)
    assert np.all(alike <= 1.001)
    assert list(alike.argmax(axis=1)) == list(range(len(TEXTS)))


def _spread(guess: IntentGuess) -> float:
    shares = [share for _, share in guess.alternatives]
    return max(shares) / min(shares)


def test_each_language_has_its_heat_and_its_confidence(model: IntentModel) -> None:
    english, chinese = model.predict_all(["x", "x"], ["en", "zh"])
    assert english.intent == chinese.intent
    assert _spread(english) > _spread(chinese)  # the hotter, the more alike
    assert english.confidence == english.alternatives[0][1]  # none was fitted
    assert chinese.confidence != chinese.alternatives[0][1]


def test_a_guess_names_only_what_is_in_scope(model: IntentModel) -> None:
    for text in [*TEXTS, "", "\ud800", "😀" * 3000]:
        guess = model.predict(text, "en")
        assert guess.intent in LABELS[1:]
        assert [label for label, _ in guess.alternatives] != []
        assert "oos" not in dict(guess.alternatives)
        assert 0.0 <= guess.confidence <= 1.0
        assert 0.0 <= guess.in_scope <= 1.0


def test_saved_and_read_again_it_says_the_same(
    model: IntentModel, encoder: Encoder, tmp_path: Path
) -> None:
    model.save(tmp_path)
    again = IntentModel.load(
        tmp_path, encode=encoder.encode, encoder_sha256=encoder.sha256
    )
    assert np.allclose(again.logits(TEXTS), model.logits(TEXTS), atol=0.02)
    first = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    again.save(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == first
    assert set(first) == {WEIGHTS_FILE, SETTINGS_FILE}


def test_damaged_or_strange_files_are_refused_with_their_code(
    model: IntentModel, encoder: Encoder, tmp_path: Path
) -> None:
    def code(encoder_sha256: str = encoder.sha256) -> str:
        with pytest.raises(EnvironmentProblem) as told:
            IntentModel.load(
                tmp_path, encode=encoder.encode, encoder_sha256=encoder_sha256
            )
        return told.value.code

    model.save(tmp_path)
    assert code("another") == "KF-310"
    weights = tmp_path / WEIGHTS_FILE
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert code() == "KF-302"
    weights.write_bytes(whole[: len(whole) // 2])
    assert code() == "KF-304"
    weights.unlink()
    assert code() == "KF-304"
    (tmp_path / SETTINGS_FILE).write_text("[]", encoding="utf-8")
    assert code() == "KF-304"
