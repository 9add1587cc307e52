"""Memory that threads took comes back."""

import subprocess
import sys

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


def test_what_many_threads_no_longer_need_goes_back() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=True
    )
    # 400 MB were used, 80 at a time; what is kept is less than one.
    assert float(done.stdout) < 40
