"""Events as adapters put them into the inbox, and desks with a bot of one's own."""

from datetime import timedelta
from typing import Any

from bot import Bot, Desk, Roles
from storage.records import Choice, Correction, Turn, Vote
from tests.bot.small import MORNING, Shop, message


def answered(shop: Shop) -> Turn:
    """A turn whose reply has been delivered."""
    shop.receive(message("where is my parcel"))
    shop.work()
    shop.outbox()
    with shop.looking() as stores:
        return stores.turns.history("slack", "C1", 1)[0]


def press(turn_id: str | None, number: int) -> Choice:
    return Choice(
        platform="slack",
        conversation_id="C1",
        message_id=f"press {turn_id} {number}",
        sender_id="carla",
        turn_id=turn_id or "",
        number=number,
        chosen_at=MORNING,
    )


def vote(turn: Turn, *, good: bool = True) -> Vote:
    return Vote(
        platform="slack",
        conversation_id="C1",
        voter_id="carla",
        turn_id=turn.id,
        good=good,
        voted_at=MORNING + timedelta(minutes=1),
    )


def correction(turn: Turn, text: str, *, author: str) -> Correction:
    return Correction(
        platform="slack",
        conversation_id="C1",
        author_id=author,
        turn_id=turn.id,
        text=text,
        written_at=MORNING + timedelta(minutes=1),
    )


def arguments_of(bot: Bot) -> dict[str, Any]:
    """What the bot was made of."""
    return {name.lstrip("_"): value for name, value in vars(bot).items()}


def desk_with(shop: Shop, bot: Bot, worker: str = "worker") -> Desk:
    return Desk(
        database=shop.database,
        bot=bot,
        commands=shop.errands,
        roles=Roles(),
        now=shop.clock,
        new_id=shop.new_id,
        worker=worker,
    )
