"""Commands are recognised here, the same on every platform; the roof carries them out.

A slash or an exclamation mark begins one ("/train", "!train": Slack keeps the slash
for itself). Asking for a person needs neither. What is not known is not a command.
"""

import re
from dataclasses import dataclass
from typing import Protocol

from bot.text import question_key
from storage.records import Message, Reply

START = "start"
HELP = "help"
HUMAN = "human"
FORGET = "forget"
TRAIN = "train"
TRAIN_STATUS = "train_status"
TRAIN_STOP = "train_stop"
STATUS = "status"
RELEASES = "releases"
ROLLBACK = "rollback"
WHY = "why"

FOR_AGENTS = frozenset({WHY})  # and for admins
FOR_ADMINS = FOR_AGENTS | {
    TRAIN,
    TRAIN_STATUS,
    TRAIN_STOP,
    STATUS,
    RELEASES,
    ROLLBACK,
}

_LONGEST = 200  # characters; anything longer is a question
_COMMAND = re.compile(r"[/!／！](\w+)(?:@\w+)?(?:\s+(.*))?", re.DOTALL)
_NAMES = {
    "start": START,
    "help": HELP,
    "帮助": HELP,
    "human": HUMAN,
    "agent": HUMAN,
    "转人工": HUMAN,
    "人工": HUMAN,
    "forget": FORGET,
    "忘记": FORGET,
    "忘记我": FORGET,
    "train": TRAIN,
    "训练": TRAIN,
    "status": STATUS,
    "状态": STATUS,
    "releases": RELEASES,
    "版本": RELEASES,
    "rollback": ROLLBACK,
    "回退": ROLLBACK,
    "why": WHY,
    "依据": WHY,
}
_OF_TRAIN = {
    "": TRAIN,
    "now": TRAIN,
    "status": TRAIN_STATUS,
    "状态": TRAIN_STATUS,
    "stop": TRAIN_STOP,
    "停止": TRAIN_STOP,
}
_BARE = {
    "help": HELP,
    "帮助": HELP,
    "start": START,
    "forget me": FORGET,
    "please forget me": FORGET,
    "忘记我": FORGET,
    "请忘记我": FORGET,
    "忘了我": FORGET,
}

# A message asks for a person when it names one and has no words but these.
_PERSON_EN = frozenset(
    re.findall(
        r"\S+",
        "human humans person agent operator representative rep somebody someone",
    )
)
_AROUND_EN = frozenset(
    re.findall(
        r"\S+",
        "a actual am an and any asap being call can chat connect could customer d for "
        "get give have hello help hey hi i i'd i'm in instead is just let like live "
        "looking m may me need no now of ok okay one pass people please put rather "
        "reach real service some speak speaking staff support switch talk talking team "
        "thank thanks the there through to transfer us wanna want we wish with would "
        "write you your",
    )
)
_ALONE_EN = frozenset({"customer service", "customer support", "live chat"})
_PERSON_ZH = re.compile("人工|真人|活人|客服人员|客服专员")
_AROUND_ZH = re.compile(
    "(?:人工|真人|活人|人员|专员|客服|服务|坐席|座席|您好|你好|亲|喂|麻烦|请|帮|我们?|给|忙"
    "|可以|能|不|可|行|好|想|要|需|求|快|赶紧|直接|马上|现在|立刻|还是|转|接|到|一|下|找|个"
    "|位|叫|换|联系|呼|连|线|有|没|和|跟|与|你们|的|说话|聊|谈|沟通|对话|回答|处理|听|吗|呢"
    "|吧|呀|啊|么|谢谢|在)+"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command and what was written after it."""

    name: str
    argument: str = ""


class Commands(Protocol):
    """Whatever carries out the commands that are for admins."""

    def run(self, command: Command, message: Message) -> Reply:
        """Do it and say so. Called again with the same message after a crash."""
        ...


def parse(text: str) -> Command | None:
    """The command in a message, or None: then it is an ordinary message."""
    if len(text) > _LONGEST:
        return None
    found = _COMMAND.fullmatch(text.strip())
    if found is not None:
        return _slashed(found[1].casefold(), (found[2] or "").strip())
    key = question_key(text)
    if key in _BARE:
        return Command(name=_BARE[key])
    return Command(name=HUMAN) if wants_person(text) else None


def wants_person(text: str) -> bool:
    """Whether the message as a whole asks for a person, and for nothing else.

    "Talk to a person" does; "how do I become an agent" and "人工费多少" do not.
    """
    key = question_key(text[: _LONGEST + 1])
    if len(key) > _LONGEST:
        return False
    said = key.split()
    if key in _ALONE_EN or _all_in(said, _PERSON_EN, _AROUND_EN):
        return True
    joined = "".join(said)
    return bool(_PERSON_ZH.search(joined) and _AROUND_ZH.fullmatch(joined))


def _all_in(said: list[str], named: frozenset[str], around: frozenset[str]) -> bool:
    return not named.isdisjoint(said) and named.union(around).issuperset(said)


def _slashed(name: str, argument: str) -> Command | None:
    known = _NAMES.get(name)
    if known is None:
        return None
    if known != TRAIN:
        return Command(name=known, argument=argument)
    first, _, rest = argument.partition(" ")
    kind = _OF_TRAIN.get(first.casefold())
    if kind is None:
        return Command(name=TRAIN, argument=argument)
    return Command(name=kind, argument=rest.strip())
