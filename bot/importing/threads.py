"""Tables with one message a row, as help desks export conversations.

The rows of a conversation are brought together by its number, in the order in which
they were written. A table of any other kind passes through untouched.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from bot.importing.history import Dialogue, Remark, role_named, ticket
from bot.importing.pages import words_of
from bot.importing.report import Rejected
from bot.importing.rows import Place, Read, Row

_NAMES = {
    "conversation": "conversationid conversation threadid ticketid ticket chatid "
    "sessionid dialogueid 会话id 会话编号 对话id 对话编号 工单编号 工单号",
    "text": "messagebody body message text content comment commentbody plainbody "
    "消息内容 内容 消息 正文 聊天内容",
    "role": "messageauthortype authortype authorrole role sendertype messagetype "
    "sender from 角色 发送方 发送者类型 发送人类型 身份",
    "time": "createdat createdtime time timestamp sentat date 时间 发送时间 创建时间",
    "kind": "messagetype public ispublic private 类型 消息类型",
    "name": "authorname messageauthorname sendername name 姓名 发送人 发送者",
}
_METRICS = re.compile(r"first ?response|resolution ?time|首次响应|平均响应", re.I)
_NOT_PUBLIC = {"note", "false", "private", "internal", "activity", "noteandreopen"}


@dataclass
class _Thread:
    line: int
    remarks: list[tuple[str, int, Remark]]
    names: set[str]


def joined(place: Place, rows: Iterator[Read]) -> Iterator[Read]:
    """The rows, or the conversations that they are messages of."""
    first: list[Read] = []
    for each in rows:
        first.append(each)
        if isinstance(each, Row):
            break
    else:
        yield from first
        return
    sample = first[-1]
    columns = _columns(sample.cells) if isinstance(sample, Row) else None
    every = chain(first, rows)
    if columns is not None:
        yield from _conversations(place, every, columns)
    elif isinstance(sample, Row) and _is_report(sample.cells):
        why = "it is a report in numbers: there is no text of a conversation in it"
        fix = "export the conversations or the articles instead"
        yield place.refuse(0, why, fix)
    elif isinstance(sample, Row) and _is_ticket_list(sample.cells):
        why = "it lists tickets without the agents' answers"
        fix = "export the tickets with their comments, as JSON or XML"
        yield place.refuse(0, why, fix)
    else:
        yield from every


def _conversations(
    place: Place, rows: Iterator[Read], columns: Mapping[str, str]
) -> Iterator[Read]:
    place = place.as_form("conversations, a message a row")
    threads: dict[str, _Thread] = {}
    for row in rows:
        if isinstance(row, Rejected):
            yield row
            continue
        cell = {name: str(row.cells.get(key) or "") for name, key in columns.items()}
        role, text = role_named(cell["role"]), words_of(cell["text"])
        if not cell["conversation"].strip():
            why = f"the {columns['conversation']} is empty"
            yield place.refuse(row.line, why, "say which conversation it belongs to")
        elif role is None:
            why = f"{cell['role']!r} is neither a customer nor an agent"
            yield place.leave(row.line, why[:200])
        elif not text:
            yield place.leave(row.line, "the message is empty")
        elif _is_internal(columns.get("kind", ""), cell.get("kind", "")):
            why = "the message was not public"
            yield place.leave(row.line, why)
        else:
            thread = threads.setdefault(
                cell["conversation"].strip(), _Thread(row.line, [], set())
            )
            remark = Remark(role=role, text=text)
            thread.remarks.append((cell.get("time", ""), row.line, remark))
            thread.names.add(cell.get("name", ""))
    for identity, thread in threads.items():
        dialogue = Dialogue(
            id=identity,
            remarks=tuple(each[2] for each in _in_order(thread)),
            names=frozenset(thread.names - {""}),
        )
        yield from ticket(place, thread.line, dialogue)


def _in_order(thread: _Thread) -> list[tuple[str, int, Remark]]:
    """By time where all have one of the same form; else as the file has them."""
    forms = {re.sub(r"\d", "0", each[0]) for each in thread.remarks}
    if len(forms) == 1 and re.match(r"0000.00.00|0{9,}$", next(iter(forms))):
        return sorted(thread.remarks, key=lambda each: (each[0], each[1]))
    return thread.remarks


def _columns(cells: Mapping[str, Any]) -> dict[str, str] | None:
    """Meaning -> column, if the table holds messages of conversations."""
    bare = {_bare(name): name for name in cells}
    found = {}
    for meaning, names in _NAMES.items():
        name = next((each for each in names.split() if each in bare), None)
        if name is not None:
            found[meaning] = bare[name]
    if found.get("kind") == found.get("role"):
        found.pop("kind", None)
    needed = {"conversation", "text", "role"}
    return found if needed <= found.keys() else None


def _is_internal(column: str, kind: str) -> bool:
    said = "".join(each for each in kind.casefold() if each.isalnum())
    if _bare(column) == "private":
        return said in ("true", "1", "yes", "是")
    return said in _NOT_PUBLIC


def _is_report(cells: Mapping[str, Any]) -> bool:
    return any(_METRICS.search(str(name)) for name in cells)


def _is_ticket_list(cells: Mapping[str, Any]) -> bool:
    bare = {_bare(name) for name in cells}
    return "requester" in bare and "subject" in bare and not {"answer"} & bare


def _bare(name: object) -> str:
    return "".join(each for each in str(name).casefold() if each.isalnum())
