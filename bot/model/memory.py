"""Memory that is free goes back to the system, so that a swap leaves no trace."""

import ctypes
from typing import Final

_M_ARENA_MAX: Final = -8  # of mallopt(3)
ARENAS: Final = 2


def few_arenas() -> None:
    """Let threads share their heaps: each of its own keeps what it once needed.

    Called once, before threads are started. Nothing happens where libc is not glibc.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, ARENAS)


def give_back() -> None:
    """Return what is free to the system. Takes milliseconds."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
