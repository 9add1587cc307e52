"""Documents become passages: one for each heading, long ones in pieces."""

import pytest

from bot.importing.markdown import plain
from bot.importing.pieces import TARGET, pieces
from storage.records import KnowledgeKind
from tests.importing.conftest import Shop

RETURNS = """\
---
title: "Returns"
language: en
---
Before any heading.

# Returns

Send it back **within 30 days**. See [the form](https://shop.example/form) or
[below](#cost).

## Cost
<!-- hidden
note -->
Free if `we` erred.

```
# no heading
```

## Cost

Otherwise 10 yuan.

Deep
----
Underlined.

## Named {#by-hand}
### Under it
Text.
"""


def test_a_document_is_split_at_its_headings(shop: Shop) -> None:
    path = shop.write("policies/returns.md", RETURNS)
    report = shop.bring(path)
    assert report.rejected == ()
    found = {each.source_key: each for each in shop.knowledge()}
    keys = ["#", "#returns", "#cost", "#cost-1", "#deep", "#under-it"]
    assert list(found) == keys
    assert found["#"].question == "Returns"
    assert found["#under-it"].question == "Returns — Named — Under it"
    assert found["#returns"].text == (
        "Send it back within 30 days. See the form (https://shop.example/form) or\n"
        "below."
    )
    assert found["#cost"].text == "Free if we erred.\n\n# no heading"
    for each in found.values():
        assert each.kind is KnowledgeKind.PASSAGE
        assert (each.title, each.language) == (each.question, "en")
        assert each.source == "policies/returns.md"


def test_a_folder_and_a_file_in_it_are_the_same_source(shop: Shop) -> None:
    path = shop.write("policies/returns.md", RETURNS)
    first = shop.bring(path.parent)
    again = shop.bring(path)
    assert (first.added, again.added, again.unchanged) == (6, 0, 6)


def test_what_a_document_no_longer_says_is_said_no_more(shop: Shop) -> None:
    path = shop.write("p/a.md", "# A\nkept\n## B\ngone soon\n")
    other = shop.write("p/b.md", "# A\nanother file\n")
    shop.bring(path, other)
    shop.write("p/a.md", "# A\nkept\n")
    tried = shop.bring(path, dry_run=True)
    assert (tried.retired, len(shop.knowledge())) == (1, 3)
    assert shop.bring(path).retired == 1
    assert [each.text for each in shop.knowledge()] == ["kept", "another file"]


def test_a_document_that_became_shorter_keeps_no_old_piece(shop: Shop) -> None:
    long = "\n\n".join(f"Paragraph {n}. " + "words " * 80 for n in range(8))
    path = shop.write(
        "d.jsonl", f'{{"id": "d", "title": "D", "text": {long!r}}}'.replace("'", '"')
    )
    assert shop.bring(path).added > 2
    shop.write("d.jsonl", '{"id": "d", "title": "D", "text": "short now"}')
    report = shop.bring(path)
    assert (report.changed, [each.text for each in shop.knowledge()]) == (
        1,
        ["short now"],
    )


def test_a_document_without_text_is_named(shop: Shop) -> None:
    report = shop.bring(shop.write("a.md", "# Only\n## Headings\n"))
    assert [row.line for row in report.rejected] == [0]


@pytest.mark.parametrize(
    "text",
    [
        "\n\n".join(["一二三四五六七八九十。" * 20] * 9),
        "A sentence of some length. " * 200,
        "没有标点" * 1000,
        "x" * 5000,
    ],
)
def test_pieces_are_short_and_lose_nothing(text: str) -> None:
    made = pieces(text)
    assert len(made) > 1
    assert all(len(piece) <= TARGET * 1.3 for piece in made)
    assert "".join("".join(made).split()) == "".join(text.split())


def test_short_text_is_one_piece() -> None:
    assert pieces("One.\n\nTwo.") == ["One.\n\nTwo."]
    assert pieces("  \n ") == []


def test_markup_goes_and_words_stay() -> None:
    assert plain("![a tree](x.png) **b** __c__ `d` [e](f.md)") == "a tree b c d e"
    assert plain("[https://a.b](https://a.b)") == "https://a.b"
    assert plain("2 * 3 * 4 and snake_case_name") == "2 * 3 * 4 and snake_case_name"


def test_line_numbers_of_a_document_are_those_of_the_file(shop: Shop) -> None:
    content = b"---\ntitle: x\n---\n\n# Good\nfine\n# Bad\n\xff\xfe bytes\n"
    report = shop.bring(shop.write("a.md", content))
    assert [row.line for row in report.rejected] == [7]
    assert report.added == 1
