"""Measures are what the field means by them, and a trial is what a command prints."""

import json
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
import pytest

from bot.model.encoder import Encoder, Engine, Floats
from tests.roof.test_commands import kefu
from tests.training.test_intents import examples
from tests.training.workspace import questions
from training.dataset import Example
from training.intent_rivals import compare_intents
from training.intent_trial import try_intents
from training.intents import IntentConfig
from training.measures import (
    area_under_curve,
    confusions,
    expected_calibration_error,
    macro_f1,
    per_class,
    recall_at_kept,
)
from training.noise import noisy


def array(*values: float) -> np.ndarray:
    return np.asarray(values, np.float64)


def test_calibration_error_is_the_distance_of_confidence_from_what_is_right() -> None:
    right = np.asarray([True, True, False, False])
    assert expected_calibration_error(array(1, 1, 0, 0), right) == 0.0
    assert expected_calibration_error(array(0.5, 0.5, 0.5, 0.5), right) == 0.0
    assert expected_calibration_error(array(0, 0, 1, 1), right) == 1.0
    told = expected_calibration_error(array(0.9, 0.9, 0.9, 0.1), right)
    assert told == pytest.approx(0.75 * abs(0.9 - 2 / 3) + 0.25 * 0.1)


def test_the_area_under_the_curve_counts_pairs_in_the_right_order() -> None:
    inside = np.asarray([True, True, False, False])
    assert area_under_curve(array(0.9, 0.8, 0.2, 0.1), inside) == 1.0
    assert area_under_curve(array(0.9, 0.1, 0.5, 0.05), inside) == 0.75
    assert area_under_curve(array(0.9, 0.1), np.asarray([True, True])) is None


def test_recall_is_taken_where_nine_of_ten_right_guesses_are_kept() -> None:
    confidence = np.concatenate([np.arange(1, 11) / 10, array(0.15, 0.05, 0.9, 0.2)])
    right = np.asarray([True] * 10 + [False] * 4)
    inside = right.copy()
    # The threshold is 0.2: nine of the ten right ones stay, two of four strange go.
    assert recall_at_kept(confidence, right, inside) == 0.5
    assert recall_at_kept(confidence[:10], right[:10], inside[:10]) is None


def test_classes_and_pairs_come_worst_first() -> None:
    wanted = ["a", "a", "a", "b", "b", "c"]
    guessed = ["a", "b", "b", "b", "c", "c"]
    rows = per_class(wanted, guessed)
    assert [row["intent"] for row in rows] == ["b", "a", "c"]
    assert rows[1] | {"precision": 1.0, "recall": 0.3333, "f1": 0.5} == rows[1]
    assert confusions(wanted, guessed) == [("a", "b", 2), ("b", "c", 1)]
    f1 = [float(row["f1"]) for row in rows]
    assert macro_f1(wanted, guessed) == pytest.approx(sum(f1) / 3, abs=1e-4)


def split() -> tuple[list[Example], list[Example]]:
    rows = examples(list(questions()))
    return rows[::2], rows[1::2]


def test_a_trial_learns_from_one_half_and_is_scored_on_the_other(
    encoder: Encoder,
) -> None:
    train, test = split()
    trial = try_intents(train, test, encoder, IntentConfig())
    assert trial.accuracy is not None
    assert trial.accuracy > 0.8
    assert trial.oos_auroc is not None
    assert trial.oos_auroc > 0.8
    assert trial.out_of_scope == sum(each.intent == "oos" for each in test)
    assert "weakest intents" in trial.text()
    assert set(json.loads(json.dumps(trial.to_json()))) >= {
        "accuracy",
        "macro_f1",
        "oos_auroc",
        "oos_recall_at_90",
        "ece",
        "train_seconds",
        "predict_ms_p50",
    }


def test_validation_alone_says_how_far_guesses_are_believed(encoder: Encoder) -> None:
    train, test = split()
    nonsense = examples(list(questions(shuffled=True)))[::2]
    trial = try_intents(train, test, encoder, IntentConfig(), validation=test)
    other = try_intents(train, test, encoder, IntentConfig(), validation=nonsense)
    assert trial.accuracy == other.accuracy
    assert trial.ece is not None
    assert other.ece is not None
    assert trial.ece < 0.1 < 0.5 < other.ece


def test_an_intent_with_few_questions_is_known_by_its_name_too(
    encoder: Encoder,
) -> None:
    rows = examples(
        [
            ("it came broken", "damaged_parcel", "en"),
            ("there is a crack", "damaged_parcel", "en"),
            ("I forgot it", "reset_password", "en"),
            ("cannot get in", "reset_password", "en"),
        ]
    )
    asked = examples([("new password please", "reset_password", "en")])
    trial = try_intents(rows, asked, encoder, IntentConfig())
    assert trial.accuracy == 1.0
    assert trial.oos_auroc is None


