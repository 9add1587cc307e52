"""Public texts by their schema, cut in two by a split that never moves.

Files that are made for measuring (`*.dev.*`, `*.test.*`, `test*`) are never read. What
belongs together (a dialogue, a page, the questions about it) is on one side.
"""

import gzip
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from storage.problems import BadInput

HELD_OUT_ONE_IN: Final = 20
_NOT_LEARNT: Final = re.compile(r"^test|\.(?:dev|test)\.", re.IGNORECASE)
_KIND: Final = re.compile(r"^(dialogues|utterances|documents|qa|corpus|queries)\b.*")
_CHINESE: Final = re.compile(r"[\u3400-\u9fff]")
_SPACES: Final = re.compile(
    r"(?<=[\u3000-\u9fff\uff00-\uffef]) +| +(?=[\u3000-\u9fff])"
)

Turn = tuple[str, str]  # role, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A question and the text that answers it; `about` names the page it is from."""

    question: str
    answer: str
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """What there is in one language, of one side of the split."""

    language: str
    dialogues: tuple[tuple[Turn, ...], ...] = ()
    utterances: tuple[Turn, ...] = ()
    documents: tuple[tuple[str, str], ...] = ()  # title, text
    pairs: tuple[Pair, ...] = ()


def data_files(directories: Sequence[Path]) -> list[Path]:
    """The files below the directories that may be learnt from, in a fixed order.

    Raises BadInput KF-209 where there is none.
    """
    found = [
        path
        for directory in directories
        for path in sorted(directory.rglob("*.jsonl*"))
        if path.name.endswith((".jsonl", ".jsonl.gz"))
        and _KIND.match(path.name)
        and not _NOT_LEARNT.search(path.name)
    ]
    if not found:
        raise BadInput(
            "KF-209",
            "there is nothing to learn from",
            where=", ".join(map(str, directories)),
            why="no dialogues.*, utterances.*, documents.*, qa.* or corpus.* file",
            fix="name a directory with such files (.jsonl or .jsonl.gz)",
        )
    return found


def read_texts(directories: Sequence[Path]) -> dict[tuple[str, bool], Texts]:
    """Texts by (language, held out)."""
    gathered: dict[tuple[str, bool], dict[str, list[Any]]] = {
        (language, held_out): {name: [] for name in _PARTS}
        for language in ("en", "zh")
        for held_out in (False, True)
    }
    seen: set[int] = set()
    pages: dict[Path, dict[str, tuple[str, str]]] = {}
    for path in data_files(directories):
        for row in _rows(path):
            for part, key, value, text in _parts(path, row, pages):
                print_of = hash((part, text))
                if not text.strip() or print_of in seen:
                    continue
                seen.add(print_of)
                side = (language_of(text), is_held_out(key))
                gathered[side][part].append(value)
    return {
        (language, held_out): Texts(
            language=language, **{name: tuple(found) for name, found in parts.items()}
        )
        for (language, held_out), parts in gathered.items()
    }


_PARTS: Final = ("dialogues", "utterances", "documents", "pairs")
_Found = tuple[str, str, Any, str]  # part, what decides the side, value, its text


def _parts(
    path: Path, row: dict[str, Any], pages: dict[Path, dict[str, tuple[str, str]]]
) -> Iterator[_Found]:
    kind = path.name.split(".")[0]
    if kind == "dialogues":
        turns = tuple((turn["role"], tidy(turn["text"])) for turn in row["turns"])
        text = "\n".join(said for _, said in turns)
        yield "dialogues", str(row.get("id", text)), turns, text
    elif kind == "utterances":
        said = tidy(row["text"])
        yield "utterances", said, (row["role"], said), said
    elif kind == "qa":
        asked, told = tidy(row["question"]), tidy(row["answer"])
        yield "pairs", asked, Pair(question=asked, answer=told, about=asked), asked
    elif kind in {"documents", "corpus"}:
        title = row.get("heading") or row.get("title") or ""
        page = row.get("path") or row.get("title") or str(row.get("id"))
        text = tidy(row.get("text") or row.get("answer") or "")
        pages.setdefault(path.parent, {})[str(row.get("id"))] = (page, text)
        yield "documents", page, (tidy(title), text), text
    elif kind == "queries":
        yield from _asked(row, pages.get(path.parent, {}))


def _asked(row: dict[str, Any], known: dict[str, tuple[str, str]]) -> Iterator[_Found]:
    """A question and the sentence that holds one of its answers."""
    from bot.model.focus import sentences

    for name in row["relevant"]:
        page, text = known.get(str(name), ("", ""))
        for answer in row.get("answers", ()):
            said = next((part for part in sentences(text) if answer in part), None)
            if said is not None and len(said) <= 240:
                asked = tidy(row["query"])
                pair = Pair(question=asked, answer=said, about=page)
                yield "pairs", page, pair, asked
                return


def tidy(text: str) -> str:
    """One line; no spaces between Chinese characters, where nobody writes them."""
    line = " ".join(text.split())
    return _SPACES.sub("", line) if _CHINESE.search(line) else line


def language_of(text: str) -> str:
    """Chinese if a tenth of the characters are, and be it among English names."""
    return "zh" if 10 * len(_CHINESE.findall(text)) > len(text) else "en"


def is_held_out(key: str) -> bool:
    """One in twenty; the same for ever."""
    return zlib.crc32(f"text/{key}".encode()) % HELD_OUT_ONE_IN == 0


def _rows(path: Path) -> Iterable[dict[str, Any]]:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                yield json.loads(line)
            except ValueError as problem:
                raise BadInput(
                    "KF-210",
                    "a data file cannot be read",
                    where=f"{path}:{number}",
                    why=str(problem),
                    fix="each line must be one JSON object",
                ) from problem
