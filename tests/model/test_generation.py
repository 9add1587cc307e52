"""Generation: the same request, the same words, from any thread and in any company."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.generate import (
    Decoding,
    Request,
    TransformersGenerator,
    choose,
    tidy,
)
from bot.model.load import BaseModel, load_language_model, resolve_base

PASSAGE = "Orders paid before 16:00 leave Hangzhou the same working day."


@pytest.fixture(scope="module")
def tiny(tiny_base: BaseModel) -> TransformersGenerator:
    return TransformersGenerator(lambda: load_language_model(tiny_base))


def ask(text: str, seed: int | None = None, size: int = 12) -> Request:
    return Request(
        question=text,
        language="en",
        passages=(PASSAGE,),
        max_new_tokens=size,
        seed=seed,
    )


def test_a_reply_does_not_depend_on_its_company(tiny: TransformersGenerator) -> None:
    requests = [ask("x"), ask("when do orders leave " * 6), ask("怎么退货"), ask("")]
    together = tiny.generate(requests)
    assert together == [tiny.generate([request])[0] for request in requests]
    with ThreadPoolExecutor(4) as pool:
        assert [
            text[0] for text in pool.map(lambda r: tiny.generate([r]), requests)
        ] == (together)


def test_a_seed_gives_the_same_words_again(tiny: TransformersGenerator) -> None:
    one, two, other = tiny.generate([ask("x", 1), ask("x", 1), ask("x", 2)])
    assert one == two != other


@settings(max_examples=15, deadline=None)
@given(text=st.text(max_size=400))
def test_no_text_makes_it_raise(tiny: TransformersGenerator, text: str) -> None:
    request = Request(
        question=text,
        language="zh",
        passages=(text * 50, "\ud800"),
        history=((text, text),),
        max_new_tokens=2,
    )
    assert len(tiny.generate([request])) == 1


def test_penalties_look_at_the_reply_alone() -> None:
    import torch

    logits = torch.tensor([5.0, 4.0, 3.0])
    assert choose(logits.clone(), [], Decoding(), None) == 0
    loop = Decoding(no_repeat_ngram=2)
    assert choose(logits.clone(), [0, 0], loop, None) == 1
    hot = Decoding(repetition_penalty=2.0, no_repeat_ngram=0)
    assert choose(logits.clone(), [0], hot, None) == 1


def test_what_a_base_model_goes_on_to_invent_is_cut_off() -> None:
    assert tidy("It is ¥10.\nCustomer: and?\nAgent: no") == "It is ¥10."
    assert tidy("  ") == ""


def test_the_fingerprint_is_of_the_weights(
    tiny: TransformersGenerator, tiny_base: BaseModel
) -> None:
    again = TransformersGenerator(lambda: load_language_model(tiny_base))
    assert again.logits_fingerprint() == tiny.logits_fingerprint()
    assert len(tiny.logits_fingerprint().split()) == 12


def test_the_starter_model_reads_its_passages() -> None:
    base = resolve_base(None)
    starter = TransformersGenerator(lambda: load_language_model(base))
    english, chinese = starter.generate(
        [
            Request(
                question="How much is the brenton lamp?",
                language="en",
                passages=(
                    "The brenton lamp costs ¥374. The brenton lamp weighs 6 kg.",
                ),
            ),
            Request(
                question="锦椿台灯多少钱？",
                language="zh",
                passages=("锦椿台灯售价374元。锦椿台灯重6公斤。",),
            ),
        ]
    )
    assert "374" in english
    assert "374" in chinese
