"""The commands, through the front door: help, mistakes, exit codes, JSON."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMANDS = [
    ["chat"],
    ["explain"],
    ["gaps"],
    ["serve"],
    ["demo"],
    ["import"],
    ["train"],
    ["bench", "generate"],
    ["bench", "methods"],
    ["bench", "train"],
    ["bench", "compress"],
    ["bench", "retrieve"],
    ["evaluate", "answers"],
    ["pretrain"],
    ["mood"],
    ["train-mood"],
    ["releases"],
    ["promote"],
    ["rollback"],
    ["review"],
    ["report"],
    ["config", "show"],
    ["slack", "manifest"],
]


def kefu(
    *arguments: str, home: Path, more: dict[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    ours = ("KEFU_", "SLACK_", "TELEGRAM_")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=home,
        env=environment | {"KEFU_HOME": str(home / "home")} | (more or {}),
    )


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself_with_an_example(
    command: list[str], tmp_path: Path
) -> None:
    done = kefu(*command, "--help", home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"Example: kefu {' '.join(command)}" in done.stdout


@pytest.mark.parametrize(
    ("wrong", "near"),
    [(["impotr"], "import"), (["train", "--dry-rn"], "--dry-run"), (["chta"], "chat")],
)
def test_a_mistyped_name_suggests_the_near_one(
    wrong: list[str], near: str, tmp_path: Path
) -> None:
    done = kefu(*wrong, home=tmp_path)
    assert done.returncode == 2
    assert near in done.stderr
    assert "Traceback" not in done.stderr


def test_the_manifest_is_json_that_names_its_scopes(tmp_path: Path) -> None:
    done = kefu("slack", "manifest", home=tmp_path)
    manifest = json.loads(done.stdout)
    assert manifest["settings"]["socket_mode_enabled"] is True
    explained = kefu("slack", "manifest", "--explain", home=tmp_path).stdout
    for scope in manifest["oauth_config"]["scopes"]["bot"]:
        assert scope in explained


def test_settings_are_shown_with_their_origin_and_without_secrets(
    tmp_path: Path,
) -> None:
    token = "123456789:AAabcdefghijklmnopqrstuvwxyz012345678"
    done = kefu(
        "config", "show", "--json", home=tmp_path, more={"TELEGRAM_BOT_TOKEN": token}
    )
    shown = json.loads(done.stdout)
    assert shown["TELEGRAM_BOT_TOKEN"]["origin"] == "TELEGRAM_BOT_TOKEN"
    assert shown["KEFU_HOME"]["value"] == str(tmp_path / "home")
    assert token not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "more", "code", "exit_code"),
    [
        (["config", "show"], {"KEFU_WBE_PORT": "1"}, "KF-601", 2),
        (["config", "show"], {"KEFU_WEB_PORT": "x"}, "KF-602", 2),
        (["import", "nowhere.csv"], {}, "KF-201", 2),
        (["import", ".", "--kind", "dreams"], {}, "KF-203", 2),
        (["import", ".", "--workspace", "a/b"], {}, "KF-225", 2),
        (["review", "--table", "/nowhere/x.csv"], {}, "KF-226", 3),
        (["review", "--approve", "0123abcd"], {}, "KF-227", 2),
        (["rollback"], {}, "KF-608", 2),
        (["rollback", "v0042"], {}, "KF-405", 2),
        (["promote", "v0042"], {}, "KF-405", 2),
        (["report", "v0042"], {}, "KF-609", 2),
        (["releases"], {"KEFU_HOME": "/proc/nowhere"}, "KF-604", 3),
        (["releases"], {"KEFU_DATABASE_URL": "oracle://x"}, "KF-111", 2),
        (["serve"], {"SLACK_BOT_TOKEN": "xoxb-1"}, "KF-501", 2),
        (["serve"], {"KEFU_TRAIN_AT": "noon"}, "KF-605", 2),
        (["serve"], {"KEFU_TIMEZONE": "Mars/Olympus"}, "KF-606", 2),
        (["chat", "--once", "hi"], {"KEFU_BASE_MODEL": "/nowhere"}, "KF-308", 3),
        (["chat", "--once", "hi"], {"KEFU_ENCODER": "/nowhere"}, "KF-309", 3),
    ],
)
def test_a_mistake_is_told_with_its_code_and_what_to_do(
    arguments: list[str],
    more: dict[str, str],
    code: str,
    exit_code: int,
    tmp_path: Path,
) -> None:
    done = kefu(*arguments, home=tmp_path, more={"KEFU_WEB_PORT": "0"} | more)
    assert f"error[{code}]" in done.stderr, done.stderr
    assert "fix:" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == exit_code


def test_a_problem_is_json_where_json_was_asked_for(tmp_path: Path) -> None:
    done = kefu("rollback", "--json", home=tmp_path)
    assert json.loads(done.stdout)["error"]["code"] == "KF-608"


def test_training_on_nothing_says_what_is_missing(tmp_path: Path) -> None:
    done = kefu("train", "--json", home=tmp_path)
    assert done.returncode == 1
    said = json.loads(done.stdout)
    assert said["verdict"] == "nothing to learn"
    assert "labelled questions" in " ".join(said["reasons"])


def test_a_question_is_answered_from_what_was_imported(tmp_path: Path) -> None:
    table = tmp_path / "faq.csv"
    table.write_text(
        "问题,答案\n你们几点开门？,每天早上九点开门。\n可以退货吗？,七天内可以退货。\n",
        encoding="gbk",
    )
    done = kefu("import", str(table), "--json", home=tmp_path)
    assert json.loads(done.stdout)["added"] == 2, done.stderr
    again = kefu("import", str(table), "--json", home=tmp_path)
    assert json.loads(again.stdout)["unchanged"] == 2
    done = kefu("chat", "--once", "你们几点开门", "--json", home=tmp_path)
    turn = json.loads(done.stdout)
    assert turn["text"] == "每天早上九点开门。"
    assert (turn["action"], turn["language"]) == ("answer", "zh")
    assert turn["sources"][0]["title"] == "你们几点开门？"
    assert turn["model_version"] == "v0000"
