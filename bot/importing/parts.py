"""The cells of a row by what they mean, cleaned and within their limits.

What comes out is safe to keep and to say: no control character, no broken one, no
spreadsheet formula. What cannot be cleaned is refused with a reason.
"""

import re
from collections.abc import Mapping
from typing import Any

from bot.importing.columns import language_named
from bot.importing.decode import is_broken
from bot.language import detect

MAX_LINE = 1_000  # a question, a title, a path
MAX_INTENT = 100
MAX_KEY = 200
_DETECTED = 500  # characters that show the language
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff]")
_FORMULA = re.compile(r"(?:[=+@][A-Za-z.]+[(|]|=[A-Z]{1,3}\d+\b)")


class Refused(Exception):
    """Why a row is not taken, and what to do."""

    def __init__(self, why: str, fix: str) -> None:
        super().__init__(why)
        self.why, self.fix = why, fix


class Parts:
    """The cells of a row by meaning, cleaned and checked."""

    def __init__(self, cells: Mapping[str, Any], names: Mapping[str, str]) -> None:
        self._cells, self._names = cells, names

    def has(self, meaning: str) -> bool:
        """Whether there is such a column, be its cell empty or not."""
        return meaning in self._names

    def line(self, meaning: str, limit: int, *, needed: bool = True) -> str:
        """A cell on one line."""
        return " ".join(self.text(meaning, limit, needed=needed).split())

    def text(self, meaning: str, limit: int, *, needed: bool = True) -> str:
        """A cell without control characters and spaces around it."""
        name = self._names.get(meaning, meaning)
        value = self._cells.get(name)
        if isinstance(value, bool | list | dict):
            raise Refused(f"the {name} is not a text", "write it as one text")
        text = "" if value is None else str(value)
        if is_broken(text):
            raise Refused(f"the {name} has a broken character", "write it again")
        text = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
        if needed and not text:
            raise Refused(
                f"the {name} is empty",
                "write it (a formula counts as empty until Excel has saved its value)",
            )
        if len(text) > limit:
            why = f"the {name} has {len(text):,} characters, more than {limit:,}"
            raise Refused(why, "shorten it, or import it as a Markdown document")
        if _FORMULA.match(text):
            why = f"the {name} is a spreadsheet formula, not a text"
            raise Refused(why, "write its result instead")
        return text

    def path(self) -> str:
        """Where the row comes from, if the file says."""
        return self.line("path", MAX_LINE, needed=False)

    def language(self, text: str) -> str:
        """What the language column says, else what the text shows."""
        said = self.line("language", MAX_INTENT, needed=False)
        if not said:
            return detect(text[:_DETECTED])
        language = language_named(said)
        if language is None:
            raise Refused(f"the language {said!r} is not one of ours", "write zh or en")
        return language
