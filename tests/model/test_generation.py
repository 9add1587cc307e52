"""Generation: the same request, the same words, from any thread and in any company."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.encoder import Encoder
from bot.model.engine import (
    EngineGenerator,
    PlainTokenizer,
    alike,
    settled,
    until_it_repeats,
)
from bot.model.generate import BATCH, Decoding, Generator, Request, tidy
from bot.model.load import (
    BaseModel,
    load_base,
    load_generator,
    load_language_model,
    resolve_base,
)
from bot.model.reference import TransformersGenerator, choose
from bot.model.tokens import control, decode, encode, end_id, load_tokenizer
from training.nearness import alike as alike_by
from training.starter import policy_questions

PASSAGE = "Orders paid before 16:00 leave Hangzhou the same working day."


def reference(base: BaseModel) -> TransformersGenerator:
    return TransformersGenerator(lambda: load_language_model(base))


@pytest.fixture(scope="module", params=["reference", "engine"])
def tiny(
    request: pytest.FixtureRequest,
    tiny_base: BaseModel,
    encoder: Encoder,
    tmp_path_factory: pytest.TempPathFactory,
) -> Generator:
    if request.param == "reference":
        return reference(tiny_base)
    cache = tmp_path_factory.mktemp("engine")
    generator = load_base(tiny_base, encoder=encoder, cache=cache).generator
    assert isinstance(generator, EngineGenerator)
    generator.generate([ask("x")])
    assert [path.name[:7] for path in cache.iterdir()] == ["engine-"]
    return generator


def ask(text: str, seed: int | None = None, size: int = 12) -> Request:
    return Request(
        question=text,
        language="en",
        passages=(PASSAGE,),
        max_new_tokens=size,
        seed=seed,
    )


def test_a_reply_does_not_depend_on_its_company(tiny: Generator) -> None:
    requests = [ask("x"), ask("when do orders leave " * 6), ask("怎么退货"), ask("")]
    together = tiny.generate(requests)
    assert together == [tiny.generate([request])[0] for request in requests]
    with ThreadPoolExecutor(4) as pool:
        assert [
            text[0] for text in pool.map(lambda r: tiny.generate([r]), requests)
        ] == (together)


def test_a_seed_gives_the_same_words_again(tiny: Generator) -> None:
    one, two, other = tiny.generate([ask("x", 1), ask("x", 1), ask("x", 2)])
    assert one == two != other


@settings(max_examples=15, deadline=None)
@given(text=st.text(max_size=400))
def test_no_text_makes_it_raise(tiny: Generator, text: str) -> None:
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
    tiny: Generator, tiny_base: BaseModel
) -> None:
    engine, *numbers = tiny.logits_fingerprint().split()
    assert len(numbers) == 12
    assert tiny.logits_fingerprint() == " ".join([engine, *numbers])
    wanted = reference(tiny_base).logits_fingerprint().split()[1:]
    far = [abs(float(a) - float(b)) for a, b in zip(numbers, wanted, strict=True)]
    assert max(far) < (0.3 if engine == "int8" else 1e-4)


def test_both_engines_see_the_same_ids(tiny_base: BaseModel) -> None:
    plain, full = (
        PlainTokenizer(tiny_base.directory),
        load_tokenizer(tiny_base.directory),
    )
    for text in [PASSAGE, "怎么退货 ￥3 😀 <|end|> </s>", "", "\ud800"]:
        ids = encode(full, text)
        assert encode(plain, text) == ids
        assert decode(plain, ids) == decode(full, ids)
    assert end_id(plain) == end_id(full)
    assert control(plain, "<|no such piece|>") is control(full, "<|no such piece|>")


def test_a_model_the_engine_does_not_know_runs_on_the_reference(
    tiny_base: BaseModel,
) -> None:
    slow = reference(tiny_base)
    generator = EngineGenerator(lambda: None, reference=slow)
    assert generator.generate([ask("x")]) == slow.generate([ask("x")])
    assert generator.logits_fingerprint() == slow.logits_fingerprint()


@pytest.mark.parametrize("tiny", ["engine"], indirect=True)
def test_the_engine_gives_a_reply_piece_by_piece(tiny: Generator) -> None:
    assert isinstance(tiny, EngineGenerator)
    for request in (ask("x", size=60), ask("怎么退货", size=60), ask("x", seed=1)):
        pieces = list(tiny.stream(request))
        assert "".join(pieces) == tiny.generate([request])[0]
        assert len(pieces) > 3 or request.seed is not None
    stream = tiny.stream(ask("x", size=100))
    next(stream)
    stream.close()  # nobody listens any more
    assert tiny.generate([ask("x")])


def test_what_may_still_change_is_held_back() -> None:
    assert settled("It is free.\nCust") == "It is free."
    assert settled("可以\ufffd") == "可以"
    assert settled("a\nmuch longer line") == "a\nmuch longer line"


def test_prompts_of_like_length_are_written_together() -> None:
    lengths = [200, 40, 216, 41, 217, 40]
    asked = [ask("x", size=8 if number == 5 else 12) for number in range(6)]
    prompts = {number: [0] * length for number, length in enumerate(lengths)}
    assert list(alike(prompts, asked)) == [[5], [1, 3], [0, 2], [4]]
    many = {number: [0] * 9 for number in range(BATCH + 1)}
    groups = list(alike(many, [ask("x")] * len(many)))
    assert [len(group) for group in groups] == [BATCH, 1]
    assert list(alike({}, [])) == []


def test_a_loop_is_cut_where_it_begins_again() -> None:
    assert until_it_repeats([1, 2, 3, 1, 2, 3, 1], 3) == [1, 2, 3, 1, 2]
    assert until_it_repeats([1, 2, 3], 3) == [1, 2, 3]
    assert until_it_repeats([1, 1, 1], 0) == [1, 1, 1]


def test_generating_needs_no_torch_once_it_is_converted(
    tiny_base: BaseModel, encoder: Encoder, tmp_path: Path
) -> None:
    first = load_base(tiny_base, encoder=encoder, cache=tmp_path).generator
    assert first is not None
    said = first.generate([ask("x")])[0]
    code = (
        "import sys; from pathlib import Path; from bot.model.generate import Request;"
        "from bot.model.load import load_base, resolve_base;"
        f"base = resolve_base({str(tiny_base.directory)!r});"
        f"model = load_base(base, encoder=None, cache=Path({str(tmp_path)!r}));"
        "asked = Request(question='x', language='en', max_new_tokens=12,"
        f" passages=({PASSAGE!r},));"
        f"assert model.generator.generate([asked]) == [{said!r}];"
        "sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_engine_and_reference_choose_the_same(tmp_path: Path) -> None:
    starter = resolve_base(None)
    engine = load_generator(starter, kept=tmp_path)
    asked = [
        Request.reading(
            question=question,
            language="en",
            passages=(PASSAGE, "A gift card is valid for three years.", "We pack it."),
            parts=(PASSAGE, "A gift card is valid for three years.", "We pack it."),
        )
        for question in ("When do orders leave?", "How long is a gift card valid?")
    ]
    said = engine.generate(asked)
    assert said == reference(starter).generate(asked)
    assert isinstance(engine, EngineGenerator)
    assert said == ["".join(engine.stream(each)) for each in asked]
    assert {*said} <= {*asked[0].choices}


def test_the_starter_model_says_most_of_the_facts_that_it_reads(
    encoder: Encoder,
) -> None:
    starter = TransformersGenerator(lambda: load_language_model(resolve_base(None)))
    shop = Path(__file__).parents[2] / "bot" / "demo"
    carried = policy_questions(shop, starter, 30, alike_by(encoder))
    assert carried["en_facts_carried"] > 0.6
    assert carried["zh_facts_carried"] > 0.6
