"""Public data sets come in whole, quickly, and twice without a change."""

from pathlib import Path

import pytest

from storage.records import KnowledgeKind
from tests.importing.conftest import Shop

DATA = Path(__file__).parents[2].parent / "shared/data"
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason=f"the public data sets are not at {DATA}"
)


@pytest.mark.parametrize(
    ("name", "taken", "refused"),
    [
        ("bitext-support/canonical_answers.jsonl", 27, 0),
        ("bitext-support/intents.train.jsonl.gz", 5832, 98),  # 98 repeat others
        ("bitext-support/qa.train.jsonl.gz", 3191, 44),  # 44 contradict others
        ("tidb-zh/qa.jsonl", 189, 0),
    ],
)
def test_each_row_is_taken_or_named(
    shop: Shop, name: str, taken: int, refused: int
) -> None:
    report = shop.bring(DATA / name)
    assert (report.added, len(report.rejected)) == (taken, refused)
    assert len(shop.knowledge()) + len(shop.questions()) == taken
    again = shop.bring(DATA / name)
    assert (again.unchanged, len(again.rejected)) == (taken, refused)


def test_canonical_answers_are_found_by_their_intents(shop: Shop) -> None:
    shop.bring(DATA / "bitext-support/canonical_answers.jsonl")
    assert "cancel_order" in {each.intent for each in shop.knowledge()}
    assert {each.language for each in shop.knowledge()} == {"en"}


def test_seven_thousand_documents_come_in_once(shop: Shop) -> None:
    report = shop.bring(DATA / "tidb-zh/documents.jsonl.gz")
    assert report.rejected == ()
    assert report.added > 6886
    again = shop.bring(DATA / "tidb-zh/documents.jsonl.gz")
    assert (again.added, again.changed, again.retired) == (0, 0, 0)


def test_a_handbook_becomes_passages(shop: Shop) -> None:
    report = shop.bring(DATA / "abcd-guidelines/documents.jsonl")
    assert report.rejected == ()
    passages = shop.knowledge()
    assert {each.kind for each in passages} == {KnowledgeKind.PASSAGE}
    assert len({each.title for each in passages}) == 55
    assert max(len(each.text) for each in passages) < 1200
