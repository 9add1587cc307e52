"""Where a fine-tuning has come to, on disk: it goes on exactly from there.

A checkpoint is whole or not there, and belongs to one training alone: another dataset,
base or configuration has another identity, and begins anew.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from bot.model.files import read_json, write_json
from storage.problems import EnvironmentProblem

_ALLOCATOR = ("ipt", "exp_avg_ipt", "exp_avg_unc")  # what AdaLoRA knows of its ranks


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How far a training is: steps taken, and the losses of the epoch so far."""

    step: int = 0
    losses: tuple[float, ...] = ()


class Checkpoint:
    """The checkpoint in a folder, which may not be there yet."""

    def __init__(self, folder: Path, identity: str) -> None:
        self._folder, self._identity = folder, identity

    def keep(self, place: Place, model: Any, optimizer: Any) -> None:
        """Write one; the old one stays until the new one is whole."""
        beside = self._folder.with_name(f"{self._folder.name}-new")
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        save_file(_state(model, optimizer), beside / "state.safetensors")
        told = {"identity": self._identity, "step": place.step}
        told |= {"losses": list(place.losses), "ranks": _ranks(model)}
        write_json(beside / "place.json", told)
        shutil.rmtree(self._folder, ignore_errors=True)
        beside.rename(self._folder)

    def restore(self, model: Any, optimizer: Any) -> Place:
        """Put its state in place and say how far it was; the start if there is none."""
        try:
            told = read_json(self._folder / "place.json")
        except EnvironmentProblem:
            return Place()
        if told.get("identity") != self._identity:
            return Place()
        _put(load_file(self._folder / "state.safetensors"), model, optimizer)
        if told["ranks"]:
            model.peft_config["default"].rank_pattern = told["ranks"]
        return Place(step=int(told["step"]), losses=tuple(told["losses"]))

    def drop(self) -> None:
        """Remove it: the training has ended."""
        shutil.rmtree(self._folder, ignore_errors=True)


def _state(model: Any, optimizer: Any) -> dict[str, torch.Tensor]:
    state = {}
    for name, weight in _learnt(model).items():
        state[f"weight/{name}"] = weight.data
        for part, value in optimizer.state.get(weight, {}).items():
            state[f"optimizer/{part}/{name}"] = torch.as_tensor(value)
    allocator = getattr(model.base_model, "rankallocator", None)
    for part in _ALLOCATOR if allocator is not None else ():
        for name, value in getattr(allocator, part).items():
            state[f"allocator/{part}/{name}"] = value
    return {key: value.detach().cpu().clone() for key, value in state.items()}


def _put(state: dict[str, torch.Tensor], model: Any, optimizer: Any) -> None:
    learnt = _learnt(model)
    allocator = getattr(model.base_model, "rankallocator", None)
    for key, value in state.items():
        kind, _, rest = key.partition("/")
        if kind == "weight":
            learnt[rest].data.copy_(value)
            continue
        part, _, name = rest.partition("/")
        if kind == "optimizer":
            weight = learnt[name]
            kept = value if part == "step" else value.to(weight.device)
            optimizer.state[weight][part] = kept
        else:
            device = next(iter(learnt.values())).device
            getattr(allocator, part)[name] = value.to(device)


def _ranks(model: Any) -> Any:
    """Which ranks of which layer AdaLoRA has decided for, once it has."""
    return getattr(model.peft_config["default"], "rank_pattern", None)


def _learnt(model: Any) -> dict[str, torch.nn.Parameter]:
    return {name: w for name, w in model.named_parameters() if w.requires_grad}
