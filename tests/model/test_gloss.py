"""The dictionary reads Chinese word by word, and mends what fingers slip on."""

import pytest

from bot.model.gloss import glossary, syllable


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("运费", "shipping fee"),
        ("运废", "shipping fee"),  # sounds the same
        ("推货", "return goods"),
        ("蜜码忘了", "password forgot"),
        ("退货", "return goods"),
        ("ＯＲＤＥＲ到哪了", "order where"),
        ("", "."),
        ("龘龘", "."),
        ("😀", "😀"),
    ],
)
def test_chinese_is_read_word_by_word(written: str, meant: str) -> None:
    assert glossary().english_of(written) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("were is my pacakge", "were is my package"),
        ("shiping cost", "shipping cost"),
        ("two frying pans", "two frying pans"),  # known by its ending
        ("Order 20488!", "order 20488!"),
        ("xqzkwj", "xqzkwj"),
    ],
)
def test_english_is_mended_where_it_is_unknown(written: str, meant: str) -> None:
    assert glossary().english_of(written) == meant


def test_what_sounds_alike_to_sloppy_typing_is_one_syllable() -> None:
    assert syllable("费") == syllable("废") == "fei"
    assert syllable("中") == syllable("宗")
    assert syllable("进") == syllable("京")
    assert syllable("A") == "A"
    assert syllable("龘") == "龘"


@pytest.mark.parametrize(
    "text", ["\ud800", "\x00", "a" * 100_000, "退" * 5000, "؟مرحبا"]
)
def test_any_text_can_be_read(text: str) -> None:
    assert glossary().english_of(text)
