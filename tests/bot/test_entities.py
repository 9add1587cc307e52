"""Entities stand where they are said to stand, and mean what the calendar says."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.amounts import amounts
from bot.entities import Names, find, merged
from bot.moments import days
from bot.privacy import half_width
from storage.records import Entity
from tests.growth import times_as_much

MONDAY = date(2026, 11, 23)
SHOP = Names(products=("Aurora Lamp", "Aurora Lamp Mini", "晨光台灯"))


def found(text: str) -> list[tuple[str, str]]:
    return [(each.type, each.text) for each in find(text, MONDAY, SHOP)]


def values(text: str, kind: str) -> list[dict[str, str]]:
    return [dict(e.value) for e in find(text, MONDAY, SHOP) if e.type == kind]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("今天能发吗", "2026-11-23"),
        ("明天到吗", "2026-11-24"),
        ("大后天再送", "2026-11-26"),
        ("昨晚下的单", "2026-11-22"),
        ("下周五送", "2026-12-04"),
        ("本周五送", "2026-11-27"),
        ("上上周日买的", "2026-11-15"),
        ("周五送", "2026-11-27"),
        ("三天后发货", "2026-11-26"),
        ("两周前买的", "2026-11-09"),
        ("3个月前买的", "2026-08-23"),
        ("月底前退款", "2026-11-30"),
        ("下个月初", "2026-12-01"),
        ("下个月3号", "2026-12-03"),
        ("年底之前", "2026-12-31"),
        ("下周能到吗", "2026-W49"),
        ("上个月的账单", "2026-10"),
        ("2026年三月五日", "2026-03-05"),
        ("１２月１号", "2026-12-01"),
        ("1月5日寄", "2027-01-05"),
        ("十一月二十三号", "2026-11-23"),
        ("15号之前", "2026-11-15"),
        ("2026-02-28", "2026-02-28"),
        ("tomorrow please", "2026-11-24"),
        ("the day after tomorrow", "2026-11-25"),
        ("Next Friday", "2026-12-04"),
        ("this Friday", "2026-11-27"),
        ("last friday", "2026-11-20"),
        ("on Wednesday", "2026-11-25"),
        ("in 3 days", "2026-11-26"),
        ("a week ago", "2026-11-16"),
        ("two months ago", "2026-09-23"),
        ("on 12 May", "2027-05-12"),
        ("May 12th, 2026", "2026-05-12"),
        ("December 1", "2026-12-01"),
        ("12/25/2026", "2026-12-25"),
        ("by the end of the month", "2026-11-30"),
        ("next week", "2026-W49"),
    ],
)
def test_a_day_is_counted_from_the_day_of_the_message(text: str, day: str) -> None:
    assert values(text, "date") == [{"date": day}]


@pytest.mark.parametrize(
    "text",
    [
        "2026年2月30日",
        "03/04/2026",
        "5号楼",
        "1号店",
        "第三天后面",
        "you may send it",
        "3个月内",
        "99999年",
    ],
)
def test_what_is_no_day_or_anyones_guess_is_none(text: str) -> None:
    assert days(half_width(text), MONDAY) == []


def test_a_month_later_ends_where_the_month_ends() -> None:
    assert days("一个月后", date(2027, 1, 31)) == [(0, 4, "2027-02-28")]


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("¥1,299.50", "1299.5", "CNY"),
        ("￥９９", "99", "CNY"),
        ("三千五百块", "3500", "CNY"),
        ("两块钱", "2", "CNY"),
        ("五十块五", "50.5", "CNY"),
        ("退我200元", "200", "CNY"),
        ("1.2万元", "12000", "CNY"),
        ("$20", "20", "USD"),
        ("20 dollars", "20", "USD"),
        ("US$ 1.5k", "1500", "USD"),
        ("EUR 30", "30", "EUR"),
        ("£5.00", "5", "GBP"),
        ("3000日元", "3000", "JPY"),
        ("HK$88", "88", "HKD"),
    ],
)
def test_an_amount_has_its_number_and_currency(
    text: str, amount: str, currency: str
) -> None:
    assert values(text, "amount") == [{"amount": amount, "currency": currency}]


def test_a_range_of_money_has_two_ends_and_a_piece_of_cake_no_price() -> None:
    assert values("50-100元", "amount") == [
        {"from": "50", "to": "100", "currency": "CNY"}
    ]
    assert amounts("一块蛋糕和三块电池，上元节") == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("我的订单号是 A-1001", "A-1001"),
        ("订单13812345678到哪了", "13812345678"),
        ("order #12345", "12345"),
        ("my order number is KF20261123001", "KF20261123001"),
        ("KF20261123001 到哪了", "KF20261123001"),
        ("订单号：ＡＢ１２３４", "ＡＢ１２３４"),
        ("202611231234567 什么时候到", "202611231234567"),
    ],
)
def test_order_numbers(text: str, number: str) -> None:
    assert found(text) == [("order_number", number)]


def test_a_shop_can_say_what_its_order_numbers_look_like() -> None:
    known = Names(order_number=r"\bZZ(\d{3})\b")
    entities = find("ZZ123 and A-1001", MONDAY, known)
    assert [(each.type, each.text) for each in entities] == [("order_number", "123")]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("13812345678", "+8613812345678"),
        ("138-1234-5678", "+8613812345678"),
        ("+86 138 1234 5678", "+8613812345678"),
        ("010-62345678", "+861062345678"),
        ("(415) 555-2671", "+14155552671"),
        ("my phone: 4155552671", "+14155552671"),
        ("+44 20 7946 0958", "+442079460958"),
    ],
)
def test_a_phone_is_given_as_it_is_dialled_from_anywhere(
    text: str, number: str
) -> None:
    assert values(text, "phone") == [{"phone": number}]


def test_identity_and_card_numbers_are_no_entities_of_any_kind() -> None:
    assert found("身份证11010519491231002X，卡号4111111111111111") == []


def test_a_message_with_everything() -> None:
    text = (
        "我叫张伟，订单A-1001里的晨光台灯明天寄到北京市朝阳区建国路88号院3号楼1205室，"
        "邮箱 Zhang@Example.com"
    )
    assert found(text) == [
        ("name", "张伟"),
        ("order_number", "A-1001"),
        ("product", "晨光台灯"),
        ("date", "明天"),
        ("address", "北京市朝阳区建国路88号院3号楼1205室"),
        ("email", "Zhang@Example.com"),
    ]
    assert values(text, "email") == [{"email": "zhang@example.com"}]


def test_english_names_addresses_and_products() -> None:
    text = (
        "My name is Jane Doe, send an aurora lamp mini to 12 High Street, Springfield"
    )
    assert found(text) == [
        ("name", "Jane Doe"),
        ("product", "aurora lamp mini"),
        ("address", "12 High Street, Springfield"),
    ]


@pytest.mark.parametrize(
    "text", ["I am angry", "我是会员", "区区小事", "路上", "", "🙂"]
)
def test_what_merely_looks_like_one_is_left_alone(text: str) -> None:
    assert found(text) == []


_PIECES = st.sampled_from(
    [
        "订单号",
        "A-1001",
        "明天",
        "下周五",
        "三千块",
        "¥",
        "1,299",
        "元",
        "138",
        "-",
        " ",
    ]
    + [
        "next ",
        "Friday",
        "in 3 days",
        "朝阳区",
        "建国路88号",
        "我叫",
        "张伟",
        "，",
        "@",
    ]
    + ["\ud800", "😀", "\u200f", "İ", "ﬀ", "２０２６", "年", "月", "号", "#", "+86 "]
)


@given(st.one_of(st.text(), st.lists(_PIECES, max_size=12).map("".join)))
def test_any_text_survives_and_every_entity_is_cut_from_it(text: str) -> None:
    entities = find(text, MONDAY, SHOP)
    assert all(text[each.start : each.end] == each.text != "" for each in entities)
    ends = [0, *(each.end for each in entities)]
    assert all(each.start >= end for each, end in zip(entities, ends, strict=False))


def of_length(piece: str, length: int) -> str:
    return (piece * length)[:length]


@pytest.mark.parametrize(
    "piece", ["区", "1", "1,", "一", "@", "A ", "路1号", "1-", "#1", "1块", "明天"]
)
def test_a_long_text_costs_its_length(piece: str) -> None:
    short, long = of_length(piece, 500), of_length(piece, 4000)
    eightfold = times_as_much(
        lambda: find(long, MONDAY, SHOP), lambda: find(short, MONDAY, SHOP)
    )
    assert eightfold < 24  # 8 where it grows evenly, 64 where it grows by the square


def test_only_the_beginning_of_a_document_is_read() -> None:
    message, document = of_length("1,", 10_000), of_length("1,", 400_000)
    assert find(document + "明天", MONDAY, SHOP) == find(message, MONDAY, SHOP)
    cost = times_as_much(
        lambda: find(document, MONDAY, SHOP), lambda: find(message, MONDAY, SHOP)
    )
    assert cost < 4


@pytest.mark.parametrize("last", [date.min, date.max])
def test_the_ends_of_the_calendar_are_survived(last: date) -> None:
    find(
        "明天 三年前 上上周日 next Friday in 9 years 12月3号 下个月底 15号", last, SHOP
    )


def test_the_latest_of_each_type_fills_its_slot() -> None:
    def entity(kind: str, text: str) -> Entity:
        return Entity(type=kind, text=text, start=0, end=len(text), value={kind: text})

    before = (entity("phone", "1"), entity("order_number", "A-1001"))
    now = (entity("order_number", "A-1002"), entity("order_number", "A-1003"))
    slots = {each.type: each.text for each in merged(before, now)}
    assert slots == {"phone": "1", "order_number": "A-1003"}
