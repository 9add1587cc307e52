"""A corner of the demo shop: eight topics in English, learnt in seconds."""

import json
from pathlib import Path

from tests.driving.labels import Labelled, Shop, answers, questions, rows

DEMO = Path(__file__).parents[2] / "bot" / "demo"
LANGUAGE, TOPICS = "en", 8


def small_shop(folder: Path) -> Shop:
    """Write its files into a folder and give its questions."""
    knowledge = [r for r in rows(DEMO / "knowledge.jsonl") if r["language"] == LANGUAGE]
    topics = [r["intent"] for r in knowledge if "small_talk" not in r["intent"]][
        :TOPICS
    ]
    kept = _written(folder / "answers.jsonl", knowledge, topics)
    labelled = [r for r in rows(DEMO / "intents.jsonl") if r["language"] == LANGUAGE]
    strange = [r for r in labelled if r["intent"] == "oos"][::5]  # as rare as in life
    asked = [r for r in labelled if r["intent"] in topics]
    intents = _written(folder / "intents.jsonl", asked + strange, [*topics, "oos"])
    return Shop(
        name="a corner of the demo shop",
        imports=(kept, intents),
        answers=answers(kept),
        first=_about(topics, "visitors.jsonl"),
        second=_about(topics, "unseen.jsonl"),
        strange=_about(["oos"], "unseen.jsonl"),
    )


def own_questions(shop: Shop) -> list[Labelled]:
    """The approved questions themselves, in their own words."""
    return [
        Labelled(row["question"], row["intent"], LANGUAGE)
        for row in rows(shop.imports[0])
    ]


def _about(topics: list[str], name: str) -> tuple[Labelled, ...]:
    found = questions(DEMO / name, LANGUAGE)
    return tuple(each for each in found if each.intent in topics)


def _written(path: Path, found: list[dict[str, str]], topics: list[str]) -> Path:
    kept = [row for row in found if row["intent"] in topics]
    path.write_text("".join(json.dumps(row) + "\n" for row in kept), encoding="utf-8")
    return path
