"""Evaluation: the very bot that serves, asked what nobody trained it on.

Candidate and live release are asked the same questions over the same knowledge. The
one thing taken away is knowledge that a held-out correction became: the question
would meet its own answer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from typing import Any

from bot.dialogue import Bot
from bot.model.intents import OUT_OF_SCOPE
from bot.model.live import Live, Model
from bot.policy import Policy
from bot.retrieve import CORRECTION, Shelf, Shelves
from bot.text import question_key
from storage.records import Action, Knowledge, Message, Origin, Turn
from training.dataset import Dataset, Example
from training.outcomes import Outcome, Result, Scores

Report = Callable[[float], None]  # share done, 0 to 1
_ANSWERED = (Action.ANSWER, Action.SMALL_TALK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What a model did with the held-out questions.

    Attributes:
        outcomes: in the order of the questions.
        without_generator: the same with the generator off; what it earns is the
            difference.
    """

    outcomes: tuple[Outcome, ...]
    without_generator: tuple[Outcome, ...]

    def to_json(self) -> dict[str, Any]:
        """The rates, overall and per language, and with the generator off."""
        languages = sorted({each.language for each in self.outcomes})
        return {
            "overall": Scores.of(self.outcomes).to_json(),
            "languages": {
                name: Scores.of(
                    [each for each in self.outcomes if each.language == name]
                ).to_json()
                for name in languages
            },
            "generator_off": Scores.of(self.without_generator).to_json(),
        }


class _OneShelf(Shelves):
    """The same knowledge for every question, whatever the database says now."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def of(self, workspace: str) -> Shelf:
        """The one shelf."""
        del workspace
        return self._shelf


class Evaluator:
    """Asks models the held-out questions of one dataset.

    Args:
        encode: of the encoder that serves; the shelf is searched with it.
        policy: of the bot that serves.
    """

    def __init__(
        self,
        dataset: Dataset,
        *,
        encode: Callable[[Sequence[str]], Any],
        policy: Policy,
        now: Callable[[], datetime],
    ) -> None:
        self._questions = dataset.held_out
        self._policy, self._now = policy, now
        self.shelf = Shelf(encode=encode)
        self.shelf.refresh(shown(dataset), 1)
        self._answers = {each.id: each for each in dataset.knowledge}

    def evaluate(self, model: Model, report: Report = lambda _: None) -> Evaluation:
        """Ask it everything; the generator's part also with the generator off."""
        bot = self._bot(model, self._policy)
        silent = self._bot(model, replace(self._policy, only_from_knowledge=True))
        outcomes, without = [], []
        for number, example in enumerate(self._questions, start=1):
            turn = self._ask(bot, example)
            outcome = self._outcome(example, turn)
            outcomes.append(outcome)
            if turn.reply.origin is Origin.GENERATED:
                outcome = self._outcome(example, self._ask(silent, example))
            without.append(outcome)
            report(number / len(self._questions))
        return Evaluation(outcomes=tuple(outcomes), without_generator=tuple(without))

    def _bot(self, model: Model, policy: Policy) -> Bot:
        ids = count()
        return Bot(
            live=Live(model),
            shelves=_OneShelf(self.shelf),
            history=lambda _platform, _conversation: (),
            policy=policy,
            now=self._now,
            new_id=lambda: f"evaluation-{next(ids)}",
        )

    def _ask(self, bot: Bot, example: Example) -> Turn:
        return bot.reply_to(
            Message(
                platform="evaluation",
                conversation_id=example.id,
                message_id=example.id,
                sender_id="evaluation",
                text=example.text,
                sent_at=self._now(),
            )
        )

    def _outcome(self, example: Example, turn: Turn) -> Outcome:
        return Outcome(
            example_id=example.id,
            language=example.language,
            intent=example.intent,
            in_scope=example.intent != OUT_OF_SCOPE,
            result=self._result(example, turn),
            action=turn.action.value,
            origin=turn.reply.origin.value,
            latency_ms=turn.latency_ms,
        )

    def _result(self, example: Example, turn: Turn) -> Result:
        if turn.action not in _ANSWERED:
            return Result.UNANSWERED
        if example.intent == OUT_OF_SCOPE:
            return Result.WRONG
        said = question_key(turn.reply.text)
        if example.answer is not None and said == question_key(example.answer):
            return Result.RIGHT
        if turn.reply.origin is Origin.APPROVED and turn.reply.sources:
            source = self._answers.get(turn.reply.sources[0].knowledge_id)
            if source is not None and source.intent == example.intent is not None:
                return Result.RIGHT
        return Result.WRONG


def shown(dataset: Dataset) -> list[Knowledge]:
    """The knowledge without what held-out corrections became."""
    hidden = {question_key(each.text) for each in dataset.held_out}
    return [
        each
        for each in dataset.knowledge
        if each.source != CORRECTION or question_key(each.question) not in hidden
    ]
