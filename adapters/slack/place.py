"""Where a conversation is on Slack, as its id says: "<team>:<channel>:<thread>".

The thread is the timestamp of its first message, or "@<user>" where a slash command
was typed: those belong to no thread, and only that person sees the reply.
"""

import re
from dataclasses import dataclass

TIMESTAMP = re.compile(r"\d{1,12}\.\d{1,9}")


@dataclass(frozen=True, slots=True)
class Place:
    """A conversation. One of `thread` and `user` is set."""

    team: str
    channel: str
    thread: str | None = None
    user: str | None = None

    @property
    def conversation_id(self) -> str:
        """The id that our records carry."""
        return f"{self.team}:{self.channel}:{self.thread or f'@{self.user}'}"

    @property
    def is_direct(self) -> bool:
        """Whether the channel is a person's own with the bot."""
        return self.channel.startswith("D")


def place_of(conversation_id: str) -> Place:
    """The place that an id names. Raises ValueError when it names none."""
    team, channel, where = conversation_id.split(":")
    if where.startswith("@"):
        return Place(team, channel, user=where[1:])
    if not TIMESTAMP.fullmatch(where):
        raise ValueError(f"not a thread: {where!r}")
    return Place(team, channel, thread=where)
