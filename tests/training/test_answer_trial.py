"""Answers are measured as the product would give them, beside BM25 in the same run."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.importing.matched import Asked, entries, questions
from storage.problems import BadInput
from tests.roof.test_commands import kefu
from training.retrieval_measures import paired, ranked

FAQ: list[dict[str, Any]] = [
    {"id": "track", "question": "Where is my order?", "answer": "Tap Track."},
    {"id": "pay", "question": "How can I pay?", "answer": "By card or in cash."},
    {"id": "open", "question": "When do you open?", "answer": "At nine."},
    {"id": "退", "question": "怎么退货？", "answer": "签收后30天内可以退货。"},
    {"id": "运", "question": "运费怎么算？", "answer": "满99元包邮。"},
    {"id": "店", "question": "门店几点关门？", "answer": "晚上九点关门。"},
]


def write(folder: Path, name: str, rows: list[dict[str, Any]]) -> Path:
    path = folder / name
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_measures_are_what_the_field_means_by_them() -> None:
    asked = [
        Asked(text="a", relevant=frozenset("x")),
        Asked(text="b", relevant=frozenset("xy")),
        Asked(text="c", relevant=frozenset("z")),
    ]
    found = ranked([["x", "y"], ["a", "x", "b", "y"], ["a", "b"]], asked)
    assert found.to_json() == {
        "hit@1": pytest.approx(1 / 3, abs=1e-4),
        "hit@5": pytest.approx(2 / 3, abs=1e-4),
        "map": pytest.approx((1 + (1 / 2 + 2 / 4) / 2 + 0) / 3, abs=1e-4),
    }


def test_the_interval_is_of_the_difference_question_by_question() -> None:
    ones, none = np.ones(50), np.zeros(50)
    assert paired(ones, none) == {"hit@1": 1.0, "low": 1.0, "high": 1.0}
    assert paired(ones, ones) == {"hit@1": 0.0, "low": 0.0, "high": 0.0}
    mixed = paired(np.tile([1.0, 0.0], 50), np.tile([0.0, 1.0], 50))
    assert mixed["low"] < -0.1 < 0 < 0.1 < mixed["high"]


def test_rows_name_their_answer_by_id_by_text_or_by_intent(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        *FAQ,
        {"id": "twin", "question": "How to track?", "answer": "tap track"},
    ]
    rows = [{**row, "intent": f"about_{row['id']}"} for row in rows]
    among = entries([write(tmp_path, "faq.jsonl", rows)])
    asked: list[dict[str, Any]] = [
        {"query": "where?", "relevant": ["track", "pay"]},
        {"query": "the weather?", "relevant": []},
        {"question": "in which place?", "answer": "Tap  Track"},
        {"question": "and why?", "answer": "Nobody knows."},
    ]
    found = questions([write(tmp_path, "asked.jsonl", asked)], among)
    assert [len(each.relevant) for each in found] == [2, 0, 2, 0]
    assert [each.known for each in found] == [True, True, True, False]
    labelled = [
        {"text": "the way to pay", "intent": "about_pay"},
        {"text": "the weather", "intent": "oos"},
    ]
    found = questions([write(tmp_path, "labelled.jsonl", labelled)], among)
    assert [len(each.relevant) for each in found] == [1, 0]


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        ("KF-221", [{"query": "a?", "relevant": "track"}]),
        ("KF-221", [{"note": "nothing"}]),
        ("KF-222", [{"query": "a?", "relevant": ["nowhere"]}]),
        ("KF-223", [{"question": "a?", "answer": "Nobody knows."}]),
    ],
)
def test_a_row_that_cannot_be_scored_stops_it(
    code: str, asked: list[dict[str, Any]], tmp_path: Path
) -> None:
    among = entries([write(tmp_path, "faq.jsonl", FAQ)])
    path = write(tmp_path, "asked.jsonl", asked)
    with pytest.raises(BadInput) as caught:
        questions([path], among)
    assert caught.value.code == code
    assert "asked.jsonl" in caught.value.where


def test_knowledge_without_any_entry_stops_it(tmp_path: Path) -> None:
    path = write(tmp_path, "faq.jsonl", [{"question": "a?", "answer": ""}])
    with pytest.raises(BadInput) as caught:
        entries([path])
    assert caught.value.code == "KF-220"
    assert "the answer is empty" in caught.value.why


ASKED = [
    {"query": "where is my parcel now", "relevant": ["track"]},
    {"query": "How can I pay?", "relevant": ["pay"]},
    {"query": "东西不喜欢，可以退吗", "relevant": ["退"]},
    {"query": "你们店晚上几点关", "relevant": ["店"]},
    {"query": "今天天气好吗", "relevant": []},
]


def test_the_command_reports_both_languages_beside_bm25(tmp_path: Path) -> None:
    write(tmp_path, "faq.jsonl", FAQ)
    write(tmp_path, "asked.jsonl", ASKED)
    files = ["--knowledge", "faq.jsonl", "--test", "asked.jsonl"]
    done = kefu("evaluate", "answers", *files, "--json", home=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert set(told) >= {
        "hit@1",
        "hit@5",
        "map",
        "wrong_rate",
        "answered_rate",
        "ms_p50",
        "bm25",
        "difference",
    }
    assert told["hit@1"] == 1.0
    assert set(told["languages"]) == {"en", "zh"}
    assert (told["asked"], told["out_of_scope"], told["entries"]) == (5, 1, 6)
    # Only the very question is surely answered before anything was calibrated.
    assert (told["answered_rate"], told["wrong_rate"]) == (0.2, 0.0)
    hidden = kefu("evaluate", "answers", *files, "--answers-only", home=tmp_path)
    assert hidden.returncode == 0, hidden.stderr
    assert "BM25" in hidden.stdout
    assert "worst misses" in hidden.stdout


def test_a_long_passage_is_one_row_however_many_pieces_it_makes(
    tmp_path: Path,
) -> None:
    text = "\n\n".join(f"Paragraph {n} speaks of lamps. " * 20 for n in range(9))
    rows = [{"id": "lamps", "title": "Lamps", "text": text}]
    among = entries([write(tmp_path, "corpus.jsonl", rows)])
    assert len(among.knowledge) > 1
    assert set(among.row_of.values()) == set(among.named["lamps"])


def test_repetitions_and_refusals_are_counted(tmp_path: Path) -> None:
    rows = [*FAQ, {"question": "How can I pay?", "answer": "With shells."}, {"x": 1}]
    rows += [{"question": "When do you open?", "answer": "At nine."}]
    among = entries([write(tmp_path, "faq.jsonl", rows)])
    assert len(among.knowledge) == len(FAQ) + 3 - len(among.refused) - among.repeated
    assert any("columns" in each.why for each in among.refused)
