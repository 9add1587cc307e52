"""The Bergen office is not the Oslo office, though all other words are the same."""

import pytest

from bot.guard import check
from bot.namesakes import about_another
from bot.terms import content

OSLO = "Does the Oslo office open on Sunday?"


@pytest.mark.parametrize(
    ("question", "told", "another"),
    [
        (OSLO, "The Bergen office opens on Sunday.", True),
        (OSLO, "The Oslo office opens on Sunday.", False),
        (OSLO, "The Oslo and the Bergen office open on Sunday.", False),
        (OSLO, "The office opens on Sunday.", False),
        (OSLO, "Every office opens on Sunday.", False),
        (OSLO, "Bergen's office opens on Sunday.", False),  # it may begin a sentence
        ("Does the office open on Sunday?", "The Bergen office opens.", False),
        ("How can I complain about flight D183?", "Flight M324: write to us.", True),
        ("How can I complain about flight D183?", "Flight D183: write to us.", False),
        ("How can I complain about flight d183?", "Flight D183: write to us.", False),
        ("How can I complain about flight D183?", "Write to us.", False),
        ("the zurk restaurant, when does it open", "The Pleab restaurant opens.", True),
        ("WHEN DOES THE OSLO OFFICE OPEN?", "The Bergen office opens at 9.", False),
        ("Where is my order 204881?", "An order takes 3 days.", False),
        ("Can I pay with a Visa card?", "Cards are welcome.", False),
        ("", "", False),
    ],
)
def test_names_beside_the_same_noun_tell_things_apart(
    question: str, told: str, *, another: bool
) -> None:
    assert about_another(question, told, content(told), []) is another


@pytest.mark.parametrize(
    ("question", "told", "elsewhere", "another"),
    [
        (
            "睡袋投诉邮箱是啥",
            "请注意，帐篷的投诉邮箱是a@b.example。",
            "睡袋可以退。",
            True,
        ),
        (
            "睡袋投诉邮箱是啥",
            "请注意，睡袋的投诉邮箱是a@b.example。",
            "帐篷可退。",
            False,
        ),
        ("睡袋投诉邮箱是啥", "投诉邮箱是a@b.example。", "睡袋可以退。", False),
        ("你们投诉邮箱是啥", "帐篷的投诉邮箱是a@b.example。", "睡袋可以退。", False),
        ("蛙诺卡剩余电量多少呀", "孵偏局的剩余电量是40%。", "帐篷可退。", True),
        # Words of a kind may mean the same; only another passage tells them apart.
        ("普通快递运费多少", "标准件运费8元。", "帐篷可退。", False),
        ("杉木书房电话多少", "海盐书房的电话是400-555-0136。", "帐篷可退。", True),
        ("西湖店停车收费吗", "成都店停车免费。", "西湖店周一休息。", True),
    ],
)
def test_what_stands_before_the_same_words_tells_them_apart(
    question: str, told: str, elsewhere: str, *, another: bool
) -> None:
    assert about_another(question, told, content(told), [content(elsewhere)]) is another


def test_the_guard_keeps_back_what_is_about_a_namesake() -> None:
    told = "The Bergen office opens on Sunday at 9:00."
    assert any("another thing" in o for o in check(told, [told], OSLO, "en"))
    own = told.replace("Bergen", "Oslo")
    assert check(own, [own, told], OSLO, "en") == []
