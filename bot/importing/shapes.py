"""What one JSON object is: known by its keys, whatever file it stands in.

The shapes that trainers read (messages, prompt and completion, preference pairs), the
dialogues of our own, and the objects of help desks. Anything else stays the row that
it is, and its keys are read as column names.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from bot.importing.helpdesk import (
    article,
    canned_reply,
    chatwoot_conversation,
    intercom_conversation,
    zendesk_ticket,
)
from bot.importing.history import AGENT, CUSTOMER, Dialogue, Remark, chat, role_named
from bot.importing.rows import Place, Read

Object: TypeAlias = Mapping[str, Any]
_Reader: TypeAlias = Callable[[Place, int, Object], Iterator[Read]]


def rows_of(place: Place, line: int, item: Object) -> Iterator[Read]:
    """The rows that an object makes.

    Args:
        line: of the file, or the object's number in a list.
    """
    for fits, reader in _SHAPES:
        if fits(item):
            yield from reader(place, line, item)
            return
    yield place.row(line, item)


def _dialogue(form: str, key: str, by: str, says: str) -> _Reader:
    """A reader of an object whose remarks stand in a list under `key`."""

    def reader(place: Place, line: int, item: Object) -> Iterator[Read]:
        yield from _chat(place.as_form(form), line, item, _remarks(item[key], by, says))

    return reader


def _chat(
    place: Place, line: int, item: Object, remarks: tuple[Remark, ...]
) -> Iterator[Read]:
    identity = item.get("id") or item.get("conversation_id") or line
    yield from chat(place, line, Dialogue(id=str(identity), remarks=remarks))


def _remarks(items: Any, by: str, says: str) -> tuple[Remark, ...]:
    found = []
    for each in items if isinstance(items, list) else []:
        role = role_named(each.get(by)) if isinstance(each, dict) else None
        text = _words(each.get(says)) if role else ""
        if role and text:
            found.append(Remark(role=role, text=text))
    return tuple(found)


def _words(content: Any) -> str:
    """A message's text, also where it comes in parts."""
    if isinstance(content, list):
        parts = [each.get("text") for each in content if isinstance(each, dict)]
        content = "\n".join(each for each in parts if isinstance(each, str))
    return content if isinstance(content, str) else ""


def _prompted(place: Place, line: int, item: Object) -> Iterator[Read]:
    """Prompt and completion as lists of messages."""
    place = place.as_form("prompts and completions")
    yield from _chat(place, line, item, _said(item, "completion"))


def _preferred(place: Place, line: int, item: Object) -> Iterator[Read]:
    """A preference pair: the reply that was chosen; the rejected one is not read."""
    place = place.as_form("preference pairs")
    prompt, chosen = item.get("prompt"), item.get("chosen")
    if isinstance(prompt, str) and isinstance(chosen, str):
        cells = {"question": prompt, "answer": chosen}
        if item.get("id") is not None:
            cells["id"] = str(item["id"])
        yield place.row(line, cells, waits=True)
    else:
        yield from _chat(place, line, item, _said(item, "chosen"))


def _said(item: Object, key: str) -> tuple[Remark, ...]:
    """The prompt's remarks, then those of its answer."""
    remarks: tuple[Remark, ...] = ()
    for name, role in (("prompt", CUSTOMER), (key, AGENT)):
        said = item.get(name)
        if isinstance(said, str):
            remarks += (Remark(role=role, text=said),)
        else:
            remarks += _remarks(said, "role", "content")
    return remarks


def _instructed(place: Place, line: int, item: Object) -> Iterator[Read]:
    """Instruction, input and output: what is asked is the first two together."""
    asked, given = item["instruction"], item.get("input")
    if isinstance(asked, str) and isinstance(given, str) and given:
        asked = f"{asked}\n{given}"
    known = ("instruction", "input", "output")
    cells = {name: item[name] for name in item if name not in known}
    place = place.as_form("instructions and outputs")
    yield place.row(line, {"question": asked, "answer": item["output"], **cells})


def _article_of(form: str) -> _Reader:
    def reader(place: Place, line: int, item: Object) -> Iterator[Read]:
        yield from article(place, line, item, form)

    return reader


def _has(*names: str) -> Callable[[Object], bool]:
    return lambda item: all(name in item for name in names)


def _lists(*names: str) -> Callable[[Object], bool]:
    return lambda item: any(isinstance(item.get(name), list) for name in names)


def _messages_with(name: str) -> Callable[[Object], bool]:
    def fits(item: Object) -> bool:
        listed = item.get("messages")
        first = listed[0] if isinstance(listed, list) and listed else None
        return isinstance(first, dict) and name in first

    return fits


def _is_ticket(item: Object) -> bool:
    known = {"requester_id", "requester", "subject", "description", "ticket_form_id"}
    return isinstance(item.get("comments"), list) and bool(known & item.keys())


def _is_zendesk_article(item: Object) -> bool:
    known = {"html_url", "section_id", "draft", "locale"}
    return "title" in item and "body" in item and len(known & item.keys()) > 1


def _is_intercom_article(item: Object) -> bool:
    known = {"state", "author_id", "workspace_id", "parent_id"}
    return "title" in item and "body" in item and len(known & item.keys()) > 1


_SHAPES: tuple[tuple[Callable[[Object], bool], _Reader], ...] = (
    (_lists("turns"), _dialogue("dialogues", "turns", "role", "text")),
    (_messages_with("message_type"), chatwoot_conversation),
    (_messages_with("content"), _dialogue("messages", "messages", "role", "content")),
    (_is_ticket, zendesk_ticket),
    (_has("conversation_parts"), intercom_conversation),
    (_lists("conversations"), _dialogue("messages", "conversations", "from", "value")),
    (_has("chosen", "rejected"), _preferred),
    (_has("short_code", "content"), canned_reply),
    (_is_zendesk_article, _article_of("Zendesk articles")),
    (_is_intercom_article, _article_of("Intercom articles")),
    (_has("instruction", "output"), _instructed),
    (_lists("prompt"), _prompted),
)
