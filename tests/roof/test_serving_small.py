"""`kefu serve` stays small, needs no torch and no network, on a home that is new.

One real process in a world where every connection but those on this machine fails.
Its start is compared with what it stands on, both in processor time of one run.
"""

import asyncio
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.driving.server import Server

# What serving stands on, imported and nothing more: what its start is measured by.
STANDS_ON = (
    "import ctranslate2, fastapi, numpy, slack_bolt, sqlmodel, telegram, tokenizers, "
    "uvicorn"
)
MOST_TIMES = 8  # of that; it took 3
MOST_MEGABYTES = 700
PATIENCE_SECONDS = 280.0  # on a machine that is busy with other work
ROOT = Path(__file__).parents[2]
NO_NETWORK = """
import os, socket
def _outside(connect):
    def tried(self, address):
        inside = self.family == socket.AF_UNIX or address[0] in (
            "127.0.0.1", "::1", "localhost"
        )
        if not inside:
            with open(os.environ["TRIED"], "a") as file:
                file.write(f"{address}\\n")
            raise OSError(101, "Network is unreachable")
        return connect(self, address)
    return tried
socket.socket.connect = _outside(socket.socket.connect)
socket.socket.connect_ex = _outside(socket.socket.connect_ex)
"""
ASKED = {
    "parcel": ["where is my parcel", "track my parcel", "has it been sent", "parcel?"],
    "refund": ["I want my money back", "refund please", "how do refunds work", "退款"],
    "hours": ["when are you open", "opening hours", "几点开门", "are you open today"],
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serving over a small shop, its cache empty before."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "site").mkdir()
    (folder / "site" / "sitecustomize.py").write_text(NO_NETWORK, encoding="utf-8")
    settings = {
        "PYTHONPATH": f"{folder / 'site'}:{ROOT}",
        "TRIED": str(folder / "tried"),
        "KEFU_TRAIN_MINIMUM": "1",
    }
    serving = Server(folder / "home", settings)
    asyncio.run(serving.run_json("import", _shop(folder / "shop.jsonl")))
    serving.start()
    try:
        asyncio.run(serving.ready(seconds=PATIENCE_SECONDS))
        yield serving
    finally:
        asyncio.run(serving.stop())


def _shop(path: Path) -> Path:
    rows: list[dict[str, str]] = [
        {"question": "Where is my parcel?", "answer": "It leaves today."},
        {"intent": "parcel", "answer": "It leaves today."},
        {"intent": "refund", "answer": "Refunds take 5 days."},
        {"intent": "hours", "answer": "We are open from 9:00 to 18:00."},
    ]
    for intent, texts in ASKED.items():
        rows += [{"text": text, "intent": intent} for text in texts]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def ask(server: Server, text: str) -> dict[str, Any]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}/api/chat",
        data=json.dumps({"text": text}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        return dict(json.loads(answer.read()))


def imported(server: Server) -> float:
    """Seconds of processor time of a process that imports what serving stands on."""
    code = f"{STANDS_ON}; import os; print(*os.times()[:2])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=server.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return sum(map(float, done.stdout.split()))


def libraries(server: Server) -> str:
    return Path(f"/proc/{server.pid}/maps").read_text(encoding="utf-8")


def test_it_starts_quickly_and_small_without_torch(server: Server) -> None:
    used = psutil.Process(server.pid).cpu_times()
    ours = used.user + used.system + used.children_user + used.children_system
    least = min(imported(server) for _ in range(2))
    assert ours < MOST_TIMES * least, (ours, least)
    assert ask(server, "Where is my parcel?")["text"] == "It leaves today."
    cache = server.home / "cache"
    engines = list(cache.glob("engine-*/model.bin"))
    for _ in range(600):  # it warms up beside its first customers
        if engines:
            break
        time.sleep(0.1)
        engines = list(cache.glob("engine-*/model.bin"))
    assert engines
    ask(server, "Is there anything else that I should know?")
    assert "ctranslate2" in libraries(server)
    assert "libtorch" not in libraries(server)
    resident = psutil.Process(server.pid).memory_info().rss / 2**20
    assert resident < MOST_MEGABYTES


def test_it_learns_without_a_network_and_serves_on_without_torch(
    server: Server,
) -> None:
    result = asyncio.run(server.run_json("train", "--force", "--intents-only"))
    assert result["verdict"] in {"live", "rejected"}
    assert result["candidate"] == "v0001"
    said = asyncio.run(server.run_json("chat", "--once", "Where is my parcel?"))
    assert said["text"] == "It leaves today."
    assert ask(server, "Where is my parcel?")["text"] == "It leaves today."
    assert "libtorch" not in libraries(server)
    tried = Path(server.environment["TRIED"])
    assert not tried.exists(), tried.read_text(encoding="utf-8")


def test_the_network_really_is_away(server: Server) -> None:
    code = "import socket; socket.create_connection(('192.0.2.1', 80), 1)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=server.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "unreachable" in done.stderr
    assert "192.0.2.1" in Path(server.environment["TRIED"]).read_text("utf-8")
