"""Whether a tuned generator chooses better than the base that it was tuned from.

What is tuned on few questions may learn above all how often nothing fits. Both are
asked the same held-out questions, with passages as the search finds them; the tuned one
writes only if it is right at least as often. Its files stay in the release.
"""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.model.load import BaseModel, load_generator
from training.lessons import Lesson
from training.replies import write_replies

MOST: Final = 150  # held-out questions that both are asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """How often each was right, of the questions asked."""

    asked: int
    tuned: int
    base: int

    @property
    def stays(self) -> bool:
        """Whether the tuned one is no worse."""
        return self.tuned >= self.base

    def text(self) -> str:
        """For people."""
        told = (
            f"the tuned generator was right on {self.tuned} of {self.asked} held-out "
            f"questions, the base on {self.base}"
        )
        return f"{told}: {'it writes' if self.stays else 'the base goes on writing'}"


def earned(
    asked: Sequence[Lesson],
    *,
    base: BaseModel,
    lora: Path,
    device: str,
    threads: int,
    progress: Callable[[float], None] = lambda _: None,
) -> Earned:
    """Ask both; nothing is kept."""
    right: list[int] = []
    with tempfile.TemporaryDirectory(prefix="kefu-earning-") as folder:
        for number, own in enumerate((lora, None)):
            generator = load_generator(
                base,
                lora=own,
                device=device,
                kept=Path(folder) / str(number),
                threads=max(1, threads),
            )
            done = write_replies(
                generator,
                asked,
                progress=lambda share: progress((len(right) + share) / 2),
            )
            right.append(done.right)
    return Earned(asked=len(asked), tuned=right[0], base=right[1])
