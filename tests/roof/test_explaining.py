"""`kefu explain`, `kefu chat --explain` and `kefu gaps`, as a person calls them."""

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from bot.__main__ import run
from bot.app import App, new_id, now
from bot.cli import ask, explaining
from bot.cli.gaps import find
from bot.model.live import NO_RELEASE
from storage.problems import BadInput, EnvironmentProblem, Problem
from storage.records import (
    Action,
    Knowledge,
    KnowledgeKind,
    Message,
    Origin,
    Reply,
    Source,
    Turn,
    Understanding,
)

HOURS = "What are your opening hours?"


def _knowledge(question: str, text: str) -> Knowledge:
    return Knowledge(
        id=new_id(),
        workspace="default",
        kind=KnowledgeKind.ANSWER,
        question=question,
        text=text,
        language="en",
        source="faq.csv",
        source_key=question,
        updated_at=now(),
    )


def _stock(app: App) -> Knowledge:
    known = _knowledge(HOURS, "We are here from 9:00 to 21:00 every day.")
    with app.database.transaction() as stores:
        stores.knowledge.put(known)
    return known


def _written(app: App, known: Knowledge, version: str = NO_RELEASE) -> Turn:
    """A turn whose reply a generator wrote."""
    turn = Turn(
        id=new_id(),
        message=Message(
            platform="terminal",
            conversation_id="C",
            message_id=new_id(),
            sender_id="terminal",
            text="when are you there?",
            sent_at=now(),
        ),
        understanding=Understanding(language="en"),
        action=Action.ANSWER,
        reply=Reply(
            text="We are here from 9:00 to 21:00.",
            origin=Origin.GENERATED,
            sources=(Source(knowledge_id=known.id, title=HOURS, score=0.7),),
        ),
        model_version=version,
        answered_at=now(),
        latency_ms=1.0,
        why={"route": "ground"},
    )
    with app.database.transaction() as stores:
        stores.turns.add(turn)
    return turn


def test_a_turn_is_explained_and_its_related_question_taken_by_number(
    app: App,
) -> None:
    _stock(app)
    near = _knowledge("What are your opening hours on Sunday?", "From ten to four.")
    with app.database.transaction() as stores:
        stores.knowledge.put(near)
    turn = ask.ask_once(app, HOURS, "C1")
    told = "\n".join(explaining.in_words(app, turn))
    assert HOURS in told
    assert "word for word" in told
    explained = explaining.explanation_of(app, turn)
    assert [each.used for each in explained.found][:1] == [True]
    assert explained.found[0].by_meaning == pytest.approx(1.0, abs=0.01)
    assert json.dumps(explained.to_json())

    assert turn.reply.choices == (near.question,)
    taken = ask.ask_once(app, "1", "C1")
    assert taken.reply.text == "From ten to four."
    assert "related question" in "\n".join(explaining.in_words(app, taken))


def test_a_turn_whose_release_is_gone_is_explained_without_words(app: App) -> None:
    turn = _written(app, _stock(app), "v0042")
    explained = explaining.explanation_of(app, turn)
    assert explained.words == ()
    assert explaining.in_words(app, turn)


def test_the_picture_shows_what_was_read_asked_and_written(
    app: App, tmp_path: Path
) -> None:
    turn = _written(app, _stock(app))
    explaining.draw(app, turn, tmp_path / "a.svg")
    explaining.draw(app, turn, tmp_path / "a.PNG")
    root = ElementTree.parse(tmp_path / "a.svg").getroot()  # noqa: S314  our own
    said = [
        "".join(group[0].itertext()).rsplit(" ", 1)
        for group in root.iter("{http://www.w3.org/2000/svg}g")
    ]
    pieces = [piece.strip() for piece, _ in said]
    asked = pieces.index("<|customer|>")
    shares = [float(share) for _, share in said]
    assert all(0 <= share <= 1 for share in shares)
    assert max(shares) == 1
    assert sum(shares[1 : asked - 1]) > 0  # it looked at what it read
    assert pieces.index("here") < asked < len(pieces) - pieces[::-1].index("here")
    assert (tmp_path / "a.PNG").read_bytes().startswith(b"\x89PNG")


def test_what_cannot_be_drawn_says_why(app: App, tmp_path: Path) -> None:
    known = _stock(app)
    approved = ask.ask_once(app, HOURS)
    written, gone = _written(app, known), _written(app, known, "v0042")
    told: list[tuple[Turn, str, str, type[Problem]]] = [
        (approved, "a.svg", "KF-626", BadInput),
        (written, "a.gif", "KF-629", BadInput),
        (written, "no/such/a.svg", "KF-627", EnvironmentProblem),
        (gone, "a.svg", "KF-301", EnvironmentProblem),
    ]
    for turn, name, code, kind in told:
        with pytest.raises(kind) as caught:
            explaining.draw(app, turn, tmp_path / name)
        assert caught.value.code == code
        assert caught.value.fix


def test_gaps_are_found_in_what_was_asked_here(app: App) -> None:
    _stock(app)
    for text in (HOURS, "do you sell gift cards", "Do you sell gift cards?", "a song"):
        ask.ask_once(app, text)
    seen, [gap] = find(app, 30, 2, "default")
    assert seen.questions == 4
    assert (gap.count, gap.examples) == (2, ("do you sell gift cards",))
    assert gap.nearest is not None
    assert len(find(app, 30, 1, "default")[1]) == 2
    assert find(app, 30, 1, "bank") == (
        type(seen)(questions=0, unanswered=(), wordless=0),
        [],
    )


def test_the_commands_speak_json_and_tell_mistakes(
    app: App, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ["--home", str(app.settings.home)]
    assert run(["chat", "--once", "/human", "--explain", "--json", *home]) == 0
    turn = json.loads(capsys.readouterr().out)
    assert turn["explanation"]["kind"] == "hand_over"
    assert run(["explain", turn["turn_id"], "--json", *home]) == 0
    assert json.loads(capsys.readouterr().out) == turn["explanation"]
    assert run(["explain", turn["turn_id"], "--language", "zh", *home]) == 0
    assert "客户要求人工服务" in capsys.readouterr().out
    assert run(["explain", "nobody", "--json", *home]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "KF-625"
    assert run(["explain", turn["turn_id"], "--attention", "a.gif", *home]) == 2
    assert run(["gaps", "--days", "0", *home]) == 2
    assert run(["gaps", "--days", "99999999999", *home]) == 2


def test_gaps_are_json_and_a_file_that_must_be_writable(
    app: App, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ["--home", str(app.settings.home)]
    export = tmp_path / "gaps.csv"
    assert run(["gaps", "--json", "--export", str(export), *home]) == 0
    assert json.loads(capsys.readouterr().out)["gaps"] == []
    assert export.read_text(encoding="utf-8-sig").startswith("question,answer,count")
    assert run(["gaps", "--export", str(tmp_path / "no" / "g.csv"), *home]) == 3
    assert "KF-627" in capsys.readouterr().err
