"""The measuring itself: equal work for all, on a model small enough for a test."""

from pathlib import Path

from bot.model.engine import PlainTokenizer
from bot.model.generate import prompt_of
from bot.model.speed import Shape, Speed, measure, request_of

TINY = Shape(
    layers=1,
    width=64,
    heads=2,
    vocabulary=12200,
    prompt_tokens=64,
    reply_tokens=6,
    conversations=3,
    threads=1,
    rounds=2,
)


def test_every_way_is_measured_in_every_round(tmp_path: Path) -> None:
    heard: list[float] = []
    speed = measure(tmp_path, TINY, heard.append)
    assert heard == [0.5, 1.0]
    for seconds in (speed.transformers, speed.engine, speed.kefu, speed.together):
        assert len(seconds) == 2
        assert all(each > 0 for each in seconds)
    tokenizer = PlainTokenizer(tmp_path / "engine")
    room = TINY.prompt_tokens + TINY.reply_tokens
    for text in ("x", "another conversation"):
        prompt = prompt_of(tokenizer, request_of(TINY, text), room)
        assert len(prompt) == TINY.prompt_tokens


def test_ratios_are_taken_within_a_round() -> None:
    speed = Speed(
        shape=TINY,
        transformers=(6.0, 2.0, 4.0),
        engine=(2.0, 1.0, 1.0),
        kefu=(2.0, 2.0, 1.0),
        together=(6.0, 2.0, 2.0),
    )
    told = speed.to_json()
    assert told["ratios"]["engine to transformers"] == {
        "median": 3.0,
        "lowest": 2.0,
        "highest": 4.0,
    }
    assert told["ratios"]["kefu to engine"]["lowest"] == 0.5
    assert told["ratios"]["replies together to one at a time"]["median"] == 3.0
    assert told["tokens_per_second"]["kefu"]["median"] == 3.0
    assert told["replies_per_second"]["together"]["highest"] == 1.5
    assert "kefu to transformers" in speed.text()
