"""A tiny shop for the learning cycle: four topics in two languages, and nonsense."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Final

from bot.model.encoder import Encoder
from bot.model.live import NO_RELEASE, Model
from bot.model.load import BaseModel, load_base, load_release
from bot.policy import Policy
from storage.database import Database
from storage.records import Knowledge, KnowledgeKind, LabelledQuestion
from training.cycle import Cycle
from training.methods import FinetuneConfig
from training.work import Models as AnyModels

START: Final = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)

ANSWERS: Final = {
    ("track", "en"): "Open My orders and tap Track to see where your parcel is.",
    ("track", "zh"): "打开“我的订单”点“查看物流”，就能看到包裹到哪里了。",
    (
        "refund",
        "en",
    ): "Your money is back 3 to 5 working days after the parcel arrives.",
    ("refund", "zh"): "退货到仓后三到五个工作日，钱会原路退回。",
    ("hours", "en"): "We are here for you from 9:00 to 21:00 every day.",
    ("hours", "zh"): "我们每天9点到21点都在。",
    ("password", "en"): "Tap Forgot password; the link we send works for 20 minutes.",
    ("password", "zh"): "点“忘记密码”，我们发的链接二十分钟内有效。",
}
_ENGLISH: Final = {
    "track": ("where is my {}", "track my {}", "has my {} left yet", "my {} is where"),
    "refund": ("refund for my {}", "money back for the {}", "when is my {} refunded"),
    "hours": ("opening hours {}", "when do you open {}", "are you open {}"),
    "password": ("forgot password {}", "reset my password {}", "cannot log in {}"),
    "oos": ("is there rain in {}", "who won the match in {}", "a poem about {}"),
}
_CHINESE: Final = {
    "track": ("我的{}到哪了", "查一下{}的物流", "{}发货了吗"),
    "refund": ("{}的退款多久到账", "{}退钱要几天", "什么时候给我退{}的钱"),
    "hours": ("{}几点上班", "{}客服在吗几点下班", "{}营业时间"),
    "password": ("{}密码忘了", "怎么重置{}密码", "{}登录不了"),
    "oos": ("{}明天天气怎么样", "写一首{}的诗", "{}的球赛谁赢了"),
}
_THINGS: Final = ("kettle", "wok", "lamp", "parcel", "order", "knife", "mug")
_DAYS: Final = ("today", "on Sunday", "please", "tomorrow", "now", "on monday", "again")
_CITIES: Final = ("Rome", "Paris", "Oslo", "Kenya", "Lima", "Cairo", "Delhi")
_DINGE: Final = ("水壶", "炒锅", "台灯", "包裹", "订单", "菜刀", "杯子")
_TAGE: Final = ("今天", "周日", "请问", "明天", "现在", "周一", "你们")
_STAEDTE: Final = ("罗马", "巴黎", "北京", "成都", "上海", "月亮", "大海")


def questions(shuffled: bool = False) -> Iterator[tuple[str, str, str]]:
    """(text, intent, language). Shuffled labels say nothing about the texts."""
    fill = {"en": (_THINGS, _DAYS, _CITIES), "zh": (_DINGE, _TAGE, _STAEDTE)}
    turning = count()
    for language, shapes in (("en", _ENGLISH), ("zh", _CHINESE)):
        things, days, cities = fill[language]
        for intent, forms in shapes.items():
            said = {"track": things, "refund": things, "oos": cities}.get(intent, days)
            for form in forms:
                for word in said:
                    name = intent
                    if shuffled:
                        name = sorted(_ENGLISH)[next(turning) * 7 % 11 % 5]
                    yield form.format(word), name, language


def labelled_question(
    number: int, text: str, intent: str, language: str
) -> LabelledQuestion:
    """One row of labelled questions; the number makes its id."""
    return LabelledQuestion(
        id=f"q{number:04d}",
        workspace="default",
        text=text,
        intent=intent,
        language=language,
        source="test",
        created_at=START,
    )


def fill(database: Database, *, shuffled: bool = False) -> None:
    """Put the shop into a database."""
    with database.transaction() as stores:
        for (intent, language), text in ANSWERS.items():
            stores.knowledge.put(
                Knowledge(
                    id=f"{intent}-{language}",
                    workspace="default",
                    kind=KnowledgeKind.ANSWER,
                    question=intent,
                    text=text,
                    language=language,
                    intent=intent,
                    source="test",
                    source_key=f"{intent}-{language}",
                    updated_at=START,
                )
            )
        for number, labelled in enumerate(questions(shuffled)):
            stores.questions.put(labelled_question(number, *labelled))


class Models:
    """What the roof hands to a cycle, over a folder of the test."""

    def __init__(self, base: BaseModel, encoder: Encoder, home: Path) -> None:
        self.base, self.encoder, self.device = base, encoder, "cpu"
        self.releases = home / "releases"

    def load(self, version: str) -> Model:
        if version == NO_RELEASE:
            return load_base(self.base, encoder=self.encoder)
        folder = self.releases / version
        return load_release(folder, base=self.base, encoder=self.encoder)


class Clock:
    """Time that passes by a second whenever somebody looks."""

    def __init__(self) -> None:
        self._seconds = count()

    def __call__(self) -> datetime:
        return START + timedelta(seconds=next(self._seconds))


def cycle_of(database: Database, models: AnyModels, *, first_id: int = 0) -> Cycle:
    """A cycle over it, ready to run."""
    ids = count(first_id)
    return Cycle(
        database=database,
        models=models,
        policy=Policy(),
        now=Clock(),
        new_id=lambda: f"{next(ids):032x}",
        pid=1,
        threads=1,
        finetuning=FinetuneConfig(epochs=1, most=24, rank=4, longest=160),
    )
