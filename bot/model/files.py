"""Files of models: hashed in full, read without running anything that is in them.

Pickle can run code when it is read, so no file that may hold one is ever opened.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from storage.problems import EnvironmentProblem

PICKLE_SUFFIXES: Final = frozenset(
    [".bin", ".pkl", ".pickle", ".pt", ".pth", ".ckpt", ".joblib", ".npy", ".npz"]
)
CONVERTING: Final = ".convert-"  # how a folder begins while weights are converted
CODE_SUFFIXES: Final = frozenset([".py", ".pyc", ".so"])


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, as 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def refuse_unsafe(directory: Path, *, but: str | None = None) -> None:
    """Raise EnvironmentProblem KF-303 if a file could run code when it is loaded.

    The folder `but` of the directory is not looked at, nor a conversion under way:
    nothing is loaded from there.
    """
    for path in sorted(directory.rglob("*")):
        first = path.relative_to(directory).parts[0]
        if first == but or first.startswith(CONVERTING):
            continue
        if path.is_symlink() and not path.resolve().is_relative_to(directory.resolve()):
            raise _unsafe(path, "it is a link that leads out of the model's folder")
        if path.suffix.lower() in PICKLE_SUFFIXES:
            raise _unsafe(path, "files of this kind can hold a pickle, which runs code")
        if path.suffix.lower() in CODE_SUFFIXES:
            raise _unsafe(path, "kefu never runs code that comes with a model")


def _unsafe(path: Path, why: str) -> EnvironmentProblem:
    return EnvironmentProblem(
        "KF-303",
        f"refused to load {path.name}",
        where=str(path),
        why=why,
        fix="use weights saved as safetensors and remove this file",
    )


def read_tensors(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of a safetensors file. Raises EnvironmentProblem KF-304."""
    try:
        tensors: dict[str, NDArray[Any]] = load_file(path)
    except (OSError, SafetensorError, KeyError, ValueError) as problem:
        raise unreadable(path, problem) from problem
    return tensors


def unreadable(path: Path, problem: BaseException) -> EnvironmentProblem:
    """The problem of a damaged or missing file: KF-304."""
    return EnvironmentProblem(
        "KF-304",
        f"{path.name} cannot be read",
        where=str(path),
        why=str(problem) or type(problem).__name__,
        fix="the file is missing, cut short or damaged: restore it or train again",
    )


def write_tensors(path: Path, tensors: Mapping[str, NDArray[Any]]) -> str:
    """Write a safetensors file, give its SHA-256. The same arrays, the same bytes."""
    # safetensors writes memory as it lies, so every array must be contiguous.
    ready = {name: np.ascontiguousarray(tensors[name]) for name in sorted(tensors)}
    data = save(ready)
    path.write_bytes(data)
    return hashlib.sha256(data).hexdigest()


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file. Raises EnvironmentProblem KF-304."""
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise unreadable(path, problem) from problem
    if not isinstance(row, dict):
        raise unreadable(path, ValueError("it is not a JSON object"))
    return row


def write_json(path: Path, row: Mapping[str, Any]) -> None:
    """Write a JSON object, keys sorted, readable by people."""
    text = json.dumps(row, ensure_ascii=False, indent=2, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")
