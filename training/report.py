"""What a cycle did, in plain language: for people as Markdown, for programs as JSON."""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from training.dataset import Dataset

_SOURCES = {
    "labelled": "labelled questions",
    "knowledge": "approved questions",
    "correction": "corrected answers",
    "vote": "confirmed answers",
}
_RATES = {
    "right": "answered right",
    "wrong": "answered wrong",
    "unanswered": "asked back, declined or handed over",
    "false_answers": "out of scope, answered as if known",
}


def write(
    folder: Path,
    *,
    version: str,
    base: str,
    dataset: Dataset,
    scores: Mapping[str, Any],
    live: Mapping[str, Any] | None,
    accepted: bool,
    reasons: tuple[str, ...],
    entities: Mapping[str, Any] | None = None,
) -> None:
    """Write report.md, report.json and the model card README.md into the release."""
    data = {
        "version": version,
        "verdict": "live" if accepted else "rejected",
        "reasons": list(reasons),
        "used": dict(Counter(each.source for each in dataset.train)),
        "held_out": len(dataset.held_out),
        "left_out": [
            {"row": each.row_id, "why": each.why} for each in dataset.excluded
        ],
        "scores": dict(scores),
        "live_scores": dict(live) if live is not None else None,
        "entities": dict(entities) if entities is not None else None,
    }
    text = _markdown(data)
    whole = json.dumps(data, ensure_ascii=False, indent=1)
    (folder / "report.json").write_text(whole + "\n", encoding="utf-8")
    (folder / "report.md").write_text(text, encoding="utf-8")
    card = _card(version, base, text)
    (folder / "README.md").write_text(card, encoding="utf-8")


def _markdown(data: Mapping[str, Any]) -> str:
    lines = [f"# {data['version']}: {data['verdict']}", ""]
    lines += [f"- {reason}" for reason in data["reasons"]]
    lines += ["", "## What it learnt from", ""]
    lines += [
        f"- {count} {_SOURCES.get(source, source)} used"
        for source, count in sorted(data["used"].items())
    ]
    lines.append(f"- {data['held_out']} questions held out, never trained on")
    reasons = Counter(row["why"] for row in data["left_out"])
    lines += [f"- {count} left out: {why}" for why, count in reasons.most_common()]
    lines += ["", "## On the held-out questions", ""]
    lines += _table(data["scores"], data["live_scores"])
    if data["entities"] is not None:
        lines += [
            "",
            "## Entities that people marked",
            "",
            *_entities(data["entities"]),
        ]
    return "\n".join([*lines, ""])


def _table(scores: Mapping[str, Any], live: Mapping[str, Any] | None) -> list[str]:
    head = ["", "this release"] + (["live before"] if live else [])
    lines = [_row(head), _row(["---"] * len(head))]
    parts = {"all": ("overall",), "generator off": ("generator_off",)}
    parts |= {name: ("languages", name) for name in scores["languages"]}
    for title, path in parts.items():
        for rate, meaning in _RATES.items():
            shown = [_cell(_at(scores, path), rate)]
            shown += [_cell(_at(live, path), rate)] if live else []
            lines.append(_row([f"{title}: {meaning}", *shown]))
    return lines


def _entities(told: Mapping[str, Any]) -> list[str]:
    if not told["used"]:
        return [f"- too few marked texts; {told['fewest']} with an entity are needed"]
    lines = [f"- {told['used']} marked texts used, {told['held_out']} held out"]
    if "types" not in told:
        return lines
    lines += [
        f"- F1 over all {told['micro_f1']:.1%}; a table of what was marked has "
        f"{told['lookup_f1']:.1%}",
        "",
        _row(["kind", "precision", "recall", "F1", "times"]),
        _row(["---"] * 5),
    ]
    shares = ("precision", "recall", "f1")
    return lines + [
        _row(
            [
                each["type"],
                *(f"{each[name]:.1%}" for name in shares),
                str(each["count"]),
            ]
        )
        for each in told["types"]
    ]


def _at(scores: Mapping[str, Any], path: tuple[str, ...]) -> Mapping[str, Any]:
    found: Any = scores
    for name in path:
        found = found.get(name, {})
    return found if isinstance(found, Mapping) else {}


def _cell(rates: Mapping[str, Any], name: str) -> str:
    rate = rates.get(name)
    if not rate or not rate["count"]:
        return "none"
    return (
        f"{rate['share']:.1%} ({rate['lower']:.1%} to {rate['upper']:.1%}, "
        f"{rate['count']} questions)"
    )


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _card(version: str, base: str, report: str) -> str:
    head = [
        "---",
        "language: [zh, en]",
        "pipeline_tag: text-generation",
        f"base_model: {json.dumps(base)}",
        "tags: [kefu, customer-service]",
        "---",
        "",
        f"# kefu release {version}",
        "",
        "Trained by kefu on this installation's own reviewed conversations; it holds",
        "no text of them. `lora/` is a PEFT adapter of the base model named above,",
        "`intents/` the intent classifier, `entities/` (where any were marked) what",
        "tells entities. What follows is the report of its cycle.",
        "",
    ]
    return "\n".join(head) + "\n" + report
