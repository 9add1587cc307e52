"""Old conversations as questions with their answers, to be reviewed by a person.

Personal data and the names of those who wrote are masked before anything else sees a
text. What an agent once wrote holds for one customer on one day, so every row made
here waits: it is not said to anybody before someone has approved it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.importing.decode import is_broken
from bot.importing.rows import MAX_CELL, Place, Read
from bot.privacy import mask
from bot.text import words

CUSTOMER, AGENT = "customer", "agent"
NAME = "[name]"

_ROLES = {
    CUSTOMER: "customer user human client visitor contact guest lead enduser buyer "
    "requester incoming 客户 用户 顾客 访客 买家 咨询者",
    AGENT: "agent assistant gpt admin operator support teammate staff seller "
    "outgoing 客服 坐席 客服人员 卖家 商家 人工客服",
}
_SPEAKS = {name: role for role, names in _ROLES.items() for name in names.split()}
_ASKS = re.compile(
    r"[?？]|吗|呢|怎么|怎样|如何|什么|多少|哪|几[个天点号时]|多久|能否|能不能|可以|可不可以|是否|是不是"
    r"|有没有|为何|为啥|请问|想问|想要|我要|我想|需要|帮|咋|不了|没有?收到|求助"
    r"|\b(?:what|how|when|where|why|who|which|can|could|may|would|should|will|do|does"
    r"|did|is|are|was|have|has|need|want|help|wonder(?:ing)?|looking for|trying"
    r"|can'?t|cannot|won'?t|doesn'?t|didn'?t|isn'?t|problem|issue|like to)\b",
    re.IGNORECASE,
)
_ASKS_BACK = re.compile(r"[?？]\W*$")
_QUOTED = re.compile(r"^[ \t]*>.*\n?", re.MULTILINE)
_SIGNATURE = re.compile(r"\n-- ?\n.*\Z", re.DOTALL)
_LEAST_ANSWER = 2  # words; a thanks or an OK answers nothing
_REASON = "no question of a customer in it is followed by an agent's answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What one side wrote at once."""

    role: str  # CUSTOMER or AGENT
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """A conversation, oldest remark first."""

    id: str
    remarks: tuple[Remark, ...]
    names: frozenset[str] = frozenset()  # of those who wrote, as the file has them


def role_named(name: object) -> str | None:
    """Which side a role's name means, in Chinese or English; None: neither."""
    letters = "".join(each for each in str(name).casefold() if each.isalnum())
    return _SPEAKS.get(letters)


def chat(place: Place, line: int, dialogue: Dialogue) -> Iterator[Read]:
    """Every question of the customer with the answer that follows it."""
    hidden = _Hidden(dialogue.names)
    blocks = _blocks(dialogue.remarks)
    pairs = [
        (one.text, other.text)
        for one, other in zip(blocks, blocks[1:], strict=False)
        if (one.role, other.role) == (CUSTOMER, AGENT)
    ]
    good = [pair for pair in pairs if _is_exchange(*pair)]
    if not good:
        yield _nothing(place, line, dialogue)
        return
    for number, pair in enumerate(good, start=1):
        yield _row(place, line, f"{dialogue.id}#{number}", pair, hidden)
    if len(good) < len(pairs):
        why = f"{len(pairs) - len(good)} of its {len(pairs)} exchanges ask or answer "
        yield place.leave(line, why + "nothing")


def ticket(place: Place, line: int, dialogue: Dialogue) -> Iterator[Read]:
    """The customer's first question with the agent's last answer."""
    remarks = dialogue.remarks
    first = next((at for at, r in enumerate(remarks) if r.role == CUSTOMER), None)
    answers = [r for r in remarks[(first or 0) + 1 :] if r.role == AGENT]
    if first is None or not answers:
        yield _nothing(place, line, dialogue)
        return
    pair = remarks[first].text, answers[-1].text
    yield _row(place, line, dialogue.id, pair, _Hidden(dialogue.names))


def _nothing(place: Place, line: int, dialogue: Dialogue) -> Read:
    if dialogue.remarks:
        return place.leave(line, _REASON)
    why = "there is no remark of a customer or an agent in it"
    return place.refuse(line, why, "name the roles customer and agent")


class _Hidden:
    """Takes out personal data, and the names that a dialogue's writers have."""

    def __init__(self, names: frozenset[str]) -> None:
        spoken = sorted({name.strip() for name in names}, key=len, reverse=True)
        parts = [
            re.escape(name) if not name.isascii() else rf"\b{re.escape(name)}\b"
            for name in [*spoken, *(part for n in spoken for part in n.split())]
            if len(name) > 1 and role_named(name) is None
        ]
        self._names = re.compile("|".join(parts)) if parts else None

    def of(self, text: str) -> str:
        text = mask(text[: MAX_CELL + 1])
        return self._names.sub(NAME, text) if self._names else text


def _row(
    place: Place, line: int, id: str, pair: tuple[str, str], hidden: _Hidden
) -> Read:
    if any(map(is_broken, pair)):
        why = "there are characters that are no text"
        return place.refuse(line, why, "save the file as UTF-8")
    question, answer = (hidden.of(_without_quotes(text)) for text in pair)
    cells = {"id": id, "question": question, "answer": answer}
    return place.row(line, cells, waits=True)


def _blocks(remarks: Sequence[Remark]) -> list[Remark]:
    """What one side wrote several times in a row counts as one remark."""
    blocks: list[Remark] = []
    for remark in remarks:
        if not remark.text.strip():
            continue
        if blocks and blocks[-1].role == remark.role:
            text = f"{blocks[-1].text}\n{remark.text}"
            blocks[-1] = Remark(role=remark.role, text=text)
        else:
            blocks.append(remark)
    return blocks


def _is_exchange(question: str, answer: str) -> bool:
    letters = sum(map(len, words(answer)))
    short = len(words(answer)) < _LEAST_ANSWER and letters < _LEAST_ANSWER * 2
    return bool(_ASKS.search(question)) and not short and not _ASKS_BACK.search(answer)


def _without_quotes(text: str) -> str:
    """Without the mail that it answers and without a signature."""
    return _SIGNATURE.sub("", _QUOTED.sub("", text.replace("\r\n", "\n"))).strip()
