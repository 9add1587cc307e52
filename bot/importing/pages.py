"""A web page as questions with answers, and as sections of a document.

Scripts, styles, forms, comments and what is hidden from visitors are no text. A
question that the page marks as one (FAQPage data, <details>, a heading that asks) is
an approved answer; any other heading with text under it is a passage.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import nh3
from selectolax.lexbor import LexborHTMLParser, LexborNode

from bot.importing.decode import is_broken
from bot.importing.markdown import slug
from bot.importing.rows import Place, Read
from bot.text import question_key

MAX_PAGE = 4 * 1024**2
"""Characters of one page: its tree takes a multiple of that in memory."""
MAX_TAGS = 100_000

_FORM = "HTML page"
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLOCK_NAMES = (
    "p div li ul ol table tr dd dt dl pre blockquote section article header footer "
    "main br hr td th figure figcaption summary details body nav aside"
)
_BLOCKS = frozenset([*_BLOCK_NAMES.split(), *_HEADINGS])
_ALLOWED = (_BLOCKS | {"a", "b", "strong", "i", "em", "code", "span"}) - {"nav"}
_GONE = {"script", "style", "nav", "form", "noscript", "template", "svg", "select"}
_GONE |= {"title", "iframe", "object", "textarea", "button", "math"}
_HIDDEN = ", ".join(
    ["[hidden]", '[aria-hidden="true"]', '[style*="display:none"]']
    + ['[style*="display: none"]', '[style*="visibility:hidden"]']
)
_LONGEST_ANSWER = 1_500  # characters under a heading that asks; more is a document
_MOST_NESTED = 200
_ASKS = re.compile(
    r"[?？]\s*$|^(?:(?:how|what|when|where|why|who|which) |(?:can|do|does|is|are|may) "
    r"(?:i|you|we|it|there|my)\b)|^(?:如何|怎么|怎样|什么|为什么|是否|能否|可以|哪)|吗$|呢$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Section:
    headings: tuple[tuple[int, str, str], ...]  # level, words, anchor
    text: str

    @property
    def heading(self) -> str:
        return self.headings[-1][1] if self.headings else ""


def read_page(place: Place, text: str, *, address: str = "") -> Iterator[Read]:
    """The questions and sections of a page.

    Args:
        address: where it was fetched from; kept with each passage.
    """
    place = place.as_form(_FORM)
    if len(text) > MAX_PAGE or text.count("<") > MAX_TAGS:
        why = f"the page has more than {MAX_PAGE // 1024**2} MB or {MAX_TAGS:,} tags"
        yield place.refuse(0, why, "split it, or save its text as .md")
        return
    if is_broken(text):
        text = text.encode("utf-8", "replace").decode("utf-8")
    lines = _Lines(text)
    asked: set[str] = set()
    found = False
    tree = LexborHTMLParser(text)
    for question, answer in [*_marked_up(tree), *_details(tree)]:
        key = question_key(question)
        if key and key not in asked:
            asked.add(key)
            found = True
            cells = {"question": question, "answer": answer}
            yield place.row(lines.of(question), cells)
    for node in tree.css(_HIDDEN):  # what no visitor sees is not the shop's word
        node.decompose()
    clean = LexborHTMLParser(cleaned(tree.html or ""))
    title = _title(tree) or place.source.rsplit("/", 1)[-1]
    for section in _sections(clean):
        if question_key(section.heading) in asked or not section.text:
            continue
        found = True
        yield _row(place, lines, section, title, address)
    if not found:
        yield place.refuse(0, "there is no text in it", "leave it out, or save it anew")


def cleaned(html: str) -> str:
    """The page without all that is not text: scripts, styles, forms, comments."""
    return nh3.clean(
        html,
        tags=set(_ALLOWED),
        clean_content_tags=_GONE,
        attributes={"*": {"id"}, "a": {"href", "id", "name"}},
        link_rel=None,
        strip_comments=True,
    )


def words_of(html: str) -> str:
    """The words of some HTML, its blocks on lines of their own."""
    if "<" not in html and "&" not in html:
        return html.strip()
    body = LexborHTMLParser(cleaned(html[:MAX_PAGE])).body
    return "" if body is None else _squeezed(_text(body, 0))


def _row(
    place: Place, lines: "_Lines", section: _Section, title: str, address: str
) -> Read:
    line = lines.of(section.heading)
    if _ASKS.search(section.heading) and len(section.text) <= _LONGEST_ANSWER:
        cells = {"question": section.heading, "answer": section.text}
        return place.row(line, cells)
    names = [name for _, name, _ in section.headings if name != title]
    anchor = section.headings[-1][2] if section.headings else ""
    cells = {
        "title": title,
        "heading": " — ".join(names),
        "text": section.text,
        "anchor": anchor,
    }
    return place.row(line, cells | ({"path": address} if address else {}))


def _title(tree: LexborHTMLParser) -> str:
    for name in ("title", "h1"):
        node = tree.css_first(name)
        words = " ".join(node.text().split()) if node is not None else ""
        if words:
            return words
    return ""


def _details(tree: LexborHTMLParser) -> Iterator[tuple[str, str]]:
    for node in tree.css("details"):
        summary = node.css_first("summary")
        if summary is None or node.html is None:
            continue
        question = " ".join(words_of(summary.html or "").split())
        said = words_of(node.html).removeprefix(words_of(summary.html or "")).strip()
        if question and said:
            yield question, said


def _marked_up(tree: LexborHTMLParser) -> Iterator[tuple[str, str]]:
    """The questions of the page's FAQPage data (schema.org, as JSON-LD)."""
    for node in tree.css('script[type="application/ld+json"]'):
        try:
            data = json.loads(node.text())
        except (ValueError, RecursionError):
            continue  # not for us; the page's visible text still counts
        for item in _questions(data, 0):
            answer = item.get("acceptedAnswer") or item.get("suggestedAnswer")
            if isinstance(answer, list):
                answer = answer[0] if answer else None
            said = answer.get("text") if isinstance(answer, dict) else None
            name = item.get("name")
            if isinstance(name, str) and isinstance(said, str):
                yield " ".join(words_of(name).split()), words_of(said)


