"""Logs go to stderr, one event a line, without tokens and without what people wrote."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Final

import structlog

from bot.settings import Settings

# Slack's tokens, Telegram's, and passwords in URLs.
_SECRET: Final = re.compile(
    r"xox[a-z]-[\w-]+|xapp-[\w-]+|\b\d{6,}:[\w-]{30,}|(?<=://)[^/\s:@]+:[^@\s]+(?=@)"
)
_NOISY: Final = (
    "httpx",
    "httpcore",
    "slack_bolt",
    "slack_sdk",
    "apscheduler",
    "telegram",
)


def set_up_logs(settings: Settings, *, quiet: bool = False) -> None:
    """Configure structlog and the libraries' logging. Called once, by a command.

    Args:
        quiet: warnings and worse only, where somebody chats in the terminal.
    """
    shown = "warning" if quiet else settings.log_level
    level = logging.getLevelNamesMapping()[shown.upper()]
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        without_secrets,
    ]
    last: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if settings.log_format == "pretty":
        last = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[*shared, last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, force=True)
    logging.getLogger().handlers[0].addFilter(_mask_record)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.ERROR)


def without_secrets(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> Mapping[str, Any]:
    """Mask whatever looks like a token, wherever it stands."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = _SECRET.sub("[secret]", value)
    return event


def _mask_record(record: logging.LogRecord) -> bool:
    record.msg, record.args = _SECRET.sub("[secret]", record.getMessage()), ()
    return True
