"""Measuring how questions find their answers: `kefu evaluate answers`."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.common import HomeOption, JsonOption, load, say, say_json


def answers(
    knowledge: Annotated[
        list[Path],
        typer.Option(
            "--knowledge",
            help="Files with question and answer, or id, title and text; repeatable.",
        ),
    ],
    test: Annotated[
        list[Path],
        typer.Option(
            "--test",
            help="Files with query and relevant ids, question and answer, or text "
            "and intent; repeatable.",
        ),
    ],
    answers_only: Annotated[
        bool,
        typer.Option(
            "--answers-only",
            help="Hide the questions of the knowledge: answers must be found by what "
            "they say.",
        ),
    ] = False,
    generator: Annotated[
        bool, typer.Option("--generator", help="Let replies be written, too.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """How well answers are found on files of yours, beside BM25 in the same run.

    The home's live release decides what is answered; nothing of the home is changed.

    Example: kefu evaluate answers --knowledge faq.jsonl --test asked.jsonl
    """
    from dataclasses import replace

    from bot.app import machine_of, now, open_database, open_models, policy_of
    from bot.importing.matched import entries, questions
    from bot.model.live import NO_RELEASE, Model
    from training.answer_trial import try_answers

    settings = load(home).settings
    among = entries(knowledge, answers_only=answers_only)
    asked = questions(test, among)
    models = open_models(settings, machine_of(settings))
    with open_database(settings) as database, database.reading() as stores:
        release = stores.releases.live()
    if release is None and not generator:
        model = Model(version=NO_RELEASE, encoder=models.encoder)
    else:
        model = models.load(release.version if release else NO_RELEASE)
    trial = try_answers(
        among,
        asked,
        model=model,
        encode=models.encoder.encode,
        policy=replace(policy_of(settings), only_from_knowledge=not generator),
        now=now,
    )
    say_json(trial.to_json()) if as_json else say(trial.text())
