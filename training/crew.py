"""Several processes that learn one thing: each takes its share of a step's batches.

Every process holds the same weights. The gradients are added up before each step, so N
processes take the very steps that one takes which accumulates over N times the batches.
Started by `torchrun` or `accelerate launch`, which tell each process who it is; a
process that was not is a crew of one.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import torch
from torch import distributed

from storage.problems import BadInput

_Item = TypeVar("_Item")
_PATIENCE = timedelta(minutes=10)  # with another process, before it is given up


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """Who this process is among those that learn together."""

    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Whether it is the one that writes files and tells people."""
        return self.rank == 0

    def share(self, items: Sequence[_Item]) -> Sequence[_Item]:
        """What of a step's work is this process's."""
        return items[self.rank :: self.size]

    def add_up(self, weights: Iterable[torch.nn.Parameter]) -> None:
        """Put the sum over all processes into the gradients, in one exchange."""
        if self.size == 1:
            return
        learnt = list(weights)
        parts = [
            torch.zeros_like(each) if each.grad is None else each.grad
            for each in learnt
        ]
        flat = torch.cat([part.reshape(-1) for part in parts])
        distributed.all_reduce(flat)
        sizes = [part.numel() for part in parts]
        for each, part in zip(learnt, torch.split(flat, sizes), strict=True):
            each.grad = part.view_as(each)

    def total(self, number: float, device: str = "cpu") -> float:
        """The sum of a number over all processes."""
        if self.size == 1:
            return number
        summed = torch.tensor([number], dtype=torch.float64, device=device)
        distributed.all_reduce(summed)
        return float(summed)

    def wait(self) -> None:
        """Go on when every process has come here."""
        if self.size > 1:
            distributed.barrier()

    def part(self) -> None:
        """Say good-bye to the others."""
        if self.size > 1 and distributed.is_initialized():
            distributed.destroy_process_group()


def crew_of_process(device: str) -> Crew:
    """The crew that this process was started in.

    Raises:
        BadInput: KF-414, the launcher's variables cannot be understood.
    """
    size, rank = _number("WORLD_SIZE", 1), _number("RANK", 0)
    if size <= 1:
        return Crew()
    if not rank < size:
        raise _unclear(f"RANK={rank} of WORLD_SIZE={size}")
    if device == "cuda":
        torch.cuda.set_device(_number("LOCAL_RANK", 0))
    if not distributed.is_initialized():
        backend = "nccl" if device == "cuda" else "gloo"
        distributed.init_process_group(backend, timeout=_PATIENCE)
    return Crew(rank=rank, size=size)


def _number(name: str, default: int) -> int:
    text = os.environ.get(name, "")
    if not text:
        return default
    if not text.isdigit():
        raise _unclear(f"{name}={text}")
    return int(text)


def _unclear(why: str) -> BadInput:
    return BadInput(
        "KF-414",
        "this process does not know which of several it is",
        where="environment: RANK, WORLD_SIZE, LOCAL_RANK",
        why=why,
        fix="start it with torchrun or accelerate launch, or unset these variables",
    )
