"""The doors people come through: Slack, Telegram, the web page, the terminal.

Each is made from the settings; one whose tokens are not set is not made. The SDKs are
imported only for the doors that are opened.
"""

import errno
import socket
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bot.app import App, Channel, new_id, now, roles_of
from bot.desk import Desk
from bot.settings import Settings
from storage.problems import EnvironmentProblem

if TYPE_CHECKING:
    from pydantic import SecretStr


def channels(app: App) -> Mapping[str, Channel]:
    """The channels whose tokens are set, by name.

    Raises:
        BadInput: only a part of a platform's tokens is set.
    """
    found: dict[str, Channel] = {}
    if app.settings.slack_bot_token or app.settings.slack_app_token:
        found["slack"] = _slack(app)
    if app.settings.telegram_bot_token:
        found["telegram"] = _telegram(app)
    return found


def _slack(app: App) -> Channel:
    from adapters.slack.app import SlackChannel

    settings = app.settings
    return SlackChannel(
        database=app.database,
        bot_token=_plain(settings.slack_bot_token),
        app_token=_plain(settings.slack_app_token),
        api_url=settings.slack_api_url,
        workspace=settings.workspace,
        now=now,
        new_id=new_id,
    )


def _telegram(app: App) -> Channel:
    from adapters.telegram.channel import TelegramChannel

    settings = app.settings
    return TelegramChannel(
        database=app.database,
        token=_plain(settings.telegram_bot_token),
        api_url=settings.telegram_api_url,
        workspace=settings.workspace,
        mode=settings.telegram_mode,
        webhook_url=settings.telegram_webhook_url,
        webhook_secret=_plain(settings.telegram_webhook_secret),
        staff=_staff_of("telegram", settings),
        now=now,
        new_id=new_id,
    )


def _staff_of(platform: str, settings: Settings) -> list[int]:
    """The agents and admins of a platform whose people are numbers."""
    roles = roles_of(settings)
    named = (each.partition(":") for each in sorted(roles.admins | roles.agents))
    return [int(id) for name, _, id in named if name == platform and id.isdecimal()]


def web(
    app: App, *, desk: Desk, ready: Callable[[], list[str]], doors: Sequence[Channel]
) -> Any:
    """The web application: the chat page, health, and the webhook if there is one."""
    from adapters.web.app import create_app

    routers = [door.router() for door in doors if hasattr(door, "router")]
    return create_app(
        answer=desk.answer,
        learn=desk.learn,
        ready=ready,
        routers=[router for router in routers if router is not None],
        now=now,
        new_id=new_id,
        workspace=app.settings.workspace,
        hosts=_hosts(app.settings.web_host),
    )


def _hosts(host: str) -> tuple[str, ...]:
    """On loopback only its own names are served, so that no other name leads here."""
    loopback = {"127.0.0.1", "localhost", "::1"}
    return ("127.0.0.1", "localhost", "::1") if host in loopback else ()


def web_socket(host: str, port: int) -> socket.socket:
    """A bound socket, so that a taken port is told before anything else starts.

    Raises:
        EnvironmentProblem: KF-607, the address cannot be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        taken = error.errno == errno.EADDRINUSE
        raise EnvironmentProblem(
            "KF-607",
            "the web chat's address cannot be used",
            where=f"KEFU_WEB_HOST={host} KEFU_WEB_PORT={port}",
            why="another program listens there" if taken else str(error),
            fix="set KEFU_WEB_PORT to another port, or to 0 for any free one",
        ) from error
    return listener


def _plain(secret: "SecretStr | None") -> str:
    return secret.get_secret_value() if secret else ""
