"""The engine for processors: CTranslate2 in int8, many times faster than the reference.

It needs neither torch nor transformers once the weights are converted. Where a model
cannot be converted the reference engine takes its place.
"""

import logging
import threading
import time
from collections import abc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.model.files import read_json, unreadable
from bot.model.generate import (
    BATCH,
    GREEDY,
    Decoding,
    Generator,
    Request,
    chosen,
    positions_in,
    probe,
    prompt_of,
    reply_room,
    tidy,
)
from bot.model.tokens import decode, end_id
from storage.problems import Problem

log = logging.getLogger(__name__)

ENGINE_FILE: Final = "model.bin"
LONGEST_LABEL: Final = 12  # of a speaker, "\nCustomer:", which ends a reply
REST_SECONDS: Final = 60.0  # after weights could not be loaded
SPREAD: Final = 16  # tokens between the shortest and the longest prompt of a batch


class PlainTokenizer:
    """A tokenizer.json without transformers, by the names transformers uses."""

    def __init__(self, directory: Path) -> None:
        import tokenizers

        path = directory / "tokenizer.json"
        try:
            self._backend = tokenizers.Tokenizer.from_file(str(path))
        except Exception as problem:
            # tokenizers raises bare exceptions for damaged files.
            raise unreadable(path, problem) from problem
        self._backend.encode_special_tokens = True
        self._backend.no_truncation()
        self._backend.no_padding()
        named = read_json(directory / "tokenizer_config.json")
        self.unk_token_id = self._id_of(named.get("unk_token"))
        self.eos_token_id = self._id_of(named.get("eos_token"))

    def _id_of(self, named: Any) -> int | None:
        piece = named.get("content") if isinstance(named, dict) else named
        found: int | None = self._backend.token_to_id(piece) if piece else None
        return found

    def encode(self, text: str, **_: Any) -> list[int]:
        """The ids of a text; no pieces are added."""
        ids: list[int] = self._backend.encode(text, add_special_tokens=False).ids
        return ids

    def decode(self, ids: Sequence[int], **_: Any) -> str:
        """The text of ids, control pieces left out."""
        text: str = self._backend.decode(list(ids), skip_special_tokens=True)
        return text

    def convert_tokens_to_ids(self, piece: str) -> int | None:
        """The id of a piece; None if there is none."""
        found: int | None = self._backend.token_to_id(piece)
        return found

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """The pieces of ids."""
        return [self._backend.id_to_token(number) or "" for number in ids]


class Engine(NamedTuple):
    """A converted model in memory."""

    runner: Any  # a ctranslate2.Generator
    tokenizer: PlainTokenizer
    positions: int
    vocabulary: int


def open_engine(converted: Path, *, threads: int) -> Engine:
    """Open converted weights; the directory also holds tokenizer and config.

    Raises EnvironmentProblem KF-304 if they are damaged.
    """
    import ctranslate2

    config = read_json(converted / "base.json")
    try:
        runner = ctranslate2.Generator(
            str(converted),
            device="cpu",
            compute_type="int8_float32",
            inter_threads=1,
            intra_threads=threads,
        )
    except (RuntimeError, ValueError) as problem:
        raise unreadable(converted / ENGINE_FILE, problem) from problem
    return Engine(
        runner=runner,
        tokenizer=PlainTokenizer(converted),
        positions=positions_in(config),
        vocabulary=int(config["vocab_size"]),
    )


