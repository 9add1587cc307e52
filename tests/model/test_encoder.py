"""The encoder gives the reference's vectors, and only from the known weights."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bot.model.encoder import PACKAGED_SHA256, Encoder, find
from storage.problems import EnvironmentProblem

TEXTS = ["Where is my parcel?", "怎么退货？", "a", "The kettle is 1.7 litres. " * 60]


def test_vectors_are_near_those_of_the_reference(encoder: Encoder) -> None:
    import tokenizers
    import torch
    import transformers

    directory, sha256 = find(None)
    assert sha256 == PACKAGED_SHA256 == encoder.sha256
    reference = transformers.BertModel.from_pretrained(str(directory)).eval()
    tokenizer = tokenizers.Tokenizer.from_file(str(directory / "tokenizer.json"))
    tokenizer.enable_truncation(max_length=128)
    tokenizer.no_padding()
    vectors = encoder.encode(TEXTS)
    for text, vector in zip(TEXTS, vectors, strict=True):
        with torch.inference_mode():
            ids = torch.tensor([tokenizer.encode(text).ids])
            wanted = reference(input_ids=ids).last_hidden_state[0].mean(0)
        assert float((wanted / wanted.norm()).numpy() @ vector) > 0.985


def test_vectors_have_length_one_and_do_not_depend_on_their_company(
    encoder: Encoder,
) -> None:
    hostile = ["", " ", "\ud800", "\x00", "😀" * 5000, *TEXTS]
    together = encoder.encode(hostile)
    assert together.shape == (len(hostile), 384)
    assert together.dtype == np.float32
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-4)
    fresh = Encoder.load(None, Path(encoder_cache(encoder)))
    alone = np.concatenate([fresh.encode([text]) for text in hostile])
    assert np.min(np.sum(alone * together, axis=1)) > 0.98
    assert encoder.encode([]).shape == (0, 384)


def encoder_cache(encoder: Encoder) -> str:
    import tempfile

    assert encoder.width == 384
    return f"{tempfile.gettempdir()}/kefu-tests-cache"


def test_serving_needs_no_torch_once_it_is_converted(encoder: Encoder) -> None:
    code = (
        "import sys; from pathlib import Path; from bot.model.encoder import Encoder;"
        f"Encoder.load(None, Path({encoder_cache(encoder)!r})).encode(['hello']);"
        "import bot.model.load, bot.model.live, bot.model.intents;"
        "sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_encoder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem) as told:
        Encoder.load(str(tmp_path / "nowhere"), tmp_path)
    assert told.value.code == "KF-309"


def test_damaged_weights_are_refused_and_leave_nothing_behind(tmp_path: Path) -> None:
    directory, _ = find(None)
    copy = tmp_path / "encoder"
    copy.mkdir()
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt"):
        shutil.copy(directory / name, copy)
    (copy / "model.safetensors").write_bytes(b"\x10\0\0\0\0\0\0\0{}")
    with pytest.raises(EnvironmentProblem) as told:
        Encoder.load(str(copy), tmp_path / "cache")
    assert told.value.code == "KF-304"
    assert list((tmp_path / "cache").iterdir()) == []
    (copy / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(EnvironmentProblem) as told:
        Encoder.load(str(copy), tmp_path / "cache")
    assert told.value.code == "KF-303"
