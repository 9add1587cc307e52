"""Where the generator cannot answer, the customer hears so kindly and at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.model.batcher import Batcher, Limits
from bot.model.prompt import NOT_IN_PASSAGES
from bot.phrases import say
from bot.policy import Policy
from storage.database import Database
from storage.records import Action
from tests.bot.small import Parrot, SmallModel, message, open_shop
from tests.model.test_batcher import PATIENCE, Slow, until, waiting


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        (Limits(batch=1, queue=1), "too many replies are waited for"),
        (Limits(seconds=0.05), "the reply was not written in time"),
    ],
)
def test_a_busy_generator_gives_the_honest_fallback(
    sqlite_database: Database, limits: Limits, why: str
) -> None:
    inner = Slow()
    batcher = Batcher(inner, limits=limits)
    batcher.logits_fingerprint()  # loaded
    shop = open_shop(sqlite_database, model=SmallModel(generator=batcher))
    asked = ["what does gift wrap cost", "is gift wrap dear", "cost of gift wrap"]
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(shop.desk.answer, message(asked[0], conversation="C1"))
        assert inner.entered.wait(PATIENCE)
        if limits.queue == 1:
            second = message(asked[1], conversation="C2")
            pool.submit(shop.desk.answer, second)
            until(lambda: waiting(batcher) == 1)
        turn = shop.desk.answer(message(asked[2], conversation="C3"))
        inner.gate.set()
        first.result(PATIENCE)
    assert turn.action is Action.DECLINE
    assert turn.reply.text == say("fallback", "en")
    assert turn.why["tried"] == {"generator_unavailable": why}


@pytest.mark.parametrize("freely", [False, True])
def test_what_it_reads_is_what_it_may_say_unless_it_writes_freely(
    sqlite_database: Database, *, freely: bool
) -> None:
    parrot = Parrot("Gift wrap costs ¥21 a piece.")
    policy = Policy(write_freely=freely)
    model = SmallModel(generator=parrot)
    shop = open_shop(sqlite_database, model=model, policy=policy)
    shop.desk.answer(message("what does gift wrap cost"))
    [asked] = parrot.asked
    if freely:
        assert asked.choices == ()
    else:
        assert NOT_IN_PASSAGES["en"] in asked.choices
        known = " ".join(" ".join(asked.passages).split())
        others = [text for text in asked.choices if text != NOT_IN_PASSAGES["en"]]
        assert others
        assert all(" ".join(text.split()) in known for text in others)
