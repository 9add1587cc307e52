"""The loss over a large vocabulary, in a third of the time and memory of the plain one.

It gives the gradients while it has the shares at hand, and may compute in bfloat16
what is widest. The sum is weighted token by token.
"""

from typing import Any

import torch


class WeightedLoss(torch.autograd.Function):
    """The weighted sum of the surprises; gradients for states and table."""

    @staticmethod
    def forward(
        ctx: Any,
        states: torch.Tensor,
        table: torch.Tensor,
        wanted: torch.Tensor,
        weights: torch.Tensor,
    ) -> torch.Tensor:
        """`states` [n, width] and `table` [vocabulary, width], of one type."""
        logits = (states @ table.T).float()
        whole = torch.logsumexp(logits, 1)
        own = logits.gather(1, wanted[:, None])[:, 0]
        loss = ((whole - own) * weights).sum()
        shares = logits.sub_(whole[:, None]).exp_()
        shares[torch.arange(len(wanted), device=wanted.device), wanted] -= 1
        blame = shares.mul_(weights[:, None]).to(states.dtype)
        ctx.save_for_backward(blame @ table, blame.T @ states)
        return loss

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> Any:
        """What was made on the way."""
        of_states, of_table = ctx.saved_tensors
        return of_states * grads[0], of_table * grads[0], None, None


def weighted_loss(
    states: torch.Tensor,
    table: torch.Tensor,
    wanted: torch.Tensor,
    weights: torch.Tensor,
    narrow: torch.dtype = torch.bfloat16,
) -> torch.Tensor:
    """The sum over tokens of weight times surprise, in nats, `narrow` where widest."""
    found: torch.Tensor = WeightedLoss.apply(  # type: ignore[no-untyped-call]
        states.to(narrow), table.to(narrow), wanted, weights
    )
    return found
