"""What Telegram's server makes of a text: markup parsed, lengths in UTF-16 units."""

from html import unescape
from html.parser import HTMLParser
from typing import Any

LONGEST = 4096  # UTF-16 units, after parsing
TAGS = {"a", "b", "blockquote", "code", "del", "em", "i", "ins", "pre", "s", "strong"}


class Refusal(Exception):
    """The server says no.

    Args:
        code: HTTP status.
        description: as Telegram words it.
        parameters: of the answer, if any.
    """

    def __init__(
        self, code: int, description: str, parameters: dict[str, int] | None = None
    ) -> None:
        super().__init__(description)
        self.code, self.description = code, description
        self.parameters = parameters


def units(text: str) -> int:
    """How long Telegram finds a text."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parsed(text: str, parse_mode: str | None) -> str:
    """The text a person sees.

    Raises:
        Refusal: it is empty, too long or its markup cannot be read.
    """
    seen = _Html(text).seen if (parse_mode or "").lower() == "html" else text
    if not seen.strip():
        raise Refusal(400, "Bad Request: message text is empty")
    if units(seen) > LONGEST:
        raise Refusal(400, "Bad Request: message is too long")
    return seen


def checked(markup: dict[str, Any]) -> dict[str, Any]:
    """The buttons, if Telegram takes them.

    Raises:
        Refusal: the data of one is empty or longer than 64 bytes.
    """
    for row in markup.get("inline_keyboard", []):
        for button in row:
            if not 1 <= len(button.get("callback_data", "?").encode()) <= 64:
                raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")
    return markup


class _Html(HTMLParser):
    """Telegram's strictness: known tags only, each closed in its turn."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=False)
        self.seen, self._open = "", list[str]()
        self._refuse_stray(text)
        self.feed(text)
        self.close()
        if self._open:
            self._refuse(f'Can\'t find end tag corresponding to start tag "{self.tag}"')

    @property
    def tag(self) -> str:
        return self._open[-1]

    def _refuse_stray(self, text: str) -> None:
        for at, letter in enumerate(text):
            following = text[at + 1 : at + 2]
            if letter == "<" and not (following.isalpha() or following == "/"):
                self._refuse(f'Unsupported start tag "" at byte offset {at}')

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag not in TAGS:
            self._refuse(f'Unsupported start tag "{tag}"')
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self._refuse(f'Unexpected end tag "{tag}"')

    def handle_data(self, data: str) -> None:
        self.seen += data

    def handle_entityref(self, name: str) -> None:
        self.seen += unescape(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.seen += unescape(f"&#{name};")

    def _refuse(self, why: str) -> None:
        raise Refusal(400, f"Bad Request: can't parse entities: {why}")
