"""The import itself: rows are written in batches, each in a transaction of its own.

Importing the same files again changes nothing, so an import that was cut short is
finished by running it again. A dry run goes the same way and takes every batch back.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path

from bot.importing.files import File, find, read
from bot.importing.readers import MARKED_UP
from bot.importing.report import ImportReport, Kind, Rejected
from bot.importing.take import Item, Taker
from bot.importing.waiting import Waiting, keep
from bot.importing.web import Fetcher
from bot.text import shortened
from storage.database import Database
from storage.records import Knowledge, KnowledgeKind, TaggedText
from storage.stores import Stores

BATCH = 500
PREVIEWED = 5
_PIECE = re.compile(r"~\d+$")


@dataclass
class _Progress:
    """What has been read and written so far."""

    counts: Counter[str] = field(default_factory=Counter)
    rejected: list[Rejected] = field(default_factory=list)
    preview: list[Mapping[str, str]] = field(default_factory=list)
    passages: dict[str, set[str]] = field(default_factory=dict)  # source -> keys
    documents: set[str] = field(default_factory=set)  # read without a refusal
    forms: dict[str, str] = field(default_factory=dict)  # path -> what it is
    fresh: list[Knowledge] = field(default_factory=list)  # added or changed


class _TakenBack(Exception):
    """A dry run's transaction ends here."""


def import_paths(
    paths: Sequence[Path],
    *,
    kind: Kind | None = None,
    workspace: str,
    database: Database | None,
    now: Callable[[], datetime],
    new_id: Callable[[], str],
    dry_run: bool = False,
    approved: bool = False,
    fetcher: Fetcher | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> ImportReport:
    """Bring files and folders into a workspace's knowledge and labelled questions.

    Args:
        paths: files, and folders whose files are all read.
        kind: what the files hold; None guesses it from their columns.
        database: where to write; None only reads the files, as if all were new.
        dry_run: compare with the database and write nothing.
        approved: a person has read the answers of old chats; else they wait.
        fetcher: fetches what lists of addresses name; None fetches nothing.
        progress: told ("import", share of the files done from 0 to 1).

    Raises:
        BadInput: KF-201 a path does not exist, KF-202 there is nothing to read.
        EnvironmentProblem: the database; batches written before it stay.
    """
    files = find(paths)
    taker = Taker(
        kind=kind, workspace=workspace, now=now, new_id=new_id, approved=approved
    )
    done = _Progress()
    items = _items(files, taker, done, fetcher, progress)
    while batch := list(islice(items, BATCH)):
        _write(batch, database, dry_run, done)
    if database is not None:
        _retire(workspace, database, dry_run, done)
    return ImportReport(
        added=done.counts["added"],
        changed=done.counts["changed"],
        unchanged=done.counts["unchanged"],
        retired=done.counts["retired"],
        waiting=done.counts["waiting"],
        forms=done.forms,
        rejected=tuple(each for each in done.rejected if each.lost),
        left_out=tuple(each for each in done.rejected if not each.lost),
        preview=tuple(done.preview),
        notes=tuple(_notes(taker)),
        fresh=tuple(done.fresh),
    )


def _items(
    files: Sequence[File | Rejected],
    taker: Taker,
    done: _Progress,
    fetcher: Fetcher | None,
    progress: Callable[[str, float], None] | None,
) -> Iterator[Item]:
    for number, file in enumerate(files, start=1):
        if isinstance(file, Rejected):
            done.rejected.append(file)
        else:
            before = len(done.rejected)
            yield from _items_of(file, taker, done, fetcher)
            if file.suffix in MARKED_UP and len(done.rejected) == before:
                done.documents.add(file.source)
        if progress is not None:
            progress("import", number / len(files))


def _items_of(
    file: File, taker: Taker, done: _Progress, fetcher: Fetcher | None
) -> Iterator[Item]:
    for row in read(file, fetcher):
        if isinstance(row, Rejected):
            done.rejected.append(row)
            continue
        done.forms.setdefault(row.path, row.form)
        for item in taker.take(row):
            if isinstance(item, Rejected):
                done.rejected.append(item)
            else:
                _remember(item, done)
                yield item


def _remember(item: Item, done: _Progress) -> None:
    if len(done.preview) < PREVIEWED:
        done.preview.append(_shown(item))
    if isinstance(item, Knowledge) and item.kind is KnowledgeKind.PASSAGE:
        done.passages.setdefault(item.source, set()).add(item.source_key)


def _shown(item: Item) -> dict[str, str]:
    """How an item was understood, short enough for a line."""
    if isinstance(item, Knowledge):
        kind, said = item.kind.value, {"question": item.question, "text": item.text}
    elif isinstance(item, Waiting):
        kind = "waits for review"
        said = {"question": item.question, "text": item.answer}
    elif isinstance(item, TaggedText):
        marks = ", ".join(f"{each.type}={each.text}" for each in item.entities)
        kind, said = "marked text", {"text": item.text, "entities": marks}
    else:
        kind, said = "labelled question", {"question": item.text}
    short = {name: shortened(" ".join(text.split()), 60) for name, text in said.items()}
    intent = "" if isinstance(item, Waiting | TaggedText) else item.intent or ""
    about = {"intent": intent, "language": item.language}
    return {"kind": kind, **short, **about}


def _write(
    batch: list[Item], database: Database | None, dry_run: bool, done: _Progress
) -> None:
    done.counts["waiting"] += sum(isinstance(item, Waiting) for item in batch)
    if database is None:
        done.counts["added"] += len(batch)
        done.fresh += [item for item in batch if isinstance(item, Knowledge)]
        return
    outcomes: list[str] = []
    with suppress(_TakenBack), database.transaction() as stores:
        outcomes += [_put(stores, item) for item in batch]
        if dry_run:
            raise _TakenBack
    done.counts.update(outcomes)
    done.fresh += [
        item
        for item, outcome in zip(batch, outcomes, strict=True)
        if isinstance(item, Knowledge) and outcome != "unchanged"
    ]


def _put(stores: Stores, item: Item) -> str:
    if isinstance(item, Knowledge):
        return stores.knowledge.put(item)
    if isinstance(item, Waiting):
        return keep(stores, item)
    if isinstance(item, TaggedText):
        return stores.tagged_texts.put(item)
    return stores.questions.put(item)


def _retire(workspace: str, database: Database, dry_run: bool, done: _Progress) -> None:
    """Passages whose document was read and no longer has them answer no more."""
    if not done.passages:
        return
    with database.reading() as stores:
        stale = [each.id for each in _stale(stores.knowledge.all(workspace), done)]
    done.counts["retired"] = len(stale)
    if stale and not dry_run:
        with database.transaction() as stores:
            for knowledge_id in stale:
                stores.knowledge.retire(knowledge_id)


def _stale(everything: Iterable[Knowledge], done: _Progress) -> Iterator[Knowledge]:
    for each in everything:
        keys = done.passages.get(each.source, set())
        gone = each.kind is KnowledgeKind.PASSAGE and each.source_key not in keys
        piece = _PIECE.sub("", each.source_key) in keys  # its text became shorter
        if gone and (piece or each.source in done.documents):
            yield each


def _notes(taker: Taker) -> Iterator[str]:
    for path, names in taker.unused.items():
        yield f"{path}: not used: {', '.join(map(str, names))}"
    for path, count in taker.placeholders.items():
        yield f"{path}: {count} answers hold {{{{...}}}} to be filled in before use"
    for path, count in taker.marked.items():
        yield (
            f"{path}: {count} questions have marked entities: "
            f'"kefu evaluate entities --train {path}" learns from them'
        )
