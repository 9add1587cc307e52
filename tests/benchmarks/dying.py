"""`kefu serve` that kills itself at a commit: `python -m tests.benchmarks.dying serve`.

From SIGUSR1 on it counts the commits that changed a row. DIE_AT is "before:3" or
"after:3". The product has no hook for this; SQLAlchemy's events are enough.
"""

import os
import signal
import sqlite3
import sys
import threading
from typing import cast

from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session

from bot.__main__ import main

SEEN = "changes seen"  # how many changed rows this connection had at its last end


class Death:
    """Counts, and kills this process at its moment, as kill -9 would."""

    def __init__(self, side: str, number: int) -> None:
        self._side, self._number = side, number
        self._armed, self._count = False, 0
        self._mine = threading.local()  # set in the thread whose commit it is

    def listen(self) -> None:
        """Listen to every engine of this process."""
        signal.signal(signal.SIGUSR1, self._arm)
        event.listen(Engine, "commit", self._before)
        event.listen(Engine, "rollback", _changes)
        event.listen(Session, "after_commit", self._after)

    def _arm(self, *_: object) -> None:
        self._armed = True

    def _before(self, connection: Connection) -> None:
        if not _changes(connection) or not self._armed:
            return
        self._count += 1
        if self._count != self._number:
            return
        if self._side == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        self._mine.due = True

    def _after(self, _session: Session) -> None:
        if getattr(self._mine, "due", False):
            os.kill(os.getpid(), signal.SIGKILL)


def _changes(connection: Connection) -> int:
    """How many rows were changed since this connection's last commit or rollback."""
    raw = cast(sqlite3.Connection, connection.connection.dbapi_connection)
    before = connection.info.get(SEEN, 0)
    connection.info[SEEN] = raw.total_changes
    return int(raw.total_changes - before)


if __name__ == "__main__":
    side, _, number = os.environ.get("DIE_AT", "before:0").partition(":")
    Death(side, int(number)).listen()
    sys.argv[0] = "kefu"
    main()
