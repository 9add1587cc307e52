"""An import can be repeated, tried and trusted: nothing is dropped without a word."""

from pathlib import Path

import pytest

from bot.importing import import_paths, kind_named
from storage.problems import BadInput
from tests.importing.conftest import NOON, Shop


def test_a_second_import_changes_nothing_and_a_new_answer_updates(shop: Shop) -> None:
    path = shop.write("faq.csv", "question,answer\nHow long?,Two days\nWho?,We\n")
    assert shop.bring(path).added == 2
    ids = [each.id for each in shop.knowledge()]
    with shop.database.reading() as stores:
        version = stores.knowledge.version("shop")
    again = shop.bring(path)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)
    with shop.database.reading() as stores:
        assert stores.knowledge.version("shop") == version
    shop.write("faq.csv", "question,answer\nHOW LONG,Three days\nWho?,We\n")
    third = shop.bring(path)
    assert (third.added, third.changed, third.unchanged) == (0, 1, 1)
    assert [(k.id, k.text) for k in shop.knowledge()] == [
        (ids[0], "Three days"),
        (ids[1], "We"),
    ]


def test_a_newer_copy_from_another_folder_updates(shop: Shop) -> None:
    shop.bring(shop.write("old/faq.csv", "question,answer\nWhen?,Monday\n"))
    report = shop.bring(shop.write("new/faq.csv", "question,answer\nWhen?,Friday\n"))
    assert (report.changed, shop.answers()) == (1, {"When?": "Friday"})


def test_two_tables_of_one_name_do_not_overwrite_each_other_unseen(shop: Shop) -> None:
    shop.write("s/a/faq.csv", "question,answer\nWhen?,Monday\nWho?,We\n")
    shop.write("s/b/faq.csv", "question,answer\nWhen?,Friday\n")
    report = shop.bring(shop.folder / "s")
    assert report.added == 2
    assert "contradicts line 2 of" in report.rejected[0].why


def test_a_dry_run_says_what_would_happen_and_writes_nothing(shop: Shop) -> None:
    path = shop.write("faq.csv", "question,answer\none,1\ntwo,2\n")
    shop.bring(path)
    shop.write("faq.csv", "question,answer\none,1\ntwo,II\nthree,3\nfour,\n")
    report = shop.bring(path, dry_run=True)
    assert (report.added, report.changed, report.unchanged) == (1, 1, 1)
    assert len(report.rejected) == 1
    assert shop.answers() == {"one": "1", "two": "2"}


def test_a_dry_run_needs_no_database(shop: Shop) -> None:
    path = shop.write("faq.csv", "question,answer\none,1\n")
    report = import_paths(
        [path],
        workspace="shop",
        database=None,
        now=lambda: NOON,
        new_id=lambda: "x",
        dry_run=True,
    )
    assert report.added == 1


def test_the_first_five_rows_are_shown_as_understood(shop: Shop) -> None:
    rows = "".join(f"问题{n}号？,{'答' * 100}\n" for n in range(9))
    report = shop.bring(shop.write("faq.csv", "问题,答案\n" + rows))
    assert len(report.preview) == 5
    first = report.preview[0]
    assert (first["question"], first["language"]) == ("问题0号？", "zh")
    assert len(first["text"]) == 60
    assert len(report.lines()) == 7
    assert report.lines()[0].startswith("read as table: ")
    assert report.lines()[-1] == "added 9, changed 0, unchanged 0, rejected 0"


def test_many_refusals_are_summed_up_for_people_and_listed_in_json(
    shop: Shop,
) -> None:
    rows = "".join(f"question {n},\n" for n in range(50))
    report = shop.bring(shop.write("faq.csv", "question,answer\n" + rows))
    assert "rejected 30 more: the answer is empty" in report.lines()
    assert len(report.to_json()["rejected"]) == 50


def test_a_missing_path_stops_everything_before_a_write(shop: Shop) -> None:
    good = shop.write("faq.csv", "question,answer\none,1\n")
    for missing in (shop.folder / "typo.csv", Path("/" + "x" * 5000)):
        with pytest.raises(BadInput) as caught:
            shop.bring(good, missing)
        assert caught.value.code == "KF-201"
    assert shop.knowledge() == []


def test_an_empty_folder_is_nothing_to_import(shop: Shop) -> None:
    with pytest.raises(BadInput) as caught:
        shop.bring(shop.folder)
    assert caught.value.code == "KF-202"


def test_an_unknown_kind_is_refused_with_the_known_ones() -> None:
    assert kind_named("") is None
    with pytest.raises(BadInput) as caught:
        kind_named("dreams")
    assert caught.value.code == "KF-203"


def test_a_folder_names_what_it_does_not_read(shop: Shop) -> None:
    shop.write("d/faq.csv", "question,answer\none,1\n")
    shop.write("d/.git/config.md", "# hidden\ntext")
    for name in ("a.png", "b.png", "notes.docx"):
        shop.write(f"d/deep/{name}", b"x")
    report = shop.bring(shop.folder / "d")
    assert report.added == 1
    assert {row.why for row in report.rejected} == {
        "2 .png files were not read",
        "1 .docx file was not read",
    }


def test_binary_content_under_a_table_s_name_is_refused(shop: Shop) -> None:
    report = shop.bring(shop.write("faq.csv", bytes(range(256)) * 40))
    assert report.rejected[0].why == "it is not a text file"
    report = shop.bring(shop.write("photo.png", b"x"))
    assert "does not read .png" in report.rejected[0].why


def test_more_rows_than_a_batch_arrive_and_progress_is_told(shop: Shop) -> None:
    rows = "".join(f"question number {n},answer {n}\n" for n in range(1201))
    told: list[tuple[str, float]] = []
    path = shop.write("faq.csv", "question,answer\n" + rows)
    report = shop.bring(path, progress=lambda stage, share: told.append((stage, share)))
    assert (report.added, len(shop.knowledge())) == (1201, 1201)
    assert told == [("import", 1.0)]
