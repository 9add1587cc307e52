"""What old chats say is said to nobody until a person approves it: by the commands."""

import csv
import json
from pathlib import Path

import pytest

from bot.app import new_id, now, open_database
from bot.importing import import_paths
from bot.reviewing import decide, waiting
from bot.settings import load
from storage.database import Database
from storage.problems import BadInput
from tests.roof.test_commands import kefu

CHATS = [
    {
        "id": f"d{number}",
        "turns": [
            {"role": "customer", "text": f"{question} Mail me at ann@shop.example."},
            {"role": "agent", "text": answer},
        ],
    }
    for number, (question, answer) in enumerate(
        [
            ("Can I pay by cheque?", "=Yes, call 13800138000."),
            ("Is parking free?", "Yes, for two hours."),
        ]
    )
]


@pytest.fixture
def chats(tmp_path: Path) -> Path:
    path = tmp_path / "chats.jsonl"
    path.write_text("\n".join(map(json.dumps, CHATS)), encoding="utf-8")
    return path


@pytest.fixture
def database(tmp_path: Path, chats: Path) -> "Database":
    home = tmp_path / "home"
    home.mkdir()
    with open_database(
        load(environ={}, dotenv=home / ".env", home=home).settings
    ) as database:
        import_paths(
            [chats], workspace="default", database=database, now=now, new_id=new_id
        )
    return Database(f"sqlite:///{home / 'kefu.sqlite'}")


def test_it_waits_is_listed_masked_and_written_without_a_formula(
    tmp_path: Path, database: Database
) -> None:
    done = kefu("review", "--json", "--table", "waiting.csv", home=tmp_path)
    said = json.loads(done.stdout)
    assert [each["question"] for each in said["waiting"]] == [
        "Can I pay by cheque? Mail me at [email].",
        "Is parking free? Mail me at [email].",
    ]
    with (tmp_path / "waiting.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["answer"] == "'=Yes, call [phone]."
    with database.reading() as stores:
        assert stores.knowledge.all("default") == []
    one = said["waiting"][1]["id"][:8]
    kefu("review", "--approve", one, home=tmp_path)
    done = kefu("chat", "--once", "Is parking free? Mail me at [email].", home=tmp_path)
    assert done.stdout.splitlines()[0] == "Yes, for two hours."
    database.close()


def test_what_was_decided_is_not_asked_again(chats: Path, database: Database) -> None:
    with database.transaction() as stores:
        first, second = (each.id for each in waiting(stores, "default"))
        decided = decide(stores, "default", approve=[first], reject=[second], now=now())
    assert decided == {"approved": [first], "rejected": [second]}
    report = import_paths(
        [chats], workspace="default", database=database, now=now, new_id=new_id
    )
    assert (report.added, report.unchanged) == (0, 2)
    with database.transaction() as stores:
        assert waiting(stores, "default") == []
        assert len(stores.knowledge.all("default")) == 1
        with pytest.raises(BadInput) as caught:
            decide(stores, "default", approve=[second], reject=[], now=now())
    assert caught.value.code == "KF-227"
    database.close()


def test_another_workspace_decides_nothing_here(database: Database) -> None:
    with database.transaction() as stores:
        assert decide(stores, "other", approve=["all"], reject=[], now=now()) == {
            "approved": [],
            "rejected": [],
        }
        assert len(waiting(stores, "default")) == 2
        with pytest.raises(BadInput) as caught:
            decide(stores, "default", approve=["all"], reject=["all"], now=now())
    assert caught.value.code == "KF-228"
    database.close()
