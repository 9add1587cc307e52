"""Entities that people marked: imported, learnt in a cycle, served beside the rules."""

import json
import random
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path

import pytest

from bot import Bot, Policy, Shelves
from bot.entities import Names, find
from bot.importing.importer import import_paths
from bot.model.live import Live
from bot.model.load import ENTITIES
from bot.model.tagger import SETTINGS_FILE, WEIGHTS_FILE, Tagger
from storage.database import Database
from storage.problems import EnvironmentProblem
from storage.records import Message, TaggedText
from tests.training.workspace import START, Models, cycle_of, fill
from training.entities import learn_entities, sentence_of
from training.tagger import TaggerConfig

LAMPS = ("暖光台灯", "落地灯", "北欧吊灯", "磁吸小夜灯", "护眼灯")
SHAPES = ("我要退{}，", "{}坏了", "帮我查{}的保修", "什么时候有{}", "{}多少钱？")
ENGLISH = ("the Aurora lamp", "Nova X2", "Halo mini", "Lumen Pro desk light")
SAID = ("I want to return {} please", "is {} in stock", "{} does not work", "a new {}")


def rows(count_: int = 60) -> list[dict[str, object]]:
    """Texts with products marked, as `kefu import` takes them."""
    chance = random.Random(7)  # noqa: S311 - texts, not secrets
    found: dict[str, dict[str, object]] = {}
    while len(found) < count_:
        if chance.random() < 0.5:
            form, name = chance.choice(SHAPES), chance.choice(LAMPS)
            name = chance.choice(("", "新款", "大号")) + name
            before, after = form.split("{}")
            parts = [(list(before), ""), (list(name), "MODEL"), (list(after), "")]
        else:
            form, name = chance.choice(SAID), chance.choice(ENGLISH)
            before, after = form.split("{}")
            parts = [(before.split(), ""), (name.split(), "MODEL"), (after.split(), "")]
        tokens, tags = [], []
        for words, kind in parts:
            tokens += words
            tags += [
                f"{'I' if at else 'B'}-{kind}" if kind else "O"
                for at in range(len(words))
            ]
        found[" ".join(tokens)] = {"tokens": tokens, "tags": tags}
    return list(found.values())


def bring(database: Database, path: Path, lines: list[dict[str, object]]) -> object:
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    numbers = count(1)
    return import_paths(
        [path],
        workspace="default",
        database=database,
        now=lambda: START,
        new_id=lambda: f"{path.stem}{next(numbers)}",
    )


def marked(database: Database) -> list[TaggedText]:
    with database.reading() as stores:
        return stores.tagged_texts.all("default")


def asked(text: str) -> Message:
    return Message(
        platform="slack",
        conversation_id="C1",
        message_id=text,
        sender_id="carla",
        text=text,
        sent_at=datetime(2026, 11, 23, 9, tzinfo=UTC),
    )


def test_marked_texts_go_all_the_way_into_a_customers_turn(
    sqlite_database: Database, models: Models, tmp_path: Path
) -> None:
    fill(sqlite_database)
    bring(sqlite_database, tmp_path / "marks.jsonl", rows())
    result = cycle_of(sqlite_database, models).run(
        trigger="command",
        requested_by="x",
        workspace="default",
        generator=False,
    )
    assert result.verdict == "live"
    folder = models.releases / "v0001"
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    kinds = {row["type"]: row for row in report["entities"]["types"]}
    assert kinds["MODEL"]["count"] > 0
    assert report["entities"]["used"] + report["entities"]["held_out"] == 60
    assert "## Entities that people marked" in (folder / "report.md").read_text()
    whole = b"".join(path.read_bytes() for path in (folder / ENTITIES).iterdir())
    assert "台灯".encode() not in whole
    assert b"aurora" not in whole.lower()

    turns = iter(range(100))
    bot = Bot(
        live=Live(models.load("v0001")),
        shelves=Shelves(reading=sqlite_database.reading, encode=None),
        history=lambda _platform, _conversation: (),
        policy=Policy(),
        now=lambda: START,
        new_id=lambda: f"turn{next(turns)}",
    )
    text = "  我要退新款落地灯，电话13812345678"
    turn = bot.reply_to(asked(text))
    told = {each.type: each for each in turn.understanding.entities}
    assert (told["MODEL"].text, told["phone"].text) == ("新款落地灯", "13812345678")
    assert text[told["MODEL"].start : told["MODEL"].end] == "新款落地灯"
    assert {each.type for each in turn.understanding.slots} == {"MODEL", "phone"}
    # Marks alone are something new to learn from.
    again = cycle_of(sqlite_database, models, first_id=50)

    def waits() -> tuple[str, ...]:
        return again._reason_to_wait(
            again._dataset("default"),
            workspace="default",
            force=False,
            generator=False,
        )

    assert waits()
    more: dict[str, object] = {"tokens": ["a"], "tags": ["O"]}
    bring(sqlite_database, tmp_path / "more.jsonl", [more])
    assert waits() == ()


def test_every_mark_stands_where_it_stood(
    sqlite_database: Database, tmp_path: Path
) -> None:
    bring(sqlite_database, tmp_path / "marks.jsonl", rows())
    texts = marked(sqlite_database)
    assert len(texts) == 60
    for each in texts:
        assert [each.text[e.start : e.end] for e in each.entities] == [
            e.text for e in each.entities
        ]
        sentence = sentence_of(each)
        assert sum(tag.startswith("B-") for tag in sentence.tags) == 1
    assert "我要退" in {each.text[:3] for each in texts}  # no spaces in Chinese
    assert "I want to return" in {each.text[:16] for each in texts}


