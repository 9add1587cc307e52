"""Each text is encoded once, whoever asks, and what is kept survives a restart."""

import os
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.vectors import Vectors

WIDTH = 24


class Encoder:
    """A vector of its own for each text; keeps what it was asked."""

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.encoded += texts
        rows = [
            np.random.default_rng(zlib.crc32(text.encode())).normal(size=WIDTH)
            for text in texts
        ]
        vectors = np.asarray(rows, np.float32).reshape(len(texts), WIDTH)
        normal: NDArray[np.float32] = vectors / np.linalg.norm(
            vectors, axis=1, keepdims=True
        )
        return normal


def texts(count: int) -> list[str]:
    return [f"text {number} 文" for number in range(count)]


def nearly(vectors: NDArray[np.float32], others: NDArray[np.float32]) -> bool:
    return bool(np.allclose(vectors, others, atol=1e-3))


@pytest.mark.parametrize("kept", [False, True])
def test_a_text_is_encoded_once_and_its_vector_has_length_one(
    kept: bool, tmp_path: Path
) -> None:
    encode = Encoder()
    vectors = Vectors(encode, tmp_path / "texts" if kept else None, WIDTH)
    rows = vectors.rows(["a", "b", "a"])
    assert encode.encoded == ["a", "b"]
    assert rows[0] == rows[2] != rows[1]
    rows = vectors.rows([*texts(900), "b"])
    assert len(encode.encoded) == 902
    found = vectors.take(rows[::-7])
    assert nearly(found, Encoder()([*texts(900), "b"])[::-7])
    assert np.allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-6)
    assert vectors.rows([]).shape == (0,)
    assert vectors.take(vectors.rows([])).shape[0] == 0


def test_after_a_restart_nothing_is_encoded_again(tmp_path: Path) -> None:
    many = texts(25_000)  # enough for the digests to be sorted
    vectors = Vectors(Encoder(), tmp_path / "texts", WIDTH)
    rows = vectors.rows(many)
    again = Encoder()
    other = Vectors(again, tmp_path / "texts", WIDTH)
    assert (other.rows(many) == rows).all()
    other.rows(["new"])
    assert again.encoded == ["new"]
    assert nearly(other.take(rows[-3:]), Encoder()(many[-3:]))


def test_two_processes_share_what_either_encodes(tmp_path: Path) -> None:
    one, other = Encoder(), Encoder()
    first = Vectors(one, tmp_path / "texts", WIDTH)
    second = Vectors(other, tmp_path / "texts", WIDTH)
    first.rows(["a"])
    second.rows(["b"])
    assert nearly(first.take(first.rows(["b", "a"])), Encoder()(["b", "a"]))
    assert nearly(second.take(second.rows(["a"])), Encoder()(["a"]))
    assert (one.encoded, other.encoded) == (["a"], ["b"])


@pytest.mark.parametrize(("suffix", "cut"), [(".keys", 5), (".vectors", 7)])
def test_what_was_cut_off_by_a_crash_is_encoded_again(
    suffix: str, cut: int, tmp_path: Path
) -> None:
    Vectors(Encoder(), tmp_path / "texts", WIDTH).rows(["a", "b", "c"])
    file = tmp_path / f"texts{suffix}"
    os.truncate(file, file.stat().st_size - cut)
    encode = Encoder()
    vectors = Vectors(encode, tmp_path / "texts", WIDTH)
    rows = vectors.rows(["c", "d", "a"])
    assert encode.encoded == ["c", "d"]
    assert nearly(vectors.take(rows), Encoder()(["c", "d", "a"]))
    assert Vectors(encode, tmp_path / "texts", WIDTH).rows(["d"]) == rows[1]


def test_where_nothing_can_be_written_it_goes_on_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    vectors = Vectors(Encoder(), tmp_path / "file" / "texts", WIDTH)
    assert nearly(vectors.take(vectors.rows(["a"])), Encoder()(["a"]))


def test_a_disk_that_fills_up_loses_no_vector(tmp_path: Path) -> None:
    (tmp_path / "texts.vectors").symlink_to("/dev/full")
    vectors = Vectors(Encoder(), tmp_path / "texts", WIDTH)
    rows = vectors.rows(["a", "b"])
    assert nearly(vectors.take(rows), Encoder()(["a", "b"]))
