"""Another server writes: its failures are borne, its key is never told."""

import logging
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from typing import Protocol

import pytest

from bot.model.breaker import Breaker
from bot.model.generate import Request, Unavailable
from bot.model.live import same_fingerprint
from bot.model.remote import Patience, RemoteGenerator, server_of
from storage.problems import BadInput
from tests.fakes.openai import FakeOpenAI, openai_server

KEY = "sk-very-secret-0123456789"


class Hands:
    """A clock that is moved by sleeping."""

    def __init__(self) -> None:
        self.time = 0.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


@pytest.fixture
def fake() -> Iterator[FakeOpenAI]:
    with openai_server() as server:
        yield server


class Remote(Protocol):
    def __call__(
        self, hands: Hands | None = None, patience: Patience | None = None
    ) -> RemoteGenerator: ...


@pytest.fixture
def remote(fake: FakeOpenAI) -> Iterator[Remote]:
    """Makes generators; their connections are closed at the end."""
    with ExitStack() as stack:

        def make(
            hands: Hands | None = None, patience: Patience | None = None
        ) -> RemoteGenerator:
            hands = hands or Hands()
            made = RemoteGenerator(
                server_of(fake.url, "org/model-7b", KEY),
                patience=patience,
                clock=hands.clock,
                sleep=hands.sleep,
            )
            return stack.enter_context(closing(made))

        yield make


def ask(text: str, language: str = "en", seed: int | None = None) -> Request:
    return Request(
        question=text,
        language=language,
        passages=("Gift wrap costs ¥12.", "<|end|>"),
        history=(("hello", "Hello!"),),
        max_new_tokens=5,
        seed=seed,
    )


def test_it_is_asked_as_openai_is_asked(fake: FakeOpenAI, remote: Remote) -> None:
    [text] = remote().generate([ask("what does <|im_end|> cost \ud800")])
    [(headers, body)] = fake.asked
    assert text == fake.answer(body)["choices"][0]["message"]["content"]
    assert headers["authorization"] == f"Bearer {KEY}"
    assert (body["model"], body["max_tokens"]) == ("org/model-7b", 5)
    assert body["temperature"] == 0
    roles = [message["role"] for message in body["messages"]]
    assert roles == ["system", "user", "assistant", "user"]
    said = " ".join(message["content"] for message in body["messages"])
    assert "Gift wrap costs ¥12." in said
    assert "<|" not in said
    remote().generate([ask("多少钱", "zh", seed=7)])
    body = fake.asked[-1][1]
    assert "请用中文回答" in body["messages"][0]["content"]
    assert (body["seed"], body["temperature"]) == (7, 0.7)


@pytest.mark.parametrize(
    "fault",
    ["429", "500", "503", "cut", "{", "[]", '{"choices": []}', '{"choices": [{}]}']
    + ['{"choices": [{"message": {"content": null}}]}', "[" * 100_000],
)
def test_a_failure_that_passes_is_borne(
    fake: FakeOpenAI, remote: Remote, fault: str
) -> None:
    fake.faults += [fault, fault]
    hands = Hands()
    assert remote(hands).generate([ask("x")])[0]
    assert len(fake.asked) == 3
    first, second = hands.slept
    assert 0.25 <= first <= 0.5 <= second <= 1.0


def test_a_failure_that_stays_is_told_after_three_attempts(
    fake: FakeOpenAI, remote: Remote
) -> None:
    fake.faults += ["500"] * 3
    with pytest.raises(Unavailable, match="HTTP 500, attempt 3"):
        remote().generate([ask("x")])
    assert len(fake.asked) == 3


def test_the_pause_that_the_server_asks_for_is_made(
    fake: FakeOpenAI, remote: Remote
) -> None:
    fake.retry_after = "7"
    fake.faults += ["429"]
    hands = Hands()
    remote(hands).generate([ask("x")])
    assert hands.slept == [7.0]
    fake.retry_after = "3600"
    fake.faults += ["429"]
    with pytest.raises(Unavailable, match="HTTP 429"):
        remote(hands).generate([ask("x")])


@pytest.mark.parametrize("status", ["400", "401", "404", "422"])
def test_what_no_repetition_mends_is_not_repeated(
    fake: FakeOpenAI, remote: Remote, status: str
) -> None:
    fake.faults += [status]
    with pytest.raises(Unavailable, match=f"HTTP {status}, attempt 1"):
        remote().generate([ask("x")])
    assert len(fake.asked) == 1


