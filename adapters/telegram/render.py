"""Our words as Telegram wants them. Pure.

No part is longer than 4096 UTF-16 units after parsing, and the parts together say
every word in order. What is not ours to format is escaped.
"""

import html
import re
from itertools import accumulate

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from storage.records import Outgoing

LONGEST = 4096  # UTF-16 units of one message
_LONGEST_LABEL = 60  # letters; what is longer cannot be read on a telephone
_BOLD = re.compile(r"\*\*(?=\S)([^*\n]+?)(?<=\S)\*\*")
# Best first: between paragraphs, lines, sentences, words.
_BORDERS = (
    re.compile(r"\n\s*\n"),
    re.compile(r"\n"),
    re.compile(r"(?<=[。！？；])|(?<=[.!?;])\s+"),
    re.compile(r"\s+|(?<=[，、])"),
)
_CHOSEN = " ✓"
_THUMBS = (("👍", "g"), ("👎", "b"))
# On the thumbs, where a vote is asked for: the reply itself stays word for word.
_ASKED = {"en": (" Helped?", " Not yet?"), "zh": (" 有帮助？", " 没帮助？")}

Keyboard = tuple[tuple[tuple[str, str], ...], ...]  # rows of (label, data)


def parts(text: str, longest: int = LONGEST) -> list[str]:
    """Cut a text at the best borders into messages of at most `longest` units."""
    rest = _sound(text).strip()
    found = []
    while _units(rest) > longest:
        at, after = _border(rest, _fitting(rest, longest))
        found.append(rest[:at].rstrip())
        rest = rest[after:].lstrip()
    return [*found, rest]


def to_html(text: str) -> str:
    """The text with `**bold**` bold and everything else as it stands."""
    return _BOLD.sub(r"<b>\1</b>", html.escape(text, quote=False))


def buttons(outgoing: Outgoing) -> Keyboard:
    """The choices, one in a row, and below them the thumbs."""
    if outgoing.turn_id is None:
        return ()
    rows: list[tuple[tuple[str, str], ...]] = [
        ((_short(choice), f"c{number}:{outgoing.turn_id}"),)
        for number, choice in enumerate(outgoing.choices)
    ]
    if outgoing.votable:
        asked = _ASKED.get(outgoing.language, _ASKED["en"])
        words = asked if outgoing.ask else ("", "")
        rows.append(
            tuple(
                (f"{thumb}{word}", f"{kind}:{outgoing.turn_id}")
                for (thumb, kind), word in zip(_THUMBS, words, strict=True)
            )
        )
    return tuple(rows)


def to_markup(keyboard: Keyboard) -> InlineKeyboardMarkup | None:
    """The buttons as Telegram's inline keyboard."""
    if not keyboard:
        return None
    return InlineKeyboardMarkup(
        [
            [InlineKeyboardButton(label, callback_data=data) for label, data in row]
            for row in keyboard
        ]
    )


def is_chosen(keyboard: Keyboard, data: str) -> bool:
    """Whether that button shows that it was pressed before."""
    return any(
        label.endswith(_CHOSEN)
        for row in keyboard
        for label, each in row
        if each == data
    )


def after_press(keyboard: Keyboard, data: str) -> Keyboard:
    """The buttons once one was pressed.

    Choices go, for a question is answered once, and leave the thumbs; a thumb gets a
    mark, or loses it.
    """
    if data.startswith("c"):
        return tuple(row for row in keyboard if not row[0][1].startswith("c"))
    taken_back = is_chosen(keyboard, data)
    return tuple(
        tuple(
            (
                label.removesuffix(_CHOSEN)
                + (_CHOSEN if each == data and not taken_back else ""),
                each,
            )
            for label, each in row
        )
        for row in keyboard
    )


def _sound(text: str) -> str:
    """Without halves of letters and NUL, which no server takes."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.replace("\x00", "")


def _units(text: str) -> int:
    return len(text) + sum(letter > "\uffff" for letter in text)


def _fitting(text: str, longest: int) -> int:
    """How many letters fit."""
    widths = accumulate(1 + (letter > "\uffff") for letter in text)
    return sum(1 for width in widths if width <= longest)


def _border(text: str, fitting: int) -> tuple[int, int]:
    """Where to cut: the end of this part and the start of the next."""
    for border in _BORDERS:
        # A part of less than a third would look torn: rather a lesser border.
        found = [
            m
            for m in border.finditer(text, 0, fitting + 1)
            if fitting // 3 < m.start() <= fitting
        ]
        if found:
            return found[-1].start(), found[-1].end()
    return fitting, fitting


def _short(label: str) -> str:
    one_line = " ".join(_sound(label).split()) or "…"
    if len(one_line) <= _LONGEST_LABEL:
        return one_line
    return one_line[: _LONGEST_LABEL - 1] + "…"