def test_marks_beside_a_labelled_question_make_both(
    sqlite_database: Database, tmp_path: Path
) -> None:
    line: dict[str, object] = {
        "text": "fly to New  York!",
        "intent": "book",
        "tokens": ["fly", "to", "New", "York", "!"],
        "tags": ["O", "O", "B-city", "I-city", "O"],
    }
    bring(sqlite_database, tmp_path / "a.jsonl", [line])
    (kept,) = marked(sqlite_database)
    assert [(e.type, e.text, e.start, e.end) for e in kept.entities] == [
        ("city", "New York", 7, 15)
    ]
    with sqlite_database.reading() as stores:
        assert [each.intent for each in stores.questions.all("default")] == ["book"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ({"tokens": ["a"], "tags": ["O", "O"]}, "1 tokens and 2 tags"),
        ({"tokens": ["a"], "tags": ["X-A"]}, "no BIO tag"),
        ({"tokens": [" "], "tags": ["O"]}, "empty"),
        ({"tokens": [], "tags": []}, "0 characters"),
        ({"tokens": ["a"], "tags": ["O"], "text": "b"}, "not the next one"),
        ({"tokens": ["a"], "tags": ["O"], "text": "a b"}, "goes on"),
        ({"tokens": ["a" * 1001], "tags": ["O"]}, "1,001 characters"),
        ({"tokens": ["a"], "tags": ["B-" + "x" * 101]}, "more than 100"),
        ({"tokens": ["ok"], "tags": ["O"]}, "repeats"),
        ({"tokens": ["ok"], "tags": ["B-A"]}, "contradicts"),
    ],
)
def test_a_row_that_cannot_be_taken_is_named(
    line: dict[str, object], why: str, sqlite_database: Database, tmp_path: Path
) -> None:
    first: dict[str, object] = {"tokens": ["ok"], "tags": ["O"]}
    report = bring(sqlite_database, tmp_path / "a.jsonl", [first, line])
    (refused,) = report.rejected  # type: ignore[attr-defined]
    assert why in refused.why
    assert refused.line == 2
    assert len(marked(sqlite_database)) == 1


def test_the_last_marks_of_a_text_count(database: Database) -> None:
    text = TaggedText(
        id="1",
        workspace="w",
        text="在吗 \x00 😀",
        entities=(),
        language="zh",
        source="a",
        created_at=START,
    )
    entity = find("tomorrow", date(2026, 11, 23), Names())[0]
    with database.transaction() as stores:
        assert stores.tagged_texts.put(text) == "added"
        assert stores.tagged_texts.put(replace(text, id="2")) == "unchanged"
        assert stores.tagged_texts.put(replace(text, workspace="v", id="3")) == "added"
        again = replace(text, id="4", entities=(entity,))
        assert stores.tagged_texts.put(again) == "changed"
    with database.reading() as stores:
        assert stores.tagged_texts.all("w") == [replace(again, id="1")]


def tagger() -> Tagger:
    from bot.importing.samples import Tagged

    sentences = [
        Tagged(tokens=tuple(r["tokens"]), tags=tuple(r["tags"]))  # type: ignore[arg-type]
        for r in rows(30)
    ]
    from training.tagger import fit_tagger

    return fit_tagger(sentences, TaggerConfig(epochs=3))


def test_a_tagger_is_the_same_after_a_journey_to_the_disk(tmp_path: Path) -> None:
    made = tagger()
    made.save(tmp_path)
    again = Tagger.load(tmp_path)
    for text in ("我要退落地灯", "is Nova X2 in stock", "", "\ud800 😀", "灯" * 5000):
        assert again.read(text) == made.read(text)
    (tmp_path / WEIGHTS_FILE).write_bytes(b"\x00")
    with pytest.raises(EnvironmentProblem, match="KF-304"):
        Tagger.load(tmp_path)
    made.save(tmp_path)
    settings = json.loads((tmp_path / SETTINGS_FILE).read_text())
    (tmp_path / SETTINGS_FILE).write_text(json.dumps({**settings, "tags": ["O"]}))
    with pytest.raises(EnvironmentProblem, match="KF-304"):
        Tagger.load(tmp_path)


def test_few_marks_are_no_reason_to_guess() -> None:
    learnt = learn_entities([], TaggerConfig(), seed=0)
    assert learnt.tagger is None
    assert learnt.report["used"] == 0


def test_rules_win_where_they_are_sure_and_learnt_kinds_where_they_guess() -> None:
    text = "订单 A-1001 退50元，我叫王小明"
    today = date(2026, 11, 23)

    def told(*learnt: tuple[str, str]) -> dict[str, tuple[str, object]]:
        spans = [
            (kind, text.index(said), text.index(said) + len(said))
            for kind, said in learnt
        ]
        found = find(text, today, Names(), spans)
        return {each.type: (each.text, each.value.get("label")) for each in found}

    assert told()["name"] == ("王小明", None)
    both = told(("PRICE", "50元"), ("CLIENT", "叫王小明"), ("ID", "单 A-1001"))
    assert both["amount"] == ("50元", "PRICE")  # the rule's value, the shop's label
    assert both["CLIENT"] == ("叫王小明", None)
    assert "name" not in both
    assert both["order_number"] == ("A-1001", None)
    assert "ID" not in both
