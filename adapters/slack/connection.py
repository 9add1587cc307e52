"""The Socket Mode connection: kept up, watched, and closed only with clean hands.

Every envelope goes through Bolt to the intake; the ack is sent after the commit. An
envelope that cannot be committed gets no ack, so that Slack sends it again.
"""

import asyncio
import time
from typing import Any

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.socket_mode.async_internals import send_async_response
from slack_bolt.adapter.socket_mode.internals import build_headers
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.intake import Intake
from adapters.slack.quiet import sdk_logger
from storage.problems import EnvironmentProblem, PlatformRefused

PING_SECONDS = 2.0  # a cut line is noticed after that; the SDK's default is 10
CONNECT_SECONDS = 10.0
HANDS_SECONDS = 5.0  # for the envelopes in hand when closing
# No socket without its URL, and no URL to be had for these.
REFUSED = (
    "invalid_auth",
    "not_authed",
    "account_inactive",
    "token_revoked",
    "token_expired",
    "not_allowed_token_type",
    "missing_scope",
    "access_denied",
    "forbidden_team",
)
_log = structlog.get_logger(__name__)


class _Handler(AsyncSocketModeHandler):
    """Bolt's handler, which also keeps what Bolt itself cannot read."""

    def __init__(self, app: AsyncApp, intake: Intake, **how: Any) -> None:
        self._intake = intake
        self.in_hand = 0
        self.closing = False
        super().__init__(app, **how)

    async def handle(
        self, client: AsyncBaseSocketModeClient, req: SocketModeRequest
    ) -> None:
        """Commit one envelope, then ack it."""
        if self.closing:
            return  # no ack: Slack sends it again, to whoever listens then
        self.in_hand += 1
        try:
            started = time.time()
            response = await self._respond(req)
            await send_async_response(client, req, response, started)
        finally:
            self.in_hand -= 1

    async def _respond(self, req: SocketModeRequest) -> BoltResponse:
        try:
            request = AsyncBoltRequest(
                mode="socket_mode", body=req.payload, headers=build_headers(req)
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            await self._intake.bury(req.payload, f"Bolt cannot read it: {error!r}")
            return BoltResponse(status=200)
        return await self.app.async_dispatch(request)


class Connection:
    """One socket to Slack.

    Args:
        app: Bolt's app, whose middleware commits to the inbox.
        client: calls Slack with the app-level token.
    """

    def __init__(
        self, *, app: AsyncApp, intake: Intake, client: AsyncWebClient
    ) -> None:
        self._app, self._intake, self._client = app, intake, client
        self._handler: _Handler | None = None
        self._opening: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect, or say why not.

        Raises:
            PlatformRefused: Slack does not take the app-level token.
            EnvironmentProblem: Slack cannot be reached.
        """
        url = await self._url()
        self._handler = _Handler(
            self._app,
            self._intake,
            app_token=self._client.token,
            web_client=self._client,
            logger=sdk_logger(),
            ping_interval=PING_SECONDS,
        )
        self._handler.client.wss_uri = url
        self._opening = asyncio.create_task(_connect(self._handler.client))
        await asyncio.wait([self._opening], timeout=CONNECT_SECONDS)
        if not await self.is_up():
            await self.close()
            raise unreachable("the socket did not open")

    async def is_up(self) -> bool:
        """Whether events can arrive now."""
        return self._handler is not None and await self._handler.client.is_connected()

    async def close(self) -> None:
        """Take nothing more, ack what is committed, and hang up."""
        handler, self._handler = self._handler, None
        if handler is None:
            return
        handler.closing = True
        end = time.monotonic() + HANDS_SECONDS
        while handler.in_hand and time.monotonic() < end:
            await asyncio.sleep(0.01)
        socket: Any = handler.client
        await socket.close()
        tasks = [
            self._opening,
            socket.message_processor,
            socket.current_session_monitor,
            socket.message_receiver,
        ]
        left = [task for task in tasks if task is not None]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _url(self) -> str:
        try:
            answer = await self._client.apps_connections_open(
                app_token=self._client.token or ""
            )
        except SlackApiError as error:
            raise app_token_problem(error) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise unreachable(type(error).__name__) from error
        return str(answer["url"])


async def _connect(socket: Any) -> None:
    await socket.connect()  # tries again and again


def reason_of(error: SlackApiError) -> str:
    """Slack's own word for an error, or the HTTP status."""
    response = error.response
    data = getattr(response, "data", None)
    reason = data.get("error") if isinstance(data, dict) else None
    status = getattr(response, "status_code", 0) or getattr(response, "status", 0)
    return str(reason or f"HTTP {status}")


def app_token_problem(error: SlackApiError) -> PlatformRefused | EnvironmentProblem:
    """What an error of apps.connections.open means."""
    if (reason := reason_of(error)) not in REFUSED:
        return unreachable(reason)
    return PlatformRefused(
        "KF-504",
        "Slack refused the app-level token",
        where="SLACK_APP_TOKEN",
        why=reason,
        fix="under Basic Information > App-Level Tokens, make a token with the scope "
        "connections:write (xapp-...) and put it into SLACK_APP_TOKEN",
    )


def unreachable(why: str) -> EnvironmentProblem:
    """Slack does not answer as it should; worth another try."""
    return EnvironmentProblem(
        "KF-505",
        "Slack cannot be reached",
        where="KEFU_SLACK_API_URL",
        why=why,
        fix="check the network and https://slack-status.com; kefu keeps trying",
    )
