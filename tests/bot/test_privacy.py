"""Personal data is replaced wherever it stands; everything else stays as it is."""

import pytest

from bot.privacy import mask


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("call 13812345678", "call [phone]"),
        ("我的手机138 1234 5678，谢谢", "我的手机[phone]，谢谢"),
        ("电话１３８１２３４５６７８。", "电话[phone]。"),
        ("+86 138-1234-5678", "[phone]"),
        ("打0571-87654321找我", "打[phone]找我"),
        ("(021) 6234 5678", "[phone]"),
        ("010-62345678转1", "[phone]转1"),
        ("hotline 400-555-0136", "hotline [phone]"),
        ("+44 20 7946 0958 is mine", "[phone] is mine"),
        ("ring +1 (650) 253-0000", "ring [phone]"),
        ("邮箱a.b-c@mail.example.com呢", "邮箱[email]呢"),
        ("X.Y+z@EXAMPLE.ORG", "[email]"),
        ("ＡＢ＠ｅｘａｍｐｌｅ．ｃｏｍ", "[email]"),
        ("身份证11010519491231002X", "身份证[id]"),
        ("110105 19491231 002x!", "[id]!"),
        ("卡号6222 0212 3456 7890 128", "卡号[card]"),
        ("visa 4111-1111-1111-1111", "visa [card]"),
        ("a@b.cn and 13812345678", "[email] and [phone]"),
    ],
)
def test_personal_data_is_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "order 20488",
        "订单号20231123456789012",
        "SF1234567890123",
        "订单 1381234567890",
        "#13812345678",
        "¥1,299.00 for 2 of them",
        "16:00-21:30, 2026-11-23",
        "110105194912310021",  # the check digit is wrong
        "4111 1111 1111 1112",  # so is this one's
        "version 1.2.3.4",
        "@here and me@",
        "没有任何号码",
        "",
    ],
)
def test_nothing_else_is_masked(text: str) -> None:
    assert mask(text) == text


def test_masking_twice_changes_nothing_more() -> None:
    once = mask("a@b.cn 13812345678 11010519491231002X")
    assert mask(once) == once == "[email] [phone] [id]"