@pytest.mark.parametrize("fault", ["slow", "drip"])
def test_a_reply_has_a_deadline(fake: FakeOpenAI, fault: str) -> None:
    fake.faults += [fault] * 3
    server = server_of(fake.url, "m", "")
    impatient = RemoteGenerator(server, patience=Patience(seconds=0.2))
    with closing(impatient) as generator, pytest.raises(Unavailable):
        generator.generate([ask("x")])
    assert len(fake.asked) == 1


def test_a_server_that_keeps_failing_is_left_alone_then_tried_once(
    fake: FakeOpenAI,
    remote: Remote,
) -> None:
    hands = Hands()
    generator = remote(hands, Patience(attempts=1, failures=3, rest_seconds=30))
    fake.faults += ["500"] * 4
    for _ in range(3):
        with pytest.raises(Unavailable, match="HTTP 500"):
            generator.generate([ask("x")])
    with pytest.raises(Unavailable, match="left alone"):
        generator.generate([ask("x")])
    assert len(fake.asked) == 3
    hands.time += 30
    with pytest.raises(Unavailable, match="HTTP 500"):  # the trial fails
        generator.generate([ask("x")])
    with pytest.raises(Unavailable, match="left alone"):
        generator.generate([ask("x")])
    hands.time += 30
    assert generator.generate([ask("x")])  # it is back
    assert len(generator.generate([ask("x")] * 4)) == 4


def test_one_bad_request_says_nothing_about_the_server(
    fake: FakeOpenAI, remote: Remote
) -> None:
    generator = remote(patience=Patience(failures=2))
    fake.faults += ["400"] * 5
    for _ in range(5):
        with pytest.raises(Unavailable, match="HTTP 400"):
            generator.generate([ask("x")])
    assert generator.generate([ask("x")])


def test_a_breaker_tries_one_at_a_time() -> None:
    hands = Hands()
    breaker = Breaker(failures=1, rest_seconds=10, clock=hands.clock)
    assert breaker.lets_through()
    breaker.failed()
    assert not breaker.lets_through()
    hands.time = 10
    with ThreadPoolExecutor(8) as pool:
        tries = list(pool.map(lambda _: breaker.lets_through(), range(8)))
    assert sum(tries) == 1
    breaker.succeeded()
    assert breaker.lets_through()


def test_nobody_at_the_address_is_a_failure_like_any() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/v1"
        hands = Hands()
        server = server_of(url, "m", KEY)
        generator = RemoteGenerator(server, clock=hands.clock, sleep=hands.sleep)
        with pytest.raises(Unavailable, match="ConnectError, attempt 3"):
            generator.generate([ask("x")])


def test_the_key_is_in_no_log_and_no_error(
    fake: FakeOpenAI, remote: Remote, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    fake.faults += ["500", "cut", "{"]
    generator = remote()
    with pytest.raises(Unavailable) as told:
        generator.generate([ask("x")])
    assert fake.asked[0][0]["authorization"] == f"Bearer {KEY}"
    shown = caplog.text + repr(told.value) + repr(generator.__dict__)
    assert KEY not in shown
    with pytest.raises(BadInput) as refused:
        server_of(fake.url, "m", KEY + "\n")
    assert KEY not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "model", "named"),
    [
        ("", "m", "URL"),
        ("ftp://host", "m", "URL"),
        ("127.0.0.1:8000", "m", "URL"),
        ("http://[", "m", "URL"),
        ("http://host/v1", "", "MODEL"),
    ],
)
def test_settings_that_cannot_be_used_are_named(
    url: str, model: str, named: str
) -> None:
    with pytest.raises(BadInput) as told:
        server_of(url, model, "")
    assert told.value.code == "KF-610"
    assert told.value.where == f"KEFU_GENERATOR_{named}"


def test_its_fingerprint_is_the_models_name(fake: FakeOpenAI) -> None:
    for name in ("qwen:7b", "01-ai/Yi 6B|x", "模型"):
        server = server_of(fake.url, name, "")
        shown = f"generator:{RemoteGenerator(server).logits_fingerprint()}"
        assert same_fingerprint(shown, shown)
        assert same_fingerprint("generator:int8 1.0 2.0", shown)
    assert not fake.asked
