"""The terminal chat: a line in, a reply out, and the last reply can be judged.

Colours and a prompt are for terminals; into a file or a pipe the same words go plain.
Nothing that is shown can steer the terminal: control characters are taken out.
"""

import io
import re
import readline  # noqa: F401  it gives input() its line editing, by being imported
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TextIO, TypeAlias

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from bot import asked_for_vote
from bot.language import detect
from storage.problems import Problem
from storage.records import Action, Choice, Correction, Message, Reply, Role, Turn, Vote

PLATFORM = "terminal"
_PROMPT = "› "
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

Answer: TypeAlias = Callable[[Message | Choice], Turn]
Learn: TypeAlias = Callable[[Vote | Correction], Reply | None]
Explain: TypeAlias = Callable[[Turn], Sequence[str]]

_WORDS = {
    "en": {
        "help": "/good  /bad [what it should have said]  /why  /quit",
        "nothing": "There is no reply to judge yet.",
        "noted": "Noted.",
        "sources": "From: ",
        "choose": "Type the number of your choice.",
        "related": "You may also want to know (type the number):",
        "bye": "Goodbye.",
    },
    "zh": {
        "help": "/good 有帮助  /bad [正确的回答] 没帮助  /why 依据  /quit 退出",
        "nothing": "还没有可以评价的回答。",
        "noted": "已记录。",
        "sources": "来源：",
        "choose": "请输入选项的数字。",
        "related": "您可能还想了解（请输入数字）：",
        "bye": "再见。",
    },
}


@dataclass(frozen=True, kw_only=True)
class Speaker:
    """Who sits at the terminal, and in which conversation."""

    conversation_id: str
    sender_id: str
    role: Role
    workspace: str


