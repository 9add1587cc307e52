"""A reliability diagram as SVG: what confidence promises, and what is right.

Drawn by hand, because a picture of fifteen bars needs no library. On the diagonal, a
guess is right as often as it says.
"""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final, TypeAlias

Bins: TypeAlias = Sequence[tuple[float, float, int]]  # confidence, right, how many

_SIDE: Final = 300  # pixels of a square
_EDGE: Final = 45
_WIDTH: Final = _SIDE + 2 * _EDGE


def diagram(bins: Mapping[str, Bins]) -> str:
    """One square for each name, side by side, as the text of an SVG file."""
    squares = [
        _square(name, each, number * _WIDTH)
        for number, (name, each) in enumerate(bins.items())
    ]
    width, height = _WIDTH * max(1, len(squares)), _SIDE + 2 * _EDGE
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
            f'height="{height}" viewBox="0 0 {width} {height}" '
            'font-family="sans-serif" font-size="11">',
            f'<rect width="{width}" height="{height}" fill="white"/>',
            *squares,
            "</svg>\n",
        ]
    )


def _square(name: str, bins: Bins, left: int) -> str:
    most = max((count for _, _, count in bins), default=1)
    total = sum(count for _, _, count in bins)
    parts = [
        f'<g transform="translate({left + _EDGE},{_EDGE})">',
        f'<rect width="{_SIDE}" height="{_SIDE}" fill="none" stroke="#888"/>',
        f'<line x1="0" y1="{_SIDE}" x2="{_SIDE}" y2="0" stroke="#888" '
        'stroke-dasharray="4"/>',
        f'<text x="{_SIDE / 2}" y="-12" text-anchor="middle" font-size="13">'
        f"{escape(name)}: {total} questions</text>",
        f'<text x="{_SIDE / 2}" y="{_SIDE + 32}" text-anchor="middle">'
        "confidence</text>",
        f'<text x="-32" y="{_SIDE / 2}" text-anchor="middle" '
        f'transform="rotate(-90 -32 {_SIDE / 2})">share right</text>',
    ]
    for tick in (0.0, 0.5, 1.0):
        parts += [
            f'<text x="{tick * _SIDE}" y="{_SIDE + 15}" text-anchor="middle">'
            f"{tick:g}</text>",
            f'<text x="-6" y="{(1 - tick) * _SIDE + 4}" text-anchor="end">'
            f"{tick:g}</text>",
        ]
    points = []
    for confidence, right, count in bins:
        x, y = confidence * _SIDE, (1 - right) * _SIDE
        size = 3 + 9 * (count / most) ** 0.5
        points.append(f"{x:.1f},{y:.1f}")
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}" '
            f'fill="#2a6" fill-opacity="0.6"><title>confidence {confidence:.3f}, '
            f"right {right:.3f}, {count} questions</title></circle>"
        )
    line = f'<polyline points="{" ".join(points)}" fill="none" stroke="#2a6"/>'
    return "\n".join([*parts, line, "</g>"])
