"""The weights on their way: one step after the other, kept so that none is lost."""

import random
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from bot.model.files import read_json, write_json
from training.batches import Row
from training.crew import Crew
from training.loss import weighted_loss
from training.muon import Muon
from training.precision import quickest
from training.recipe import PretrainConfig, Rates
from training.schedule import Clock, share_of_rate


class Run:
    """A model, its optimizers, and where it has come to."""

    def __init__(
        self, config: PretrainConfig, model: Any, kept: Path, crew: Crew | None = None
    ) -> None:
        self.config, self.model, self.kept = config, _quick(model), kept
        self.crew = crew or Crew()
        self.step, self.clock = 0, Clock()
        self.optimizers = _optimizers(model, config.rates)

    def done(self) -> float:
        """The share that is done, from 0 to 1."""
        if self.config.minutes is None:
            return self.step / self.config.steps
        return min(1.0, self.clock.seconds / (60 * self.config.minutes))

    def seconds_left(self) -> float:
        """As things go."""
        if self.config.minutes is not None:
            return max(0.0, 60 * self.config.minutes - self.clock.seconds)
        return (self.config.steps - self.step) * self.clock.usual

    def share_of_rate(self) -> float:
        """Of the highest rate, now."""
        return share_of_rate(self.step, self.done(), warm_up=self.config.rates.warm_up)

    def learn(self, read: Sequence[Row], texts: Sequence[Row]) -> dict[str, float]:
        """One step; gives the losses per weighted token.

        Of the rows, each process of a crew learns its share.
        """
        self.model.train()
        share = self.share_of_rate()
        for name, optimizer in self.optimizers.items():
            for group in optimizer.param_groups:
                group["lr"] = getattr(self.config.rates, name) * share
            optimizer.zero_grad(set_to_none=True)
        whole = sum(sum(weights[1:]) for _, weights in (*read, *texts))
        measured = {}
        for name, rows, often in (("loss", read, 0.15), ("text_loss", texts, 0.6)):
            if rows:
                loss = self._learnt(rows, self._first(rows, often), whole)
                counted = sum(sum(weights[1:]) for _, weights in rows)
                measured[name] = self.crew.total(loss, self.config.device) / counted
        self.crew.add_up(self.model.parameters())
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer in self.optimizers.values():
            optimizer.step()
        self.step += 1
        return measured

    def _learnt(self, rows: Sequence[Row], first: int, whole: float) -> float:
        """The gradients of this process's share of the rows; gives their loss."""
        own = self.crew.share(rows)
        if not own:
            return 0.0
        loss = summed_loss(self.model, own, first=first)
        (loss / whole).backward()  # type: ignore[no-untyped-call]
        return loss.item()

    def _first(self, rows: Sequence[Row], often: float) -> int:
        """Where positions begin: mostly at 0, but the later ones must be learnt too."""
        width = max(len(ids) for ids, _ in rows)
        chance = random.Random(f"{self.config.seed}/{self.step}/{often}")  # noqa: S311
        first = chance.randint(0, self.config.shape.positions - width)
        return first if chance.random() < often else 0

    def took(self, seconds: float) -> None:
        """Count a step's time: that of the process that leads, the same for all."""
        led = seconds if self.crew.leads else 0.0
        self.clock.add(self.crew.total(led, self.config.device))

    def keep(self) -> None:
        """Write a checkpoint; the old one stays until the new one is whole."""
        if not self.crew.leads:
            return
        beside = self.kept.with_name("checkpoint-new")
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        weights = {
            name: weight.detach().cpu().clone().contiguous()
            for name, weight in self.model.named_parameters()
        }
        save_file(weights, beside / "model.safetensors")
        state = {
            f"{part}/{place}/{name}": torch.as_tensor(value).detach().cpu().clone()
            for part, optimizer in self.optimizers.items()
            for place, values in optimizer.state_dict()["state"].items()
            for name, value in values.items()
        }
        save_file(state, beside / "optimizers.safetensors")
        row = {"step": self.step, "seconds": self.clock.seconds}
        write_json(
            beside / "run.json", row | {"usual": self.clock.usual} | self._named()
        )
        shutil.rmtree(self.kept, ignore_errors=True)
        beside.rename(self.kept)

    def _named(self) -> dict[str, Any]:
        """What must be the same to go on; the time that is left may change."""
        row = asdict(self.config)
        for name in ("minutes", "threads", "device", "checkpoint_every"):
            row.pop(name, None)
        return {"config": row}

    def restore(self) -> None:
        """Go on from a checkpoint of the same configuration, if there is one."""
        if not (self.kept / "run.json").is_file():
            return
        row = read_json(self.kept / "run.json")
        if row["config"] != self._named()["config"]:
            return
        self.step = int(row["step"])
        self.clock = Clock(float(row["seconds"]), float(row["usual"]))
        weights = load_file(self.kept / "model.safetensors")
        self.model.load_state_dict(weights, strict=False)
        for key, value in load_file(self.kept / "optimizers.safetensors").items():
            part, place, name = key.split("/")
            groups = self.optimizers[part].param_groups
            weight = [w for group in groups for w in group["params"]][int(place)]
            kept = value if name == "step" else value.to(weight.device)
            self.optimizers[part].state[weight][name] = kept


