"""One of several processes that make a base model: python -m ... TEXTS OUT."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch

from tests.model.test_pretraining import SHOP, TINY
from training import muon, run
from training.crew import crew_of_process
from training.pretrain import pretrain


def compute_exactly(patch: Callable[..., None] = setattr) -> None:
    """In float32 on any processor: in bfloat16 sums of other orders differ."""
    for module in (muon, run):
        patch(module, "quickest", lambda _: torch.float32)


def main() -> None:
    """As `kefu pretrain` does, with a recipe that takes seconds."""
    texts, out = map(Path, sys.argv[1:])
    compute_exactly()
    crew = crew_of_process("cpu")
    pretrain([texts], SHOP, out, replace(TINY, steps=3), crew=crew)
    crew.part()


if __name__ == "__main__":
    main()
