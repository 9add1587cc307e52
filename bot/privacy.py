"""Personal data is replaced by what it is, never by a part of it.

`mask` finds telephone numbers, e-mail addresses, Chinese identity numbers and bank
cards by their structure and checksums, so order numbers and prices stay readable.
"""

import re

import phonenumbers

PHONE, EMAIL, IDENTITY, CARD = "[phone]", "[email]", "[id]", "[card]"

# One to one, so that every position in the folded text is one in the original.
_FOLD = {0xFF01 + n: 0x21 + n for n in range(0x5E)} | str.maketrans(
    "\u3000‐‑‒–—―−￥", " -------¥"
)
_EMAIL = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._%+\-]{0,63}\s?@\s?[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63})+"
)
_BEFORE, _AFTER = r"(?<![A-Za-z0-9#])(?<![0-9][.\-])", r"(?![A-Za-z0-9])"
_IDENTITY = re.compile(
    _BEFORE
    + r"[1-9]\d{5}[ \-]?(?:18|19|20)\d{2}[ \-]?(?:0[1-9]|1[0-2])"
    + r"(?:0[1-9]|[12]\d|3[01])[ \-]?\d{3}[0-9Xx]"
    + _AFTER
)
_CARD = re.compile(_BEFORE + r"(?:\d[ \-]?){12,18}\d" + _AFTER)
_CARD_START = re.compile(
    r"62|4|5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)|3[47]|35|3[0689]|60|65|9[1-9]"
)
_PHONE_ZH = re.compile(
    r"(?<![A-Za-z0-9#])(?:(?:\+|00)86[ \-]?|\(\+?86\)[ \-]?)?"
    r"(?:1[3-9]\d[ \-.]?\d{4}[ \-.]?\d{4}"
    r"|\(?0(?:10|2\d|[3-9]\d{2})\)?[ \-]?[2-9]\d{2,3}[ \-]?\d{4}"
    r"|[48]00[ \-]?\d{3}[ \-]?\d{4}|[48]00[ \-]?\d{4}[ \-]?\d{3})" + _AFTER
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def mask(text: str) -> str:
    """The text with "[phone]", "[email]", "[id]" and "[card]" where they stood."""
    pieces: list[str] = []
    position = 0
    for start, end, label in personal(half_width(text)):
        if start >= position:
            pieces += [text[position:start], label]
            position = end
    return "".join([*pieces, text[position:]])


def half_width(text: str) -> str:
    """Full-width forms and dashes as their plain twins; every position stays."""
    return text.translate(_FOLD)


def personal(folded: str) -> list[tuple[int, int, str]]:
    """(start, end, label) in a half-width text, sorted; the longest comes first of
    those that begin at one place.
    """
    if not any(character.isdigit() or character == "@" for character in folded):
        return []
    spans = [(*found.span(), EMAIL) for found in _EMAIL.finditer(folded)]
    spans += [
        (*found.span(), IDENTITY)
        for found in _IDENTITY.finditer(folded)
        if _is_identity(_digits(found.group()))
    ]
    spans += [
        (*found.span(), CARD)
        for found in _CARD.finditer(folded)
        if _is_card(_digits(found.group()))
    ]
    spans += [(*found.span(), PHONE) for found in _PHONE_ZH.finditer(folded)]
    spans += _international(folded)
    return sorted(spans, key=lambda span: (span[0], -span[1]))


def _international(folded: str) -> list[tuple[int, int, str]]:
    if "+" not in folded and "00" not in folded and "(" not in folded:
        return []
    matcher = phonenumbers.PhoneNumberMatcher(
        folded, "CN", leniency=phonenumbers.Leniency.VALID
    )
    return [
        (match.start, match.end, PHONE)
        for match in matcher
        if match.raw_string.lstrip("(").startswith(("+", "00"))
    ]


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


def _is_identity(digits: str) -> bool:
    """The check digit of GB 11643 is right."""
    total = sum(
        int(digit) * weight for digit, weight in zip(digits[:17], _WEIGHTS, strict=True)
    )
    return "10X98765432"[total % 11] == digits[17].upper()


def _is_card(digits: str) -> bool:
    """The start is a card scheme's and the check digit of Luhn is right."""
    if _CARD_START.match(digits) is None or len(set(digits)) == 1:
        return False
    doubled = [int(digit) * 2 for digit in digits[-2::-2]]
    total = sum(value - 9 if value > 9 else value for value in doubled)
    return (total + sum(int(digit) for digit in digits[-1::-2])) % 10 == 0
