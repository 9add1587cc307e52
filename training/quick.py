"""A frozen base that is passed through quickly: nothing is computed that nobody needs.

A frozen weight gets no gradient, a low-rank layer is two small products added in place,
and only the tokens that are learnt go through the last layer and the table of pieces.
The numbers are those of peft's own layers, within rounding.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, Final

import torch
from peft.tuners.adalora.layer import SVDLinear
from peft.tuners.lora.layer import Linear as LoraLinear
from transformers.pytorch_utils import Conv1D

from training.among import among_few, products, split, surprise
from training.resting import Kept
from training.turns import Turns

CHUNK: Final = 512  # tokens whose shares of the vocabulary are in memory at once
# Architectures whose head is a table and nothing else.
_PLAIN_HEADS: Final = frozenset(["gpt2", "llama", "mistral", "qwen2", "qwen3"])


class LowRank(torch.autograd.Function):
    """A frozen layer plus a low-rank one: x W + bias + x Aᵀ Bᵀ."""

    @staticmethod
    def forward(
        ctx: Any,
        x: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        down: torch.Tensor,
        up: torch.Tensor,
    ) -> torch.Tensor:
        """`x` [..., in], `weight` [in, out], `down` [rank, in], `up` [out, rank]."""
        flat = x.reshape(-1, x.shape[-1])
        small = flat @ down.T
        wide = flat @ weight if bias is None else torch.addmm(bias, flat, weight)
        wide.addmm_(small, up.T)
        ctx.save_for_backward(flat, weight, down, up, small)
        ctx.shape = x.shape
        return wide.view(*x.shape[:-1], -1)

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> Any:
        """The gradients of `x`, `down` and `up`; the frozen weight has none."""
        flat, weight, down, up, small = ctx.saved_tensors
        grad = grads[0].reshape(-1, grads[0].shape[-1])
        through = grad @ up
        of_x = None
        if ctx.needs_input_grad[0]:
            of_x = grad @ weight.T
            of_x.addmm_(through, down)
            of_x = of_x.view(ctx.shape)
        return of_x, None, None, through.T @ flat, grad.T @ small


class FrozenTableLoss(torch.autograd.Function):
    """The sum of the surprises over a table that is not learnt."""

    @staticmethod
    def forward(
        ctx: Any, states: torch.Tensor, table: torch.Tensor, wanted: torch.Tensor
    ) -> torch.Tensor:
        """`states` [n, width], `table` [vocabulary, width], `wanted` [n]; in nats."""
        loss = torch.zeros((), device=states.device)
        grad = torch.empty_like(states)
        for start in range(0, len(states), CHUNK):
            asked = wanted[start : start + CHUNK]
            shares = (states[start : start + CHUNK] @ table.T).float()
            own = shares.gather(1, asked[:, None])
            most = shares.amax(1, keepdim=True)
            # The widest thing here: every pass over it counts, so it is raised once.
            whole = shares.sub_(most).exp_().sum(1, keepdim=True)
            loss += (whole.log() + most - own).sum()
            shares.div_(whole)
            shares[torch.arange(len(asked), device=asked.device), asked] -= 1
            grad[start : start + CHUNK] = shares.to(table.dtype) @ table
        ctx.save_for_backward(grad)
        return loss

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> Any:
        """What was made on the way."""
        (grad,) = ctx.saved_tensors
        return grad * grads[0].to(grad.dtype), None, None


def quicken(tuned: Any, *, narrow: bool) -> None:
    """Make a model of peft quick, in place. It computes the same.

    Args:
        narrow: whether what is frozen is kept, and computes, in bfloat16.
    """
    if narrow:
        for weight in tuned.parameters():
            if not weight.requires_grad:
                weight.data = weight.data.to(torch.bfloat16)
        # On a processor the fused attention's way back takes twice as long in bfloat16.
        if next(tuned.parameters()).device.type == "cpu":
            tuned.get_base_model().set_attn_implementation("eager")
    for layer in tuned.modules():
        if isinstance(layer, LoraLinear | SVDLinear) and _is_plain(layer):
            layer.forward = _quick_forward(layer)
        elif type(layer).__name__ == "GPT2MLP" and _is_tanh(layer.act):
            # The same function in one go: GPT-2's own activation is six passes. Its
            # elder form differs by less than bfloat16 does, in a third of the time.
            layer.act = torch.nn.GELU(approximate="none" if narrow else "tanh")


def _is_plain(layer: Any) -> bool:
    dropped = layer.lora_dropout["default"]
    variants = getattr(layer, "lora_variant", {})
    return isinstance(dropped, torch.nn.Identity) and not variants


def _is_tanh(activation: Any) -> bool:
    return type(activation).__name__ == "NewGELUActivation"


def _quick_forward(layer: Any) -> Any:
    base = layer.get_base_layer()
    weight = base.weight if isinstance(base, Conv1D) else base.weight.T

    def forward(x: torch.Tensor, *_: Any, **__: Any) -> torch.Tensor:
        down, up = _factors(layer)
        quick: torch.Tensor = LowRank.apply(  # type: ignore[no-untyped-call]
            x, weight, base.bias, down.to(x.dtype), up.to(x.dtype)
        )
        return quick

    return forward


def _factors(layer: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """The low-rank part as two factors, its scale in the second."""
    scale, down, up = (
        each["default"] for each in (layer.scaling, layer.lora_A, layer.lora_B)
    )
    if isinstance(layer, SVDLinear):
        scale = scale / (layer.ranknum["default"] + 1e-5)
        return down * layer.lora_E["default"], up * scale
    return down.weight, up.weight * scale


class Answers:
    """Gives the loss of the learnt tokens alone: the others never meet the head."""

    def __init__(self, tuned: Any, kept: Kept | None = None) -> None:
        """`kept` spares the layers that rest."""
        self._tuned, self._kept = tuned, kept
        self._head = tuned.get_output_embeddings()
        plain = type(self._head) is torch.nn.Linear and self._head.bias is None
        self._plain = plain and tuned.config.model_type in _PLAIN_HEADS
        self._last = _last_of_gpt2(tuned)
        self._states: Any = None

    def loss(
        self,
        ids: torch.Tensor,
        learnt: torch.Tensor,
        rows: Sequence[int] = (),
        turns: Sequence[Turns] = (),
    ) -> torch.Tensor:
        """The summed surprise, in nats, of the learnt tokens of a batch.

        Args:
            ids: [rows, width], padding last; nothing looks ahead, so none is masked.
            learnt: [rows, width] of booleans.
            rows: their places, where something is kept of them.
            turns: of each row, where it learns among few tokens.
        """
        asked = learnt[:, 1:]
        wanted = ids[:, 1:][asked]
        kept = self._kept.instead(rows) if self._kept else nullcontext()
        with self._only(asked), kept:
            found = self._tuned(input_ids=ids, use_cache=False)
        if not self._plain:
            return surprise(found.logits[0].float(), wanted, learnt, turns)
        states, table = self._states, self._head.weight
        few, turning = split(learnt, turns)
        summed: torch.Tensor = FrozenTableLoss.apply(  # type: ignore[no-untyped-call]
            states[~few], table, wanted[~few]
        )
        return summed + among_few(
            lambda tokens: products(table, tokens, states[few]), turning, ids.device
        )

    @contextmanager
    def _only(self, asked: torch.Tensor) -> Iterator[None]:
        """Let only the asked tokens, [rows, width - 1], through the model's end."""
        width, count = asked.shape[1], int(asked.sum())

        def pick(_head: Any, given: tuple[Any, ...]) -> tuple[Any, ...]:
            states = given[0]
            if self._last is not None:
                states = states.flatten(0, 1)[:count]
            else:
                # What a method puts before the prompt comes first.
                states = states[:, -width - 1 : -1][asked]
            self._states = states
            return (states[None, :0] if self._plain else states[None],)

        hooks = [self._head.register_forward_pre_hook(pick)]
        if self._last is not None:
            hooks.append(_narrow(self._last, asked))
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()


