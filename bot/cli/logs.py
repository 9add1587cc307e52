"""Logs go to stderr, one event a line, without tokens and without what people wrote."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, Final, TextIO, cast

import structlog

if TYPE_CHECKING:
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


class _Stderr:
    """Whatever is the standard error at the moment of writing."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


_STDERR: Final = cast(TextIO, _Stderr())  # the two methods that loggers call


class _Handler(logging.StreamHandler[TextIO]):
    """Ours, so that setting up twice does not write twice."""


def set_up_logs(settings: "Settings | None" = None, *, quiet: bool = False) -> None:
    """Configure structlog and the libraries' logging. Nothing of it goes to stdout.

    Args:
        settings: what the log looks like; None, before they are read, is plain JSON.
        quiet: warnings and worse only, where stdout is a person's or a result's.
    """
    shown = "warning" if quiet or settings is None else settings.log_level
    level = logging.getLevelNamesMapping()[shown.upper()]
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        without_secrets,
    ]
    last: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if settings is not None and settings.log_format == "pretty":
        last = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[*shared, last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(_STDERR),
        cache_logger_on_first_use=settings is not None and not quiet,
    )
    root = logging.getLogger()
    root.setLevel(logging.WARNING)
    for own in [each for each in root.handlers if isinstance(each, _Handler)]:
        root.removeHandler(own)
    handler = _Handler(_STDERR)
    handler.addFilter(_mask_record)
    root.addHandler(handler)
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
