"""The surprise of what is learnt: among all words, or among the turns that exist."""

from collections.abc import Callable, Sequence

import torch

from training.turns import Turn, Turns


def surprise(
    logits: torch.Tensor,
    wanted: torch.Tensor,
    learnt: torch.Tensor,
    turns: Sequence[Turns] = (),
) -> torch.Tensor:
    """The summed surprise of `wanted` [n] by `logits` [n, vocabulary], in nats.

    Args:
        learnt: [rows, width] of booleans; n of them, the first of a row left out.
        turns: of each row; where one is, only its tokens may follow.
    """
    few, turning = split(learnt, turns)
    whole = torch.nn.functional.cross_entropy(
        logits[~few], wanted[~few], reduction="sum"
    )
    return whole + among_few(
        lambda tokens: logits[few].gather(1, tokens), turning, logits.device
    )


def among_few(
    logits: Callable[[torch.Tensor], torch.Tensor],
    turns: Sequence[Turn],
    device: torch.device,
) -> torch.Tensor:
    """The summed surprise, in nats, of taking one of the right turns at each place.

    Args:
        logits: of the tokens [n, most turns] at the n places, in float32.
    """
    if not turns:
        return torch.zeros((), device=device)
    most = max(len(each.right + each.wrong) for each in turns)
    every = [(*each.right, *each.wrong) for each in turns]
    padded = [(*each, *[0] * (most - len(each))) for each in every]
    found = logits(torch.tensor(padded, device=device))
    ranks = torch.arange(most, device=device)
    counts = [[len(each.right), len(each.right + each.wrong)] for each in turns]
    right, whole = torch.tensor(counts, device=device).T[:, :, None]
    among = found.masked_fill(ranks >= whole, -torch.inf).logsumexp(1)
    return (among - found.masked_fill(ranks >= right, -torch.inf).logsumexp(1)).sum()


def products(
    table: torch.Tensor, tokens: torch.Tensor, states: torch.Tensor
) -> torch.Tensor:
    """The logits [n, some] of tokens [n, some] after states [n, width], in float32."""
    return (table[tokens] @ states[:, :, None])[:, :, 0].float()


def split(
    learnt: torch.Tensor, turns: Sequence[Turns]
) -> tuple[torch.Tensor, list[Turn]]:
    """Which of the learnt tokens have a turn, [n], and these turns, in order."""
    rows, places = learnt[:, 1:].nonzero().T.tolist()
    own = [
        turns[row].get(place + 1) if turns else None
        for row, place in zip(rows, places, strict=True)
    ]
    few = torch.tensor([each is not None for each in own], device=learnt.device)
    return few.bool(), [each for each in own if each is not None]
