"""The dataset: everything people taught kefu, as examples, the same way every time.

Texts are masked and each counts once. An example whose group hashes to the held-out
side is never trained on, in this cycle or any other; what is left out has a reason.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.language import detect
from bot.model.intents import OUT_OF_SCOPE
from bot.privacy import mask
from bot.text import question_key
from storage.records import (
    Action,
    Feedback,
    Knowledge,
    KnowledgeKind,
    Origin,
    ReviewState,
    Role,
    StoredCorrection,
    TaggedText,
    Turn,
)
from storage.stores import Stores

HELD_OUT_IN: Final = 10  # one group of so many is held out
_LONGEST: Final = 2000  # characters of a question worth learning from

# What is believed first where sources contradict each other.
CORRECTED, LABELLED, APPROVED, CONFIRMED = "correction", "labelled", "knowledge", "vote"
_RANK: Final = {CORRECTED: 0, LABELLED: 1, APPROVED: 1, CONFIRMED: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A question with what it should lead to.

    Attributes:
        id: of the row it was made from.
        text: masked.
        intent: "oos" is out of scope; None where only the answer is known.
        answer: the approved words; None out of scope.
        knowledge_id: where the answer stands.
        group: what is never divided between training and the held-out set.
        source: "labelled", "knowledge", "correction" or "vote".
    """

    id: str
    text: str
    language: str
    intent: str | None
    answer: str | None
    knowledge_id: str | None
    group: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Excluded:
    """A row that is not used, and why."""

    row_id: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """What one cycle learns from and is measured on."""

    train: tuple[Example, ...]
    held_out: tuple[Example, ...]
    excluded: tuple[Excluded, ...]
    knowledge: tuple[Knowledge, ...]
    fingerprint: str
    marked: tuple[TaggedText, ...] = ()  # texts with their entities


def build(stores: Stores, workspace: str) -> Dataset:
    """Make the dataset of a workspace from what the database holds now."""
    knowledge = stores.knowledge.all(workspace)
    answers = _Answers(knowledge)
    excluded: list[Excluded] = []
    found = [
        *_from_labels(stores, workspace, answers),
        *_from_knowledge(answers),
        *_from_feedback(stores, workspace, answers, excluded),
    ]
    kept = _once_each(found, excluded)
    train = tuple(each for each in kept if not is_held_out(each.group))
    held_out = tuple(each for each in kept if is_held_out(each.group))
    marked = tuple(stores.tagged_texts.all(workspace))
    return Dataset(
        train=train,
        held_out=held_out,
        excluded=tuple(excluded),
        knowledge=tuple(knowledge),
        fingerprint=_fingerprint(kept, knowledge, marked),
        marked=marked,
    )


def thinned(dataset: Dataset, *, each: int, held_out: int) -> Dataset:
    """A smaller dataset, for a first release within seconds. The same every time.

    Args:
        each: training examples of an intent in a language, at most.
        held_out: questions to measure with, at most.
    """
    taken: dict[tuple[str, str | None], int] = defaultdict(int)
    train = []
    for example in sorted(dataset.train, key=lambda each: _draw(each.text)):
        about = (example.language, example.intent)
        taken[about] += 1
        if taken[about] <= each:
            train.append(example)
    measured = sorted(dataset.held_out, key=lambda each: _draw(each.text))
    return replace(
        dataset,
        train=tuple(train),
        held_out=tuple(measured[:held_out]),
        # The whole has another fingerprint, so the next cycle finds something new.
        fingerprint=f"{dataset.fingerprint} thinned to {len(train)}",
    )


def _draw(text: str) -> bytes:
    """Where chance puts a text, the same chance every time."""
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()


def is_held_out(group: str) -> bool:
    """Whether a group is kept for measuring. It never changes sides."""
    return int.from_bytes(_draw(group), "big") % HELD_OUT_IN == 0


class _Answers:
    """The approved answers, by intent and by their words."""

    def __init__(self, knowledge: Sequence[Knowledge]) -> None:
        self.all = [each for each in knowledge if each.kind is KnowledgeKind.ANSWER]
        self._by_intent: dict[tuple[str, str], Knowledge] = {}
        self._by_words: dict[str, Knowledge] = {}
        self._by_id = {each.id: each for each in self.all}
        for each in sorted(self.all, key=lambda each: each.updated_at, reverse=True):
            if each.intent is None:
                continue
            for language in (each.language, ""):
                self._by_intent.setdefault((language, each.intent), each)
            self._by_words.setdefault(question_key(each.text), each)

    def of_intent(self, intent: str | None, language: str) -> Knowledge | None:
        """The answer in that language, or in any where there is none."""
        if intent is None:
            return None
        own = self._by_intent.get((language, intent))
        return own or self._by_intent.get(("", intent))

    def of_words(self, text: str) -> Knowledge | None:
        """The answer of an intent that says the very same."""
        return self._by_words.get(question_key(text))

    def get(self, knowledge_id: str | None) -> Knowledge | None:
        """The answer of that id, while it is approved."""
        return self._by_id.get(knowledge_id or "")


