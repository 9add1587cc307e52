"""Slips are mended by the shop's own words; words that mean something else stay."""

import json

import pytest

from bot.model.spelling import Spelling

TEXTS = ["has my parcel arrived", "refund the Zyntho wok", "reset my password", "card"]


@pytest.fixture(scope="module")
def spelling() -> Spelling:
    return Spelling.of_texts(TEXTS)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("has my pacrel arived", "has my parcel arrived"),
        ("reset my pasdwrod", "reset my password"),
        ("the zynto wok", "the zyntho wok"),
        ("my crd is lost", "my card is lost"),
        ("recieve", "receive"),  # near to none of them, but to English
        ("rest my pasword", "reset my password"),  # a word, but not here
        ("rest", "rest"),  # all words are known, so nothing is doubted
        ("has m parcel arived", "has my parcel arrived"),
        ("open a bank account", "open a bank account"),
        ("Card", "Card"),
        ("我的pacrel到了吗", "我的parcel到了吗"),
        ("", ""),
        ("x" * 100_000, "x" * 100_000),
    ],
)
def test_only_slips_are_mended(spelling: Spelling, typed: str, meant: str) -> None:
    assert spelling.mended(typed) == meant


def test_of_many_texts_only_words_in_common_are_believed() -> None:
    spelling = Spelling.of_texts(["where is the parcle", *["the parcel"] * 1500])
    assert "parcle" not in spelling.words
    assert spelling.mended("the parcle") == "the parcel"


def test_it_is_the_same_when_read_again(spelling: Spelling) -> None:
    told = json.loads(json.dumps(spelling.to_json()))
    assert Spelling.from_json(told) == spelling
    # A release of an older kefu has words alone.
    old = Spelling.from_json({"words": list(spelling.words)})
    assert old.mended("has my pacrel arived") == "has my parcel arrived"
    assert Spelling.from_json({}).mended("pacrel") == "pacrel"


def test_what_joins_is_heard_with_what_was_known(spelling: Spelling) -> None:
    joined = spelling.joined(Spelling.of_texts(["my bycicle", "my parcel"]))
    assert joined.mended("my bycilce parcl") == "my bycicle parcel"
    assert joined.counts[joined.words.index("my")] == 4


def test_without_words_nothing_is_mended() -> None:
    assert Spelling(words=()).mended("pacrel") == "pacrel"
