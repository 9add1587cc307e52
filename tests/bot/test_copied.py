"""What is copied is shown as it stands, and only what carries it is cited."""

import pytest

from bot.answer import READ
from bot.copied import carriers, is_whole, laid_out
from bot.explain import explain
from bot.guard import check
from bot.model.choosing import choices
from bot.model.focus import cut
from storage.database import Database
from storage.records import Action, KnowledgeKind, Origin
from tests.bot.small import SHOP, Parrot, SmallModel, answer, message, open_shop

REFUND = (
    "Refunds at the kiln\n"
    "1. Ask for the order number.\n"
    "2. Choose how the refund is paid:\n"
    "- Gift card, sent by post\n"
    "- Credit card, within 5 days\n"
    "3. The most that a refund may be is ¥300"
)
GLAZE = "Glaze at the kiln\nThe glaze of the kiln is blue. It costs ¥14 a jar."
STEP = (
    "Choose how the refund is paid: - Gift card, sent by post - Credit card, within 5 "
    "days"
)


def test_a_copied_list_gets_its_lines_back() -> None:
    assert laid_out(STEP, [GLAZE, REFUND]) == (
        "Choose how the refund is paid:\n"
        "- Gift card, sent by post\n"
        "- Credit card, within 5 days"
    )
    assert laid_out("The refund is paid.", [GLAZE, REFUND]) == "The refund is paid."
    assert laid_out("", [GLAZE]) == ""


def test_what_it_stands_in_carries_it_else_what_shares_most() -> None:
    assert carriers(STEP, [GLAZE, REFUND]) == [1]
    assert carriers("A jar of blue glaze costs ¥14.", [GLAZE, REFUND]) == [0]
    assert carriers("The kiln.", [GLAZE, GLAZE]) == [0, 1]
    assert carriers("The kiln.", []) == []


@pytest.mark.parametrize(
    ("said", "whole"),
    [
        ("The glaze of the kiln is blue.", True),
        ("It costs ¥14 a jar.", True),
        ("The glaze of the kiln is blue. It costs ¥14 a jar.", True),
        ("The glaze of the kiln", False),
        ("of the kiln is blue.", False),
        ("It costs ¥12 a jar.", False),
        ("Ask for the order number.", True),  # the list's number before it is no word
        ("The most that a refund may be is ¥300", True),
        (STEP, True),
        ("Choose how the refund is paid:", True),
        ("", False),
    ],
)
def test_whole_sentences_and_items_are_told_from_torn_ones(
    said: str, *, whole: bool
) -> None:
    assert any(is_whole(said, text) for text in (GLAZE, REFUND)) is whole


def test_every_part_of_a_list_is_whole_and_may_be_said() -> None:
    parts = cut(REFUND)
    assert parts == (
        "Ask for the order number.",
        STEP,
        "The most that a refund may be is ¥300",
    )
    assert all(is_whole(part, REFUND) for part in parts)
    assert set(parts) < set(choices(parts, [REFUND], "en"))


def test_the_number_of_an_item_is_no_fact_and_answers_nothing() -> None:
    asked = "What is the most that a refund may be?"
    said = "The most that a refund may be is ¥300"
    assert check(said, [REFUND, GLAZE], asked, "en") == []
    others = "How many jars of glaze are there at the kiln?"
    steps = "1. The glaze of the kiln is blue.\n2. The glaze of the kiln is dear."
    refused = check(steps, [f"Glaze\n{steps}"], others, "en")
    assert any(each.startswith("asked for a number") for each in refused)


def test_what_is_torn_from_a_list_does_not_leave() -> None:
    torn = "Choose how the refund is paid: Credit card"
    assert check(torn, [REFUND], "how is the refund paid", "en") != []


def test_only_what_carries_the_reply_is_cited_and_all_that_was_read_is_kept(
    sqlite_database: Database,
) -> None:
    wraps = [
        answer(
            f"Gift wrap of {name}",
            f"The gift wrap of {name} costs ¥{price}.",
            kind=KnowledgeKind.PASSAGE,
        )
        for name, price in (("books", 31), ("lamps", 44))
    ]
    draft = "The gift wrap of lamps costs ¥44."
    model = SmallModel(generator=Parrot(draft))
    shop = open_shop(sqlite_database, model=model, knowledge=(*SHOP, *wraps))
    turn = shop.desk.answer(message("what does the gift wrap of lamps cost"))
    assert (turn.action, turn.reply.origin) == (Action.ANSWER, Origin.GENERATED)
    assert [source.title for source in turn.reply.sources] == ["Gift wrap of lamps"]
    read = turn.why["written"][READ]
    assert {each.id for each in wraps} <= set(read)
    why = explain(
        turn, titled={each.id: each.question for each in wraps}.get, scores=None
    )
    assert [each.title for each in why.found if each.used] == ["Gift wrap of lamps"]
    assert "Gift wrap of books" in [e.title for e in why.found if e.read and not e.used]
