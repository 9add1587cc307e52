"""The question behind a thumb down: what should it have said?"""

import json
from typing import Any

from adapters.slack.translate import CORRECTION, FIELD
from storage.records import Json, Turn

_SHOWN_CHARACTERS = 600
_WORDS = {
    "en": {
        "title": "Improve this answer",
        "submit": "Send",
        "close": "Cancel",
        "asked": "Asked",
        "said": "Answered",
        "label": "What should it have said?",
        "empty": "Please write the answer you would have liked.",
    },
    "zh": {
        "title": "改进这个回答",
        "submit": "提交",
        "close": "取消",
        "asked": "问题",
        "said": "回答",
        "label": "应该怎么回答？",
        "empty": "请写下您认为正确的回答。",
    },
}


def view(turn: Turn, conversation_id: str) -> dict[str, Any]:
    """The modal about a turn, in the turn's language."""
    language = turn.understanding.language
    words = _words(language)
    about = {
        "turn_id": turn.id,
        "conversation_id": conversation_id,
        "language": language,
    }
    return {
        "type": "modal",
        "callback_id": CORRECTION,
        "private_metadata": json.dumps(about),
        "title": _plain(words["title"]),
        "submit": _plain(words["submit"]),
        "close": _plain(words["close"]),
        "blocks": [
            _shown(words["asked"], turn.message.text),
            _shown(words["said"], turn.reply.text),
            {
                "type": "input",
                "block_id": FIELD,
                "label": _plain(words["label"]),
                "element": {
                    "type": "plain_text_input",
                    "action_id": FIELD,
                    "multiline": True,
                    "max_length": 3000,
                },
            },
        ],
    }


def empty_answer(language: str) -> Json:
    """The reply to a submission without words: Slack keeps the modal open."""
    return {
        "response_action": "errors",
        "errors": {FIELD: _words(language)["empty"]},
    }


def _words(language: str) -> dict[str, str]:
    return _WORDS.get(language, _WORDS["en"])


def _shown(name: str, text: str) -> dict[str, Any]:
    """A quoted text; plain, so that nothing in it is markup."""
    short = text[:_SHOWN_CHARACTERS] + ("…" if len(text) > _SHOWN_CHARACTERS else "")
    return {"type": "section", "text": _plain(f"{name}: {short}")}


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}
