"""A reply that was written from a document says from which file and which heading.

Through the commands, with the starter model that ships: import, ask, read the sources.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import run

HANDBOOK = """# Handbook of the tea shop

## Opening times

The shop in Harbour Street opens at 9:30 and closes at 18:45. On Sundays it is closed.

## Sending tea

A parcel with tea is sent within 2 days and costs 4.50 euros.

## Brewing green tea

Green tea is brewed at 75 degrees for 3 minutes.

## Gift cards

A gift card of the tea shop is valid for 24 months.
"""
# Of several sections: another starter need not write every one of these replies.
ASKED = {
    "How long is green tea brewed?": ("brewing-green-tea", "Brewing green tea"),
    "What does sending a parcel with tea cost?": ("sending-tea", "Sending tea"),
    "How long is a gift card of the tea shop valid?": ("gift-cards", "Gift cards"),
}


@pytest.fixture
def shop(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that has read the handbook and nothing else."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "cache").symlink_to(cache)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KEFU_HOME", str(home))
    Path("handbook.md").write_text(HANDBOOK, encoding="utf-8")
    assert run(["import", "handbook.md"]) == 0
    return home


def ask(question: str, capfd: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert run(["chat", "--once", question, "--json"]) == 0
    return dict(json.loads(capfd.readouterr().out))


def test_a_written_reply_cites_its_file_and_its_heading(
    shop: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    capfd.readouterr()
    turns = {question: ask(question, capfd) for question in ASKED}
    written = {q: t for q, t in turns.items() if t["origin"] == "generated"}
    assert written, turns
    for question, turn in written.items():
        anchor, heading = ASKED[question]
        first = turn["sources"][0]
        assert first["anchor"] == f"#{anchor}"
        assert first["title"] == f"Handbook of the tea shop — {heading}"
        # The file that it names is there, and the heading stands in it.
        cited = shop.parent.parent / first["file"]
        assert f"## {heading}\n" in cited.read_text(encoding="utf-8")
    question = next(iter(written))
    assert run(["chat", "--once", question]) == 0
    anchor, heading = ASKED[question]
    shown = capfd.readouterr().out
    assert f"[Handbook of the tea shop — {heading}] " in shown
    assert f"handbook.md#{anchor}" in shown
