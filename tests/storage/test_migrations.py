"""The way to the present schema: from nothing, once, completely or not at all."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import ProgrammingError

from storage.database import Database
from storage.engine import open_engine
from storage.problems import EnvironmentProblem
from storage.tables import Row
from tests.storage.make import knowledge


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        folder = tmp_path / "100% new"
        folder.mkdir()
        return f"sqlite:///{folder / 'kefu.db'}"
    url: str = request.getfixturevalue("empty_postgresql_url")
    return url


@pytest.fixture
def empty(empty_url: str) -> Iterator[Database]:
    database = Database(empty_url)
    yield database
    database.close()


def test_a_fresh_database_gets_every_table_and_works(empty: Database) -> None:
    empty.migrate()
    with empty.transaction() as stores:
        assert stores.knowledge.put(knowledge(1)) == "added"
    tables = set(inspect(empty.engine).get_table_names())
    assert tables == set(Row.metadata.tables) | {"alembic_version"}


def test_migrating_again_keeps_everything(empty: Database) -> None:
    empty.migrate()
    with empty.transaction() as stores:
        stores.knowledge.put(knowledge(1))
    empty.migrate()
    with empty.reading() as stores:
        assert stores.knowledge.all("default") == [knowledge(1)]


def test_processes_that_start_together_migrate_once(empty_url: str) -> None:
    databases = [Database(empty_url) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(Database.migrate, databases))
    for database in databases:
        database.check()
        database.close()


def test_a_new_file_that_another_process_writes_is_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "kefu.db"
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    other.execute("CREATE TABLE theirs (id INTEGER)")
    hasty = Database(f"sqlite:///{file}", patience_seconds=0.1)
    with pytest.raises(EnvironmentProblem, match="KF-101"):
        hasty.migrate()
    database = Database(f"sqlite:///{file}")
    with ThreadPoolExecutor(1) as pool:
        migrated = pool.submit(database.migrate)
        with pytest.raises(TimeoutError):
            migrated.result(0.2)  # it waits
        other.execute("COMMIT")
        migrated.result(10)
    other.close()
    database.check()
    database.close()


def test_the_migrations_lead_to_the_tables_that_the_stores_use(
    database: Database,
) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Row.metadata) == []


def test_not_one_index_or_constraint_differs(sqlite_url: str, tmp_path: Path) -> None:
    created = tmp_path / "created.db"
    engine = open_engine(f"sqlite:///{created}")
    Row.metadata.create_all(engine)
    engine.dispose()
    migrated = _schema(Path(sqlite_url.removeprefix("sqlite:///")))
    assert migrated.pop("alembic_version")
    assert migrated == _schema(created)


def _schema(file: Path) -> dict[str, list[str]]:
    connection = sqlite3.connect(file)
    rows = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE sql <> ''"
    ).fetchall()
    connection.close()
    return {name: sorted(_part(each) for each in sql.split(",")) for name, sql in rows}


def _part(clause: str) -> str:
    return " ".join(clause.split()).strip(" ()")


def test_a_database_of_a_newer_kefu_is_refused_and_left_alone(
    database: Database,
) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(EnvironmentProblem, match="newer kefu") as caught:
        database.migrate()
    assert caught.value.code == "KF-106"
    assert "9999" in caught.value.why
    with database.transaction() as stores:
        assert stores.knowledge.put(knowledge(1)) == "added"


def test_a_migration_that_fails_leaves_the_database_as_it_was(empty: Database) -> None:
    with empty.engine.begin() as connection:
        connection.execute(text("CREATE TABLE hand_overs (notes TEXT)"))
    with pytest.raises((EnvironmentProblem, ProgrammingError), match="hand_overs"):
        empty.migrate()
    assert inspect(empty.engine).get_table_names() == ["hand_overs"]
