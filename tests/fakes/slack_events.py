"""Payloads as Slack sends them, with everything it adds around what matters."""

import itertools
from typing import Any

Json = dict[str, Any]
TEAM, BOT_USER = "T1", "UBOT"
_ids = itertools.count(1)


def event_callback(event: Json, *, event_id: str = "") -> Json:
    """An event in its wrapping."""
    return {
        "token": "old-shared-secret",
        "team_id": TEAM,
        "context_team_id": TEAM,
        "api_app_id": "A1",
        "event": event,
        "type": "event_callback",
        "event_id": event_id or f"Ev{next(_ids)}",
        "event_time": 1_760_000_000,
        "authorizations": [{"team_id": TEAM, "user_id": BOT_USER, "is_bot": True}],
        "is_ext_shared_channel": False,
    }


def message(
    text: str,
    *,
    ts: str,
    channel: str = "D1",
    user: str = "U1",
    thread_ts: str | None = None,
    **more: Any,
) -> Json:
    """A message event; a direct one in a channel whose name starts with D."""
    kinds = {"D": "im", "G": "group", "M": "mpim"}
    event = {
        "type": "message",
        "channel": channel,
        "user": user,
        "text": text,
        "ts": ts,
        "event_ts": ts,
        "team": TEAM,
        "channel_type": kinds.get(channel[0], "channel"),
        "blocks": [{"type": "rich_text", "block_id": "b1", "elements": []}],
    }
    if thread_ts is not None:
        event["thread_ts"] = thread_ts
    return event_callback(event | more)


def mention(
    text: str,
    *,
    ts: str,
    channel: str = "C1",
    user: str = "U1",
    thread_ts: str | None = None,
    **more: Any,
) -> Json:
    """An app_mention event; `text` comes after the mention."""
    payload = message(
        f"<@{BOT_USER}> {text}",
        ts=ts,
        channel=channel,
        user=user,
        thread_ts=thread_ts,
        **({"type": "app_mention"} | more),
    )
    del payload["event"]["channel_type"]
    return payload


def press(post: Json, action_id: str, *, user: str = "U1", action_ts: str = "") -> Json:
    """A press on a button of a post that the bot made."""
    [button] = [
        element
        for block in post["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
        if element["action_id"] == action_id
    ]
    container = {
        "type": "message",
        "message_ts": post["ts"],
        "channel_id": post["channel"],
        "is_ephemeral": post["method"] == "chat.postEphemeral",
    }
    said = {"ts": post["ts"], "text": post["text"], "user": BOT_USER}
    if post.get("thread_ts"):
        container["thread_ts"] = said["thread_ts"] = post["thread_ts"]
    return {
        "type": "block_actions",
        "token": "old-shared-secret",
        "user": {"id": user, "username": "someone", "team_id": TEAM},
        "team": {"id": TEAM, "domain": "acme"},
        "api_app_id": "A1",
        "container": container,
        "trigger_id": f"trigger.{next(_ids)}",
        "channel": {"id": post["channel"], "name": "somewhere"},
        "message": said,
        "response_url": "https://hooks.slack.com/actions/secret",
        "actions": [
            {
                "type": "button",
                "action_id": action_id,
                "block_id": "x1",
                "text": button["text"],
                "value": button["value"],
                "action_ts": action_ts or f"{1_760_100_000 + next(_ids)}.000200",
            }
        ],
    }


def submission(view: Json, text: str | None, *, user: str = "U1") -> Json:
    """A modal sent off with this text in its one field."""
    [field] = [block for block in view["blocks"] if block["type"] == "input"]
    entered = {
        field["element"]["action_id"]: {"type": "plain_text_input", "value": text}
    }
    return {
        "type": "view_submission",
        "team": {"id": TEAM, "domain": "acme"},
        "user": {"id": user, "team_id": TEAM},
        "api_app_id": "A1",
        "token": "old-shared-secret",
        "trigger_id": f"trigger.{next(_ids)}",
        "view": view | {"state": {"values": {field["block_id"]: entered}}},
        "response_urls": [],
    }


def command(
    name: str, text: str = "", *, channel: str = "C1", user: str = "U1"
) -> Json:
    """A slash command; deliver it as "slash_commands"."""
    return {
        "token": "old-shared-secret",
        "team_id": TEAM,
        "team_domain": "acme",
        "channel_id": channel,
        "channel_name": "somewhere",
        "user_id": user,
        "user_name": "someone",
        "command": name,
        "text": text,
        "api_app_id": "A1",
        "is_enterprise_install": "false",
        "response_url": "https://hooks.slack.com/commands/secret",
        "trigger_id": f"trigger.{next(_ids)}",
    }
