"""ROUGE-L and chrF are what the papers mean by them, worked out by hand."""

import pytest

from training.overlap import chrf, longest_common, rouge_l, units


def test_words_are_units_in_english_and_characters_in_chinese() -> None:
    assert units("Your order, A-12!") == ["your", "order", "a", "12"]
    assert units("退款3天 ok") == ["退", "款", "3", "天", "ok"]


@pytest.mark.parametrize(
    ("one", "other", "length"),
    [("abcde", "ace", 3), ("abc", "abc", 3), ("abc", "xyz", 0), ("ab", "", 0)],
)
def test_the_longest_common_subsequence_keeps_the_order(
    one: str, other: str, length: int
) -> None:
    assert longest_common(one, other) == longest_common(other, one) == length


def test_rouge_l_is_the_f1_of_lin_2004() -> None:
    # "police killed the gunman" and "police kill the gunman": 3 of 4 words each.
    assert rouge_l("police kill the gunman", "police killed the gunman") == 0.75
    # "the gunman police killed": "the gunman" is the longest in order, 2 of 4.
    assert rouge_l("the gunman police killed", "police killed the gunman") == 0.5
    # 3 of 5 characters and 3 of 4.
    assert rouge_l("三天后退款", "三天退货") == pytest.approx(2 * 3 / (5 + 4))
    assert rouge_l("", "anything") == rouge_l("?!", "anything") == 0.0


def test_chrf_is_the_f2_of_popovic_2015() -> None:
    assert chrf("same text", "same text") == 1.0
    assert chrf("abc", "xyz") == chrf("", "abc") == 0.0
    # "ab" in "abc": precision (1 + 1) / 2, recall (2/3 + 1/2) / 2 = 7/12.
    precision, recall = 1.0, 7 / 12
    wanted = 5 * precision * recall / (4 * precision + recall)
    assert chrf("ab", "abc") == pytest.approx(wanted)
    # Recall counts more: what says too much scores above what says too little.
    assert chrf("abcd", "abc") > chrf("ab", "abc")
    assert chrf("a b c", "abc") == 1.0


def test_texts_that_are_alike_score_above_others() -> None:
    wanted = "退货到仓后三到五个工作日，钱会原路退回。"
    near, far = "退货到仓后五个工作日退回。", "我们每天九点上班。"
    assert rouge_l(near, wanted) > rouge_l(far, wanted)
    assert chrf(near, wanted) > chrf(far, wanted)
