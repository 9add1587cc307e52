"""A GPT-2 that can copy before it has learnt anything.

Drawn weights need millions of tokens to find that text repeats itself: that a head
may look one token back, and the next for what followed the same token before. Both
are linear maps that can be written down, so they are; training refines them. What is
made is an ordinary GPT-2 in shape.
"""

import math
from typing import Any, Final

import torch

from bot.model.tokens import END, PAD, Tokenizer, control

SPREAD: Final = 0.02  # of drawn weights, as GPT-2 has it
# Parts of the width, in 1/16: where a token is, what it is, each of the three before.
_PLACE, _TOKEN, _BEFORE, _BACK = 3, 7, 2, 3
SHARPNESS: Final = 2.0  # of the attention that finds what was said before
CERTAINTY: Final = 4.5  # how sure the newborn is of what it copies


def new_model(
    tokenizer: Tokenizer, *, positions: int, width: int, layers: int, heads: int
) -> Any:
    """A model with drawn weights but for its first two layers of attention.

    `width` is a multiple of 64 and a head at least 7/32 of it; needs three heads and
    two layers. Chance is torch's own: seed it before.
    """
    import transformers

    end, pad = control(tokenizer, END), control(tokenizer, PAD)
    model = transformers.GPT2LMHeadModel(
        transformers.GPT2Config(
            vocab_size=len(tokenizer),
            n_positions=positions,
            n_embd=width,
            n_layer=layers,
            n_head=heads,
            resid_pdrop=0.0,
            embd_pdrop=0.0,
            attn_pdrop=0.0,
            bos_token_id=end,
            eos_token_id=end,
            pad_token_id=pad,
        )
    )
    with torch.no_grad():
        _Wiring(model.transformer, width, heads).lay()
    return model


class _Wiring:
    """Writes the heads into a model's weights."""

    def __init__(self, body: Any, width: int, heads: int) -> None:
        unit = width // 16
        self.place = slice(0, _PLACE * unit)
        self.token = slice(self.place.stop, (_PLACE + _TOKEN) * unit)
        starts = [self.token.stop + back * _BEFORE * unit for back in range(_BACK)]
        self.before = [slice(start, start + _BEFORE * unit) for start in starts]
        self.body, self.width, self.size = body, width, width // heads
        self.mark = _orthonormal(_BEFORE * unit, _TOKEN * unit)

    def lay(self) -> None:
        """Places as waves, three heads that look back, two that copy."""
        for layer in self.body.h:
            # What is drawn at random would drown the heads that are written down.
            layer.attn.c_proj.weight.zero_()
            layer.mlp.c_proj.weight.zero_()
        speeds = self._waves()
        for back in range(_BACK):
            self._looks_back(back, back + 1, speeds, self.before[back])
        half = (self.token.stop - self.token.start) // 2
        rows = _orthonormal(2 * half, 2 * half)
        self._copies(0, rows[:half])
        self._copies(1, rows[half:])
        self.body.ln_f.weight.fill_(CERTAINTY)

    def _waves(self) -> torch.Tensor:
        """Token and place each get dimensions of their own."""
        count = (self.place.stop - self.place.start) // 2
        speeds = torch.exp(torch.linspace(math.log(2.8), math.log(0.006), count))
        angles = torch.arange(self.body.wpe.num_embeddings)[:, None] * speeds
        tokens = self.body.wte.weight
        kept = tokens[:, self.token].clone()
        tokens.zero_()
        tokens[:, self.token] = kept
        places = self.body.wpe.weight
        places.zero_()
        share = math.sqrt(0.43 * kept.shape[1] / count) * SPREAD
        places[:, self.place] = share * torch.cat([angles.cos(), angles.sin()], 1)
        return speeds

    def _looks_back(
        self, head: int, steps: int, speeds: torch.Tensor, target: slice
    ) -> None:
        """Layer 1: attend `steps` tokens back, note in `target` what stands there."""
        attention = self.body.h[0].attn
        query, key, value = self._columns(attention, head)
        count = len(speeds)
        turn = torch.zeros(2 * count, 2 * count)
        one, other = torch.arange(count), torch.arange(count) + count
        turn[one, one] = turn[other, other] = (steps * speeds).cos()
        turn[other, one] = (steps * speeds).sin()
        turn[one, other] = -(steps * speeds).sin()
        query[self.place, : 2 * count] = 2.0 * turn
        key[self.place, : 2 * count] = 2.0 * torch.eye(2 * count)
        value[self.token, : len(self.mark)] = self.mark.T
        out = attention.c_proj.weight[head * self.size : (head + 1) * self.size]
        out[: len(self.mark), target] = 0.023 * torch.eye(len(self.mark))

    def _copies(self, head: int, rows: torch.Tensor) -> None:
        """Layer 2: attend where the last tokens stood before; say what followed."""
        attention = self.body.h[1].attn
        query, key, value = self._columns(attention, head)
        count = min(self.size // _BACK, len(self.mark))
        whole = torch.eye(len(self.mark))
        for back, before in enumerate(self.before):
            part = slice(back * count, (back + 1) * count)
            # The first asks by the token itself, the others by what came before it.
            chosen = whole[:, :count]
            asked, asking = (
                (self.token, self.mark[:count].T)
                if back == 0
                else (self.before[back - 1], chosen)
            )
            query[asked, part] = SHARPNESS * asking
            key[before, part] = SHARPNESS * chosen
        value[self.token, : len(rows)] = rows.T
        out = attention.c_proj.weight[head * self.size : (head + 1) * self.size]
        out[: len(rows), self.token] = 0.06 * rows

    def _columns(self, attention: Any, head: int) -> list[torch.Tensor]:
        """Views of a head's query, key and value weights, cleared."""
        weight = attention.c_attn.weight
        parts = []
        for part in range(3):
            start = part * self.width + head * self.size
            view = weight[:, start : start + self.size]
            view.zero_()
            parts.append(view)
        return parts


def _orthonormal(rows: int, columns: int) -> torch.Tensor:
    """Rows of length 1 at right angles."""
    drawn: torch.Tensor = torch.linalg.qr(torch.randn(columns, rows)).Q
    return drawn.T.contiguous()
