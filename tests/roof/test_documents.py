"""The documents are true: each code is explained, each command named exists."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli.main import app

ROOT = Path(__file__).parents[2]
CODE = re.compile(r"KF-\d{3}")


def test_every_problem_code_has_its_line() -> None:
    said = (ROOT / "docs" / "problems.md").read_text(encoding="utf-8")
    explained = set(CODE.findall(said)) | {f"KF-54{digit}" for digit in range(1, 7)}
    raised = {
        code
        for package in ("bot", "storage", "adapters", "training")
        for path in (ROOT / package).rglob("*.py")
        for code in CODE.findall(path.read_text(encoding="utf-8"))
    }
    assert raised <= explained, raised - explained
    assert explained <= raised, explained - raised


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_the_commands_of_the_readme_exist(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    named = set(re.findall(r"(?:^|`)kefu ([a-z]+)", text, re.MULTILINE))
    known = {command.name for command in app.registered_commands}
    known |= {group.name for group in app.registered_groups}
    assert named
    assert named <= known


def test_the_readme_names_only_files_that_exist() -> None:
    for name in ("README.md", "README.zh.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        for link in re.findall(r"\]\((?!http)([^)#]+)", text):
            assert (ROOT / link).exists(), f"{name} links to {link}"


def test_the_make_targets_of_the_readme_exist() -> None:
    done = subprocess.run(
        ["make", "-n", "-C", str(ROOT), "run", "test", "bench"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "kefu demo" in done.stdout
    assert sys.version_info[:2] == (3, 11)
