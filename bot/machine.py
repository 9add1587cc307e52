"""What this machine can carry, read once at start and printed.

Spinning OpenMP threads made replies ten times slower on shared cores, so thread caps
and passive waiting are the default; each can be set by hand.
"""

import os
from dataclasses import dataclass
from pathlib import Path

GIGABYTE = 1024**3


@dataclass(frozen=True, kw_only=True)
class Profile:
    """The resources kefu plans with."""

    cores: int
    memory_gigabytes: float
    gpu: bool
    threads: int  # of one model call while serving
    workers: int  # conversations answered at once
    trainer_threads: int

    def __str__(self) -> str:
        return (
            f"{self.cores} cores, {self.memory_gigabytes:.0f} GB memory, "
            f"{'a GPU' if self.gpu else 'no GPU'}: {self.workers} workers with "
            f"{self.threads} threads each, trainer {self.trainer_threads}"
        )


def profile(*, threads: int = 0, workers: int = 0, trainer_threads: int = 0) -> Profile:
    """Read the machine; a number above 0 overrides what would be picked."""
    cores = len(os.sched_getaffinity(0))
    return Profile(
        cores=cores,
        memory_gigabytes=_memory() / GIGABYTE,
        gpu=Path("/dev/nvidiactl").exists(),
        threads=threads or max(1, min(4, cores // 2)),
        workers=workers or max(2, min(8, cores)),
        trainer_threads=trainer_threads or max(1, cores // 2),
    )


def _memory() -> int:
    """Bytes of memory this process may use: the machine's, or its container's."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = Path("/sys/fs/cgroup/memory.max")
    text = limit.read_text().strip() if limit.exists() else "max"
    return min(total, int(text)) if text.isdigit() else total


def cap_threads(threads: int) -> dict[str, str]:
    """The environment that keeps numeric libraries within `threads`.

    It must be in place before numpy, CTranslate2 or torch are imported.
    """
    return {
        "OMP_NUM_THREADS": str(threads),
        "OPENBLAS_NUM_THREADS": str(threads),
        "MKL_NUM_THREADS": str(threads),
        "OMP_WAIT_POLICY": "PASSIVE",
        "KMP_BLOCKTIME": "0",
        "TOKENIZERS_PARALLELISM": "false",
    }
