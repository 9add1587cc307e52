"""Curves: TensorBoard's always, Weights & Biases only where it is asked for."""

import importlib.util
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from bot.cli.training import finetuning_of
from bot.settings import load
from storage.problems import BadInput, EnvironmentProblem
from training.board import Board, Boards

# What kefu uses of the package, writing down what it is told.
_STAND_IN = """
import json
from pathlib import Path

class _Run:
    def __init__(self, told):
        self.told = told
    def log(self, numbers, step):
        self.told.append([numbers, step])
    def finish(self, exit_code):
        text = json.dumps(self.told + [exit_code])
        Path(self.told[0]["dir"], "told.json").write_text(text)

def init(**told):
    return _Run([told])
"""


def curve(folder: Path, name: str) -> list[tuple[int, float]]:
    found = EventAccumulator(str(folder))
    found.Reload()
    return [(each.step, each.value) for each in found.Scalars(name)]


def test_curves_of_a_run_that_was_cut_off_go_on_at_its_checkpoint(
    tmp_path: Path,
) -> None:
    boards = Boards(logs=tmp_path)
    with Board(boards, {}) as board:
        for step in (1, 2, 3):  # the third came after the checkpoint and is lost
            board.add({"train/loss": 4.0 - step}, step)
    time.sleep(1.1)  # files of one second have no order
    with Board(boards, {}, first=3) as board:
        board.add({"train/loss": 9.0}, 3)
    assert curve(tmp_path, "train/loss") == [(1, 3.0), (2, 2.0), (3, 9.0)]


@pytest.mark.skipif(
    importlib.util.find_spec("wandb") is not None, reason="wandb is installed here"
)
def test_a_project_of_wandb_without_wandb_is_told(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentProblem, match="KF-413"):
        Board(Boards(logs=tmp_path, wandb="shop"), {})


def test_numbers_go_to_wandb_where_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "wandb.py").write_text(_STAND_IN, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    boards = Boards(logs=tmp_path / "v0007", wandb="shop")
    with Board(boards, {"method": "lora"}) as board:
        board.add({"train/loss": 2.5}, 1)
    sys.modules.pop("wandb")
    told = (tmp_path / "v0007" / "told.json").read_text(encoding="utf-8")
    assert '"project": "shop"' in told
    assert '[{"train/loss": 2.5}, 1], 0]' in told


def test_wandb_is_not_imported_otherwise() -> None:
    code = "import sys, training.work; assert 'wandb' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_way_of_tuning_is_what_the_admin_set(tmp_path: Path) -> None:
    environ = {
        "KEFU_TUNING": "adalora",
        "KEFU_TUNING_PRECISION": "float32",
        "KEFU_TUNING_ACCUMULATION": "4",
    }
    settings = load(environ=environ, dotenv=tmp_path / ".env", home=tmp_path).settings
    made = finetuning_of(settings)
    assert (made.method, made.precision, made.accumulation) == ("adalora", "float32", 4)
    with pytest.raises(BadInput, match="KF-602"):
        load(environ={"KEFU_TUNING": "magic"}, dotenv=tmp_path / ".env", home=tmp_path)
