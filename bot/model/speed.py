"""How fast replies are written: transformers, the bare engine, kefu's whole path.

A model of GPT-2's shape with drawn weights is made on the spot, because speed does
not depend on what the weights say. All are measured in turn, in every round, so that
what else the machine does meets them alike; ratios are taken within a round.
"""

import json
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot.model.batcher import Batcher, Limits
from bot.model.engine import Engine, open_engine
from bot.model.generate import Request, prompt_of
from bot.model.load import (
    STARTER_DIRECTORY,
    BaseModel,
    load_generator,
    load_language_model,
    resolve_base,
)
from bot.model.reference import LanguageModel
from bot.model.tokens import CONTROL_PIECES, control, end_id, load_tokenizer

# One sentence without an end: a prompt takes whole passages only of short texts.
_TEXT = (
    "orders that are paid in the morning leave on the same day 上午付款的订单当天发货"
)
_CAREFUL = Limits(seconds=600.0, remembered=0)  # a slow machine is measured, too


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What is measured. The defaults are GPT-2's, of 124 million parameters."""

    layers: int = 12
    width: int = 768
    heads: int = 12
    vocabulary: int = 50257
    prompt_tokens: int = 256
    reply_tokens: int = 64
    conversations: int = 16
    threads: int = 2
    rounds: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Seconds of each way, one number per round.

    Attributes:
        transformers: one reply by its own `generate` in float32.
        engine: one reply by CTranslate2 alone, from ids to ids.
        kefu: one reply by everything that serves, from a request to its text.
        together: a reply to each of many conversations at once, by kefu.
    """

    shape: Shape
    transformers: tuple[float, ...]
    engine: tuple[float, ...]
    kefu: tuple[float, ...]
    together: tuple[float, ...]

    def ratios(self) -> dict[str, list[float]]:
        """How many times as fast, in each round."""
        return {
            "engine to transformers": _shares(self.transformers, self.engine),
            "kefu to engine": _shares(self.engine, self.kefu),
            "kefu to transformers": _shares(self.transformers, self.kefu),
            "replies together to one at a time": [
                self.shape.conversations * share
                for share in _shares(self.transformers, self.together)
            ],
        }

    def to_json(self) -> dict[str, Any]:
        """Medians with the lowest and the highest."""
        tokens, many = self.shape.reply_tokens, self.shape.conversations
        ways = {
            "transformers": self.transformers,
            "engine": self.engine,
            "kefu": self.kefu,
        }
        return {
            "shape": asdict(self.shape),
            "tokens_per_second": {
                name: _summary([tokens / each for each in seconds])
                for name, seconds in ways.items()
            },
            "replies_per_second": {
                "transformers": _summary([1 / each for each in self.transformers]),
                "together": _summary([many / each for each in self.together]),
            },
            "ratios": {name: _summary(each) for name, each in self.ratios().items()},
        }

    def text(self) -> str:
        """The same for a person."""
        told = self.to_json()
        shape = self.shape
        lines = [
            f"{shape.layers} layers of {shape.width}, {shape.prompt_tokens} tokens "
            f"read and {shape.reply_tokens} written, {shape.threads} threads, "
            f"{shape.conversations} conversations, {shape.rounds} rounds"
        ]
        for group in ("tokens_per_second", "replies_per_second", "ratios"):
            lines.append(group.replace("_", " "))
            for name, each in told[group].items():
                spread = f"{each['lowest']:.2f} to {each['highest']:.2f}"
                lines.append(f"  {name:<34} {each['median']:8.2f}   ({spread})")
        return "\n".join(lines)


def measure(
    folder: Path, shape: Shape, told: Callable[[float], None] = lambda _share: None
) -> Speed:
    """Make the model in a folder and measure it.

    Args:
        told: hears how much is done, from 0 to 1, after each round.
    """
    import torch

    torch.set_num_threads(shape.threads)
    base = draw_base(folder / "base", shape)
    generator = load_generator(base, kept=folder / "engine", threads=shape.threads)
    generator.logits_fingerprint()  # converts
    bare = open_engine(folder / "engine", threads=shape.threads)
    reference, batcher = load_language_model(base), Batcher(generator, limits=_CAREFUL)
    _round(shape, reference, bare, batcher, number=-1)  # the first one of each is slow
    rounds = []
    for number in range(shape.rounds):
        rounds.append(_round(shape, reference, bare, batcher, number))
        told((number + 1) / shape.rounds)
    seconds = {name: tuple(each[name] for each in rounds) for name in rounds[0]}
    return Speed(shape=shape, **seconds)


def _round(
    shape: Shape,
    reference: LanguageModel,
    bare: Engine,
    batcher: Batcher,
    number: int,
) -> dict[str, float]:
    request = request_of(shape, f"round {number}")
    prompt = prompt_of(bare.tokenizer, request, bare.positions)
    asked = [request_of(shape, f"{number}.{n}") for n in range(shape.conversations)]
    with ThreadPoolExecutor(shape.conversations) as pool:
        return {
            "transformers": _seconds(
                lambda: _by_transformers(reference, prompt, shape)
            ),
            "engine": _seconds(lambda: _by_engine(bare, prompt, shape)),
            "kefu": _seconds(lambda: batcher.generate([request])),
            "together": _seconds(
                lambda: list(pool.map(lambda each: batcher.generate([each]), asked))
            ),
        }


def _by_transformers(
    reference: LanguageModel, prompt: Sequence[int], shape: Shape
) -> None:
    import torch

    ids = torch.tensor([prompt])
    with torch.inference_mode():
        written = reference.model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=shape.reply_tokens,
            do_sample=False,
            pad_token_id=0,
        )
    _check(shape, written.shape[1] - len(prompt))


def _by_engine(bare: Engine, prompt: list[int], shape: Shape) -> None:
    [result] = bare.runner.generate_batch(
        [bare.tokenizer.pieces(prompt)],
        max_length=shape.reply_tokens,
        sampling_topk=1,
        include_prompt_in_result=False,
        end_token=[end_id(bare.tokenizer)],
    )
    _check(shape, len(result.sequences_ids[0]))


def _check(shape: Shape, written: int) -> None:
    if written != shape.reply_tokens:
        raise RuntimeError(f"{written} tokens, not {shape.reply_tokens}, were written")


def request_of(shape: Shape, text: str) -> Request:
    """A request whose prompt fills all the room that the model has for it."""
    passage = " ".join([_TEXT] * shape.prompt_tokens)
    return Request(
        question=text,
        language="en",
        passages=(passage[: 16 * shape.prompt_tokens],),
        max_new_tokens=shape.reply_tokens,
    )


def draw_base(folder: Path, shape: Shape) -> BaseModel:
    """A GPT-2 of this shape with drawn weights that never ends a reply by itself."""
    import torch
    import transformers
    from transformers.utils import logging

    logging.disable_progress_bar()
    folder.mkdir(parents=True)
    _write_tokenizer(folder, shape.vocabulary)
    tokenizer = load_tokenizer(folder)
    torch.manual_seed(0)
    config = transformers.GPT2Config(
        vocab_size=shape.vocabulary,
        n_positions=shape.prompt_tokens + shape.reply_tokens,
        n_embd=shape.width,
        n_layer=shape.layers,
        n_head=shape.heads,
        bos_token_id=end_id(tokenizer),
        eos_token_id=end_id(tokenizer),
    )
    model = transformers.GPT2LMHeadModel(config)
    ends = [control(tokenizer, piece) for piece in CONTROL_PIECES]
    with torch.no_grad():  # a row of zeros is never the likeliest
        model.transformer.wte.weight[[each for each in ends if each is not None]] = 0.0
    model.save_pretrained(str(folder))
    return resolve_base(str(folder))


def _write_tokenizer(folder: Path, vocabulary: int) -> None:
    """The starter's, its vocabulary filled up to the size of the model's."""
    for name in ("tokenizer.json", "tokenizer_config.json"):
        told = json.loads((STARTER_DIRECTORY / name).read_text(encoding="utf-8"))
        if name == "tokenizer.json":
            pieces: dict[str, int] = told["model"]["vocab"]
            for number in range(len(pieces), vocabulary):
                pieces[f"<filler-{number}>"] = number
        text = json.dumps(told, ensure_ascii=False)
        (folder / name).write_text(text, encoding="utf-8")


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _shares(slow: Sequence[float], fast: Sequence[float]) -> list[float]:
    return [one / other for one, other in zip(slow, fast, strict=True)]


def _summary(numbers: Sequence[float]) -> Mapping[str, float]:
    return {
        "median": round(statistics.median(numbers), 3),
        "lowest": round(min(numbers), 3),
        "highest": round(max(numbers), 3),
    }
