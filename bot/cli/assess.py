"""Measuring parts of kefu on files of one's own: `kefu evaluate ...`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.assess_generator import generator
from bot.cli.common import HomeOption, JsonOption, load, say, say_json

if TYPE_CHECKING:
    from training.dataset import Example

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
    app.add_typer(_group, name="evaluate")


@_group.command()
def intents(
    train: _Train,
    test: _Test,
    val: _Validation = None,
    seed: Annotated[int, typer.Option(help="Of everything drawn by chance.")] = 0,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """How well intents are told on files of yours. Out of scope is the label "oos".

    Example: kefu evaluate intents --train train.jsonl --test test.jsonl
    """
    from bot.app import machine_of, open_encoder
    from training.intent_trial import try_intents
    from training.intents import IntentConfig

    learnt, asked, checked = (_examples(paths) for paths in (train, test, val or []))
    settings = load(home).settings
    encoder = open_encoder(settings, machine_of(settings).cores)
    trial = try_intents(
        learnt, asked, encoder, IntentConfig(), validation=checked, seed=seed
    )
    say_json(trial.to_json()) if as_json else say(trial.text())


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


def _examples(paths: Sequence[Path]) -> "list[Example]":
    from bot.importing.labelled import labelled_questions
    from training.dataset import LABELLED, Example

    if not paths:
        return []
    return [
        Example(
            id=f"q{number}",
            text=row.text,
            language=row.language,
            intent=row.intent,
            answer=None,
            knowledge_id=None,
            group=row.text,
            source=LABELLED,
        )
        for number, row in enumerate(labelled_questions(paths))
    ]
