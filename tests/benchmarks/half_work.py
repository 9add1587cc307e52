"""What `half_made` kills: `python -m tests.benchmarks.half_work cycle|open|promote`.

The product's own parts over the home that the environment names; only the size of the
training is ours. Every step that is reached is printed at once.
"""

import os
import sys
from dataclasses import replace

import psutil

from bot.app import machine_of, new_id, now, open_app, open_database, open_models
from bot.cli.registry import promote
from bot.model.live import NO_RELEASE
from bot.settings import Settings, from_process
from tests.training.workspace import cycle_of


def cycle(settings: Settings) -> None:
    """A forced cycle: intents, generator, conversion, evaluation, promotion."""
    with open_database(settings) as database:
        small = cycle_of(database, open_models(settings, machine_of(settings)))
        told = replace(
            small,
            now=now,
            new_id=new_id,
            pid=os.getpid(),
            progress=lambda stage, share: _tell(f"{stage} {share}"),
            is_alive=psutil.pid_exists,
        ).run(trigger="terminal", requested_by="", workspace="default", force=True)
    _tell(told.verdict)


def start(settings: Settings) -> None:
    """Open everything as a server does; what is not converted is."""
    _tell("ready")
    with open_app(settings) as app:
        app.models.load(NO_RELEASE).warm_up()
        _tell(app.live.model.version)


def by_hand(settings: Settings, version: str) -> None:
    """`kefu promote`."""
    _tell("ready")
    _tell(promote(settings, version, by="terminal"))


def _tell(step: str) -> None:
    print(step, flush=True)


if __name__ == "__main__":
    work, *more = sys.argv[1:]
    settings = from_process().settings
    if work == "cycle":
        cycle(settings)
    elif work == "open":
        start(settings)
    else:
        by_hand(settings, *more)
