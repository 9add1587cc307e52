"""What admins do from chat: train, look, go back. The same on every platform.

Each command says what it did in the language of the conversation. Running one again
after a crash does no harm: a second start finds the first, a second rollback names
the release it goes to.
"""

from collections.abc import Callable

from bot.app import App
from bot.cli.explaining import in_words
from bot.cli.registry import roll_back
from bot.cli.trainer import Trainer
from bot.commands import (
    RELEASES,
    ROLLBACK,
    STATUS,
    TRAIN,
    TRAIN_STATUS,
    TRAIN_STOP,
    WHY,
    Command,
)
from bot.language import detect
from bot.taking_part import heard
from storage.problems import Problem
from storage.records import Message, Origin, Reply, Run, RunState

TEXTS = {
    "started": {
        "en": "Learning has started. I will write here when there is a verdict; "
        "/train status shows how far it is.",
        "zh": "训练已开始，有结果时我会在这里通知。发送 /train status 查看进度。",
    },
    "running": {
        "en": "A learning cycle is running already: {stage}, {share}.",
        "zh": "已有训练正在进行：{stage}，{share}。",
    },
    "stopping": {
        "en": "The learning cycle is being stopped. The live release stays.",
        "zh": "正在停止训练，线上版本不变。",
    },
    "idle": {
        "en": "No learning cycle is running. Last: {last}.",
        "zh": "当前没有训练。上一次：{last}。",
    },
    "never": {"en": "none yet", "zh": "尚无记录"},
    "status": {
        "en": "Release {live} answers. Waiting: {inbox} in, {outbox} out. "
        "Unconfirmed sends: {uncertain}. Requests for a person: {people}. {cycle}",
        "zh": "线上版本 {live}。待处理 {inbox}，待发送 {outbox}，"
        "发送未确认 {uncertain}，人工请求 {people}。{cycle}",
    },
    "releases": {
        "en": "No release yet. /train makes the first one.",
        "zh": "还没有训练版本。发送 /train 训练第一个。",
    },
    "no_reply": {
        "en": "There is no reply to explain here yet.",
        "zh": "这里还没有可以说明依据的回答。",
    },
    "rolled_back": {"en": "{version} is live again.", "zh": "已回退到 {version}。"},
}

_LOOKED_BACK = 50  # turns, for one that is no command


class Admin:
    """Carries out the admin commands that `bot.commands` recognises."""

    def __init__(self, app: App, trainer: Trainer) -> None:
        self._app, self._trainer = app, trainer
        self._acts: dict[str, Callable[[Command, Message, str], str]] = {
            TRAIN: self._train,
            TRAIN_STATUS: self._train_status,
            TRAIN_STOP: self._train_stop,
            STATUS: self._status,
            RELEASES: self._releases,
            ROLLBACK: self._rollback,
            WHY: self._why,
        }

    def run(self, command: Command, message: Message) -> Reply:
        """Do it and say so. A problem is told in the chat, not thrown."""
        language = self._language(message)
        try:
            text = self._acts[command.name](command, message, language)
        except Problem as problem:
            text = str(problem)
        return Reply(text=text, origin=Origin.FIXED)

    def _train(self, command: Command, message: Message, language: str) -> str:
        del command
        if run := self._current():
            return _say("running", language, stage=run.stage, share=_share(run))
        started = self._trainer.start(
            trigger="command",
            requested_by=f"{message.platform}:{message.sender_id}",
            notify=f"{message.platform} {message.conversation_id} {language}",
        )
        if not started:
            return _say("running", language, stage="start", share="0 %")
        return _say("started", language)

    def _train_status(self, command: Command, message: Message, language: str) -> str:
        del command, message
        return self._cycle(language)

    def _train_stop(self, command: Command, message: Message, language: str) -> str:
        del command, message
        run = self._current()
        if run is None:
            return self._cycle(language)
        with self._app.database.transaction() as stores:
            stores.runs.request_stop(run.id)
        return _say("stopping", language)

    def _status(self, command: Command, message: Message, language: str) -> str:
        del command
        with self._app.database.reading() as stores:
            numbers = {
                "live": self._app.live.model.version,
                "inbox": stores.inbox.pending(),
                "outbox": sum(
                    count
                    for state, count in stores.outbox.counts().items()
                    if state not in {"sent", "failed"}
                ),
                "uncertain": len(stores.outbox.uncertain()),
                "people": len(stores.hand_overs.open(message.workspace)),
            }
        return _say("status", language, cycle=self._cycle(language), **numbers)

    def _releases(self, command: Command, message: Message, language: str) -> str:
        del command, message
        with self._app.database.reading() as stores:
            releases = stores.releases.all()
        rows = [
            f"{each.version} {each.stage} {each.created_at:%Y-%m-%d %H:%M}"
            for each in reversed(releases[-10:])
        ]
        return "\n".join(rows) or _say("releases", language)

    def _rollback(self, command: Command, message: Message, language: str) -> str:
        by = f"{message.platform}:{message.sender_id}"
        version = roll_back(self._app.settings, command.argument or None, by=by)
        return _say("rolled_back", language, version=version)

    def _why(self, command: Command, message: Message, language: str) -> str:
        """Why the last reply of this conversation is what it is."""
        del command
        with self._app.database.reading() as stores:
            turns = stores.turns.history(
                message.platform, message.conversation_id, _LOOKED_BACK
            )
        last = next((t for t in reversed(heard(turns)) if "command" not in t.why), None)
        if last is None:
            return _say("no_reply", language)
        return "\n".join(in_words(self._app, last))

    def _current(self) -> Run | None:
        """The cycle that runs; one whose process has died does not count."""
        with self._app.database.reading() as stores:
            run = stores.runs.current()
        return run if run and self._app.is_alive(run) else None

    def _cycle(self, language: str) -> str:
        if run := self._current():
            return _say("running", language, stage=run.stage, share=_share(run))
        with self._app.database.reading() as stores:
            run = stores.runs.last()
        last = _say("never", language) if run is None else _outcome(run)
        return _say("idle", language, last=last)

    def _language(self, message: Message) -> str:
        """Of what was written after the command, else of the conversation."""
        if any(ord(character) > 0x2E80 for character in message.text):
            return detect(message.text)
        with self._app.database.reading() as stores:
            turns = stores.turns.history(message.platform, message.conversation_id, 1)
        return turns[-1].understanding.language if turns else "en"


def _say(name: str, language: str, **parts: object) -> str:
    return TEXTS[name].get(language, TEXTS[name]["en"]).format(**parts)


def _share(run: Run) -> str:
    return f"{run.progress:.0%}"


def _outcome(run: Run) -> str:
    ended = run.state if run.state is not RunState.FINISHED else run.verdict
    reasons = "; ".join(run.reasons)
    parts = [f"{run.updated_at:%Y-%m-%d %H:%M}", run.candidate, ended, reasons]
    return " ".join(str(part) for part in parts if part)
