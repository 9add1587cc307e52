"""The guard lets a written reply leave only when its sources carry every word of it."""

import json
from pathlib import Path

import pytest

from bot.guard import check

DELIVERY_EN = (
    "Standard delivery takes 2 to 4 working days and costs ¥8; it is free from ¥99. "
    "Express arrives the next day in 32 cities for ¥25. Orders paid before 16:00 leave "
    "Hangzhou the same working day. We do not accept cash on delivery."
)
RETURNS_EN = (
    "You can return unused items within 30 days of delivery. Opened food-contact items "
    "are not accepted once used. Return shipping is free if it was our fault, "
    "otherwise ¥10 is deducted. Refunds reach the original payment method 3 to 5 "
    "working days after the parcel arrives."
)
CONTACT_EN = (
    "Write to help@pinecone.example or call 400-555-0136 from 9:00 to 21:00 daily. "
    "Jobs are listed at https://pinecone.example/jobs. The sale ends on "
    "23 November 2026. Members of Forest pay ¥88 a year and get 5 % off. "
    "Complaints to Pinecone are answered by a person within 2 working days."
)
DELIVERY_ZH = (
    "标准配送2至4个工作日送达，运费8元，满99元包邮。加急次日达覆盖32个城市，运费25元。"
    "16:00前付款的订单当个工作日从杭州发出。我们不支持货到付款。大件由京东物流配送。"
)
RETURNS_ZH = (
    "未使用的商品签收后30天内可以退货。拆封使用过的食品接触类商品不能退货。"
    "因我们的原因退货，运费由我们承担，否则扣除10元。包裹到仓后3到5个工作日退款，"
    "原路退回。打开“我的订单”，点“申请退货”即可。"
)
CONTACT_ZH = (
    "客服时间每天9:00到21:00，电话400-555-0136，邮箱help@pinecone.example。"
    "活动截止到2026年11月23日。森林会员每年88元，享九五折。招聘信息见pinecone.example/jobs。"
)
EN = (DELIVERY_EN, RETURNS_EN, CONTACT_EN)
ZH = (DELIVERY_ZH, RETURNS_ZH, CONTACT_ZH)

ROWS = [
    json.loads(line)
    for line in Path(__file__).with_name("drafts.jsonl").read_text("utf-8").splitlines()
]
ACCEPTED = [row for row in ROWS if row["objection"] is None]
REFUSED = [row for row in ROWS if row["objection"] is not None]


@pytest.mark.parametrize("row", ACCEPTED, ids=lambda row: row["draft"])
def test_a_draft_that_its_sources_carry_may_leave(row: dict[str, str]) -> None:
    sources = ZH if row["language"] == "zh" else EN
    assert check(row["draft"], sources, row["question"], row["language"]) == []


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: row["draft"])
def test_a_draft_that_says_more_than_its_sources_is_refused(
    row: dict[str, str],
) -> None:
    sources = ZH if row["language"] == "zh" else EN
    objections = check(row["draft"], sources, row["question"], row["language"])
    assert any(row["objection"] in each for each in objections), objections


def test_the_table_is_long_enough_to_mean_something() -> None:
    assert len(ACCEPTED) >= 30
    assert len(REFUSED) >= 60


@pytest.mark.parametrize(("language", "sources"), [("en", EN), ("zh", ZH)])
def test_a_source_sentence_word_for_word_is_never_refused(
    language: str, sources: tuple[str, ...]
) -> None:
    for source in sources:
        assert check(source, sources, "?", language) == []


def test_without_sources_nothing_with_content_may_leave() -> None:
    assert check("Standard delivery takes 2 to 4 working days.", [], "How long?", "en")
    assert check("标准配送2至4个工作日送达。", [], "多久到", "zh")


@pytest.mark.parametrize("draft", ["\ud800", "\x00" * 50, "🙂🙂", "a" * 5000, "١٢٣"])
def test_any_text_gets_a_verdict(draft: str) -> None:
    assert check(draft, EN, "?", "en")


