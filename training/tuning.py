"""The tuning itself, step by step; cut off, it goes on as if it had not been.

Every step is a function of the seed and its number, so the same rows, seed and threads
give the same weights on the same machine.
"""

import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import torch

from training.board import Board, Boards
from training.buckets import Row, batches, learnt_in, portions, stacked
from training.checkpoint import Checkpoint, Place
from training.crew import Crew
from training.methods import FinetuneConfig
from training.quick import Answers
from training.resting import Kept, learning_layers
from training.turns import Turns

KEEP_EVERY: Final = 20.0  # seconds between two checkpoints
# Bytes that the way back may find in memory; a larger batch passes in portions. A GPU
# wants more at once, and has more.
_HELD: Final = {"cpu": 4e8, "cuda": 4e9}
# What a layer of a transformer leaves for the way back, in widths a token: what it is
# given, two norms, queries, keys and values, what was looked up, four times the width
# before and after the activation, and about as much as comes and goes meanwhile.
_WIDTHS: Final = 20


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The steps of a tuning: for each epoch, for each step, its batches of rows."""

    epochs: tuple[tuple[tuple[tuple[int, ...], ...], ...], ...]

    @classmethod
    def of(cls, rows: Sequence[Row], config: FinetuneConfig, crew: Crew) -> "Plan":
        """The same rows, seed and crew give the same plan."""
        chance = random.Random(config.seed)  # noqa: S311 - repeatable, not secret
        each = config.accumulation * crew.size
        epochs = []
        for _ in range(config.epochs):
            made = [
                tuple(batch) for batch in batches(rows, config.batch_tokens, chance)
            ]
            starts = range(0, len(made), each)
            epochs.append(tuple(tuple(made[at : at + each]) for at in starts))
        return cls(epochs=tuple(epochs))

    @property
    def steps(self) -> int:
        """Of all epochs."""
        return sum(map(len, self.epochs))


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """A model of peft, what it learns from, and where it tells how it goes."""

    model: Any
    rows: Sequence[Row]
    turns: Sequence[Turns]
    plan: Plan
    config: FinetuneConfig
    boards: Boards
    device: str = "cpu"
    checkpoint: Checkpoint | None = None
    crew: Crew = field(default_factory=Crew)
    progress: Callable[[float], None] = lambda _: None

    def run(self) -> float:
        """Take the steps that are left; give the last epoch's mean loss, in nats."""
        learnt = [each for each in self.model.parameters() if each.requires_grad]
        optimizer = torch.optim.AdamW(learnt, lr=0.0, weight_decay=0.0)
        place = Place()
        if self.checkpoint is not None:
            place = self.checkpoint.restore(self.model, optimizer)
        kept = self._kept(done=place.step / max(1, self.plan.steps))
        answers = Answers(self.model, kept)
        if not self.crew.leads:
            return self._run(place, learnt, optimizer, answers, None)
        told = {"method": self.config.method, "seed": self.config.seed}
        with Board(self.boards, told, first=place.step) as board:
            return self._run(place, learnt, optimizer, answers, board)

    def _kept(self, *, done: float) -> Kept | None:
        """What need not be computed again in every epoch; one epoch has no again."""
        if self.config.epochs < 2 or self.crew.size > 1:
            return None
        batches = [batch for step in self.plan.epochs[0] for batch in step]
        return Kept.of(
            self.model,
            self.rows,
            self._portions(batches),
            self.device,
            beat=lambda: self.progress(done),
        )

    def _portions(self, batches: Sequence[Sequence[int]]) -> list[Sequence[int]]:
        """What passes the model at once: the gradients of a step's portions add up."""
        tokens = tokens_at_once(self.model, self.device)
        return [
            portion
            for batch in batches
            for portion in portions(batch, self.rows, tokens)
        ]

    def _run(
        self,
        place: Place,
        learnt: Sequence[torch.nn.Parameter],
        optimizer: Any,
        answers: Answers,
        board: Board | None,
    ) -> float:
        number, losses, mean = 0, list(place.losses), 0.0
        kept_at = time.monotonic()
        for epoch in self.plan.epochs:
            for step in epoch:
                number += 1
                if number <= place.step:
                    continue
                rate = self.config.top_rate * self._heat(number - 1)
                loss = self._step(step, number, rate, learnt, optimizer, answers)
                losses.append(loss)
                if board is not None:
                    board.add({"train/loss": loss, "train/rate": rate}, number)
                if time.monotonic() - kept_at > KEEP_EVERY:
                    self._keep(Place(step=number, losses=tuple(losses)), optimizer)
                    kept_at = time.monotonic()
                self.progress(number / self.plan.steps)
            if number >= place.step:
                mean, losses = sum(losses) / max(1, len(losses)), []
        return mean

    def _step(
        self,
        step: Sequence[Sequence[int]],
        number: int,
        rate: float,
        learnt: Sequence[torch.nn.Parameter],
        optimizer: Any,
        answers: Answers,
    ) -> float:
        """One step; gives the mean loss of the learnt tokens of all its batches."""
        torch.manual_seed(self.config.seed * 1_000_003 + number)  # of dropout
        whole = sum(learnt_in([self.rows[row] for row in batch]) for batch in step)
        summed = 0.0
        for batch in self._portions(self.crew.share(step)):
            ids, said = stacked([self.rows[row] for row in batch], self.device)
            among = [self.turns[row] for row in batch]
            loss = answers.loss(ids, said, batch, among)
            (loss / whole).backward()  # type: ignore[no-untyped-call]
            summed += float(loss.detach())
        self.crew.add_up(learnt)
        if self.config.method == "adalora":
            _upright(self.model).backward()
        for group in optimizer.param_groups:
            group["lr"] = rate
        torch.nn.utils.clip_grad_norm_(learnt, self.config.clip)
        optimizer.step()
        if self.config.method == "adalora":
            self.model.base_model.update_and_allocate(number)
        optimizer.zero_grad(set_to_none=True)
        return self.crew.total(summed, self.device) / whole

    def _keep(self, place: Place, optimizer: Any) -> None:
        if self.checkpoint is not None and self.crew.leads:
            self.checkpoint.keep(place, self.model, optimizer)

    def _heat(self, step: int) -> float:
        """The share of the highest rate: up in a line, down as a cosine."""
        rising = max(1, round(self.plan.steps * self.config.warm_up))
        if step < rising:
            return (step + 1) / rising
        done = (step - rising) / max(1, self.plan.steps - rising)
        return 0.5 * (1 + math.cos(math.pi * done))


def tokens_at_once(model: Any, device: str) -> int:
    """How many tokens, padding counted, may be on their way through what learns."""
    size = model.get_input_embeddings().weight.element_size()
    each = _WIDTHS * model.config.hidden_size * size * learning_layers(model)
    return int(_HELD[torch.device(device).type] // each)


def _upright(model: Any) -> Any:
    """How far AdaLoRA's factors are from orthogonal, weighted as peft does it."""
    off = []
    for name, weight in model.named_parameters():
        if "lora_A" in name or "lora_B" in name:
            rows = weight if "lora_A" in name else weight.T
            off.append(
                torch.linalg.matrix_norm(
                    rows @ rows.T - torch.eye(len(rows), device=rows.device)
                )
            )
    config = model.peft_config["default"]
    return config.orth_reg_weight * torch.stack(off).mean()