class Terminal:
    """One conversation over two streams.

    Args:
        answer: makes and commits the turn of a message or a choice.
        learn: takes in a vote or a correction and says what to reply, if anything.
        source: where lines come from; at its end the chat ends.
        target: where the words go; colours only if it is a terminal.
        explain: says in plain words why a turn is what it is; else /why shows what
            the turn holds.
        always: explain every turn, unasked.
        language: of the terminal's own words until a turn shows another.
    """

    def __init__(
        self,
        *,
        answer: Answer,
        learn: Learn,
        source: TextIO,
        target: TextIO,
        speaker: Speaker,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        explain: Explain | None = None,
        always: bool = False,
        language: str = "en",
    ) -> None:
        self._answer, self._learn = answer, learn
        self._source, self._speaker = source, speaker
        self._now, self._new_id = now, new_id
        self._explain, self._always = explain, always
        self._language = language
        self._console = Console(file=target, highlight=False)
        self._last: Turn | None = None
        self._vote_now: bool | None = None  # on the last turn

    def run(self) -> None:
        """Talk until /quit, the end of the input or Ctrl-C."""
        if isinstance(self._source, io.TextIOWrapper):
            self._source.reconfigure(errors="replace")
        if self._console.is_terminal:
            self._say(self._words("help"), style="dim")
        try:
            for line in self._lines():
                if line.strip() == "/quit":
                    break
                self._one(line)
        except KeyboardInterrupt:
            self._console.print()
        if self._console.is_terminal:
            self._say(self._words("bye"), style="dim")

    def _lines(self) -> Iterator[str]:
        while line := self._read():
            yield line.rstrip("\r\n")

    def _read(self) -> str:
        """The next line with its end; "" when there is none."""
        if not self._console.is_terminal:
            return self._source.readline()
        self._console.print()
        if self._source is not sys.stdin:
            self._console.print(_PROMPT, end="")
            return self._source.readline()
        try:
            return input(_PROMPT) + "\n"
        except EOFError:
            return ""

    def _one(self, line: str) -> None:
        """Do what a line says. A problem is told; the chat goes on."""
        command, _, rest = line.strip().partition(" ")
        try:
            if command == "/why":
                self._why()
            elif command in {"/good", "/bad"}:
                self._judge(command == "/good", rest.strip())
            elif line.strip():
                self._show(self._ask(line))
        except Problem as problem:
            self._say(str(problem), style="red")

    def _ask(self, line: str) -> Turn:
        number = line.strip()
        offered = self._last.reply.choices if self._last else ()
        chosen = self._last is not None and number.isdecimal()
        if self._last and chosen and 1 <= int(number[:4]) <= len(offered):
            return self._answer(self._choice(self._last, int(number[:4]) - 1))
        return self._answer(self._message(line))

    def _judge(self, good: bool, correction: str) -> None:
        if self._last is None:
            self._say(self._words("nothing"), style="dim")
            return
        replies: list[Reply | None] = []
        correcting = bool(correction) and not good
        if not (correcting and self._vote_now is False):  # twice would take it back
            replies.append(self._learn(self._vote(self._last, good)))
            self._vote_now = None if self._vote_now is good else good
        if correcting:
            replies.append(self._learn(self._correction(self._last, correction)))
        said = [reply.text for reply in replies if reply is not None]
        for text in said or [self._words("noted")]:
            self._say(text, style="dim")

    def _show(self, turn: Turn) -> None:
        self._last, self._vote_now = turn, None
        self._language = turn.understanding.language
        self._say(turn.reply.text)
        titles = dict.fromkeys(source.title for source in turn.reply.sources)
        if titles:
            self._say(self._words("sources") + " · ".join(titles), style="dim")
        if asked := asked_for_vote(turn):
            self._say(f"{asked} (/good, /bad)", style="dim")
        beside = turn.action is Action.ANSWER
        if turn.reply.choices and beside:
            self._say(self._words("related"), style="dim")
        for number, choice in enumerate(turn.reply.choices, start=1):
            self._say(f"{number}. {choice}", style="cyan")
        if turn.reply.choices and not beside:
            self._say(self._words("choose"), style="dim")
        if self._always:
            self._why()

    def _why(self) -> None:
        """Why the last reply is what it is: scores, thresholds, sources."""
        if self._last is None:
            self._say(self._words("nothing"), style="dim")
            return
        if self._explain is not None:
            self._say("\n".join(self._explain(self._last)), style="dim")
            return
        turn, understanding = self._last, self._last.understanding
        self._say(f"{turn.action} ({turn.reply.origin}) by {turn.model_version}")
        intent = understanding.intent or "none"
        self._say(f"intent: {intent} {understanding.confidence:.2f}")
        for name, confidence in understanding.alternatives:
            self._say(f"  or {name} {confidence:.2f}")
        for source in turn.reply.sources:
            self._say(f"source: {source.title} {source.score:.2f}")
        for name, value in turn.why.items():
            self._say(f"{name}: {_short(value)}")
        self._say(f"{turn.latency_ms:.0f} ms")

    def _say(self, text: str, style: str = "") -> None:
        """Print a text as it is: no markup, no control characters."""
        shown = Text(_CONTROLS.sub("", text.replace("\r\n", "\n")), style=style)
        if self._console.is_terminal:
            self._console.print(Padding(shown, (0, 0, 0, 2), expand=False))
        else:
            self._console.print(shown, soft_wrap=True)

    def _words(self, name: str) -> str:
        return _WORDS.get(self._language, _WORDS["en"])[name]

    def _message(self, text: str) -> Message:
        self._language = detect(text[:500], default=self._language)
        return Message(
            platform=PLATFORM,
            conversation_id=self._speaker.conversation_id,
            message_id=self._new_id(),
            sender_id=self._speaker.sender_id,
            text=text,
            sent_at=self._now(),
            workspace=self._speaker.workspace,
            role=self._speaker.role,
        )

    def _choice(self, turn: Turn, number: int) -> Choice:
        return Choice(
            platform=PLATFORM,
            conversation_id=self._speaker.conversation_id,
            message_id=self._new_id(),
            sender_id=self._speaker.sender_id,
            turn_id=turn.id,
            number=number,
            chosen_at=self._now(),
            workspace=self._speaker.workspace,
            role=self._speaker.role,
        )

    def _vote(self, turn: Turn, good: bool) -> Vote:
        return Vote(
            platform=PLATFORM,
            conversation_id=self._speaker.conversation_id,
            voter_id=self._speaker.sender_id,
            turn_id=turn.id,
            good=good,
            voted_at=self._now(),
            workspace=self._speaker.workspace,
            role=self._speaker.role,
        )

    def _correction(self, turn: Turn, text: str) -> Correction:
        return Correction(
            platform=PLATFORM,
            conversation_id=self._speaker.conversation_id,
            author_id=self._speaker.sender_id,
            turn_id=turn.id,
            text=text,
            written_at=self._now(),
            workspace=self._speaker.workspace,
            role=self._speaker.role,
        )


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    text = str(value)
    return text if len(text) <= 300 else text[:299] + "…"
