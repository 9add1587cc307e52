"""One `kefu serve` of ours, as a child process: started, killed, stopped, measured.

Its environment holds nothing of the machine's own kefu settings, and its working
directory is its home, so that no `.env` is read by accident.
"""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

READY_SECONDS = 120.0
OURS = ("KEFU_", "SLACK_", "TELEGRAM_")


class NotReady(Exception):
    """The server has ended, or was not ready in time. The message is its log's end."""


def clean_environment(more: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without any kefu setting, and then `more`."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(OURS)}
    return kept | dict(more)


def free_port() -> int:
    """A port of the loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """The process and its home. It may be started again and again.

    Args:
        home: data directory, made if need be.
        settings: environment variables of the server and of every command.
        program: what is run instead of `python -m bot`, for instance a module that
            does the same and kills itself on the way.
    """

    def __init__(
        self,
        home: Path,
        settings: Mapping[str, str],
        *,
        program: tuple[str, ...] = ("-m", "bot"),
    ) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.home, self.program = home, program
        self.port = free_port()
        self.environment = clean_environment(
            {
                "KEFU_HOME": str(home),
                "KEFU_TRAIN_AT": "never",
                # Each message is to get a reply of its own: that is what is counted.
                "KEFU_DEBOUNCE_SECONDS": "0",
                "KEFU_LOG_FORMAT": "json",
                "KEFU_WEB_PORT": str(self.port),
                # "-m tests..." must be found although we run in the home.
                "PYTHONPATH": str(Path(__file__).parents[2]),
                **settings,
            }
        )
        self.log = home / "server.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the running process."""
        assert self.process
        return self.process.pid

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self.process is not None and self.process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """How the process ended; None while it lives, negative where it was killed."""
        return self.process.poll() if self.process else None

    def start(self, more: Mapping[str, str] | None = None) -> None:
        """Start the process; `ready` waits for it."""
        assert not self.running
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, *self.program, "serve"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=self.environment | dict(more or {}),
                cwd=self.home,
            )

    async def ready(self, *, seconds: float = READY_SECONDS) -> float:
        """Wait until it can serve; the seconds that took.

        Raises:
            NotReady: it ended, or did not get there in time.
        """
        began = time.monotonic()
        while time.monotonic() < began + seconds:
            if not self.running:
                raise NotReady(self.tail())
            if await asyncio.to_thread(self._answers, "/readyz"):
                return time.monotonic() - began
            await asyncio.sleep(0.05)
        raise NotReady(self.tail())

    def kill(self) -> None:
        """kill -9, and wait for the end."""
        if self.process:
            self.process.kill()
            self.process.wait()

    async def stop(self, *, seconds: float = 30.0) -> float:
        """SIGTERM; the seconds until it has ended. Killed when it takes longer."""
        if not self.process:
            return 0.0
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            await asyncio.to_thread(self.process.wait, seconds)
        except subprocess.TimeoutExpired:
            self.kill()
        return time.monotonic() - began

    def tail(self, characters: int = 3000) -> str:
        """The end of the log."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return text[-characters:]

    async def run(
        self, *arguments: str | Path, stdin: str = "", seconds: float = 1800.0
    ) -> "subprocess.CompletedProcess[str]":
        """Run another command of kefu on the same home."""
        return await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "bot", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=seconds,
            env=self.environment,
            cwd=self.home,
        )

    async def run_json(self, *arguments: str | Path) -> dict[str, Any]:
        """The same with `--json`, which must be printed whatever the exit code."""
        done = await self.run(*arguments, "--json")
        if not done.stdout.strip():
            raise AssertionError(f"{arguments}: {done.returncode}\n{done.stderr}")
        return dict(json.loads(done.stdout))

    def _answers(self, path: str) -> bool:
        url = f"http://127.0.0.1:{self.port}{path}"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False