def _quick(model: Any) -> Any:
    """The same function in one go: GPT-2's own activation is six passes."""
    for layer in model.transformer.h:
        layer.mlp.act = torch.nn.GELU(approximate="tanh")
    return model


def _optimizers(model: Any, rates: Rates) -> dict[str, Any]:
    weights = dict(model.named_parameters())
    inner = {name: w for name, w in weights.items() if w.ndim == 2 and ".h." in name}
    writers = [w for name, w in inner.items() if "c_proj" in name]
    matrices = [w for name, w in inner.items() if "c_proj" not in name]
    tables = [w for name, w in weights.items() if w.ndim == 2 and ".h." not in name]
    rest = [w for w in weights.values() if w.ndim == 1]
    betas = (0.9, 0.98)
    return {
        "matrices": Muon(matrices, lr=rates.matrices, weight_decay=0.01),
        "writers": Muon(writers, lr=rates.writers, weight_decay=0.01),
        # A large epsilon: else what a rare token never earned still moves it.
        "tables": torch.optim.AdamW(
            tables, lr=rates.tables, betas=betas, weight_decay=0.0, eps=1e-5
        ),
        "rest": torch.optim.AdamW(rest, lr=rates.rest, betas=betas, weight_decay=0.0),
    }


def summed_loss(model: Any, rows: Sequence[Row], *, first: int = 0) -> torch.Tensor:
    """The weighted sum of the surprises, in nats; positions begin at `first`."""
    width = max(len(ids) for ids, _ in rows)
    ids = torch.zeros(len(rows), width, dtype=torch.long)
    weights = torch.zeros(len(rows), width)
    for place, (tokens, counted) in enumerate(rows):
        ids[place, : len(tokens)] = torch.tensor(tokens)
        weights[place, : len(tokens)] = torch.tensor(counted, dtype=torch.float)
    device = model.transformer.wte.weight.device
    ids, weights = ids.to(device), weights.to(device)
    places = torch.arange(first, first + width, device=device)[None]
    learnt = weights[:, 1:] > 0
    # No attention mask: padding comes last, and no token looks ahead.
    narrow = quickest(device.type)
    with torch.autocast(device.type, narrow, enabled=narrow is not torch.float32):
        states = model.transformer(ids, position_ids=places, use_cache=False)[0]
    # Only what is learnt goes through the widest layer.
    return weighted_loss(
        states[:, :-1][learnt],
        model.lm_head.weight,
        ids[:, 1:][learnt],
        weights[:, 1:][learnt],
        narrow,
    )


def loss_of(model: Any, rows: Sequence[Row], *, first: int = 0) -> torch.Tensor:
    """The mean over the tokens to be learnt."""
    count = sum(sum(weights[1:]) for _, weights in rows)
    return summed_loss(model, rows, first=first) / count
