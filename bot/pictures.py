"""Attention as a picture: SVG with every word, or PNG with the numbers alone.

Pure: the same attention gives the same bytes. The text of a picture is escaped.
"""

import struct
import unicodedata
import zlib
from collections.abc import Sequence
from html import escape
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.model.attention import Attention

_WIDTH: Final = 960  # pixels
_LINE, _SIZE = 24, 14  # height of a line and of its letters
_MARGIN: Final = 20
_CELL: Final = 6  # pixels of a number in the matrix
_BROADEST: Final = 4096  # pixels of a PNG
_NOTE: Final = (
    "Mean attention of all layers and heads while the reply was written; the darker, "
    "the more. It shows where the model looked, not why."
)


def shades(attention: Attention) -> NDArray[np.float32]:
    """How much each piece of the prompt was looked at, 0 to 1, float32 [prompt].

    The first piece is left out: whatever has nowhere to look looks there (Xiao et al.
    2023). What most pieces get counts as none, and the few strongest are cut off, so
    that the others can be told apart.
    """
    if not attention.reply:
        return np.zeros(len(attention.prompt), np.float32)
    seen = attention.weights.mean(axis=0).astype(np.float32)
    seen[:1] = 0.0
    least, top = np.quantile(seen, (0.5, 0.99))
    shaded: NDArray[np.float32] = np.clip(
        (seen - least) / max(top - least, 1e-9), 0.0, 1.0
    )
    return shaded


def svg(attention: Attention, title: str) -> str:
    """The prompt with what was looked at in colour, and the reply below it."""
    shown: list[str] = []
    y = _text(shown, title, _MARGIN, bold=True)
    y = _text(shown, _NOTE, y)
    y = _text(shown, "Prompt", y + 8, bold=True)
    y = _pieces(shown, attention.prompt, shades(attention), y)
    y = _text(shown, "Reply", y + 8, bold=True)
    given = attention.weights[:, 1:].sum(axis=1)
    y = _pieces(shown, attention.reply, given, y)
    body = "\n".join(shown)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{y}" '
        f'viewBox="0 0 {_WIDTH} {y}" font-family="monospace" font-size="{_SIZE}">\n'
        f'<rect width="{_WIDTH}" height="{y}" fill="#fff"/>\n{body}\n</svg>\n'
    )


def png(attention: Attention) -> bytes:
    """The numbers: a row for each piece of the reply, a column for each of the prompt.

    Greyscale, black is the most. A row is shown by its own greatest number, the first
    column aside.
    """
    weights = attention.weights.astype(np.float32).copy()
    weights[:, :1] = 0.0
    if not weights.size:
        weights = np.zeros((1, max(1, weights.shape[1])), np.float32)
    weights /= np.maximum(weights.max(axis=1, keepdims=True), 1e-9)
    cell = max(1, min(_CELL, _BROADEST // weights.shape[1]))
    grey = np.repeat(np.repeat(255 - np.round(weights * 255), cell, 0), cell, 1)
    return _png(grey.astype(np.uint8))


def _png(grey: NDArray[np.uint8]) -> bytes:
    height, width = grey.shape
    rows = np.hstack([np.zeros((height, 1), np.uint8), grey]).tobytes()
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_part(*part) for part in parts)


def _part(name: bytes, data: bytes) -> bytes:
    check = zlib.crc32(name + data)
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", check)


def _text(shown: list[str], words: str, y: int, *, bold: bool = False) -> int:
    """A line of words, cut to the picture's width. The y of what comes next."""
    weight = ' font-weight="bold"' if bold else ""
    fitting = _clean(words)[: int((_WIDTH - 2 * _MARGIN) / (_SIZE * 0.6))]
    while fitting and _broad(fitting) > _WIDTH - 2 * _MARGIN:
        fitting = fitting[:-1]
    shown.append(
        f'<text x="{_MARGIN}" y="{y + _SIZE + 2}"{weight}>{escape(fitting)}</text>'
    )
    return y + _LINE


def _pieces(
    shown: list[str], pieces: Sequence[str], shade: NDArray[np.float32], y: int
) -> int:
    """Pieces in lines, each on its shade. The y of what comes next."""
    x = float(_MARGIN)
    for piece, share in zip(pieces, shade, strict=True):
        words = _clean(piece)
        broad = _broad(words)
        if x + broad > _WIDTH - _MARGIN and x > _MARGIN:
            x, y = float(_MARGIN), y + _LINE
        told = f"{escape(piece)} {float(share):.3f}"
        shown.append(
            f'<g><title>{_printable(told)}</title><rect x="{x:.1f}" y="{y}" '
            f'width="{broad:.1f}" height="{_LINE - 2}" fill="#d9480f" '
            f'fill-opacity="{0.75 * float(share):.3f}"/><text x="{x:.1f}" '
            f'y="{y + _SIZE + 2}" xml:space="preserve">{escape(words)}</text></g>'
        )
        x += broad
    return y + _LINE


def _broad(words: str) -> float:
    """How broad words are in a fixed-width font, in pixels."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in words)
    return (len(words) - wide) * _SIZE * 0.602 + wide * _SIZE


def _clean(words: str) -> str:
    return _printable(words.replace("\n", "⏎").replace("\t", " "))


def _printable(words: str) -> str:
    """Without what XML does not allow."""
    return "".join(
        letter if letter >= " " and not "\ud800" <= letter <= "\udfff" else "\ufffd"
        for letter in words
        if letter not in "\ufffe\uffff"
    )
