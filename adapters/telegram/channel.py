"""Telegram as a channel: what people write gets into the inbox, the outbox gets out.

It starts without waiting for the network and never gives up; only a token that
Telegram refuses at the start is an error. It answers nothing itself.
"""

import asyncio
import contextlib
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal

import structlog
from telegram import Bot, BotCommandScope, BotCommandScopeChat
from telegram.error import BadRequest, InvalidToken, TelegramError

from adapters.delivery import Courier
from adapters.lanes import Pace
from adapters.telegram.api import make_bot, token_refused, webhook_refused
from adapters.telegram.courtesy import Courtesy
from adapters.telegram.intake import ALLOWED, Intake
from adapters.telegram.keeper import Keeper
from adapters.telegram.sender import TelegramSender
from adapters.telegram.texts import COMMANDS, STAFF_COMMANDS, Menus
from adapters.telegram.translate import Me
from adapters.telegram.trouble import Timing, Trouble
from adapters.telegram.webhook import Router, make_router
from storage.database import Database
from storage.problems import BadInput, Problem

_OVERALL_REST = 1 / 28  # seconds between any two sends: below 30 a second
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_log = structlog.get_logger(__name__)


class TelegramChannel:
    """One bot on Telegram.

    Args:
        api_url: where the Bot API is, without `/bot...`.
        mode: "polling" needs nothing; "webhook" needs the two that follow.
        webhook_url: where Telegram reaches our `/telegram`.
        webhook_secret: proves that it is Telegram: 1-256 of A-Za-z0-9_-.
        staff: ids of agents and admins, whose menus have what is for them, too.

    Raises:
        BadInput: KF-523, the webhook's address or secret cannot be used.
    """

    def __init__(
        self,
        *,
        database: Database,
        token: str,
        api_url: str,
        workspace: str,
        mode: Literal["polling", "webhook"],
        webhook_url: str = "",
        webhook_secret: str = "",
        staff: Sequence[int] = (),
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        timing: Timing | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._mode, self._url, self._secret = mode, webhook_url, webhook_secret
        if mode == "webhook":
            _check_webhook(webhook_url, webhook_secret)
        self._timing = timing or Timing()
        self._trouble = Trouble(self._timing)
        self._keeper = Keeper(database=database, workspace=workspace, now=now)
        self._bot: Bot = make_bot(token, api_url)
        self._staff = tuple(staff)
        self._courtesy = Courtesy(self._bot)
        self._sender = TelegramSender(self._bot, timing=self._timing)
        self._courier = Courier(
            database=database,
            sender=self._sender,
            now=now,
            worker=f"telegram-{new_id()}",
            # Telegram cannot be asked what arrived: one more try, then uncertain.
            pace=pace or Pace(overall_rest=_OVERALL_REST, resends=1),
        )
        self._me: Me | None = None
        self._introduced = False
        self._intake: Intake | None = None
        self._task: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()

    @property
    def healthy(self) -> bool:
        """Whether messages get in and out, as far as we know."""
        running = self._task is not None and not self._stopping.is_set()
        receiving = self._introduced and not self._trouble.lasts
        sending = self._courier.healthy and not self._sender.refused
        return running and receiving and sending

    @property
    def problem(self) -> Problem | None:
        """What only a person can mend, once it has happened."""
        if self._sender.refused:
            return token_refused()
        return self._trouble.problem

    def router(self) -> Router | None:
        """The webhook's route, to be mounted at the root; None when polling."""
        if self._mode == "polling":
            return None
        return make_router(
            keeper=self._keeper,
            secret=self._secret,
            me=lambda: self._me,
            arrived=self._courtesy.arrived,
        )

    def wake(self) -> None:
        """Say that something was put into the outbox, to save the wait."""
        self._courier.wake()

    async def start(self) -> None:
        """Begin to receive and to send. Without a network it begins when there is one.

        Raises:
            PlatformRefused: KF-521 the token, KF-522 the webhook.
            EnvironmentProblem: the database cannot be used.
        """
        try:
            await self._introduce()
        except TelegramError as error:
            self._trouble.wait_after(error)
        except Problem:
            await self._bot.shutdown()
            raise
        try:
            await self._courier.start()
        except Problem:
            await self._bot.shutdown()
            raise
        self._task = asyncio.create_task(self._run(), name="telegram")

    async def stop_intake(self) -> None:
        """Poll no more; replies still leave. What is not confirmed comes again."""
        self._stopping.set()
        if self._intake:
            self._intake.stop()
        elif self._task:
            self._task.cancel()
        if self._task:
            await asyncio.gather(self._task, return_exceptions=True)

    async def stop(self) -> None:
        """Poll no more, and let what is being sent finish."""
        await self.stop_intake()
        await self._courtesy.stop()
        await self._courier.stop()
        await self._bot.shutdown()

    async def _run(self) -> None:
        while not (self._introduced or self._stopping.is_set()):
            await self._introduce_again()
        if self._me is None or self._mode == "webhook" or self._stopping.is_set():
            return
        self._intake = Intake(
            bot=self._bot,
            keeper=self._keeper,
            me=self._me,
            timing=self._timing,
            trouble=self._trouble,
            arrived=self._courtesy.arrived,
        )
        await self._intake.run()

    async def _introduce_again(self) -> None:
        try:
            await self._introduce()
        except TelegramError as error:
            wait = self._trouble.wait_after(error)
        except Problem as problem:
            self._trouble.problem = problem
            wait = self._timing.longest_wait
            _log.error("telegram refuses us", problem=str(problem))
        else:
            return
        try:
            await asyncio.wait_for(self._stopping.wait(), wait)
        except TimeoutError:
            return

    async def _introduce(self) -> None:
        """Learn who we are, and tell Telegram how to reach us and what we offer."""
        try:
            await self._bot.initialize()
        except InvalidToken:
            raise token_refused() from None  # the SDK's words hold the token
        # Before the webhook: updates may come as soon as it is set.
        self._me = Me(id=self._bot.id, username=self._bot.username)
        if self._mode == "webhook":
            await self._hook()
        else:
            await self._bot.delete_webhook()
        await self._offer(COMMANDS)
        for person in self._staff:
            # Whoever has never written to the bot gets hers when it starts next.
            with contextlib.suppress(BadRequest):
                await self._offer(STAFF_COMMANDS, BotCommandScopeChat(person))
        self._introduced = True
        self._trouble.over()

    async def _offer(self, menus: Menus, scope: BotCommandScope | None = None) -> None:
        for language, commands in menus.items():
            await self._bot.set_my_commands(
                commands, scope=scope, language_code=language or None
            )

    async def _hook(self) -> None:
        try:
            await self._bot.set_webhook(
                self._url, secret_token=self._secret, allowed_updates=ALLOWED
            )
        except BadRequest as error:
            raise webhook_refused(self._url, error.message) from error


def _check_webhook(url: str, secret: str) -> None:
    if not url.startswith(("https://", "http://")):
        raise BadInput(
            "KF-523",
            "the webhook has no address",
            where="KEFU_TELEGRAM_WEBHOOK_URL",
            why="KEFU_TELEGRAM_MODE=webhook needs the address Telegram calls",
            fix="set it to https://<your host>/telegram, or use polling",
        )
    if not _SECRET.fullmatch(secret):
        raise BadInput(
            "KF-523",
            "the webhook's secret cannot be used",
            where="KEFU_TELEGRAM_WEBHOOK_SECRET",
            why="it needs 1 to 256 of the characters A-Z a-z 0-9 _ -",
            fix="set it to the output of: openssl rand -hex 32",
        )
