"""Who is talking: a secret in the visitor's cookie, and what is known by it.

The conversation's id is made from the secret and not the other way round, so that
what is stored, exported or shown never lets anyone enter a conversation.
"""

import hashlib
import re
import secrets

from starlette.requests import Request
from starlette.responses import Response

COOKIE = "kefu_visitor"
LANGUAGE_COOKIE = "kefu_language"
_SECRET = re.compile(r"[A-Za-z0-9_-]{32}")
_YEAR_SECONDS = 365 * 24 * 3600


def secret_of(request: Request) -> str | None:
    """The visitor's secret, if the cookie holds one."""
    found = request.cookies.get(COOKIE, "")
    return found if _SECRET.fullmatch(found) else None


def new_secret() -> str:
    """192 random bits: chance is not handed in, since this one must be unguessable."""
    return secrets.token_urlsafe(24)


def conversation_of(secret: str) -> str:
    """The conversation's id: 32 hexadecimal digits."""
    return hashlib.blake2b(secret.encode(), digest_size=16).hexdigest()


def remember(request: Request, response: Response, secret: str) -> None:
    """Keep the secret until the browser is closed, away from any script."""
    response.set_cookie(
        COOKIE,
        secret,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


def remember_language(request: Request, response: Response, language: str) -> None:
    """Keep the page's language for a year."""
    response.set_cookie(
        LANGUAGE_COOKIE,
        language,
        max_age=_YEAR_SECONDS,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
