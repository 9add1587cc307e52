"""The trainer: a child process with low priority; its crash is no crash here.

It runs `kefu train` of this very installation. Its verdict lies in the database; this
process only starts it, asks it to stop and notices its end.
"""

import os
import subprocess
import sys
import threading
from pathlib import Path

import structlog

from bot.machine import Profile, cap_threads
from bot.settings import Settings

log = structlog.get_logger()

NICENESS = 15


class Trainer:
    """At most one child at a time in this process; a lease sees to the others."""

    def __init__(self, settings: Settings, profile: Profile) -> None:
        self._settings, self._profile = settings, profile
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    @property
    def running(self) -> bool:
        """Whether the child is at work."""
        return self._child is not None and self._child.poll() is None

    def start(self, *, trigger: str, requested_by: str, notify: str = "") -> bool:
        """Start a cycle; False when one is running already.

        Args:
            trigger: "command" or "schedule".
            requested_by: "platform:person".
            notify: "platform conversation language" that is told the verdict.
        """
        with self._lock:
            if self.running:
                return False
            self._child = self._spawn(trigger, requested_by, notify)
        threading.Thread(target=self._wait, args=(self._child,), daemon=True).start()
        return True

    def stop(self) -> None:
        """End the child, if there is one. A cycle that is cut off changes nothing."""
        child = self._child
        if child is None or child.poll() is not None:
            return
        child.terminate()
        try:
            child.wait(5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def _spawn(
        self, trigger: str, requested_by: str, notify: str
    ) -> "subprocess.Popen[bytes]":
        home = self._settings.home
        command = [sys.executable, "-m", "bot", "train", "--home", str(home), "--json"]
        command += ["--workspace", self._settings.workspace]
        command += ["--trigger", trigger, "--requested-by", requested_by]
        command += ["--notify", notify] if notify else []
        threads = self._profile.trainer_threads
        environment = os.environ | cap_threads(threads) | {"KEFU_THREADS": str(threads)}
        with self._log_file(home).open("ab") as output:
            return subprocess.Popen(  # noqa: S603 - our own program, no shell
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
                cwd=Path.cwd(),
                preexec_fn=lambda: os.nice(NICENESS) and None,
            )

    def _wait(self, child: "subprocess.Popen[bytes]") -> None:
        code = child.wait()
        log.info("the trainer has ended", exit_code=code)

    @staticmethod
    def _log_file(home: Path) -> Path:
        folder = home / "logs"
        folder.mkdir(exist_ok=True)
        return folder / "trainer.log"
