"""Where the generator cannot answer, the customer hears so kindly and at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.model.batcher import Batcher, Limits
from bot.phrases import say
from storage.database import Database
from storage.records import Action
from tests.bot.small import SmallModel, message, open_shop
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
