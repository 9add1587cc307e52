"""The words that exist on Telegram only: the command menu and the notes on presses."""

from collections.abc import Mapping
from typing import Final, TypeAlias

from adapters.telegram.render import is_chosen
from adapters.telegram.translate import Press
from storage.records import Choice, Event, Outgoing, Vote

# language code -> (command, what it does); "" is for everybody else
Menus: TypeAlias = Mapping[str, tuple[tuple[str, str], ...]]
_EN: Final = (
    ("start", "What this bot does"),
    ("help", "How to use it"),
    ("human", "Ask for a person"),
    ("forget", "Erase what is remembered of you"),
)
_ZH: Final = (
    ("start", "认识一下客服助手"),
    ("help", "使用说明"),
    ("human", "转人工"),
    ("forget", "清除记住的信息"),
)
COMMANDS: Final[Menus] = {"": _EN, "en": _EN, "zh": _ZH}
_WHY_EN: Final = ("why", "Why the last reply is what it is")
STAFF_COMMANDS: Final[Menus] = {
    "": (*_EN, _WHY_EN),
    "en": (*_EN, _WHY_EN),
    "zh": (*_ZH, ("why", "上一个回答的依据")),
}
_NOTES: Final[Mapping[str, Mapping[str, str]]] = {
    "vote": {"en": "Noted, thank you!", "zh": "收到，谢谢！"},
    "withdrawn": {"en": "Taken back", "zh": "已撤回"},
    "choice": {"en": "One moment…", "zh": "请稍候…"},
    "unknown": {
        "en": "This button no longer works.",
        "zh": "这个按钮已经失效了。",
    },
}
INVITATION: Final[Mapping[str, str]] = {
    "en": "To do so, reply to this message with the right answer.",
    "zh": "请直接回复这条消息，写上正确的答案。",
}


def invited(outgoing: Outgoing) -> str:
    """The text; where a correction is asked for, with how to give one here."""
    asks = outgoing.turn_id and outgoing.recipient_id and not outgoing.votable
    if not asks:
        return outgoing.text
    return f"{outgoing.text}\n{INVITATION.get(outgoing.language, INVITATION['en'])}"


def acknowledgement(press: Press, event: Event | None) -> str:
    """What pops up when a button was pressed, in the person's language."""
    name = "unknown"
    if isinstance(event, Choice):
        name = "choice"
    elif isinstance(event, Vote):
        taken_back = press.is_private and is_chosen(press.keyboard, press.data)
        name = "withdrawn" if taken_back else "vote"
    return _NOTES[name][press.language]
