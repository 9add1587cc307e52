"""How much memory a process and its children take, sampled while they work."""

import threading
import time

import psutil

PERIOD_SECONDS = 0.1
MEBIBYTE = 2**20


class MemoryWatch:
    """Peak resident memory of a server and of its children (the trainer), in MiB.

    Children are counted apart: their sum at one moment is the trainer's.
    """

    def __init__(self, pid: int) -> None:
        self.server_peak = self.trainer_peak = self.server_last = 0.0
        self.trainer_seconds = 0.0  # for which a child was seen
        self._process = psutil.Process(pid)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "MemoryWatch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def _watch(self) -> None:
        before = time.monotonic()
        while not self._stopping.wait(PERIOD_SECONDS):
            try:
                self.server_last = self._process.memory_info().rss / MEBIBYTE
                children = self._process.children(recursive=True)
            except psutil.Error:
                return
            self.server_peak = max(self.server_peak, self.server_last)
            trainer = sum(map(_resident, children))
            self.trainer_peak = max(self.trainer_peak, trainer)
            now = time.monotonic()
            self.trainer_seconds += now - before if trainer else 0.0
            before = now


def _resident(process: psutil.Process) -> float:
    try:
        return float(process.memory_info().rss) / MEBIBYTE
    except psutil.Error:
        return 0.0
