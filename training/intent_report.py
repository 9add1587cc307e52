"""A trial as a folder for people: report.md, its picture, and report.json."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from training.intent_rows import RowsAccount
from training.intent_trial import IntentTrial
from training.reliability import diagram

PICTURE: Final = "reliability.svg"
REPORT: Final = "report.md"
FIGURES: Final = "report.json"


def write_report(
    folder: Path, trial: IntentTrial, accounts: Mapping[str, RowsAccount]
) -> None:
    """Write the three files; the folder is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    bins = {name: row["bins"] for name, row in trial.languages.items()}
    told = trial.to_json() | {"rows": {k: v.to_json() for k, v in accounts.items()}}
    (folder / PICTURE).write_text(diagram(bins), encoding="utf-8")
    figures = json.dumps(told, ensure_ascii=False, indent=1)
    (folder / FIGURES).write_text(figures, encoding="utf-8")
    lines = "\n".join(_report(trial, accounts))
    (folder / REPORT).write_text(f"{lines}\n", encoding="utf-8")


def _report(trial: IntentTrial, accounts: Mapping[str, RowsAccount]) -> list[str]:
    classes = [
        (row["intent"], row["precision"], row["recall"], row["f1"], row["count"])
        for row in trial.classes
    ]
    spoken = [
        (
            name,
            row["questions"],
            row["ece"],
            row["threshold"],
            row["answered"],
            row["wrong"],
            row["false"],
        )
        for name, row in trial.languages.items()
    ]
    heads = ("language", "questions", "ECE", "threshold", "answered", "wrong", "false")
    return [
        "# Intents",
        "",
        "```",
        *trial.text().split("\n\n")[0].splitlines(),
        *trial.text().split("\n\n")[1].splitlines(),
        "```",
        "",
        "## Calibration",
        "",
        f"![reliability]({PICTURE})",
        "",
        "ECE: expected calibration error over the questions in scope. Threshold: from "
        "which confidence on kefu answers; chosen on what was learnt from, each "
        "question left out. Answered, wrong: of the questions in scope; false: of "
        "those out of scope.",
        "",
        *_table(heads, spoken),
        "",
        "## Most often mixed up",
        "",
        *_table(("wanted", "taken for", "times"), trial.confusions),
        "",
        "## Intents, weakest first",
        "",
        *_table(("intent", "precision", "recall", "F1", "questions"), classes),
        "",
        "## Rows",
        "",
        "```",
        *(line for side, each in accounts.items() for line in each.lines(side)),
        "```",
    ]


def _table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    lines = [f"| {' | '.join(heads)} |", "|" + " --- |" * len(heads)]
    lines += [f"| {' | '.join(map(_cell, row))} |" for row in rows]
    return lines


def _cell(value: object) -> str:
    text = "not measured" if value is None else str(value)
    return text.replace("|", "\\|").replace("\n", " ")
