"""The composition root: everything is made here, once, and handed in.

This is the only place that knows every part. Nothing is looked up later: what a part
needs, it is given.
"""

import threading
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

from bot.desk import Desk
from bot.dialogue import Bot
from bot.machine import Profile, profile
from bot.model.encoder import Encoder
from bot.model.live import Live, Model
from bot.model.load import BaseModel, empty_model, load_release, resolve_base
from bot.policy import Policy, Roles
from bot.retrieve import Shelves
from bot.settings import Settings
from storage.database import Database
from storage.records import Choice, Correction, Message, Reply, Turn, Vote

log = structlog.get_logger()


def now() -> datetime:
    """The time, in UTC: the one clock that is handed to every part."""
    return datetime.now(UTC)


def new_id() -> str:
    """32 hexadecimal digits: the one source of identity."""
    return uuid.uuid4().hex


def machine_of(settings: Settings) -> Profile:
    """What this machine can carry, after what the admin said."""
    return profile(
        threads=settings.threads,
        workers=settings.workers,
        trainer_threads=settings.trainer_threads,
    )


def open_database(settings: Settings) -> Database:
    """The database, at the newest schema."""
    database = Database(settings.database)
    database.migrate()
    return database
