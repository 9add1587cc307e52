"""The way from any schema that kefu ever had to the present one.

All steps commit together: a migration that fails leaves the database as it was.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from storage.engine import PATIENCE_SECONDS, open_engine
from storage.problems import EnvironmentProblem

_SCRIPTS = Path(__file__).parent / "migrations"
_LOCK = 0x6B656675  # "kefu": one process migrates at a time


def upgrade(url: str, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
    """Bring the database at the URL to the newest schema.

    Args:
        patience_seconds: how long to wait for a lock that somebody else holds.

    Raises:
        EnvironmentProblem: KF-106, the schema is newer than this kefu.
    """
    engine = open_engine(url, migrating=True, patience_seconds=patience_seconds)
    try:
        with engine.begin() as connection:
            _upgrade(connection)
    finally:
        engine.dispose()


def configuration(connection: Connection) -> Config:
    """What Alembic needs to work on a connection."""
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    config = configuration(connection)
    scripts = ScriptDirectory.from_config(config)
    present = set(MigrationContext.configure(connection).get_current_heads())
    if not present <= {script.revision for script in scripts.walk_revisions()}:
        raise EnvironmentProblem(
            "KF-106",
            "the database was set up by a newer kefu",
            where=connection.engine.url.render_as_string(hide_password=True),
            why=f"its schema is {', '.join(sorted(present))}, unknown to this version",
            fix="run the newer kefu, or restore the backup from before the update",
        )
    if present != set(scripts.get_heads()):
        command.upgrade(config, "head")
