"""Muon in float32 is torch's Muon, but for the rounding of bfloat16."""

import pytest
import torch

from training import muon, precision
from training.muon import Muon, orthogonal


def trained(kind: type[torch.optim.Muon], steps: int = 4) -> list[torch.Tensor]:
    """Three weights of a small problem after some steps."""
    chance = torch.Generator().manual_seed(3)
    weights = [
        torch.nn.Parameter(torch.randn(rows, columns, generator=chance))
        for rows, columns in ((8, 8), (16, 6), (6, 24))
    ]
    wanted = [torch.randn(each.shape, generator=chance) for each in weights]
    optimizer = kind(weights, lr=0.02, weight_decay=0.01)
    for _ in range(steps):
        optimizer.zero_grad()
        for weight, target in zip(weights, wanted, strict=True):
            ((weight - target) ** 2).sum().backward()  # type: ignore[no-untyped-call]
        optimizer.step()  # type: ignore[no-untyped-call]
    return [each.detach() for each in weights]


def test_it_moves_as_that_of_torch_does(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = trained(torch.optim.Muon)
    monkeypatch.setattr(muon, "quickest", lambda _: torch.float32)
    ours = trained(Muon)
    for one, other in zip(ours, theirs, strict=True):
        # Four steps of 0.02 in singular values of about one; bfloat16 has 8 bits.
        assert (one - other).abs().max() < 0.003


def test_where_half_is_fast_it_is_that_of_torch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(muon, "quickest", lambda _: torch.bfloat16)
    for one, other in zip(trained(Muon), trained(torch.optim.Muon), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("shape", [(5, 5), (4, 9), (9, 4)])
def test_what_it_adds_has_singular_values_of_about_one(shape: tuple[int, int]) -> None:
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(1))
    turned = orthogonal(matrix, (3.4445, -4.775, 2.0315), 5, 1e-7)
    values = torch.linalg.svdvals(turned)
    assert values.min() > 0.5
    assert values.max() < 1.5


def test_only_a_processor_made_for_it_computes_in_half(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    able = {"avx512_bf16": True}
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able)
    assert precision.quickest("cpu") is torch.bfloat16
    able["avx512_bf16"] = False
    assert precision.quickest("cpu") is torch.float32
