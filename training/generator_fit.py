"""A generator, and intents where there are any, fitted fresh on some files' rows.

Nothing is kept but in the folder that is given, and nothing of a home is changed.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bot.importing.answered import Taken
from bot.model.encoder import Encoder
from bot.model.generate import Generator
from bot.model.intents import OUT_OF_SCOPE
from bot.model.live import NO_RELEASE, Model
from bot.model.load import ENGINE, LORA, BaseModel, load_generator
from bot.model.tokens import encode, load_tokenizer
from storage.problems import BadInput
from storage.records import Knowledge, KnowledgeKind
from training.board import Boards
from training.dataset import APPROVED, LABELLED, Example
from training.finetune import tune
from training.intents import IntentConfig, fit
from training.lessons import lessons
from training.methods import FinetuneConfig

SHORTEST: Final = 128  # tokens of a reply: what serving asks for
LONGEST: Final = 384
ROOM: Final = 256  # tokens of a lesson beside its answer
AT_ONCE: Final = 512  # tokens of a batch: small ones learn few questions sooner
# What is learnt by heart has to fit in: every layer, and more numbers in each.
BY_HEART: Final = FinetuneConfig(rank=64, alpha=128, rate=1e-3, upper=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """What there is to learn from: questions with their approved answers.

    Attributes:
        knowledge: what replies rest on; left_out: "file:line: why" or the like.
    """

    examples: tuple[Example, ...]
    knowledge: tuple[Knowledge, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is measured: a model, where its files lie, and what it may rest on.

    Attributes:
        folder: holds `lora/` where something was learnt, and `engine/`.
        pairs: questions with their approved answers.
        train: how many questions were learnt, in `train_seconds`.
        longest: tokens of a reply.
    """

    model: Model
    base: BaseModel
    folder: Path
    knowledge: tuple[Knowledge, ...]
    pairs: tuple[tuple[str, str], ...]
    longest: int
    threads: int = 1
    train: int = 0
    train_seconds: float = 0.0
    left_out: tuple[str, ...] = ()

    @property
    def writer(self) -> Generator:
        """The generator. Raises ValueError where the model has none."""
        if self.model.generator is None:
            raise ValueError("the model writes no replies")
        return self.model.generator


@dataclass(frozen=True, slots=True, kw_only=True)
class FitConfig:
    """How it is fitted.

    Attributes:
        passes: how often each question is learnt, each time with other passages and
            other slips of the finger.
        retrieval: False learns every answer by heart.
        threads: of training; 0 leaves them to torch.
    """

    passes: int = 2
    retrieval: bool = True
    seed: int = 0
    threads: int = 0
    device: str = "cpu"


def answers_of(knowledge: Sequence[Knowledge]) -> dict[tuple[str, str], str]:
    """The first approved answer of each intent, by intent and language."""
    answers: dict[tuple[str, str], str] = {}
    for each in knowledge:
        if each.kind is KnowledgeKind.ANSWER and each.intent:
            answers.setdefault((each.intent, each.language), each.text)
    return answers


def learnt(train: Taken, more: Taken) -> Learnt:
    """Examples of the rows to learn from; `more` is knowledge that replies rest on.

    A labelled question is learnt with the approved answer of its intent, in its
    language; a question that has its own answer with that.

    Raises:
        BadInput: KF-212, no question has an approved answer.
    """
    knowledge = (*train.knowledge, *more.knowledge)
    left_out = [*train.left_out, *more.left_out]
    by_intent: dict[tuple[str, str], Knowledge] = {}
    for each in knowledge:
        if each.kind is KnowledgeKind.ANSWER and each.intent:
            by_intent.setdefault((each.intent, each.language), each)
    examples = [
        _example(each.id, each.question, each.language, each.intent, each, APPROVED)
        for each in train.knowledge
        if each.kind is KnowledgeKind.ANSWER and not _names_only(each)
    ]
    for row in train.questions:
        answer = by_intent.get((row.intent, row.language))
        if answer is None and row.intent != OUT_OF_SCOPE:
            left_out.append(f"{row.text[:60]!r}: {row.intent} has no approved answer")
        else:
            examples.append(
                _example(row.id, row.text, row.language, row.intent, answer, LABELLED)
            )
    if all(each.answer is None for each in examples):
        raise BadInput(
            "KF-212",
            "no question to learn has an approved answer",
            why="; ".join(left_out[:3]) or "no row has a question and an answer",
            fix="give rows with question and answer, or text and intent together with "
            "rows of intent and answer",
        )
    return Learnt(
        examples=tuple(examples), knowledge=knowledge, left_out=tuple(left_out)
    )


