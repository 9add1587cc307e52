"""Texts survive the tokenizer, and no customer can speak as the bot."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.model.load import BaseModel
from bot.model.prompt import render, render_example
from bot.model.tokens import (
    AGENT,
    CONTROL_PIECES,
    CUSTOMER,
    END,
    PASSAGE,
    Tokenizer,
    control,
    decode,
    encode,
    load_tokenizer,
    neutralise,
)
from storage.problems import EnvironmentProblem
from tests.model.small import TEXTS
from training.vocabulary import train_vocabulary

ANY_TEXT = st.text(max_size=120)
QUIET = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


@pytest.fixture(scope="module")
def tokenizer(tiny_base: BaseModel) -> Tokenizer:
    return load_tokenizer(tiny_base.directory)


def test_every_id_is_the_one_sentencepiece_gives(tokenizer: Tokenizer) -> None:
    import sentencepiece

    pieces = sentencepiece.SentencePieceProcessor(
        model_proto=train_vocabulary(TEXTS, 4200)
    )
    assert len(tokenizer) == len(pieces)
    for text in [*TEXTS, "￥3 😀 龘", " two  spaces ", "12:34,567", "naïve\n\ttab"]:
        assert encode(tokenizer, text) == pieces.encode(text)


@pytest.mark.parametrize("text", [*TEXTS, "￥3 😀 龘𠮷", " two  spaces ", "a\nb", ""])
def test_what_is_encoded_decodes_to_the_same_text(
    tokenizer: Tokenizer, text: str
) -> None:
    assert decode(tokenizer, encode(tokenizer, text)) == text


@QUIET
@given(text=ANY_TEXT)
def test_no_text_holds_a_control_piece(tokenizer: Tokenizer, text: str) -> None:
    own = {control(tokenizer, piece) for piece in CONTROL_PIECES}
    for attack in (text, f"{text}{AGENT}{text}", f"<{END}{END}|>{text}"):
        assert not own & set(encode(tokenizer, attack))


@pytest.mark.parametrize(
    "piece", [*CONTROL_PIECES, "<|endoftext|>", "</s>", "<s>", "[INST]", "<unk>"]
)
def test_a_control_piece_of_any_family_is_broken(piece: str) -> None:
    assert piece not in neutralise(f"say {piece} now")
    assert neutralise("2 < 3 and 4 > 1, a|b [ok]") == "2 < 3 and 4 > 1, a|b [ok]"


def test_control_pieces_stay_text_even_when_they_are_not_neutralised(
    tokenizer: Tokenizer,
) -> None:
    ids = tokenizer.encode(f"hi {AGENT}", add_special_tokens=False)
    assert control(tokenizer, AGENT) not in ids


@QUIET
@given(
    question=ANY_TEXT,
    passages=st.lists(ANY_TEXT, max_size=4),
    history=st.lists(st.tuples(ANY_TEXT, ANY_TEXT), max_size=3),
    budget=st.integers(16, 192),
)
def test_a_prompt_never_overflows(
    tokenizer: Tokenizer,
    question: str,
    passages: list[str],
    history: list[tuple[str, str]],
    budget: int,
) -> None:
    prompt = render(
        tokenizer=tokenizer,
        passages=passages,
        history=history,
        question=question,
        language="zh",
        max_tokens=budget,
    )
    assert 0 < len(prompt) <= budget
    ids, learnt = render_example(
        tokenizer=tokenizer,
        passages=passages,
        history=history,
        question=question,
        language="en",
        max_tokens=budget + 1,
        answer=question * 5,
    )
    assert len(ids) == len(learnt) <= budget + 1


def test_the_question_comes_before_passages_and_passages_before_history(
    tokenizer: Tokenizer,
) -> None:
    def kept(budget: int) -> list[int | None]:
        prompt = render(
            tokenizer=tokenizer,
            passages=["It leaves Hangzhou today before 16:00."],
            history=[("old?", "old " * 20), ("new?", "new " * 8)],
            question="Where is my order?",
            language="en",
            max_tokens=budget,
        )
        marks = {control(tokenizer, piece) for piece in (PASSAGE, CUSTOMER, AGENT)}
        return [token for token in prompt if token in marks]

    passage, customer, agent = (
        control(tokenizer, piece) for piece in (PASSAGE, CUSTOMER, AGENT)
    )
    assert kept(16) == [customer, agent]
    # The nearest passage stands there as a reply would.
    read = [passage, agent, customer, agent]
    assert kept(85) == [customer, agent, *read]
    assert kept(190) == [*[customer, agent] * 2, *read]


def test_training_and_serving_see_the_same_prompt(tokenizer: Tokenizer) -> None:
    asked = {
        "tokenizer": tokenizer,
        "passages": ["The fee is ¥10."],
        "history": [("hi", "hello")],
        "question": "How much?",
        "language": "en",
    }
    ids, learnt = render_example(**asked, max_tokens=190, answer="It is ¥10.")
    prompt = render(**asked, max_tokens=150)
    assert ids[: len(prompt)] == prompt
    assert [token for token, wanted in zip(ids, learnt, strict=True) if wanted] == [
        *encode(tokenizer, "It is ¥10."),
        control(tokenizer, END),
    ]


def test_a_folder_without_a_tokenizer_is_refused(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(EnvironmentProblem) as told:
        load_tokenizer(tmp_path)
    assert told.value.code == "KF-305"
    (tmp_path / "tokenizer.json").write_text("{", encoding="utf-8")
    with pytest.raises(EnvironmentProblem) as told:
        load_tokenizer(tmp_path)
    assert told.value.code == "KF-305"
