"""The database: units of work that happen completely or not at all.

One thread writes at a time on SQLite and the others queue for it; readers never
wait. A failure of the database itself comes out as a problem with a code, after
everything of its unit of work has been undone.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from sqlalchemy import Engine, insert
from sqlmodel import Session

from storage import migrate
from storage.engine import PATIENCE_SECONDS, READING, open_engine
from storage.failures import full, locked, told
from storage.stores import Stores, stores_over
from storage.tables import LeaseRow

_ROOM_BYTES = 16 * 2**20  # less free space than this on its disk is "full"
_PROBE = "x" * 2**16
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Database:
    """A SQLite file or a PostgreSQL database. Threads may share one.

    Args:
        url: sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME.
        patience_seconds: how long to wait for a lock that somebody else holds.

    Raises:
        BadInput: KF-111, the URL is none of these.
    """

    def __init__(self, url: str, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._url = url
        self._patience = patience_seconds
        self.engine: Engine = open_engine(url, patience_seconds=patience_seconds)
        self._where = self.engine.url.render_as_string(hide_password=True)
        self._is_file = self.engine.dialect.name == "sqlite"
        self._writer = Lock()

    def migrate(self) -> None:
        """Create the tables, or bring them up to date, keeping what is in them.

        Raises:
            EnvironmentProblem: KF-106, a newer kefu has set the database up; or as
                `transaction` does.
        """
        with self._writing(), told(self._where):
            migrate.upgrade(self._url, patience_seconds=self._patience)

    @contextmanager
    def transaction(self) -> Iterator[Stores]:
        """Stores that read and write; commits at the end, or undoes it all.

        Raises:
            EnvironmentProblem: KF-101 locked, KF-102 full, KF-103 read-only, KF-104
                gone, KF-105 damaged, KF-107 not migrated, KF-108 not durable,
                KF-109 refused, KF-110 other.
        """
        with (
            self._writing(),
            told(self._where),
            Session(self.engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield stores_over(session)

    @contextmanager
    def reading(self) -> Iterator[Stores]:
        """Stores that see one moment of the database and cannot change it.

        Raises:
            EnvironmentProblem: as `transaction` does.
        """
        readers = self.engine.execution_options(**{READING: True})
        with told(self._where), Session(readers) as session:
            yield stores_over(session)

    def check(self) -> None:
        """Write something, and take it back: can the database be used right now?

        Raises:
            EnvironmentProblem: as `transaction` does.
        """
        probe = {"name": "check", "holder": _PROBE, "until": _EPOCH}
        with self._writing(), told(self._where), self.engine.connect() as connection:
            connection.execute(insert(LeaseRow).values(probe))
            connection.rollback()
        if self._is_file:
            self._check_room()

    def close(self) -> None:
        """Close every connection. Using it again opens new ones."""
        self.engine.dispose()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        # SQLite's own waiting is polling with naps of up to 100 ms; ours is a queue.
        if not self._is_file:
            yield
        elif self._writer.acquire(timeout=self._patience):
            try:
                yield
            finally:
                self._writer.release()
        else:
            why = f"other work of this process held it for {self._patience:g} seconds"
            raise locked(self._where, why)

    def _check_room(self) -> None:
        database = self.engine.url.database or ""
        folder = Path(database.removeprefix("file:").partition("?")[0]).parent
        free = shutil.disk_usage(folder).free
        if free < _ROOM_BYTES:
            raise full(str(folder), f"{free // 2**20} MiB are free on its disk")