def fit_fresh(
    learnt: Learnt,
    folder: Path,
    *,
    base: BaseModel,
    encoder: Encoder,
    config: FitConfig,
    progress: Callable[[float], None] = lambda _: None,
) -> Subject:
    """A model with a LoRA on the base, and intents if two or more are named.

    `folder` gets `lora/` and, on a processor, `engine/`.

    Raises:
        EnvironmentProblem: the base cannot be loaded.
    """
    began = time.perf_counter()
    taught = [each for each in learnt.examples for _ in range(config.passes)]
    longest = longest_reply(base, learnt.knowledge)
    tune(
        lessons(
            taught,
            knowledge=learnt.knowledge if config.retrieval else (),
            encode=encoder.encode,
            most=len(taught),
            seed=config.seed,
        ),
        base=base,
        out=folder / LORA,
        boards=Boards(logs=folder / "logs"),
        config=replace(
            FinetuneConfig() if config.retrieval else BY_HEART,
            most=len(taught),
            batch_tokens=max(AT_ONCE, 2 * longest),
            longest=longest + ROOM,
            seed=config.seed,
            threads=config.threads,
        ),
        device=config.device,
        progress=progress,
    )
    model = _with_intents(
        Model(
            version=NO_RELEASE,
            encoder=encoder,
            generator=load_generator(
                base,
                lora=folder / LORA,
                device=config.device,
                kept=folder / ENGINE,
                threads=max(1, config.threads),
            ),
        ),
        learnt,
        encoder,
        config.seed,
    )
    return Subject(
        model=model,
        base=base,
        folder=folder,
        knowledge=learnt.knowledge,
        pairs=tuple(
            (each.text, each.answer) for each in learnt.examples if each.answer
        ),
        longest=longest,
        threads=max(1, config.threads),
        train=len(learnt.examples),
        train_seconds=time.perf_counter() - began,
        left_out=learnt.left_out,
    )


def as_it_is(
    model: Model, *, base: BaseModel, folder: Path, knowledge: Sequence[Knowledge]
) -> Subject:
    """A model that is there already; nothing is learnt.

    Args:
        folder: of its release, or an empty one for the base alone.
    """
    answers = [each for each in knowledge if each.kind is KnowledgeKind.ANSWER]
    return Subject(
        model=model,
        base=base,
        folder=folder,
        knowledge=tuple(knowledge),
        pairs=tuple((each.question, each.text) for each in answers),
        longest=longest_reply(base, answers),
    )


def _with_intents(model: Model, learnt: Learnt, encoder: Encoder, seed: int) -> Model:
    named = {each.intent for each in learnt.examples} - {None, OUT_OF_SCOPE}
    if len(named) < 2:
        return model
    fitted = fit(
        learnt.examples,
        encoder,
        IntentConfig(),
        knowledge=learnt.knowledge,
        seed=seed,
    )
    return replace(model, intents=fitted.model, thresholds=fitted.thresholds)


def longest_reply(base: BaseModel, knowledge: Sequence[Knowledge]) -> int:
    """Tokens that the longest answer takes, within limits."""
    tokenizer = load_tokenizer(base.directory)
    sizes = [
        len(encode(tokenizer, each.text)) + 1
        for each in knowledge
        if each.kind is KnowledgeKind.ANSWER
    ]
    return min(LONGEST, max([SHORTEST, *sizes]))


def _names_only(knowledge: Knowledge) -> bool:
    """Whether its question is nothing but its intent's name in words."""
    name = (knowledge.intent or "").replace("_", " ").replace(".", " ")
    return knowledge.question == " ".join(name.split())


def _example(
    row_id: str,
    text: str,
    language: str,
    intent: str | None,
    answer: Knowledge | None,
    source: str,
) -> Example:
    return Example(
        id=row_id,
        text=text,
        language=language,
        intent=intent,
        answer=answer.text if answer else None,
        knowledge_id=answer.id if answer else None,
        group=text,
        source=source,
    )
