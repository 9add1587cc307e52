"""A reply as Slack's blocks, in as few posts as its limits allow.

Each post carries our delivery id in its metadata: by it a post is found again.
"""

from collections.abc import Sequence
from typing import Any

from adapters.slack import mrkdwn
from storage.records import Outgoing

EVENT_TYPE = "kefu_reply"
SECTION_CHARACTERS = 2_900  # Slack: 3,000
POST_CHARACTERS = 8_700  # all blocks together; Slack: about 11,000 and up
BUTTON_CHARACTERS = 75
CHOICES_AT_MOST = 10

Post = dict[str, Any]
_THUMBS = {
    "en": (("good", "👍", "This helped"), ("bad", "👎", "This did not help")),
    "zh": (("good", "👍", "有帮助"), ("bad", "👎", "没有帮助")),
}


def posts(outgoing: Outgoing) -> list[Post]:
    """The arguments of `chat.postMessage`, place aside, one post after the other."""
    pieces = list(mrkdwn.split(outgoing.text, POST_CHARACTERS))
    return [
        _post(outgoing, piece, number, len(pieces))
        for number, piece in enumerate(pieces, start=1)
    ]


def _post(outgoing: Outgoing, text: str, number: int, count: int) -> Post:
    sections = [_section(piece) for piece in mrkdwn.split(text, SECTION_CHARACTERS)]
    return {
        "text": mrkdwn.escape(text),
        "blocks": sections + (_buttons(outgoing) if number == count else []),
        "metadata": {
            "event_type": EVENT_TYPE,
            "event_payload": {"id": outgoing.id, "part": number, "parts": count},
        },
        "parse": "none",
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _section(text: str) -> dict[str, Any]:
    # verbatim: Slack makes nothing of names in plain text, so nobody can be pinged.
    # The space: Slack refuses an empty section.
    written = mrkdwn.write(text) or " "
    return {
        "type": "section",
        "text": {"type": "mrkdwn", "text": written, "verbatim": True},
    }


def _buttons(outgoing: Outgoing) -> list[dict[str, Any]]:
    if outgoing.turn_id is None:
        return []
    blocks = []
    if outgoing.choices:
        blocks += _choices(outgoing.choices, outgoing.turn_id)
    if outgoing.ask:
        blocks.append(_aside(outgoing.ask))
    if outgoing.votable:
        blocks.append(_thumbs(outgoing.language, outgoing.turn_id))
    return blocks


def _aside(text: str) -> dict[str, Any]:
    words = {"type": "plain_text", "text": text[:SECTION_CHARACTERS], "emoji": True}
    return {"type": "context", "elements": [words]}


def _choices(choices: Sequence[str], turn_id: str) -> list[dict[str, Any]]:
    """A button each; what does not fit on buttons is listed, and they are numbered."""
    shown = choices[:CHOICES_AT_MOST]
    numbered = any(len(choice) > BUTTON_CHARACTERS for choice in shown)
    labels = [str(n) if numbered else choice for n, choice in enumerate(shown, 1)]
    actions = {
        "type": "actions",
        "elements": [
            _button(f"choice:{number}", label, turn_id)
            for number, label in enumerate(labels)
        ],
    }
    listed = "\n".join(f"{n}. {choice}" for n, choice in enumerate(shown, 1))
    pieces = mrkdwn.split(listed, SECTION_CHARACTERS) if numbered else ()
    return [*(_section(piece) for piece in pieces), actions]


def _thumbs(language: str, turn_id: str) -> dict[str, Any]:
    return {
        "type": "actions",
        "elements": [
            _button(f"vote:{name}", thumb, turn_id) | {"accessibility_label": said}
            for name, thumb, said in _THUMBS.get(language, _THUMBS["en"])
        ],
    }


def _button(action_id: str, label: str, value: str) -> dict[str, Any]:
    return {
        "type": "button",
        "action_id": action_id,
        "text": {"type": "plain_text", "text": label, "emoji": True},
        "value": value,
    }
