"""What each landmark of a model is, so that new intents can join without the texts.

Texts are not kept in a release: their vectors, their intents and their languages are,
and these are all that fitting needs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Integers: TypeAlias = NDArray[np.int64]

ASKED: Final = 0  # a question that somebody labelled
NAMED: Final = 1  # the name of an intent that has few questions
BACKGROUND: Final = 2  # a text of kefu's own that is no shop's business


@dataclass(frozen=True, kw_only=True)
class Origins:
    """Of all that a model was fitted on, in the order of its landmarks.

    Attributes:
        places: which label is right, [landmarks].
        kinds: ASKED, NAMED or BACKGROUND, [landmarks].
        spoken: which of the languages, [landmarks].
        languages: by name.
        ridge: how little a single question was believed.
    """

    places: Integers
    kinds: Integers
    spoken: Integers
    languages: tuple[str, ...]
    ridge: float

    def __len__(self) -> int:
        return len(self.places)

    def languages_of(self, rows: Integers) -> list[str]:
        """The language of each of these rows."""
        return [self.languages[place] for place in self.spoken[rows]]

    def joined(self, other: "Origins") -> "Origins":
        """Both, one after the other; the ridge of the first."""
        languages = tuple(dict.fromkeys([*self.languages, *other.languages]))
        moved = np.asarray([languages.index(each) for each in other.languages] or [0])
        return Origins(
            places=np.concatenate([self.places, other.places]),
            kinds=np.concatenate([self.kinds, other.kinds]),
            spoken=np.concatenate([self.spoken, moved[other.spoken]]),
            languages=languages,
            ridge=self.ridge,
        )

    def tensors(self) -> dict[str, NDArray[Any]]:
        """For a safetensors file."""
        return {
            "landmarks_places": self.places.astype(np.int32),
            "landmarks_kinds": self.kinds.astype(np.int32),
            "landmarks_spoken": self.spoken.astype(np.int32),
        }

    def settings(self) -> dict[str, Any]:
        """For a JSON file."""
        return {"languages": list(self.languages), "ridge": self.ridge}

    @classmethod
    def of(
        cls, settings: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]
    ) -> "Origins":
        """From such files."""
        return cls(
            places=tensors["landmarks_places"].astype(np.int64),
            kinds=tensors["landmarks_kinds"].astype(np.int64),
            spoken=tensors["landmarks_spoken"].astype(np.int64),
            languages=tuple(map(str, settings["languages"])),
            ridge=float(settings["ridge"]),
        )
