"""Measuring the generator on files of one's own: `kefu evaluate generator`."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.common import HomeOption, JsonOption, load, say, say_json
from bot.cli.progress import Report, bar
from storage.problems import BadInput, ExitCode

if TYPE_CHECKING:
    from bot.importing.answered import Taken
    from bot.settings import Settings
    from storage.records import Knowledge
    from training.fresh_trial import FreshTrial
    from training.generator_fit import FitConfig, Learnt, Subject
    from training.generator_trial import GeneratorTrial, Wanted


class Retrieval(StrEnum):
    """Whether the generator is shown passages."""

    ON = "on"
    OFF = "off"


_Test = Annotated[
    list[Path] | None,
    typer.Option("--test", help="Files with question and answer, or text and intent."),
]
_Train = Annotated[
    list[Path] | None,
    typer.Option("--train", help="Such files to fit fresh on; else the live release."),
]
_Knowledge = Annotated[
    list[Path] | None,
    typer.Option("--knowledge", help="What replies rest on, beside --train's answers."),
]


_Fresh = Annotated[
    int,
    typer.Option(min=0, help="So many made-up questions in each language instead."),
]
_Texts = Annotated[
    list[Path] | None,
    typer.Option("--texts", help="For --fresh: directories of texts by our schemas."),
]


def generator(
    test: _Test = None,
    train: _Train = None,
    knowledge: _Knowledge = None,
    retrieval: Annotated[
        Retrieval, typer.Option(help="off: it is shown no passage.")
    ] = Retrieval.ON,
    passes: Annotated[
        int, typer.Option(min=1, max=20, help="How often each question is learnt.")
    ] = 2,
    fresh: _Fresh = 0,
    texts: _Texts = None,
    seed: Annotated[int, typer.Option(help="Of everything drawn by chance.")] = 0,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """What the generator earns: with it, without it, and by copying an answer.

    Without --train the live release is asked (the base, where there is none), over
    --knowledge, else over the home's own. Nothing of the home is changed.

    With --fresh every fact is drawn anew and two passages distract, from the side that
    no base is trained on: what the drafts carry, and what the guard lets leave. Ends
    with 1 if a wrong reply left.

    Example: kefu evaluate generator --train train.jsonl --test test.jsonl
    """
    from bot.importing.answered import asked_questions

    if bool(test) is bool(fresh):
        raise _unclear()
    asked = asked_questions(test) if test else []
    given, more = _taken(train), _taken(knowledge)

    # Files are read first: what they lack is told before torch is loaded.
    from training.generator_fit import FitConfig, answers_of, learnt
    from training.generator_trial import wanted_replies

    lessons = learnt(given, more) if train else None
    settings = load(home).settings
    config = FitConfig(passes=passes, retrieval=retrieval is Retrieval.ON, seed=seed)
    approved = lessons.knowledge if lessons else more.knowledge or _own(settings)
    wanted = wanted_replies(asked, answers_of(approved))
    with (
        tempfile.TemporaryDirectory(prefix="kefu-trial-") as folder,
        bar(quiet=as_json) as report,
    ):
        subject = _subject(settings, lessons, approved, config, Path(folder), report)
        trial: GeneratorTrial | FreshTrial
        bad = 0
        if fresh:
            trial = _fresh(subject, texts or [], fresh, seed, report)
            bad = trial.wrong_left
        else:
            trial = _tried(wanted, subject, config, report)
    say_json(trial.to_json()) if as_json else say(trial.text())
    if bad:
        raise typer.Exit(ExitCode.ANSWER_IS_NO)


def _unclear() -> BadInput:
    return BadInput(
        "KF-214",
        "it is not clear what is to be asked",
        why="either --test names files, or --fresh says how many made-up questions",
        fix="give one of the two",
    )


def _taken(paths: Sequence[Path] | None) -> "Taken":
    from bot.app import new_id, now
    from bot.importing.answered import Taken, take_all

    return take_all(paths, now=now, new_id=new_id) if paths else Taken()


def _own(settings: "Settings") -> "tuple[Knowledge, ...]":
    """The approved knowledge of the home."""
    from bot.app import open_database

    with open_database(settings) as database, database.reading() as stores:
        return tuple(stores.knowledge.all("default"))


def _subject(
    settings: "Settings",
    lessons: "Learnt | None",
    approved: "Sequence[Knowledge]",
    config: "FitConfig",
    folder: Path,
    report: Report,
) -> "Subject":
    """What is asked: fitted fresh on the lessons, else what is live."""
    from bot.app import machine_of, open_database, open_models
    from bot.model.live import NO_RELEASE, Model
    from bot.model.load import ENGINE, load_generator
    from training.generator_fit import as_it_is, fit_fresh

    machine = machine_of(settings)
    models = open_models(settings, machine)
    if lessons is not None:
        return fit_fresh(
            lessons,
            folder,
            base=models.base,
            encoder=models.encoder,
            config=replace(
                config, threads=machine.trainer_threads, device=models.device
            ),
            progress=lambda share: report("training", share),
        )
    with open_database(settings) as database, database.reading() as stores:
        release = stores.releases.live()
    if release is not None:
        return as_it_is(
            models.load(release.version),
            base=models.base,
            folder=models.releases / release.version,
            knowledge=approved,
        )
    alone = Model(
        version=NO_RELEASE,
        encoder=models.encoder,
        generator=load_generator(
            models.base,
            device=models.device,
            kept=folder / ENGINE,
            threads=machine.threads,
        ),
    )
    return as_it_is(alone, base=models.base, folder=folder, knowledge=approved)


def _tried(
    wanted: "Sequence[Wanted]", subject: "Subject", config: "FitConfig", report: Report
) -> "GeneratorTrial":
    from training.generator_trial import try_generator

    return try_generator(
        wanted,
        subject,
        retrieval=config.retrieval,
        seed=config.seed,
        progress=lambda share: report("asking", share),
    )


def _fresh(
    subject: "Subject", texts: Sequence[Path], count: int, seed: int, report: Report
) -> "FreshTrial":
    from training.carried import fresh_examples
    from training.fresh_trial import try_fresh
    from training.nearness import alike

    examples = fresh_examples(texts, count=count, seed=seed)
    return try_fresh(
        subject.writer,
        examples,
        progress=lambda share: report("asking", share),
        alike=alike(subject.model.encoder),
    )
