"""`python -m tests.benchmarks [PART...] [--quick]`: measure, print, write JSON.

Each part starts real servers on fresh homes; nothing of the machine's own kefu is read.
"""

import argparse
import asyncio
import logging
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.benchmarks import crash, load, shops, table
from tests.benchmarks.half_made import half_made
from tests.benchmarks.handbook import handbook
from tests.benchmarks.main_job import accuracy, main_job
from tests.benchmarks.redelivery import redelivery


@dataclass
class Bench:
    """Where and how long to measure.

    Args:
        settings: more environment variables of every server.
    """

    folder: Path
    quick: bool
    settings: dict[str, str] = field(default_factory=dict)

    def home(self, name: str) -> Path:
        """A fresh home."""
        return self.folder / name

    def pick(self, full: int, quick: int) -> int:
        """How many, in this run."""
        return quick if self.quick else full

    async def main_job(self) -> dict[str, Any]:
        count = self.pick(300, 40)
        told: dict[str, Any] = {}
        try:
            told["bitext"] = await self._job(shops.bitext(count), "bitext")
        except shops.Missing as missing:
            told["bitext"] = {"left out": str(missing)}
        return told | await self.demo()

    async def demo(self) -> dict[str, Any]:
        count = self.pick(300, 40)
        return {
            f"demo_{language}": await self._job(shops.demo(language, count), language)
            for language in ("zh", "en")
        }

    async def bitext(self) -> dict[str, Any]:
        return await self._job(shops.bitext(self.pick(300, 40)), "bitext")

    async def _job(self, shop: Any, name: str) -> dict[str, Any]:
        return await main_job(shop, self.home(name), settings=self.settings)

    async def accuracy(self) -> dict[str, Any]:
        count = self.pick(300, 40)
        offered = [shops.demo("zh", count), shops.demo("en", count)]
        if shops.BITEXT.is_dir():
            offered.append(shops.bitext(count))
        return {
            shop.name: await accuracy(
                shop, self.home(f"accuracy-{number}"), settings=self.settings
            )
            for number, shop in enumerate(offered)
        }

    async def crash(self) -> dict[str, Any]:
        return {
            "at random moments": await crash.at_random(
                self.home("crash"),
                kills=self.pick(100, 5),
                per_kill=10,
                settings=self.settings,
            ),
            "at each commit": await crash.at_each_commit(
                self.home("commits"), settings=self.settings
            ),
        }

    async def redelivery(self) -> dict[str, Any]:
        return await redelivery(
            self.home("redelivery"),
            events=self.pick(10_000, 200),
            per_restart=self.pick(2500, 100),
            settings=self.settings,
        )

    async def half_made(self) -> dict[str, Any]:
        return await half_made(
            self.home("half-made"), kills=self.pick(50, 4), settings=self.settings
        )

    async def load(self) -> dict[str, Any]:
        count = self.pick(600, 80)
        return await load.replies(
            self.home("load"), count=count, settings=self.settings
        )

    async def clean_stop(self) -> dict[str, Any]:
        stops = self.pick(100, 3)
        return await load.clean_stops(
            self.home("stop"), stops=stops, settings=self.settings
        )

    async def rollback(self) -> dict[str, Any]:
        return await load.rollback(self.home("rollback"), settings=self.settings)

    async def first_answer(self) -> dict[str, Any]:
        return await load.first_answer(self.home("first"), settings=self.settings)

    async def handbook(self) -> dict[str, Any]:
        home = self.home("handbook")
        return await asyncio.to_thread(handbook, home, count=self.pick(60, 10))


PARTS = (
    "main_job",
    "crash",
    "redelivery",
    "half_made",
    "load",
    "clean_stop",
    "rollback",
    "first_answer",
    "handbook",
)
MORE = ("bitext", "demo", "accuracy")  # halves of main_job, and its short form


def main() -> int:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="few questions, few kills")
    parser.add_argument("--out", type=Path, default=Path("build/bench.json"))
    parser.add_argument("--folder", type=Path, help="keep the homes there")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    asked = parser.parse_args()
    parts = asked.parts or list(PARTS)
    if unknown := set(parts) - set(PARTS) - set(MORE):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="kefu-bench-"))
    settings = dict(pair.split("=", 1) for pair in asked.set)
    bench = Bench(folder, asked.quick, settings)
    # A server that is killed leaves half a request behind: that is no news.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    figures: dict[str, Any] = {"cores": len(os.sched_getaffinity(0))}
    for part in parts:
        figures[part] = _measure(part, getattr(bench, part))
        table.save(figures, asked.out)
    print(f"homes are in {folder}, figures in {asked.out}")
    return 0


def _measure(part: str, work: Callable[[], Awaitable[dict[str, Any]]]) -> Any:
    async def run() -> dict[str, Any]:
        return await work()

    began, busy = time.monotonic(), os.getloadavg()[0]
    figures = asyncio.run(run())
    figures |= {"seconds": time.monotonic() - began, "load_average_before": busy}
    print("\n".join(table.lines(part, figures)), flush=True)
    return figures


if __name__ == "__main__":
    sys.exit(main())
