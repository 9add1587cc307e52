"""The composition root: everything is made here, once, and handed in.

This is the only place that knows every part. Nothing is looked up later: what a part
needs, it is given.
"""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

import psutil

from bot.asking import ASKED, Asking
from bot.commands import Commands
from bot.desk import Desk
from bot.dialogue import Bot
from bot.entities import ORDER_NUMBER, Names
from bot.machine import Profile, profile
from bot.memory import REMEMBERED
from bot.model.batcher import Batcher
from bot.model.encoder import Encoder
from bot.model.live import NO_RELEASE, Live, Model
from bot.model.load import BaseModel, load_base, load_release, resolve_base
from bot.model.sentiment import SETTINGS_FILE, SentimentModel, feel_by_words
from bot.notice import Senses
from bot.policy import Policy, Roles
from bot.related import Related
from bot.retrieve import Shelves
from bot.settings import Settings
from bot.vectors import Vectors
from storage.database import Database
from storage.problems import BadInput
from storage.records import Choice, Message, Run, Turn

if TYPE_CHECKING:
    from bot.model.remote import RemoteGenerator

OWN_MOOD = "sentiment"  # the folder in the home


def now() -> datetime:
    """The time, in UTC: the one clock that is handed to every part."""
    return datetime.now(UTC)


def new_id() -> str:
    """32 hexadecimal digits: the one source of identity."""
    return uuid.uuid4().hex


class Channel(Protocol):
    """What the server needs of a platform's channel."""

    @property
    def healthy(self) -> bool:
        """Whether messages get in and out."""
        ...

    async def start(self) -> None:
        """Begin; raises PlatformRefused where the platform says no."""
        ...

    async def stop_intake(self) -> None:
        """Take nothing new; replies still leave."""
        ...

    async def stop(self) -> None:
        """Take nothing new and finish what is in hand."""
        ...

    def wake(self) -> None:
        """Say that a reply lies in the outbox, to save the wait."""
        ...


@dataclass(frozen=True, kw_only=True)
class Models:
    """What releases are loaded with."""

    base: BaseModel
    encoder: Encoder
    device: str
    threads: int  # of one call of a model
    home: Path
    remote: "RemoteGenerator | None" = None  # writes while serving, if it is set

    @property
    def releases(self) -> Path:
        """The folder of the releases."""
        return self.home / "releases"

    def load(self, version: str) -> Model:
        """The release of that version; v0000 is the base alone."""
        if version == NO_RELEASE:
            return load_base(
                self.base,
                encoder=self.encoder,
                device=self.device,
                cache=self.home / "cache",
                threads=self.threads,
            )
        return load_release(
            self.releases / version,
            base=self.base,
            encoder=self.encoder,
            device=self.device,
            threads=self.threads,
        )

    def load_to_serve(self, version: str) -> Model:
        """The same, for many conversations at once: its requests are batched."""
        model = self.load(version)
        generator = self.remote or model.generator
        if generator is None:
            return model
        return replace(model, generator=Batcher(generator))


@dataclass(frozen=True, kw_only=True)
class App:
    """All parts of one process, wired."""

    settings: Settings
    profile: Profile
    database: Database
    models: Models
    live: Live
    shelves: Shelves
    related: Related
    bot: Bot
    roles: Roles

    def desk(self, worker: str, commands: Commands) -> Desk:
        """A worker's place: it answers what lies in the inbox."""
        return Desk(
            database=self.database,
            bot=self.bot,
            commands=commands,
            roles=self.roles,
            now=now,
            new_id=new_id,
            worker=worker,
            debounce=timedelta(seconds=self.settings.debounce_seconds),
        )

    def follow_live_release(self) -> str | None:
        """Swap to the release that the registry calls live; its version if changed."""
        with self.database.reading() as stores:
            release = stores.releases.live(self.settings.workspace)
        version = release.version if release else NO_RELEASE
        if version == self.live.model.version:
            return None
        return self.live.change_to(lambda: self.models.load_to_serve(version)).version

    def is_alive(self, run: Run) -> bool:
        """Whether the process of a learning cycle still runs."""
        return run.pid is None or psutil.pid_exists(run.pid)


def machine_of(settings: Settings) -> Profile:
    """What this machine can carry, after what the admin said."""
    return profile(
        threads=settings.threads,
        workers=settings.workers,
        trainer_threads=settings.trainer_threads,
    )


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    """The database, at the newest schema, closed at the end."""
    database = Database(settings.database)
    try:
        database.migrate()
        yield database
    finally:
        database.close()


@contextmanager
def open_app(settings: Settings, *, threads: int = 0) -> Iterator[App]:
    """Every part, wired; the live release loaded.

    Args:
        threads: of one model call; 0 takes the machine's.
    """
    machine = machine_of(settings)
    with open_database(settings) as database:
        models = open_models(settings, machine, threads=threads)
        with database.reading() as stores:
            release = stores.releases.live(settings.workspace)
        live = Live(models.load_to_serve(NO_RELEASE))
        if release is not None:
            live.change_to(lambda: models.load_to_serve(release.version))
        encoder = models.encoder
        vectors = text_vectors(settings, encoder)
        shelves = Shelves(
            reading=database.reading, encode=encoder.encode, vectors=vectors
        )
        senses = senses_of(settings, models.encoder)
        related = Related(reading=database.reading, most=settings.related)
        try:
            yield App(
                settings=settings,
                profile=machine,
                database=database,
                models=models,
                live=live,
                shelves=shelves,
                related=related,
                bot=make_bot(settings, database, live, shelves, senses, related),
                roles=roles_of(settings),
            )
        finally:
            if models.remote is not None:
                models.remote.close()


