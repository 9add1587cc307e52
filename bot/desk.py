"""The desk: one event at a time, and all its effects in one transaction.

Whatever happens, an event is either done, with its turn and its reply on record, or
untouched and due again, or given up with an apology. Nothing is half done, and an
event that always fails stands in nobody else's way.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.asking import asked_for_vote
from bot.burst import MOST, Burst, burst_of, due_again, merged
from bot.commands import FOR_ADMINS, FOR_AGENTS, FORGET, Command, Commands, parse
from bot.dialogue import Bot
from bot.language import detect
from bot.phrases import say
from bot.policy import Roles
from bot.taking_part import takes_part
from bot.text import storable
from storage.database import Database
from storage.lines import ClaimLost
from storage.problems import EnvironmentProblem
from storage.records import (
    Action,
    Choice,
    Claim,
    Correction,
    Event,
    HandOver,
    Message,
    Outgoing,
    Reply,
    Role,
    Turn,
    Vote,
)
from storage.stores import Stores

ATTEMPTS: Final = 3  # of an event that fails by itself
PATIENCE: Final = 20  # attempts of an event that the machine, not the event, stops
_LEASE: Final = timedelta(seconds=120)
_LONGEST_WAIT: Final = 60  # seconds between two attempts
_JUST_BEFORE: Final = 20  # turns looked at for a message that was answered already


class Desk:
    """A worker's place. Every worker has its own; any number may work at once.

    Args:
        bot: answers.
        commands: carries out what admins command.
        roles: who is who.
        worker: this worker's name, unique among all workers of the database.
        debounce: how long a message that is no question yet waits for the next one
            of its writer; zero answers each by itself.
    """

    def __init__(
        self,
        *,
        database: Database,
        bot: Bot,
        commands: Commands,
        roles: Roles,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        worker: str,
        debounce: timedelta = timedelta(0),
    ) -> None:
        self._database, self._bot, self._commands = database, bot, commands
        self._roles, self._now, self._new_id = roles, now, new_id
        self._worker, self._debounce = worker, debounce

    def work_once(self) -> bool:
        """Take the next event and see to it. False when nothing was due.

        Raises:
            EnvironmentProblem: the database or the machine fails; the event waits.
        """
        with self._database.transaction() as stores:
            claim = stores.inbox.claim(
                worker=self._worker, now=self._now(), lease=_LEASE
            )
        if claim is None:
            return False
        try:
            self._see_to(claim)
        except ClaimLost:
            pass  # another worker has it, and nothing of ours was kept
        except EnvironmentProblem as problem:
            self._put_back(claim, problem, PATIENCE)
            raise
        # Any bug in answering one event must not stop the others: the event keeps the
        # error, is tried again, and at last goes to the dead letters with an apology.
        except Exception as error:
            self._put_back(claim, error, ATTEMPTS)
        return True

    def answer(self, event: Message | Choice) -> Turn:
        """Answer at once and keep the turn: for the terminal and the web page.

        Nothing goes to the outbox; the caller shows the reply, and says by the
        event's role who is asking.

        Raises:
            EnvironmentProblem: the database fails; nothing was kept.
        """
        turn = self._turn_of(event)
        with self._database.transaction() as stores:
            self._keep(stores, turn)
        return turn

    def learn(self, event: Vote | Correction) -> Reply | None:
        """Take in a vote or a correction at once: for the terminal and the web page.

        Raises:
            EnvironmentProblem: the database fails; nothing was kept.
        """
        with self._database.transaction() as stores:
            return self._bot.learn_from(stores, event)

    def _see_to(self, claim: Claim) -> None:
        event = self._with_role(claim.event)
        if isinstance(event, Vote | Correction):
            self._take_in(claim, event)
            return
        if isinstance(event, Message) and self._takes_part(event):
            self._overhear(claim, event)
            return
        burst = self._burst(claim, event) if isinstance(event, Message) else None
        if burst is None and isinstance(event, Message):
            return  # it waits for the next message of its writer
        # Outside of the transaction: this takes time.
        turn = self._turn_of(burst.message if burst else event)
        joined = burst.joined if burst else ()
        if burst and burst.why:
            turn = replace(turn, why={**turn.why, **burst.why})
        with self._database.transaction() as stores:
            if not _is_answered(stores, turn):
                self._keep(stores, turn)
                stores.outbox.add(self._reply(turn), self._now())
            stores.inbox.finish(claim, self._now(), joined)

    def _takes_part(self, message: Message) -> bool:
        with self._database.reading() as stores:
            return takes_part(message, stores)

    def _overhear(self, claim: Claim, message: Message) -> None:
        """Keep what an agent said to a customer; who waited for a person has one."""
        turn = self._bot.overhear(message)
        with self._database.transaction() as stores:
            if not _is_answered(stores, turn):
                stores.turns.add(turn)
                place = message.platform, message.conversation_id
                stores.hand_overs.take(*place, self._now())
            stores.inbox.finish(claim, self._now())

    def _burst(self, claim: Claim, message: Message) -> Burst | None:
        """The message with what belongs to it; None where it is put back to wait."""
        if not self._debounce:
            return Burst(message=message, joined=(), why={})
        with self._database.reading() as stores:
            line = stores.inbox.line(claim, MOST + 1)
        until = due_again(line, self._debounce, self._now())
        if until is not None:
            with self._database.transaction() as stores:
                stores.inbox.postpone(claim, until)
            return None
        return merged(message, burst_of(line, self._debounce))

    def _take_in(self, claim: Claim, event: Vote | Correction) -> None:
        with self._database.transaction() as stores:
            reply = self._bot.learn_from(stores, event)
            if reply is not None:
                notice = self._notice(event, reply.text)
                if isinstance(event, Vote) and _is_disliked(stores, event):
                    # A reply to it says what the answer should have been.
                    notice = replace(notice, turn_id=event.turn_id)
                stores.outbox.add(notice, self._now())
            stores.inbox.finish(claim, self._now())

    def _turn_of(self, event: Message | Choice) -> Turn:
        if isinstance(event, Choice):
            with self._database.reading() as stores:
                asked = stores.turns.get(event.turn_id)
            return self._bot.choose(event, asked)
        command = parse(event.text)
        if command is not None and self._is_for_admin(command, event):
            reply = self._commands.run(command, event)
            return self._bot.report(event, command, reply)
        return self._bot.reply_to(event)

    def _is_for_admin(self, command: Command, message: Message) -> bool:
        if command.name in FOR_AGENTS and message.role is Role.AGENT:
            return True
        return command.name in FOR_ADMINS and message.role is Role.ADMIN

    def _keep(self, stores: Stores, turn: Turn) -> None:
        stores.turns.add(turn)
        message = turn.message
        if turn.why.get("command") == FORGET:
            stores.turns.forget(message.workspace, message.platform, message.sender_id)
        if turn.action is Action.HAND_OVER:
            stores.hand_overs.add(self._hand_over(turn))

    def _hand_over(self, turn: Turn) -> HandOver:
        message = turn.message
        return HandOver(
            id=self._new_id(),
            workspace=message.workspace,
            platform=message.platform,
            conversation_id=message.conversation_id,
            turn_id=turn.id,
            customer_id=message.sender_id,
            reason=str(turn.why.get("reason", "asked")),
            requested_at=turn.answered_at,
        )

    def _reply(self, turn: Turn) -> Outgoing:
        message = turn.message
        return Outgoing(
            id=self._new_id(),
            platform=message.platform,
            conversation_id=message.conversation_id,
            text=turn.reply.text,
            language=turn.understanding.language,
            turn_id=turn.id,
            choices=turn.reply.choices,
            votable=turn.action in (Action.ANSWER, Action.DECLINE),
            ask=asked_for_vote(turn),
            reply_to=message.message_id,
        )

    def _notice(self, event: Event, text: str) -> Outgoing:
        return Outgoing(
            id=self._new_id(),
            platform=event.platform,
            conversation_id=event.conversation_id,
            text=text,
            language=detect(text),
            recipient_id=_person(event),
        )

    def _with_role(self, event: Event) -> Event:
        role = self._roles.of(event.platform, _person(event))
        return replace(event, role=role)

    def _put_back(self, claim: Claim, error: Exception, most: int) -> None:
        """Try it again later, or give it up with an apology."""
        now = self._now()
        why = storable(f"{type(error).__name__}: {error}")[:2000]
        wait = timedelta(seconds=min(4 ** (claim.attempts - 1), _LONGEST_WAIT))
        try:
            with self._database.transaction() as stores:
                if claim.attempts < most:
                    stores.inbox.fail(claim, why, now, now + wait)
                    return
                stores.inbox.fail(claim, why, now, None)
                stores.outbox.add(self._apology(claim.event), now)
        except ClaimLost:
            pass  # another worker has it by now

    def _apology(self, event: Event) -> Outgoing:
        said = event.text if isinstance(event, Message | Correction) else ""
        notice = self._notice(event, say("apology", detect(said)))
        if isinstance(event, Message):
            return replace(notice, recipient_id=None, reply_to=event.message_id)
        return notice


def _person(event: Event) -> str:
    if isinstance(event, Vote):
        return event.voter_id
    if isinstance(event, Correction):
        return event.author_id
    return event.sender_id


def _is_disliked(stores: Stores, vote: Vote) -> bool:
    """Whether this person's thumb down stands."""
    return any(
        each.good is False
        and (each.platform, each.voter_id) == (vote.platform, vote.voter_id)
        for each in stores.feedback.of_turn(vote.turn_id)
    )


def _is_answered(stores: Stores, turn: Turn) -> bool:
    """Whether the message has a turn, under another key of the same event."""
    message = turn.message
    before = stores.turns.history(
        message.platform, message.conversation_id, _JUST_BEFORE
    )
    return any(message.message_id in _messages(each) for each in before)


def _messages(turn: Turn) -> list[str]:
    """The ids of the messages that a turn answered."""
    together = turn.why.get("merged")
    joined = together["messages"] if isinstance(together, Mapping) else []
    return [turn.message.message_id, *joined]