class _Narrowed:
    """The last layer of a GPT-2, for a while only for some tokens."""

    def __init__(self, layer: Any, hook: Any) -> None:
        self._layer, self._hook = layer, hook

    def remove(self) -> None:
        """Make it whole again."""
        self._hook.remove()
        del self._layer.forward


def _narrow(layer: Any, asked: torch.Tensor) -> _Narrowed:
    """Let only the asked tokens through what comes after looking at the others."""
    rows, width = asked.shape[0], asked.shape[1] + 1
    places = torch.nn.functional.pad(asked, (0, 1)).flatten().nonzero()[:, 0]
    # The model believes in rows of this width; the last one is filled up.
    filled = torch.nn.functional.pad(places, (0, -len(places) % width))

    def some(states: torch.Tensor) -> torch.Tensor:
        own = states.reshape(rows * width, -1)
        chosen: torch.Tensor = own[filled].view(-1, width, states.shape[-1])
        return chosen

    def forward(hidden_states: torch.Tensor, *given: Any, **named: Any) -> torch.Tensor:
        looked, _ = layer.attn(layer.ln_1(hidden_states), *given, **named)
        states = looked + some(hidden_states)
        through: torch.Tensor = states + layer.mlp(layer.ln_2(states))
        return through

    hook = layer.attn.c_proj.register_forward_pre_hook(
        lambda _layer, given: (some(given[0]),)
    )
    layer.forward = forward
    return _Narrowed(layer, hook)


def _last_of_gpt2(tuned: Any) -> Any:
    """Its last layer; None where the model is another or virtual tokens are words."""
    if tuned.config.model_type != "gpt2":
        return None
    if tuned.active_peft_config.peft_type == "PROMPT_TUNING":
        return None  # the rows that the model believes in are wider
    return tuned.get_base_model().transformer.h[-1]
