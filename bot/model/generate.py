"""Writing replies from passages. A generator changes nothing outside itself.

The same request gives the same text on the same machine: decoding is greedy, or
sampled from the request's own seed.
"""

import inspect
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from bot.model.choosing import Ids, Next, along, choices
from bot.model.prompt import render, reply_ids
from bot.model.tokens import Tokenizer, decode, end_id

BATCH: Final = 16
SHORTEST_CONTEXT: Final = 64  # tokens; less has no room for a passage and a reply
_NEXT_SPEAKER: Final = re.compile(r"\n(?:Passage|Customer|Agent):")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a reply is to be written from.

    Attributes:
        question: the customer's message, any text at all.
        language: "zh" or "en", of the reply.
        passages: what it may rest on, best first.
        parts: what is read of the passages, nearest first, where it was ranked by more
            than words; None ranks by words.
        choices: texts of which one is said, whole; none lets it write freely, as a
            server of others always does.
        history: (asked, answered) pairs, oldest first.
        max_new_tokens: of the reply.
        seed: None decodes greedily; a number samples, the same each time.
    """

    question: str
    language: str
    passages: tuple[str, ...] = ()
    parts: tuple[str, ...] | None = None
    choices: tuple[str, ...] = ()
    history: tuple[tuple[str, str], ...] = ()
    max_new_tokens: int = 128
    seed: int | None = None

    @classmethod
    def reading(
        cls,
        *,
        question: str,
        language: str,
        passages: Sequence[str],
        parts: Sequence[str],
        history: tuple[tuple[str, str], ...] = (),
        max_new_tokens: int = 128,
    ) -> "Request":
        """A request for one of the things that are read, or that none answers."""
        return cls(
            question=question,
            language=language,
            passages=tuple(passages),
            parts=tuple(parts),
            choices=choices(parts, passages, language),
            history=history,
            max_new_tokens=max_new_tokens,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoding:
    """How tokens are chosen. Both penalties look at the reply alone.

    A reply must be free to copy its passages, so neither counts the prompt.

    Attributes:
        repetition_penalty: above 1.0 makes what was said less likely.
        no_repeat_ngram: this many tokens in a row are never said twice; 0 is off.
        temperature: for sampled replies; lower is closer to greedy.
        top_p: for sampled replies; only the likeliest tokens up to this share.
    """

    repetition_penalty: float = 1.0
    no_repeat_ngram: int = 12
    temperature: float = 0.7
    top_p: float = 0.9


GREEDY: Final = Decoding()


class Unavailable(Exception):
    """No reply can be written now; what to say instead is the caller's affair."""


class Generator(Protocol):
    """Writes replies. Safe to use from many threads."""

    def generate(self, requests: Sequence[Request]) -> list[str]:
        """One text per request, in order. No text makes it raise.

        Raises Unavailable where too much is asked at once or a server is away.
        """
        ...

    def logits_fingerprint(self) -> str:
        """Numbers that are equal, within rounding, only for the same weights."""
        ...


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


def chosen(
    tokenizer: Tokenizer,
    requests: Sequence[Request],
    prompts: Mapping[int, list[int]],
    most: Sequence[int],
    following: Next,
) -> list[str | None]:
    """What is said of each request's choices; None where it is to be written freely.

    Args:
        prompts: by the request's number.
        most: tokens that a reply may have; what is longer is chosen by its beginning.
    """
    texts: dict[int, dict[Ids, str]] = {}
    for number in prompts:
        if requests[number].choices and requests[number].seed is None:
            texts[number] = {}
            for text in requests[number].choices:
                ids = reply_ids(tokenizer, text)[: most[number]]
                texts[number].setdefault(ids, text)
    asked = {number: prompts[number] for number in texts}
    found = along(asked, {n: tuple(each) for n, each in texts.items()}, following)
    said: list[str | None] = [None] * len(requests)
    for number, kept in found.items():
        said[number] = texts[number][kept]
    return said


def positions_in(config: Mapping[str, Any]) -> int:
    """How many tokens a model of this configuration can look at."""
    found = config.get("max_position_embeddings") or config.get("n_positions")
    return int(found) if found else 1024


def prompt_of(tokenizer: Tokenizer, request: Request, positions: int) -> list[int]:
    """The request in the one template, with room left for the reply."""
    return render(
        tokenizer=tokenizer,
        passages=request.passages,
        history=request.history,
        question=request.question,
        language=request.language,
        max_tokens=positions - reply_room(request, positions),
        parts=request.parts,
    )


def reply_room(request: Request, positions: int) -> int:
    """Tokens that the reply may have; a short context keeps half for the prompt."""
    return min(request.max_new_tokens, positions - min(64, positions // 2))


def probe(vocabulary: int) -> tuple[list[int], list[int]]:
    """Ids to show a model, and the places of its answer to look at."""
    shown = [(7919 * place + 13) % vocabulary for place in range(24)]
    return shown, [place * vocabulary // 12 for place in range(12)]


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


def tidy(text: str) -> str:
    """The reply alone: what a base model goes on to invent after it is cut off."""
    return _NEXT_SPEAKER.split(text, maxsplit=1)[0].strip()