def _questions(data: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > _MOST_NESTED:
        return
    if isinstance(data, list):
        for each in data:
            yield from _questions(each, depth + 1)
    elif isinstance(data, dict):
        kind = data.get("@type")
        if "Question" in (kind if isinstance(kind, list) else [kind]):
            yield data
            return
        for name in ("@graph", "mainEntity", "hasPart"):
            yield from _questions(data.get(name), depth + 1)


def _sections(tree: LexborHTMLParser) -> Iterator[_Section]:
    """Headings with the text up to the next one; details are no part of it."""
    for node in tree.css("details"):
        node.decompose()
    root = tree.css_first("main") or tree.body
    open_: list[tuple[int, str, str]] = []
    pieces: list[str] = []
    used: dict[str, int] = {}
    for kind, value, anchor in _flow(root, 0) if root is not None else ():
        if kind == 0:
            pieces.append(value)
            continue
        yield _Section(tuple(open_), _squeezed("".join(pieces)))
        pieces = []
        base = anchor or slug(value)
        seen = used.get(base, 0)
        used[base] = seen + 1
        open_ = [each for each in open_ if each[0] < kind]
        open_.append((kind, value, f"{base}-{seen}" if seen else base))
    yield _Section(tuple(open_), _squeezed("".join(pieces)))


def _flow(node: LexborNode, depth: int) -> Iterator[tuple[int, str, str]]:
    """(0, text, "") and (level, heading, anchor), in the order of the page."""
    for child in node.iter(include_text=True):
        tag = child.tag or ""
        if tag == "-text":
            yield 0, child.text_content or "", ""
        elif tag in _HEADINGS:
            words = " ".join(child.text().split())
            if words:
                yield int(tag[1]), words, _anchor(child)
        elif depth < _MOST_NESTED:
            yield from _flow(child, depth + 1)
            yield 0, "\n" if tag in _BLOCKS else "", ""
        else:
            yield 0, child.text(separator=" "), ""


def _anchor(heading: LexborNode) -> str:
    """The id of a heading, or of the link in it."""
    inside = heading.css_first("[id], a[name]")
    for node in (heading, inside):
        attributes = node.attributes if node is not None else {}
        found = attributes.get("id") or attributes.get("name")
        if found:
            return found
    return ""


def _text(node: LexborNode, depth: int) -> str:
    return "".join(
        value if kind == 0 else f"{value}\n" for kind, value, _ in _flow(node, depth)
    )


def _squeezed(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


class _Lines:
    """On which line of the source something stands, as far as that can be found."""

    def __init__(self, text: str) -> None:
        self._text, self._at, self._line = text, 0, 1

    def of(self, words: str) -> int:
        at = self._text.find(words[:40], self._at) if words else -1
        if at >= 0:
            self._line += self._text.count("\n", self._at, at)
            self._at = at
        return self._line
