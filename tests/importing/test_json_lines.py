"""JSON Lines, plain and packed: a line that is no row costs only itself."""

import gzip
import json
from typing import Any

import pytest

from storage.records import KnowledgeKind
from tests.importing.conftest import Shop


def lines(*rows: dict[str, Any]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def test_all_row_forms_may_stand_in_one_file(shop: Shop) -> None:
    rows = lines(
        {"question": "How long?", "answer": "Two days.", "intent": "time"},
        {"intent": "cancel_order", "answer": "Press cancel."},
        {"text": "where is it", "intent": "order_status"},
        {"id": "p1", "title": "Returns", "text": "Thirty days."},
        {"title": "Help", "heading": "Cost", "text": "Free.", "path": "a/b.md"},
        {
            "id": "k.zh",
            "intent": "time",
            "language": "zh",
            "question": "多久?",
            "answer": "两天",
        },
    )
    report = shop.bring(shop.write("all.jsonl", rows))
    assert (report.added, report.rejected) == (6, ())
    found = {each.source_key: each for each in shop.knowledge()}
    assert set(found) == {
        "how long:en",
        "intent:cancel_order:en",
        "p1",
        "a/b.md#cost",
        "k.zh:zh",
    }
    assert found["intent:cancel_order:en"].question == "cancel order"
    assert found["a/b.md#cost"].question == "Help — Cost"
    assert found["p1"].kind is KnowledgeKind.PASSAGE
    assert [q.intent for q in shop.questions()] == ["order_status"]


def test_a_packed_file_reads_as_a_plain_one(shop: Shop) -> None:
    packed = gzip.compress(lines({"question": "你好吗", "answer": "很好"}).encode())
    assert shop.bring(shop.write("a.jsonl.gz", packed)).added == 1


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "not JSON"),
        ("[1, 2]", "not an object"),
        ("[" * 100_000, "cannot be read"),
        ('{"question": 1' + "0" * 5000 + ', "answer": "x"}', "cannot be read"),
        ('{"question": "a", "answer": null}', "the answer is empty"),
        ('{"question": "a", "answer": ["b"]}', "not a text"),
        ('{"question": "a", "answer": "\\ud800"}', "broken character"),
        ('{"question": "a", "answer": "%s"}' % ("x" * 10_001), "10,001 characters"),
        ('{"question": "a", "answer": "%s"}' % ("x" * 300_000), "200,000 characters"),
        ('{"query": "a", "relevant": ["b"]}', "cannot tell"),
        ('{"id": "a", "turns": []}', "no remark of a customer"),
        ("{}", "cannot tell"),
    ],
)
def test_a_line_that_is_no_row_is_named(shop: Shop, line: str, why: str) -> None:
    good = lines({"question": "q", "answer": "a"})
    report = shop.bring(shop.write("a.jsonl", good + line + "\n"))
    assert report.added == 1
    assert [row.line for row in report.rejected] == [2]
    assert why in report.rejected[0].why


def test_control_characters_do_not_reach_the_knowledge(shop: Shop) -> None:
    row = {"question": "a\u0000 b\nc", "answer": "\ufeffx\u001b[31m\r\ny\u0085"}
    shop.bring(shop.write("a.jsonl", lines(row)))
    assert shop.answers() == {"a b c": "x[31m\ny"}


def test_one_wording_with_two_intents_is_not_taken_twice(shop: Shop) -> None:
    rows = lines(
        {"text": "Where is it", "intent": "status"},
        {"text": "where is it?", "intent": "status"},  # other signs: another example
        {"text": "WHERE  is it", "intent": "status"},  # the very same
        {"text": "where is it!", "intent": "lost"},
    )
    report = shop.bring(shop.write("a.jsonl", rows))
    assert [row.line for row in report.rejected] == [3, 4]
    assert "repeats line 1" in report.rejected[0].why
    assert "another intent" in report.rejected[1].why
    assert report.added == 2
    assert shop.bring(shop.folder / "a.jsonl").changed == 0


def test_sections_of_the_same_name_are_all_kept(shop: Shop) -> None:
    section = {"title": "T", "heading": "H", "path": "p.md"}
    rows = [section | {"text": text} for text in ("one", "two", "one")]
    report = shop.bring(shop.write("a.jsonl", lines(*rows)))
    assert [each.source_key for each in shop.knowledge()] == ["p.md#h", "p.md#h-2"]
    assert [row.line for row in report.rejected] == [3]


def test_a_truncated_or_false_gzip_is_named(shop: Shop) -> None:
    whole = gzip.compress(b'{"question": "a", "answer": "b"}\n' * 50)
    half = shop.write("half.jsonl.gz", whole[: len(whole) // 2])
    false = shop.write("false.jsonl.gz", b"not packed at all")
    report = shop.bring(half, false)
    assert [row.path for row in report.rejected] == [str(half), str(false)]


def test_a_gzip_bomb_is_refused(shop: Shop) -> None:
    bomb = gzip.compress(bytes(40 * 1024**2), compresslevel=1)
    report = shop.bring(shop.write("bomb.jsonl.gz", bomb))
    assert "larger than 32 MB" in report.rejected[0].why
