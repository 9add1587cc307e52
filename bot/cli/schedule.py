"""The schedule: the nightly cycle, fired by one process even where many run.

APScheduler keeps time in memory; what must survive lies in our tables: a slot is
ticked in the database, and only the process that ticked it goes on.
"""

from datetime import datetime

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger

from bot.app import App, now, zone_of
from bot.cli.trainer import Trainer
from storage.problems import BadInput, Problem

log = structlog.get_logger()

TICK = "nightly cycle"
NEVER = "never"


class Schedule:
    """When cycles start by themselves."""

    def __init__(self, app: App, trainer: Trainer) -> None:
        self._app, self._trainer = app, trainer
        at = app.settings.train_at
        self._at = None if at == NEVER else parse_time(at)
        self._scheduler = BackgroundScheduler(timezone=zone_of(app.settings.timezone))

    def start(self) -> None:
        """Start keeping time, unless the admin wants no schedule."""
        if self._at is None:
            return
        hour, minute = self._at
        trigger = CronTrigger(
            hour=hour, minute=minute, timezone=self._scheduler.timezone
        )
        self._scheduler.add_job(self.fire, trigger, misfire_grace_time=3600)
        self._scheduler.start()
        log.info(
            "learning is scheduled",
            at=f"{hour:02}:{minute:02}",
            zone=str(self._scheduler.timezone),
        )

    def stop(self) -> None:
        """Keep time no longer."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def fire(self) -> str:
        """Start a cycle if it is due; give the reason when it is not."""
        try:
            reason = self._reason_to_wait()
        except Problem as problem:
            reason = str(problem)
        if not reason and not self._trainer.start(
            trigger="schedule", requested_by="schedule"
        ):
            reason = "a cycle is running already"
        log.info("scheduled cycle", outcome=reason or "started")
        return reason

    def _reason_to_wait(self) -> str:
        slot = datetime.now(self._scheduler.timezone).strftime("%Y-%m-%d")
        with self._app.database.transaction() as stores:
            if not stores.leases.tick(TICK, slot, now()):
                return "another process has started it"
            last = stores.runs.last()
            found = stores.feedback.count_since(last.started_at if last else None)
        least = self._app.settings.train_minimum
        if found < least:
            return f"{found} new feedback items, {least} are needed"
        return ""


def parse_time(text: str) -> tuple[int, int]:
    """Hour and minute of "HH:MM". Raises BadInput KF-605."""
    try:
        moment = datetime.strptime(text, "%H:%M")  # noqa: DTZ007 - a time of day
    except ValueError:
        raise BadInput(
            "KF-605",
            f"{text!r} is not a time of day",
            where="KEFU_TRAIN_AT",
            fix='write it as "03:00", or "never" for no schedule',
        ) from None
    return moment.hour, moment.minute
