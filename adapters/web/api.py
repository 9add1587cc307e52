"""What the page asks for, as JSON: a turn, a choice, a vote, a correction.

A visitor acts in the conversation of their own cookie and nowhere else, and always
as a customer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypeAlias

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from adapters.web import visitors
from adapters.web.shown import shown
from adapters.web.work import Work
from bot.text import storable
from storage.records import Choice, Correction, Message, Reply, Role, Turn, Vote

PREFIX = "/api/"
PLATFORM = "web"

Identity = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Answer: TypeAlias = Callable[[Message | Choice], Turn]
Learn: TypeAlias = Callable[[Vote | Correction], Reply | None]


class WrongConversation(Exception):
    """The page shows another conversation than the one that the cookie opens."""


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What the page's requests are worked on with."""

    answer: Answer
    learn: Learn
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    workspace: str
    work: Work


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    conversation_id: Identity | None = None


class ChatBody(_Body):
    """A message."""

    text: str


class ChoiceBody(_Body):
    """A press on one of the choices of a turn, counted from 0."""

    turn_id: Identity
    number: int = Field(ge=0, le=99)


class VoteBody(_Body):
    """A thumb on a turn; the same thumb again takes it back."""

    turn_id: Identity
    good: bool


class CorrectBody(_Body):
    """What a turn should have said."""

    turn_id: Identity
    text: str = Field(min_length=1)


def make_router(desk: Desk) -> APIRouter:
    """The routes under /api/."""
    router = APIRouter(prefix=PREFIX.rstrip("/"))

    @router.post("/conversation")
    async def begin(request: Request) -> Response:
        """Start a new conversation."""
        secret = visitors.new_secret()
        identity = visitors.conversation_of(secret)
        response = JSONResponse({"conversation_id": identity})
        visitors.remember(request, response, secret)
        return response

    @router.post("/chat")
    async def chat(request: Request, body: ChatBody) -> Response:
        """Say something; the first message begins a conversation."""
        secret = visitors.secret_of(request)
        begun = secret is None
        if secret is None:
            secret = visitors.new_secret()
        identity = _own(visitors.conversation_of(secret), body)
        turn = await desk.work.run(
            identity, lambda: desk.answer(_message(desk, identity, body))
        )
        response = JSONResponse(shown(turn))
        if begun:
            visitors.remember(request, response, secret)
        return response

    @router.post("/choice")
    async def choose(request: Request, body: ChoiceBody) -> dict[str, Any]:
        """Take one of the choices."""
        identity = _known(request, body)
        turn = await desk.work.run(
            identity, lambda: desk.answer(_choice(desk, identity, body))
        )
        return shown(turn)

    @router.post("/vote")
    async def vote(request: Request, body: VoteBody) -> dict[str, Any]:
        """Put a thumb on a turn, change it or take it back."""
        identity = _known(request, body)
        reply = await desk.work.run(
            identity, lambda: desk.learn(_vote(desk, identity, body))
        )
        return {"text": reply.text if reply else None}

    @router.post("/correct")
    async def correct(request: Request, body: CorrectBody) -> dict[str, Any]:
        """Say what a turn should have said."""
        identity = _known(request, body)
        reply = await desk.work.run(
            identity, lambda: desk.learn(_correction(desk, identity, body))
        )
        return {"text": reply.text if reply else None}

    return router


def _known(request: Request, body: _Body) -> str:
    secret = visitors.secret_of(request)
    if secret is None:
        raise WrongConversation
    return _own(visitors.conversation_of(secret), body)


def _own(identity: str, body: _Body) -> str:
    if body.conversation_id not in {None, identity}:
        raise WrongConversation
    return identity


def _message(desk: Desk, identity: str, body: ChatBody) -> Message:
    return Message(
        platform=PLATFORM,
        conversation_id=identity,
        message_id=desk.new_id(),
        sender_id=identity,
        text=storable(body.text),
        sent_at=desk.now(),
        workspace=desk.workspace,
        role=Role.CUSTOMER,
    )


def _choice(desk: Desk, identity: str, body: ChoiceBody) -> Choice:
    return Choice(
        platform=PLATFORM,
        conversation_id=identity,
        message_id=desk.new_id(),
        sender_id=identity,
        turn_id=body.turn_id,
        number=body.number,
        chosen_at=desk.now(),
        workspace=desk.workspace,
        role=Role.CUSTOMER,
    )


def _vote(desk: Desk, identity: str, body: VoteBody) -> Vote:
    return Vote(
        platform=PLATFORM,
        conversation_id=identity,
        voter_id=identity,
        turn_id=body.turn_id,
        good=body.good,
        voted_at=desk.now(),
        workspace=desk.workspace,
        role=Role.CUSTOMER,
    )


def _correction(desk: Desk, identity: str, body: CorrectBody) -> Correction:
    return Correction(
        platform=PLATFORM,
        conversation_id=identity,
        author_id=identity,
        turn_id=body.turn_id,
        text=storable(body.text),
        written_at=desk.now(),
        workspace=desk.workspace,
        role=Role.CUSTOMER,
    )
