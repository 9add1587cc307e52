"""Work on a folder in processes of its own: their time and memory are their own.

The folder holds what such a process says, how far it is, and at last its result.
"""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from bot.machine import cap_threads
from bot.model.files import read_json
from storage.problems import EnvironmentProblem

RESULT: Final = "result.json"
_SAID, _SHARE = "said.log", "share"
_BEAT: Final = 0.5  # seconds between two looks at how far it is


def run_apart(
    folder: Path,
    *,
    module: str = "training.job",
    threads: int,
    processes: int = 1,
    progress: Callable[[float], None] = lambda _: None,
) -> Mapping[str, Any]:
    """Do a folder's job in a process of its own, or several; give its result.

    What `progress` raises stops them, and goes on its way.

    Raises EnvironmentProblem KF-417 if it ends badly.
    """
    several = ["torch.distributed.run", "--standalone", "--nproc-per-node"]
    launcher = [*several, str(processes), "-m"] if processes > 1 else []
    command = [sys.executable, "-m", *launcher, module, str(folder)]
    with (folder / _SAID).open("w", encoding="utf-8") as said:
        child = subprocess.Popen(  # noqa: S603 - our own program, no shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            env=os.environ | cap_threads(threads),
        )
        try:
            while (code := _ended(child)) is None:
                progress(_share_done(folder))
        finally:
            if child.poll() is None:
                child.terminate()
                child.wait()
    if code:
        why = (folder / _SAID).read_text(encoding="utf-8", errors="replace")
        raise EnvironmentProblem(
            "KF-417",
            "the process that fine-tunes ended badly",
            where=" ".join(command),
            why=f"exit code {code}: {why.strip()[-1500:]}",
            fix="with code -9 memory ran out: close other programs, or set "
            "KEFU_BASE_MODEL to a smaller model; else the reason above says what to do",
        )
    return read_json(folder / RESULT)


def _ended(child: "subprocess.Popen[bytes]") -> int | None:
    try:
        return child.wait(_BEAT)
    except subprocess.TimeoutExpired:
        return None


def _share_done(folder: Path) -> float:
    """What the process wrote last; the file is replaced whole."""
    try:
        return float((folder / _SHARE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return 0.0


def tell_share(folder: Path) -> Callable[[float], None]:
    """Writes down how far it is, for `run_apart` to read; not more often than that."""
    told_at = [0.0]

    def tell(share: float) -> None:
        moment = time.monotonic()
        if moment - told_at[0] > _BEAT:
            told_at[0] = moment
            beside = folder / f"{_SHARE}.new"
            beside.write_text(str(share), encoding="utf-8")
            beside.replace(folder / _SHARE)

    return tell


def peak_memory() -> float:
    """The most memory that this process has held so far, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