def test_the_command_prints_one_json_object(tmp_path: Path) -> None:
    train, test = split()
    for name, rows in (("train", train), ("test", test)):
        lines = [json.dumps({"text": r.text, "intent": r.intent}) for r in rows]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    files = ["--train", "train.jsonl", "--test", "test.jsonl"]
    done = kefu("evaluate", "intents", *files, "--json", home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["test"] == len(test)


def written(folder: Path, name: str, rows: Sequence[object]) -> None:
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    (folder / name).write_text("\n".join(lines), encoding="utf-8")


def test_where_no_row_can_be_read_nothing_is_measured(tmp_path: Path) -> None:
    written(tmp_path, "train.jsonl", [{"text": "hi"}, {"text": 1}])
    files = ["--train", "train.jsonl", "--test", "train.jsonl"]
    done = kefu("evaluate", "intents", *files, home=tmp_path)
    assert done.returncode == 2
    assert "KF-206" in done.stderr
    assert "train.jsonl:2" in done.stderr


def test_each_row_of_bad_files_is_accounted_for(tmp_path: Path) -> None:
    good = [
        {"text": text, "intent": intent, "mood": "x"}
        for text, intent, language in questions()
        if language == "en" and intent != "oos"
    ][::3]
    bad: list[object] = [
        {"text": "", "intent": "track"},
        {"text": "w" * 1_000_000, "intent": "track"},
        "{not json",
        good[0],
        {"text": good[0]["text"], "intent": "hours"},
        {"text": "gift wrapping please", "intent": "wrap"},
    ]
    written(tmp_path, "train.jsonl", [*good, *bad])
    test = [{"text": "where is my lamp", "intent": "track"}]
    test += [{"text": "can I pay with shells", "intent": "pay"}]
    written(tmp_path, "test.jsonl", test)
    files = ["--train", "train.jsonl", "--test", "test.jsonl"]
    folder = tmp_path / "report"
    more = ["--report", str(folder), "--json"]
    done = kefu("evaluate", "intents", *files, *more, home=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    train = told["rows"]["train"]
    assert train["read"] == len(good) + len(bad)
    assert train["used"] == train["read"] - 4 == told["train"]
    assert len(train["left_out"]) == 3
    assert [each.split(": ")[0] for each in train["left_out"]] == [
        f"train.jsonl:{len(good) + number}" for number in (1, 2, 3)
    ]
    assert len(train["repeated"]) == 1
    assert train["contradictory"] == [[good[0]["text"], ["track", "hours"]]]
    assert train["unused_columns"] == ["mood"]
    assert "wrap" in train["notes"][0]
    assert "out of scope" in train["notes"][1]
    assert "pay (1)" in told["rows"]["test"]["notes"][0]
    assert told["accuracy"] == 0.5
    written_report = (folder / "report.md").read_text(encoding="utf-8")
    assert "as in train.jsonl:1, counted once" in written_report
    assert "reliability.svg" in written_report
    assert "questions</title>" in (folder / "reliability.svg").read_text("utf-8")
    assert json.loads((folder / "report.json").read_text("utf-8"))["ece"] == told["ece"]


def test_ways_are_compared_in_one_table(encoder: Encoder) -> None:
    train, test = split()
    table = compare_intents(train, test, encoder, IntentConfig())
    assert len(table.rivals) == 7
    ours = table.rivals[0]
    assert ours.accuracy is not None
    assert ours.accuracy == try_intents(train, test, encoder, IntentConfig()).accuracy
    assert all(each.accuracy and each.accuracy > 0.5 for each in table.rivals)
    assert all(each.oos_auroc for each in table.rivals)
    assert ours.megabytes > 0
    assert "TF-IDF + SVM" in table.text()


class Counting:
    """The real engine, which counts how often each text was encoded."""

    def __init__(self, engine: Engine) -> None:
        self.width, self.sha256 = engine.width, engine.sha256
        self.counts: Counter[str] = Counter()
        self._engine = engine

    def encode(self, texts: Sequence[str]) -> Floats:
        self.counts.update(texts)
        return self._engine.encode(texts)


def test_no_way_gains_by_what_another_has_encoded(encoder: Encoder) -> None:
    rows = [("where is my parcel", "track"), ("open on sunday", "hours")] * 2
    train = examples(
        [(f"{text} {n}", name, "en") for n, (text, name) in enumerate(rows)]
    )
    engine = Counting(encoder._engine)
    table = compare_intents(train, train, Encoder(engine), IntentConfig())
    ways = sum(each.encoder for each in table.rivals)
    assert ways == 5
    # Once or more in fitting and once when timed; the vote fits none anew.
    assert min(engine.counts[each.text] for each in train) >= 2 * ways - 1


def test_intents_left_out_are_out_of_scope(tmp_path: Path) -> None:
    rows = [{"text": t, "intent": intent} for t, intent, _ in questions()]
    rows = [row for row in rows if row["intent"] != "oos"]
    written(tmp_path, "train.jsonl", rows[::2])
    written(tmp_path, "test.jsonl", rows[1::2])
    files = ["--train", "train.jsonl", "--test", "test.jsonl", "--json"]
    count = len({row["intent"] for row in rows})
    done = kefu("evaluate", "intents", *files, "--leave-out", "2", home=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert len(told["left_out"]) == 2
    assert told["intents"] == count - 2
    gone = [row for row in rows[1::2] if row["intent"] in told["left_out"]]
    assert told["out_of_scope"] == len(gone) > 0
    assert {each["intent"] for each in told["classes"]}.isdisjoint(told["left_out"])
    assert told["oos_auroc"] > 0.6
    assert 0 < told["encode_cpu_seconds"] < told["train_cpu_seconds"]
    assert told["encoded"] >= told["train"]
    more = ["--leave-out", str(count - 1)]
    refused = kefu("evaluate", "intents", *files, *more, home=tmp_path)
    assert refused.returncode == 2
    assert "KF-241" in refused.stderr


def test_slips_are_as_many_as_asked_for_and_always_the_same() -> None:
    text = " ".join(f"parcel {n} left on day {7 * n}" for n in range(40))
    assert noisy(text, 0.0, 1) == text
    slipped = noisy(text, 0.1, 1)
    assert slipped == noisy(text, 0.1, 1) != noisy(text, 0.1, 2)
    alike = SequenceMatcher(None, text, slipped, autojunk=False).ratio()
    assert 0.85 < alike < 0.97
    assert noisy("我的订单到哪里了" * 9, 0.2, 1) != "我的订单到哪里了" * 9
