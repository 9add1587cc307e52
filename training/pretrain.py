"""Pretraining a small base model from texts alone: no weights are downloaded.

Every batch is a function of the seed and its number, so a run that was cut off goes on
as if it had not been, and the same seed gives the same weights on the same machine
(where it is measured in steps; a budget in minutes ends where the machine is then).
"""

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import torch

from bot.model.load import load_language_model, resolve_base
from bot.model.memory import few_shapes
from bot.model.prompt import NOT_IN_PASSAGES
from bot.model.tokens import Tokenizer, load_tokenizer
from storage.problems import EnvironmentProblem
from training.batches import Batches, Making
from training.corpus import Texts, read_texts
from training.crew import Crew
from training.grounded import Maker
from training.newborn import new_model
from training.packing import Packed, plain_texts, streams
from training.reading import Reading
from training.recipe import PretrainConfig
from training.run import Run
from training.shop import Sections, read_shop
from training.vocabulary import TOKENIZER_FILES, train_vocabulary, write_tokenizer

LANGUAGES: Final = ("en", "zh")


Progress = Callable[[int, dict[str, float]], None]  # step, measured numbers


def pretrain(
    data: Sequence[Path],
    shop: Path,
    out: Path,
    config: PretrainConfig,
    progress: Progress | None = None,
    crew: Crew | None = None,
) -> Path:
    """Make the tokenizer and the weights from texts; gives `out`.

    The processes of a `crew` learn together; the one that leads writes the files.

    `data` are directories of public texts, `shop` our own demo shop. `out/checkpoint`
    holds the last checkpoint and is used if it is there; TensorBoard files go to
    `out/runs`. The result is a plain transformers directory in float32.
    """
    torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    shops = {name: read_shop(shop, name, held_out=False) for name in LANGUAGES}
    texts = _learnt(data)
    crew = crew or Crew()
    if crew.leads:
        _write_tokenizer(shops, texts, out, config)
    else:
        crew.wait()  # until tokenizer and texts lie there
    tokenizer = load_tokenizer(out)
    batches = _batches(tokenizer, shops, texts, out, config)
    if crew.leads:
        crew.wait()
    few_shapes()
    model = _newborn(tokenizer, config).to(config.device)
    run = Run(config, model, out / "checkpoint", crew)
    run.restore()
    _train(run, batches, out, progress)
    if crew.leads:
        run.model.eval()
        run.model.to("cpu").save_pretrained(str(out))
    crew.wait()
    return out


def _write_tokenizer(
    shops: dict[str, Sections],
    texts: Sequence[Texts],
    out: Path,
    config: PretrainConfig,
) -> None:
    if config.base is not None:
        _take_tokenizer(resolve_base(config.base).directory, out)
    if not (out / "tokenizer.json").is_file():
        pieces = train_vocabulary(_vocabulary(shops, texts, config), config.pieces)
        write_tokenizer(pieces, out, positions=config.shape.positions)


def device_for(asked: str) -> str:
    """The device for "auto", "cpu" or "cuda". Raises EnvironmentProblem KF-611."""
    there = torch.cuda.is_available()
    if asked == "cuda" and not there:
        raise EnvironmentProblem(
            "KF-611",
            "there is no CUDA device",
            fix="leave --device out, or say --device cpu",
        )
    return ("cuda" if there else "cpu") if asked == "auto" else asked


def _train(run: Run, batches: Batches, out: Path, progress: Progress | None) -> None:
    board = _board(out / "runs") if run.crew.leads else None
    every = run.config.checkpoint_every
    while run.done() < 1:
        started = time.monotonic()
        measured = run.learn(batches.read(run.step), batches.texts(run.step))
        run.took(time.monotonic() - started)
        measured |= {"rate": run.share_of_rate(), "done": run.done()}
        measured["seconds_left"] = run.seconds_left()
        if board is not None:
            for name, value in measured.items():
                board.add_scalar(name, value, run.step)
        if progress is not None:
            progress(run.step, measured)
        if every and (run.step % every == 0 or run.done() >= 1):
            run.keep()
    if board is not None:
        board.close()


def _learnt(data: Sequence[Path]) -> list[Texts]:
    if not data:
        return []
    texts = read_texts(data)
    return [texts[language, False] for language in LANGUAGES]


def _take_tokenizer(base: Path, out: Path) -> None:
    """What the weights were made with is what goes on reading."""
    out.mkdir(parents=True, exist_ok=True)
    for name in TOKENIZER_FILES:
        if (base / name).is_file():
            shutil.copy(base / name, out / name)


def _newborn(tokenizer: Tokenizer, config: PretrainConfig) -> Any:
    if config.base is not None:
        return load_language_model(resolve_base(config.base)).model.float()
    return new_model(
        tokenizer,
        positions=config.shape.positions,
        width=config.width,
        layers=config.layers,
        heads=config.heads,
    )


def _batches(
    tokenizer: Tokenizer,
    shops: dict[str, Sections],
    texts: Sequence[Texts],
    out: Path,
    config: PretrainConfig,
) -> Batches:
    makers: list[Making] = [
        Maker(name, shop, held_out=False, seed=0) for name, shop in shops.items()
    ]
    makers += [Reading(each, held_out=False, seed=0) for each in texts]
    packed = None
    if texts:
        found = streams(tokenizer, texts, out / "texts", seed=config.seed)
        turns = [
            ids
            for each, ids in zip(texts, found, strict=True)
            for _ in range(config.shape.chinese_rows if each.language == "zh" else 1)
        ]
        packed = Packed(turns, width=config.shape.text_width, seed=config.seed)
    return Batches(tokenizer, makers, packed, config.shape, config.seed)


def _board(directory: Path) -> Any:
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(log_dir=str(directory))


def _vocabulary(
    shops: dict[str, Sections], texts: Sequence[Texts], config: PretrainConfig
) -> Iterator[str]:
    for each in texts:
        left = config.vocabulary_characters
        for text in plain_texts(each, config.seed):
            yield text[:4000]
            left -= len(text[:4000])
            if left < 0:
                break
    for each in texts:
        reading = Reading(each, held_out=False, seed=config.seed)
        for _ in range(1500):
            made = reading.make("attribute")
            yield from (made.question, *made.passages)
    yield from _shop_vocabulary(shops, config)


def _shop_vocabulary(
    shops: dict[str, Sections], config: PretrainConfig
) -> Iterator[str]:
    yield from list(NOT_IN_PASSAGES.values()) * 20
    for language, shop in shops.items():
        maker = Maker(language, shop, held_out=False, seed=config.seed)
        for topic in shop.topics:
            yield from [topic.answer] * 3 + list(topic.questions)
        for heading, said in shop.sections:
            yield from [heading, *said] * 3
        yield from shop.strangers
        for _ in range(400):
            made = maker.make("world")
            yield from (made.question, *made.passages)
