"""Slips of the finger, drawn by chance: the same seed gives the same slips.

A slip leaves a character out, doubles it, swaps it with the next, or puts another of
the same script in its place: a Latin letter by a neighbour on the keyboard, a Chinese
character by one that sounds alike, as people pick it from an input method.
"""

import random
from collections import defaultdict
from functools import cache
from typing import Final

from bot.model.gloss import glossary, has_han, syllable

_KEYBOARD: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def noisy(text: str, share: float, seed: int) -> str:
    """The text with a slip at that share of its letters, 0 to 1."""
    chance = random.Random(f"{seed}:{text}")  # noqa: S311 - not for secrets
    said = list(text)
    written: list[str] = []
    place = 0
    while place < len(said):
        letter = said[place]
        place += 1
        if not letter.isalnum() or chance.random() >= share:
            written.append(letter)
            continue
        slip = chance.choice(("gone", "twice", "swapped", "other"))
        if slip == "twice":
            written += [letter, letter]
        elif slip == "swapped" and place < len(said):
            written += [said[place], letter]
            place += 1
        elif slip in ("other", "swapped"):
            written.append(_other(letter, chance))
    return "".join(written).strip() or text


def _other(letter: str, chance: random.Random) -> str:
    if has_han(letter):
        alike = [
            each for each in _sounding().get(syllable(letter), ()) if each != letter
        ]
        return chance.choice(alike) if alike else letter
    near = _neighbours().get(letter.lower())
    if near is None:
        return letter
    other = chance.choice(near)
    return other.upper() if letter.isupper() else other


@cache
def _sounding() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    known = {letter for word in glossary().chinese for letter in word}
    for letter in sorted(filter(has_han, known)):
        found[syllable(letter)].append(letter)
    return {sound: tuple(each) for sound, each in found.items()}


@cache
def _neighbours() -> dict[str, str]:
    found: dict[str, str] = {}
    for number, row in enumerate(_KEYBOARD):
        for place, letter in enumerate(row):
            near = row[max(0, place - 1) : place] + row[place + 1 : place + 2]
            for other in (number - 1, number + 1):
                if 0 <= other < len(_KEYBOARD):
                    near += _KEYBOARD[other][max(0, place - 1) : place + 1]
            found[letter] = near
    return found
