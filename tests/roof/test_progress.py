"""How far a long task is: a bar on a terminal, plain lines in a pipe, nothing asked."""

import os
import pty
import sys
from contextlib import suppress

import pytest

from bot.cli.progress import SAFE, bar


def test_in_a_pipe_lines_say_how_far_it_is_and_that_it_may_be_stopped(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with bar(quiet=False) as report:
        report("generator", 0.0)
        report("generator", 1.0)
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines() == [SAFE, "generator: 0%", "generator: 100%"]


def test_on_a_terminal_there_is_a_bar_that_says_it_may_be_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        monkeypatch.setenv("COLUMNS", "160")
        monkeypatch.setenv("TERM", "xterm")
        with bar(quiet=False, note="safe to interrupt: nothing is kept") as report:
            report("methods", 0.5)
    shown = _everything(ours)
    assert "methods" in shown
    assert "50 %" in shown
    assert "safe to interrupt: nothing is kept" in shown


def _everything(ours: int) -> str:
    """What was written to a terminal that is closed now."""
    found = b""
    with suppress(OSError):  # the other end is gone: there is no more
        while part := os.read(ours, 65536):
            found += part
    os.close(ours)
    return found.decode()


def test_with_json_nothing_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with bar(quiet=True) as report:
        report("generator", 0.5)
    assert capsys.readouterr() == ("", "")
