"""Memory that threads took comes back."""

import os
import subprocess
import sys

import pytest
import torch

CODE = """
import threading
import psutil
from bot.model.memory import few_arenas, give_back

few_arenas()
me = psutil.Process()
kept = []

def work():
    rows = [bytes(1000) for _ in range(20_000)]
    kept.append(rows[::500])  # a little of it stays, here and there

before = me.memory_info().rss
for _ in range(5):
    threads = [threading.Thread(target=work) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
give_back()
print((me.memory_info().rss - before) / 2**20)
"""


SHAPES = """
import sys

import psutil
import torch
from bot.model.memory import few_shapes

if sys.argv[1:]:
    few_shapes()
layer, me = torch.nn.Conv2d(64, 64, 3, padding=1), psutil.Process()
before = me.memory_info().rss
with torch.no_grad():
    for height in range(40, 240):
        layer(torch.zeros(1, 64, height, 32))
print((me.memory_info().rss - before) / 2**20)
"""


def test_what_many_threads_no_longer_need_goes_back() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=True
    )
    # 400 MB were used, 80 at a time; what is kept is less than one.
    assert float(done.stdout) < 40


def test_working_memory_of_many_shapes_is_not_kept() -> None:
    if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        pytest.skip("this torch has no oneDNN, which keeps it")
    clean = {name: v for name, v in os.environ.items() if "CACHE_CAPACITY" not in name}
    many, few = (
        float(
            subprocess.run(
                [sys.executable, "-c", SHAPES, *given],
                env=clean,
                capture_output=True,
                text=True,
                check=True,
            ).stdout
        )
        for given in ([], ["few"])
    )
    assert few < many / 2
