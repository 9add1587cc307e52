"""Whose texts a model was made from, as the folders of the texts say it themselves."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from training.corpus import data_files

_TITLE: Final = re.compile(r"^# (.+)$", re.MULTILINE)
_LICENCE: Final = re.compile(r"^## Licence\s+(.+)$", re.MULTILINE)
_ATTRIBUTION: Final = re.compile(r"^Attribution: (.+)$", re.MULTILINE)
_ORIGIN: Final = re.compile(r"GitHub `([^`]+)` at commit `([0-9a-f]+)`")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One set of texts, and what its licence asks to be said."""

    name: str
    title: str
    licence: str
    attribution: str
    origin: str


def sources_of(data: Sequence[Path]) -> list[Source]:
    """Each folder that was read, in order of name."""
    return [_source(folder) for folder in sorted({p.parent for p in data_files(data)})]


def _source(folder: Path) -> Source:
    path = folder / "README.md"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""

    def said(pattern: re.Pattern[str]) -> str:
        found = pattern.search(text)
        return found.group(1).strip() if found else ""

    origin = _ORIGIN.search(text)
    return Source(
        name=folder.name,
        title=said(_TITLE) or folder.name,
        licence=said(_LICENCE) or "see its folder",
        attribution=said(_ATTRIBUTION),
        origin=f"{origin.group(1)} at {origin.group(2)[:12]}" if origin else "",
    )
