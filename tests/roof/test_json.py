"""With `--json`, stdout is one JSON object, whatever a command or a library logs.

Every command that takes `--json` has a row here, found by walking the commands.
"""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
import typer

from bot.__main__ import run
from bot.cli.main import app as commands

QUESTION = '{"question": "Where is my parcel?", "answer": "It leaves today."}'
MISSING = "nowhere.jsonl"
ASKED = ["--train", MISSING, "--test", MISSING]
ROWS: dict[str, tuple[list[str], int]] = {
    "bench compress": (["--data", MISSING], 2),
    "bench generate": (["--rounds", "0"], 2),
    "bench methods": (["--data", MISSING], 2),
    "bench retrieve": (["--passages", "100", "--questions", "10"], 0),
    "bench serve": (["--replies", "1"], 2),
    "bench train": (["--data", MISSING], 2),
    "chat": (["--once", "Where is my parcel?"], 0),
    "config show": ([], 0),
    "evaluate answers": (["--knowledge", MISSING, "--test", MISSING], 2),
    "evaluate entities": (ASKED, 2),
    "evaluate generator": ([], 2),
    "evaluate intents": (ASKED, 2),
    "evaluate sentiment": (ASKED, 2),
    "explain": (["no-such-turn"], 2),
    "gaps": ([], 0),
    "import": (["shop.jsonl"], 0),
    "mood": ([], 0),
    "pretrain": (["--data", MISSING, "--out", "out"], 2),
    "promote": (["v0009"], 2),
    "releases": ([], 0),
    "report": (["v0009"], 2),
    "review": ([], 0),
    "rollback": ([], 2),
    "train": (["--dry-run"], 0),
    "train-mood": ([MISSING], 2),
}


def with_json(group: Any, *path: str) -> Iterator[str]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from with_json(command, *path, name)
        elif any("--json" in each.opts for each in command.params):
            yield " ".join([*path, name])


def test_no_command_is_forgotten() -> None:
    assert sorted(with_json(typer.main.get_command(commands))) == sorted(ROWS)


@pytest.fixture
def home(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, and the working directory: no command finds another's."""
    for name in ("KEFU_LOG_FORMAT", "KEFU_LOG_LEVEL"):
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "home"
    home.mkdir()
    (home / "cache").symlink_to(cache)
    (tmp_path / "shop.jsonl").write_text(QUESTION, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KEFU_HOME", str(home))
    monkeypatch.setenv("KEFU_TRAIN_MINIMUM", "1")
    return home


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("command", ROWS)
def test_stdout_is_one_json_object_and_logs_go_elsewhere(
    command: str, capfd: pytest.CaptureFixture[str]
) -> None:
    arguments, wanted = ROWS[command]
    structlog.reset_defaults()  # as in a new process, where it writes to stdout
    code = run([*command.split(), *arguments, "--json"])
    structlog.get_logger("any").error("logged by structlog")
    logging.getLogger("any").error("logged by a library")
    said = capfd.readouterr()
    assert code == wanted, said.err
    assert isinstance(json.loads(said.out), dict), said.out
    assert ("error" in json.loads(said.out)) == (code == 2)
    assert "logged by structlog" in said.err
    assert "logged by a library" in said.err
    assert "Traceback" not in said.err


@pytest.mark.usefixtures("home")
def test_a_bug_is_told_in_json_too(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("bot.settings.from_process", broken)
    monkeypatch.setattr("bot.cli.common.configuration.from_process", broken)
    assert run(["config", "show", "--json"]) == 70
    said = capfd.readouterr()
    assert json.loads(said.out)["error"]["code"] == "KF-700"
    assert "KF-700" in said.err
