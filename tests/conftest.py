"""Databases for the tests: real ones, each fresh, each gone afterwards.

`database` runs a test on SQLite and on PostgreSQL; `sqlite_database` on SQLite only.
The PostgreSQL server is started once, listens on a socket file alone, and is left
out (the test says so) where its programs are not installed.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from storage.database import Database

_SERVER_USER = "postgres"  # PostgreSQL refuses to run as root


def pytest_configure(config: pytest.Config) -> None:
    """Never look for tests in what Hypothesis keeps beside the code."""
    config.addinivalue_line("norecursedirs", ".hypothesis")


@pytest.fixture(scope="session")
def _migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "kefu.db"
    _migrate(f"sqlite:///{file}")
    return file


@pytest.fixture
def sqlite_url(_migrated_file: Path, tmp_path: Path) -> str:
    """The URL of a SQLite database that has its tables."""
    file = tmp_path / "kefu.db"
    shutil.copy(_migrated_file, file)
    return f"sqlite:///{file}"


@pytest.fixture(scope="session")
def _postgresql() -> Iterator[str]:
    programs = _postgresql_programs()
    if programs is None:
        pytest.skip("PostgreSQL's initdb and pg_ctl are not installed")
    folder = Path(tempfile.mkdtemp(prefix="kefu-pg-"))
    data = str(folder / "data")
    prefix: list[str] = []
    if os.getuid() == 0:
        shutil.chown(folder, _SERVER_USER)
        prefix = ["runuser", "-u", _SERVER_USER, "--"]

    def call(program: str, *arguments: str) -> None:
        command = [*prefix, str(programs / program), "-D", data, *arguments]
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL)

    call("initdb", "-U", "kefu", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
    options = f"-c listen_addresses= -k {folder} -F"
    call("pg_ctl", "start", "-w", "-l", str(folder / "log"), "-o", options)
    try:
        yield f"host={folder} user=kefu"
    finally:
        call("pg_ctl", "stop", "-m", "immediate")
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def _migrated_template(_postgresql: str) -> Iterator[str]:
    with _postgresql_database(_postgresql, "kefu_template", "template0") as url:
        _migrate(url)
        yield "kefu_template"


@pytest.fixture
def postgresql_url(_postgresql: str, _migrated_template: str) -> Iterator[str]:
    """The URL of a PostgreSQL database that has its tables."""
    with _postgresql_database(_postgresql, "kefu", _migrated_template) as url:
        yield url


@pytest.fixture
def empty_postgresql_url(_postgresql: str) -> Iterator[str]:
    """The URL of a PostgreSQL database without tables."""
    with _postgresql_database(_postgresql, "kefu", "template0") as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database that has its tables; once of each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database that has its tables; once SQLite, once PostgreSQL."""
    yield from _opened(database_url)


@pytest.fixture
def sqlite_database(sqlite_url: str) -> Iterator[Database]:
    """A SQLite database that has its tables."""
    yield from _opened(sqlite_url)


def _opened(url: str) -> Iterator[Database]:
    database = Database(url)
    yield database
    database.close()


def _migrate(url: str) -> None:
    database = Database(url)
    database.migrate()
    database.close()


@contextmanager
def _postgresql_database(server: str, name: str, template: str) -> Iterator[str]:
    folder = psycopg.conninfo.conninfo_to_dict(server)["host"]
    with psycopg.connect(f"{server} dbname=postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield f"postgresql+psycopg://kefu@/{name}?host={folder}"
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _postgresql_programs() -> Path | None:
    if os.getuid() == 0 and _SERVER_USER not in {u.pw_name for u in pwd.getpwall()}:
        return None
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(installed, key=lambda path: int(path.parts[-3]), default=None)
    return None if newest is None else newest.parent
