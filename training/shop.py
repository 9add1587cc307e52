"""A shop's own texts, cut in two by a split that never moves: learnt and held out.

Test questions are never read.
"""

import json
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.model.focus import sentences

HELD_OUT_DOCUMENTS: Final = ("membership-and-points", "stores-and-pickup")


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """An approved answer and the ways in which it is asked."""

    intent: str
    answer: str
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sections:
    """A shop's own texts in one language, of one side of the split."""

    topics: tuple[Topic, ...]
    sections: tuple[tuple[str, tuple[str, ...]], ...]  # (heading, sentences)
    strangers: tuple[str, ...]  # questions that nothing here answers


def read_shop(shop: Path, language: str, *, held_out: bool) -> Sections:
    """The texts of `bot/demo` in a language, of one side of a split that never moves.

    One topic in eight and two documents are held out. Test questions are not read.
    """
    knowledge = _rows(shop / "knowledge.jsonl", language)
    asked: dict[str, list[str]] = {}
    for row in _rows(shop / "intents.jsonl", language):
        asked.setdefault(row["intent"], []).append(row["text"])
    topics = [
        Topic(
            intent=row["intent"],
            answer=row["answer"],
            questions=tuple(
                filter(None, [row.get("question"), *asked.get(row["intent"], [])])
            ),
        )
        for row in knowledge
    ]
    return Sections(
        topics=tuple(
            topic
            for topic in topics
            if topic.questions and _is_held_out(topic.intent) is held_out
        ),
        sections=tuple(
            section
            for path in sorted((shop / "policies" / language).glob("*.md"))
            if (path.stem in HELD_OUT_DOCUMENTS) is held_out
            for section in _sections(path.read_text(encoding="utf-8"))
        ),
        strangers=tuple(asked.get("oos", [])),
    )


def _rows(path: Path, language: str) -> list[dict[str, str]]:
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [row for row in rows if row["language"] == language]


def _is_held_out(name: str) -> bool:
    return zlib.crc32(name.encode()) % 8 == 0


def _sections(text: str) -> list[tuple[str, tuple[str, ...]]]:
    parts = re.split(r"^#+ +(.+)$", text, flags=re.MULTILINE)
    pairs = zip(parts[1::2], parts[2::2], strict=True)
    return [(heading, sentences(body)) for heading, body in pairs if body.strip()]
