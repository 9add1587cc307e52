"""The SDK's log, without secrets: tokens and socket tickets never reach it."""

import logging
import re

NAME = "kefu.slack.sdk"
_SECRET = re.compile(r"(xox[a-z]-|xapp-|ticket=)[^\s'\"&<>]+")


class Redact(logging.Filter):
    """Takes the secrets out of a record, its traceback included."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true: the record stays, its secrets do not."""
        record.msg = _clean(record.getMessage())
        record.args = ()
        if record.exc_info and record.exc_info[1] is not None:
            # Only the kind: an exception's text and frames may hold the socket's URL.
            record.msg += f" [{type(record.exc_info[1]).__name__}]"
            record.exc_info, record.exc_text = None, None
        return True


def sdk_logger() -> logging.Logger:
    """The logger given to the SDK: warnings and worse, redacted."""
    logger = logging.getLogger(NAME)
    logger.setLevel(logging.WARNING)
    if not any(isinstance(known, Redact) for known in logger.filters):
        logger.addFilter(Redact())
    return logger


def _clean(text: str) -> str:
    return _SECRET.sub(r"\1[hidden]", text)
