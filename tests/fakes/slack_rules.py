"""What Slack refuses, and which scope each call needs."""

from typing import Any

Json = dict[str, Any]
_HISTORY = {"D": "im:history", "G": "groups:history", "M": "mpim:history"}
_MOST_BLOCKS, _SECTION, _TOGETHER, _ACTIONS = 50, 3_000, 11_000, 25
_BUTTON, _VALUE, _TITLE, _PRIVATE = 75, 2_000, 24, 3_000


def scopes_of(method: str, channel: str) -> set[str]:
    """The scopes that a call uses."""
    if method.startswith("chat."):
        return {"chat:write"}
    if method.startswith("conversations."):
        return {_HISTORY.get(channel[:1], "channels:history")}
    return set()


def refusal(method: str, arguments: Json) -> str | None:
    """Slack's error for what it would not take, or None."""
    if method.startswith("chat."):
        return _post(arguments)
    if method == "views.open":
        return _view(arguments)
    return None


def _post(post: Json) -> str | None:
    blocks = post.get("blocks") or []
    if not post.get("channel"):
        return "channel_not_found"
    if not post.get("text") and not blocks:
        return "no_text"
    if len(post.get("text", "")) > 40_000:
        return "msg_too_long"
    if len(blocks) > _MOST_BLOCKS or not all(map(_block_is_good, blocks)):
        return "invalid_blocks"
    together = sum(len(b.get("text", {}).get("text", "")) for b in blocks)
    return "msg_blocks_too_long" if together > _TOGETHER else None


def _block_is_good(block: Json) -> bool:
    if block["type"] == "section":
        return 0 < len(block["text"]["text"]) <= _SECTION
    if block["type"] == "actions":
        buttons = block["elements"]
        names = {button["action_id"] for button in buttons}
        return (
            0 < len(buttons) <= _ACTIONS
            and len(names) == len(buttons)
            and all(
                0 < len(button["text"]["text"]) <= _BUTTON
                and len(button.get("value", "")) <= _VALUE
                for button in buttons
            )
        )
    kind: str = block["type"]
    return kind == "input"


def _view(arguments: Json) -> str | None:
    view = arguments["view"]
    if not arguments.get("trigger_id"):
        return "invalid_trigger"
    good = (
        len(view["title"]["text"]) <= _TITLE
        and len(view.get("private_metadata", "")) <= _PRIVATE
        and all(map(_block_is_good, view["blocks"]))
    )
    return None if good else "invalid_arguments"
