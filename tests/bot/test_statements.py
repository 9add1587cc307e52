"""A draft leaves if one passage says it and the question asks for just that."""

import pytest

from bot.guard import check
from bot.stated import statements
from bot.terms import content

HOTEL = (
    "The Harbour hotel opens at 7 am. Its wifi password is QX7-991. Write to "
    "desk@harbour.example about the Harbour hotel. The Harbour hotel takes pets from "
    "Monday to Thursday."
)
LODGE = "For the Brisel lodge, the deposit is $40. The Brisel lodge opens at 9 am."
SOURCES = (HOTEL, LODGE)
SAUNA = "云谷桑拿晚上8点开门。它的押金是60元。云谷桑拿的预约电话是400-555-0136。"
LIBRARY = "松林书店的押金是80元。"
QUELLEN = (SAUNA, LIBRARY)


@pytest.mark.parametrize(
    ("question", "draft"),
    [
        ("When does the Harbour hotel open?", "The Harbour hotel opens at 7 am."),
        ("wifi password of the Harbour hotel", "Its wifi password is QX7-991."),
        ("What is the Brisel lodge's deposit?", "The deposit is $40."),
        (
            "when may I bring pets to the Harbour hotel",
            "The Harbour hotel takes pets from Monday to Thursday.",
        ),
    ],
)
def test_what_answers_may_leave(question: str, draft: str) -> None:
    assert check(draft, SOURCES, question, "en") == []


@pytest.mark.parametrize(
    ("question", "draft", "objection"),
    [
        (
            "When does the Harbour hotel open?",
            "The Brisel lodge opens at 9 am.",
            "another passage is about the question",
        ),
        (
            "What is the wifi password of the Harbour hotel?",
            "The Harbour hotel opens at 7 am.",
            "another sentence",
        ),
        (
            "When does the Harbour hotel open?",
            "The Harbour hotel opens at 7 am. The Brisel lodge opens at 9 am.",
            "two passages in one reply",
        ),
        (
            "When may I bring pets to the Harbour hotel?",
            "The Harbour hotel takes pets from Monday.",
            "half of a range",
        ),
        (
            "When does the Zwolken hostel open?",
            "The Harbour hotel opens at 7 am.",
            "a name in the question stands in no passage",
        ),
        (
            "What is the deposit of the Harbour hotel?",
            "For the Harbour hotel, the deposit is $40.",
            "",
        ),
    ],
)
def test_what_answers_something_else_is_kept_back(
    question: str, draft: str, objection: str
) -> None:
    found = check(draft, SOURCES, question, "en")
    assert any(objection in each for each in found), found


def test_the_same_holds_in_chinese() -> None:
    assert check("云谷桑拿晚上8点开门。", QUELLEN, "云谷桑拿几点开门", "zh") == []
    assert check("松林书店的押金是80元。", QUELLEN, "松林书店押金多少钱", "zh") == []
    for draft in ("松林书店的押金是80元。", "云谷桑拿晚上8点开门。"):
        assert check(draft, QUELLEN, "云谷桑拿的押金是多少钱", "zh"), draft
    spliced = "云谷桑拿的押金是80元。"
    assert check(spliced, QUELLEN, "云谷桑拿的押金是多少钱", "zh")


def test_a_sentence_that_says_it_is_about_what_the_one_before_named() -> None:
    _, password, *_ = statements([HOTEL])
    assert content("Harbour hotel wifi password") <= password.about


def test_endings_and_small_words_do_not_matter() -> None:
    assert content("Is billing done?") == content("the bills")
    assert content("请问押金是多少？") == content("押金")


KEPT = (
    "Order records are kept for 3 years; chats with us are deleted after 180 days and "
    "photos of damaged goods after 1 year."
)


@pytest.mark.parametrize(
    ("draft", "leaps"),
    [
        ("Chats with us are deleted after 1 year.", True),
        ("Chats with us are deleted after 180 days.", False),
        ("Order records are kept for 3 years.", False),
        (KEPT, False),
    ],
)
def test_a_fact_is_not_moved_to_what_stands_before_it(draft: str, leaps: bool) -> None:
    asked = "when are my chats with you deleted?"
    said = [each.partition(":")[0] for each in check(draft, [KEPT], asked, "en")]
    assert ("leaps over a fact" in said) is leaps
