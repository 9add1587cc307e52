"""Tables come in whatever program saved them, and one bad line costs one line."""

import pytest

from bot.importing import Kind
from storage.records import KnowledgeKind
from tests.importing.conftest import Shop

FAQ = "问题,答案\n怎么退货？,三十天内可退。\n几点营业？,每天9点到21点。\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_a_chinese_table_reads_the_same_in_every_encoding(
    shop: Shop, encoding: str
) -> None:
    report = shop.bring(shop.write("faq.csv", FAQ.encode(encoding)))
    assert (report.added, report.rejected) == (2, ())
    assert shop.answers() == {
        "怎么退货？": "三十天内可退。",
        "几点营业？": "每天9点到21点。",
    }
    assert {each.language for each in shop.knowledge()} == {"zh"}


def test_curly_quotes_of_a_western_spreadsheet_are_no_chinese(shop: Shop) -> None:
    text = "Question;Answer\nWhat’s open?;We’re open daily, café too.\n"
    shop.bring(shop.write("faq.csv", text.encode("cp1252")))
    assert shop.answers() == {"What’s open?": "We’re open daily, café too."}


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_found(shop: Shop, delimiter: str) -> None:
    lines = ["Question|Answer (approved)", "Do you ship, and when|Yes"]
    text = "\n".join(
        delimiter.join(f'"{cell}"' for cell in line.split("|")) for line in lines
    )
    shop.bring(shop.write("faq.csv", text))
    assert shop.answers() == {"Do you ship, and when": "Yes"}


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("问题,答案", "answer"),
        ("标准问题,标准回答", "answer"),
        ("Question,Answer", "answer"),
        ("意图,回答", "answer"),
        ("标题,内容", "passage"),
        ("title,text", "passage"),
        ("内容,意图", "labelled question"),
        ("text,intent", "labelled question"),
        ("问题,意图", "labelled question"),
    ],
)
def test_column_names_say_what_a_table_holds(
    shop: Shop, header: str, kind: str
) -> None:
    report = shop.bring(shop.write("x.csv", f"{header}\nfirst words,second words\n"))
    assert [row["kind"] for row in report.preview] == [kind]


def test_said_kind_wins_over_the_guess(shop: Shop) -> None:
    table = "question,answer,intent\nwhere is it,In the box,order_status\n"
    path = shop.write("x.csv", table)
    shop.bring(path, kind=Kind.INTENTS)
    assert [(q.text, q.intent) for q in shop.questions()] == [
        ("where is it", "order_status")
    ]
    assert shop.knowledge() == []
    shop.bring(path, kind=Kind.KNOWLEDGE)
    assert [(k.kind, k.intent) for k in shop.knowledge()] == [
        (KnowledgeKind.ANSWER, "order_status")
    ]


def test_a_label_column_is_an_intent_only_when_intents_are_asked_for(
    shop: Shop,
) -> None:
    path = shop.write("x.csv", "text,label\ngreat food,positive\n")
    assert "cannot tell" in shop.bring(path).rejected[0].why
    shop.bring(path, kind=Kind.INTENTS)
    assert [q.intent for q in shop.questions()] == ["positive"]


def test_every_broken_line_is_named_and_no_other_is_lost(shop: Shop) -> None:
    table = (
        "question,answer\n"  # 1
        "one,fine\n"  # 2
        "two,\n"  # 3 no answer
        "three,with, a comma\n"  # 4 too many cells
        '"four"x,answer\n'  # 5 text after a closing quote
        "five,fine\n"  # 6
        '"six, ""quoted""","on\ntwo lines"\n'  # 7 and 8
        "???,answer\n"  # 9 no word
        "\n"  # 10 blank: no row at all
        "seven,=HYPERLINK(1)\n"  # 11
        "five,fine\n"  # 12 again
        "Five!,other\n"  # 13 contradicts 6
        '"eight,never closed\n'  # 14
        "nine,fine\n"  # 15
    )
    report = shop.bring(shop.write("faq.csv", table))
    assert shop.answers() == {
        "one": "fine",
        "five": "fine",
        'six, "quoted"': "on\ntwo lines",
        "nine": "fine",
    }
    reasons = {row.line: row.why for row in report.rejected}
    assert list(reasons) == [3, 4, 5, 9, 11, 12, 13, 14]
    assert reasons[3] == "the answer is empty"
    assert "3 cells under 2 columns" in reasons[4]
    assert "quotation mark" in reasons[5]
    assert "quotation mark" in reasons[14]
    assert "no word" in reasons[9]
    assert "formula" in reasons[11]
    assert "repeats line 6" in reasons[12]
    assert "contradicts line 6" in reasons[13]
    assert all(row.fix and row.path.endswith("faq.csv") for row in report.rejected)


def test_one_bad_byte_costs_its_line_not_the_encoding(shop: Shop) -> None:
    table = (
        FAQ.encode() + b"\xe5\xff\xe4,\xe5\xa5\xbd\n" + "发票？,电子发票。\n".encode()
    )
    report = shop.bring(shop.write("faq.csv", table))
    assert report.added == 3
    assert [(row.line, "bytes" in row.why) for row in report.rejected] == [(4, True)]


def test_a_pasted_megabyte_is_refused(shop: Shop) -> None:
    big = "question,answer\n" + "a" * 20 + "," + "b" * 1_000_000 + "\nok,fine\n"
    report = shop.bring(shop.write("faq.csv", big))
    assert shop.answers() == {"ok": "fine"}
    assert [row.line for row in report.rejected] == [2]
    assert "characters" in report.rejected[0].why


def test_a_language_column_is_believed_and_others_refused(shop: Shop) -> None:
    table = "question,answer,language\nOK,OK,zh-CN\nYes,Yes,英文\nOui,Oui,fr\n"
    report = shop.bring(shop.write("faq.csv", table))
    assert [each.language for each in shop.knowledge()] == ["zh", "en"]
    assert "'fr'" in report.rejected[0].why


def test_unknown_columns_say_which_names_are_known(shop: Shop) -> None:
    report = shop.bring(shop.write("x.csv", "colour,size\nred,XL\n"))
    (row,) = report.rejected
    assert "colour, size" in row.why
    assert "问题" in row.fix


def test_columns_that_were_not_used_are_named(shop: Shop) -> None:
    table = "question,answer,owner\na b,{{Name}} knows,me\n"
    report = shop.bring(shop.write("x.csv", table))
    assert any(note.endswith("not used: owner") for note in report.notes)
    assert any("{{...}}" in note for note in report.notes)


@pytest.mark.parametrize("content", ["", "\n\n"])
def test_an_empty_file_is_said_to_be_empty(shop: Shop, content: str) -> None:
    assert "empty" in shop.bring(shop.write("x.csv", content)).rejected[0].why
