"""The Slack app, as an admin pastes it: what kefu may do there, and nothing more.

Every scope and event is used by the code and has its reason here.
"""

from typing import Any

# What each bot scope is for. `connections:write` belongs to the app-level token.
SCOPES = {
    "app_mentions:read": "hears messages that mention @kefu",
    "channels:history": "follows threads in public channels that it answers in, and "
    "looks up there whether a reply has arrived",
    "chat:write": "posts replies",
    "commands": "offers /kefu, /human, /forget, /why and /train",
    "groups:history": "the same in private channels it was invited to",
    "im:history": "reads and answers direct messages",
    "mpim:history": "the same in group messages it was added to",
}
# What is subscribed to, and the scope that it needs.
EVENTS = {
    "app_mention": "app_mentions:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "message.mpim": "mpim:history",
}
# /status would be natural, but Slack keeps that name for itself and refuses the
# whole manifest: it is "/kefu status".
COMMANDS = (
    (
        "/kefu",
        "Ask kefu, or see how it is doing",
        "[question | status | forget | help]",
    ),
    ("/human", "Ask for a person", ""),
    ("/forget", "Erase what kefu remembers of you", ""),
    ("/why", "Why kefu's last reply is what it is (agents; in a thread: !why)", ""),
    ("/train", "Start or watch a learning cycle (admins)", "[status | stop]"),
)


def manifest(name: str = "kefu") -> dict[str, Any]:
    """The app's manifest for Socket Mode, as an object to be printed as JSON."""
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": name,
            "description": "Answers customers from your own knowledge",
            "background_color": "#1f4d3a",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": False,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": name, "always_online": True},
            "slash_commands": [_command(*command) for command in COMMANDS],
        },
        "oauth_config": {"scopes": {"bot": sorted(SCOPES)}},
        "settings": {
            "event_subscriptions": {"bot_events": sorted(EVENTS)},
            "interactivity": {"is_enabled": True},
            "org_deploy_enabled": False,
            "socket_mode_enabled": True,
            "token_rotation_enabled": False,
        },
    }


def _command(command: str, description: str, hint: str) -> dict[str, Any]:
    entry = {"command": command, "description": description, "should_escape": False}
    return entry | ({"usage_hint": hint} if hint else {})
