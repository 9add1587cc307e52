"""Measuring how the generator is tuned: `kefu bench methods`, `train`, `compress`."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.common import HomeOption, JsonOption, load, say, say_json
from bot.cli.measure import group

if TYPE_CHECKING:
    from bot.settings import Settings
    from training.lessons import Lesson

EACH = 8  # questions of an intent in a language that are learnt from, at most
_Data = Annotated[
    list[Path] | None,
    typer.Option(
        "--data",
        help="Knowledge and labelled questions, as for kefu import; repeatable. "
        "Default: the demo shop.",
    ),
]
_Lessons = Annotated[int, typer.Option(min=8, help="To learn from, at most.")]
_HeldOut = Annotated[int, typer.Option(min=1, help="Questions to measure with.")]
_Epochs = Annotated[int, typer.Option(min=1, help="Times each lesson is learnt.")]
_Threads = Annotated[int, typer.Option(min=1, help="Of each process.")]


def register(app: typer.Typer) -> None:
    """Add to `bench`."""
    del app
    group.command("methods")(methods)
    group.command("train")(train)
    group.command("compress")(compress)


def methods(
    data: _Data = None,
    lessons: _Lessons = 400,
    held_out: _HeldOut = 120,
    epochs: _Epochs = 2,
    threads: _Threads = 2,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ways of tuning the generator on the same lessons: LoRA, AdaLoRA, prefix, ...

    Example: kefu bench methods --lessons 200 --json
    """
    from bot.cli.progress import bar
    from training.comparison import compare
    from training.methods import FinetuneConfig

    settings = load(home).settings
    made = lessons_of(settings, data, lessons=lessons, held_out=held_out)
    with _folder() as folder, bar(quiet=as_json, note=NOTHING_KEPT) as report:
        found = compare(
            Path(folder),
            base=settings.base_model,
            lessons=made.learnt,
            held_out=made.held_out,
            config=FinetuneConfig(epochs=epochs, threads=threads),
            told=lambda share: report("methods", share),
        )
    say_json(found.to_json()) if as_json else say(found.text())


def train(
    data: _Data = None,
    lessons: _Lessons = 200,
    held_out: _HeldOut = 100,
    epochs: _Epochs = 1,
    threads: _Threads = 2,
    gpt2: Annotated[
        bool, typer.Option("--gpt2", help="A model of GPT-2's shape, drawn weights.")
    ] = False,
    alone: Annotated[
        bool, typer.Option("--alone", help="Only kefu's way: time and memory.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Learning: our fine-tuning beside transformers' Trainer with peft, in one run.

    With fewer questions in the data than --lessons, they are taken again and again.
    Both learn the wording of answers; alone, ours learns to choose, as a cycle does.

    Example: kefu bench train --json
    """
    from bot.cli.progress import bar
    from training.methods import FinetuneConfig
    from training.race import WAYS, draw_gpt2, race, repeated

    settings = load(home).settings
    made = lessons_of(settings, data, lessons=lessons, held_out=held_out)
    with _folder() as name, bar(quiet=as_json, note=NOTHING_KEPT) as report:
        folder = Path(name)
        found = race(
            folder,
            base=draw_gpt2(folder / "gpt2") if gpt2 else settings.base_model,
            lessons=repeated(made.learnt, lessons),
            held_out=made.held_out,
            config=FinetuneConfig(epochs=epochs, threads=threads),
            ways=("kefu",) if alone else tuple(WAYS),
            told=lambda share: report("train", share),
        )
    say_json(found.to_json()) if as_json else say(found.text())


def compress(
    data: _Data = None,
    lessons: _Lessons = 200,
    held_out: _HeldOut = 60,
    epochs: _Epochs = 3,
    threads: _Threads = 2,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Smaller forms of the tuned generator: size, speed and quality in one table.

    Example: kefu bench compress --json
    """
    from bot.cli.progress import bar
    from training.compress import compress as try_forms
    from training.methods import FinetuneConfig

    settings = load(home).settings
    made = lessons_of(settings, data, lessons=lessons, held_out=held_out)
    with _folder() as folder, bar(quiet=as_json, note=NOTHING_KEPT) as report:
        found = try_forms(
            Path(folder),
            base=settings.base_model,
            lessons=made.learnt,
            held_out=made.held_out,
            config=FinetuneConfig(epochs=epochs, threads=threads),
            told=lambda share: report("compress", share),
        )
    say_json(found.to_json()) if as_json else say(found.text())


def _folder() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="kefu-bench-")


NOTHING_KEPT = "safe to interrupt: nothing of the home is changed"


@dataclass(frozen=True, kw_only=True)
class Made:
    """Lessons to learn from, and others to measure with."""

    learnt: "Sequence[Lesson]"
    held_out: "Sequence[Lesson]"


def lessons_of(
    settings: "Settings", data: Sequence[Path] | None, *, lessons: int, held_out: int
) -> Made:
    """Lessons of files, made as a learning cycle makes them; the home is not touched.

    Raises:
        BadInput: KF-201 and KF-202 as an import does; KF-418, there is too little.
    """
    from bot.app import machine_of, new_id, now, open_encoder
    from bot.cli.shop import PARTS, SHOP
    from bot.importing import import_paths
    from storage.database import Database
    from storage.problems import BadInput
    from training.dataset import build, thinned
    from training.evaluate import shown
    from training.lessons import lessons as lessons_from

    paths = list(data or [SHOP / part for part in PARTS])
    with _folder() as folder:
        database = Database(f"sqlite:///{folder}/data.sqlite")
        try:
            database.migrate()
            import_paths(
                paths, workspace="bench", database=database, now=now, new_id=new_id
            )
            with database.reading() as stores:
                whole = build(stores, "bench")
        finally:
            database.close()
    each = max(EACH, -(-lessons // 100))
    dataset = thinned(whole, each=each, held_out=3 * held_out)
    encode = open_encoder(settings, machine_of(settings).cores).encode
    seen = shown(dataset)
    learnt = lessons_from(
        dataset.train, knowledge=seen, encode=encode, most=lessons, seed=0
    )
    asked = lessons_from(
        dataset.held_out, knowledge=seen, encode=encode, most=held_out, seed=0
    )
    if len(learnt) < 8 or not asked:
        raise BadInput(
            "KF-418",
            "there is too little to learn from, or nothing to measure with",
            where=", ".join(map(str, paths)),
            why=f"{len(learnt)} lessons to learn from, {len(asked)} held out",
            fix="name files with approved answers and with questions that people asked",
        )
    return Made(learnt=learnt, held_out=asked)
