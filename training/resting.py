"""The layers below those that learn: passed through once, whatever the epochs.

Nothing in them learns and nothing is left to chance, so a row comes out of them the
same each time. What comes out stays in memory, as the model computes it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import torch
from torch.nn.utils.rnn import pad_sequence

from training.buckets import Row, stacked

MOST_KEPT: Final = 2**29  # bytes; where more would be kept, nothing is


class Kept:
    """What comes out of the lowest layers, row by row, [tokens, width]."""

    def __init__(self, layers: Sequence[Any], states: Sequence[torch.Tensor]) -> None:
        """`layers` are all of the model's, the first `resting` of them are spared."""
        self._layers = layers
        self._resting = _first_that_learns(layers)
        self._states = states

    @classmethod
    def of(
        cls,
        tuned: Any,
        rows: Sequence[Row],
        batches: Sequence[Sequence[int]],
        device: str,
        beat: Callable[[], None] = lambda: None,
    ) -> "Kept | None":
        """Pass all rows, in these batches; None where there is nothing to spare.

        The same rows and batches give the same states.

        Args:
            beat: called after each batch, so that others see that it goes on.
        """
        layers = _layers_of(tuned)
        if not _first_that_learns(layers) or _bytes(tuned, rows) > MOST_KEPT:
            return None
        states: dict[int, torch.Tensor] = {}
        with _skipped(layers[_first_that_learns(layers) :]), torch.no_grad():
            for batch in batches:
                ids, _ = stacked([rows[row] for row in batch], device)
                found = _before_the_end(tuned, ids)
                for row, own in zip(batch, found, strict=True):
                    states[row] = own[: len(rows[row][0])]
                beat()
        return cls(layers, [states[row] for row in range(len(rows))])

    @contextmanager
    def instead(self, batch: Sequence[int]) -> Iterator[None]:
        """Meanwhile the model begins above them, with what is kept of these rows."""
        states = pad_sequence([self._states[row] for row in batch], batch_first=True)
        hook = self._layers[self._resting].register_forward_pre_hook(
            lambda _layer, given: (states, *given[1:])
        )
        try:
            with _skipped(self._layers[: self._resting]):
                yield
        finally:
            hook.remove()


def _layers_of(tuned: Any) -> Sequence[Any]:
    """A GPT-2's layers, if what learns is all in them; else none."""
    if tuned.config.model_type != "gpt2":
        return ()
    layers: Sequence[Any] = tuned.get_base_model().transformer.h
    inside = {id(each) for layer in layers for each in layer.parameters()}
    learning = {id(each) for each in tuned.parameters() if each.requires_grad}
    return layers if learning <= inside else ()


def _first_that_learns(layers: Sequence[Any]) -> int:
    """The place of the lowest layer that learns; 0 too where none does."""
    for place, layer in enumerate(layers):
        if any(each.requires_grad for each in layer.parameters()):
            return place
    return 0


def learning_layers(tuned: Any) -> int:
    """How many layers gradients pass; all where they are not known to rest."""
    depth: int = tuned.config.num_hidden_layers
    return depth - _first_that_learns(_layers_of(tuned))


def _bytes(tuned: Any, rows: Sequence[Row]) -> int:
    tokens = sum(len(ids) for ids, _ in rows)
    size: int = tuned.get_input_embeddings().weight.element_size()
    width: int = tuned.config.hidden_size
    return tokens * width * size


def _before_the_end(tuned: Any, ids: torch.Tensor) -> torch.Tensor:
    """What the last layer gives, [rows, tokens, width]."""
    transformer = tuned.get_base_model().transformer
    found: list[torch.Tensor] = []
    hook = transformer.ln_f.register_forward_pre_hook(
        lambda _norm, given: found.append(given[0])
    )
    try:
        transformer(input_ids=ids, use_cache=False)
    finally:
        hook.remove()
    return found[0]


@contextmanager
def _skipped(layers: Sequence[Any]) -> Iterator[None]:
    """Meanwhile these layers give what they are given."""
    for layer in layers:
        layer.forward = _as_given
    try:
        yield
    finally:
        for layer in layers:
            del layer.forward


def _as_given(states: torch.Tensor, *_: Any, **__: Any) -> torch.Tensor:
    return states
