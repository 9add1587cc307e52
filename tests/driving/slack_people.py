"""People on the fake Slack. A question for an agent's eyes is put in a channel.

Every conversation has a channel of its own, so that Slack's one post per second and
channel never makes one customer wait for another.
"""

import itertools
import time
from collections.abc import Mapping
from typing import Any

from tests.driving.people import Asked, Heard, People, until
from tests.fakes.slack import APP_TOKEN, BOT_TOKEN, BOT_USER, TEAM, FakeSlack
from tests.fakes.slack_socket import Envelope

ADMIN, AGENT = "UADMIN", "UAGENT"
MODAL_SECONDS = 20.0

Json = dict[str, Any]


class SlackPeople(People):
    """Each customer has a channel: a direct one, or one with the agent in it."""

    platform = "slack"

    def __init__(self, fake: FakeSlack) -> None:
        self.fake = fake
        self._numbers = itertools.count(1)
        self._posts: dict[tuple[str, str], list[Heard]] = {}
        self._posts_read = 0
        self._envelopes: dict[str, Envelope] = {}

    @property
    def settings(self) -> Mapping[str, str]:
        """What a server that talks to this fake must be told; people apart."""
        return {
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_APP_TOKEN": APP_TOKEN,
            "SLACK_SIGNING_SECRET": "fake-secret",
            "KEFU_SLACK_API_URL": self.fake.api_url,
        }

    async def ask(self, text: str, *, public: bool = False) -> Asked:
        number = next(self._numbers)
        channel = f"{'C' if public else 'D'}{number:06d}"
        return await self._say(text, channel=channel, user=f"U{number:06d}")

    async def go_on(self, asked: Asked, text: str) -> Asked:
        _, channel, thread = asked.conversation_id.split(":")
        user = ADMIN if channel == "DADMIN" else f"U{channel[1:]}"
        return await self._say(text, channel=channel, user=user, thread=thread)

    async def command(self, text: str) -> Asked:
        return await self._say(text, channel="DADMIN", user=ADMIN)

    async def _say(
        self, text: str, *, channel: str, user: str, thread: str = ""
    ) -> Asked:
        stamp = self.fake.stamp()
        direct = channel.startswith("D")
        event: Json = {
            "type": "message" if direct else "app_mention",
            "channel_type": "im" if direct else "channel",
            "channel": channel,
            "user": user,
            "text": text if direct else f"<@{BOT_USER}> {text}",
            "ts": stamp,
        }
        if thread:
            event["thread_ts"] = thread
        asked = Asked(
            text=text,
            conversation_id=f"{TEAM}:{channel}:{thread or stamp}",
            at=time.monotonic(),
        )
        self._envelopes[asked.conversation_id] = await self.fake.deliver(
            {
                "type": "event_callback",
                "team_id": TEAM,
                "api_app_id": "A1",
                "event_id": f"Ev{stamp}",
                "event_time": int(float(stamp)),
                "authorizations": [{"team_id": TEAM, "user_id": BOT_USER}],
                "event": event,
            }
        )
        return asked

    async def again(self, asked: Asked) -> None:
        await self.fake.redeliver_one(self._envelopes[asked.conversation_id])

    def deliveries(self, asked: Asked) -> int:
        return self._envelopes[asked.conversation_id].attempts

    def heard(self, asked: Asked) -> list[Heard]:
        _, channel, thread = asked.conversation_id.split(":")
        self._read_posts()
        return self._posts.get((channel, thread), [])

    async def thumb(self, asked: Asked, reply: Heard, *, good: bool) -> None:
        _, channel, _ = asked.conversation_id.split(":")
        await self._press(asked, reply, good=good, user=f"U{channel[1:]}")

    def can_correct(self, reply: Heard) -> bool:
        return reply.votable  # the modal opens on a thumb down

    async def correct(self, asked: Asked, reply: Heard, text: str) -> None:
        await self._press(asked, reply, good=False, user=AGENT)
        assert reply.turn_id
        await until(lambda: self._view_about(reply) is not None, seconds=MODAL_SECONDS)
        view = self._view_about(reply)
        assert view
        field = next(block for block in view["blocks"] if block["type"] == "input")
        typed = {field["element"]["action_id"]: {"type": "x", "value": text}}
        payload = {
            "type": "view_submission",
            "team": {"id": TEAM},
            "user": {"id": AGENT, "team_id": TEAM},
            "api_app_id": "A1",
            "view": view | {"state": {"values": {field["block_id"]: typed}}},
        }
        await self.fake.deliver(payload, "interactive")

    def _view_about(self, reply: Heard) -> Json | None:
        """The newest modal about that reply's turn."""
        about = [
            view
            for view in self.fake.views
            if reply.turn_id and reply.turn_id in view.get("private_metadata", "")
        ]
        return about[-1] if about else None

    async def _press(
        self, asked: Asked, reply: Heard, *, good: bool, user: str
    ) -> None:
        _, channel, thread = asked.conversation_id.split(":")
        number = next(self._numbers)
        action = {
            "type": "button",
            "block_id": "b1",
            "action_id": f"vote:{'good' if good else 'bad'}",
            "value": reply.turn_id,
            "action_ts": f"{1_770_000_000 + number}.000200",
        }
        message = {"ts": reply.message_id, "thread_ts": thread, "text": reply.text}
        container = {
            "type": "message",
            "message_ts": reply.message_id,
            "channel_id": channel,
            "thread_ts": thread,
            "is_ephemeral": False,
        }
        payload = {
            "type": "block_actions",
            "team": {"id": TEAM},
            "user": {"id": user, "team_id": TEAM},
            "api_app_id": "A1",
            "channel": {"id": channel},
            "container": container,
            "message": message,
            "trigger_id": f"trigger.{number}",
            "actions": [action],
        }
        await self.fake.deliver(payload, "interactive")

    def _read_posts(self) -> None:
        posts = self.fake.posts
        for post in posts[self._posts_read :]:
            # What only one person sees is no reply to a question.
            if post["method"] == "chat.postMessage":
                place = (post["channel"], post.get("thread_ts", ""))
                self._posts.setdefault(place, []).append(_heard(post))
        self._posts_read = len(posts)


def _heard(post: Json) -> Heard:
    blocks = [b for b in post.get("blocks") or [] if b["type"] == "actions"]
    buttons = [button for block in blocks for button in block["elements"]]
    thumbs = [b for b in buttons if b["action_id"].startswith("vote:")]
    choices = [b["text"]["text"] for b in buttons if b not in thumbs]
    return Heard(
        text=post["text"],
        message_id=post["ts"],
        at=post["at"],
        turn_id=buttons[0]["value"] if buttons else None,
        votable=bool(thumbs),
        choices=tuple(choices),
    )
