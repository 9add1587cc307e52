"""Questions with the replies that are wanted, and what replies rest on, from files.

Questions to measure with are read whole or not at all. What is to be learnt from is
taken as an import takes it: a row that is left out is named.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.importing.columns import understand
from bot.importing.files import find, read
from bot.importing.parts import MAX_INTENT, MAX_LINE, Parts, Refused
from bot.importing.report import Rejected
from bot.importing.rows import MAX_CELL, Row
from bot.importing.take import Taker
from storage.problems import BadInput
from storage.records import Knowledge, LabelledQuestion

_SHOWN = 3
_FIX = 'write {"question": "...", "answer": "..."}, or {"text": "...", "intent": "..."}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question, and what is wanted for it.

    Attributes:
        answer: the reply that is wanted; None where only the intent is known.
        passages: what a reply may rest on; None where it is to be searched.
    """

    question: str
    language: str
    answer: str | None
    intent: str | None
    passages: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What files hold to learn from."""

    knowledge: tuple[Knowledge, ...] = ()
    questions: tuple[LabelledQuestion, ...] = ()
    left_out: tuple[str, ...] = ()  # "file:line: why"


def asked_questions(paths: Sequence[Path]) -> list[Asked]:
    """All of them, in order: question and answer, or text and intent; passages too.

    Raises:
        BadInput: KF-201 and KF-202 as an import does; KF-211 if a row cannot be read,
            because a measurement that leaves rows out measures something else.
    """
    found: list[Asked] = []
    refused: list[str] = []
    for file in find(paths):
        for row in [file] if isinstance(file, Rejected) else read(file):
            each = row if isinstance(row, Rejected) else _asked(row)
            if isinstance(each, Rejected):
                refused.append(_named(each))
            else:
                found.append(each)
    if refused or not found:
        raise BadInput(
            "KF-211",
            f"{len(refused)} rows are not questions with a reply"
            if refused
            else "there are no questions with a reply",
            where=", ".join(map(str, paths)),
            why="; ".join(refused[:_SHOWN]) or "the files hold no row",
            fix=_FIX,
        )
    return found


def take_all(
    paths: Sequence[Path],
    *,
    now: Callable[[], datetime],
    new_id: Callable[[], str],
) -> Taken:
    """What an import would take of the files, and what it would leave out.

    Raises:
        BadInput: KF-201 and KF-202 as an import does; KF-212 if nothing can be taken.
    """
    taker = Taker(kind=None, workspace="default", now=now, new_id=new_id, approved=True)
    knowledge: list[Knowledge] = []
    questions: list[LabelledQuestion] = []
    left_out: list[str] = []
    for file in find(paths):
        for row in [file] if isinstance(file, Rejected) else read(file):
            taken = [row] if isinstance(row, Rejected) else taker.take(row)
            for item in taken:
                if isinstance(item, Rejected):
                    left_out.append(_named(item))
                elif isinstance(item, Knowledge):
                    knowledge.append(item)
                elif isinstance(item, LabelledQuestion):
                    questions.append(item)
    if not knowledge and not questions:
        raise BadInput(
            "KF-212",
            "nothing can be taken from the files",
            where=", ".join(map(str, paths)),
            why="; ".join(left_out[:_SHOWN]) or "the files hold no row",
            fix="name files with question and answer, text and intent, intent and "
            "answer, or title and text",
        )
    return Taken(
        knowledge=tuple(knowledge),
        questions=tuple(questions),
        left_out=tuple(left_out),
    )


def _asked(row: Row) -> Asked | Rejected:
    try:
        columns = understand(row.cells, None)
        parts = Parts(row.cells, columns.names)
        name = "question" if parts.has("question") else "text"
        if not parts.has(name) or not (parts.has("answer") or parts.has("intent")):
            raise Refused("it has no question with an answer or an intent", _FIX)
        question = parts.line(name, MAX_LINE)
        answer = parts.text("answer", MAX_CELL) if parts.has("answer") else None
        needed = answer is None
        return Asked(
            question=question,
            language=parts.language(question),
            answer=answer,
            intent=parts.line("intent", MAX_INTENT, needed=needed) or None,
            passages=_passages(row.cells.get("passages")),
        )
    except Refused as why:
        return Rejected(path=row.path, line=row.line, why=why.why, fix=why.fix)


def _passages(value: object) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise Refused("its passages are no list of texts", '"passages": ["..."]')
    return tuple(value)


def _named(refused: Rejected) -> str:
    return f"{refused.path}:{refused.line}: {refused.why}"
