"""Lists as people write them: which lines are items, and which lines belong together.

The number of a line states nothing, its full stop ends no sentence, and what stands
below "ask for one of these:" says nothing without it.
"""

import re
from typing import Final

LONGEST_ITEM: Final = 320  # characters; a longer item is read point by point
LONGEST_LIST: Final = 900  # characters of steps that are said at once
_NUMBER: Final = r"\(?\d{1,2}[.)、．）](?=[ \t]*[^\s\d])"
_POINT: Final = r"[-*•·‣–—](?=[ \t])"
_MARK: Final = re.compile(rf"^[ \t]*(?:{_NUMBER}|{_POINT})[ \t]*", re.M)
_NUMBERED: Final = re.compile(rf"[ \t]*{_NUMBER}")


def without_marks(text: str) -> str:
    """The same with blanks for the numbers and points of its items, no shorter."""
    return _MARK.sub(lambda found: " " * len(found.group()), text)


def items(text: str) -> list[str]:
    """A text cut before each item of its lists, without their marks, in order.

    An item keeps the points below it while it stays short. A text without a list is
    one piece, its lines left alone.
    """
    rows = _rows(text)
    pieces = [piece for row in rows for piece in _split(row)]
    return [_MARK.sub("", piece, count=1).strip() for piece in pieces]


def steps(text: str) -> str:
    """The first numbered list of a text, as it stands there; "" where none is short."""
    rows = _rows(text)
    numbered = [_NUMBERED.match(row[0]) is not None for row in rows]
    first = numbered.index(True) if True in numbered else len(rows)
    end = next((n for n in range(first, len(rows)) if not numbered[n]), len(rows))
    found = "\n".join(line for row in rows[first:end] for line in row).strip()
    return found if end - first > 1 and len(found) <= LONGEST_LIST else ""


def _rows(text: str) -> list[list[str]]:
    """The lines that belong together, in order."""
    rows: list[list[str]] = []
    for line in filter(str.strip, text.splitlines()):
        if rows and _goes_on(rows[-1], line):
            rows[-1].append(line)
        else:
            rows.append([line])
    return rows


def _goes_on(row: list[str], line: str) -> bool:
    """Whether a line belongs to those before it."""
    in_list = any(map(_MARK.match, row))
    if _NUMBERED.match(line):
        return False
    if _MARK.match(line):
        return bool(_NUMBERED.match(row[0])) or _opens(row)
    if not in_list:
        return True
    return line[0].isspace() or line[0].islower()


def _opens(row: list[str]) -> bool:
    """Whether it announces points, and is no whole paragraph before them."""
    first = next((n for n, line in enumerate(row) if _MARK.match(line)), len(row))
    return first == 1 and row[0].rstrip().endswith((":", "："))


def _split(row: list[str]) -> list[str]:
    if len(row) == 1 or not any(map(_MARK.match, row)):
        return ["\n".join(row)]
    if sum(map(len, row)) <= LONGEST_ITEM:
        return ["\n".join(row)]
    pieces: list[str] = []
    for line in row:
        if pieces and not _MARK.match(line):
            pieces[-1] += "\n" + line
        else:
            pieces.append(line)
    return pieces
