"""Commands are the same everywhere, and a question is never taken for one."""

import re

import pytest

from bot.commands import (
    FOR_ADMINS,
    FOR_AGENTS,
    FORGET,
    HELP,
    HUMAN,
    Command,
    parse,
)
from bot.phrases import PHRASES, say


@pytest.mark.parametrize(
    ("text", "name", "argument"),
    [
        ("/start", "start", ""),
        ("/help", "help", ""),
        ("Help!", "help", ""),
        ("帮助", "help", ""),
        ("/train", "train", ""),
        ("/TRAIN", "train", ""),
        ("!train status", "train_status", ""),
        ("/train@kefu_bot stop", "train_stop", ""),
        ("/训练 停止", "train_stop", ""),
        (" /status ", "status", ""),
        ("/releases", "releases", ""),
        ("/rollback v0003", "rollback", "v0003"),
        ("/human", "human", ""),
        ("／转人工", "human", ""),
    ],
)
def test_a_command_is_recognised(text: str, name: str, argument: str) -> None:
    assert parse(text) == Command(name=name, argument=argument)


@pytest.mark.parametrize(
    "text",
    [
        "human",
        "Talk to a person",
        "I want to talk to a human please",
        "Can I speak to someone real?",
        "is there a person I can call?",
        "need a human",
        "let me talk to a human being",
        "customer service",
        "agent",
        "转人工",
        "人工",
        "我要找人工客服",
        "请帮我转一下人工，谢谢",
        "有没有人工",
        "人工客服在吗？",
        "我想和真人说话",
    ],
)
def test_a_person_is_asked_for_in_plain_words(text: str) -> None:
    assert parse(text) == Command(name="human")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "/foo",
        "/refund please",
        "how do I become an agent",
        "are you human?",
        "is this a real person",
        "can someone help me track my order",
        "What are your customer service hours?",
        "人工费多少",
        "人工智能是什么",
        "你是真人吗",
        "人工服务几点下班",
        "people",
        "help me find my order",
        "human " * 100,
        "1/2 cup",
    ],
)
def test_a_question_is_no_command(text: str) -> None:
    assert parse(text) is None


def test_every_sentence_is_there_in_both_languages() -> None:
    for name, wordings in PHRASES.items():
        assert set(wordings) == {"zh", "en"}, name
        assert all(say(name, language, limit=10) for language in ("zh", "en", "fr"))


def test_nothing_kefu_says_promises_a_time() -> None:
    for wordings in PHRASES.values():
        for text in wordings.values():
            for promise in (
                "soon",
                "minute",
                "call you",
                "尽快",
                "马上",
                "稍后",
                "回电",
            ):
                assert promise not in text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_help_names_every_command_to_whom_it_is_for(language: str) -> None:
    def named(*parts: str) -> set[str]:
        text = "\n".join(say(part, language) for part in parts)
        slashed = re.findall(r"(?<!\w)/(\w+(?: status| stop)?)", text)
        return {command.name for each in slashed if (command := parse(f"/{each}"))}

    everybody = {HUMAN, FORGET, HELP}
    assert named("help") == everybody
    assert named("help", "help_staff") == everybody | FOR_AGENTS
    assert named("help", "help_staff", "help_admin") == everybody | FOR_ADMINS
