"""What says nothing about what is wanted is gone, and what says something stays."""

import pytest

from bot.model.encoder import Encoder
from bot.model.plain import plain
from tests.model.small import small_model


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("我的订单20261003001明天能到吗", "我的订单明天能到吗"),
        ("where is my order #SF1234567890 pls", "where is my order please"),
        ("WHERE IS MY ORDER", "where is my order"),
        ("whereismyorder", "where is my order"),
        ("ihavenotreceivedmycardyet", "i have not received my card yet"),
        ("sooooo late 😡", "soo late"),
        ("我的订单😡到哪了", "我的订单到哪了"),
        ("ｗｈｅｒｅ is it", "where is it"),
        ("肿么退货啊", "怎么退货啊"),
    ],
)
def test_noise_is_taken_off(typed: str, meant: str) -> None:
    assert plain(typed) == meant
    assert plain(meant) == meant


@pytest.mark.parametrize(
    "text",
    [
        "I paid 49.99 with an iPhone 15",
        "internationalization of notifications",
        "top-up failed",
        "20261003001",
        "😡😡",
        "",
        "\ud800",
        "我要退1000元",
    ],
)
def test_what_says_something_stays(text: str) -> None:
    assert plain(text) == text


def test_only_the_beginning_of_a_long_text_is_looked_at() -> None:
    rest = "😡" * 1_000_000
    assert plain("NO " * 1000 + rest).endswith(rest)


def test_an_order_number_makes_nobody_less_sure(encoder: Encoder) -> None:
    texts = ["我的订单明天能到吗", "怎么退货", "几点上班", "where is it", "return it"]
    model = small_model(encoder, texts, ("oos", "arrive", "return"))
    asked = ["我的订单20261003001明天能到吗", "我的订单明天能到吗"]
    one, other = model.predict_all(asked, ["zh", "zh"])
    assert one == other
