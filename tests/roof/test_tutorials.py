"""Three businesses in one home, by import and configuration alone; each for itself.

The tutorials' own code blocks are run, on the first rows of the public data sets.
"""

import gzip
import json
import re
import shlex
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.app import open_app
from bot.cli.ask import ask_once
from bot.cli.main import app as commands
from bot.settings import load
from storage.records import Action, Turn

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared/data"
pytestmark = [
    pytest.mark.skipif(
        not DATA.is_dir(), reason=f"the public data sets are not at {DATA}"
    ),
    pytest.mark.slow,
]
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```", re.MULTILINE | re.DOTALL)
TUTORIALS = {"bank": "bank", "clothing-shop": "clothes", "database-vendor": "database"}
ASKED = {
    "bank": "I still have not received my new card, when does it come?",
    "clothes": "I want to return my shirt",
    "database": "TiDB 是什么？",
}
INTENTS = ("card_arrival", "lost_or_stolen_card", "change_pin", "exchange_rate")


def rows(name: str) -> Iterator[str]:
    path = DATA / name
    opened = gzip.open if name.endswith(".gz") else open
    with opened(path, "rt", encoding="utf-8") as lines:
        yield from lines


def first_rows(folder: Path) -> None:
    """The data sets in small, under their names."""
    small = {
        "banking77/train_10shot.jsonl": [
            line
            for line in rows("banking77/train_10shot.jsonl")
            if json.loads(line)["intent"] in INTENTS
        ],
        "abcd-guidelines/documents.jsonl": list(
            islice(rows("abcd-guidelines/documents.jsonl"), 6)
        ),
        "tidb-zh/qa.jsonl": list(islice(rows("tidb-zh/qa.jsonl"), 20)),
        "tidb-zh/documents.jsonl.gz": list(
            islice(rows("tidb-zh/documents.jsonl.gz"), 400, 420)
        ),
    }
    for name, lines in small.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        content = "".join(lines).encode()
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)


def run_blocks(name: str) -> None:
    """Write the tutorial's files, run its commands, compare what they say."""
    page = (ROOT / f"docs/tutorials/{name}.md").read_text(encoding="utf-8")
    said, ran = "", 0
    for kind, path, text in BLOCK.findall(page):
        if path:
            Path(path).write_text(text, encoding="utf-8")
        for line in text.splitlines() if kind == "sh" else ():
            if line.startswith("# "):
                assert line[2:] in said, f"{line!r} was not said, but {said!r}"
                continue
            command, *arguments = shlex.split(line)
            assert command == "kefu"
            done = CliRunner().invoke(commands, arguments, catch_exceptions=False)
            assert done.exit_code == 0, f"{line}: {done.output}"
            said, ran = done.stdout, ran + 1
    assert ran > 1


def asked_in(home: Path, workspace: str) -> dict[str, Turn]:
    """Every business's question, asked in one workspace."""
    environ = {"KEFU_WORKSPACE": workspace}
    settings = load(environ=environ, dotenv=home / ".env", home=home).settings
    with open_app(settings) as opened:
        return {name: ask_once(opened, text) for name, text in ASKED.items()}


def test_three_businesses_live_in_one_home_and_know_only_their_own(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "cache").symlink_to(cache)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KEFU_HOME", str(home))
    first_rows(tmp_path)
    for tutorial in TUTORIALS:
        run_blocks(tutorial)
    for workspace in TUTORIALS.values():
        turns = asked_in(home, workspace)
        own = turns.pop(workspace)
        assert own.action is Action.ANSWER
        version = "v0001" if workspace == "bank" else "v0000"
        assert own.model_version == version
        for name, turn in turns.items():
            assert turn.action is not Action.ANSWER, f"{workspace} answered {name}"
            for part in ("five working days", "within 30 days", "PingCAP"):
                assert part not in turn.reply.text
