"""A row becomes knowledge or a labelled question, or is refused with a reason.

One `Taker` sees all rows of an import, so that it can tell repetitions: a question
with two answers, or a wording with two intents, is never taken silently.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from hashlib import blake2b
from typing import TypeAlias

from bot.importing.columns import Columns, Shape, understand
from bot.importing.markdown import slug
from bot.importing.parts import MAX_INTENT, MAX_KEY, MAX_LINE, Parts, Refused
from bot.importing.pieces import pieces
from bot.importing.report import Kind, Rejected
from bot.importing.rows import MAX_CELL, Row
from bot.importing.seen import Earlier, in_short
from bot.importing.tagged import Stamp, is_tagged, tagged_text
from bot.importing.waiting import Waiting
from bot.text import question_key
from storage.records import Knowledge, KnowledgeKind, LabelledQuestion, TaggedText

Item: TypeAlias = Knowledge | LabelledQuestion | TaggedText | Waiting

MAX_ANSWER = 10_000
_SEVERAL = re.compile(r"\s*(?:\|\|+|#{3,}|\n-{3,}\n)\s*")
_WORDINGS = re.compile(r"[\n;；|]+")
_MOST_WORDINGS = 50
_PLACEHOLDER = re.compile(r"\{\{[^{}]+\}\}")
_KNOWN_COLUMNS = "name them question and answer (问题, 答案), text and intent (内容, "
_KNOWN_COLUMNS += "意图), or title and text (标题, 内容)"


class Taker:
    """Makes items of rows, remembering what earlier rows said."""

    def __init__(
        self,
        *,
        kind: Kind | None,
        workspace: str,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        approved: bool = False,
    ) -> None:
        self._kind, self._workspace, self._approved = kind, workspace, approved
        self._now, self._new_id = now, new_id
        self._seen: dict[bytes, Earlier] = {}  # by what tells rows apart, in short
        self._columns: dict[tuple[str, ...], Columns] = {}
        self.unused: dict[str, list[str]] = {}  # file -> its columns without use
        self.placeholders: dict[str, int] = {}  # file -> answers with {{...}} in them
        self.marked: dict[str, int] = {}  # file -> questions with marked entities

    def take(self, row: Row) -> list[Item | Rejected]:
        """What the row says: items, and refusals of what is not taken of it."""
        waits = (row.waits or self._kind is Kind.DIALOGUES) and not self._approved
        columns = self._understand(row)
        try:
            if is_tagged(row):
                return self._tagged(row, columns)
            if columns.shape is None:
                names = ", ".join(map(str, row.cells)) or "none"
                raise Refused(
                    f"kefu cannot tell what the columns mean: {names[:200]}",
                    _KNOWN_COLUMNS,
                )
            parts = Parts(row.cells, columns.names)
            if waits and columns.shape is Shape.ANSWER:
                return [self._waiting(row, parts)]
            if self._kind is Kind.DIALOGUES and columns.shape is not Shape.ANSWER:
                raise Refused("it is no conversation", "leave --kind dialogues out")
            if columns.shape is Shape.ANSWER:
                return self._answers(row, parts)
            if columns.shape is Shape.LABELLED:
                return [self._labelled(row, parts)]
            return [*self._passages(row, parts)]
        except Refused as refused:
            return [_rejected(row, refused.why, refused.fix)]

    def _understand(self, row: Row) -> Columns:
        names = tuple(map(str, row.cells))
        columns = self._columns.get(names)
        if columns is None:
            columns = self._columns[names] = understand(row.cells, self._kind)
        if columns.unused and not is_tagged(row):
            unused = self.unused.setdefault(row.path, [])
            unused += [name for name in columns.unused if name not in unused]
        return columns

    def _waiting(self, row: Row, parts: Parts) -> Waiting:
        """A pair of an old chat: kept for a review, said to nobody until then."""
        question, answer = (
            parts.line("question", MAX_LINE),
            parts.text("answer", MAX_ANSWER),
        )
        language = parts.language(question)
        self._once(("waits", language, _key(question), answer), row, answer, "answer")
        return Waiting(
            workspace=self._workspace,
            question=question,
            answer=answer,
            language=language,
            source=row.source,
            conversation_id=_short(parts.line("id", MAX_LINE, needed=False)),
            imported_at=self._now(),
        )

    def _answers(self, row: Row, parts: Parts) -> list[Item | Rejected]:
        """The answer, the same for each similar wording, and what is not taken."""
        # Columns named question and text, or title and text, are taken as they stand.
        said = parts.text("answer" if parts.has("answer") else "text", MAX_ANSWER)
        several = [each for each in _SEVERAL.split(said) if each]
        answer = several[0] if several else said
        first = self._answer(row, parts, answer)
        found: list[Item | Rejected] = [first]
        for number, wording in enumerate(self._wordings(parts), start=1):
            try:
                found.append(self._reworded(row, first, wording, number))
            except Refused as refused:
                why = f"the wording {wording[:60]!r}: {refused.why}"
                found.append(_rejected(row, why, refused.fix))
        if len(several) > 1:
            why = f"the cell holds {len(several)} answers; one is said word for word"
            fix = "the first was taken: put the right one first"
            found.append(_rejected(row, why, fix))
        return found

    def _wordings(self, parts: Parts) -> list[str]:
        cell = parts.text("similar", MAX_CELL, needed=False)
        found = [" ".join(each.split()) for each in _WORDINGS.split(cell)]
        return list(dict.fromkeys(filter(None, found)))[:_MOST_WORDINGS]

    def _reworded(
        self, row: Row, first: Knowledge, wording: str, number: int
    ) -> Knowledge:
        if len(wording) > MAX_LINE:
            raise Refused(f"it has more than {MAX_LINE:,} characters", "shorten it")
        key = ("question", row.source, first.language, _key(wording))
        self._once(key, row, first.text, "answer")
        return replace(
            first,
            id=self._new_id(),
            question=wording,
            source_key=_short(f"{_key(wording)}:{first.language}~{number}"),
        )

    def _answer(self, row: Row, parts: Parts, answer: str) -> Knowledge:
        intent = parts.line("intent", MAX_INTENT, needed=False)
        names = ("question", "title", "text" if parts.has("answer") else "")
        asked = next((name for name in names if parts.has(name)), "")
        question = parts.line(asked, MAX_LINE) if asked else _spoken(intent)
        if not asked and not intent:
            raise Refused("the intent is empty", "write whose answer this is")
        language = parts.language(question if asked else answer)
        identity = parts.line("id", MAX_KEY, needed=False)
        key = identity or (_key(question) if asked else f"intent:{intent}")
        key = _short(f"{key}:{language}")
        self._once(("answer", row.source, key), row, answer, "answer")
        if asked:
            again = ("question", row.source, language, _key(question))
            self._once(again, row, answer, "answer")
        if _PLACEHOLDER.search(answer):
            self.placeholders[row.path] = self.placeholders.get(row.path, 0) + 1
        return self._knowledge(
            row, KnowledgeKind.ANSWER, question, answer, language, key, intent=intent
        )

    def _tagged(self, row: Row, columns: Columns) -> list[Item | Rejected]:
        """The text with its entities, and the labelled question if it is one."""
        parts = Parts(row.cells, columns.names)
        stamp = Stamp(workspace=self._workspace, now=self._now, new_id=self._new_id)
        tagged = tagged_text(row, parts, stamp)
        says = repr(tagged.entities)
        self._once(("tagged", tagged.text), row, says, "mark of an entity")
        if columns.shape is Shape.LABELLED:
            return [tagged, self._labelled(row, parts)]
        return [tagged]

    def _labelled(self, row: Row, parts: Parts) -> LabelledQuestion:
        name = "text" if parts.has("text") else "question"
        text = parts.line(name, MAX_LINE)
        intent = parts.line("intent", MAX_INTENT)
        language = parts.language(text)
        exact = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
        self._once(("labelled", language, _key(text)), row, intent, "intent", exact)
        if any(tag != "O" for tag in row.cells.get("tags") or ()):
            self.marked[row.path] = self.marked.get(row.path, 0) + 1
        return LabelledQuestion(
            id=self._new_id(),
            workspace=self._workspace,
            text=text,
            intent=intent,
            language=language,
            source=row.source,
            created_at=self._now(),
        )

    def _passages(self, row: Row, parts: Parts) -> list[Item]:
        text = parts.text("text", MAX_CELL)
        title = parts.line("title", MAX_LINE, needed=False)
        heading = parts.line("heading", MAX_LINE, needed=False)
        intent = parts.line("intent", MAX_INTENT, needed=False)
        language = parts.language(f"{title} {heading} {text}")
        key = self._passage_key(row, parts, title, heading, text)
        names = [name for name in (title, heading) if name]
        question = " — ".join(dict.fromkeys(names)) or parts.path() or row.source
        return [
            self._knowledge(
                row,
                KnowledgeKind.PASSAGE,
                question,
                piece,
                language,
                f"{key}~{number}" if number > 1 else key,
                title=question,  # shown as the source: the document and the heading
                intent=intent,
            )
            for number, piece in enumerate(pieces(text), start=1)
        ]

    def _passage_key(
        self, row: Row, parts: Parts, title: str, heading: str, text: str
    ) -> str:
        """The anchor, the id, or the path and heading with a number if repeated."""
        anchor = parts.line("anchor", MAX_LINE, needed=False)
        identity = parts.line("id", MAX_KEY, needed=False)
        if identity or parts.has("anchor"):
            key = identity or _short(f"{parts.path()}#{anchor}")
            self._once(("passage", row.source, key), row, text, "text")
            return key
        base = _short(f"{parts.path() or title}#{slug(heading)}")
        self._once(("words", row.source, base, text), row, text, "text")
        key, number = base, 1
        while in_short("passage", row.source, key) in self._seen:
            number += 1
            key = f"{base}-{number}"
        seen = Earlier(row.path, row.line, in_short(text))
        self._seen[in_short("passage", row.source, key)] = seen
        return key

    def _once(
        self, key: tuple[str, ...], row: Row, says: str, noun: str, exact: str = ""
    ) -> None:
        """Refuse a row that contradicts an earlier one, or repeats it.

        With `exact`, one that says the same in other signs is not a repetition.
        """
        mine = Earlier(row.path, row.line, in_short(says))
        earlier = self._seen.setdefault(in_short(*key), mine)
        if exact and earlier.says == mine.says:
            earlier = self._seen.setdefault(in_short(*key, exact), mine)
        if earlier is mine:
            return
        place = f"line {earlier.line}"
        if earlier.path != row.path:
            place += f" of {earlier.path}"
        if earlier.says == mine.says:
            raise Refused(f"it repeats {place}", "nothing to do: that one was taken")
        raise Refused(
            f"it contradicts {place}, which has another {noun}",
            "keep the right one of the two; the earlier one was taken",
        )

    def _knowledge(
        self,
        row: Row,
        kind: KnowledgeKind,
        question: str,
        text: str,
        language: str,
        key: str,
        *,
        title: str = "",
        intent: str = "",
    ) -> Knowledge:
        return Knowledge(
            id=self._new_id(),
            workspace=self._workspace,
            kind=kind,
            question=question,
            text=text,
            language=language,
            intent=intent or None,
            title=title or question,
            source=row.source,
            source_key=key,
            updated_at=self._now(),
        )


def _rejected(row: Row, why: str, fix: str) -> Rejected:
    return Rejected(path=row.path, line=row.line, why=why, fix=fix)


def _spoken(intent: str) -> str:
    """An intent's name as words: where no question is given, it stands for one."""
    return " ".join(intent.replace("_", " ").replace(".", " ").split())


def _key(question: str) -> str:
    key = question_key(question)
    if not key:
        raise Refused("there is no word in it", "write a question in words")
    return key


def _short(key: str) -> str:
    """A key that any database can index: long ones end with a hash."""
    if len(key) <= MAX_KEY:
        return key
    return key[: MAX_KEY - 33] + "-" + blake2b(key.encode(), digest_size=16).hexdigest()
