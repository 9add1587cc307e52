"""The obvious way to fine-tune, to be measured against: transformers' Trainer and peft.

The same lessons, LoRA, rate, epochs and rows per step; everything else is as it comes.
"""

import sys
import time
from pathlib import Path
from typing import Any

import torch
from transformers import DataCollatorForSeq2Seq, Trainer, TrainingArguments
from transformers.utils import logging

from bot.model.files import write_json
from bot.model.load import load_language_model, resolve_base
from training.apart import RESULT, peak_memory
from training.buckets import Row
from training.crew import Crew
from training.finetune import rows_of
from training.job import ADAPTER, Job, measured
from training.methods import with_method
from training.tuning import Plan

_IGNORED = -100  # a label that is not learnt, to the Trainer


def work(folder: Path) -> None:
    """Do a folder's job with the Trainer."""
    job = Job.read(folder)
    config = job.config
    if config.threads:
        torch.set_num_threads(config.threads)
    torch.manual_seed(config.seed)
    base = resolve_base(job.base or None)
    model, tokenizer = load_language_model(base)
    rows = rows_of(job.lessons, tokenizer, model, config)
    steps = Plan.of(rows, config, Crew()).steps // config.epochs
    tuned = with_method(model, config, steps=steps, like=torch.zeros(1).long())
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token_id = 0
    trainer = Trainer(
        model=tuned,
        args=_arguments(folder, job, max(1, round(len(rows) / steps)), steps),
        train_dataset=[_labelled(row) for row in rows],
        data_collator=DataCollatorForSeq2Seq(tokenizer, label_pad_token_id=_IGNORED),
    )
    began, busy = time.perf_counter(), time.process_time()
    done = trainer.train()
    told: dict[str, Any] = {
        "loss": done.training_loss,
        "learnt": sum(w.numel() for w in tuned.parameters() if w.requires_grad),
        "steps": done.global_step,
        "tokens": config.epochs * sum(len(ids) for ids, _ in rows),
        "seconds": time.perf_counter() - began,
        "cpu_seconds": time.process_time() - busy,
        "peak_mb": peak_memory(),
    }
    tuned.save_pretrained(str(folder / ADAPTER), save_embedding_layers=False)
    write_json(folder / RESULT, told | measured(job, base, folder / ADAPTER))


def _arguments(folder: Path, job: Job, rows: int, steps: int) -> TrainingArguments:
    config = job.config
    rising = round(steps * config.epochs * config.warm_up)
    return TrainingArguments(
        output_dir=str(folder / "trainer"),
        per_device_train_batch_size=rows,
        gradient_accumulation_steps=config.accumulation,
        num_train_epochs=config.epochs,
        learning_rate=config.top_rate,
        lr_scheduler_type="cosine",
        warmup_steps=max(0, rising - 1),  # the Trainer's first step has no rate
        max_grad_norm=config.clip,
        weight_decay=0.0,
        seed=config.seed,
        use_cpu=job.device == "cpu",
        dataloader_pin_memory=False,
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
    )


def _labelled(row: Row) -> dict[str, list[int]]:
    ids, learnt = row
    said = zip(ids, learnt, strict=True)
    labels = [token if say else _IGNORED for token, say in said]
    return {"input_ids": ids, "attention_mask": [1] * len(ids), "labels": labels}


if __name__ == "__main__":
    logging.set_verbosity_error()
    work(Path(sys.argv[1]))
