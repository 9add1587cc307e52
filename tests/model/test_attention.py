"""Where a generator looked: numbers that are attention, in pictures that open."""

import struct
import xml.etree.ElementTree as ElementTree
import zlib

import numpy as np
import pytest

from bot import pictures
from bot.model.attention import Attention, attention_of
from bot.model.generate import Request
from bot.model.load import BaseModel, load_language_model

REQUEST = Request(
    question="Where is <my> order?",
    language="en",
    passages=("It leaves Hangzhou & arrives today.", "三十天内可以退货。"),
    history=(("hi", "Hello!"),),
)


@pytest.fixture(scope="module")
def seen(tiny_base: BaseModel) -> Attention:
    model = load_language_model(tiny_base)
    return attention_of(model, REQUEST, "It leaves Hangzhou today.")


def test_each_piece_of_the_reply_looks_at_the_prompt(seen: Attention) -> None:
    assert seen.weights.shape == (len(seen.reply), len(seen.prompt))
    assert (seen.weights >= 0).all()
    totals = seen.weights.sum(axis=1)
    assert totals[0] == pytest.approx(1.0, abs=1e-4)  # there is nothing else yet
    assert (totals < 1.0 + 1e-4).all()
    assert (totals[1:] < 1.0).all()  # the rest went to the reply so far
    assert "Hangzhou" in "".join(seen.prompt)
    assert "".join(seen.reply).strip() == "It leaves Hangzhou today."


def test_the_same_reply_gives_the_same_pictures(
    tiny_base: BaseModel, seen: Attention
) -> None:
    again = attention_of(
        load_language_model(tiny_base), REQUEST, "It leaves Hangzhou today."
    )
    assert np.array_equal(again.weights, seen.weights)
    assert pictures.svg(again, "t") == pictures.svg(seen, "t")
    assert pictures.png(again) == pictures.png(seen)


def test_a_reply_longer_than_the_model_can_see_is_cut(tiny_base: BaseModel) -> None:
    model = load_language_model(tiny_base)
    seen = attention_of(model, REQUEST, "today " * 500)
    positions = int(model.model.config.n_positions)
    assert len(seen.prompt) + len(seen.reply) == positions


def test_the_svg_is_xml_that_holds_every_word(seen: Attention) -> None:
    root = _parsed(pictures.svg(seen, "Turn <1> & \x00"))
    said = "".join(root.itertext())
    assert "Hangzhou" in said
    assert "Turn <1> &" in said
    rectangles = root.findall(".//{http://www.w3.org/2000/svg}g")
    assert len(rectangles) == len(seen.prompt) + len(seen.reply)
    width = float(root.attrib["width"])
    for rectangle in root.iter("{http://www.w3.org/2000/svg}rect"):
        right = float(rectangle.get("x", "0")) + float(rectangle.attrib["width"])
        assert right <= width


def test_the_darkest_pixels_are_where_it_looked_most() -> None:
    weights = np.zeros((2, 5), np.float32)
    weights[:, 0], weights[0, 3], weights[1, 2] = 0.9, 0.05, 0.02
    seen = Attention(prompt=tuple("abcde"), reply=("x", "y"), weights=weights)
    grey = _pixels(pictures.png(seen))
    assert grey.shape == (12, 30)
    assert (grey[:6, 18:24] == 0).all()
    assert (grey[6:, 12:18] == 0).all()
    assert (grey[:, :6] == 255).all()  # the first column is where idle heads look
    assert pictures.shades(seen).argmax() == 3


def test_a_reply_without_words_still_has_a_picture() -> None:
    empty = Attention(prompt=("a",), reply=(), weights=np.zeros((0, 1), np.float32))
    assert _parsed(pictures.svg(empty, "")).tag.endswith("svg")
    assert _pixels(pictures.png(empty)).size


def _parsed(picture: str) -> ElementTree.Element:
    return ElementTree.fromstring(picture)  # noqa: S314  our own


def _pixels(png: bytes) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    """Read a greyscale PNG back, every checksum checked."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    place, data, size = 8, b"", (0, 0)
    while place < len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        name = png[place + 4 : place + 8]
        body = png[place + 8 : place + 8 + length]
        (check,) = struct.unpack(">I", png[place + 8 + length : place + 12 + length])
        assert check == zlib.crc32(name + body)
        if name == b"IHDR":
            size = struct.unpack(">II", body[:8])
        elif name == b"IDAT":
            data += body
        place += 12 + length
    width, height = size
    rows = np.frombuffer(zlib.decompress(data), np.uint8).reshape(height, width + 1)
    return rows[:, 1:]
