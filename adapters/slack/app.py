"""The Slack channel: one workspace over Socket Mode, in and out.

What arrives is in the inbox before Slack gets its ack; what is in the outbox is
delivered. Nothing is answered here.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

import aiohttp
import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.delivery import Courier, Pace
from adapters.slack.connection import REFUSED, Connection, reason_of, unreachable
from adapters.slack.intake import Intake
from adapters.slack.manifest import SCOPES
from adapters.slack.quiet import sdk_logger
from adapters.slack.sender import SlackSender
from adapters.slack.translate import Me
from storage.database import Database
from storage.problems import BadInput, EnvironmentProblem, PlatformRefused, Problem

CALL_SECONDS = 10
WATCH_SECONDS = 1.0
DEAF_SECONDS = 15.0  # the SDK mends most cuts itself; then we start afresh
AGAIN_SECONDS = 5.0


class SlackChannel:
    """Everything kefu does on Slack.

    Args:
        workspace: whose knowledge answers what is asked here.
        api_url: the Web API's base, "https://slack.com/api/".
        pace: of the courier.

    Raises:
        BadInput: a token is missing or in the other one's place.
    """

    def __init__(
        self,
        *,
        database: Database,
        bot_token: str,
        app_token: str,
        api_url: str,
        workspace: str,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        log: Any = None,
        pace: Pace | None = None,
    ) -> None:
        _check(bot_token, app_token)
        self._database, self._workspace, self._now = database, workspace, now
        self._log = log or structlog.get_logger(__name__)
        self._client = _client(bot_token, api_url)
        self._app_client = _client(app_token, api_url)
        self._sender = SlackSender(self._client)
        self._courier = Courier(
            database=database,
            sender=self._sender,
            now=now,
            worker=f"slack-{new_id()}",
            pace=pace,
        )
        self._connection: Connection | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._modals: set[asyncio.Task[None]] = set()
        self._up = False

    @property
    def healthy(self) -> bool:
        """Whether events arrive and replies leave."""
        return self._up and self._courier.healthy and not self._sender.refused

    async def start(self) -> None:
        """Check the tokens, begin to listen and to deliver.

        When Slack cannot be reached it is tried again and again, unhealthily.

        Raises:
            PlatformRefused: Slack refuses one of the tokens.
        """
        try:
            await self._connect()
        except EnvironmentProblem as problem:
            self._log.warning("slack not connected yet", problem=str(problem))
        await self._courier.start()
        self._keeper = asyncio.create_task(self._keep(), name="slack connection")

    async def stop_intake(self) -> None:
        """Listen no more; replies still leave. Safe to call twice."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        self._up = False
        if self._connection is not None:
            await self._connection.close()
        await asyncio.gather(*self._modals, return_exceptions=True)

    async def stop(self) -> None:
        """Listen no more, and let what is being sent finish."""
        await self.stop_intake()
        await self._courier.stop()

    def wake(self) -> None:
        """Say that a reply lies in the outbox, to save the wait."""
        self._courier.wake()

    async def _connect(self) -> None:
        me = await self._identify()
        intake = Intake(
            database=self._database, me=me, now=self._now, open_modal=self._open_modal
        )
        self._connection = Connection(
            app=_bolt(self._client, intake), intake=intake, client=self._app_client
        )
        await self._connection.open()
        self._up = True
        self._log.info("slack connected", bot_user=me.user_id)

    async def _identify(self) -> Me:
        try:
            answer = await self._client.auth_test()
        except SlackApiError as error:
            raise _bot_token_problem(error) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise unreachable(type(error).__name__) from error
        granted = {
            s.strip() for s in answer.headers.get("x-oauth-scopes", "").split(",")
        }
        if granted != {""} and (missing := sorted(set(SCOPES) - granted)):
            self._log.warning("slack app lacks scopes: reinstall it", missing=missing)
        return Me(user_id=str(answer["user_id"]), workspace=self._workspace)

    async def _keep(self) -> None:
        """Watch the socket; start afresh where the SDK's own mending fails."""
        loop = asyncio.get_running_loop()
        heard_at = loop.time() if self._up else float("-inf")
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            self._up = self._connection is not None and await self._connection.is_up()
            if self._up:
                heard_at = loop.time()
            elif loop.time() > heard_at + DEAF_SECONDS:
                await self._reconnect()

    async def _reconnect(self) -> None:
        if self._connection is not None:
            await self._connection.close()
        try:
            await self._connect()
        except Problem as problem:
            self._log.error("slack not connected", problem=str(problem))
            await asyncio.sleep(AGAIN_SECONDS)

    def _open_modal(self, trigger_id: str, view: dict[str, Any]) -> None:
        task = asyncio.create_task(self._show(trigger_id, view))
        self._modals.add(task)
        task.add_done_callback(self._modals.discard)

    async def _show(self, trigger_id: str, view: dict[str, Any]) -> None:
        try:
            await self._client.views_open(trigger_id=trigger_id, view=view)
        except (SlackApiError, aiohttp.ClientError, TimeoutError, OSError) as error:
            # The vote counts without a correction; nothing else hangs on the modal.
            reason = reason_of(error) if isinstance(error, SlackApiError) else ""
            self._log.warning("modal not opened", why=reason or type(error).__name__)


class _Commit(AsyncMiddleware):
    """Ends every request with the commit: no listener of Bolt's ever runs."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,  # noqa: ARG002  the names are Bolt's
        next: Any,  # noqa: ARG002  never called: nothing comes after the commit
    ) -> BoltResponse:
        """Commit, then let the handler ack; what is raised here prevents the ack."""
        said = await self._intake.take(req.body)
        return BoltResponse(status=200, body="" if said is None else dict(said))


def _bolt(client: AsyncWebClient, intake: Intake) -> AsyncApp:
    # Before Bolt authorizes, because that calls Slack: an ack needs only our database.
    return AsyncApp(
        client=client,
        before_authorize=_Commit(intake),
        logger=sdk_logger(),
        ssl_check_enabled=False,
        request_verification_enabled=False,
    )


def _client(token: str, api_url: str) -> AsyncWebClient:
    return AsyncWebClient(
        token=token,
        base_url=api_url if api_url.endswith("/") else f"{api_url}/",
        timeout=CALL_SECONDS,
        retry_handlers=[],
        logger=sdk_logger(),
    )


def _check(bot_token: str, app_token: str) -> None:
    for name, token, other in (
        ("SLACK_BOT_TOKEN", bot_token, "xapp-"),
        ("SLACK_APP_TOKEN", app_token, "xoxb-"),
    ):
        if not token:
            raise BadInput(
                "KF-501",
                f"{name} is missing",
                where=name,
                why="Slack needs both tokens: the bot's and the app-level one",
                fix=f"set {name}; `kefu slack manifest` makes the app that has it",
            )
        if token.startswith(other):
            raise BadInput(
                "KF-502",
                f"{name} holds the other token",
                where=name,
                why=f"it starts with {other}",
                fix="swap SLACK_BOT_TOKEN (xoxb-...) and SLACK_APP_TOKEN (xapp-...)",
            )


def _bot_token_problem(error: SlackApiError) -> PlatformRefused | EnvironmentProblem:
    if (reason := reason_of(error)) not in REFUSED:
        return unreachable(reason)
    return PlatformRefused(
        "KF-503",
        "Slack refused the bot token",
        where="SLACK_BOT_TOKEN",
        why=reason,
        fix="under OAuth & Permissions, (re)install the app made from `kefu slack "
        "manifest` and copy its Bot User OAuth Token (xoxb-...)",
    )
