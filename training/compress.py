"""Forms of one tuned model that are smaller or faster, in one table: what each costs.

All write the same held-out replies from the same passages. Pruning by magnitude: Han et
al. 2015, "Learning both Weights and Connections for Efficient Neural Networks".
Distillation: Hinton et al. 2015, "Distilling the Knowledge in a Neural Network", into
every other layer of the teacher as Sanh et al. 2019, "DistilBERT".
"""

import copy
import random
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import torch

from bot.model.generate import Generator
from bot.model.load import load_generator, load_language_model, resolve_base
from bot.model.reference import LanguageModel, TransformersGenerator
from training.board import Boards
from training.buckets import Row, batches, stacked
from training.finetune import rows_of, tune
from training.lessons import Lesson
from training.methods import FinetuneConfig
from training.replies import Replies, write_replies

PRUNED: Final = 0.3  # of the numbers of each matrix
FORMS: Final = ("float32", "bfloat16", "int8", "pruned", "distilled")
_STUDENT_RATE: Final = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One form of the model.

    Attributes:
        megabytes: of its weights on disk.
        replies: how many were right, and the seconds of writing them.
        cpu_seconds: of processors in that time; other programs do not lengthen it.
    """

    megabytes: float
    replies: Replies
    cpu_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Forms:
    """All forms, by their names."""

    base: str
    asked: int
    forms: dict[str, Form]

    def to_json(self) -> dict[str, Any]:
        """One row per form."""
        rows = {}
        for name, form in self.forms.items():
            told = asdict(form.replies)
            rows[name] = {
                "megabytes": round(form.megabytes, 1),
                "right": told["right"] / max(1, told["asked"]),
                "answered": told["answered"] / max(1, told["answerable"]),
                "seconds": round(told["seconds"], 2),
                "cpu_seconds": round(form.cpu_seconds, 2),
            }
        notes = [
            f"pruned: {PRUNED:.0%} of each matrix are zeros; no engine here skips them",
            "distilled: every other layer of the tuned model, which was its teacher",
        ]
        shared = {"base": self.base, "held_out": self.asked, "notes": notes}
        return shared | {"forms": rows}

    def text(self) -> str:
        """The same for a person."""
        told = self.to_json()
        lines = [
            f"{self.base}, tuned; {self.asked} held-out questions",
            f"{'form':<11}{'MB':>7}{'right':>8}{'answered':>10}{'s':>8}{'CPU s':>8}",
        ]
        for name, row in told["forms"].items():
            lines.append(
                f"{name:<11}{row['megabytes']:>7.1f}{row['right']:>8.1%}"
                f"{row['answered']:>10.1%}{row['seconds']:>8.1f}"
                f"{row['cpu_seconds']:>8.1f}"
            )
        return "\n".join([*lines, *told["notes"]])


def compress(
    folder: Path,
    *,
    base: str,
    lessons: Sequence[Lesson],
    held_out: Sequence[Lesson],
    config: FinetuneConfig,
    told: Callable[[float], None] = lambda _: None,
) -> Forms:
    """Tune the base on lessons and try every form of it, in a folder."""
    found = resolve_base(base or None)
    boards = Boards(logs=folder / "runs")
    tune(lessons, base=found, out=folder / "lora", boards=boards, config=config)
    model, tokenizer = load_language_model(found, lora=folder / "lora")
    rows = rows_of(lessons, tokenizer, model, config)
    forms = {}
    gpt2 = model.config.model_type == "gpt2"
    names = [name for name in FORMS if gpt2 or name != "distilled"]
    for number, name in enumerate(names):
        made = LanguageModel(_form(name, model, rows, config), tokenizer)
        generator, size = _served(name, made, found.directory, folder / name, config)
        # It loads, and converts where it must.
        if name == "int8" and generator.logits_fingerprint().startswith("float32"):
            continue  # the fast engine does not know this model
        busy = time.process_time()
        replies = write_replies(generator, held_out)
        busy = time.process_time() - busy
        forms[name] = Form(megabytes=size(), replies=replies, cpu_seconds=busy)
        told((number + 1) / len(names))
    return Forms(base=base or "the starter model", asked=len(held_out), forms=forms)


def _form(name: str, model: Any, rows: Sequence[Row], config: FinetuneConfig) -> Any:
    match name:
        case "bfloat16":
            return copy.deepcopy(model).to(torch.bfloat16)
        case "pruned":
            return pruned(model, PRUNED)
        case "distilled":
            return distilled(model, rows, config)
        case _:
            return model


def _served(
    name: str, made: LanguageModel, like: Path, folder: Path, config: FinetuneConfig
) -> tuple[Generator, Callable[[], float]]:
    """What writes its replies, and how large its weights are on disk."""
    plain = folder / "plain"
    made.model.save_pretrained(str(plain))
    if name != "int8":
        return TransformersGenerator(lambda: made), lambda: _megabytes(plain)
    for path in like.iterdir():
        if path.suffix in (".json", ".txt") and not (plain / path.name).exists():
            shutil.copy(path, plain)
    base = resolve_base(str(plain))
    kept = folder / "engine"
    threads = max(1, config.threads)
    served = load_generator(base, kept=kept, threads=threads)
    return served, lambda: _megabytes(kept)


def _megabytes(folder: Path) -> float:
    weights = [*folder.glob("*.safetensors"), *folder.glob("model.bin")]
    return sum(path.stat().st_size for path in weights) / 1e6


def pruned(model: Any, share: float) -> Any:
    """A copy in which that share of each layer's matrix, the smallest, is zero."""
    made = copy.deepcopy(model)
    with torch.no_grad():
        for weight in _matrices(made):
            count = int(share * weight.numel())
            if count:
                edge = weight.abs().flatten().kthvalue(count).values
                weight.masked_fill_(weight.abs() <= edge, 0.0)
    return made


