"""The real python-telegram-bot `Bot`, made so that it neither leaks nor gives up.

Its token is in every address it calls, so the loggers that write addresses are
silenced, and no error of ours repeats what an error of its says about the token.
"""

import logging
import os
from datetime import timedelta

import httpx
from telegram import Bot
from telegram.error import (
    EndPointNotFound,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)
from telegram.request import HTTPXRequest

from storage.problems import PlatformRefused

# These leave before anything has reached Telegram.
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


def make_bot(token: str, api_url: str) -> Bot:
    """A bot at that address, with time enough for a slow line and many chats."""
    silence()
    # Else PTB warns about seconds as integers at each 429 that it meets.
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    base = api_url.rstrip("/")
    return Bot(
        token,
        base_url=f"{base}/bot",
        base_file_url=f"{base}/file/bot",
        request=_request(connections=64),
        get_updates_request=_request(connections=2),
    )


def silence() -> None:
    """Keep the token out of the logs: httpx writes every address at INFO."""
    for name in ("httpx", "httpcore"):
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.WARNING))


def is_refused(error: TelegramError) -> bool:
    """Whether Telegram does not know the token (any more)."""
    # An endpoint "not found" is a 401 or 404 to PTB's do_api_request.
    return isinstance(error, InvalidToken | EndPointNotFound)


def never_left(error: TelegramError) -> bool:
    """Whether the call certainly had no effect: it did not leave, or was declined."""
    if not isinstance(error, NetworkError) or "Gateway Time" in error.message:
        return False
    cause = error.__cause__
    answered = cause is None or isinstance(cause, TelegramError)
    return answered or isinstance(cause, _NEVER_LEFT)


def seconds_of(error: RetryAfter) -> float:
    """How long Telegram wants us to wait."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


def token_refused() -> PlatformRefused:
    """What to tell people when the token is not accepted."""
    return PlatformRefused(
        "KF-521",
        "Telegram does not accept the bot's token",
        where="TELEGRAM_BOT_TOKEN",
        why="the token is mistyped, or it was revoked in @BotFather",
        fix="open @BotFather, send /mybots, choose the bot, API Token, "
        "put it into TELEGRAM_BOT_TOKEN and start again",
    )


def webhook_refused(url: str, why: str) -> PlatformRefused:
    """What to tell people when the webhook is not accepted."""
    return PlatformRefused(
        "KF-522",
        "Telegram does not accept the webhook",
        where=f"KEFU_TELEGRAM_WEBHOOK_URL={url}",
        why=why,
        fix="give a public https address on port 443, 80, 88 or 8443 that ends in "
        "/telegram, or set KEFU_TELEGRAM_MODE=polling, which needs none",
    )


def _request(*, connections: int) -> HTTPXRequest:
    return HTTPXRequest(
        connection_pool_size=connections,
        connect_timeout=10.0,
        read_timeout=20.0,
        write_timeout=10.0,
        pool_timeout=20.0,
    )
