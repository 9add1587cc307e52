"""Telling entities in tokens: a linear chain over BIO tags (CRF, Lafferty et al. 2001).

Frozen and numpy alone: reading changes nothing and is safe from many threads. No guess
ever breaks BIO: inside a kind comes only after its beginning or inside. Of the texts it
learnt from it keeps no word, only hashes of what a token shows. `training.tagger` fits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.model.files import (
    read_json,
    read_tensors,
    sha256_of,
    unreadable,
    write_json,
    write_tensors,
)
from bot.model.tagging import WIDTH, Span, hashed_clues, spans, tokens_of
from storage.problems import EnvironmentProblem

Floats: TypeAlias = NDArray[np.float32]
Ints: TypeAlias = NDArray[np.int32]
Hashes: TypeAlias = NDArray[np.uint32]
Tags: TypeAlias = NDArray[np.int64]

OUTSIDE: Final = "O"
READ: Final = 2000  # characters of a text: what follows is no message any more
NEVER: Final = -1e7  # the score of what BIO does not allow
WEIGHTS_FILE: Final = "entities.safetensors"
SETTINGS_FILE: Final = "entities.json"
_FORMAT: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagger:
    """A fitted tagger.

    Attributes:
        tags: sorted; "O" is one of them.
        known: the hashes of the clues it knows, sorted, uint32 [clues].
        weights: float32 [clues + 1, tags]; row 0 is of every unknown clue, and zero.
        steps: of one tag after another, float32 [tags, tags].
        first: of the first tag, float32 [tags].
    """

    tags: tuple[str, ...]
    known: Hashes
    weights: Floats
    steps: Floats
    first: Floats

    def __post_init__(self) -> None:
        count, tags = len(self.known), len(self.tags)
        shapes = (self.weights.shape, self.steps.shape, self.first.shape)
        if shapes != ((count + 1, tags), (tags, tags), (tags,)):
            raise ValueError(f"weights {shapes} do not fit {count} clues, {tags} tags")

    def tag(self, tokens: Sequence[str]) -> list[str]:
        """The likeliest tags, one for each token."""
        if not tokens:
            return []
        places = places_of(hashed_clues(tokens), self.known)
        scores = self.weights[places].sum(axis=1)[None]
        path = best_paths(scores, self.steps, self.first, [len(tokens)])[0]
        return [self.tags[place] for place in path]

    def read(self, text: str) -> list[Span]:
        """The entities of a text: kind, and where it stands by characters.

        What stands behind the first `READ` characters is not read.
        """
        places = tokens_of(text[:READ])
        tags = self.tag([text[start:end] for start, end in places])
        return [
            (kind, places[first][0], places[after - 1][1])
            for kind, first, after in spans(tags)
        ]

    def save(self, directory: Path) -> None:
        """Write both files into the directory, which is made if need be."""
        directory.mkdir(parents=True, exist_ok=True)
        names = ("known", "weights", "steps", "first")
        tensors = {name: getattr(self, name) for name in names}
        settings = {
            "format": _FORMAT,
            "clues": WIDTH,
            "tags": list(self.tags),
            "weights_sha256": write_tensors(directory / WEIGHTS_FILE, tensors),
        }
        write_json(directory / SETTINGS_FILE, settings)

    @classmethod
    def load(cls, directory: Path) -> "Tagger":
        """Read it again.

        Raises EnvironmentProblem: KF-304 for damaged files, KF-302 if the weights are
        not those that were saved.
        """
        settings = read_json(directory / SETTINGS_FILE)
        weights = directory / WEIGHTS_FILE
        tensors = read_tensors(weights)
        if sha256_of(weights) != settings.get("weights_sha256"):
            raise EnvironmentProblem(
                "KF-302",
                f"{WEIGHTS_FILE} is not the file that was saved",
                where=str(weights),
                why="its SHA-256 differs from the recorded one",
                fix="restore the release from a backup, or train again",
            )
        try:
            return cls._from(settings, tensors)
        except (KeyError, TypeError, ValueError) as problem:
            raise unreadable(directory / SETTINGS_FILE, problem) from problem

    @classmethod
    def _from(
        cls, settings: dict[str, Any], tensors: dict[str, NDArray[Any]]
    ) -> "Tagger":
        if (settings["format"], settings["clues"]) != (_FORMAT, WIDTH):
            raise ValueError("it was made by another version of kefu")
        numbers = ("weights", "steps", "first")
        return cls(
            tags=tuple(map(str, settings["tags"])),
            known=tensors["known"].astype(np.uint32),
            **{name: tensors[name].astype(np.float32) for name in numbers},
        )


def places_of(clues: Hashes, known: Hashes) -> Ints:
    """Where each clue stands in the weights, 0 for an unknown one: as `clues`."""
    if not len(known):
        return np.zeros(clues.shape, np.int32)
    found = np.minimum(np.searchsorted(known, clues), len(known) - 1)
    return np.where(known[found] == clues, found + 1, 0).astype(np.int32)


def allowed(tags: Sequence[str]) -> tuple[Floats, Floats]:
    """0 where BIO allows a tag after another (and first), `NEVER` where not."""
    inside = np.asarray([tag.startswith("I-") for tag in tags])
    kinds = np.asarray([tag[2:] for tag in tags])
    outside = np.asarray([tag == OUTSIDE for tag in tags])
    continues = (kinds[:, None] == kinds[None, :]) & ~outside[:, None]
    steps = np.where(inside[None, :] & ~continues, NEVER, 0.0)
    return steps.astype(np.float32), np.where(inside, NEVER, 0.0).astype(np.float32)


def best_paths(
    scores: Floats, steps: Floats, first: Floats, lengths: Sequence[int]
) -> list[Tags]:
    """Viterbi: the best tags of each sentence, scores [sentences, tokens, tags].

    Args:
        lengths: how many tokens each sentence has, 1 at least.
    """
    best = np.empty_like(scores)
    came = np.zeros(scores.shape, np.int64)
    best[:, 0] = scores[:, 0] + first
    for place in range(1, scores.shape[1]):
        reached = best[:, place - 1, :, None] + steps
        came[:, place] = reached.argmax(axis=1)
        best[:, place] = reached.max(axis=1) + scores[:, place]
    paths = []
    for line, end in enumerate(lengths):
        path = np.empty(end, np.int64)
        path[-1] = best[line, end - 1].argmax()
        for place in range(end - 1, 0, -1):
            path[place - 1] = came[line, place, path[place]]
        paths.append(path)
    return paths
