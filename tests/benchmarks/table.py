"""Figures as a person reads them, and as JSON."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.driving.figures import Share


def lines(name: str, figures: Mapping[str, Any], indent: int = 0) -> Iterator[str]:
    """One line for a figure, a heading for a group."""
    yield f"{'  ' * indent}{name}"
    for key, value in figures.items():
        label = f"{'  ' * (indent + 1)}{key.replace('_', ' ')}"
        if isinstance(value, Mapping):
            flat = [f"{k} {_said(v)}" for k, v in value.items()]
            if all(not isinstance(v, Mapping | list) for v in value.values()):
                yield f"{label:<28} {'   '.join(flat)}"
            else:
                yield from lines(key.replace("_", " "), value, indent + 1)
        elif isinstance(value, list) and value and len(str(value)) > 60:
            yield f"{label:<28} {len(value)}"
            yield from (f"{'  ' * (indent + 2)}{each}" for each in value[:20])
        else:
            yield f"{label:<28} {_said(value)}"


def save(figures: Mapping[str, Any], path: Path) -> None:
    """Write everything that was measured."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(figures, default=_plain, ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")


def _said(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3f}" if value < 10 else f"{value:.1f}"
    return str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Share):
        low, high = value.interval
        return {
            "count": value.count,
            "total": value.total,
            "rate": value.rate,
            "low": low,
            "high": high,
        }
    return str(value)