class EngineGenerator:
    """A generator on CTranslate2, or on the reference where that cannot be.

    `load` gives the engine on first use, or None if the model cannot be converted.
    """

    def __init__(
        self,
        load: Callable[[], Engine | None],
        *,
        reference: Generator,
        decoding: Decoding = GREEDY,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load, self._reference, self._decoding = load, reference, decoding
        self._broken: Problem | None = None
        self._clock, self._again_at = clock, 0.0
        self._engine: Engine | None = None
        self._tried = False
        self._lock = threading.Lock()

    def generate(self, requests: Sequence[Request]) -> list[str]:
        """One text per request, in order."""
        engine = self._ready()
        if engine is None:
            return self._reference.generate(requests)
        texts = [""] * len(requests)
        # Sampled replies are the reference's: its chance has a seed.
        drawn = [n for n, each in enumerate(requests) if each.seed is not None]
        greedy = [n for n, each in enumerate(requests) if each.seed is None]
        for number in drawn:
            [texts[number]] = self._reference.generate([requests[number]])
        prompts = {n: self._prompt(engine, requests[n]) for n in greedy}
        for number, text in enumerate(self._chosen(engine, requests, prompts)):
            if text is not None:
                texts[number] = text
                del prompts[number]
        for group in alike(prompts, requests):
            written = self._write(engine, group, prompts, requests)
            for number, text in zip(group, written, strict=True):
                texts[number] = text
        return texts

    def stream(self, request: Request) -> "abc.Generator[str, None, None]":
        """The same text, piece by piece, while it is written.

        What may still change is held back: half a character, half a speaker's name.
        What is chosen is there at once.
        """
        engine = self._ready()
        if engine is None or request.seed is not None:
            yield from self.generate([request])
            return
        prompt = self._prompt(engine, request)
        [said] = self._chosen(engine, [request], {0: prompt})
        if said is not None:
            yield said
            return
        steps = engine.runner.generate_tokens(
            engine.tokenizer.pieces(prompt),
            max_length=reply_room(request, engine.positions),
            sampling_topk=1,
            end_token=_ends(engine),
        )
        written: list[int] = []
        text, shown = "", 0
        with closing(steps):
            for step in steps:
                written.append(step.token_id)
                text = self._text_of(engine, written)
                sure = len(settled(text))
                if sure > shown:
                    yield text[shown:sure]
                    shown = sure
        yield text[shown:]

    def logits_fingerprint(self) -> str:
        """Twelve log-probabilities of a fixed probe, and the engine's name before."""
        engine = self._ready()
        if engine is None:
            return self._reference.logits_fingerprint()
        ids, places = probe(engine.vocabulary)
        with self._lock:
            given = engine.runner.forward_batch([ids], return_log_probs=True)
        last = np.asarray(given, dtype=np.float32)[0, -1]
        return "int8 " + " ".join(f"{last[place]:.4f}" for place in places)

    def _ready(self) -> Engine | None:
        with self._lock:
            if self._broken is not None and self._clock() < self._again_at:
                raise self._broken.with_traceback(None)
            if not self._tried:
                self._engine, self._broken = self._loaded(), None
                self._tried = True
        return self._engine

    def _loaded(self) -> Engine | None:
        try:
            return self._load()
        except Problem as problem:
            # Loading takes seconds: not every customer is to wait for it to fail.
            self._broken, self._again_at = problem, self._clock() + REST_SECONDS
            log.error("replies cannot be written: %s", problem)
            raise

    def _prompt(self, engine: Engine, request: Request) -> list[int]:
        return prompt_of(engine.tokenizer, request, engine.positions)

    def _chosen(
        self,
        engine: Engine,
        requests: Sequence[Request],
        prompts: Mapping[int, list[int]],
    ) -> list[str | None]:
        most = [reply_room(request, engine.positions) for request in requests]
        return chosen(
            engine.tokenizer, requests, prompts, most, partial(_following, engine)
        )

    def _write(
        self,
        engine: Engine,
        group: Sequence[int],
        prompts: Mapping[int, list[int]],
        requests: Sequence[Request],
    ) -> list[str]:
        results = engine.runner.generate_batch(
            [engine.tokenizer.pieces(prompts[number]) for number in group],
            max_length=reply_room(requests[group[0]], engine.positions),
            sampling_topk=1,
            include_prompt_in_result=False,
            end_token=_ends(engine),
        )
        return [self._text_of(engine, each.sequences_ids[0]) for each in results]

    def _text_of(self, engine: Engine, written: Sequence[int]) -> str:
        size = self._decoding.no_repeat_ngram
        return tidy(decode(engine.tokenizer, until_it_repeats(written, size)))


def _following(engine: Engine, rows: Sequence[list[int]]) -> list[NDArray[np.float32]]:
    """Of each row of ids, the logits of what may come next [vocabulary]."""
    sizes = {number: len(row) for number, row in enumerate(rows)}
    logits: dict[int, NDArray[np.float32]] = {}
    for group in like_lengths(sizes):
        results = engine.runner.generate_batch(
            [engine.tokenizer.pieces(rows[number]) for number in group],
            max_length=1,
            sampling_topk=1,
            include_prompt_in_result=False,
            return_logits_vocab=True,
        )
        for number, each in zip(group, results, strict=True):
            # The steps that its own longer prompt took come first.
            logits[number] = np.asarray(each.logits[0][-1], dtype=np.float32)
    return [logits[number] for number in sizes]


def _ends(engine: Engine) -> list[int]:
    ends = {end_id(engine.tokenizer), engine.tokenizer.eos_token_id}
    return sorted(end for end in ends if end is not None)


def alike(
    prompts: Mapping[int, Sequence[int]], requests: Sequence[Request]
) -> Iterator[list[int]]:
    """Numbers of requests to write together: of one reply length, of like prompts."""
    by_room: dict[int, dict[int, int]] = {}
    for number, ids in prompts.items():
        by_room.setdefault(requests[number].max_new_tokens, {})[number] = len(ids)
    for _, sizes in sorted(by_room.items()):
        yield from like_lengths(sizes)


def like_lengths(sizes: Mapping[int, int]) -> Iterator[list[int]]:
    """Numbers of rows of like lengths, at most a batch of them together.

    The engine reads a batch at once up to its shortest prompt and the rest token by
    token: four of 200 to 256 tokens took twice as long as four of 256.
    """
    group: list[int] = []
    for number in sorted(sizes, key=sizes.__getitem__):
        if group and (sizes[number] - sizes[group[0]] > SPREAD or len(group) == BATCH):
            yield group
            group = []
        group.append(number)
    if group:
        yield group


def settled(text: str) -> str:
    """The part of a text that stays when more tokens come."""
    last_line = text.rfind("\n", max(0, len(text) - LONGEST_LABEL))
    return (text if last_line < 0 else text[:last_line]).rstrip("\ufffd \n")


def until_it_repeats(written: Sequence[int], size: int) -> list[int]:
    """The tokens before `size` of them in a row are said a second time; 0 is off."""
    seen: set[tuple[int, ...]] = set()
    for start in range(len(written) - size + 1 if size else 0):
        said = tuple(written[start : start + size])
        if said in seen:
            return list(written[: start + size - 1])
        seen.add(said)
    return list(written)