def open_models(settings: Settings, machine: Profile, *, threads: int = 0) -> Models:
    """The base and the encoder that every release of this home is loaded with."""
    device = settings.device
    if device == "auto":
        device = "cuda" if machine.gpu else "cpu"
    threads = threads or machine.threads
    return Models(
        base=resolve_base(settings.base_model or None),
        encoder=open_encoder(settings, threads),
        device=device,
        threads=threads,
        home=settings.home,
        remote=remote_of(settings),
    )


def remote_of(settings: Settings) -> "RemoteGenerator | None":
    """The server that writes replies, if one is set."""
    url, model, key = (
        settings.generator_url,
        settings.generator_model,
        settings.generator_key,
    )
    if not url and not model:
        return None
    # Imported here: without such a server, nothing of HTTP need be loaded.
    from bot.model.remote import RemoteGenerator, server_of

    secret = key.get_secret_value() if key else ""
    return RemoteGenerator(server_of(url, model, secret))


def open_encoder(settings: Settings, threads: int) -> Encoder:
    """The sentence encoder of this home."""
    source = settings.encoder or None
    return Encoder.load(source, settings.home / "cache", threads=threads)


def text_vectors(settings: Settings, encoder: Encoder) -> Vectors:
    """The vectors of knowledge, kept in the home so that a restart has them.

    They say nothing to people, but they were made of the texts: a cache, to be
    deleted at will.
    """
    file = settings.home / "cache" / f"texts-{encoder.sha256[:32]}"
    return Vectors(encoder.encode, file, encoder.width)


def make_bot(
    settings: Settings,
    database: Database,
    live: Live,
    shelves: Shelves,
    senses: Senses,
    related: Related,
) -> Bot:
    """The bot that answers, over a model and the knowledge as it is."""
    policy = policy_of(settings)

    def history(platform: str, conversation_id: str) -> Sequence[Turn]:
        with database.reading() as stores:
            return stores.turns.history(platform, conversation_id, policy.history_turns)

    def asked_since(platform: str, sender_id: str, since: datetime) -> int:
        with database.reading() as stores:
            return stores.turns.counted(platform, sender_id, since, ASKED)

    def last_of(event: Message | Choice) -> Turn | None:
        with database.reading() as stores:
            return stores.turns.last_of(
                event.workspace, event.platform, event.sender_id, now() - REMEMBERED
            )

    return Bot(
        live=live,
        shelves=shelves,
        history=history,
        policy=policy,
        now=now,
        new_id=new_id,
        senses=senses,
        related=related,
        remember=last_of,
        asking=Asking(
            asked_since=asked_since,
            above=settings.votes_above,
            a_day=settings.votes_a_day,
        ),
    )


def senses_of(settings: Settings, encoder: Encoder) -> Senses:
    """What the bot notices with: rules, and weights where they fit the encoder."""
    mood = mood_of(settings, encoder)
    products = tuple(part.strip() for part in settings.products.split(","))
    return Senses(
        names=Names(
            order_number=settings.order_number or ORDER_NUMBER,
            products=tuple(filter(None, products)),
        ),
        zone=zone_of(settings.timezone),
        feel=mood.feel if mood else feel_by_words,
    )


def mood_of(settings: Settings, encoder: Encoder) -> SentimentModel | None:
    """The mood model that was fitted for this home, else the packaged one."""
    own = settings.home / OWN_MOOD
    if (own / SETTINGS_FILE).is_file():
        fitted = SentimentModel.load(encoder.encode, encoder.sha256, own)
        if fitted is not None:
            return fitted
    return SentimentModel.load(encoder.encode, encoder.sha256)


def zone_of(name: str) -> ZoneInfo | None:
    """None is the machine's own zone. Raises BadInput KF-606."""
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError) as error:
        raise BadInput(
            "KF-606",
            f"{name!r} is not a time zone",
            where="KEFU_TIMEZONE",
            fix="use a name such as Asia/Shanghai, or leave it empty",
        ) from error


def policy_of(settings: Settings) -> Policy:
    """The bot's manners, as the admin set them."""
    fallback = {"en": settings.fallback_en, "zh": settings.fallback_zh}
    return Policy(
        only_from_knowledge=settings.only_from_knowledge,
        write_freely=settings.write_freely,
        fallback={language: text for language, text in fallback.items() if text},
        max_clarifications=settings.max_clarifications,
        anger_limit=settings.anger_limit,
    )


def roles_of(settings: Settings) -> Roles:
    """Who is who, from the two lists of ids."""
    return Roles(admins=_ids(settings.admins), agents=_ids(settings.agents))


def _ids(text: str) -> frozenset[str]:
    return frozenset(part.strip() for part in text.split(",") if part.strip())
