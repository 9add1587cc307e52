"""A base model's files, looked at before anything is made of them.

Only headers and settings are read: what does not fit is told at start, with the file
and the fix, and not by a customer who waits.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from safetensors import SafetensorError, safe_open

from bot.model.files import read_json, refuse_unsafe, unreadable
from bot.model.generate import SHORTEST_CONTEXT, positions_in
from bot.model.tokens import require_tokenizer
from storage.problems import EnvironmentProblem

_EMBEDDINGS: Final = ("wte.weight", "embed_tokens.weight", "embed_in.weight")
_FEWEST: Final = 0.75  # of the embedding's rows have a piece; the rest is padding


def check_base(directory: Path) -> None:
    """Raise unless the directory holds whole, safe files of a causal model.

    Raises EnvironmentProblem: KF-303 unsafe, KF-304 damaged or missing, KF-305 without
    a tokenizer, KF-307 not a causal model, KF-314 another model's
    tokenizer, KF-315 a context too short.
    """
    shapes = _shapes(directory)
    path = directory / "config.json"
    config = read_json(path)
    if config.get("auto_map"):
        raise cannot_write(directory, "it brings its own code, which kefu never runs")
    named = config.get("architectures") or []
    if named and not any("CausalLM" in name or "LMHead" in name for name in named):
        raise cannot_write(
            path, f"it is a {', '.join(named)}, which does not write text"
        )
    _check_shapes(directory, config, shapes)
    _check_context(path, config)
    require_tokenizer(directory)
    _check_tokenizer(directory, config)


def check_tensors(path: Path) -> dict[str, tuple[int, ...]]:
    """The shapes in a safetensors file. Raises KF-304 unless it is a whole one."""
    try:
        with safe_open(path, framework="numpy") as file:
            return {
                name: tuple(file.get_slice(name).get_shape())
                for name in file.keys()  # noqa: SIM118 - it is no dict
            }
    except (OSError, SafetensorError) as problem:
        raise unreadable(path, problem) from problem


def cannot_write(where: Path, why: str) -> EnvironmentProblem:
    """The problem of a model that is no causal language model: KF-307."""
    return EnvironmentProblem(
        "KF-307",
        "this is not a model that kefu can write replies with",
        where=str(where),
        why=why,
        fix="use a causal language model in transformers' own format, such as GPT-2",
    )


def check_pieces(directory: Path, pieces: int, rows: int) -> None:
    """Raise EnvironmentProblem KF-314 unless the tokenizer can be this model's.

    Args:
        pieces: of the tokenizer's vocabulary.
        rows: of the model's embedding. A few more than pieces are usual.
    """
    if rows * _FEWEST <= pieces <= rows:
        return
    raise EnvironmentProblem(
        "KF-314",
        "the tokenizer belongs to another model",
        where=str(directory / "tokenizer.json"),
        why=f"it has {pieces} pieces, the model's embedding {rows} rows",
        fix="copy the tokenizer files that came with these weights beside them",
    )


def _shapes(directory: Path) -> dict[str, tuple[int, ...]]:
    weights = sorted(directory.glob("*.safetensors"))
    if not weights:
        if any(directory.glob("*.bin")) or any(directory.glob("*.pt")):
            refuse_unsafe(directory)
        raise unreadable(
            directory / "model.safetensors", FileNotFoundError("no such file")
        )
    return {
        name: each for path in weights for name, each in check_tensors(path).items()
    }


def _check_shapes(
    directory: Path,
    config: Mapping[str, Any],
    shapes: Mapping[str, tuple[int, ...]],
) -> None:
    rows = config.get("vocab_size")
    for name, shape in shapes.items():
        if rows is not None and name.endswith(_EMBEDDINGS) and shape[0] != rows:
            raise cannot_write(
                directory, f"{name} has {shape[0]} rows, config.json says {rows}"
            )


def _check_context(path: Path, config: Mapping[str, Any]) -> None:
    positions = positions_in(config)
    if positions >= SHORTEST_CONTEXT:
        return
    raise EnvironmentProblem(
        "KF-315",
        "this model reads too little at a time to answer from a passage",
        where=str(path),
        why=f"it sees {positions} tokens, a prompt and its reply need at least "
        f"{SHORTEST_CONTEXT}",
        fix="use a base model with a longer context, or unset KEFU_BASE_MODEL",
    )


def _check_tokenizer(directory: Path, config: Mapping[str, Any]) -> None:
    path = directory / "tokenizer.json"
    rows = config.get("vocab_size")
    if rows is None or not path.is_file():
        return  # other kinds are counted when they are loaded
    vocabulary = read_json(path).get("model", {}).get("vocab", ())
    check_pieces(directory, len(vocabulary), int(rows))
