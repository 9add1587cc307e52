"""How surprising wanted replies are to a model: on the engine that serves it.

Perplexity is e to the mean surprise, in nats, of the reply's tokens and its end.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final, TypeAlias

from bot.model.engine import ENGINE_FILE, open_engine
from bot.model.generate import Request, positions_in
from bot.model.load import BaseModel, load_language_model
from bot.model.prompt import render_example
from bot.model.tokens import Tokenizer

TOGETHER: Final = 8
Row: TypeAlias = tuple[list[int], list[bool]]  # ids, which of them are the reply's


def perplexity(
    wanted: Sequence[tuple[Request, str]],
    *,
    base: BaseModel,
    lora: Path | None,
    converted: Path,
    threads: int,
) -> float | None:
    """Of the replies, each after its request; None where there is none.

    Args:
        converted: where the engine keeps its weights; without them the reference,
            in float32, is asked.
    """
    if not wanted:
        return None
    if (converted / ENGINE_FILE).is_file():
        engine = open_engine(converted, threads=threads)
        rows = [_row(engine.tokenizer, each, engine.positions) for each in wanted]
        scored = engine.runner.score_batch(
            [engine.tokenizer.pieces(ids) for ids, _ in rows],
            max_batch_size=TOGETHER,
        )
        # The first token of a row is not scored, and never part of the reply.
        lost = -sum(
            sum(each.log_probs[-sum(learnt) :])
            for each, (_, learnt) in zip(scored, rows, strict=True)
        )
    else:
        lost, rows = _by_reference(wanted, base, lora)
    return math.exp(lost / sum(sum(learnt) for _, learnt in rows))


def _by_reference(
    wanted: Sequence[tuple[Request, str]], base: BaseModel, lora: Path | None
) -> tuple[float, list[Row]]:
    import torch

    model, tokenizer = load_language_model(base, lora=lora)
    positions = positions_in(model.config.to_dict())
    rows = [_row(tokenizer, each, positions) for each in wanted]
    lost = 0.0
    for ids, learnt in rows:
        with torch.inference_mode():
            logits = model.eval()(input_ids=torch.tensor([ids])).logits[0, :-1]
        said = torch.tensor(learnt[1:])
        lost += torch.nn.functional.cross_entropy(
            logits[said].float(), torch.tensor(ids[1:])[said], reduction="sum"
        ).item()
    return lost, rows


def _row(tokenizer: Tokenizer, wanted: tuple[Request, str], positions: int) -> Row:
    request, reply = wanted
    return render_example(
        tokenizer=tokenizer,
        passages=request.passages,
        history=request.history,
        question=request.question,
        language=request.language,
        max_tokens=positions,
        answer=reply,
    )
