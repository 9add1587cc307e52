"""Tickets, articles and ready-made replies as help desks export them.

Zendesk, Intercom and Chatwoot say the same things with other names; each function here
knows one object of one of them and makes rows of it. A ticket gives its first public
question with its last public answer; an article, the sections of its page.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.importing.history import AGENT, CUSTOMER, Dialogue, Remark, role_named, ticket
from bot.importing.pages import read_page, words_of
from bot.importing.rows import Place, Read, Row

_UNPUBLISHED = {"draft", "archived", "unpublished", "0", "2"}
_CHATWOOT = {"0": "incoming", "1": "outgoing"}


def zendesk_ticket(place: Place, line: int, item: Mapping[str, Any]) -> Iterator[Read]:
    """A ticket of an account export, with its comments."""
    place = place.as_form("Zendesk tickets")
    requester = item.get("requester")
    asker = requester.get("id") if isinstance(requester, dict) else None
    asker = asker or item.get("requester_id")
    names = {
        _name(requester),
        _name(item.get("submitter")),
        _name(item.get("assignee")),
    }
    remarks: list[Remark] = []
    for comment in _in_order(item.get("comments")):
        if str(comment.get("public", True)).lower() not in ("true", "1"):
            continue  # a note between agents
        author = comment.get("author")
        names.add(_name(author))
        by = author.get("id") if isinstance(author, dict) else None
        by = by or comment.get("author_id")
        asked = by == asker if asker and by else not remarks
        text = _body(comment, "plain_body", "body", "html_body", "value")
        remarks.append(Remark(role=CUSTOMER if asked else AGENT, text=text))
    if not any(each.role == CUSTOMER for each in remarks):
        text = _body(item, "description", "subject")
        remarks.insert(0, Remark(role=CUSTOMER, text=text))
    dialogue = _dialogue(item, line, remarks, names)
    yield from ticket(place, line, dialogue)


def article(
    place: Place, line: int, item: Mapping[str, Any], form: str
) -> Iterator[Read]:
    """A help-centre article whose body is HTML, as the sections of a page."""
    place = place.as_form(form)
    state = item.get("state", item.get("status", ""))
    if item.get("draft") is True or str(state).lower() in _UNPUBLISHED:
        yield place.refuse(line, "the article is not published", "publish it first")
        return
    body = item.get("body") or item.get("content") or item.get("description")
    title = str(item.get("title") or item.get("name") or "").strip()
    if not isinstance(body, str) or not body.strip():
        yield place.refuse(line, "the article has no body", "write it, or leave it out")
        return
    address = item.get("html_url") or item.get("url") or item.get("slug")
    address = address or f"article {item.get('id', line)}"
    for row in read_page(place, body, address=str(address)):
        yield _of_article(place, line, row, title, item)


def intercom_conversation(
    place: Place, line: int, item: Mapping[str, Any]
) -> Iterator[Read]:
    """A conversation of Intercom's API: its source and the parts that follow."""
    parts = item.get("conversation_parts")
    listed = parts.get("conversation_parts") if isinstance(parts, dict) else parts
    remarks, names = [], set()
    for part in [item.get("source"), *_in_order(listed)]:
        if not isinstance(part, dict) or part.get("part_type") == "note":
            continue
        author = part.get("author")
        role = role_named(author.get("type")) if isinstance(author, dict) else None
        names.add(_name(author))
        if role is not None:
            remarks.append(Remark(role=role, text=_body(part, "body")))
    dialogue = _dialogue(item, line, remarks, names)
    yield from ticket(place.as_form("Intercom conversations"), line, dialogue)


def chatwoot_conversation(
    place: Place, line: int, item: Mapping[str, Any]
) -> Iterator[Read]:
    """A conversation of Chatwoot's API; activities and private notes do not count."""
    remarks, names = [], set()
    for message in _in_order(item.get("messages")):
        names.add(_name(message.get("sender")))
        kind = str(message.get("message_type"))
        role = role_named(_CHATWOOT.get(kind, kind))
        if role is not None and not message.get("private"):
            remarks.append(Remark(role=role, text=_body(message, "content")))
    meta = item.get("meta")
    names.add(_name(meta.get("sender")) if isinstance(meta, dict) else "")
    dialogue = _dialogue(item, line, remarks, names)
    yield from ticket(place.as_form("Chatwoot conversations"), line, dialogue)


def canned_reply(place: Place, line: int, item: Mapping[str, Any]) -> Iterator[Read]:
    """A ready-made reply of Chatwoot: people approved it when they saved it."""
    code = str(item.get("short_code") or "")
    cells = {
        "question": " ".join(code.replace("_", " ").replace("-", " ").split()),
        "answer": words_of(str(item.get("content") or "")),
    }
    yield place.as_form("Chatwoot canned responses").row(line, cells)


def _of_article(
    place: Place, line: int, row: Read, title: str, item: Mapping[str, Any]
) -> Read:
    """A row of the article's page, under the article's own title and language."""
    if not isinstance(row, Row):
        return place.refuse(line, f"article {item.get('id', '')}: {row.why}", row.fix)
    cells = dict(row.cells)
    if "title" in cells and title:
        cells["title"] = title
    # The locale is a hint only: a French article is read as what it shows.
    locale = str(item.get("locale") or "").lower()
    if locale.startswith(("en", "zh")):
        cells["language"] = locale[:2]
    return place.row(line, cells)


def _dialogue(
    item: Mapping[str, Any], line: int, remarks: Sequence[Remark], names: set[str]
) -> Dialogue:
    identity = item.get("id") or item.get("nice_id") or item.get("display_id") or line
    said = tuple(each for each in remarks if each.text)
    return Dialogue(id=str(identity), remarks=said, names=frozenset(names - {""}))


def _in_order(items: object) -> list[dict[str, Any]]:
    """Oldest first where all of them say when they were written."""
    listed = items if isinstance(items, list) else []
    found = [each for each in listed if isinstance(each, dict)]
    times = [each.get("created_at") for each in found]
    if any(all(isinstance(t, kind) for t in times) for kind in (str, int)):
        return sorted(found, key=lambda each: each["created_at"])
    return found


def _name(person: object) -> str:
    return str(person.get("name") or "") if isinstance(person, dict) else ""


def _body(item: Mapping[str, Any], *names: str) -> str:
    found = (item.get(name) for name in names)
    text = next((each for each in found if isinstance(each, str) and each), "")
    return words_of(text)
