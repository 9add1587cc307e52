"""Measuring parts of kefu on files of one's own: `kefu evaluate ...`."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.answers import answers
from bot.cli.assess_generator import generator
from bot.cli.common import HomeOption, JsonOption, load, say, say_json

_group = typer.Typer(
    help="Fit fresh on some files, score on others; nothing of the home is changed.",
    no_args_is_help=True,
)
_Train = Annotated[
    list[Path], typer.Option("--train", help="Files with text and intent; repeatable.")
]
_Test = Annotated[
    list[Path], typer.Option("--test", help="Other such files, to be asked.")
]
_Validation = Annotated[
    list[Path] | None,
    typer.Option("--val", help="What confidence is calibrated on, if not on --train."),
]
_Tagged = Annotated[
    list[Path], typer.Option("--train", help="Files with tokens and tags; repeatable.")
]
_TaggedAsked = Annotated[
    list[Path], typer.Option("--test", help="Other such files, to be read.")
]
_Mooded = Annotated[
    list[Path], typer.Option("--train", help="Files with text and label; repeatable.")
]


def register(app: typer.Typer) -> None:
    """Add `evaluate`."""
    _group.command("generator")(generator)
    _group.command()(answers)
    app.add_typer(_group, name="evaluate")


@_group.command()
def intents(
    train: _Train,
    test: _Test,
    val: _Validation = None,
    join: Annotated[
        list[Path] | None,
        typer.Option(
            "--join", help="Files that join after the fit, without a new one."
        ),
    ] = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="Other ways beside ours, in one table.")
    ] = False,
    noise: Annotated[
        float, typer.Option(min=0, max=0.5, help="Slips per letter of --test: 0.1.")
    ] = 0.0,
    leave_out: Annotated[
        int,
        typer.Option(min=0, help="So many intents, drawn by --seed, as out of scope."),
    ] = 0,
    report: Annotated[
        Path | None, typer.Option("--report", help="A folder for a report to read.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of everything drawn by chance.")] = 0,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """How well intents are told on files of yours. Out of scope is the label "oos".

    Example: kefu evaluate intents --train train.jsonl --test test.jsonl --report out
    """
    from dataclasses import replace

    from bot.app import machine_of, open_encoder
    from bot.importing.labelled import labelled_rows
    from training import intent_rows, intents_apart
    from training.dataset import Example
    from training.intent_report import write_report
    from training.intent_rivals import compare_intents
    from training.intent_trial import try_intents
    from training.intents import IntentConfig
    from training.noise import noisy

    learnt, account = intent_rows.learnt(labelled_rows(train))
    accounts = {"train": account}
    later: list[Example] = []
    if join:
        later, accounts["join"] = intent_rows.learnt(labelled_rows(join))
    taught = [*learnt, *later]
    asked, accounts["test"] = intent_rows.asked(labelled_rows(test), taught)
    checked: list[Example] = []
    if val:
        checked, accounts["val"] = intent_rows.asked(labelled_rows(val), taught)
    apart = intents_apart.drawn(taught, leave_out, seed)
    if apart:
        learnt, later, taught, checked = (
            intents_apart.without(each, apart)
            for each in (learnt, later, taught, checked)
        )
        asked = intents_apart.as_strangers(asked, apart)
    if noise:
        asked = [replace(row, text=noisy(row.text, noise, seed)) for row in asked]
    settings = load(home).settings
    machine, config = machine_of(settings), IntentConfig()
    serving = open_encoder(settings, machine.threads)  # as one message is answered
    encoder = serving
    if machine.cores > machine.threads and not compare:
        encoder = open_encoder(settings, machine.cores)
    rows = {name: each.to_json() for name, each in accounts.items()}
    lines = [line for name, each in accounts.items() for line in each.lines(name)]
    if apart:
        lines.append(f"left out, so out of scope: {', '.join(apart)}")
    if compare:
        table = compare_intents(taught, asked, encoder, config, seed=seed)
        told, text = table.to_json(), table.text()
    else:
        trial = try_intents(
            learnt,
            asked,
            encoder,
            config,
            validation=checked,
            later=later,
            serving=serving.encode,
            seed=seed,
        )
        told, text = trial.to_json(), trial.text()
        if report is not None:
            write_report(report, trial, accounts)
    if as_json:
        say_json(told | {"noise": noise, "left_out": apart, "rows": rows})
    else:
        say("\n".join([*lines, "", text]))


@_group.command()
def entities(
    train: _Tagged,
    test: _TaggedAsked,
    seed: Annotated[int, typer.Option(help="Of everything drawn by chance.")] = 0,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """How well entities are told on files of yours, type by type.

    Example: kefu evaluate entities --train train.jsonl --test test.jsonl
    """
    from bot.importing.samples import tagged_sentences
    from training.entity_trial import try_entities
    from training.tagger import TaggerConfig

    load(home)
    learnt, asked = tagged_sentences(train), tagged_sentences(test)
    trial = try_entities(learnt, asked, TaggerConfig(), seed=seed)
    say_json(trial.to_json()) if as_json else say(trial.text())


@_group.command()
def sentiment(
    train: _Mooded,
    test: _Test,
    seed: Annotated[int, typer.Option(help="Of everything drawn by chance.")] = 0,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """How well positive, neutral and negative are told on files of yours.

    Example: kefu evaluate sentiment --train train.jsonl --test test.jsonl
    """
    from bot.app import machine_of, open_encoder
    from bot.importing.samples import mooded_texts
    from training.sentiment_trial import try_sentiment

    learnt, asked = mooded_texts(train), mooded_texts(test)
    settings = load(home).settings
    encoder = open_encoder(settings, machine_of(settings).cores)
    trial = try_sentiment(learnt, asked, encoder, seed=seed)
    say_json(trial.to_json()) if as_json else say(trial.text())
