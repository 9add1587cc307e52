"""A draft that went astray is told from a sound one, in both languages."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.degenerate import LONGEST, faults
from tests.growth import times_as_much

DEMO = Path(__file__).parents[2] / "bot" / "demo"

ASTRAY = [
    # empty
    ("en", "", "says nothing"),
    ("zh", " \n。。。", "says nothing"),
    ("zh", "🙂🙂", "says nothing"),
    ("en", "Yes. " * 1000, "too long"),
    # loops: letters, words, phrases, clauses, few words in many
    ("en", "You can return ittttttttttt.", "repeats"),
    ("zh", "好好好好好好好好的。", "repeats"),
    ("en", "You can can return it.", "repeats"),
    ("en", "Open the order the order and press it.", "repeats"),
    ("zh", "三十天内可以退货，三十天内可以退货。", "repeats"),
    ("zh", "运费10元，运费10元，运费10元，运费10元。", "repeats"),
    ("en", "The fee is ¥10, the fee is ¥10, the fee is ¥10.", "repeats"),
    (
        "en",
        "It may be sent back or it may be sent out or it may be sent in and it may be "
        "sent on.",
        "repeats",
    ),
    (
        "en",
        "We send it or send us it so us we or it send so we it or us send it or so we "
        "us it send or so us it.",
        "repeats",
    ),
    # another language, wholly or half-way
    ("zh", "You can return it within 30 days.", "not written in zh"),
    ("en", "签收后30天内可以退货。", "not written in en"),
    ("zh", "保証期間は三十日間で、返品も可能です。", "not written in zh"),
    ("en", "Возврат within 30 дней после получения.", "not written in en"),
    (
        "zh",
        "签收后30天内可以退货，运费由我们承担。You can return it within a month.",
        "stay in zh",
    ),
    (
        "en",
        "You can return it within a month and it is free of charge. 三十天内可以退货。",
        "stay in en",
    ),
    # cut words and broken bytes
    ("en", "You can return it within thir", "not finished"),
    ("zh", "签收后30天内可以退", "not finished"),
    ("zh", "点击“我的订单", "not finished"),
    ("zh", "点击“我的订单。", "not finished"),
    ("en", "Returns are free (within 30 days.", "not finished"),
    ("zh", "，可以退货。", "in the middle"),
    ("en", ") and it is free.", "in the middle"),
    ("zh", "可以退\ufffd。", "control"),
    ("zh", "可以退<0xE8>。", "control"),
    ("en", "You can \ud83d return it.", "control"),
    ("en", "A cafÃ© voucher is valid for a year.", "read wrongly"),
    ("zh", "å¯ä»¥退货，三十天内都可以。", "read wrongly"),
    ("en", "It\u00e2\u20ac\u2122s free of charge.", "read wrongly"),
    # pieces of templates
    ("en", "It is free.<|end|>", "control"),
    ("zh", "免运费。</s>", "control"),
    ("zh", "免运费。[INST]", "control"),
    ("en", "### Response:\nIt is free.", "control"),
    ("en", "It is free. <start_of_turn>", "control"),
    ("en", "Agent: it is free.", "speakers"),
    ("zh", "可以。\n客户：谢谢。", "speakers"),
]
SOUND = [
    ("en", "You can return it within 30 days."),
    ("en", "Yes!"),
    ("en", ".5 kg is the least that we ship."),
    ("en", "1) Open My orders. 2) Choose the order. 3) Tap Return."),
    ("en", "Open the page 我的订单 in the app and then tap 申请退货."),
    ("en", "It is now. Now you can pay, and paying again and again is not needed."),
    ("en", "A café voucher of À la carte costs ¥10 – naïve prices, says São Paulo."),
    ("zh", "可以的。"),
    ("zh", "签收后30天内可以退货，运费10元。"),
    ("zh", "请打开 My orders and returns 页面，点“申请退货”。"),
    ("zh", "哈哈哈，谢谢您！"),
    ("zh", "感谢您购买キティ，三十天内可以退货，运费由我们承担，请保留好包装。"),
    ("zh", "发到 help@pinecone.example 即可😊"),
    ("zh", "收费标准如下：\n1）标准配送8元；\n2）加急配送25元。"),
]


@pytest.mark.parametrize(("language", "draft", "fault"), ASTRAY)
def test_a_draft_that_went_astray_is_told(
    language: str, draft: str, fault: str
) -> None:
    found = faults(draft, language)
    assert any(fault in each for each in found), found


@pytest.mark.parametrize(("language", "draft"), SOUND)
def test_a_sound_draft_has_no_fault(language: str, draft: str) -> None:
    assert faults(draft, language) == []


def test_no_answer_that_people_wrote_is_taken_for_a_strayed_one() -> None:
    lines = (DEMO / "knowledge.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert len(rows) > 50
    assert not [
        row for row in rows if faults(row["answer"], row.get("language") or "en")
    ]


@pytest.mark.parametrize("piece", ["a", "ab ", "退货", "1,", "a a", "(", "Ã", "一 "])
def test_a_hostile_text_costs_no_more_than_a_sound_one(piece: str) -> None:
    sound = " ".join(
        f"Take part {n} of box {n * 31 % 97} to room {n}." for n in range(40)
    )
    hostile = piece * (LONGEST // len(piece))
    assert faults(hostile, "zh")
    cost = times_as_much(
        lambda: faults(hostile, "zh"), lambda: faults(sound[:LONGEST], "en")
    )
    assert cost < 2


def test_a_text_that_is_too_long_is_not_read() -> None:
    assert faults("a" * 500_000, "zh") == ["it is too long"]
    cost = times_as_much(
        lambda: faults("退货" * 250_000, "zh"), lambda: faults("退货" * 500, "zh")
    )
    assert cost < 4


@settings(max_examples=100, deadline=None)
@given(draft=st.text(max_size=300), language=st.sampled_from(["zh", "en", "ja", ""]))
def test_any_text_gets_a_verdict(draft: str, language: str) -> None:
    assert isinstance(faults(draft, language), list)
