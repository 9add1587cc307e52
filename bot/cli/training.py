"""A learning cycle in this process, wired; the trainer's child ends up here."""

import os
from collections.abc import Callable

import psutil

from bot.app import machine_of, new_id, now, open_database, open_models, policy_of
from bot.settings import Settings
from storage.database import Database
from storage.records import Outgoing
from training.cycle import Cycle
from training.methods import FinetuneConfig
from training.result import CycleResult


def run_cycle(
    settings: Settings,
    *,
    trigger: str,
    requested_by: str = "terminal",
    notify: str = "",
    dry_run: bool = False,
    force: bool = False,
    generator: bool = True,
    quick: bool = False,
    progress: Callable[[str, float], None] = lambda _stage, _share: None,
) -> CycleResult:
    """Dataset, training, evaluation, verdict; then tell whoever asked for it."""
    machine = machine_of(settings)
    beside = trigger in {"schedule", "command"}  # a server answers meanwhile
    threads = machine.trainer_threads if beside else machine.cores
    with open_database(settings) as database:
        models = open_models(settings, machine, threads=threads)
        cycle = Cycle(
            database=database,
            models=models,
            policy=policy_of(settings),
            now=now,
            new_id=new_id,
            pid=os.getpid(),
            threads=threads,
            progress=progress,
            is_alive=_is_alive,
            finetuning=finetuning_of(settings),
            processes=settings.tuning_processes,
            wandb=settings.wandb,
        )
        result = cycle.run(
            trigger=trigger,
            requested_by=requested_by,
            workspace=settings.workspace,
            dry_run=dry_run,
            force=force,
            generator=generator,
            quick=quick,
        )
        if notify:
            _tell(database, notify, result)
    return result


def finetuning_of(settings: Settings) -> FinetuneConfig:
    """How the generator is tuned, as the admin set it."""
    return FinetuneConfig(
        method=settings.tuning,
        precision=settings.tuning_precision,
        accumulation=settings.tuning_accumulation,
        choosing=not settings.write_freely,
    )


def _is_alive(pid: int) -> bool:
    """Whether another process has that number; ours was another's before it died."""
    return pid != os.getpid() and psutil.pid_exists(pid)


def _tell(database: Database, notify: str, result: CycleResult) -> None:
    platform, conversation_id, language = notify.rsplit(" ", 2)
    with database.transaction() as stores:
        stores.outbox.add(
            Outgoing(
                id=new_id(),
                platform=platform,
                conversation_id=conversation_id,
                text=result.text(),
                language=language,
            ),
            now(),
        )
