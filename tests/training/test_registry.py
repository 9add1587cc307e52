"""A release on disk is whole or not there, whatever happens while it is made."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from storage.problems import BadInput, EnvironmentProblem
from training.registry import Registry

_MAKE_AND_DIE = """
import os, sys
from pathlib import Path
from training.registry import Registry
registry = Registry(Path(sys.argv[1]))
with registry.making("v0002") as folder:
    (folder / "manifest.json").write_text("half")
    print("made", flush=True)
    sys.stdin.read()
"""


def test_a_kept_release_is_there_and_what_was_not_kept_is_not(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    with registry.making("v0001") as folder:
        (folder / "lora").mkdir()
        (folder / "lora" / "weights").write_text("x")
        assert not registry.path("v0001").exists()
        registry.keep(folder, "v0001")
    with pytest.raises(OSError, match="full"), registry.making("v0002"):
        raise OSError("disk full")
    assert [path.name for path in tmp_path.iterdir()] == ["v0001"]
    assert (tmp_path / "v0001" / "lora" / "weights").read_text() == "x"


def test_what_a_killed_trainer_left_is_swept_and_nothing_else(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    with registry.making("v0001") as folder:
        registry.keep(folder, "v0001")
    child = subprocess.Popen(
        [sys.executable, "-c", _MAKE_AND_DIE, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"made\n"
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    assert len(list(tmp_path.iterdir())) == 2
    swept = registry.sweep({"v0001"})
    assert len(swept) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["v0001"]


def test_the_curves_of_a_release_that_never_was_are_swept(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "releases")
    for version in ("v0001", "v0002"):
        registry.curves(version).mkdir(parents=True)
    assert registry.sweep({"v0001"}) == ["v0002"]
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["v0001"]


def test_a_release_that_is_not_there_or_not_whole_is_told_apart(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    with pytest.raises(BadInput, match="KF-405"):
        registry.check("v0009")
    with registry.making("v0001") as folder:
        (folder / "manifest.json").write_text("{")
        registry.keep(folder, "v0001")
    with pytest.raises(EnvironmentProblem, match="KF-301"):
        registry.check("v0001")
