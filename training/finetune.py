"""Fine-tuning the generator: LoRA on the base model, never on top of an older LoRA.

Only the answers are learnt. Batches hold examples of like length, so little of a batch
is padding. The same lessons, seed and threads give the same weights on the same CPU.

LoRA: Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models".
"""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from peft import LoraConfig, TaskType, get_peft_model
from torch.utils.tensorboard import SummaryWriter

from bot.model.generate import positions_in
from bot.model.load import BaseModel, load_language_model, quiet_peft
from bot.model.prompt import render_example
from bot.model.tokens import Tokenizer
from storage.records import Knowledge
from training.dataset import Example
from training.lessons import Lesson, lessons

IGNORED: Final = -100  # a label that is not learnt
GPT2_LAYERS: Final = ("c_attn", "c_proj", "c_fc")
Row = tuple[list[int], list[bool]]  # ids, which of them are learnt


@dataclass(frozen=True, slots=True, kw_only=True)
class FinetuneConfig:
    """How the generator is tuned.

    Attributes:
        rank, alpha, dropout: of the LoRA.
        rate: the highest learning rate; it warms up and falls as a cosine.
        most: lessons of an epoch; batch_tokens: of one batch, padding counted.
        longest: tokens of a lesson; more are cut from its passages.
        threads: of torch; 0 leaves it as it is.
    """

    rank: int = 16
    alpha: int = 32
    dropout: float = 0.0
    rate: float = 2e-3
    epochs: int = 1
    most: int = 1000
    batch_tokens: int = 4096
    longest: int = 384
    warm_up: float = 0.05
    clip: float = 1.0
    threads: int = 0
    seed: int = 0


def finetune(
    examples: Sequence[Example],
    *,
    knowledge: Sequence[Knowledge],
    base: BaseModel,
    encode: Callable[[Sequence[str]], Any],
    out: Path,
    logs: Path,
    config: FinetuneConfig,
    device: str = "cpu",
    progress: Callable[[float], None] = lambda _: None,
) -> float:
    """Tune the base and write the LoRA into `out`; give the last epoch's mean loss.

    `out` gets adapter_config.json and adapter_model.safetensors, which load in plain
    transformers and peft. TensorBoard's curves go to `logs`.

    Raises:
        EnvironmentProblem: the base cannot be loaded.
    """
    taught = lessons(
        examples, knowledge=knowledge, encode=encode, most=config.most, seed=config.seed
    )
    if config.threads:
        torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    model, tokenizer = load_language_model(base)
    with quiet_peft():
        tuned = _with_lora(model, config).to(device).train()
    longest = min(config.longest, positions_in(model.config.to_dict()))
    rows = [_row(tokenizer, lesson, longest) for lesson in taught]
    with SummaryWriter(str(logs)) as board:
        loss = _train(tuned, rows, config, device, board, progress)
    tuned.peft_config["default"].base_model_name_or_path = base.name
    tuned.save_pretrained(str(out), safe_serialization=True)
    (out / "README.md").unlink(missing_ok=True)  # peft's empty card; ours lies above
    return loss


def _with_lora(model: Any, config: FinetuneConfig) -> Any:
    gpt2 = model.config.model_type == "gpt2"
    return get_peft_model(
        model,
        LoraConfig(
            task_type=TaskType.CAUSAL_LM,
            r=config.rank,
            lora_alpha=config.alpha,
            lora_dropout=config.dropout,
            target_modules=list(GPT2_LAYERS) if gpt2 else "all-linear",
            # GPT-2's layers are Conv1D: their weights lie the other way round.
            fan_in_fan_out=gpt2,
        ),
    )


def _row(tokenizer: Tokenizer, lesson: Lesson, longest: int) -> Row:
    return render_example(
        tokenizer=tokenizer,
        passages=lesson.passages,
        history=(),
        question=lesson.question,
        language=lesson.language,
        max_tokens=longest,
        answer=lesson.answer,
    )


def _train(
    model: Any,
    rows: Sequence[Row],
    config: FinetuneConfig,
    device: str,
    board: SummaryWriter,
    progress: Callable[[float], None],
) -> float:
    chance = random.Random(config.seed)  # noqa: S311 - repeatable, not secret
    learnt = [each for each in model.parameters() if each.requires_grad]
    optimizer = torch.optim.AdamW(learnt, lr=config.rate, weight_decay=0.0)
    plan = [_batches(rows, config.batch_tokens, chance) for _ in range(config.epochs)]
    steps, step, mean = sum(map(len, plan)), 0, 0.0
    for batches in plan:
        losses = []
        for batch in batches:
            for group in optimizer.param_groups:
                group["lr"] = config.rate * _heat(step, steps, config.warm_up)
            loss = _step(model, [rows[place] for place in batch], device)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(learnt, config.clip)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            losses.append(float(loss.detach()))
            step += 1
            board.add_scalar("train/loss", losses[-1], step)
            board.add_scalar("train/rate", optimizer.param_groups[0]["lr"], step)
            progress(step / steps)
        mean = sum(losses) / max(1, len(losses))
    return mean


def _step(model: Any, rows: Sequence[Row], device: str) -> Any:
    """The mean loss of the answers' tokens in a batch. Padding comes last."""
    width = max(len(ids) for ids, _ in rows)
    ids = torch.zeros((len(rows), width), dtype=torch.long)
    mask = torch.zeros_like(ids)
    labels = torch.full_like(ids, IGNORED)
    for number, (row, learnt) in enumerate(rows):
        ids[number, : len(row)] = torch.tensor(row)
        mask[number, : len(row)] = 1
        kept = [
            token if say else IGNORED for token, say in zip(row, learnt, strict=True)
        ]
        labels[number, : len(row)] = torch.tensor(kept)
    hidden = model(input_ids=ids.to(device), attention_mask=mask.to(device))
    logits = hidden.logits[:, :-1].flatten(0, 1)
    wanted = labels[:, 1:].flatten().to(device)
    asked = wanted != IGNORED
    return torch.nn.functional.cross_entropy(logits[asked].float(), wanted[asked])


def _batches(
    rows: Sequence[Row], tokens: int, chance: random.Random
) -> list[list[int]]:
    """Places of rows alike in length, at most `tokens` with padding, in drawn order."""
    order = sorted(
        range(len(rows)), key=lambda place: len(rows[place][0]) + chance.random() * 16
    )
    batches: list[list[int]] = []
    longest = 0
    for place in order:
        longest = max(longest, len(rows[place][0]))
        if not batches or longest * (len(batches[-1]) + 1) > tokens:
            batches.append([])
            longest = len(rows[place][0])
        batches[-1].append(place)
    chance.shuffle(batches)
    return batches


def _heat(step: int, steps: int, warm_up: float) -> float:
    """The share of the highest rate: up in a line, down as a cosine."""
    rising = max(1, round(steps * warm_up))
    if step < rising:
        return (step + 1) / rising
    done = (step - rising) / max(1, steps - rising)
    return 0.5 * (1 + math.cos(math.pi * done))
