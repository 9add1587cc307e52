"""Languages are told apart, and texts that are the same are found to be the same."""

import pytest

from bot.language import detect
from bot.text import character_bigrams, looks_binary, normalise, question_key, storable


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("我的订单到哪里了", "zh"),
        ("Where is my order?", "en"),
        ("我的order到哪了", "zh"),
        ("帮我track一下包裹", "zh"),
        ("快递 tracking code, where do I get it", "en"),
        ("https://pinecone.example/orders/track 打不开", "zh"),
        ("請問訂單什麼時候到", "zh"),
        ("ＷＨＥＲＥ", "en"),
        ("OK 好的", "zh"),
    ],
)
def test_the_script_tells_the_language(text: str, language: str) -> None:
    assert detect(text) == language


@pytest.mark.parametrize(
    "text", ["", "12345", "🙂", "¥99?", "注文はどこですか", "مرحبا"]
)
def test_where_nothing_tells_the_language_it_is_the_given_one(text: str) -> None:
    assert detect(text, default="zh") == "zh"
    assert detect(text, default="en") == "en"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Où est ma commande, s'il vous plaît ?", "fr"),
        ("Wo ist meine Bestellung geblieben?", "de"),
        ("Where has my order got to?", "en"),
        ("我的订单", "zh"),
    ],
)
def test_languages_of_one_script_are_guessed_among_the_configured(
    text: str, language: str
) -> None:
    assert detect(text, ("zh", "en", "fr", "de")) == language


@pytest.mark.parametrize(
    "text",
    [
        "Where is my order",
        "  where IS my order ?!",
        "ｗｈｅｒｅ　ｉｓ　ｍｙ　ｏｒｄｅｒ？",
        "where is\u200b my\norder。",
        "“Where is my order”",
    ],
)
def test_one_question_has_one_key_however_it_is_typed(text: str) -> None:
    assert question_key(text) == "where is my order"


def test_what_is_different_keeps_different_keys() -> None:
    texts = ["3.5 kg", "35 kg", "a-b", "ab", "退货", "换货", "¥9.90", "¥990"]
    assert len({question_key(text) for text in texts}) == len(texts)


def test_chinese_is_cut_into_characters_and_pairs() -> None:
    assert character_bigrams("查物流") == ["查", "物", "流", "查物", "物流"]
    assert character_bigrams("My ORDERS，到") == ["my", "order", "到"]
    assert character_bigrams("?! 🙂") == []


def test_spaces_between_chinese_characters_mean_nothing() -> None:
    assert normalise("我 的　订单，到 了") == "我的订单,到了"


def test_files_are_told_from_texts() -> None:
    assert looks_binary("\x89PNG\x00\x1a\x00\x00")
    assert not looks_binary("Where is\tmy order?\r\n")
    assert not looks_binary("")


def test_what_no_database_holds_is_replaced() -> None:
    assert storable("a\x00b\ud800c🙂") == "a\ufffdb\ufffdc🙂"
