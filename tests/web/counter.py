"""A small shop assistant that behaves: it answers, asks back, declines and learns."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count

from bot.language import detect
from storage.records import (
    Action,
    Choice,
    Correction,
    Message,
    Origin,
    Reply,
    Source,
    Turn,
    Understanding,
    Vote,
)

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
HOURS_EN = (
    "We are open from 9:00 to 21:00, every day. See https://pinecone.example/hours."
)
HOURS_ZH = "我们每天9:00到21:00营业。"


class Counter:
    """Knows the opening hours; "which" makes it ask back; "slow" makes it wait."""

    def __init__(self) -> None:
        self.heard: list[Message | Choice] = []
        self.turns: dict[str, Turn] = {}
        self.votes: dict[tuple[str, str], bool | None] = {}
        self.learnt: list[Vote | Correction] = []
        self.reasons: list[str] = []
        self.gate = threading.Event()
        self.gate.set()
        self.inside = self.most_inside = 0
        self.before: Callable[[], None] = lambda: None
        self._lock = threading.Lock()
        self._numbers = count(1)

    def new_id(self) -> str:
        with self._lock:
            return f"{next(self._numbers):032x}"

    def now(self) -> datetime:
        return NOON

    def answer(self, event: Message | Choice) -> Turn:
        with self._lock:
            self.heard.append(event)
            self.inside += 1
            self.most_inside = max(self.most_inside, self.inside)
        try:
            self.before()
            self.gate.wait(10)
            turn = self._turn(event)
        finally:
            with self._lock:
                self.inside -= 1
        self.turns[turn.id] = turn
        return turn

    def learn(self, event: Vote | Correction) -> Reply | None:
        self.learnt.append(event)
        turn = self.turns[event.turn_id]
        if turn.message.conversation_id != event.conversation_id:
            return Reply(text="That message is gone.", origin=Origin.FIXED)
        if isinstance(event, Correction):
            thanks = {"zh": "谢谢，已记下。", "en": "Thank you, noted."}
            text = thanks[turn.understanding.language]
            return Reply(text=text, origin=Origin.FIXED)
        key = (event.turn_id, event.voter_id)
        good: bool | None = event.good
        self.votes[key] = None if self.votes.get(key) is good else good
        return None

    def ready(self) -> list[str]:
        return self.reasons

    def _turn(self, event: Message | Choice) -> Turn:
        if isinstance(event, Choice):
            asked = self.turns[event.turn_id]
            text = asked.reply.choices[event.number]
            message = Message(
                platform=event.platform,
                conversation_id=event.conversation_id,
                message_id=event.message_id,
                sender_id=event.sender_id,
                text=text,
                sent_at=event.chosen_at,
                role=event.role,
            )
        else:
            message = event
        language = detect(message.text[:200])
        action, reply = self._reply(message.text, language)
        return Turn(
            id=self.new_id(),
            message=message,
            understanding=Understanding(
                language=language, intent="contact_hours", confidence=0.97
            ),
            action=action,
            reply=reply,
            model_version="v0003",
            answered_at=NOON,
            latency_ms=12.5,
            why={"match": 0.91234, "tried": ["exact"]},
        )

    def _reply(self, text: str, language: str) -> tuple[Action, Reply]:
        if "which" in text.lower() or "哪个" in text:
            zh = ("你们几点营业？", "都不是")
            en = ("When are you open?", "None of these")
            return Action.CLARIFY, Reply(
                text="您想问哪一个？" if language == "zh" else "Which do you mean?",
                origin=Origin.FIXED,
                choices=zh if language == "zh" else en,
            )
        if "open" in text.lower() or "营业" in text:
            title = "营业时间" if language == "zh" else "Opening hours"
            source = Source(knowledge_id="k1", title=title, score=0.93)
            return Action.ANSWER, Reply(
                text=HOURS_ZH if language == "zh" else HOURS_EN,
                origin=Origin.APPROVED,
                sources=(source, source),
            )
        # Hostile words come back, so that the page is seen to show them as words.
        return Action.DECLINE, Reply(text=f"I don't know: {text}", origin=Origin.FIXED)
