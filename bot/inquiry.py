"""From a question to what is said: understand, search, decide, write, look again.

Everything that was weighed goes into `why`. A question that is not understood alone is
tried once more as a follow-up of the one before.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.answer import Said, asked_back, declined, verbatim, write
from bot.decide import Decision, Route, State, decide
from bot.model.thresholds import of_language
from bot.policy import Policy
from bot.privacy import mask
from bot.retrieve import Shelf
from bot.text import words
from bot.understand import Model, View, intents_of, understand
from bot.weighing import uncertainty, weighed
from storage.records import Action, Turn, Understanding

_SEARCHED = 8  # passages looked at
_MOST_LETTERS = 12  # of a follow-up in Chinese
_MOST_WORDS = 7  # of a follow-up in other languages
_IN_SCOPE = 0.5
_FOLLOWS = re.compile(
    r"^\s*(?:(?:and|or|but|so|then|okay|ok),?\s+)*"
    r"(?:(?:what about|how about|what if|also|and|or|but)\b)"
    r"|^\s*(?:那么?|如果是?|要是|还有|换成|可是|但是?)+"
    r"|\s*呢\s*[?？。!！]*\s*$",
    re.I,
)


def question_of(turn: Turn) -> str:
    """What was asked in a turn: with the question it followed up, if it did."""
    return str(turn.why.get("question") or turn.message.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """All that one question is answered from; nothing here changes meanwhile."""

    model: Model
    shelf: Shelf
    policy: Policy
    turns: Sequence[Turn]  # of the conversation before, oldest first

    def answer(self, text: str, language: str) -> Said:
        """What to say to a question."""
        view = understand(text, language, self.model.intents)
        said = self._say(view)
        if said.action not in (Action.CLARIFY, Action.DECLINE):
            return said
        return self._as_follow_up(view, said) or said

    def _as_follow_up(self, view: View, alone: Said) -> Said | None:
        """The same with the question before, unless that only answers it again."""
        if not self.turns or not _may_follow(view, self.turns[-1]):
            return None
        before = self.turns[-1]
        longer = f"{question_of(before)} {_FOLLOWS.sub(' ', view.text).strip()}"
        language = view.understanding.language
        said = self._say(understand(longer, language, self.model.intents))
        known = {source.knowledge_id for source in before.reply.sources}
        new = [s for s in said.reply.sources[:1] if s.knowledge_id not in known]
        if said.action is not Action.ANSWER or not new:
            return None
        return replace(said, why={**said.why, "question": longer, "alone": alone.why})

    def _say(self, view: View) -> Said:
        understanding = view.understanding
        thresholds = of_language(self.model.thresholds, understanding.language)
        passages = self.shelf.search(view.text, understanding.language, _SEARCHED)
        state = self._state(view)
        decision = decide(understanding, passages, thresholds, state)
        why = weighed(view, decision, passages, thresholds, state)
        if decision.route is Route.GROUND:
            said = self._write(view, decision, why)
            if said is not None:
                return said
            state = replace(state, can_generate=False)
            decision = decide(understanding, passages, thresholds, state)
            why["route"] = decision.route.value
            why["uncertainty"] = uncertainty(decision, understanding)
        return self._carry_out(understanding, decision, why)

    def _state(self, view: View) -> State:
        language = view.understanding.language
        exact = self.shelf.exact(view.text, language)
        canonical = {
            intent: self.shelf.by_intent(intent, language, view.text)
            for intent in intents_of(view.understanding)
        }
        can_write = self.model.generator is not None
        return State(
            exact=exact or self.shelf.exact(mask(view.text), language),
            canonical={name: each for name, each in canonical.items() if each},
            in_scope=view.in_scope,
            can_generate=can_write and not self.policy.only_from_knowledge,
            may_clarify=_clarified(self.turns) < self.policy.max_clarifications,
        )

    def _write(
        self, view: View, decision: Decision, why: dict[str, Any]
    ) -> Said | None:
        """A written reply; None, and the reasons in `why`, if it must not leave."""
        if self.model.generator is None:
            return None
        written = write(
            self.model.generator,
            question=view.text,
            language=view.understanding.language,
            passages=decision.passages,
            turns=self.turns,
            alike=self.shelf.alike,
            freely=self.policy.write_freely,
        )
        if written.reply is None:
            why["tried"] = dict(written.why)
            return None
        if written.why:
            why["written"] = dict(written.why)
        return Said(
            understanding=view.understanding,
            action=decision.action,
            reply=written.reply,
            why=why,
        )

    def _carry_out(
        self, understanding: Understanding, decision: Decision, why: dict[str, Any]
    ) -> Said:
        if decision.knowledge is not None:
            return Said(
                understanding=understanding,
                action=decision.action,
                reply=verbatim(decision.knowledge, decision.score),
                why=why,
            )
        if decision.action is Action.CLARIFY:
            return asked_back(decision.choices, understanding, why)
        return declined(self.policy, understanding, why)


def _may_follow(view: View, before: Turn) -> bool:
    if before.action is not Action.ANSWER:
        return False
    said = words(view.text)
    length, most = len(said), _MOST_WORDS
    if view.understanding.language == "zh":
        length, most = sum(map(len, said)), _MOST_LETTERS
    if not 0 < length <= most:
        return False
    return view.in_scope >= _IN_SCOPE or _FOLLOWS.search(view.text) is not None


def _clarified(turns: Sequence[Turn]) -> int:
    """How often in a row it has just asked back."""
    count = 0
    for turn in reversed(turns):
        if turn.action is not Action.CLARIFY:
            break
        count += 1
    return count
