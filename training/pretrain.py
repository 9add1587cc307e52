"""Pretraining a small base model from texts alone: no weights are downloaded.

Every batch is a function of the seed and its number, so a run that was cut off goes on
as if it had not been, and the same seed gives the same weights on the same machine.
"""

import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import torch
from safetensors.torch import load_file, save_file

from bot.model.files import read_json, write_json
from bot.model.prompt import NOT_IN_PASSAGES, render_example
from bot.model.tokens import Tokenizer, load_tokenizer
from training.grounded import Grounded, Maker
from training.newborn import new_model
from training.shop import Sections, read_shop
from training.vocabulary import train_vocabulary, write_tokenizer

Row = tuple[list[int], list[bool]]  # ids, which of them are learnt
LANGUAGES: Final = ("en", "zh")
BATCHES_A_GROUP: Final = 16  # sorted by length together, so that little is padding
# How often each kind is drawn; reading comes before knowing the shop.
MIX: Final = {
    "topic": 4,
    "document": 4,
    "world": 5,
    "splice": 6,
    "copy": 2,
    "missing": 6,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PretrainConfig:
    """How the base model is made.

    Attributes:
        steps: how many batches; batch_tokens: tokens of one, padding counted.
        shortest, longest: tokens of an example at the start and at the end: short
            ones first teach copying many times faster.
        checkpoint_every: in steps; 0 writes none.
    """

    seed: int = 7
    pieces: int = 8000
    positions: int = 1024
    width: int = 256
    layers: int = 4
    heads: int = 4
    steps: int = 1800
    batch_tokens: int = 3072
    shortest: int = 96
    longest: int = 320
    rate: float = 2e-4
    matrix_rate: float = 0.0008
    warm_up: int = 50
    threads: int = 1
    checkpoint_every: int = 100


Progress = Callable[[int, dict[str, float]], None]  # step, measured numbers


def pretrain(
    shop: Path, out: Path, config: PretrainConfig, progress: Progress | None = None
) -> Path:
    """Make the tokenizer and the weights from the shop's texts; gives `out`.

    `out/checkpoint` holds the last checkpoint and is used if it is there. TensorBoard
    files go to `out/runs`. The result is a plain transformers directory in float32.
    """
    torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    shops = {name: read_shop(shop, name, held_out=False) for name in LANGUAGES}
    if not (out / "tokenizer.json").is_file():
        pieces = train_vocabulary(_vocabulary_texts(shops, config), config.pieces)
        write_tokenizer(pieces, out, positions=config.positions)
    tokenizer = load_tokenizer(out)
    model = new_model(
        tokenizer,
        positions=config.positions,
        width=config.width,
        layers=config.layers,
        heads=config.heads,
    )
    run = _Run(config, model, out / "checkpoint")
    batches = Batches(tokenizer, shops, config, held_out=False)
    board = _board(out / "runs")
    run.restore()
    while run.step < config.steps:
        loss = run.learn(batches.at(run.step))
        measured = {"loss": loss, "rate": run.share_of_rate()}
        for name, value in measured.items():
            board.add_scalar(name, value, run.step)
        if progress is not None:
            progress(run.step, measured)
        if config.checkpoint_every and run.step % config.checkpoint_every == 0:
            run.keep()
    board.close()
    run.model.eval()
    run.model.save_pretrained(str(out))
    return out


def _board(directory: Path) -> Any:
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(log_dir=str(directory))


def _vocabulary_texts(shops: dict[str, Sections], config: PretrainConfig) -> list[str]:
    texts = list(NOT_IN_PASSAGES.values()) * 20
    for language, shop in shops.items():
        maker = Maker(language, shop, held_out=False, seed=config.seed)
        for topic in shop.topics:
            texts += [topic.answer] * 3 + list(topic.questions)
        for heading, said in shop.sections:
            texts += [heading, *said] * 3
        texts += shop.strangers
        for _ in range(400):
            made = maker.make("world")
            texts += [made.question, *made.passages]
    return texts


class Batches:
    """Batch number n, made on the spot: the same for the same seed."""

    def __init__(
        self,
        tokenizer: Tokenizer,
        shops: dict[str, Sections],
        config: PretrainConfig,
        *,
        held_out: bool,
    ) -> None:
        self._tokenizer, self._config = tokenizer, config
        self._makers = [
            Maker(name, shop, held_out=held_out, seed=0) for name, shop in shops.items()
        ]
        self._group, self._made = -1, [[([0], [False])]]

    def at(self, step: int) -> list[Row]:
        """The examples of a step."""
        group, place = divmod(step, BATCHES_A_GROUP)
        if group != self._group:
            self._group, self._made = group, self._make(group)
        return self._made[place]

    def _make(self, group: int) -> list[list[Row]]:
        config = self._config
        chance = random.Random(f"{config.seed}/{group}")  # noqa: S311
        for maker in self._makers:
            maker.chance.seed(f"{maker.language}/{config.seed}/{group}")
        grown = min(1.0, group * BATCHES_A_GROUP / (0.3 * config.steps))
        longest = config.shortest + grown * (config.longest - config.shortest)
        rows: list[Row] = []
        total = 0
        while total < BATCHES_A_GROUP * config.batch_tokens:
            kind = chance.choices(list(MIX), list(MIX.values()))[0]
            made = chance.choice(self._makers).make(kind)
            row = example_row(self._tokenizer, made, config.positions)
            if len(row[0]) <= longest:
                rows.append(row)
                total += len(row[0])
        rows.sort(key=lambda row: len(row[0]))
        batches: list[list[Row]] = [[] for _ in range(BATCHES_A_GROUP)]
        reached = 0
        for row in rows:
            batches[min(reached // config.batch_tokens, BATCHES_A_GROUP - 1)].append(
                row
            )
            reached += len(row[0])
        chance.shuffle(batches)
        return batches


def example_row(tokenizer: Tokenizer, made: Grounded, positions: int) -> Row:
    """An example in the one template."""
    return render_example(
        tokenizer=tokenizer,
        passages=made.passages,
        history=(),
        question=made.question,
        language=made.language,
        max_tokens=positions,
        answer=made.answer,
    )


def loss_of(model: Any, rows: Sequence[Row], *, first: int = 0) -> torch.Tensor:
    """The mean loss of the tokens to be learnt; positions begin at `first`."""
    width = max(len(ids) for ids, _ in rows)
    ids = torch.zeros(len(rows), width, dtype=torch.long)
    learnt = torch.zeros(len(rows), width, dtype=torch.bool)
    for place, (tokens, wanted) in enumerate(rows):
        ids[place, : len(tokens)] = torch.tensor(tokens)
        learnt[place, : len(tokens)] = torch.tensor(wanted)
    places = torch.arange(first, first + width)[None].expand(len(rows), -1)
    # No attention mask: padding comes last, and no token looks ahead.
    with torch.autocast("cpu", torch.bfloat16):
        states = model.transformer(ids, position_ids=places, use_cache=False)[0]
        # Only what is learnt goes through the widest layer.
        logits = model.lm_head(states[:, :-1][learnt[:, 1:]])
    return torch.nn.functional.cross_entropy(logits.float(), ids[:, 1:][learnt[:, 1:]])


class _Run:
    """The weights on their way, and where they are kept between."""

    def __init__(self, config: PretrainConfig, model: Any, kept: Path) -> None:
        self.config, self.model, self.kept, self.step = config, model, kept, 0
        weights = dict(model.named_parameters())
        matrices = [w for name, w in weights.items() if w.ndim == 2 and ".h." in name]
        tables = [w for name, w in weights.items() if w.ndim == 2 and ".h." not in name]
        self.optimizers: dict[str, Any] = {
            "matrices": torch.optim.Muon(
                matrices, lr=config.matrix_rate, weight_decay=0.01
            ),
            # A large epsilon: else what a rare token never earned still moves it.
            "tables": torch.optim.AdamW(
                tables, lr=config.rate, betas=(0.9, 0.98), weight_decay=0.0, eps=1e-5
            ),
            "rest": torch.optim.AdamW(
                [w for w in weights.values() if w.ndim == 1],
                lr=config.rate,
                betas=(0.9, 0.98),
                weight_decay=0.0,
            ),
        }
        self._rates = [config.matrix_rate, config.rate, config.rate]

    def share_of_rate(self) -> float:
        """Up in a straight line, level, then down to a fiftieth over the last half."""
        up = (self.step + 1) / self.config.warm_up
        down = 2 * (1 - self.step / self.config.steps)
        return max(0.02, min(1.0, up, down))

    def learn(self, rows: list[Row]) -> float:
        """One step; gives its loss."""
        self.model.train()
        share = self.share_of_rate()
        for rate, optimizer in zip(self._rates, self.optimizers.values(), strict=True):
            for group in optimizer.param_groups:
                group["lr"] = rate * share
            optimizer.zero_grad(set_to_none=True)
        width = max(len(ids) for ids, _ in rows)
        chance = random.Random(f"{self.config.seed}/{self.step}")  # noqa: S311
        first = chance.randint(0, self.config.positions - width)
        loss = loss_of(self.model, rows, first=first if chance.random() < 0.1 else 0)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer in self.optimizers.values():
            optimizer.step()
        self.step += 1
        return loss.item()

    def keep(self) -> None:
        """Write a checkpoint; the old one stays until the new one is whole."""
        beside = self.kept.with_name("checkpoint-new")
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        weights = {
            name: weight.detach().clone().contiguous()
            for name, weight in self.model.named_parameters()
        }
        save_file(weights, beside / "model.safetensors")
        state = {
            f"{part}/{place}/{name}": value.detach().clone().contiguous()
            for part, optimizer in self.optimizers.items()
            for place, values in optimizer.state_dict()["state"].items()
            for name, value in values.items()
        }
        save_file(state, beside / "optimizers.safetensors")
        write_json(
            beside / "run.json", {"step": self.step, "config": asdict(self.config)}
        )
        shutil.rmtree(self.kept, ignore_errors=True)
        beside.rename(self.kept)

    def restore(self) -> None:
        """Go on from a checkpoint of the same configuration, if there is one."""
        if not (self.kept / "run.json").is_file():
            return
        row = read_json(self.kept / "run.json")
        if row["config"] != asdict(self.config):
            return
        self.step = int(row["step"])
        self.model.load_state_dict(
            load_file(self.kept / "model.safetensors"), strict=False
        )
        for key, value in load_file(self.kept / "optimizers.safetensors").items():
            part, place, name = key.split("/")
            optimizer = self.optimizers[part]
            weight = [w for g in optimizer.param_groups for w in g["params"]][
                int(place)
            ]
            optimizer.state[weight][name] = value
