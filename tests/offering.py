"""A desk that offers related questions, for the tests of the platforms."""

from dataclasses import replace
from datetime import UTC, datetime

from bot import Bot, Desk
from bot.related import LEAST, Related
from storage.database import Database
from tests.bot.events import arguments_of, desk_with
from tests.bot.small import SHOP, Shop, answer, message, open_shop

HOURS = "What are your opening hours?"
ANSWER, NEXT = "Open My orders, tap Track.", "From nine to nine."


def offering_desk(database: Database, workspace: str = "shop") -> tuple[Shop, Desk]:
    """A shop in which enough people asked for the hours after their parcel."""
    known = (*SHOP, answer(HOURS, NEXT, intent="hours"))
    knowledge = [replace(each, workspace=workspace) for each in known]
    shop = open_shop(database, knowledge=knowledge)
    shop.clock.time = datetime.now(UTC)
    related = Related(reading=database.reading, most=2)
    desk = desk_with(shop, Bot(**arguments_of(shop.bot) | {"related": related}))
    for number in range(LEAST):
        for text in ("my parcel", HOURS):
            who = f"someone {number}"
            asked = message(text, sender=who, conversation=who, platform="web")
            desk.answer(replace(asked, workspace=workspace))
    related.learn(workspace)
    return shop, desk


def work(shop: Shop, desk: Desk) -> None:
    """Answer all that is due by now."""
    shop.clock.time = datetime.now(UTC)
    while desk.work_once():
        pass
