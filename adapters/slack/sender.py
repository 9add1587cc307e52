"""Posts what the courier hands over, and finds out whether it was posted.

Slack is called once per post and never again by itself: the courier decides. A post
is found again by the delivery id in its metadata.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.delivery import CannotTell, Lane, Refused, TryLater, Unconfirmed
from adapters.slack import render
from adapters.slack.place import TIMESTAMP, Place, place_of
from adapters.slack.translate import PLATFORM
from storage.records import Json, Outgoing

PAGE = 200
REST_SECONDS = 1.0  # Slack: about one message a second and channel
HOLD_SECONDS = 60.0  # when the token is refused: messages wait for an admin
# Slack says that part of a call with these may have succeeded.
_DOUBTFUL = ("internal_error", "fatal_error", "service_unavailable", "request_timeout")
_TOKEN = (
    "invalid_auth",
    "not_authed",
    "account_inactive",
    "token_revoked",
    "token_expired",
    "missing_scope",
    "access_denied",
    "no_permission",
)
_BLOCKS = ("invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long")
_NOT_INSIDE = ("not_in_channel", "user_not_in_channel", "channel_not_found")


class SlackSender:
    """One workspace's posts.

    Args:
        client: makes no retries of its own.
    """

    platform = PLATFORM

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self.refused = ""  # why Slack takes none of our calls; "" when it does

    def lane(self, outgoing: Outgoing) -> Lane:
        """Slack counts by channel."""
        return Lane(outgoing.conversation_id.split(":")[1], REST_SECONDS)

    async def send(self, outgoing: Outgoing) -> str:
        """Post it and return the timestamp of its (last) post."""
        place = _place(outgoing)
        posts = render.posts(outgoing)
        # The parts that a broken attempt has left there are not posted again.
        done = await self._posted(outgoing, place) if len(posts) > 1 else {}
        stamp = ""
        for part, post in enumerate(posts, start=1):
            stamp = done.get(part) or await self._post(outgoing, place, post)
        return stamp

    async def find(self, outgoing: Outgoing) -> str | None:
        """The timestamp of its last post, if all of it is there."""
        place = _place(outgoing)
        if _private(outgoing, place):
            raise CannotTell("ephemeral posts cannot be read back")
        try:
            done = await self._posted(outgoing, place)
        except Unconfirmed as lost:
            raise TryLater(0, f"cannot look it up: {lost}") from lost
        except Refused as refusal:
            raise CannotTell(str(refusal)) from refusal
        return done.get(len(render.posts(outgoing)))

    async def _post(self, outgoing: Outgoing, place: Place, post: Json) -> str:
        try:
            return await self._post_at(outgoing, place, post)
        except Refused as refusal:
            # A reply without its buttons is better than none.
            if str(refusal) not in _BLOCKS:
                raise
        bare = {name: value for name, value in post.items() if name != "blocks"}
        return await self._post_at(outgoing, place, bare)

    async def _post_at(self, outgoing: Outgoing, place: Place, post: Json) -> str:
        user = _private(outgoing, place)
        if not user:
            return await self._call(
                "chat.postMessage",
                channel=place.channel,
                thread_ts=place.thread,
                **post,
            )
        whispered = {name: post[name] for name in ("text", "blocks") if name in post}
        try:
            return await self._call(
                "chat.postEphemeral",
                channel=place.channel,
                thread_ts=place.thread,
                user=user,
                **whispered,
            )
        except Refused as refusal:
            # A slash command works everywhere, also where the bot is no member.
            if str(refusal) not in _NOT_INSIDE:
                raise
        return await self._call("chat.postMessage", channel=user, **post)

    async def _call(self, method: str, **arguments: Any) -> str:
        given = {k: v for k, v in arguments.items() if v is not None}
        async with self._judged():
            answer = await self._client.api_call(method, json=given)
            stamp = answer.get("ts") or answer.get("message_ts") or ""
        return str(stamp)

    async def _posted(self, outgoing: Outgoing, place: Place) -> dict[int, str]:
        """The parts of it that are on Slack, with their timestamps."""
        found: dict[int, str] = {}
        if _private(outgoing, place):
            return found
        since = outgoing.reply_to or ""
        asked: dict[str, Any] = {
            "channel": place.channel,
            "limit": PAGE,
            "include_all_metadata": True,
            "oldest": since if TIMESTAMP.fullmatch(since) else place.thread,
        }
        method = "conversations.history"
        if place.thread:
            method, asked["ts"] = "conversations.replies", place.thread
        while True:
            given = {k: v for k, v in asked.items() if v is not None}
            async with self._judged():
                page = await self._client.api_call(method, params=given)
                messages: list[Json] = page.get("messages") or []
                following = page.get("response_metadata") or {}
            found |= _parts(messages, outgoing.id)
            asked["cursor"] = following.get("next_cursor")
            if not asked["cursor"] or not place.thread:
                return found  # without a thread, the newest page is enough

    @asynccontextmanager
    async def _judged(self) -> AsyncIterator[None]:
        """Slack's errors in the courier's words."""
        try:
            yield
        except SlackApiError as error:
            verdict = _verdict(error)
            if isinstance(verdict, TryLater) and verdict.everyone:
                self.refused = verdict.why
            raise verdict from error
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise TryLater(0, f"cannot connect: {type(error).__name__}") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unconfirmed(type(error).__name__) from error
        self.refused = ""


def _verdict(error: SlackApiError) -> TryLater | Refused | Unconfirmed:
    response = error.response
    status: int = getattr(response, "status_code", 0) or getattr(response, "status", 0)
    data = getattr(response, "data", None)
    reason = data.get("error", "") if isinstance(data, dict) else ""
    if status == 429 or reason in ("ratelimited", "rate_limited"):
        return TryLater(_retry_after(response.headers), "rate limited")
    if status >= 500 or reason in _DOUBTFUL or not reason:
        return Unconfirmed(reason or f"HTTP {status}")
    if reason in _TOKEN:
        return TryLater(HOLD_SECONDS, reason, everyone=True)
    return Refused(reason)


def _retry_after(headers: Json) -> float:
    given = str(headers.get("Retry-After", ""))
    return float(given) if given.replace(".", "", 1).isdigit() else REST_SECONDS


def _parts(messages: list[Json], outgoing_id: str) -> dict[int, str]:
    found = {}
    for message in messages:
        metadata = message.get("metadata") or {}
        payload = metadata.get("event_payload") or {}
        if (
            metadata.get("event_type") == render.EVENT_TYPE
            and payload.get("id") == outgoing_id
        ):
            found[int(payload.get("part", 1))] = str(message["ts"])
    return found


def _private(outgoing: Outgoing, place: Place) -> str | None:
    """Who alone should see it; None in a channel with that person only."""
    return None if place.is_direct else outgoing.recipient_id or place.user


def _place(outgoing: Outgoing) -> Place:
    try:
        return place_of(outgoing.conversation_id)
    except ValueError as error:
        raise Refused(f"no such conversation: {error}") from error
