"""Which language a message is answered in, however it is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language import detect
from bot.pinyin import is_pinyin
from storage.database import Database
from tests.bot.small import message, open_shop
from tests.growth import times_as_much

TABLE = {
    "zh": [
        # traditional, and what is spoken in Guangdong and Hong Kong
        "請問訂單什麼時候到",
        "張單幾時到呀",
        "我哋想退貨，得唔得",
        "點解冇人覆我",
        "你哋喺邊度",
        "咩料嚟㗎",
        # pinyin, with tones and without
        "wo de dingdan daona le",
        "wo yao tuihuo",
        "ni hao, wo de kuaidi zai nali",
        "zenme tui huo?",
        "shenme shihou fahuo",
        "Nǐ hǎo, fāpiào zěnme kāi",
        "ni3 hao3 qing3 wen4",
        "zai ma",
        "xiexie",
        "NI HAO",
        # one language with words of the other
        "我的order到哪了",
        "我的order还没ship",
        "帮我track一下包裹",
        "iPhone 15 Pro Max 有吗",
        "Nike Air Force 1 Low 断码了吗",
        "请问 shipping fee 是多少",
        "这个item我想return可以吗",
        "送货Free吗",
        "发我一份invoice谢谢",
        "OK 好的",
        "Hi 你好",
        "A：好的",
        # where it stands beside addresses, numbers and faces
        "https://pinecone.example/orders/track 打不开",
        "mail me@example.com 收不到",
        "😀😀好",
        "１２３４５单号",
        "好",
        "在？",
    ],
    "en": [
        "Where is my order?",
        "WHERE IS MY ORDER",
        "WHERES MY REFUND???!!!",
        "ｗｈｅｒｅ　ｉｓ　ｉｔ",
        "whre is my oder",
        "ok",
        "hi",
        "he can",
        "I want ho return",
        "can you send me a long pen",
        "same day?",
        "men long pants",
        "wifi",
        "thx 🙏",
        "快递 tracking code, where do I get it",
        "Do you have 红烧牛肉 flavour noodles",
        "my 订单 where",
        "plz help me 退款",
        "can I return 这个 item bought last week",
        "what does 包邮 mean",
        "how to pay with 支付宝",
        "my order is 订单号 20231101, name 王小明, where is it",
        "Is 无印良品三层不锈钢保温杯 sold here",
    ],
}
ROWS = [(text, language) for language, texts in TABLE.items() for text in texts]


@pytest.mark.parametrize(("text", "language"), ROWS)
def test_a_message_is_answered_in_its_own_language(text: str, language: str) -> None:
    other = {"zh": "en", "en": "zh"}[language]
    assert detect(text, default=other) == language


@pytest.mark.parametrize(
    "text",
    [
        "😀😀",
        "👍🏽",
        "888",
        "?!",
        "",
        "注文はどこですか",
        "返品したいです",
        "제 주문 어디 있나요",
        "أين طلبي",
        "где мой заказ",
        "สินค้าอยู่ไหน",
        "https://pinecone.example/a",
    ],
)
@pytest.mark.parametrize("default", ["zh", "en"])
def test_what_is_in_neither_is_answered_as_the_conversation_went(
    text: str, default: str
) -> None:
    assert detect(text, default=default) == default


def test_a_foreign_script_is_answered_in_the_language_spoken_before(
    database: Database,
) -> None:
    shop = open_shop(database)
    told = [
        shop.desk.answer(message(text)).understanding.language
        for text in ("我的包裹在哪", "주문이 어디에 있나요", "😀", "wo de baoguo ne")
    ]
    assert told == ["zh", "zh", "zh", "zh"]
    english = shop.desk.answer(message("أين طلبي", conversation="C2"))
    assert english.understanding.language == "en"
    assert english.reply.text.isascii()


def test_pinyin_is_chinese_only_where_chinese_is_spoken() -> None:
    assert detect("wo yao tuihuo", ("en",)) == "en"
    assert detect("wo yao tuihuo", ("zh", "en")) == "zh"


@given(st.text())
def test_any_text_has_one_of_the_languages(text: str) -> None:
    assert detect(text) in ("zh", "en")
    assert detect(text, ("zh", "en", "ja", "ko", "ar"), "ko") in (
        *("zh", "en", "ja"),
        *("ko", "ar"),
    )


@pytest.mark.parametrize("piece", ["wo ", "wowowo", "我 is", "www.", "a@"])
def test_a_long_text_costs_its_length(piece: str) -> None:
    def read(text: str) -> None:
        detect(text)
        is_pinyin(text)

    eightfold = times_as_much(lambda: read(piece * 16_000), lambda: read(piece * 2000))
    assert eightfold < 24  # 8 where it grows evenly, 64 where it grows by the square
