"""The reference engine: any causal language model that transformers can run.

It serves on graphics cards, and what the engine for processors cannot convert.
"""

import inspect
import threading
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.model.generate import (
    BATCH,
    GREEDY,
    Decoding,
    Request,
    chosen,
    positions_in,
    probe,
    prompt_of,
    reply_room,
    tidy,
)
from bot.model.tokens import Tokenizer, decode, end_id


class LanguageModel(NamedTuple):
    """A causal language model of transformers and its tokenizer."""

    model: Any
    tokenizer: Tokenizer


class TransformersGenerator:
    """Any causal language model that transformers can run. The reference engine.

    `load` is called once, on first use: until then neither torch nor the weights are
    in memory.
    """

    def __init__(
        self,
        load: Callable[[], LanguageModel],
        *,
        device: str = "cpu",
        decoding: Decoding = GREEDY,
    ) -> None:
        self._load, self._device, self._decoding = load, device, decoding
        self._loaded: LanguageModel | None = None
        self._lock = threading.Lock()

    def generate(self, requests: Sequence[Request]) -> list[str]:
        """One text per request, in order."""
        texts: list[str] = []
        with self._lock:
            for start in range(0, len(requests), BATCH):
                texts += self._generate(requests[start : start + BATCH])
        return texts

    def logits_fingerprint(self) -> str:
        """Twelve log-probabilities of a fixed probe, and the engine's name before."""
        import torch

        with self._lock, torch.inference_mode():
            model = self._ready().model
            ids, places = probe(int(model.config.vocab_size))
            given = model(input_ids=torch.tensor([ids], device=self._device))
            numbers = given.logits[0, -1].float().log_softmax(0)[places].tolist()
        return "float32 " + " ".join(f"{number:.4f}" for number in numbers)

    def _ready(self) -> LanguageModel:
        if self._loaded is None:
            model, tokenizer = self._load()
            self._loaded = LanguageModel(model.to(self._device).eval(), tokenizer)
        return self._loaded

    def _generate(self, requests: Sequence[Request]) -> list[str]:
        import torch

        model, tokenizer = self._ready()
        room = positions_in(model.config.to_dict())
        prompts = [prompt_of(tokenizer, request, room) for request in requests]
        most = [reply_room(request, room) for request in requests]
        with torch.inference_mode():
            said = chosen(
                tokenizer, requests, dict(enumerate(prompts)), most, self._following
            )
            free = [number for number, text in enumerate(said) if text is None]
            written = self._decode(
                tokenizer,
                [prompts[number] for number in free],
                [most[number] for number in free],
                [requests[number] for number in free],
            )
        for number, ids in zip(free, written, strict=True):
            said[number] = tidy(decode(tokenizer, ids))
        return [text or "" for text in said]

    def _following(self, rows: Sequence[list[int]]) -> list[NDArray[np.float32]]:
        ids, mask = self._padded(rows)
        logits = self._forward(ids, mask, None).logits[:, -1].float().cpu()
        found: list[NDArray[np.float32]] = list(logits.numpy())
        return found

    def _padded(self, rows: Sequence[list[int]]) -> tuple[Any, Any]:
        """Padding comes first, so that every prompt ends where its reply begins."""
        import torch

        width = max(map(len, rows))
        ids = [[0] * (width - len(row)) + row for row in rows]
        real = [[0] * (width - len(row)) + [1] * len(row) for row in rows]
        return (
            torch.tensor(ids, device=self._device),
            torch.tensor(real, device=self._device),
        )

    def _forward(self, ids: Any, mask: Any, cache: Any) -> Any:
        model = self._ready().model
        given = {"attention_mask": mask, "past_key_values": cache, "use_cache": True}
        if "position_ids" in inspect.signature(model.forward).parameters:
            places = (mask.cumsum(1) - 1).clamp(min=0)[:, -ids.shape[1] :]
            given["position_ids"] = places
        return model(input_ids=ids, **given)

    def _decode(
        self,
        tokenizer: Tokenizer,
        prompts: list[list[int]],
        most: list[int],
        requests: Sequence[Request],
    ) -> list[list[int]]:
        import torch

        if not prompts:
            return []
        ends = {end_id(tokenizer), tokenizer.eos_token_id}
        ids, mask = self._padded(prompts)
        chances = [_chance(request.seed) for request in requests]
        written: list[list[int]] = [[] for _ in requests]
        done = [False] * len(requests)
        cache: Any = None
        while not all(done):
            result = self._forward(ids, mask, cache)
            cache = result.past_key_values
            logits = result.logits[:, -1].float().cpu()
            step = []
            for number in range(len(requests)):
                token = choose(
                    logits[number], written[number], self._decoding, chances[number]
                )
                step.append(token)
                if done[number] or token in ends:
                    done[number] = True
                    continue
                written[number].append(token)
                done[number] = len(written[number]) >= most[number]
            ids = torch.tensor([[token] for token in step], device=self._device)
            mask = torch.cat([mask, torch.ones_like(mask[:, :1])], 1)
        return written


def choose(logits: Any, written: Sequence[int], decoding: Decoding, chance: Any) -> int:
    """The next token from its logits (a float tensor [vocabulary], changed here)."""
    import torch

    if decoding.repetition_penalty != 1.0 and written:
        said = torch.tensor(sorted(set(written)))
        held = logits[said]
        penalty = decoding.repetition_penalty
        logits[said] = torch.where(held > 0, held / penalty, held * penalty)
    for token in _would_repeat(written, decoding.no_repeat_ngram):
        logits[token] = -torch.inf
    if chance is None:
        return int(logits.argmax())
    shares = (logits / decoding.temperature).softmax(0)
    ranked, order = shares.sort(descending=True)
    ranked[ranked.cumsum(0) - ranked > decoding.top_p] = 0.0
    return int(order[torch.multinomial(ranked, 1, generator=chance)])


def _would_repeat(written: Sequence[int], size: int) -> set[int]:
    """The tokens that would say `size` tokens in a row a second time."""
    if size < 1 or len(written) < size:
        return set()
    last = list(written[len(written) - size + 1 :])
    return {
        written[start + size - 1]
        for start in range(len(written) - size + 1)
        if list(written[start : start + size - 1]) == last
    }


def _chance(seed: int | None) -> Any:
    import torch

    return None if seed is None else torch.Generator().manual_seed(seed)
