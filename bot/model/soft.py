"""A model with learnt tokens before every prompt: prefix tuning and prompt tuning.

It is called as the model itself is, with a cache of its own making. The tokens are put
in once, when there is no cache yet, and every position moves up by their number.
"""

import copy
import inspect
from typing import Any

import torch
from transformers import DynamicCache


class SoftPrompted(torch.nn.Module):
    """Takes a model of peft that was tuned so. Its room is smaller by the tokens."""

    def __init__(self, tuned: Any) -> None:
        super().__init__()
        told = tuned.active_peft_config
        self.tokens: int = told.num_virtual_tokens
        self.inner = tuned.get_base_model()
        self.config = _smaller(self.inner.config, self.tokens)
        self._numbered = (
            "position_ids" in inspect.signature(self.inner.forward).parameters
        )
        with torch.no_grad():
            found = tuned.get_prompt(1)
        self._layers = 0
        if told.peft_type == "PREFIX_TUNING":
            for number, layer in enumerate(_layers(found)):
                for name, part in zip(("keys", "values"), layer, strict=True):
                    self.register_buffer(f"{name}{number}", part.detach())
                self._layers = number + 1
        else:
            self.register_buffer("words", found.detach())

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        past_key_values: Any = None,
        position_ids: torch.Tensor | None = None,
        **options: Any,
    ) -> Any:
        """What the model gives; logits of the learnt tokens are left out.

        Args:
            input_ids: [rows, width]; attention_mask: [rows, all tokens so far].
        """
        rows, width = input_ids.shape
        if attention_mask is None:
            attention_mask = torch.ones_like(input_ids)
        ours = attention_mask.new_ones((rows, self.tokens))
        options["attention_mask"] = torch.cat([ours, attention_mask], 1)
        if position_ids is None:
            position_ids = (attention_mask.cumsum(1) - 1).clamp(min=0)[:, -width:]
        places = position_ids + self.tokens
        given: dict[str, Any] = {"input_ids": input_ids}
        if past_key_values is None and self._layers:
            past_key_values = self._prefix(rows)
        elif past_key_values is None:
            before = self.get_buffer("words").expand(rows, -1, -1)
            read = self.inner.get_input_embeddings()(input_ids)
            given = {"inputs_embeds": torch.cat([before.to(read.dtype), read], 1)}
            first = torch.arange(self.tokens, device=places.device)
            places = torch.cat([first.expand(rows, -1), places], 1)
        if self._numbered:
            options["position_ids"] = places
        found = self.inner(past_key_values=past_key_values, **given, **options)
        found.logits = found.logits[:, -width:]
        return found

    def _prefix(self, rows: int) -> Any:
        cache = DynamicCache()
        for number in range(self._layers):
            keys, values = (
                self.get_buffer(f"{name}{number}") for name in ("keys", "values")
            )
            cache.update(
                keys.expand(rows, -1, -1, -1), values.expand(rows, -1, -1, -1), number
            )
        return cache


def _layers(cache: Any) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Keys and values [1, heads, tokens, width] of each layer."""
    return [(layer.keys, layer.values) for layer in cache.layers]


def _smaller(config: Any, tokens: int) -> Any:
    """The configuration of a model with so much less room."""
    made = copy.deepcopy(config)
    # GPT-2 knows the second name by the first; other models have no first.
    made.max_position_embeddings = config.max_position_embeddings - tokens
    return made