@pytest.mark.parametrize(
    "piece", ["1", "a", "1,", "one ", "¥1-", "三", "a@", '"a', "1-"]
)
@pytest.mark.timeout(60)  # a backtracking pattern would take hours
def test_hostile_texts_get_a_verdict_too(piece: str) -> None:
    endless = piece * (4000 // len(piece))
    assert isinstance(check(endless[:1200], [endless[:1200]], endless, "en"), list)
    assert isinstance(check("Standard delivery costs ¥8.", EN, endless, "en"), list)


@pytest.mark.parametrize(
    ("question", "draft", "refused"),
    [
        ("What is the e-mail address of the lodge?", "The lodge costs ¥25.", True),
        (
            "What is the e-mail address of the lodge?",
            "Write to a@lodge.example.",
            False,
        ),
        ("can you tell me the entry fee of the lodge", "The lodge opens at 9.", True),
        ("can you tell me the entry fee of the lodge", "The lodge costs ¥25.", False),
        ("亲，山庄排队时间多少呀", "山庄的店长是王芳。", True),
        ("亲，山庄排队时间多少呀", "山庄大约要等3小时。", False),
        ("山庄入住时间是啥", "山庄14:00起可以入住。", False),
        ("山庄的店长多少呀", "山庄的店长是王芳。", False),
        ("亲，山庄版本号多少", "山庄的版本号是KTQ。", False),
        ("山庄的房间数多少？", "山庄的房间很多。", True),
        ("What is the head of the lodge?", "Write to a@lodge.example.", True),
        ("What is the head of the lodge?", "It is run by Ann Lee, 44.", False),
        ("What is the head of the lodge?", "Ask at the desk.", False),
        ("山庄经理是啥", "请注意，山庄的到期日是7月8号。", True),
        ("山庄的店长是谁", "山庄的店长是王芳，工号1234。", False),
        ("山庄设备上限是啥", "山庄的意见邮箱：a@lodge.example。", True),
        ("山庄设备上限是啥", "山庄最多用5台设备。", False),
        ("How full is the lodge?", "The lodge is run by Ann.", True),
        ("How full is the lodge?", "The lodge is 80 percent full.", False),
        ("山庄哪天停机", "山庄晚上12点可以入住。", True),
        ("山庄哪天停机", "山庄7月8号停机。", False),
        ("Which day does the lodge close?", "The lodge closes at 9 pm.", True),
        ("Which day does the lodge close?", "It closes within 3 days.", False),
        ("山庄排队时间多少呀", "山庄的办理入住时间：下午9点。", True),
        ("What is the waiting time of the lodge?", "It is open at 9 am.", True),
        ("What is the waiting time of the lodge?", "It is 2 to 3 hours.", False),
        ("山庄电量是啥", "山庄的版本号是BN2-LQ6。", True),
        ("山庄积分是什么", "山庄用桦木制成。", True),
        ("山庄积分是什么", "住一晚得20分。", False),
        ("Tell me the weight of the lodge", "The lodge is run by Ann.", True),
        ("Tell me the weight of the lodge", "The lodge weighs 20 t.", False),
        ("山庄重量多少呀", "对山庄不满请发a@lodge.example。", True),
        ("山庄门票多少呀", "山庄的充电时间是1小时。", True),
        ("山庄账号是啥", "山庄的净重：73公斤。", True),
        ("山庄账号是啥", "山庄的充电时间是3小时。", True),
        ("山庄能住多少", "山庄欢迎您。", True),
        ("山庄的电量多少呀", "山庄的排队时间是11小时。", True),
        ("山庄的电量多少呀", "山庄的电量是百分之40。", False),
        ("山庄的年龄多少", "山庄开了3年。", False),
        ("山庄的邮箱多少呀", "山庄的邮箱是a@lodge.example。", False),
        ("山庄的邮箱是啥", "山庄门票25元。", True),
        ("山庄票价是啥", "山庄门票25元。", False),
        ("On which day does the lodge open?", "It opens on the 18th.", False),
        ("On which day does the lodge open?", "It holds 18 of us.", True),
        ("I lost the link you sent me", "The lodge opens at 9.", False),
    ],
)
def test_what_is_asked_for_by_name_is_named(
    question: str, draft: str, refused: bool
) -> None:
    language = "zh" if "山" in question else "en"
    said = check(draft, [draft, "The lodge."], question, language)
    assert any(each.startswith("asked for") for each in said) is refused


@pytest.mark.parametrize(
    ("question", "wants_a_time"),
    [
        ("When does the lodge open?", True),
        ("when is it open", True),
        ("when the lodge open", True),
        ("tell me when the lodge opens", True),
        ("Do you know when it opens?", True),
        ("Is it open, and since when?", True),
        ("What do I do when the lodge is full?", False),
        ("When the lodge is full, what do I do?", False),
        ("Can I get in when it rains", False),
    ],
)
def test_when_asks_for_a_time_only_where_it_asks(
    question: str, *, wants_a_time: bool
) -> None:
    draft = "The lodge is full of guests when it rains."
    said = check(draft, [draft], question, "en")
    assert any(each.startswith("asked for a time") for each in said) is wants_a_time
