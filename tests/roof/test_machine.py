"""What a machine can carry is picked at start, printed, and can be set by hand."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot import machine
from bot.machine import GIGABYTE, cap_threads, profile


@pytest.mark.parametrize(
    ("cores", "threads", "workers", "trainer"),
    [(1, 1, 2, 1), (2, 1, 2, 1), (8, 4, 8, 4), (64, 4, 8, 32)],
)
def test_a_profile_is_picked_from_the_cores(
    monkeypatch: pytest.MonkeyPatch,
    cores: int,
    threads: int,
    workers: int,
    trainer: int,
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)))
    monkeypatch.setattr(machine, "_memory", lambda: 4 * GIGABYTE)
    picked = profile()
    assert (picked.threads, picked.workers, picked.trainer_threads) == (
        threads,
        workers,
        trainer,
    )
    said = f"{cores} cores, 4 GB memory"
    assert str(picked).startswith(said)


def test_each_number_can_be_set_by_hand() -> None:
    picked = profile(threads=3, workers=5, trainer_threads=2)
    assert "5 workers with 3 threads each, trainer 2" in str(picked)


def test_serving_prints_its_profile(tmp_path: Path) -> None:
    ours = ("KEFU_", "SLACK_", "TELEGRAM_")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    environment |= {
        "KEFU_HOME": str(tmp_path / "home"),
        "KEFU_THREADS": "3",
        "KEFU_WORKERS": "4",
        "KEFU_TRAINER_THREADS": "2",
        "KEFU_WEB_PORT": "0",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "serve"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as serving:
        assert serving.stderr
        line = next((line for line in serving.stderr if "machine" in line), "")
        serving.send_signal(signal.SIGTERM)
        serving.communicate(timeout=60)
    assert "4 workers with 3 threads each, trainer 2" in line


def test_threads_are_capped_before_any_numeric_library_is_loaded() -> None:
    code = (
        "import sys, bot.__main__ as door\n"
        "def run(_):\n"
        "    assert 'numpy' not in sys.modules\n"
        "    import numpy, os, threadpoolctl\n"
        "    print({each['num_threads'] for each in threadpoolctl.threadpool_info()},\n"
        "          os.environ['OMP_WAIT_POLICY'])\n"
        "    return 0\n"
        "door.run = run\n"
        "door.main()\n"
    )
    clean = {k: v for k, v in os.environ.items() if k not in cap_threads(1)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=clean | {"KEFU_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "{1} PASSIVE"
