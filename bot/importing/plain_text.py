"""Plain text that is more than a document: questions with answers, a copied chat, or
a list of addresses. What is none of these is refused: a document should say so.
"""

import re
from collections.abc import Iterator

from bot.importing.chats import copied_chat, copied_remarks
from bot.importing.decode import decode, is_broken
from bot.importing.markdown import read_markdown
from bot.importing.pages import read_page
from bot.importing.rows import Place, Read, Row
from bot.importing.web import Fetcher, NotFetched

MAX_ADDRESSES = 500
_ADDRESS = re.compile(r"^[A-Za-z][A-Za-z0-9+.\-]*:\S+$")
_SCHEME = re.compile(
    r"^(?:[A-Za-z][A-Za-z0-9+.\-]*://|file:|data:|javascript:)\S*$", re.I
)
_QUESTION = re.compile(r"^\s*(?:Q|问|问题|Question)\s*\d*\s*[:：.、]\s*(.*)$", re.I)
_ANSWER = re.compile(r"^\s*(?:A|答|答案|回答|Answer)\s*\d*\s*[:：.、]\s*(.*)$", re.I)


def read_text(place: Place, text: str, fetcher: Fetcher | None) -> Iterator[Read]:
    """The rows of a text file, by what its lines look like."""
    if is_broken(text):
        why = "there are bytes that are no text in the file's encoding"
        yield place.refuse(0, why, "save the file as UTF-8")
        return
    lines = [line.strip() for line in text.splitlines()]
    said = [line for line in lines if line and not line.startswith("#")]
    if said and all(map(_SCHEME.match, said)):
        yield from read_addresses(place, text, fetcher)
    elif said and _QUESTION.match(said[0]):
        yield from _questions(place, lines)
    elif remarks := copied_remarks(text):
        yield from copied_chat(place, remarks)
    else:
        why = "it is no chat, no list of addresses and no questions with answers"
        fix = "call it .md if it is a document, .csv if it is a table"
        yield place.refuse(0, why, fix)


def read_addresses(place: Place, text: str, fetcher: Fetcher | None) -> Iterator[Read]:
    """The pages behind a list of addresses, one on each line; # begins a remark."""
    number = 0
    for line, address in enumerate(text.splitlines(), start=1):
        address = address.strip()
        if not address or address.startswith("#"):
            continue
        number += 1
        if not _ADDRESS.match(address):
            why = f"{address[:100]!r} is no address"
            yield place.refuse(
                line, why, "write https://host/page on a line of its own"
            )
        elif number > MAX_ADDRESSES:
            why = f"the list goes on after {MAX_ADDRESSES} addresses"
            yield place.refuse(line, why, "split it")
            return
        elif fetcher is None:
            why = f"{address[:200]} was not fetched: that must be asked for"
            yield place.refuse(line, why, "add --fetch")
        else:
            yield from _page(place, line, address, fetcher)
    if not number:
        yield place.refuse(0, "there is no address in it", "write one on each line")


def _page(place: Place, line: int, address: str, fetcher: Fetcher) -> Iterator[Read]:
    try:
        page = fetcher.fetch(address)
    except NotFetched as error:
        yield place.refuse(line, f"{address[:200]}: {error.why}", error.fix)
        return
    here = Place(path=page.address, source=page.address, form="web page")
    try:
        text = page.content.decode(page.charset) if page.charset else None
    except (LookupError, UnicodeError):
        text = None
    text = decode(page.content)[0] if text is None else text
    if page.kind in ("text/plain", "text/markdown"):
        yield from read_markdown(here, text)
        return
    for row in read_page(here, text, address=page.address):
        if isinstance(row, Row):
            yield row
        else:
            yield place.refuse(line, f"{address[:200]}: {row.why}", row.fix)


def _questions(place: Place, lines: list[str]) -> Iterator[Read]:
    """问：… 答：… and Q: … A: …, each over one line or several."""
    place = place.as_form("questions and answers")
    question, answer, at = "", "", 0
    into = ""
    for number, line in enumerate([*lines, "Q:"], start=1):
        asks, answers = _QUESTION.match(line), _ANSWER.match(line)
        if asks:
            if at:
                yield place.row(at, {"question": question, "answer": answer.strip()})
            question, answer, at, into = asks[1], "", number, "question"
        elif answers:
            answer, into = answers[1], "answer"
        elif line and into == "question":
            question = f"{question} {line}"
        elif into == "answer":
            answer = f"{answer}\n{line}"