def _example(
    row_id: str,
    text: str,
    language: str,
    source: str,
    *,
    intent: str | None,
    answer: Knowledge | None,
    group: str = "",
) -> Example:
    masked = mask(text[:_LONGEST])
    return Example(
        id=row_id,
        text=masked,
        language=language,
        intent=intent,
        answer=None if intent == OUT_OF_SCOPE or answer is None else answer.text,
        knowledge_id=answer.id if answer else None,
        group=group or question_key(masked),
        source=source,
    )


def _from_labels(
    stores: Stores, workspace: str, answers: _Answers
) -> Iterator[Example]:
    for row in stores.questions.all(workspace):
        answer = answers.of_intent(row.intent, row.language)
        yield _example(
            row.id, row.text, row.language, LABELLED, intent=row.intent, answer=answer
        )


def _from_knowledge(answers: _Answers) -> Iterator[Example]:
    for each in answers.all:
        named_only = question_key(each.question) == question_key(each.intent or "")
        if each.source != CORRECTED and each.intent and not named_only:
            yield _example(
                each.id,
                each.question,
                each.language,
                APPROVED,
                intent=each.intent,
                answer=each,
            )


def _from_feedback(
    stores: Stores, workspace: str, answers: _Answers, excluded: list[Excluded]
) -> Iterator[Example]:
    for turn, votes, corrections in stores.turns.reviewed():
        if turn.message.workspace != workspace:
            continue
        approved = [each for each in corrections if each.state is ReviewState.APPROVED]
        for waiting in corrections:
            if waiting.state is ReviewState.PENDING:
                excluded.append(Excluded(row_id=waiting.id, why="waits for review"))
        if approved:
            yield _corrected(turn, approved[-1], answers)
        elif votes:
            yield from _voted(turn, votes, answers, excluded)


def _corrected(turn: Turn, correction: StoredCorrection, answers: _Answers) -> Example:
    """The question with the words that an agent approved, and their intent if any."""
    same = answers.of_words(correction.text)
    own = same or answers.get(correction.knowledge_id)
    return _example(
        correction.id,
        correction.question,
        detect(correction.question, default=turn.understanding.language),
        CORRECTED,
        intent=own.intent if own else None,
        answer=own,
        group=turn.message.conversation_id,
    )


def _voted(
    turn: Turn,
    votes: Sequence[Feedback],
    answers: _Answers,
    excluded: list[Excluded],
) -> Iterator[Example]:
    """A thumb up confirms an approved answer. Thumbs down say nothing to learn."""
    balance = sum(
        (1 if vote.good else -1) * (3 if vote.role is not Role.CUSTOMER else 1)
        for vote in votes
        if vote.good is not None
    )
    source = turn.reply.sources[0].knowledge_id if turn.reply.sources else None
    answer = answers.get(source)
    confirmed = (
        turn.action is Action.ANSWER
        and turn.reply.origin is Origin.APPROVED
        and answer is not None
        and answer.intent is not None
    )
    if balance <= 0:
        why = "it was voted down, and nobody said what would be right"
        excluded.append(Excluded(row_id=turn.id, why=why))
    elif not confirmed or answer is None:
        why = "the reply was not an approved answer of an intent"
        excluded.append(Excluded(row_id=turn.id, why=why))
    else:
        yield _example(
            turn.id,
            turn.message.text,
            turn.understanding.language,
            CONFIRMED,
            intent=answer.intent,
            answer=answer,
            group=turn.message.conversation_id,
        )


def _once_each(found: Sequence[Example], excluded: list[Excluded]) -> list[Example]:
    """Every text once. What people contradict each other about is left out."""
    by_text: dict[tuple[str, str], list[Example]] = defaultdict(list)
    for example in found:
        key = question_key(example.text)
        if key:
            by_text[(example.language, key)].append(example)
        else:
            excluded.append(Excluded(row_id=example.id, why="it has no words"))
    kept = []
    for same in by_text.values():
        best = min(_RANK[each.source] for each in same)
        believed = [each for each in same if _RANK[each.source] == best]
        meant = {each.intent or each.answer for each in believed}
        if len(meant) > 1:
            why = "people contradict each other about it"
            excluded += [Excluded(row_id=each.id, why=why) for each in same]
            continue
        kept.append(believed[-1])
        excluded += [
            Excluded(row_id=each.id, why="the same text is there already")
            for each in same
            if each is not believed[-1]
        ]
    return kept


def _fingerprint(
    examples: Sequence[Example],
    knowledge: Sequence[Knowledge],
    marked: Sequence[TaggedText],
) -> str:
    lines = [
        "\t".join((each.id, each.text, str(each.intent), str(each.answer)))
        for each in examples
    ]
    lines += ["\t".join((each.id, each.question, each.text)) for each in knowledge]
    lines += ["\t".join((each.text, repr(each.entities))) for each in marked]
    whole = "\n".join(sorted(lines)).encode("utf-8", "replace")
    return hashlib.sha256(whole).hexdigest()
