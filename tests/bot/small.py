"""A very small shop and model: the same faces as the real ones, and no weights.

The intents know words, the generator says what it is told, the clock is moved by hand.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from bot import Bot, Command, Desk, Policy, Roles, Shelves
from bot.model.generate import Generator, Request
from bot.model.intents import IntentGuess
from bot.model.thresholds import Thresholds
from bot.understand import Entities, Intents
from storage.database import Database
from storage.records import (
    Event,
    Knowledge,
    KnowledgeKind,
    Message,
    Origin,
    Outgoing,
    Reply,
    Role,
    Turn,
)
from storage.stores import Stores

MORNING = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
THRESHOLDS = Thresholds(answer=0.8, clarify=0.2, match=0.8, ground=0.35)

# A word of the message -> how sure it makes of which intent.
WORDS: Mapping[str, tuple[tuple[str, float], ...]] = {
    "hello": (("small_talk_hello", 0.95),),
    "你好": (("small_talk_hello", 0.95),),
    "parcel": (("order_status", 0.93),),
    "包裹": (("order_status", 0.93),),
    "send back": (("return_how", 0.9),),
    "退": (("return_how", 0.9),),
    "order": (("order_status", 0.45), ("order_cancel", 0.4)),
    "订单": (("order_status", 0.45), ("order_cancel", 0.4)),
    "japan": (("shipping_international", 0.9),),
    "日本": (("shipping_international", 0.9),),
    "weather": (("order_status", 0.05),),
    "天气": (("order_status", 0.05),),
}


class WordIntents:
    """Tells intents by words."""

    def predict(self, text: str, language: str) -> IntentGuess:
        del language
        for word, shares in WORDS.items():
            if word in text.lower():
                known = shares[0][1] > 0.1
                return IntentGuess(
                    intent=shares[0][0],
                    confidence=shares[0][1],
                    alternatives=shares,
                    in_scope=0.95 if known else 0.1,
                )
        return IntentGuess(intent=None, confidence=0.0, alternatives=(), in_scope=0.9)


class Parrot:
    """Writes what it was told to write, and keeps what it was asked."""

    def __init__(self, *drafts: str) -> None:
        self._drafts = list(drafts)
        self.asked: list[Request] = []

    def generate(self, requests: Sequence[Request]) -> list[str]:
        self.asked += requests
        if not self._drafts:
            raise RuntimeError("out of memory")
        return [self._drafts.pop(0) for _ in requests]

    def logits_fingerprint(self) -> str:
        return "0"


@dataclass(frozen=True, kw_only=True)
class SmallModel:
    version: str = "v0001"
    intents: Intents | None = field(default_factory=WordIntents)
    entities: Entities | None = None
    generator: Generator | None = None
    thresholds: Mapping[str, Thresholds] = field(
        default_factory=lambda: {"en": THRESHOLDS, "zh": THRESHOLDS}
    )


@dataclass(kw_only=True)
class SmallLive:
    model: SmallModel = field(default_factory=SmallModel)


@dataclass(kw_only=True)
class Clock:
    time: datetime = MORNING

    def __call__(self) -> datetime:
        return self.time

    def wait(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@dataclass(kw_only=True)
class Errands:
    """Carries out admin commands by noting them."""

    done: list[Command] = field(default_factory=list)

    def run(self, command: Command, message: Message) -> Reply:
        del message
        self.done.append(command)
        return Reply(text=f"did {command.name}", origin=Origin.FIXED)


def answer(
    question: str,
    text: str,
    language: str = "en",
    *,
    intent: str | None = None,
    source: str = "faq.csv",
    kind: KnowledgeKind = KnowledgeKind.ANSWER,
    workspace: str = "default",
    updated_at: datetime = MORNING,
) -> Knowledge:
    """A piece of knowledge that is known by its question."""
    key = f"{workspace}/{source}/{language}/{question}"
    return Knowledge(
        id=key,
        workspace=workspace,
        kind=kind,
        question=question,
        text=text,
        language=language,
        intent=intent,
        source=source,
        source_key=key,
        updated_at=updated_at,
    )


SHOP = (
    answer("Where is my order?", "Open My orders, tap Track.", intent="order_status"),
    answer(
        "我的订单到哪里了？", "打开“我的订单”查看物流。", "zh", intent="order_status"
    ),
    answer("How can I cancel my order?", "In My orders.", intent="order_cancel"),
    answer("怎么取消订单？", "在“我的订单”里取消。", "zh", intent="order_cancel"),
    answer("How do I return an item?", "Within 30 days.", intent="return_how"),
    answer("怎么退货？", "签收后30天内可以退货。", "zh", intent="return_how"),
    answer("Do you ship to Japan?", "Yes, from ¥68.", intent="shipping_international"),
    answer("能寄到日本吗？", "可以，68元起。", "zh", intent="shipping_international"),
    answer("Hello", "Hello! How can I help?", intent="small_talk_hello"),
    answer("你好", "您好！请问有什么可以帮您？", "zh", intent="small_talk_hello"),
    answer(
        "Gift wrap",
        "Gift wrap costs ¥12 and comes with a card.",
        kind=KnowledgeKind.PASSAGE,
    ),
    answer(
        "礼品包装", "礼品包装12元，附赠一张贺卡。", "zh", kind=KnowledgeKind.PASSAGE
    ),
)


@dataclass(kw_only=True)
class Shop:
    """A shop on a real database, with a bot and a desk."""

    database: Database
    live: SmallLive
    clock: Clock
    bot: Bot
    desk: Desk
    errands: Errands
    new_id: Callable[[], str]

    def receive(self, event: Event, key: str | None = None) -> bool:
        """Put an event into the inbox, as an adapter would."""
        with self.database.transaction() as stores:
            return stores.inbox.put(
                platform=event.platform,
                key=key or self.new_id(),
                conversation_id=event.conversation_id,
                event=event,
                received_at=self.clock(),
            )

    def work(self) -> int:
        """Work until nothing is due; how many events were taken."""
        return next(n for n in count() if not self.desk.work_once())

    @contextmanager
    def looking(self) -> Iterator[Stores]:
        with self.database.reading() as stores:
            yield stores

    def outbox(self, platform: str = "slack") -> list[Outgoing]:
        """Everything that waits to be sent, which is sent by looking."""
        found: list[Outgoing] = []
        while True:
            with self.database.transaction() as stores:
                delivery = stores.outbox.claim(
                    platform=platform,
                    worker="courier",
                    now=self.clock(),
                    lease=timedelta(minutes=1),
                )
                if delivery is None:
                    return found
                found.append(delivery.outgoing)
                stores.outbox.sent(delivery.outgoing.id, "sent", self.clock())


def open_shop(
    database: Database,
    *,
    model: SmallModel | None = None,
    policy: Policy | None = None,
    knowledge: Sequence[Knowledge] = SHOP,
    worker: str = "worker",
    debounce: float = 0.0,
) -> Shop:
    """A shop whose knowledge is in the database."""
    with database.transaction() as stores:
        for each in knowledge:
            stores.knowledge.put(each)
    numbers = count(1)
    clock, live, errands = Clock(), SmallLive(), Errands()
    live.model = model or SmallModel()

    def new_id() -> str:
        return f"{worker}{next(numbers):026d}"

    def history(platform: str, conversation: str) -> list[Turn]:
        with database.reading() as stores:
            return stores.turns.history(platform, conversation, 6)

    bot = Bot(
        live=live,
        shelves=Shelves(reading=database.reading, encode=None),
        history=history,
        policy=policy or Policy(),
        now=clock,
        new_id=new_id,
    )
    desk = Desk(
        database=database,
        bot=bot,
        commands=errands,
        roles=Roles(admins=frozenset({"slack:boss"}), agents=frozenset({"slack:ann"})),
        now=clock,
        new_id=new_id,
        worker=worker,
        debounce=timedelta(seconds=debounce),
    )
    return Shop(
        database=database,
        live=live,
        clock=clock,
        bot=bot,
        desk=desk,
        errands=errands,
        new_id=new_id,
    )


_numbers = count(1)


def message(
    text: str,
    *,
    sender: str = "carla",
    conversation: str = "C1",
    platform: str = "slack",
    workspace: str = "default",
    role: Role = Role.CUSTOMER,
) -> Message:
    """A message of a customer."""
    return Message(
        platform=platform,
        conversation_id=conversation,
        message_id=f"m{next(_numbers)}",
        sender_id=sender,
        text=text,
        sent_at=MORNING,
        workspace=workspace,
        role=role,
    )
