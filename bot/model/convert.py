"""Weights to CTranslate2, once. Only what is neither GPT-2 nor BERT needs torch for it.

A result appears whole or not at all: it is written beside and renamed, and the rename
is the last step. One process at a time converts in a directory; what a killed one
left there is removed by the next.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from bot.model import weights
from bot.model.files import CONVERTING, refuse_unsafe, unreadable

_TOKENIZER: Final = ("tokenizer.json", "tokenizer_config.json")


def convert_encoder(directory: Path, target: Path) -> None:
    """Convert a BERT-like encoder to int8 in `target`.

    Raises EnvironmentProblem KF-303 for unsafe files and KF-304 for weights that
    cannot be converted.
    """
    refuse_unsafe(directory)
    with _alone_beside(target) as made:
        try:
            _convert(directory, made)
        except Exception as problem:
            # The converter raises whatever transformers and torch do; it is told.
            raise unreadable(directory, problem) from problem
        _put(made, target)


def convert_known(directory: Path, target: Path) -> bool:
    """Convert a GPT-2 on disk to int8 in `target`, with its tokenizer, without torch.

    Gives False, and writes nothing, for any other model and for damaged weights.
    """
    if not weights.known(directory):
        return False
    with _alone_beside(target) as made:
        try:
            weights.convert(directory, made)
        except Exception:
            # What is wrong with it, loading it as a whole will tell.
            return False
        for name in _TOKENIZER:
            shutil.copy(directory / name, made)
        shutil.copy(directory / "config.json", made / "base.json")
        _put(made, target)
    return True


def convert_generator(model: Any, tokenizer_from: Path, target: Path) -> bool:
    """Convert a causal model in memory to int8 in `target`, with its tokenizer.

    Gives False, and writes nothing, for a model that CTranslate2 does not know or
    whose tokenizer is not in the files it reads.
    """
    if not all((tokenizer_from / name).is_file() for name in _TOKENIZER):
        return False
    with _alone_beside(target) as made:
        plain = made.with_name(f"{CONVERTING}plain")
        model.save_pretrained(str(plain))
        for path in tokenizer_from.iterdir():
            if path.suffix in (".json", ".txt") and not (plain / path.name).exists():
                shutil.copy(path, plain)
        try:
            _convert(plain, made)
        except Exception:
            # Whatever the reason, the reference engine runs the model: slower, right.
            return False
        for name in _TOKENIZER:
            shutil.copy(plain / name, made)
        shutil.copy(plain / "config.json", made / "base.json")
        shutil.rmtree(plain)
        _put(made, target)
    return True


@contextmanager
def _alone_beside(target: Path) -> Iterator[Path]:
    """Where to convert to before `target`, with nobody else at work beside it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = os.open(target.parent, os.O_RDONLY)
    try:
        fcntl.flock(beside, fcntl.LOCK_EX)  # a killed process holds it no longer
        _sweep(target.parent)
        try:
            yield target.with_name(f"{CONVERTING}made")
        finally:
            _sweep(target.parent)
    finally:
        os.close(beside)


def _sweep(directory: Path) -> None:
    for left in directory.glob(f"{CONVERTING}*"):
        shutil.rmtree(left)


def _convert(directory: Path, target: Path) -> None:
    if weights.known(directory):
        weights.convert(directory, target)
        return
    import ctranslate2
    from transformers.utils import logging

    # What the converter asks of transformers is its affair, not the terminal's.
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    converter = ctranslate2.converters.TransformersConverter(
        str(directory), low_cpu_mem_usage=True
    )
    converter.convert(str(target), quantization="int8_float32")


def _put(made: Path, target: Path) -> None:
    try:
        made.rename(target)
    except OSError:
        # Another process was first, or an old attempt was cut short.
        if not (target / "model.bin").is_file():
            shutil.rmtree(target)
            made.rename(target)
