"""The web application: made once by the roof, with everything it needs handed in.

/healthz says that the process lives; /readyz says whether it can answer, and if not,
why. A problem is told to visitors by its code; its details stay in our log.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import structlog
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader

from adapters.web import api, visitors
from adapters.web.guard import SafeHeaders, SameOrigin
from adapters.web.words import WORDS, preferred
from adapters.web.work import Busy, Work
from storage.problems import BadInput, Problem

THREADS = 4
_HERE = Path(__file__).parent
_log = structlog.get_logger(__name__)


def create_app(
    *,
    answer: api.Answer,
    learn: api.Learn,
    ready: Callable[[], list[str]],
    routers: Sequence[APIRouter],
    now: Callable[[], datetime],
    new_id: Callable[[], str],
    workspace: str,
    hosts: Sequence[str] = (),
    threads: int = THREADS,
) -> FastAPI:
    """The application, ready for a server.

    Args:
        answer: makes and commits the turn of a message or a choice; called in threads.
        learn: takes in a vote or a correction and says what to reply, if anything.
        ready: why the bot cannot answer now; empty when it can.
        routers: further routes, with their own checks.
        hosts: the names under which the page is served; empty: any.
        threads: how many conversations are worked on at once.
    """
    work = Work(threads)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await asyncio.to_thread(work.close)

    app = FastAPI(
        title="kefu", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan
    )
    app.add_middleware(SameOrigin, prefix=api.PREFIX, hosts=hosts)
    app.add_middleware(SafeHeaders)
    desk = api.Desk(
        answer=answer,
        learn=learn,
        now=now,
        new_id=new_id,
        workspace=workspace,
        work=work,
    )
    for router in (_pages(), _health(ready), api.make_router(desk), *routers):
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=_HERE / "static"), name="static")
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(Busy, _busy)
    app.add_exception_handler(api.WrongConversation, _wrong_conversation)
    app.add_exception_handler(RequestValidationError, _not_understood)
    return app


def _pages() -> APIRouter:
    router = APIRouter()
    templates = Environment(
        loader=FileSystemLoader(_HERE / "templates"), autoescape=True
    )
    page = templates.get_template("chat.html")

    @router.get("/")
    async def chat(request: Request, lang: str = "") -> Response:
        remembered = request.cookies.get(visitors.LANGUAGE_COOKIE, "")
        accepted = request.headers.get("accept-language", "")
        language = preferred(lang, remembered, accepted)
        secret = visitors.secret_of(request) or visitors.new_secret()
        conversation = visitors.conversation_of(secret)
        html = page.render(words=WORDS[language], conversation=conversation)
        response = HTMLResponse(html, headers={"content-language": language})
        visitors.remember(request, response, secret)
        if lang == language:
            visitors.remember_language(request, response, language)
        return response

    return router


def _health(ready: Callable[[], list[str]]) -> APIRouter:
    router = APIRouter()

    @router.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @router.get("/readyz")
    async def readyz() -> Response:
        try:
            reasons = await asyncio.to_thread(ready)
        except Problem as problem:
            reasons = [problem.what]
        status = 503 if reasons else 200
        return JSONResponse({"ready": not reasons, "reasons": reasons}, status)

    return router


def _told(status: int, code: str, message: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": message}}, status)


async def _problem(request: Request, error: Exception) -> Response:
    code, what = getattr(error, "code", ""), getattr(error, "what", "")
    _log.error("the web chat met a problem", path=request.url.path, problem=str(error))
    return _told(400 if isinstance(error, BadInput) else 503, code, what)


async def _busy(_: Request, __: Exception) -> Response:
    return _told(429, "KF-546", "too much is waiting: try again in a moment")


async def _wrong_conversation(_: Request, __: Exception) -> Response:
    return _told(409, "KF-545", "this is not the conversation of your cookie")


async def _not_understood(_: Request, __: Exception) -> Response:
    return _told(422, "KF-544", "the request does not have the fields it must have")
