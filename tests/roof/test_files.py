"""The files that install and run kefu name only what exists."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_every_path_that_the_image_copies_exists() -> None:
    lines = (ROOT / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
    copied = [line.split()[1:-1] for line in lines if line.startswith("COPY ")]
    assert copied
    for name in (name for names in copied for name in names):
        assert (ROOT / name).exists(), name


def test_the_image_starts_a_command_that_exists() -> None:
    found = re.search(
        r'^CMD \["kefu", "(\w+)"\]', (ROOT / "Dockerfile").read_text(), re.M
    )
    assert found
    done = subprocess.run(
        [sys.executable, "-m", "bot", found[1], "--help"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_compose_sets_only_settings_that_exist() -> None:
    from bot.settings import Settings, variable

    text = (ROOT / "docker-compose.yml").read_text()
    known = {variable(name) for name in Settings.model_fields}
    named = set(re.findall(r"\bKEFU_[A-Z_]+", text + (ROOT / "Dockerfile").read_text()))
    assert named
    assert named <= known
    assert "build: ." in text
    assert "postgres" in text


def test_the_constraints_pin_every_dependency_exactly() -> None:
    lines = (ROOT / "constraints.txt").read_text().split()
    assert all(re.fullmatch(r"[\w.\-]+==[\w.\-]+", line) for line in lines)
    pinned = {line.split("==")[0].lower().replace("_", "-") for line in lines}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.split(r"[\[><=]", each)[0].lower() for each in wanted}
    assert names <= pinned, names - pinned


@pytest.mark.parametrize(
    "target", ["setup", "run", "test", "check", "bench", "test-gpu"]
)
def test_the_makefile_has_the_promised_targets(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.M)


def test_ci_calls_make_test_and_is_executable() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert "make test" in script.read_text()


def test_the_demo_shop_is_as_large_as_promised() -> None:
    shop = ROOT / "bot" / "demo"

    def rows(name: str) -> list[dict[str, str]]:
        return [
            json.loads(line) for line in (shop / name).read_text("utf-8").splitlines()
        ]

    topics = {each["intent"] for each in rows("knowledge.jsonl")}
    topics = {name for name in topics if not name.startswith("small_talk_")}
    assert len(topics) >= 60
    asked, unseen = rows("intents.jsonl"), rows("unseen.jsonl")
    for topic in topics:
        for language in ("en", "zh"):

            def ways(found: list[dict[str, str]], *, of: tuple[str, str]) -> int:
                return sum((row["intent"], row["language"]) == of for row in found)

            assert ways(asked, of=(topic, language)) >= 10, topic
            assert ways(unseen, of=(topic, language)) >= 5, topic
    assert sum(row["intent"] == "oos" for row in asked + unseen) >= 100
    for language in ("en", "zh"):
        assert len(list((shop / "policies" / language).glob("*.md"))) == 10


def test_what_is_never_trained_on_is_not_in_what_is_trained_on() -> None:
    from bot.text import question_key

    shop = ROOT / "bot" / "demo"

    def keys(name: str) -> set[str]:
        lines = (shop / name).read_text("utf-8").splitlines()
        return {question_key(json.loads(line)["text"]) for line in lines}

    assert not keys("intents.jsonl") & keys("unseen.jsonl")
    assert not keys("visitors.jsonl") & keys("unseen.jsonl")
