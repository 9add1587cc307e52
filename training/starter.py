"""The starter model: made from the demo shop's texts, measured on what it never saw.

What is shipped is what was measured: the figures are taken from the packed weights.
"""

import json
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final

import torch

from bot.asked import fitting
from bot.model.encoder import Encoder
from bot.model.files import sha256_of, write_json
from bot.model.focus import Alike, focus, sentences
from bot.model.generate import Generator, Request
from bot.model.load import (
    BaseModel,
    load_generator,
    load_language_model,
    resolve_base,
)
from bot.model.prompt import NOT_IN_PASSAGES
from bot.model.tokens import encode, load_tokenizer
from training.batches import example_row
from training.carried import (
    LANGUAGES,
    figures_of,
    held_out_examples,
    request_of,
    summary,
)
from training.grounded import Grounded
from training.nearness import alike
from training.run import loss_of
from training.surprise import bits_per_character
from training.vocabulary import TOKENIZER_FILES

FIGURES_FILE: Final = "figures.json"


def pack(trained: Path, out: Path) -> None:
    """Copy a trained model to `out` in bfloat16, half the size, with its tokenizer."""
    out.mkdir(parents=True, exist_ok=True)
    model = load_language_model(resolve_base(str(trained))).model
    model.to(torch.bfloat16).save_pretrained(str(out))
    for name in TOKENIZER_FILES:
        shutil.copy(trained / name, out / name)
    for path in out.iterdir():
        path.chmod(0o644)  # safetensors writes files that only their owner can read


def measure(
    shop: Path,
    data: Sequence[Path],
    model: Path,
    cache: Path,
    *,
    count: int = 50,
    seed: int = 11,
) -> dict[str, Any]:
    """Held-out loss, faithfulness, speed and size of a packed model.

    It is measured on the engine that serves it, converted into `cache`. `count` is
    how many examples of each kind, and how many questions of each language.
    """
    base = resolve_base(str(model))
    generator = load_generator(base, kept=cache / "engine")
    made = held_out_examples(shop, data, count=count, seed=seed)
    everything = [example for examples in made.values() for example in examples]
    near = alike(Encoder.load(None, cache / "encoder"))
    figures = figures_of(generator, made, near)
    return {
        "sha256": sha256_of(model / "model.safetensors"),
        "parameters": _parameters(base),
        "pieces": len(load_tokenizer(base.directory)),
        "held_out_loss": round(_loss(base, everything[::5]), 4),
        "texts": _texts(base, data),
        "summary": summary(figures),
        "grounded": [row.to_json() for row in figures],
        "policy_questions": policy_questions(shop, generator, count, near),
        **_speed(base, generator, everything[:: max(1, len(everything) // 30)]),
    }


def _texts(base: BaseModel, data: Sequence[Path]) -> dict[str, dict[str, float]]:
    if not data:
        return {}
    model, tokenizer = load_language_model(base)
    return bits_per_character(model.eval(), tokenizer, data)


def policy_questions(
    shop: Path, generator: Generator, count: int, near: Alike
) -> dict[str, float]:
    """Share of replies with every fact, from the right section and one other.

    The questions were never trained on; most of the documents were. `near` tells how
    alike in meaning texts are.
    """
    rows = [
        json.loads(line)
        for line in (shop / "policy_questions.jsonl").read_text("utf-8").splitlines()
    ]
    shares = {}
    for language in LANGUAGES:
        asked = [row for row in rows if row["language"] == language and row["facts"]]
        asked = asked[:count]
        requests = [
            Request.reading(
                question=row["text"],
                language=language,
                passages=(shown := _section(shop, row, asked[place - 1])),
                parts=focus(shown, row["text"], near, fitting),
            )
            for place, row in enumerate(asked)
        ]
        replies = generator.generate(requests)
        right = [
            all(fact in said for fact in row["facts"])
            for row, said in zip(asked, replies, strict=True)
        ]
        silent = [said == NOT_IN_PASSAGES[language] for said in replies]
        shares[f"{language}_facts_carried"] = round(sum(right) / len(right), 3)
        shares[f"{language}_said_not_found"] = round(sum(silent) / len(silent), 3)
    return shares


def _section(shop: Path, row: dict[str, str], other: dict[str, str]) -> tuple[str, ...]:
    texts = []
    for wanted in (row, other):
        path = shop / "policies" / wanted["language"] / f"{wanted['document']}.md"
        body = path.read_text(encoding="utf-8").split(f"## {wanted['heading']}\n")[1]
        joint = " " if wanted["language"] == "en" else ""
        texts.append(joint.join(sentences(body.split("\n## ")[0])))
    return tuple(dict.fromkeys(texts))


def _loss(base: BaseModel, examples: Sequence[Grounded]) -> float:
    model, tokenizer = load_language_model(base)
    positions = model.config.n_positions
    total = learnt = 0.0
    for start in range(0, len(examples), 8):
        rows = [
            example_row(tokenizer, made, positions)
            for made in examples[start : start + 8]
        ]
        count = sum(sum(wanted) for _, wanted in rows)
        with torch.inference_mode():
            total += loss_of(model.eval(), rows).item() * count
        learnt += count
    return total / learnt


def _parameters(base: BaseModel) -> int:
    model = load_language_model(base).model
    return sum(weight.numel() for weight in model.parameters())


def _speed(
    base: BaseModel, generator: Generator, examples: Sequence[Grounded]
) -> dict[str, float]:
    """One reply at a time, as a customer would wait for it, on one thread."""
    tokenizer = load_tokenizer(base.directory)
    reference = load_generator(base)
    speeds: dict[str, float] = {"threads": 1}
    for prefix, used in (("", generator), ("reference_", reference)):
        tokens, times = 0, []
        for example in examples:
            started = time.perf_counter()
            said = used.generate([request_of(example)])[0]
            times.append(time.perf_counter() - started)
            tokens += len(encode(tokenizer, said)) + 1  # and the end
        speeds[f"{prefix}reply_ms_p50"] = round(1000 * median(times), 1)
        speeds[f"{prefix}tokens_per_second"] = round(tokens / sum(times), 1)
    return speeds


def write_figures(directory: Path, figures: dict[str, Any]) -> None:
    """Keep the figures beside the weights."""
    write_json(directory / FIGURES_FILE, figures)
