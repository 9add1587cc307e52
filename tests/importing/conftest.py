"""A database of its own for each test, and a door to the import."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from bot.importing import ImportReport, Kind, import_paths
from bot.importing.web import Fetcher
from storage.database import Database
from storage.records import (
    Knowledge,
    LabelledQuestion,
    ReviewState,
    StoredCorrection,
    TaggedText,
)

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    home = tmp_path / "home"
    home.mkdir()
    database = Database(f"sqlite:///{home / 'kefu.sqlite'}")
    database.migrate()
    yield database
    database.close()


class Shop:
    """One company's files and what kefu makes of them."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.folder, self.database = folder, database
        self._numbers = count(1)

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def bring(
        self,
        *paths: Path,
        kind: Kind | None = None,
        dry_run: bool = False,
        approved: bool = False,
        fetcher: Fetcher | None = None,
        progress: Callable[[str, float], None] | None = None,
    ) -> ImportReport:
        return import_paths(
            paths,
            kind=kind,
            workspace="shop",
            database=self.database,
            now=lambda: NOON,
            new_id=lambda: f"{next(self._numbers):032x}",
            dry_run=dry_run,
            approved=approved,
            fetcher=fetcher,
            progress=progress,
        )

    def knowledge(self) -> list[Knowledge]:
        with self.database.reading() as stores:
            return stores.knowledge.all("shop")

    def questions(self) -> list[LabelledQuestion]:
        with self.database.reading() as stores:
            return stores.questions.all("shop")

    def marked(self) -> list[TaggedText]:
        with self.database.reading() as stores:
            return stores.tagged_texts.all("shop")

    def waiting(self) -> list[StoredCorrection]:
        with self.database.reading() as stores:
            return stores.feedback.corrections(ReviewState.PENDING)

    def answers(self) -> dict[str, str]:
        return {each.question: each.text for each in self.knowledge()}


@pytest.fixture
def shop(tmp_path: Path, database: Database) -> Shop:
    folder = tmp_path / "files"
    folder.mkdir()
    return Shop(folder, database)
