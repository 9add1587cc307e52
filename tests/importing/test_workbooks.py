"""Excel workbooks: every sheet, formulas as values, bombs refused unread."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date

import pytest
from openpyxl import Workbook

from bot.importing.sheets import MAX_UNPACKED
from tests.importing.conftest import Shop


def saved(book: Workbook) -> bytes:
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def workbook() -> Workbook:
    book = Workbook()
    faq = book.active
    assert faq is not None
    faq.title = "常见问题"
    faq.append(["松果小铺 FAQ"])
    faq.append([])
    faq.append(["问题", "答案", "负责人"])
    faq.append(["几天到？", 3.0, "王"])
    faq.append(["何时开业？", date(2026, 5, 1), "李"])
    faq.append(["空的？", None, "李"])
    more = book.create_sheet("Documents")
    more.append(["title", "text"])
    more.append(["Returns", "Within 30 days."])
    book.create_sheet("Notes").append(["colour", "size"])
    return book


def replaced(content: bytes, part: str, change: Callable[[str], str]) -> bytes:
    """The workbook with one of its parts changed."""
    new = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(new, "w") as copy:
        for name in old.namelist():
            text = old.read(name).decode()
            copy.writestr(name, change(text) if name == part else text)
    return new.getvalue()


def test_every_sheet_is_read_with_its_own_columns(shop: Shop) -> None:
    path = shop.write("faq.xlsx", saved(workbook()))
    report = shop.bring(path)
    assert shop.answers() == {
        "几天到？": "3",
        "何时开业？": "2026-05-01",
        "Returns": "Within 30 days.",
    }
    (row,) = report.rejected
    assert (row.line, row.path) == (6, f"{path} [常见问题]")
    assert "formula" in row.fix
    assert shop.bring(path).unchanged == 3


def test_a_formula_counts_as_its_value(shop: Shop) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["question", "answer"])
    sheet.append(["How many?", "=20+22"])
    unsaved = shop.bring(shop.write("f.xlsx", saved(book)))
    assert [row.why for row in unsaved.rejected] == ["the answer is empty"]
    calculated = replaced(
        saved(book),
        "xl/worksheets/sheet1.xml",
        lambda text: re.sub("</f><v ?/>|</f><v></v>", "</f><v>42</v>", text),
    )
    shop.bring(shop.write("f.xlsx", calculated))
    assert shop.answers() == {"How many?": "42"}


def test_a_bomb_is_refused_before_it_is_unpacked(shop: Shop) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", bytes(MAX_UNPACKED + 1))
    report = shop.bring(shop.write("bomb.xlsx", content.getvalue()))
    assert "unpack" in report.rejected[0].why


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml"])
def test_entities_that_multiply_are_refused(shop: Shop, part: str) -> None:
    laughs = '<!DOCTYPE x [<!ENTITY a "ha">'
    laughs += "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 20}">' for n in range(9)
    )
    content = replaced(saved(workbook()), part, lambda _: f"{laughs}]><x>&j;</x>")
    report = shop.bring(shop.write("laughs.xlsx", content))
    assert "not a sound Excel workbook" in report.rejected[0].why
    assert report.added == 0


def test_what_is_no_workbook_is_named(shop: Shop) -> None:
    empty = io.BytesIO()
    with zipfile.ZipFile(empty, "w"):
        pass
    a = shop.write("a.xlsx", b"question,answer\n")
    b = shop.write("b.xlsx", empty.getvalue())
    c = shop.write("c.xlsx", saved(workbook())[:3000])
    report = shop.bring(a, b, c)
    assert [row.path for row in report.rejected] == [str(a), str(b), str(c)]
    assert all("sound Excel workbook" in row.why for row in report.rejected)