def _matrices(model: Any) -> list[torch.nn.Parameter]:
    """The weights of the layers; the table of pieces is looked up, not multiplied."""
    tables = {id(model.get_input_embeddings().weight)}
    if (head := model.get_output_embeddings()) is not None:
        tables.add(id(head.weight))
    positions = [w for n, w in model.named_parameters() if n.endswith("wpe.weight")]
    tables |= {id(weight) for weight in positions}
    return [w for w in model.parameters() if w.ndim == 2 and id(w) not in tables]


def distilled(teacher: Any, rows: Sequence[Row], config: FinetuneConfig) -> Any:
    """A model of every other layer that learns to say what the whole one says.

    Raises ValueError for models that are no GPT-2.
    """
    if teacher.config.model_type != "gpt2":
        raise ValueError("only a GPT-2's layers can be left out here")
    student = copy.deepcopy(teacher).requires_grad_(True)
    layers: list[Any] = list(student.transformer.h)[::2]
    for number, layer in enumerate(layers):
        layer.attn.layer_idx = number  # its place in the cache
    student.transformer.h = torch.nn.ModuleList(layers)
    student.config.n_layer = len(layers)
    optimizer = torch.optim.AdamW(student.parameters(), lr=_STUDENT_RATE)
    chance = random.Random(config.seed)  # noqa: S311 - repeatable, not secret
    teacher.eval()
    student.eval()  # no dropout: the teacher's words are clean
    for _ in range(config.epochs):
        for batch in batches(rows, config.batch_tokens, chance):
            ids, learnt = stacked([rows[place] for place in batch], "cpu")
            asked = learnt[:, 1:]
            with torch.no_grad():
                wanted = teacher(input_ids=ids).logits[:, :-1][asked].log_softmax(-1)
            given = student(input_ids=ids).logits[:, :-1][asked].log_softmax(-1)
            loss = torch.nn.functional.kl_div(
                given, wanted, reduction="batchmean", log_target=True
            )
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(student.parameters(), config.clip)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
    return student
