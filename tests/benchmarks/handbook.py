"""A handbook and nothing else: what is answered from its pages before any training.

Every other of the demo shop's questions about its policies is asked, and questions that
no page answers. Those between were for choosing thresholds.
"""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.__main__ import run
from bot.app import open_app
from bot.cli.bench_shop import rows_of
from bot.cli.common import load
from bot.cli.shop import SHOP
from storage.records import Action, Message

STRANGERS = 60  # of each language


def handbook(home: Path, *, count: int) -> dict[str, Any]:
    """Counts by language: answered with all the facts, without them, or not at all.

    `count` is how many questions at most, of each kind and language.
    """
    home.mkdir(parents=True)
    if run(["import", str(SHOP / "policies"), "--home", str(home)]) != 0:
        raise RuntimeError("the handbook was not imported")
    told: dict[str, Counter[str]] = {}
    wrong: list[dict[str, str]] = []
    with open_app(load(home).settings, threads=1) as app:
        for number, (kind, row) in enumerate(_asked(count)):
            turn = app.bot.reply_to(_message(row["text"], number))
            outcome = "not answered"
            if turn.action is Action.ANSWER:
                right = kind == "handbook" and all(
                    fact in turn.reply.text for fact in row["facts"]
                )
                outcome = "right" if right else "answered otherwise"
            if outcome == "answered otherwise":
                wrong.append({"asked": row["text"], "said": turn.reply.text})
            told.setdefault(f"{kind}_{row['language']}", Counter())[outcome] += 1
    return {**{name: dict(each) for name, each in told.items()}, "otherwise": wrong}


def _asked(count: int) -> Iterator[tuple[str, dict[str, Any]]]:
    pages = rows_of(SHOP / "policy_questions.jsonl")[1::2]
    strange = [r for r in rows_of(SHOP / "intents.jsonl") if r["intent"] == "oos"]
    random.Random(3).shuffle(strange)  # noqa: S311 - repeatable, not secret
    for language in ("en", "zh"):
        own = [row for row in pages if row["language"] == language and row["facts"]]
        other = [row for row in strange if row["language"] == language]
        yield from (("handbook", row) for row in own[:count])
        yield from (("strange", row) for row in other[: min(count, STRANGERS)])


def _message(text: str, number: int) -> Message:
    return Message(
        platform="benchmark",
        conversation_id=f"c{number}",
        message_id=f"m{number}",
        sender_id="customer",
        text=text,
        sent_at=datetime.now(UTC),
    )
