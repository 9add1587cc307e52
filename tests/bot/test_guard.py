"""The guard lets a written reply leave only when its sources carry every word of it."""

import pytest

from bot.guard import check

DELIVERY_EN = (
    "Standard delivery takes 2 to 4 working days and costs ¥8; it is free from ¥99. "
    "Express arrives the next day in 32 cities for ¥25. Orders paid before 16:00 leave "
    "Hangzhou the same working day. We do not accept cash on delivery."
)
RETURNS_EN = (
    "You can return unused items within 30 days of delivery. Opened food-contact items "
    "are not accepted once used. Return shipping is free if it was our fault, otherwise "
    "¥10 is deducted. Refunds reach the original payment method 3 to 5 working days "
    "after the parcel arrives."
)
CONTACT_EN = (
    "Write to help@pinecone.example or call 400-555-0136 from 9:00 to 21:00 daily. "
    "Jobs are listed at https://pinecone.example/jobs. The sale ends on 23 November 2026. "
    "Members of Forest pay ¥88 a year and get 5 % off. Complaints to Pinecone are "
    "answered by a person within 2 working days."
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

ACCEPTED = [
    # the same words
    ("en", "How long does delivery take?", "Standard delivery takes 2 to 4 working days."),
    ("zh", "多久能到", "标准配送2至4个工作日送达，运费8元，满99元包邮。"),
    # the same value in another form
    ("en", "When is it free?", "Delivery is free from CNY 99."),
    ("en", "When is it free?", "Delivery is free from 99 yuan."),
    ("en", "When is it free?", "Delivery is free from ninety-nine yuan."),
    ("en", "How long?", "Standard delivery takes 2-4 business days."),
    ("en", "How long?", "Standard delivery takes two to four working days."),
    ("en", "Until when?", "Orders paid before 4 pm leave Hangzhou the same working day."),
    ("en", "Until when may I call?", "You can call 400 555 0136 from 9 am to 9 pm daily."),
    ("en", "When does the sale end?", "The sale ends on November 23, 2026."),
    ("en", "When does the sale end?", "The sale ends on 2026-11-23."),
    ("en", "When does the sale end?", "The sale ends on 23 November."),
    ("en", "What do members save?", "Members of Forest get 5% off for ¥88 a year."),
    ("en", "Where are jobs?", "Jobs are listed at pinecone.example/jobs."),
    ("en", "Can I return it?", "Yes, you can return unused items within 30 days of delivery."),
    ("en", "Can I pay cash?", "No, we do not accept cash on delivery."),
    ("en", "Can I pay cash?", "Sorry, cash on delivery is not accepted."),
    ("en", "I used the bowl", "Used food-contact items that were opened are not accepted."),
    ("en", "return of order 20488", "You can return order 20488 within 30 days of delivery."),
    ("en", "Complaint!", "Complaints to Pinecone are answered by a person within 2 working days."),
    ("zh", "包邮吗", "满９９元包邮。"),
    ("zh", "包邮吗", "满九十九元包邮，不满99元运费8元。"),
    ("zh", "包邮吗", "满￥99包邮。"),
    ("zh", "多久到", "标准配送两到四个工作日送达。"),
    ("zh", "几天内能退", "签收后三十天内可以退货，商品要未使用。"),
    ("zh", "几点前付款", "下午4点前付款的订单当个工作日从杭州发出。"),
    ("zh", "几点下班", "客服时间每天上午9点到晚上9点。"),
    ("zh", "活动到哪天", "活动截止到11月23日。"),
    ("zh", "活动到哪天", "活动截止到二〇二六年十一月二十三日。"),
    ("zh", "会员打几折", "森林会员每年八十八元，享95折。"),
    ("zh", "能货到付款吗", "不能，我们不支持货到付款。"),
    ("zh", "怎么退货", "打开“我的订单”，点“申请退货”即可。"),
    ("zh", "退20488这单", "订单20488签收后30天内可以退货，商品要未使用。"),
]  # fmt: skip

REFUSED = [
    # numbers, amounts, percents
    ("en", "How long?", "Standard delivery takes 3 to 4 working days.", "3 to 4"),
    ("en", "How long?", "Standard delivery takes 2 to 4 days.", "2 to 4 days"),
    ("en", "How long?", "Standard delivery takes 2 working days.", "2 working days"),
    ("en", "How long?", "Standard delivery takes 2 to 4 hours.", "2 to 4 hours"),
    ("en", "When free?", "Delivery is free from ¥89.", "¥89"),
    ("en", "When free?", "Delivery is free from $99.", "$99"),
    ("en", "Is it free from ¥50?", "Yes, delivery is free from ¥50.", "¥50"),
    ("en", "When free?", "Delivery is free up to ¥99.", "turned round"),
    ("en", "Members?", "Members of Forest get 15 % off.", "15 %"),
    ("en", "How many cities?", "Express arrives the next day in 23 cities.", "23"),
    ("en", "How long may I return?", "Return items within sixty days of delivery.", "60"),
    ("zh", "多久到", "标准配送3至5天送达。", "3至5天"),
    ("zh", "多久到", "标准配送２小时送达。", "2小时"),
    ("zh", "包邮吗", "满八十九元包邮。", "89元"),
    ("zh", "包邮吗", "满99美元包邮。", "99美元"),
    ("zh", "几天能退", "签收后十五天内可以退货。", "15天"),
    ("zh", "会员打几折", "森林会员享八折。", "8折"),
    ("zh", "会员打几折", "森林会员享百分之二十的价格减免。", "20%"),
    ("zh", "满多少包邮", "99元以内包邮。", "turned round"),
    # dates and times
    ("en", "When does the sale end?", "The sale ends on 24 November 2026.", "24 November"),
    ("en", "When does the sale end?", "The sale ends on 23 November 2027.", "2027"),
    ("en", "When does it arrive?", "Express arrives tomorrow in 32 cities.", "tomorrow"),
    ("en", "Until when?", "Orders paid before 6 pm leave the same working day.", "6 pm"),
    ("en", "Which days?", "You can call on Monday from 9:00 to 21:00.", "Monday"),
    ("zh", "活动到哪天", "活动截止到12月23日。", "12月23日"),
    ("zh", "活动到哪天", "活动截止到明天。", "明天"),
    ("zh", "几点下班", "客服时间每天9点到晚上10点。", "10点"),
    ("zh", "周末上班吗", "客服周日9:00到21:00都在。", "周日"),
    # links, addresses, telephone and order numbers
    ("en", "Site?", "Jobs are listed at https://pinecone.example.evil.com/jobs.", "evil.com"),
    ("en", "Site?", "Jobs are listed at pinecone.shop/jobs.", "pinecone.shop"),
    ("en", "Mail?", "Write to info@pinecone.example.", "info@"),
    ("en", "Phone?", "You can call 400-555-0137 from 9:00 to 21:00.", "400-555-0137"),
    ("en", "Where is it?", "The parcel of order SF1234567 leaves Hangzhou.", "SF1234567"),
    ("zh", "邮箱", "邮箱是kefu@pinecone.example。", "kefu@"),
    ("zh", "电话多少", "客服电话400-555-0163，每天9:00到21:00。", "400-555-0163"),
    ("zh", "电话多少", "客服电话138 1234 5678。", "138 1234 5678"),
    ("zh", "网址", "招聘信息见www.songguo.example。", "songguo"),
    # names
    ("en", "Which courier?", "Standard delivery by Fedex takes 2 to 4 working days.", "Fedex"),
    ("en", "Who answers?", "Complaints are answered by Zhang Wei within 2 working days.", "Zhang"),
    ("en", "How?", 'Tap "Refund now" and return unused items within 30 days.', "Refund now"),
    ("zh", "用什么快递", "标准配送由DHL送达，运费8元。", "DHL"),
    ("zh", "怎么退", "打开“会员中心”，点“申请退货”即可。", "会员中心"),
    ("zh", "找谁", "退货请找王经理，签收后30天内可以退货。", "王经理"),
    # promises and deeds
    ("en", "Late!", "I will call you back about the standard delivery.", "promises"),
    ("en", "Late!", "Our team will contact you about delivery.", "promises"),
    ("en", "Refund?", "I've refunded ¥10 to the original payment method.", "promises"),
    ("en", "Refund?", "You will receive a refund 3 to 5 working days after delivery.", "promises"),
    ("en", "Cancel it", "Your order has been cancelled.", "promises"),
    ("en", "Is it safe?", "We guarantee delivery in 2 to 4 working days.", "promises"),
    ("en", "Check it", "Let me check your order, one moment.", "promises"),
    ("zh", "太慢了", "我会给您回电。", "promises"),
    ("zh", "太慢了", "我们会尽快处理您的退货。", "promises"),
    ("zh", "太慢了", "稍后会有专员联系您。", "promises"),
    ("zh", "退款呢", "已为您退款10元。", "promises"),
    ("zh", "催一下", "我马上帮您催促快递。", "promises"),
    ("zh", "能准时吗", "保证2至4个工作日送达。", "promises"),
    ("zh", "退款呢", "您的退款正在路上，3到5个工作日到。", "promises"),
    # yes and no
    ("en", "Can I pay cash?", "Yes, we accept cash on delivery.", "contradicts"),
    ("en", "Can I pay cash?", "We accept cash on delivery.", "contradicts"),
    ("en", "Can I return it?", "You cannot return unused items within 30 days.", "contradicts"),
    ("en", "Used bowl?", "Opened food-contact items are accepted once used.", "contradicts"),
    ("en", "Until when?", "Orders paid after 16:00 leave Hangzhou the same working day.", "contradicts"),
    ("zh", "能货到付款吗", "可以，我们支持货到付款。", "contradicts"),
    ("zh", "能退吗", "未使用的商品签收后30天内不可以退货。", "contradicts"),
    ("zh", "用过能退吗", "拆封使用过的食品接触类商品能退货。", "contradicts"),
    # claims that nobody approved
    ("en", "Warranty?", "Standard delivery has a warranty and costs ¥8.", "claims"),
    ("en", "Late?", "You get a voucher when standard delivery is late.", "claims"),
    ("zh", "送货快吗", "标准配送立即送达。", "claims"),
    ("zh", "迟到赔吗", "标准配送迟到可获赔偿。", "claims"),
    # form
    ("en", "Hi", "", "nothing"),
    ("en", "Hi", "...", "nothing"),
    ("en", "How long?", "Standard delivery takes 2 to 4 working days.<|end|>", "control"),
    ("en", "How long?", "Standard delivery takes\u202e 2 to 4 working days.", "control"),
    ("en", "How long?", "Delivery takes 2 to 4 working days.\nCustomer: thanks.", "speakers"),
    ("en", "How long?", "<!channel> Standard delivery takes 2 to 4 working days.", "mention"),
    ("en", "How long?", "Standard delivery takes 2 to 4 working", "finished"),
    ("en", "How long?", "Standard delivery, standard delivery, standard delivery.", "repeats"),
    ("en", "How long?", "Standard delivery costs ¥8. " * 2, "repeats"),
    ("en", "How long?", "标准配送2至4个工作日送达。", "not written in en"),
    ("en", "How long?", "I'm sorry, I don't have that information.", "nothing was found"),
    ("en", "Weather?", "Sunny skies bring warm winds across every mountain valley.", "words"),
    ("zh", "多久到", "标准配送2至4个工作日送达。[INST]", "control"),
    ("zh", "多久到", "好好好好好好好好好好好好。", "repeats"),
    ("zh", "多久到", "运费8元，运费8元，运费8元，运费8元。", "repeats"),
    ("zh", "多久到", "客户：多久到\n客服：2至4个工作日。", "speakers"),
    ("zh", "多久到", "Standard delivery takes 2 to 4 working days.", "not written in zh"),
    ("zh", "多久到", "抱歉，我没有查到这方面的信息。", "nothing was found"),
    ("zh", "天气", "今年的枫叶红遍山谷令人沉醉。", "words"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "question", "draft"), ACCEPTED)
def test_a_draft_that_its_sources_carry_may_leave(
    language: str, question: str, draft: str
) -> None:
    sources = ZH if language == "zh" else EN
    assert check(draft, sources, question, language) == []


@pytest.mark.parametrize(("language", "question", "draft", "objection"), REFUSED)
def test_a_draft_that_says_more_than_its_sources_is_refused(
    language: str, question: str, draft: str, objection: str
) -> None:
    sources = ZH if language == "zh" else EN
    objections = check(draft, sources, question, language)
    assert any(objection in each for each in objections), objections


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
