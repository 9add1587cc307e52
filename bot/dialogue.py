"""The bot: a message in, a turn out. It reads and never writes.

It has an answer to any text whatever. One model serves a turn from its beginning to
its end, and everything that was weighed is kept in the turn's `why`.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeAlias

from bot import learning
from bot.answer import (
    NONE_OF_THESE,
    PERSON,
    Said,
    aside,
    declined,
    fixed,
    handed_over,
    verbatim,
    with_related,
)
from bot.asking import ASKED, Asking
from bot.commands import FOR_ADMINS, FORGET, HELP, HUMAN, START, Command, parse
from bot.inquiry import Inquiry, question_of
from bot.language import detect
from bot.memory import Remember, language_of, passed_on, since_forgetting
from bot.notice import PLAIN, Noticed, Senses, carried, needs_person, notice
from bot.phrases import say
from bot.policy import Policy
from bot.related import Related
from bot.retrieve import Shelves
from bot.taking_part import TAKING_PART, heard
from bot.text import has_words, looks_binary, question_key, storable
from bot.understand import Live, Model
from storage.records import (
    Action,
    Choice,
    Correction,
    Message,
    Origin,
    Reply,
    Role,
    Turn,
    Understanding,
    Vote,
)
from storage.stores import Stores

History: TypeAlias = Callable[[str, str], Sequence[Turn]]

_LOOKED_AT = 5000  # characters: enough to tell a language, or a file from a text
_TOO_ANGRY = 0.5  # temper; above it nothing is offered beside an answer
_YES = frozenset(
    ["yes", "yes please", "ok", "okay", "sure", "please", "please do", "yep", "yeah"]
    + ["好", "好的", "要", "需要", "可以", "是", "是的", "嗯", "行", "麻烦了", "好呀"]
)


class Bot:
    """The face of the dialogue core. Safe to use from many threads.

    Args:
        live: holds the model in use.
        shelves: the approved knowledge of each workspace.
        history: the last turns of a conversation (platform, conversation), oldest
            first.
        policy: the bot's manners.
        now: the time, in UTC.
        new_id: a new identifier.
        senses: what entities and moods are noticed with.
        related: what is offered under an answer; None offers nothing.
        asking: when votes are asked for; None never asks.
        remember: a person's last turn, in whatever conversation.
    """

    def __init__(
        self,
        *,
        live: Live,
        shelves: Shelves,
        history: History,
        policy: Policy,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        senses: Senses = PLAIN,
        related: Related | None = None,
        asking: Asking | None = None,
        remember: Remember = lambda _said: None,
    ) -> None:
        self._live, self._shelves, self._history = live, shelves, history
        self._policy, self._now, self._new_id = policy, now, new_id
        self._senses, self._related, self._asking = senses, related, asking
        self._remember = remember

    def reply_to(self, message: Message) -> Turn:
        """Answer a message. No text makes it raise.

        Raises:
            EnvironmentProblem: the database cannot be read.
        """
        started, model = self._now(), self._live.model
        message = replace(message, text=storable(message.text))
        turns = self._turns(message)
        said = self._respond(message, model, turns)
        noticed = carried(turns)
        if not ("command" in said.why or "unreadable" in said.why):
            noticed = notice(message, turns, self._senses, model.entities)
            said = self._soothed(said, noticed, turns)
            if noticed.temper < _TOO_ANGRY:
                said = self._with_related(said, message.workspace, turns)
                said = self._with_asking(said, message, started)
            said = self._passed_on(said, message, noticed)
        elif said.why.get("command") == FORGET:
            noticed = Noticed()
        return self._turn(message, _with(said, noticed), model, started)

    def choose(self, choice: Choice, asked: Turn | None) -> Turn:
        """Answer a press on a choice of the turn that asked, if that is still there.

        Raises:
            EnvironmentProblem: the database cannot be read.
        """
        started, model = self._now(), self._live.model
        if asked is not None and asked.message.workspace != choice.workspace:
            asked = None
        said = self._chosen(asked, choice.number) if asked is not None else None
        wording = f"#{choice.number + 1}"
        if said is None:
            language = _tongue(asked) if asked else self._policy.default_language
            gone = fixed("choice_gone", language)
            said = aside(gone, language, {"unreadable": "choice_gone"})
        elif asked is not None:
            wording = asked.reply.choices[choice.number]
        message = Message(
            platform=choice.platform,
            conversation_id=choice.conversation_id,
            message_id=choice.message_id,
            sender_id=choice.sender_id,
            text=wording,
            sent_at=choice.chosen_at,
            workspace=choice.workspace,
            role=choice.role,
        )
        turns = self._turns(choice)
        said = self._with_related(said, choice.workspace, turns)
        noticed = carried(turns)
        said = self._passed_on(said, choice, noticed)
        return self._turn(message, _with(said, noticed), model, started)

    def report(self, message: Message, command: Command, reply: Reply) -> Turn:
        """The turn of a command that was carried out elsewhere, with its outcome."""
        started, model = self._now(), self._live.model
        language = self._language(reply.text, (), None)
        said = aside(reply, language, {"command": command.name})
        said = _with(said, carried(self._turns(message)))
        return self._turn(message, said, model, started)

    def overhear(self, message: Message) -> Turn:
        """The turn of what an agent says to a customer: kept, and answered by nothing.

        Raises:
            EnvironmentProblem: the database cannot be read.
        """
        started, model = self._now(), self._live.model
        message = replace(message, text=storable(message.text))
        turns = self._turns(message)
        silence = Reply(text="", origin=Origin.FIXED)
        language = self._language(message.text, turns, message)
        said = aside(silence, language, {TAKING_PART: message.role.value})
        return self._turn(message, _with(said, carried(turns)), model, started)

    def learn_from(self, stores: Stores, event: Vote | Correction) -> Reply | None:
        """Count a vote, take in a correction: within the caller's transaction."""
        language = self._policy.default_language
        if isinstance(event, Vote):
            return learning.count(stores, event, language)
        limit = self._policy.max_message_characters
        return learning.correct(stores, event, language, limit, self._new_id)

    def _turns(self, event: Message | Choice) -> Sequence[Turn]:
        """What was said before in its conversation, as far as it may be known."""
        history = self._history(event.platform, event.conversation_id)
        return heard(since_forgetting(history, event.sender_id))

    def _respond(self, message: Message, model: Model, turns: Sequence[Turn]) -> Said:
        language = self._language(message.text, turns, message)
        return (
            self._command(message, language)
            or self._unreadable(message.text, language)
            or self._typed_choice(message.text, turns)
            or self._inquire(message, model, turns, language)
        )

    def _soothed(self, said: Said, noticed: Noticed, turns: Sequence[Turn]) -> Said:
        """The same, or a hand-over where the customer has been made too angry."""
        if not needs_person(noticed, said.action, turns, self._policy):
            return said
        soothed = handed_over(said.understanding.language, "angry")
        why = {
            **soothed.why,
            "limit": self._policy.anger_limit,
            "instead_of": said.action.value,
            "weighed": said.why,
        }
        return replace(soothed, understanding=said.understanding, why=why)

    def _with_related(self, said: Said, workspace: str, turns: Sequence[Turn]) -> Said:
        """The same, with what others asked next, where it is an answer."""
        sources, offered = said.reply.sources, said.reply.choices
        if self._related is None or said.action is not Action.ANSWER or offered:
            return said
        if not sources:
            return said
        known = [each.knowledge_id for turn in turns for each in turn.reply.sources]
        offers = self._related.offers(
            sources[0].knowledge_id,
            workspace,
            self._shelves.of(workspace),
            [*known, *(each.knowledge_id for each in sources)],
        )
        return with_related(said, offers)

    def _with_asking(self, said: Said, message: Message, now: datetime) -> Said:
        if self._asking is None:
            return said
        if not self._asking.wanted(message, said.action, said.why, now):
            return said
        return replace(said, why={**said.why, ASKED: True})

    def _inquire(
        self, message: Message, model: Model, turns: Sequence[Turn], language: str
    ) -> Said:
        inquiry = Inquiry(
            model=model,
            shelf=self._shelves.of(message.workspace),
            policy=self._policy,
            turns=[turn for turn in turns if not _beside(turn)],
        )
        return inquiry.answer(message.text, language)

    def _command(self, message: Message, language: str) -> Said | None:
        command = parse(message.text)
        if command is None:
            return None
        if command.name == HUMAN:
            return handed_over(language, "asked")
        why = {"command": command.name}
        if command.name == FORGET:  # the desk forgets, with this turn
            return aside(fixed("forgotten", language), language, why)
        if command.name in FOR_ADMINS:  # for admins, the desk carries them out
            return aside(fixed("not_allowed", language), language, why)
        text = say(START if command.name == START else HELP, language)
        if message.role is not Role.CUSTOMER:
            text += "\n" + say("help_staff", language)
        if message.role is Role.ADMIN:
            text += "\n" + say("help_admin", language)
        return aside(Reply(text=text, origin=Origin.FIXED), language, why)

    def _unreadable(self, text: str, language: str) -> Said | None:
        limit = self._policy.max_message_characters
        if looks_binary(text[:_LOOKED_AT]):
            name = "not_text"
        elif len(text) > limit:
            name = "too_long"
        elif has_words(text):
            return None
        else:
            name = "emoji" if any(ord(each) > 0x2100 for each in text) else "empty"
        reply = fixed(name, language, limit=limit)
        return aside(reply, language, {"unreadable": name})

    def _typed_choice(self, text: str, turns: Sequence[Turn]) -> Said | None:
        """Where there are no buttons, people type the number or the words."""
        if not turns or not turns[-1].reply.choices:
            return None
        asked, key = turns[-1], question_key(text)
        # Under an answer the choices have no numbers: there, a number is a message.
        asked_back = asked.action is not Action.ANSWER
        for number, wording in enumerate(asked.reply.choices):
            if key == question_key(wording) or (asked_back and key == str(number + 1)):
                return self._chosen(asked, number)
        if _leads_to(asked) == [PERSON] and key in _YES:
            return handed_over(_tongue(asked), "offered")
        return None

    def _chosen(self, asked: Turn, number: int) -> Said | None:
        """What a choice leads to; None when it leads nowhere any more."""
        targets = _leads_to(asked)
        if not 0 <= number < min(len(targets), len(asked.reply.choices)):
            return None
        target, language = targets[number], _tongue(asked)
        if target == PERSON:
            return handed_over(language, "offered")
        why: dict[str, Any] = {
            "route": "choice",
            "uncertainty": 0.0,
            "asked_in": asked.id,
            "question": question_of(asked),
        }
        if target == NONE_OF_THESE:
            return declined(self._policy, Understanding(language=language), why)
        knowledge = self._shelves.of(asked.message.workspace).get(target)
        if knowledge is None:
            return None
        if asked.action is Action.ANSWER:  # it was offered beside, not asked about
            why |= {"route": "related", "question": knowledge.question}
        understanding = Understanding(
            language=language, intent=knowledge.intent, confidence=1.0
        )
        return Said(
            understanding=understanding,
            action=Action.ANSWER,
            reply=verbatim(knowledge, 1.0),
            why=why,
        )

    def _language(
        self, text: str, turns: Sequence[Turn], message: Message | None
    ) -> str:
        languages, shown = self._policy.languages, text[:_LOOKED_AT]
        before = _tongue(turns[-1]) if turns else self._policy.default_language
        language = detect(shown, languages, before)
        if turns or message is None:
            return language
        # Only where the message shows no language does the look-up pay.
        others = [each for each in languages if each != before]
        if not others or detect(shown, languages, others[0]) == language:
            return language
        return language_of(self._remember(message)) or language

    def _passed_on(self, said: Said, event: Message | Choice, now: Noticed) -> Said:
        """The same; with a request for a person, what that person should know."""
        if said.action is not Action.HAND_OVER:
            return said
        told = passed_on(self._remember(event), now.slots)
        return replace(said, why={**said.why, "passed_on": told}) if told else said

    def _turn(
        self, message: Message, said: Said, model: Model, started: datetime
    ) -> Turn:
        now = self._now()
        return Turn(
            id=self._new_id(),
            message=message,
            understanding=said.understanding,
            action=said.action,
            reply=said.reply,
            model_version=model.version,
            answered_at=now,
            latency_ms=max(0.0, (now - started).total_seconds() * 1000),
            why=said.why,
        )


def _with(said: Said, noticed: Noticed) -> Said:
    return replace(said, understanding=noticed.within(said.understanding))


def _tongue(turn: Turn) -> str:
    return turn.understanding.language


def _beside(turn: Turn) -> bool:
    """Whether a turn was about commands or unreadable texts, not about the matter."""
    return "command" in turn.why or "unreadable" in turn.why


def _leads_to(turn: Turn) -> list[str]:
    targets = turn.why.get("choices")
    return [str(target) for target in targets] if isinstance(targets, list) else []
