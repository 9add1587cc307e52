"""What is quick computes what peft's own layers compute, for every method."""

import copy
from dataclasses import replace

import pytest
import torch

from bot.model.load import BaseModel, load_language_model
from training.buckets import learnt_in, stacked
from training.methods import FinetuneConfig, Method, with_method
from training.quick import Answers, quicken

ROWS = [
    ([5, 80, 300, 41, 7, 9, 11], [False] * 4 + [True] * 3),
    ([9, 8, 7, 6], [False, False, True, True]),
    ([30, 31, 32, 33, 34, 35, 36, 37, 38], [False] * 7 + [True] * 2),
]
CONFIG = FinetuneConfig(rank=4, virtual=5)


def tuned(
    base: BaseModel, method: Method, config: FinetuneConfig = CONFIG
) -> torch.nn.Module:
    """A model whose LoRA, prefix or prompt is not what it began as."""
    torch.manual_seed(3)
    model = load_language_model(base).model
    like = torch.arange(5) + 40
    made: torch.nn.Module = with_method(
        model, replace(config, method=method), steps=10, like=like
    ).eval()
    with torch.no_grad():
        for weight in made.parameters():
            if weight.requires_grad:
                weight.add_(torch.randn_like(weight) * 0.1)
    return made


def obvious_loss(model: torch.nn.Module) -> torch.Tensor:
    """The summed surprise by the model's own labels, in float32."""
    ids, learnt = stacked(ROWS, "cpu")
    labels = torch.where(learnt, ids, -100)
    real = torch.arange(ids.shape[1]) < torch.tensor([[len(r)] for r, _ in ROWS])
    found = model(input_ids=ids, attention_mask=real.long(), labels=labels)
    if getattr(model, "active_peft_config").peft_type == "ADALORA":  # noqa: B009
        logits = found.logits[:, :-1][learnt[:, 1:]]
        return torch.nn.functional.cross_entropy(
            logits, ids[:, 1:][learnt[:, 1:]], reduction="sum"
        )
    summed: torch.Tensor = found.loss * learnt_in(ROWS)
    return summed


@pytest.mark.parametrize("method", ["lora", "adalora", "prefix", "prompt"])
@pytest.mark.parametrize("narrow", [False, True])
def test_loss_and_gradients_are_those_of_the_obvious_way(
    method: Method, narrow: bool, tiny_base: BaseModel
) -> None:
    plain = tuned(tiny_base, method)
    quick = copy.deepcopy(plain)
    wanted = obvious_loss(plain)
    wanted.backward()  # type: ignore[no-untyped-call]
    quicken(quick, narrow=narrow)
    given = Answers(quick).loss(*stacked(ROWS, "cpu"))
    given.backward()  # type: ignore[no-untyped-call]
    off = 0.02 if narrow else 1e-5
    assert float(given.detach()) == pytest.approx(float(wanted.detach()), rel=off)
    theirs = dict(plain.named_parameters())
    for name, weight in quick.named_parameters():
        if weight.requires_grad:
            one, other = weight.grad, theirs[name].grad
            assert one is not None
            assert other is not None
            scale = float(other.norm()) + 1e-6
            assert float((one - other).norm()) <= (0.25 if narrow else 1e-4) * scale, (
                name
            )
    # And it is whole again: what comes after sees every token.
    ids, _ = stacked(ROWS, "cpu")
    assert quick(input_ids=ids).logits.shape[-2] >= ids.shape[1]
