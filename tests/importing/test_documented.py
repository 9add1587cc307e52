"""docs/import.md is true: every example in it is read as it says, and only once."""

import re
from pathlib import Path

import pytest

from bot.importing import ImportReport
from tests.importing.conftest import Shop

PAGE = (Path(__file__).parents[2] / "docs/import.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```[a-z]+ (\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
EXAMPLES = dict(BLOCK.findall(PAGE))

# file -> what it is read as, how many are added, how many of them wait
READ_AS = {
    "faq.csv": ("table", 4, 0),
    "questions.csv": ("table", 2, 0),
    "returns.md": ("Markdown", 1, 0),
    "faq.html": ("HTML page", 2, 0),
    "faq.txt": ("questions and answers", 2, 0),
    "instructions.jsonl": ("instructions and outputs", 3, 0),
    "chats.jsonl": ("dialogues", 3, 3),
    "rasa": ("Rasa project", 5, 0),
    "tickets.jsonl": ("Zendesk tickets", 1, 1),
    "tickets.xml": ("Zendesk tickets", 1, 1),
    "articles.json": ("Zendesk articles", 1, 0),
    "conversations.csv": ("conversations, a message a row", 1, 1),
    "canned.json": ("Chatwoot canned responses", 2, 0),
    "chatwoot.json": ("Chatwoot conversations", 1, 1),
    "help": ("Slack export", 1, 1),
    "result.json": ("Telegram export", 1, 1),
    "chat.txt": ("copied chat", 1, 1),
}


def bring(shop: Shop, name: str) -> ImportReport:
    for path, content in EXAMPLES.items():
        shop.write(path, content)
    return shop.bring(shop.folder / name)


def test_every_example_of_the_page_is_tried_here() -> None:
    first = {name.partition("/")[0] for name in EXAMPLES}
    assert first - set(READ_AS) == {"pages.urls"}  # tried in test_web.py
    linked = re.findall(r"^\| \[[^]]+\]\(#([^)]+)\)", PAGE, re.MULTILINE)
    headings = re.findall(r"^### (.+)$", PAGE, re.MULTILINE)
    assert [each.lower().replace(" ", "-") for each in headings] == linked


@pytest.mark.parametrize("name", READ_AS)
def test_an_example_is_read_as_the_page_says(shop: Shop, name: str) -> None:
    form, added, waiting = READ_AS[name]
    report = bring(shop, name)
    assert form in report.forms.values()
    assert (report.added, report.waiting) == (added, waiting), report.lines()
    assert report.rejected == ()
    kept = len(shop.knowledge()) + len(shop.questions()) + len(shop.marked())
    assert kept + waiting == added
    again = bring(shop, name)
    assert (again.added, again.changed, again.unchanged) == (0, 0, added)


def test_what_waits_is_no_knowledge_and_says_so(shop: Shop) -> None:
    report = bring(shop, "chats.jsonl")
    assert shop.knowledge() == []
    said = "\n".join(report.lines())
    assert "3 answers come from old chats and wait" in said
    assert "personal data" in said
    approved = shop.bring(shop.folder / "chats.jsonl", approved=True)
    assert approved.waiting == 0
    assert shop.answers()["Is there a student discount?"] == "Yes, ten percent."
