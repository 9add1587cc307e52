"""Vectors of texts, each encoded once: in memory, or in a file that outlives a restart.

A row is written once and never changed. The file belongs to one encoder, is shared by
processes and may be deleted at any time: it only saves work. Where it cannot be read
or written, vectors are kept in memory.
"""

import fcntl
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
Halves: TypeAlias = NDArray[np.float16]
Rows: TypeAlias = NDArray[np.int64]
Encode: TypeAlias = Callable[[Sequence[str]], Floats]  # texts -> unit vectors

_TOGETHER: Final = 512  # texts that are encoded in one call
_DIGEST: Final = 16  # bytes that a text is known by
_RECENT: Final = 20_000  # digests kept in a dictionary before they are sorted in
_TINY: Final = 1e-12


class Vectors:
    """What texts mean, by row. Safe to use from many threads.

    Args:
        encode: texts to unit vectors, float32 [texts, width].
        file: where the vectors are kept, without a suffix; None keeps them in
            memory. It must be used with this encoder alone.
        width: of a vector; needed for a file.
    """

    def __init__(
        self, encode: Encode, file: Path | None = None, width: int = 0
    ) -> None:
        self._encode = encode
        self._lock = threading.Lock()
        self._digests = _Digests()
        self._kept: _Kept = _Memory()
        if file is not None:
            try:
                self._kept = _File(file, width)
            except OSError:
                self._kept = _Memory()

    def rows(self, texts: Sequence[str]) -> Rows:
        """The row of each text; those never seen before are encoded first."""
        digests = [_digest(text) for text in texts]
        with self._lock:
            self._digests.add(self._kept.unread())
            found = self._digests.find(digests)
            unknown = {digests[n]: texts[n] for n in np.flatnonzero(found < 0).tolist()}
            if not unknown:
                return found
            for start in range(0, len(unknown), _TOGETHER):
                keys = list(unknown)[start : start + _TOGETHER]
                vectors = self._encode([unknown[key] for key in keys])
                self._keep(keys, vectors.astype(np.float16))
            return self._digests.find(digests)

    def take(self, rows: Rows) -> Floats:
        """The vectors of rows, float32 [rows, width], of length 1."""
        vectors = self._kept.take(rows).astype(np.float32)
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), _TINY)
        return vectors

    def _keep(self, keys: Sequence[bytes], vectors: Halves) -> None:
        try:
            written = self._kept.append(keys, vectors)
        except OSError:  # the disk is full or gone: go on in memory with what is known
            known = self._kept.take(np.arange(len(self._digests)))
            self._kept = _Memory()
            self._kept.append([b""] * len(known), known)
            written = self._kept.append(keys, vectors)
        self._digests.add(written)


class _Kept(Protocol):
    """Where rows are. A row's number is its place in the order of writing."""

    def append(self, keys: Sequence[bytes], vectors: Halves) -> list[bytes]:
        """Write rows; the keys of all rows not told before, others' included."""
        ...

    def unread(self) -> list[bytes]:
        """The keys of rows that others wrote meanwhile."""
        ...

    def take(self, rows: Rows) -> Halves: ...


