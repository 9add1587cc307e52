"""What becomes of each row of files to learn intents from and to be measured on.

Nothing is dropped in silence: a row is used, counted once with its twins, or left out,
and the account says which. What looks odd but is used as it stands is told as well.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from bot.importing.labelled import Labelled, LabelledRows
from bot.model.intents import OUT_OF_SCOPE
from bot.text import question_key
from training.dataset import LABELLED, Example

_SHOWN: Final = 10  # rows of a kind, for people; JSON has all of them


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsAccount:
    """What was done with the rows of one side.

    Attributes:
        read: rows in the files, those that were refused as well.
        used: what is learnt from, or asked.
        left_out: "file:line: why (what to do)".
        repeated: "file:line" of rows that say again what an earlier one said.
        contradictory: the texts that have several intents, with these; all are used.
        unused_columns: by name.
        notes: what a person should know.
    """

    read: int
    used: int
    left_out: tuple[str, ...]
    repeated: tuple[str, ...]
    contradictory: tuple[tuple[str, tuple[str, ...]], ...]
    unused_columns: tuple[str, ...]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """One JSON object."""
        return asdict(self)

    def lines(self, side: str) -> list[str]:
        """For people."""
        told = [f"{side}: {self.read} rows read, {self.used} used"]
        for name, rows in (("left out", self.left_out), ("repeated", self.repeated)):
            told += [f"  {name}: {each}" for each in rows[:_SHOWN]]
            if len(rows) > _SHOWN:
                told.append(f"  {name}: {len(rows) - _SHOWN} more, --json lists them")
        told += [
            f"  several intents for {text[:60]!r}: {', '.join(intents)}; all are used"
            for text, intents in self.contradictory[:_SHOWN]
        ]
        if len(self.contradictory) > _SHOWN:
            told.append(f"  {len(self.contradictory) - _SHOWN} more such texts")
        if self.unused_columns:
            told.append(
                f"  columns that are not used: {', '.join(self.unused_columns)}"
            )
        return [*told, *(f"  {note}" for note in self.notes)]


def learnt(found: LabelledRows) -> tuple[list[Example], RowsAccount]:
    """The examples to learn from; what is said again is counted once."""
    seen: dict[tuple[str, str], str] = {}
    used: list[Labelled] = []
    repeated: list[str] = []
    for row, place in zip(found.rows, found.places, strict=True):
        first = seen.setdefault((row.text, row.intent), place)
        if first == place:
            used.append(row)
        else:
            repeated.append(f"{place}: as in {first}, counted once")
    account = _account(found, used, repeated, _notes_of_learnt(used))
    return _examples(used), account


def asked(
    found: LabelledRows, known: Sequence[Example]
) -> tuple[list[Example], RowsAccount]:
    """The questions to measure with: every row that can be read, repeated or not."""
    seen: dict[tuple[str, str], str] = {}
    repeated = []
    for row, place in zip(found.rows, found.places, strict=True):
        first = seen.setdefault((row.text, row.intent), place)
        if first != place:
            repeated.append(f"{place}: as in {first}, asked again")
    account = _account(found, found.rows, repeated, _notes_of_asked(found.rows, known))
    return _examples(found.rows), account


def _account(
    found: LabelledRows,
    used: Sequence[Labelled],
    repeated: Sequence[str],
    notes: Sequence[str],
) -> RowsAccount:
    intents: dict[str, dict[str, None]] = defaultdict(dict)
    texts: dict[str, str] = {}
    for row in used:
        key = question_key(row.text) or row.text
        intents[key][row.intent] = None
        texts.setdefault(key, row.text)
    several = [(texts[key], tuple(each)) for key, each in intents.items() if each]
    return RowsAccount(
        read=len(found.rows) + len(found.refused),
        used=len(used),
        left_out=tuple(map(str, found.refused)),
        repeated=tuple(repeated),
        contradictory=tuple(each for each in several if len(each[1]) > 1),
        unused_columns=found.unused,
        notes=tuple(notes),
    )


def _notes_of_learnt(used: Sequence[Labelled]) -> list[str]:
    counts = Counter(row.intent for row in used)
    single = sorted(intent for intent, count in counts.items() if count == 1)
    notes = []
    if single:
        notes.append(f"intents with one example: {', '.join(single)}; they are learnt")
    if OUT_OF_SCOPE not in counts:
        notes.append(
            f'no row is out of scope ("{OUT_OF_SCOPE}"): intents that are left out in '
            "turn and texts of kefu's own stand in for them"
        )
    return notes


def _notes_of_asked(rows: Sequence[Labelled], known: Sequence[Example]) -> list[str]:
    taught = {each.intent for each in known} | {OUT_OF_SCOPE}
    strange = Counter(row.intent for row in rows if row.intent not in taught)
    said = {each.text for each in known}
    shared = sum(row.text in said for row in rows)
    notes = []
    if strange:
        named = ", ".join(
            f"{name} ({count})" for name, count in sorted(strange.items())
        )
        notes.append(f"intents that were never learnt, counted as wrong: {named}")
    if shared:
        notes.append(f"{shared} of these texts were also learnt from")
    return notes


def _examples(rows: Sequence[Labelled]) -> list[Example]:
    return [
        Example(
            id=f"q{number}",
            text=row.text,
            language=row.language,
            intent=row.intent,
            answer=None,
            knowledge_id=None,
            group=row.text,
            source=LABELLED,
        )
        for number, row in enumerate(rows)
    ]
