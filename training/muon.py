"""Muon (Jordan et al. 2024) in what its device computes fastest.

That of torch orthogonalises in bfloat16 everywhere; a processor that is not made for it
takes a minute over a step that this one takes half a second for.
"""

import math
from typing import Any

import torch

from training.precision import quickest


class Muon(torch.optim.Muon):
    """torch's own, but for the type of the Newton-Schulz iteration's numbers."""

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """One step; a closure is not asked for."""
        device = self.param_groups[0]["params"][0].device.type
        if quickest(device) is torch.bfloat16:
            super().step(closure)  # type: ignore[no-untyped-call]
            return
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    self._move(weight, weight.grad, group)

    def _move(
        self, weight: torch.Tensor, gradient: torch.Tensor, group: dict[str, Any]
    ) -> None:
        rate, momentum = group["lr"], group["momentum"]
        state = self.state[weight]
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = torch.zeros_like(gradient)
        kept: torch.Tensor = state["momentum_buffer"]
        kept.lerp_(gradient, 1 - momentum)
        way = gradient.lerp(kept, momentum) if group["nesterov"] else kept
        turned = orthogonal(
            way, group["ns_coefficients"], group["ns_steps"], group["eps"]
        )
        rows, columns = weight.shape
        weight.mul_(1 - rate * group["weight_decay"])
        weight.add_(turned, alpha=-rate * math.sqrt(max(1.0, rows / columns)))


def orthogonal(
    matrix: torch.Tensor,
    coefficients: tuple[float, float, float],
    steps: int,
    least: float,
) -> torch.Tensor:
    """Near the orthogonal matrix that is nearest: singular values of about 1."""
    a, b, c = coefficients
    flat = matrix.T if matrix.size(0) > matrix.size(1) else matrix
    flat = flat / flat.norm().clamp(min=least)
    for _ in range(steps):
        gram = flat @ flat.T
        flat = torch.addmm(
            flat, torch.addmm(gram, gram, gram, beta=b, alpha=c), flat, beta=a
        )
    return flat.T if matrix.size(0) > matrix.size(1) else flat
