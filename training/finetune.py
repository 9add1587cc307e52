"""Fine-tuning the generator: something small beside the base, always from the base.

Only the answers are learnt. Batches hold examples of like length, so little of a batch
is padding. The same lessons, seed and threads give the same weights on the same CPU.
"""

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import torch

from bot.model.adapters import quiet_peft
from bot.model.generate import positions_in
from bot.model.load import BaseModel, load_language_model
from bot.model.memory import few_shapes
from bot.model.prompt import Said, render_example
from bot.model.tokens import Tokenizer
from bot.model.tokens import encode as ids_of
from training.board import Boards
from training.buckets import Row
from training.checkpoint import Checkpoint
from training.choice import shortened
from training.crew import Crew
from training.lessons import Lesson
from training.methods import FinetuneConfig, is_narrow, with_method
from training.quick import quicken
from training.tuning import Plan, Tuning
from training.turns import ALL_WORDS, Turns, at_forks

# What virtual tokens begin as: the task in words, as often as it takes.
_TASK: Final = "Answer the customer from the passage. 根据资料回答顾客。 "


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuned:
    """What a tuning came to.

    Attributes:
        loss: the last epoch's mean, in nats per learnt token.
        learnt: how many numbers were learnt.
        steps: how many steps were taken.
        tokens: of the lessons in all epochs, those that were spared too; no padding.
        seconds: of the steps, loading not counted; not of those before a cut.
        cpu_seconds: of processors in that time; other programs do not lengthen it.
    """

    loss: float
    learnt: int
    steps: int
    tokens: int
    seconds: float = field(compare=False)
    cpu_seconds: float = field(compare=False)


def tune(
    taught: Sequence[Lesson],
    *,
    base: BaseModel,
    out: Path,
    boards: Boards,
    config: FinetuneConfig,
    device: str = "cpu",
    unfinished: Path | None = None,
    crew: Crew | None = None,
    progress: Callable[[float], None] = lambda _: None,
) -> Tuned:
    """Tune the base on lessons and write what was learnt into `out`.

    `out` gets adapter_config.json and adapter_model.safetensors, which load in plain
    transformers and peft.

    Args:
        unfinished: where a training that is cut off is kept, to be gone on with.

    Raises:
        EnvironmentProblem: the base cannot be loaded.
    """
    crew = crew or Crew()
    few_shapes()
    if config.threads:
        torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    model, tokenizer = load_language_model(base)
    given = rows_of(taught, tokenizer, model, config)
    rows, turns = with_turns(taught, given, tokenizer, config)
    plan = Plan.of(rows, config, crew)
    like = torch.tensor(_like(tokenizer, config.virtual))
    tuned = with_method(model, config, steps=plan.steps, like=like).to(device)
    quicken(tuned, narrow=is_narrow(config.precision, device))
    # The base's own dropout is for learning it; only what lies beside it learns.
    tuned.eval()
    for name, part in tuned.named_modules():
        part.training = "lora_dropout" in name
    checkpoint = None
    if unfinished is not None:
        identity = _identity((rows, turns), config, base, device, crew)
        checkpoint = Checkpoint(unfinished, identity)
    tuning = Tuning(
        model=tuned,
        rows=rows,
        turns=turns,
        plan=plan,
        config=config,
        boards=boards,
        device=device,
        checkpoint=checkpoint,
        crew=crew,
        progress=progress,
    )
    began, busy = time.perf_counter(), time.process_time()
    loss = tuning.run()
    seconds, busy = time.perf_counter() - began, time.process_time() - busy
    if crew.leads:
        _write(tuned, base, out)
        if checkpoint is not None:
            checkpoint.drop()
    learnt = [each for each in tuned.parameters() if each.requires_grad]
    return Tuned(
        loss=loss,
        learnt=sum(each.numel() for each in learnt),
        steps=plan.steps,
        tokens=config.epochs * sum(len(ids) for ids, _ in given),
        seconds=seconds,
        cpu_seconds=busy,
    )


def rows_of(
    taught: Sequence[Lesson],
    tokenizer: Tokenizer,
    model: Any,
    config: FinetuneConfig,
    shots: Sequence[Lesson] = (),
) -> list[Row]:
    """Lessons as tokens, in the one template.

    Args:
        shots: lessons shown before each one of their language, as if just answered.
    """
    room = positions_in(model.config.to_dict()) - config.virtual
    return [
        render_example(
            tokenizer=tokenizer,
            passages=lesson.passages,
            history=said_before(shots, lesson.language),
            question=lesson.question,
            language=lesson.language,
            max_tokens=min(config.longest, room),
            answer=lesson.answer,
            parts=lesson.parts,
        )
        for lesson in taught
    ]


def with_turns(
    taught: Sequence[Lesson],
    given: Sequence[Row],
    tokenizer: Tokenizer,
    config: FinetuneConfig,
) -> tuple[list[Row], list[Turns]]:
    """What is learnt of each lesson, and among which tokens at each of its places.

    Args:
        given: the lessons' prompts and answers, see `rows_of`.
    """
    found: list[tuple[Row, Turns] | None] = [None] * len(given)
    if config.choosing:
        found = [
            at_forks(lesson, row, tokenizer, config.longest)
            for lesson, row in zip(taught, given, strict=True)
        ]
    worded = [row for row, own in zip(given, found, strict=True) if own is None]
    wordings = iter(shortened(worded, config.whole))
    made = [own or (next(wordings), ALL_WORDS) for own in found]
    return [row for row, _ in made], [turns for _, turns in made]


def said_before(shots: Sequence[Lesson], language: str) -> tuple[Said, ...]:
    """Lessons of a language as the history of a conversation."""
    return tuple(
        (shot.question, shot.answer) for shot in shots if shot.language == language
    )


def _like(tokenizer: Tokenizer, virtual: int) -> list[int]:
    ids = ids_of(tokenizer, _TASK)
    return (ids * (virtual // len(ids) + 1))[:virtual]


def _identity(
    learnt: tuple[Sequence[Row], Sequence[Turns]],
    config: FinetuneConfig,
    base: BaseModel,
    device: str,
    crew: Crew,
) -> str:
    """What must be the same to go on with a training that was cut off."""
    told = [asdict(config), base.sha256, device, crew.size, torch.__version__]
    return hashlib.sha256(json.dumps([told, learnt]).encode()).hexdigest()


def _write(tuned: Any, base: BaseModel, out: Path) -> None:
    told = tuned.peft_config["default"]
    told.base_model_name_or_path, told.revision = base.found_by
    with quiet_peft():
        tuned.save_pretrained(
            str(out), safe_serialization=True, save_embedding_layers=False
        )
    (out / "README.md").unlink(missing_ok=True)  # peft's empty card; ours lies above
