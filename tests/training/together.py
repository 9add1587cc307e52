"""One of several processes that make a base model: python -m ... TEXTS OUT."""

import sys
from dataclasses import replace
from pathlib import Path

from tests.model.test_pretraining import SHOP, TINY
from training.crew import crew_of_process
from training.pretrain import pretrain


def main() -> None:
    """As `kefu pretrain` does, with a recipe that takes seconds."""
    texts, out = map(Path, sys.argv[1:])
    crew = crew_of_process("cpu")
    pretrain([texts], SHOP, out, replace(TINY, steps=3), crew=crew)
    crew.part()


if __name__ == "__main__":
    main()
