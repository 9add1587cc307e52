"""Memory that is free goes back to the system, so that a swap leaves no trace."""

import ctypes
import os
from typing import Final

_M_ARENA_MAX: Final = -8  # of mallopt(3)
ARENAS: Final = 2
# As torch's oneDNN calls what it keeps of every shape it has met: 1,024 of them if not
# told, each with working memory of its own. A step of learning needs some 25.
_SHAPES: Final = ("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "LRU_CACHE_CAPACITY")
SHAPES: Final = 64


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


def few_shapes() -> None:
    """Let torch keep working memory for few shapes of products: batches all differ.

    Called before the first product; what the environment says already stays.
    """
    for name in _SHAPES:
        os.environ.setdefault(name, str(SHAPES))
