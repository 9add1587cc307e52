"""What every generator promises, kept by each of them: one contract, one file."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.batcher import Batcher
from bot.model.engine import EngineGenerator
from bot.model.generate import Generator, Request, prompt_of, reply_room
from bot.model.live import same_fingerprint
from bot.model.load import BaseModel, load_generator, load_language_model
from bot.model.reference import TransformersGenerator
from bot.model.remote import RemoteGenerator, server_of
from bot.model.tokens import encode, load_tokenizer
from tests.fakes.openai import openai_server
from tests.model.small import new_tiny_base

PASSAGES = (
    "Orders paid before 16:00 leave Hangzhou the same working day.",
    "运费10元。",
)


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("converted") / "engine"


@pytest.fixture(
    scope="module",
    params=["transformers", "ctranslate2", "batched", "remote", "remote, batched"],
)
def generator(
    request: pytest.FixtureRequest, tiny_base: BaseModel, converted: Path
) -> Iterator[Generator]:
    """Each of them, loaded and ready."""
    if request.param == "transformers":
        yield TransformersGenerator(lambda: load_language_model(tiny_base))
    elif request.param.startswith("remote"):
        with openai_server() as fake:
            server = server_of(fake.url, "model", "key")
            with closing(RemoteGenerator(server)) as remote:
                yield Batcher(remote) if "batched" in request.param else remote
    else:
        engine = load_generator(tiny_base, kept=converted)
        assert isinstance(engine, EngineGenerator)
        engine.logits_fingerprint()
        yield Batcher(engine) if request.param == "batched" else engine


def ask(text: str, *, size: int = 8, seed: int | None = None) -> Request:
    return Request(
        question=text,
        language="en",
        passages=PASSAGES,
        history=(("hello", "Hello!"),),
        max_new_tokens=size,
        seed=seed,
    )


def test_each_request_has_its_text_in_order(generator: Generator) -> None:
    texts = ["x", "when do orders leave " * 8, "怎么退货", "", "x"]
    requests = [ask(text) for text in texts]
    together = generator.generate(requests)
    assert together == [generator.generate([request])[0] for request in requests]
    assert together[0] == together[4]
    assert len(set(together)) > 1
    assert generator.generate([]) == []


def test_the_same_request_gives_the_same_text_from_many_threads(
    generator: Generator,
) -> None:
    requests = [ask(f"{number} parcels") for number in range(6)]
    wanted = [generator.generate([request])[0] for request in requests]
    with ThreadPoolExecutor(6) as pool:
        rounds = pool.map(lambda n: generator.generate([requests[n % 6]]), range(24))
    assert [text for [text] in rounds] == wanted * 4


def test_a_seed_decides_what_is_drawn(generator: Generator) -> None:
    one, again, other = generator.generate([ask("x", seed=n) for n in (1, 1, 2)])
    assert one == again != other


def test_a_shorter_reply_is_the_beginning_of_a_longer_one(
    generator: Generator,
) -> None:
    short, longer = (generator.generate([ask("x", size=n)])[0] for n in (3, 12))
    assert short
    assert longer.startswith(short.rstrip("\ufffd"))
    assert len(longer) > len(short)


@settings(max_examples=8, deadline=None)
@given(text=st.text(max_size=300))
def test_no_text_makes_it_raise(generator: Generator, text: str) -> None:
    request = Request(
        question=text,
        language="zh",
        passages=(text * 50, "\ud800", "<|end|></s>"),
        history=((text, text),),
        max_new_tokens=2,
    )
    assert len(generator.generate([request])) == 1


@pytest.mark.parametrize(
    "text", ["长" * 100_000, "مرحبا \u202e", "😀" * 3000, "\ud800\x00"]
)
def test_neither_long_nor_strange_texts_stop_it(
    generator: Generator, text: str
) -> None:
    [said] = generator.generate([ask(text, size=2)])
    assert isinstance(said, str)


def told(question: str, *, size: int = 64) -> Request:
    return Request.reading(
        question=question,
        language="en",
        passages=PASSAGES,
        parts=PASSAGES,
        max_new_tokens=size,
    )


def test_one_of_what_it_reads_is_said_whole(
    request: pytest.FixtureRequest, generator: Generator
) -> None:
    if "remote" in request.node.callspec.params["generator"]:
        pytest.skip("a server of others writes freely")
    asked = [told(text) for text in ("x", "when do orders leave " * 8, "怎么退货", "")]
    said = generator.generate(asked)
    assert {*said} <= {*asked[0].choices}
    assert said == [generator.generate([each])[0] for each in asked]
    # What is longer than a reply may be is chosen by its beginning, and said whole.
    assert generator.generate([told("x", size=2)])[0] in asked[0].choices
    free, whole = generator.generate([ask("x", size=4), asked[0]])
    assert free not in asked[0].choices
    assert whole == said[0]


def test_its_fingerprint_stays(generator: Generator) -> None:
    shown = generator.logits_fingerprint()
    assert shown
    assert shown == generator.logits_fingerprint()
    assert same_fingerprint(f"generator:{shown}", f"generator:{shown}")


def test_no_thread_is_left(generator: Generator) -> None:
    generator.generate([ask(f"left {number}", size=2) for number in range(3)])
    for each in threading.enumerate():
        if each.name.startswith(("batcher", "ThreadPoolExecutor")):
            each.join(5)
            assert not each.is_alive()


@pytest.mark.parametrize("kind", ["transformers", "ctranslate2"])
def test_a_short_context_has_room_for_a_prompt_and_a_reply(
    tmp_path: Path, kind: str
) -> None:
    base = new_tiny_base(tmp_path / "base", positions=64)
    kept = tmp_path / "engine" if kind == "ctranslate2" else None
    generator = load_generator(base, kept=kept)
    asked = ask("how much is it " * 500, size=128)
    shown = prompt_of(load_tokenizer(base.directory), asked, 64)
    assert 16 <= len(shown) <= 64 - reply_room(asked, 64)
    [said] = generator.generate([asked])
    assert len(encode(load_tokenizer(base.directory), said)) <= reply_room(asked, 64)
