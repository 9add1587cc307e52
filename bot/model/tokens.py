"""Text to token ids and back. A customer's text can never become a control piece.

Two locks: the text is neutralised first, and the tokenizer is told to treat control
pieces inside text as ordinary text.
"""

import re
from pathlib import Path
from typing import Any, Final, TypeAlias

from storage.problems import EnvironmentProblem

Tokenizer: TypeAlias = Any  # transformers has no types of its own

PASSAGE: Final = "<|passage|>"
CUSTOMER: Final = "<|customer|>"
AGENT: Final = "<|agent|>"
END: Final = "<|end|>"
PAD: Final = "<|pad|>"
LANGUAGES: Final = {"en": "<|en|>", "zh": "<|zh|>"}
CONTROL_PIECES: Final = (PAD, END, PASSAGE, CUSTOMER, AGENT, *LANGUAGES.values())

# Also those of other models: a base can be any causal language model.
_PIECES: Final = re.compile(
    r"<(?=[|｜])|(?<=[|｜])>|<(?=/?(?:s|bos|eos|unk|pad|mask|sep|cls|image|tool)\b)"
    r"|<(?=(?:start|end)_of_)|<(?=0x[0-9A-Fa-f]{2}>)|\[(?=/?(?:INST|SYS|CLS|SEP|PAD)\])"
    r"|<(?=<SYS>>|</SYS>>)",
    re.IGNORECASE,
)


def neutralise(text: str) -> str:
    """The text with every control piece broken by a space: "<|end|>" is "< |end| >"."""
    return _PIECES.sub(lambda found: _apart(found.group()), text)


def _apart(bracket: str) -> str:
    return f" {bracket}" if bracket == ">" else f"{bracket} "


def load_tokenizer(directory: Path) -> Tokenizer:
    """Any tokenizer that transformers can load from a directory.

    Raises EnvironmentProblem KF-305 where there is none or it cannot be read.
    """
    import transformers

    require_tokenizer(directory)
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(
            str(directory), local_files_only=True, trust_remote_code=False
        )
    except Exception as problem:
        # Each tokenizer raises what it likes on a damaged file; nothing is lost, the
        # reason is told.
        raise _no_tokenizer(directory, f"{problem}") from problem
    return treat_as_text(tokenizer)


def require_tokenizer(directory: Path) -> None:
    """Raise EnvironmentProblem KF-305 if no file of a tokenizer is there."""
    if not any((directory / name).is_file() for name in _FILES):
        raise _no_tokenizer(directory, "no tokenizer file is in the folder")


_FILES: Final = ("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt")


def treat_as_text(tokenizer: Tokenizer) -> Tokenizer:
    """Tell the tokenizer that control pieces inside a text are ordinary text."""
    tokenizer.split_special_tokens = True
    return tokenizer


def encode(tokenizer: Tokenizer, text: str) -> list[int]:
    """The ids of a text, neutralised; no pieces are added at either end."""
    # Lone surrogates are not text, and the tokenizer would raise on them.
    clean = neutralise(text).encode("utf-8", "replace").decode()
    ids: list[int] = tokenizer.encode(clean, add_special_tokens=False, verbose=False)
    return ids


def decode(tokenizer: Tokenizer, ids: list[int]) -> str:
    """The text of ids, control pieces left out."""
    text: str = tokenizer.decode(
        ids, skip_special_tokens=True, clean_up_tokenization_spaces=False
    )
    return text


def control(tokenizer: Tokenizer, piece: str) -> int | None:
    """The id of a control piece; None if the tokenizer does not have it."""
    found = tokenizer.convert_tokens_to_ids(piece)
    unknown = tokenizer.unk_token_id
    return None if found is None or found == unknown else int(found)


def end_id(tokenizer: Tokenizer) -> int:
    """What ends a reply: our own piece, else the model's end of text."""
    own = control(tokenizer, END)
    if own is not None:
        return own
    if tokenizer.eos_token_id is None:
        raise EnvironmentProblem(
            "KF-305",
            "the tokenizer has no piece that ends a text",
            fix="use a base model whose tokenizer names an eos_token",
        )
    return int(tokenizer.eos_token_id)


def _no_tokenizer(directory: Path, why: str) -> EnvironmentProblem:
    return EnvironmentProblem(
        "KF-305",
        "the base model has no tokenizer that can be read",
        where=str(directory),
        why=why,
        fix="the folder needs tokenizer.json (or the files the model came with)",
    )
