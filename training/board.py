"""Curves of a training: TensorBoard always, Weights & Biases where it is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from torch.utils.tensorboard import SummaryWriter

from storage.problems import EnvironmentProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class Boards:
    """Where curves go.

    Attributes:
        logs: TensorBoard's folder.
        wandb: a project of Weights & Biases; empty is none.
    """

    logs: Path
    wandb: str = ""


class Board:
    """Takes numbers by their step. Use it in a `with`."""

    def __init__(
        self, boards: Boards, config: Mapping[str, Any], *, first: int = 0
    ) -> None:
        """Open it; curves go on at the step `first`.

        Raises EnvironmentProblem KF-413 where Weights & Biases is not installed.
        """
        purge = first or None  # what a killed run wrote after its checkpoint
        self._run = _wandb_run(boards, config) if boards.wandb else None
        self._writer = SummaryWriter(str(boards.logs), purge_step=purge)

    def add(self, numbers: Mapping[str, float], step: int) -> None:
        """Numbers by their names."""
        for name, number in numbers.items():
            self._writer.add_scalar(name, number, step)
        if self._run is not None:
            self._run.log(dict(numbers), step=step)

    def __enter__(self) -> "Board":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._writer.close()
        if self._run is not None:
            self._run.finish(exit_code=0 if error is None else 1)


def _wandb_run(boards: Boards, config: Mapping[str, Any]) -> Any:
    try:
        import wandb
    except ImportError as problem:
        raise EnvironmentProblem(
            "KF-413",
            "Weights & Biases is not installed",
            where=f"KEFU_WANDB={boards.wandb}",
            why=str(problem),
            fix="pip install wandb, or unset KEFU_WANDB; TensorBoard needs neither",
        ) from problem
    return wandb.init(
        project=boards.wandb,
        name=boards.logs.name,
        dir=str(boards.logs),
        config=dict(config),
        resume="allow",
    )
