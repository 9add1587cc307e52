"""Converting without torch gives the very bytes of CTranslate2's own converter."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from bot.model import weights
from bot.model.apart import encoder_apart, generator_apart
from bot.model.convert import convert_known
from bot.model.load import STARTER_DIRECTORY, BaseModel
from storage.problems import EnvironmentProblem


def by_ctranslate2(directory: Path, target: Path) -> None:
    import ctranslate2
    from transformers.utils import logging

    logging.disable_progress_bar()
    converter = ctranslate2.converters.TransformersConverter(str(directory))
    converter.convert(str(target), quantization="int8_float32")


def small_bert(directory: Path, tokenizer_from: Path) -> Path:
    import torch
    import transformers

    config = transformers.BertConfig(
        vocab_size=4200,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
        position_embedding_type="absolute",
    )
    torch.manual_seed(3)
    transformers.BertModel(config).save_pretrained(str(directory))
    path = directory / "config.json"
    row = json.loads(path.read_text(encoding="utf-8"))
    # Newer configurations leave out what old encoders say, and CTranslate2 asks for.
    path.write_text(json.dumps({**row, "position_embedding_type": "absolute"}), "utf-8")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(tokenizer_from / name, directory)
    return directory


@pytest.mark.parametrize("kind", ["gpt2", "bert"])
def test_the_same_bytes_as_the_converter_for_all(
    tiny_base: BaseModel, tmp_path: Path, kind: str
) -> None:
    directory = tiny_base.directory
    if kind == "bert":
        directory = small_bert(tmp_path / "bert", tiny_base.directory)
    by_ctranslate2(directory, tmp_path / "theirs")
    assert weights.known(directory)
    weights.convert(directory, tmp_path / "ours")
    names = sorted(path.name for path in (tmp_path / "theirs").iterdir())
    assert names == ["config.json", "model.bin", "vocabulary.json"]
    for name in names:
        theirs = (tmp_path / "theirs" / name).read_bytes()
        assert (tmp_path / "ours" / name).read_bytes() == theirs, name


@pytest.mark.parametrize(
    "change",
    [
        {"model_type": "llama"},
        {"scale_attn_by_inverse_layer_idx": True},
        {"layer_norm_epsilon": 1e-3},
        {"n_positions": None},
    ],
)
def test_what_is_otherwise_is_left_to_others(
    tiny_base: BaseModel, tmp_path: Path, change: dict[str, object]
) -> None:
    copy = tmp_path / "base"
    shutil.copytree(tiny_base.directory, copy)
    path = copy / "config.json"
    row = json.loads(path.read_text(encoding="utf-8")) | change
    row = {name: value for name, value in row.items() if value is not None}
    path.write_text(json.dumps(row), encoding="utf-8")
    assert not convert_known(copy, tmp_path / "engine")
    assert not (tmp_path / "engine").exists()


def test_weights_that_lack_a_layer_leave_nothing_behind(
    tiny_base: BaseModel, tmp_path: Path
) -> None:
    copy = tmp_path / "base"
    shutil.copytree(tiny_base.directory, copy)
    path = copy / "config.json"
    row = json.loads(path.read_text(encoding="utf-8")) | {"n_layer": 5}
    path.write_text(json.dumps(row), encoding="utf-8")
    assert not convert_known(copy, tmp_path / "out" / "engine")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_child_converts_and_says_what_is_wrong(tmp_path: Path) -> None:
    assert generator_apart(STARTER_DIRECTORY, None, tmp_path / "engine")
    assert (tmp_path / "engine" / "model.bin").is_file()
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    for name in ("tokenizer.json", "config.json"):
        (damaged / name).write_text("{", encoding="utf-8")
    with pytest.raises(EnvironmentProblem) as told:
        encoder_apart(damaged, tmp_path / "encoder")
    assert (told.value.code, told.value.where) == ("KF-304", str(damaged))
    assert "config.json" in told.value.why


def held(directory: Path) -> Path:
    """A base whose conversion waits for a pipe that nobody writes to."""
    shutil.copytree(STARTER_DIRECTORY, directory)
    (directory / "model.safetensors").unlink()
    os.mkfifo(directory / "model.safetensors")
    return directory


def children_of(pid: int) -> list[psutil.Process]:
    for _ in range(600):
        found = [each for each in psutil.Process(pid).children() if _converts(each)]
        if found:
            return found
        time.sleep(0.05)
    return []


def _converts(process: psutil.Process) -> bool:
    try:
        return "bot.model.apart" in process.cmdline()
    except psutil.Error:
        return False


def test_a_child_that_is_killed_is_told(tmp_path: Path) -> None:
    base, told = held(tmp_path / "base"), []

    def convert() -> None:
        try:
            generator_apart(base, None, tmp_path / "engine")
        except EnvironmentProblem as problem:
            told.append(problem)

    thread = threading.Thread(target=convert)
    thread.start()
    [child] = children_of(os.getpid())
    child.kill()
    thread.join(30)
    [problem] = told
    assert (problem.code, problem.where) == ("KF-313", str(base))
    assert "-9" in problem.why


def test_a_child_ends_with_its_parent(tmp_path: Path) -> None:
    base = held(tmp_path / "base")
    code = (
        "from pathlib import Path; from bot.model.apart import generator_apart;"
        f"generator_apart(Path({str(base)!r}), None, Path({str(tmp_path / 'e')!r}))"
    )
    with subprocess.Popen([sys.executable, "-c", code]) as parent:
        [child] = children_of(parent.pid)
        parent.kill()
    child.wait(30)
    assert not child.is_running()
