"""How a base model is made, in numbers; kept beside its checkpoint."""

from dataclasses import dataclass, field
from pathlib import Path

from bot.model.files import sha256_of
from training.batches import Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """How fast is learnt: matrices by Muon, tables and the rest by AdamW.

    What writes into the stream and the tables begin small, and hold the wiring of the
    newborn: a rate that suits the others would undo it before anything is learnt.
    """

    matrices: float = 0.0028
    writers: float = 0.0015
    tables: float = 1e-3
    rest: float = 8e-4
    warm_up: int = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class PretrainConfig:
    """How the base model is made.

    Attributes:
        steps: how many batches; minutes: of training instead, pauses not counted.
        vocabulary_characters: of each language's texts, for the tokenizer.
        checkpoint_every: in steps; 0 writes none.
        device: "cpu" or "cuda".
        base: a directory of weights to go on from; None draws new ones.
    """

    seed: int = 7
    pieces: int = 12000
    vocabulary_characters: int = 5_000_000
    width: int = 320
    layers: int = 6
    heads: int = 4
    steps: int = 2400
    minutes: float | None = None
    shape: Shape = field(default_factory=Shape)
    rates: Rates = field(default_factory=Rates)
    threads: int = 2
    device: str = "cpu"
    checkpoint_every: int = 40
    base: str | None = None


def going_on(base: Path) -> PretrainConfig:
    """The recipe from weights that can read already: no short examples first.

    Three rows of plain text in four are Chinese, which there is less of and which is
    harder; the rates are half of those for drawn weights. The seed is the base's own:
    going on from what went on before shows it other examples, not the same again.
    """
    drawn = Rates()
    weights = base / "model.safetensors"
    return PretrainConfig(
        base=str(base),
        seed=int(sha256_of(weights)[:6], 16) if weights.is_file() else 7,
        shape=Shape(
            read_tokens=2048,
            text_tokens=1664,
            text_first=0,
            grown_after=0,
            chinese_rows=3,
        ),
        rates=Rates(
            matrices=drawn.matrices / 2,
            writers=drawn.writers / 2,
            tables=drawn.tables / 2,
            rest=drawn.rest / 2,
        ),
    )
