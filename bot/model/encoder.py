"""Texts to vectors: float32, length 1, near each other when they mean the same.

Two encoders are packaged, and each has its say: all-MiniLM-L6-v2 where a text is
English, read as it stands and with its slips of the finger mended; a multilingual one
for every text, so that Chinese and English meet. `KEFU_ENCODER` names another instead.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.model.bert import PACKAGED_SHA256, BertEncoder
from bot.model.gloss import has_han, in_english
from bot.model.universal import UNIVERSAL_SHA256, UniversalEncoder

Floats: TypeAlias = NDArray[np.float32]

REMEMBERED: Final = 512  # texts whose vectors are kept
ENGLISH_SHARE: Final = 0.65  # of the English encoder in a text without Chinese
_TINY: Final = 1e-12


class Engine(Protocol):
    """One encoder: texts to unit vectors."""

    width: int
    sha256: str

    def encode(self, texts: Sequence[str]) -> Floats:
        """One vector per text, float32 [texts, width]."""
        ...


class Bilingual:
    """The two packaged encoders as one."""

    sha256: str = hashlib.sha256(
        f"{PACKAGED_SHA256}+{UNIVERSAL_SHA256}".encode()
    ).hexdigest()

    def __init__(self, english: Engine, universal: Engine) -> None:
        self._english, self._universal = english, universal
        self.width = english.width + universal.width

    def encode(self, texts: Sequence[str]) -> Floats:
        """One vector per text, float32 [texts, width]."""
        vectors = np.zeros((len(texts), self.width), np.float32)
        vectors[:, self._english.width :] = self._universal.encode(texts)
        places = [place for place, text in enumerate(texts) if not has_han(text)]
        if places:
            meant = self._read([texts[place] for place in places])
            vectors[places, : self._english.width] = meant * ENGLISH_SHARE**0.5
            vectors[places, self._english.width :] *= (1 - ENGLISH_SHARE) ** 0.5
        return vectors

    def _read(self, texts: Sequence[str]) -> Floats:
        """The mean of what a text says as it stands and as it should be read."""
        read = [in_english(text) for text in texts]
        # In small letters, as it is read: what is the same is encoded once.
        stands = [
            text.lower().strip() or better
            for text, better in zip(texts, read, strict=True)
        ]
        once = {text: place for place, text in enumerate(dict.fromkeys(stands + read))}
        vectors = self._english.encode(list(once))
        both = vectors[[once[text] for text in stands]]
        both = both + vectors[[once[text] for text in read]]
        both /= np.maximum(np.linalg.norm(both, axis=1, keepdims=True), _TINY)
        return both


class Encoder:
    """The encoder in use, which remembers. Safe to use from many threads."""

    def __init__(self, engine: Engine) -> None:
        self.width, self.sha256 = engine.width, engine.sha256
        self._engine = engine
        self._known: OrderedDict[str, Floats] = OrderedDict()
        self._lock = threading.Lock()

    @classmethod
    def load(cls, source: str | None, cache: Path, threads: int = 1) -> "Encoder":
        """Load it, converting it into the cache if that was not done before.

        Args:
            source: a directory with a BERT-like sentence-transformers model, or None
                for the packaged encoders.
            cache: a directory for converted weights; may be shared by processes.
            threads: processor threads of one call.

        Raises EnvironmentProblem: KF-309 where the weights are missing or not the
        expected ones, KF-303 for files that could run code, KF-304 for damaged ones.
        """
        bert = BertEncoder.load(source, cache, threads)
        if source is not None:
            return cls(bert)
        return cls(Bilingual(bert, UniversalEncoder.load(threads)))

    def encode(self, texts: Sequence[str]) -> Floats:
        """One vector per text, float32 [texts, width]. An empty text gives one too."""
        vectors = np.zeros((len(texts), self.width), np.float32)
        unknown: dict[str, list[int]] = {}
        with self._lock:
            for place, text in enumerate(texts):
                known = self._known.get(text)
                if known is None:
                    unknown.setdefault(text, []).append(place)
                else:
                    self._known.move_to_end(text)
                    vectors[place] = known
        if unknown:
            fresh = list(unknown)
            for text, vector in zip(fresh, self._engine.encode(fresh), strict=True):
                vectors[unknown[text]] = vector
                self._remember(text, vector)
        return vectors

    def forget(self, texts: Sequence[str] | None = None) -> None:
        """Remember nothing of what was encoded, or nothing of these texts."""
        with self._lock:
            if texts is None:
                self._known.clear()
            for text in texts or ():
                self._known.pop(text, None)

    def _remember(self, text: str, vector: Floats) -> None:
        with self._lock:
            self._known[text] = vector.copy()
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
