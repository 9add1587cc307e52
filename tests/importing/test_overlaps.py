"""What is said twice or contradicted is named at import, with both places."""

import json
import tempfile
from pathlib import Path

import pytest

from bot.importing.overlaps import Overlap, overlaps
from bot.model.encoder import Encoder
from bot.vectors import Vectors
from storage.records import Knowledge, KnowledgeKind
from tests.bot.small import answer
from tests.model.conftest import encoder
from tests.roof.test_commands import kefu

__all__ = ["encoder"]


def found(
    encoder: Encoder, fresh: list[Knowledge], known: list[Knowledge]
) -> list[Overlap]:
    return overlaps(fresh, known, Vectors(encoder.encode))


@pytest.mark.parametrize(
    ("language", "known", "fresh", "why"),
    [
        (
            "en",
            ("How many days do I have to return an item?", "Within 30 days."),
            ("In how many days may an item be returned?", "Within 14 days."),
            "14 days against 30 days",
        ),
        (
            "zh",
            ("多少钱可以包邮？", "满99元包邮。"),
            ("请问多少钱包邮？", "满199元包邮。"),
            "199元 against 99元",
        ),
        (
            "en",
            ("Can I send back an opened pan?", "Yes, you can."),
            ("May I send back an opened pan?", "No, opened pans stay with you."),
            "one says yes, the other no",
        ),
        (
            "zh",
            ("拆封的锅可以退吗？", "可以退，请保留包装。"),
            ("锅拆封了可以退吗？", "不可以退。"),
            "one says yes, the other no",
        ),
    ],
)
def test_near_questions_with_other_answers_contradict(
    encoder: Encoder,
    language: str,
    known: tuple[str, str],
    fresh: tuple[str, str],
    why: str,
) -> None:
    old = answer(*known, language, source="old.csv")
    new = answer(*fresh, language, source="new.csv")
    one = found(encoder, [new], [old])
    assert [(each.kind, each.why) for each in one] == [("contradiction", why)]
    assert one[0].first == f"new.csv: {fresh[0]}"
    assert one[0].second == f"old.csv: {known[0]}"


@pytest.mark.parametrize(
    ("language", "one", "other", "text"),
    [
        ("en", "Do you have a shop in Bonn?", "Is there a store in Bonn?", "Not yet."),
        ("zh", "你们在广州有门店吗？", "广州有没有实体店？", "广州还没有门店。"),
    ],
)
def test_one_question_said_twice_is_a_near_duplicate(
    encoder: Encoder, language: str, one: str, other: str, text: str
) -> None:
    fresh = [answer(one, text, language), answer(other, text, language)]
    assert [each.kind for each in found(encoder, fresh, [])] == ["near_duplicate"]


def test_a_new_form_of_an_entry_does_not_contradict_its_old_one(
    encoder: Encoder,
) -> None:
    old = answer("How long?", "2 days.")
    new = answer("How long?", "3 days.")
    assert found(encoder, [new], [old]) == []


def test_sections_of_one_document_do_not_contradict_each_other(
    encoder: Encoder,
) -> None:
    passage = KnowledgeKind.PASSAGE
    fresh = [
        answer("Gift cards — Buying", "A card arrives in 2 days.", kind=passage),
        answer("Gift cards — Using", "A card is valid for 3 years.", kind=passage),
    ]
    assert found(encoder, fresh, []) == []


def test_different_topics_of_the_demo_shop_are_left_in_peace(encoder: Encoder) -> None:
    shop = Path(__file__).parents[2] / "bot" / "demo" / "knowledge.jsonl"
    rows = [json.loads(line) for line in shop.read_text("utf-8").splitlines()]
    fresh = [
        answer(row["question"], row["answer"], row["language"]) for row in rows[::2]
    ]
    assert found(encoder, fresh, []) == []


@pytest.fixture
def home(tmp_path: Path, encoder: Encoder) -> Path:
    """A folder whose home has the converted encoder of the other tests."""
    del encoder
    (tmp_path / "home" / "cache").mkdir(parents=True)
    for each in (Path(tempfile.gettempdir()) / "kefu-tests-cache").iterdir():
        (tmp_path / "home" / "cache" / each.name).symlink_to(each)
    return tmp_path


def test_the_command_names_them_in_a_dry_run_and_in_json(home: Path) -> None:
    faq = home / "faq.csv"
    faq.write_text(
        "question,answer\n多少钱可以包邮？,满99元包邮。\n请问多少钱包邮？,满199元包邮。\n",
        encoding="utf-8",
    )
    dry = kefu("import", "faq.csv", "--dry-run", home=home)
    assert dry.returncode == 0, dry.stderr
    both = "contradiction: faq.csv: 多少钱可以包邮？ | faq.csv: 请问多少钱包邮？"
    assert f"{both} (99元 against 199元)" in dry.stdout
    done = kefu("import", "faq.csv", "--json", home=home)
    told = json.loads(done.stdout)
    assert told["added"] == 2
    assert [each["kind"] for each in told["overlaps"]] == ["contradiction"]
    again = kefu("import", "faq.csv", "--json", home=home)
    assert json.loads(again.stdout)["overlaps"] == []


def test_a_reply_says_in_which_file_and_under_which_heading_it_stands(
    home: Path,
) -> None:
    (home / "faq.csv").write_text(
        "question,answer\nDo you sell lamps?,Yes.\n", encoding="utf-8"
    )
    assert kefu("import", "faq.csv", home=home).returncode == 0
    asked = ["chat", "--once", "do you sell lamps"]
    told = json.loads(kefu(*asked, "--json", home=home).stdout)
    assert [(s["file"], s["title"]) for s in told["sources"]] == [
        ("faq.csv", "Do you sell lamps?")
    ]
    assert "[Do you sell lamps?] faq.csv" in kefu(*asked, home=home).stdout
