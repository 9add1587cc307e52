"""A Markdown document as sections: one row for each heading that has text under it.

A section's key is its heading's anchor, so that a link to the section and its place in
the knowledge are the same. The text loses its markup and keeps its words.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from bot.importing.decode import is_broken
from bot.importing.rows import Place, Read

_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_PAIR = re.compile(r"^([\w-]+)[ \t]*:[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_HEADING = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_UNDERLINE = re.compile(r"^ {0,3}(=+|-{2,})[ \t]*$")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_ANCHOR = re.compile(r"[ \t]*\{#([^}\s]+)\}[ \t]*$")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_IMAGE = re.compile(r"!\[([^\]]*)\]\([^)]*\)")
_LINK = re.compile(r"\[([^\]]+)\]\(\s*<?([^)\s>]+)>?[^)]*\)")
_STRONG = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_NOT_SLUG = re.compile(r"[^\w\- ]+")


@dataclass
class _Section:
    """Being read: a heading, those above it, and the lines below it."""

    line: int
    headings: tuple[str, ...]
    anchor: str
    body: list[str] = field(default_factory=list)


def read_markdown(place: Place, text: str) -> Iterator[Read]:
    """The sections of a document, with its title and language from its front matter."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    front = _FRONT.match(text)
    about = dict(_PAIR.findall(front.group(1))) if front else {}
    about = {name.lower(): value.strip("\"'") for name, value in about.items()}
    skipped = front.group().count("\n") if front else 0
    body = _COMMENT.sub(lambda match: "\n" * match.group().count("\n"), text)
    lines = body.split("\n")[skipped:]
    sections = list(_sections(lines, first_line=skipped + 1))
    title = about.get("title") or _title(sections) or PurePosixPath(place.source).stem
    found = False
    for section in sections:
        content = plain("\n".join(section.body))
        if content:
            found = True
            yield _row(place, section, title, about, content)
    if not found:
        yield place.refuse(0, "there is no text in it", "leave it out, or write some")


def plain(text: str) -> str:
    """The words of some Markdown; a link to the web keeps its address."""
    text = _IMAGE.sub(r"\1", text)
    text = _LINK.sub(
        lambda link: (
            f"{link[1]} ({link[2]})"
            if link[2].startswith("http") and link[1] != link[2]
            else link[1]
        ),
        text,
    )
    text = _CODE.sub(r"\1", _STRONG.sub(r"\2", text))
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def slug(heading: str) -> str:
    """The anchor that code hosts give a heading."""
    return _NOT_SLUG.sub("", heading.strip().lower()).replace(" ", "-")


def _row(
    place: Place, section: _Section, title: str, about: dict[str, str], content: str
) -> Read:
    if is_broken(content) or is_broken(title):
        return place.refuse(
            section.line, "there are bytes that are not UTF-8", "save it as UTF-8"
        )
    headings = [each for each in section.headings if each != title]
    cells = {
        "title": title,
        "heading": " — ".join(headings),
        "text": content,
        "anchor": section.anchor,
    }
    language = about.get("language") or about.get("lang")
    return place.row(section.line, cells | ({"language": language} if language else {}))


def _title(sections: list[_Section]) -> str:
    tops = [each.headings[0] for each in sections if len(each.headings) == 1]
    return tops[0] if tops else ""


def _sections(lines: list[str], first_line: int) -> Iterator[_Section]:
    section = _Section(first_line, (), "")
    levels: list[tuple[int, str]] = []
    used: dict[str, int] = {}
    fence = ""
    for number, line in enumerate(lines, start=first_line):
        opened = _FENCE.match(line)
        if opened and (not fence or line.strip().startswith(fence)):
            fence = "" if fence else opened.group(1)
            continue
        heading = None if fence else _heading(line, section.body)
        if heading is None:
            section.body.append(line)
            continue
        yield section
        level, name = heading
        name, anchor = _anchored(name, used)
        levels = [each for each in levels if each[0] < level] + [(level, name)]
        section = _Section(number, tuple(each[1] for each in levels), anchor)
    yield section


def _heading(line: str, body: list[str]) -> tuple[int, str] | None:
    """(level, text) of a heading; an underlined one is taken back from the body."""
    marked = _HEADING.match(line)
    if marked:
        return len(marked[1]), marked[2] or ""
    above = body[-1].strip() if body else ""
    lone = len(body) < 2 or not body[-2].strip()
    if above and lone and _UNDERLINE.match(line) and above[0] not in "-*+>|#":
        body.pop()
        return (1 if "=" in line else 2), above
    return None


def _anchored(name: str, used: dict[str, int]) -> tuple[str, str]:
    """The heading without its markup, and an anchor that no other one has."""
    given = _ANCHOR.search(name)
    heading = plain(_ANCHOR.sub("", name))
    anchor = given[1] if given else slug(heading)
    seen = used.get(anchor, 0)
    used[anchor] = seen + 1
    return heading, f"{anchor}-{seen}" if seen else anchor