class _Memory:
    def __init__(self) -> None:
        self._space: Halves = np.zeros((0, 0), np.float16)
        self._count = 0

    def append(self, keys: Sequence[bytes], vectors: Halves) -> list[bytes]:
        needed = self._count + len(vectors)
        if needed > len(self._space) or not self._space.shape[1]:
            room = max(256, needed * 5 // 4)
            grown = np.zeros((room, vectors.shape[1]), np.float16)
            if self._count:
                grown[: self._count] = self._space[: self._count]
            self._space = grown
        self._space[self._count : needed] = vectors
        self._count = needed
        return list(keys)

    def unread(self) -> list[bytes]:
        return []

    def take(self, rows: Rows) -> Halves:
        return self._space[rows]


class _File:
    """Two files: digests, and vectors in the same order. A torn end is cut off."""

    def __init__(self, file: Path, width: int) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT
        self._width, self._bytes = width, 2 * width
        self._keys = os.open(file.with_suffix(".keys"), flags, 0o600)
        self._vectors = os.open(file.with_suffix(".vectors"), flags, 0o600)
        self._told = 0

    def __del__(self) -> None:
        for name in ("_keys", "_vectors"):
            if hasattr(self, name):
                os.close(getattr(self, name))

    def append(self, keys: Sequence[bytes], vectors: Halves) -> list[bytes]:
        with self._locked():
            count = self._whole()
            os.ftruncate(self._keys, count * _DIGEST)
            os.ftruncate(self._vectors, count * self._bytes)
            _write(self._vectors, vectors.tobytes(), count * self._bytes)
            _write(self._keys, b"".join(keys), count * _DIGEST)
        return self.unread()

    def unread(self) -> list[bytes]:
        count = self._whole()
        size = (count - self._told) * _DIGEST
        if size <= 0:
            return []
        read = os.pread(self._keys, size, self._told * _DIGEST)
        self._told = count
        return [read[n : n + _DIGEST] for n in range(0, size, _DIGEST)]

    def take(self, rows: Rows) -> Halves:
        """Neighbours are read together; no page of the file stays in our memory."""
        found = np.empty((len(rows), self._width), np.float16)
        if not len(rows):
            return found
        breaks = np.flatnonzero(np.diff(rows) != 1) + 1
        bounds = [0, *breaks.tolist(), len(rows)]
        space = found.data.cast("B")
        for start, end in zip(bounds, bounds[1:], strict=False):
            part = space[start * self._bytes : end * self._bytes]
            read = os.preadv(self._vectors, [part], int(rows[start]) * self._bytes)
            if read < len(part):  # cut short by somebody: such a row is like nothing
                part[read:] = bytes(len(part) - read)
        return found

    def _whole(self) -> int:
        keys, vectors = os.fstat(self._keys).st_size, os.fstat(self._vectors).st_size
        return min(keys // _DIGEST, vectors // self._bytes)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        fcntl.flock(self._keys, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._keys, fcntl.LOCK_UN)


class _Digests:
    """The row of each digest: most in sorted arrays, the newest in a dictionary."""

    def __init__(self) -> None:
        self._keys: NDArray[np.uint64] = np.zeros((0, 2), np.uint64)
        self._rows: Rows = np.zeros(0, np.int64)
        self._recent: dict[bytes, int] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, keys: Sequence[bytes]) -> None:
        """These stand in the next rows."""
        for row, key in enumerate(keys, start=self._count):
            self._recent[key] = row
        self._count += len(keys)
        if len(self._recent) > _RECENT:
            self._sort_in()

    def find(self, keys: Sequence[bytes]) -> Rows:
        """The row of each; -1 where there is none."""
        rows = np.asarray([self._recent.get(key, -1) for key in keys], np.int64)
        if not len(self._rows) or not len(rows):
            return rows
        wanted = np.frombuffer(b"".join(keys), np.uint64).reshape(-1, 2)
        places = np.searchsorted(self._keys[:, 0], wanted[:, 0])
        places[places == len(self._rows)] = 0
        same = (self._keys[places] == wanted).all(axis=1)
        rows[same] = self._rows[places[same]]
        return rows

    def _sort_in(self) -> None:
        fresh = np.frombuffer(b"".join(self._recent), np.uint64).reshape(-1, 2)
        keys = np.concatenate([self._keys, fresh])
        values = np.fromiter(self._recent.values(), np.int64, len(self._recent))
        rows = np.concatenate([self._rows, values])
        order = np.argsort(keys[:, 0], kind="stable")
        self._keys, self._rows, self._recent = keys[order], rows[order], {}


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_DIGEST).digest()


def _write(file: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(file, view, offset)
        view, offset = view[written:], offset + written
