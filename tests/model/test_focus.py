"""The part of a passage that a question is about comes first."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.asked import fitting
from bot.model.focus import PARTS, Alike, focus, ranked, sentences

DELIVERY = (
    "Standard parcels take 2 to 4 days. Express costs ¥25. Doorways must be 75 cm "
    "wide. The driver rings the evening before. Every parcel is insured."
)
ZH = (
    "标准件2至4天送达。特快件运费25元。门洞不小于75厘米。司机前一晚来电。包裹都有保价。"
)


@pytest.mark.parametrize(
    ("question", "passage", "wanted"),
    [
        ("How much is express?", DELIVERY, "Express costs ¥25."),
        ("is my parcel insured", DELIVERY, "Every parcel is insured."),
        ("when does the driver ring", DELIVERY, "The driver rings the evening before."),
        ("特快要多少钱", ZH, "特快件运费25元。"),
        ("有没有保价？", ZH, "包裹都有保价。"),
    ],
)
def test_the_sentence_that_shares_most_comes_first(
    question: str, passage: str, wanted: str
) -> None:
    assert focus(["Something else about lamps.", passage], question)[0] == wanted


def test_short_passages_stay_whole_and_the_best_wins_a_tie() -> None:
    first, second = "It is free. It is quick.", "It is dear. It is slow."
    assert focus([first, second], "what?") == [first, second]


def test_a_question_above_an_answer_is_no_answer() -> None:
    asked = "When does the driver ring?"
    passage = f"{asked}\n{DELIVERY}"
    assert asked in sentences(passage)
    parts = focus([passage], asked)
    assert parts[0] == "The driver rings the evening before."
    assert asked not in parts
    short = f"{asked}\nThe evening before."
    assert focus([short], asked) == [f"{asked} The evening before."]
    assert asked in focus([f"{DELIVERY} {asked}"], asked)  # it stands above nothing


def test_sentences_end_where_people_end_them() -> None:
    assert sentences("It is 1.5 kg. See a.example/jobs. ¥5 each! 好的。谢谢！") == (
        "It is 1.5 kg.",
        "See a.example/jobs.",
        "¥5 each!",
        "好的。",
        "谢谢！",
    )


def test_meaning_finds_what_shares_no_word_with_the_question() -> None:
    passages = ["Sending it back is free.", "We are open on Sunday.", "It is blue."]
    meant = {passages[0]: 0.7, passages[1]: 0.2, passages[2]: 0.1}

    def alike(question: str, texts: Sequence[str]) -> list[float]:
        assert question == "can I return my order"
        return [meant[text] for text in texts]

    shuffled = [passages[2], passages[1], passages[0]]
    assert focus(shuffled, "can I return my order")[0] != passages[0]
    assert focus(shuffled, "can I return my order", alike)[0] == passages[0]


def test_words_decide_where_nothing_is_known_of_meaning() -> None:
    passages = ["Something else about lamps.", DELIVERY]

    def silent(_: str, texts: Sequence[str]) -> list[float]:
        return [0.0] * len(texts)

    question = "How much is express?"
    assert focus(passages, question, silent) == focus(passages, question)


@settings(max_examples=50, deadline=None)
@given(passages=st.lists(st.text(max_size=200), max_size=5), question=st.text())
def test_any_text_can_be_ranked(passages: list[str], question: str) -> None:
    parts = focus(passages, question)
    assert len(parts) <= PARTS
    assert parts == focus(passages, question)


def _alike(known: dict[str, float]) -> Alike:
    return lambda _, texts: [known.get(text, 0.1) for text in texts]


def test_a_part_means_what_its_heading_says() -> None:
    gift = "Gift cards\nPick a picture. Add up to 120 letters. It is quick. Send it."
    other = "Coupons\nOne per order. Up to 3 at once. They end in May. Ask us."
    meant = {"Gift cards: Add up to 120 letters.": 0.9, "Add up to 120 letters.": 0.2}
    found = focus([other, gift], "how long a text on a card?", _alike(meant))
    assert found[0] == "Add up to 120 letters."  # read without its heading


def test_a_part_is_as_near_as_its_best_sentence() -> None:
    said = "The lamp is red. Call us on Sunday."
    meant = {said: 0.3, "Call us on Sunday.": 0.9, "It is open.": 0.4}
    assert focus(["It is open.", said], "phone?", _alike(meant))[0] == said


def test_what_holds_the_kind_of_fact_that_is_asked_for_is_nearer() -> None:
    parts = ["It arrives by van.", "It arrives by 7 May."]
    same = _alike(dict.fromkeys(parts, 0.5))
    assert fitting("when does it arrive", parts) == [0.0, 1.0]
    assert focus(parts, "when does it arrive", same)[0] == parts[0]
    assert focus(parts, "when does it arrive", same, fitting)[0] == parts[1]


def test_it_is_surer_of_what_is_nearer() -> None:
    parts = ["Express costs ¥25.", "Parcels are insured."]
    near, far = _alike({parts[0]: 0.9}), _alike({parts[0]: 0.2})
    asked = "what does express cost"
    sure, unsure = (ranked(parts, asked, each, fitting)[0].sure for each in (near, far))
    assert 0 < unsure < sure < 1
    assert ranked(parts, asked)[0].sure == 0  # words alone tell nothing of it
