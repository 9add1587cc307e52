"""The running server: workers, channels, web chat, schedule; started and stopped once.

Order is everything. Starting: workers, then the couriers and intakes of the channels,
then the web. Stopping: intakes first, then the work in hand, then the rest; nothing
that was taken in is lost by it, because it lies in the inbox or the outbox.
"""

import asyncio
import os
import signal
import socket
import threading
from collections.abc import Callable
from functools import partial

import structlog
import uvicorn

from bot.app import App
from bot.cli.admin import Admin
from bot.cli.doors import channels, web, web_socket
from bot.cli.schedule import Schedule
from bot.cli.trainer import Trainer
from bot.desk import Desk
from storage.database import Database
from storage.problems import Problem

log = structlog.get_logger()

IDLE_SECONDS = (0.01, 0.1)  # between two looks into an empty inbox: first, longest
WATCH_SECONDS = 0.5  # between two looks for another live release
LEARN_SECONDS = 600.0  # between two looks at what was asked next
PROBE_SECONDS = 2.0  # between two probes of the database


class Server:
    """One process of `kefu serve`."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._trainer = Trainer(app.settings, app.profile)
        self._schedule = Schedule(app, self._trainer)
        self._admin = Admin(app, self._trainer)
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._channels = channels(app)
        self._listener = web_socket(app.settings.web_host, app.settings.web_port)
        self._database_problem = self._release_problem = ""
        # Its own, less patient door, so that trouble shows within five seconds.
        self._probed = Database(app.settings.database, patience_seconds=1)
        self._web: asyncio.Task[None] | None = None
        self._uvicorn: uvicorn.Server | None = None

    async def run(
        self,
        *,
        beside: Callable[[], None] | None = None,
        opened: Callable[[str], None] = lambda _address: None,
    ) -> None:
        """Serve until SIGTERM or SIGINT.

        Args:
            beside: runs in a thread meanwhile; when it ends, serving ends too, unless
                there are channels to serve.
            opened: told the web chat's address.
        """
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, stop.set)
        try:
            await self.start()
            opened(self.address)
            if beside is not None:
                self._beside(beside, loop, stop)
            await stop.wait()
        finally:
            await self.stop()

    def _beside(
        self,
        work: Callable[[], None],
        loop: asyncio.AbstractEventLoop,
        stop: asyncio.Event,
    ) -> None:
        def run() -> None:
            try:
                work()
            finally:
                if not self._channels:
                    loop.call_soon_threadsafe(stop.set)

        # A daemon: a read of the keyboard must not keep the process alive.
        threading.Thread(target=run, name="beside", daemon=True).start()

    async def start(self) -> None:
        """Start everything, in order; a channel that is refused ends the start."""
        app = self._app
        self._loop = asyncio.get_running_loop()
        log.info("machine", profile=str(app.profile))
        self._take_back()
        # The first customer waits for neither: not for the shelf, not for the model.
        await asyncio.to_thread(app.shelves.of, app.settings.workspace)
        # Nobody waits for its end: stopping must not.
        threading.Thread(target=self._warm_up, daemon=True).start()
        for number in range(app.profile.workers):
            desk = app.desk(f"{self._name}:{number}", self._admin)
            self._spawn(f"desk-{number}", partial(self._work, desk))
        self._spawn("watch", lambda: self._every(WATCH_SECONDS, self._watch_release))
        self._spawn("related", self._learn_related)
        self._spawn("probe", lambda: self._every(PROBE_SECONDS, self._probe))
        for name, channel in self._channels.items():
            await channel.start()
            log.info("channel is open", channel=name)
        self._start_web()
        self._schedule.start()

    async def stop(self) -> None:
        """Stop everything, in order, within ten seconds."""
        log.info("stopping")
        self._schedule.stop()
        self._trainer.stop()
        doors = self._channels.values()
        await asyncio.gather(*(channel.stop_intake() for channel in doors))
        self._stopping.set()
        for thread in self._threads:
            await asyncio.to_thread(thread.join, 8)
        await asyncio.gather(*(channel.stop() for channel in doors))
        await self._stop_web()
        self._probed.close()
        log.info("stopped")

    def _take_back(self) -> None:
        """Free what a killed process held. On PostgreSQL it may be another's."""
        if self._app.settings.database.startswith("sqlite"):
            with self._app.database.transaction() as stores:
                stores.inbox.release_all()

    # --- threads ---------------------------------------------------------------

    def _spawn(self, name: str, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self, desk: Desk) -> None:
        idle = IDLE_SECONDS[0]
        while not self._stopping.is_set():
            try:
                busy = desk.work_once()
            except Problem as problem:
                log.error("no work can be taken", problem=str(problem))
                busy, idle = False, 1.0
            idle = IDLE_SECONDS[0] if busy else min(IDLE_SECONDS[1], idle * 1.5)
            if busy:
                self._wake()
            else:
                self._stopping.wait(idle)

    def _wake(self) -> None:
        """Tell the couriers that a reply may be waiting; they would look anyway."""
        for channel in self._channels.values():
            self._loop.call_soon_threadsafe(channel.wake)

    def _every(self, seconds: float, work: Callable[[], None]) -> None:
        while not self._stopping.wait(seconds):
            work()

    def _learn_related(self) -> None:
        """Count what was asked next, now and every few minutes."""
        self._count_related()
        self._every(LEARN_SECONDS, self._count_related)

    def _count_related(self) -> None:
        try:
            self._app.related.learn(self._app.settings.workspace)
        except Problem as problem:
            log.error("related questions stay as they are", problem=str(problem))

    def _warm_up(self) -> None:
        """Load what writes replies. Approved answers leave without it, too."""
        try:
            self._app.live.model.warm_up()
        except Problem as problem:
            log.error("replies are not written", problem=str(problem))

    def _watch_release(self) -> None:
        """Swap when another release is live, here or by another process's doing."""
        try:
            changed = self._app.follow_live_release()
        except Problem as problem:
            # It is tried again at every look, and told once.
            if str(problem) != self._release_problem:
                self._release_problem = str(problem)
                log.error("the live release stays as it is", problem=str(problem))
            return
        self._release_problem = ""
        if changed:
            log.info("swapped", release=changed)

    def _probe(self) -> None:
        try:
            self._probed.check()
            self._database_problem = ""
        except Problem as problem:
            self._database_problem = f"database: {problem.what} ({problem.why})"

    # --- web ---------------------------------------------------------------------

    def ready(self) -> list[str]:
        """What keeps this process from serving; nothing when all is well."""
        reasons = [self._database_problem] if self._database_problem else []
        return reasons + [
            f"{name}: not connected"
            for name, channel in self._channels.items()
            if not channel.healthy
        ]

    @property
    def address(self) -> str:
        """Where the web chat is."""
        host, port = self._listener.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def _start_web(self) -> None:
        application = web(
            self._app,
            desk=self._app.desk(f"{self._name}:web", self._admin),
            ready=self.ready,
            doors=list(self._channels.values()),
        )
        config = uvicorn.Config(
            application, log_config=None, access_log=False, timeout_graceful_shutdown=2
        )
        self._uvicorn = uvicorn.Server(config)
        # Its own serve() would take the signals for itself; they are ours.
        self._web = asyncio.create_task(self._uvicorn._serve([self._listener]))
        log.info("web chat is open", address=self.address)

    async def _stop_web(self) -> None:
        if self._uvicorn is not None and self._web is not None:
            self._uvicorn.should_exit = True
            await self._web
        self._listener.close()
