"""Texts that are no shop's business: what a model is shown where it was given none.

They are kefu's own, the demo shop's questions that nothing there answers, in both
languages; drawn by a fixed step, so that the same ones are taken every time.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bot.model.intents import OUT_OF_SCOPE
from training.dataset import Example

BACKGROUND: Final = "background"  # where such an example is from
_TEXTS: Final = Path(__file__).parents[1] / "bot" / "demo" / "intents.jsonl"


def background(languages: Sequence[str], most: int) -> list[Example]:
    """Some such texts, as examples that are out of scope.

    Args:
        languages: only texts in these.
        most: texts of a language, at most.
    """
    if not languages or most < 1:
        return []
    lines = _TEXTS.read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if row["intent"] == OUT_OF_SCOPE]
    found: list[Example] = []
    for language in sorted(set(languages)):
        texts = [row["text"] for row in rows if row["language"] == language]
        taken = texts[:: max(1, -(-len(texts) // most))]
        found += [_example(text, language) for text in taken]
    return found


def _example(text: str, language: str) -> Example:
    return Example(
        id=f"{BACKGROUND}-{text}",
        text=text,
        language=language,
        intent=OUT_OF_SCOPE,
        answer=None,
        knowledge_id=None,
        group=text,
        source=BACKGROUND,
    )
