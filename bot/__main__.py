"""The front door: thread caps first, then the commands, and no traceback to a person.

Numeric libraries read their thread caps once, when they are imported; so the machine
is read here, before anything heavy is.
"""

import json
import os
import shlex
import sys
import tempfile
import threading
import traceback
from datetime import UTC, datetime
from pathlib import Path

from bot.machine import cap_threads, profile
from bot.model.memory import few_arenas
from storage.problems import BadInput, ExitCode, Problem


def main() -> None:
    """Run `kefu` and exit with the contract's code."""
    wanted = os.environ.get("KEFU_THREADS", "")
    threads = int(wanted) if wanted.isdigit() else 0
    for name, value in cap_threads(profile(threads=threads).threads).items():
        os.environ.setdefault(name, value)
    few_arenas()
    _leave(run(sys.argv[1:]))


def _leave(code: int) -> None:
    """End the process. A thread that still loads a model cannot hold it up.

    The interpreter's own way out would wait for it, or abort in the middle of it;
    whatever must last has been committed by now.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    if threading.active_count() > 1:
        os._exit(code)
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run one command; a problem is told, never thrown at the person."""
    from bot.cli.main import app

    as_json = "--json" in arguments
    try:
        app(arguments)
    except Problem as problem:
        if as_json:
            _print(problem)
        sys.stderr.write(f"{problem}\n")
        return int(problem.exit_code)
    except SystemExit as stop:
        if as_json and stop.code == ExitCode.USER_INPUT:
            _print(_not_understood(arguments))  # people have read why on stderr
        return stop.code if isinstance(stop.code, int) else int(ExitCode.DONE)
    # The last door: what comes here is our bug. It is reported, never swallowed.
    except Exception as error:
        bug = _bug(error)
        if as_json:
            _print(bug)
        sys.stderr.write(f"{bug}\n")
        return int(ExitCode.OUR_BUG)
    return int(ExitCode.DONE)


def _print(problem: Problem) -> None:
    fields = ("code", "what", "where", "why", "fix")
    error = {name: getattr(problem, name) for name in fields}
    sys.stdout.write(json.dumps({"error": error}, ensure_ascii=False) + "\n")


def _not_understood(arguments: list[str]) -> Problem:
    return BadInput(
        "KF-250",
        "the command line is not understood",
        where=shlex.join(["kefu", *arguments]),
        why="an option or a value is unknown or missing; stderr names it",
        fix="kefu COMMAND --help lists them",
    )


def _bug(error: Exception) -> Problem:
    return Problem(
        "KF-700",
        f"kefu met a bug of its own ({type(error).__name__})",
        where=f"details are in {_report(error)}",
        fix="send that file to us; it holds no message and no token",
    )


def _report(error: Exception) -> Path:
    """Write where it happened: file names and lines, never values."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    path = Path(tempfile.gettempdir()) / f"kefu-report-{stamp}-{os.getpid()}.txt"
    path.write_text(
        "\n".join([type(error).__name__, *lines, ""]),
        encoding="utf-8",
        errors="replace",
    )
    return path


if __name__ == "__main__":
    main()
