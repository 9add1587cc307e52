"""What the generator earns: the same questions with it, without it, and by copying.

`draft` is what it writes before the guard looks; only `on`, `off` and `bm25_copy` can
reach a customer. Shares and ROUGE-L and chrF are 0 to 1; a reply that leaves a
question unanswered counts with what it says.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bot.guard import carried_facts, ungrounded
from bot.importing.answered import Asked
from bot.model.load import ENGINE, LORA
from storage.problems import BadInput
from training.generator_fit import Subject
from training.overlap import chrf, rouge_l
from training.perplexity import perplexity
from training.rivals import Rivals, Said, refusals

DRAWS: Final = 2000
SYSTEMS: Final = ("on", "off", "bm25_copy", "draft")
COMPARED: Final = (("on", "off"), ("on", "bm25_copy"))
_MEANT: Final = ("right", "rouge_l", "chrf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A question with the reply that is wanted, in words."""

    asked: Asked
    reply: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One way of answering, question by question.

    Attributes:
        right: whether the reply is the wanted one, spaces aside.
        grounded: whether its words and facts stand in what it rests on; of answers.
        facts: how many of its facts stand there, and how many it has.
    """

    right: NDArray[np.float64]
    rouge_l: NDArray[np.float64]
    chrf: NDArray[np.float64]
    answered: NDArray[np.float64]
    grounded: NDArray[np.float64]
    facts: tuple[int, int]

    def to_json(self) -> dict[str, Any]:
        """Means; None where nothing was answered or no fact stated."""
        found, stated = self.facts
        return {
            "right": _round(self.right.mean()),
            "rouge_l": _round(self.rouge_l.mean()),
            "chrf": _round(self.chrf.mean()),
            "answered_rate": _round(self.answered.mean()),
            "grounded_rate": _round(self.grounded.mean())
            if len(self.grounded)
            else None,
            "number_fidelity": _round(found / stated) if stated else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorTrial:
    """What came of it.

    Attributes:
        retrieval: whether the generator was shown passages.
        train: lessons' questions; 0 measures what is there.
        left_out: rows of the files to learn from that were not taken, and why.
        systems: figures by way of answering.
        differences: "on - off" and the like -> measure -> lower, mean, upper: 95 %
            of 2,000 paired bootstrap draws.
        refused: share of drafts that the guard kept back; reasons: how often each.
    """

    test: int
    languages: Mapping[str, int]
    retrieval: bool
    train: int
    train_seconds: float
    left_out: tuple[str, ...]
    systems: Mapping[str, Mapping[str, Any]]
    differences: Mapping[str, Mapping[str, tuple[float, float, float]]]
    refused: float
    reasons: Mapping[str, int]
    write_ms: float

    def to_json(self) -> dict[str, Any]:
        """One JSON object."""
        return {name: getattr(self, name) for name in self.__slots__}

    def text(self) -> str:
        """For people."""
        shown = ", ".join(f"{n} in {name}" for name, n in self.languages.items())
        learnt = (
            f"{self.train} questions learnt in {self.train_seconds:.0f} s"
            if self.train
            else "nothing learnt: the live release, or the base"
        )
        lines = [
            f"{learnt}; {self.test} asked ({shown}), "
            + ("with passages" if self.retrieval else "without passages"),
            "",
            f"{'':10s}{'right':>8s}{'ROUGE-L':>9s}{'chrF':>8s}{'answered':>10s}"
            f"{'grounded':>10s}{'numbers':>9s}{'perplexity':>12s}",
            *(_line(name, self.systems[name]) for name in SYSTEMS),
            "",
        ]
        for name, measures in self.differences.items():
            for measure, (lower, mean, upper) in measures.items():
                lines.append(
                    f"{name:16s} {measure:8s} {mean:+.3f} "
                    f"(95 % between {lower:+.3f} and {upper:+.3f})"
                )
        lines += ["", f"{self.refused:.1%} of the drafts were kept back by the guard:"]
        lines += [f"  {count:5d}  {why}" for why, count in self.reasons.items()]
        lines += [f"{self.write_ms:.0f} ms to write one reply, in batches"]
        if self.left_out:
            lines += ["", f"{len(self.left_out)} rows were left out, such as:"]
            lines += [f"  {why}" for why in self.left_out[:3]]
        return "\n".join(lines)


def wanted_replies(
    asked: Sequence[Asked], answers: Mapping[tuple[str, str], str]
) -> list[Wanted]:
    """Each question with its reply: its own, else the approved one of its intent.

    Args:
        answers: by intent and language.

    Raises:
        BadInput: KF-213, an intent has no approved answer.
    """
    wanted: list[Wanted] = []
    lost: dict[str | None, int] = {}
    for each in asked:
        reply = each.answer or answers.get((each.intent or "", each.language))
        if reply is None:
            lost[each.intent] = lost.get(each.intent, 0) + 1
        else:
            wanted.append(Wanted(asked=each, reply=reply))
    if lost:
        named = ", ".join(f"{name} ({count})" for name, count in list(lost.items())[:5])
        raise BadInput(
            "KF-213",
            f"{sum(lost.values())} questions to ask have no reply that is wanted",
            why=f"no approved answer is known for the intents {named}",
            fix="give rows with intent and answer to --train or --knowledge too, or "
            "an answer with each question",
        )
    return wanted


def try_generator(
    wanted: Sequence[Wanted],
    subject: Subject,
    *,
    retrieval: bool,
    seed: int = 0,
    progress: Callable[[float], None] = lambda _: None,
) -> GeneratorTrial:
    """Ask all of them everything."""
    rivals = Rivals(subject, retrieval=retrieval)
    rows = [each.asked for each in wanted]
    began = time.perf_counter()
    written = rivals.write(rows, progress)
    seconds = time.perf_counter() - began
    off = [rivals.without(asked) for asked in rows]
    said = {
        "on": [
            rivals.with_generator(*each)
            for each in zip(rows, written, off, strict=True)
        ],
        "off": off,
        "bm25_copy": [rivals.copied(asked) for asked in rows],
        "draft": [each.draft for each in written],
    }
    measured = {name: _measured(replies, wanted) for name, replies in said.items()}
    lora = subject.folder / LORA
    surprise = perplexity(
        [
            (made.request, want.reply)
            for made, want in zip(written, wanted, strict=True)
        ],
        base=subject.base,
        lora=lora if lora.is_dir() else None,
        converted=subject.folder / ENGINE,
        threads=subject.threads,
    )
    return GeneratorTrial(
        test=len(rows),
        languages=_counted(rows),
        retrieval=retrieval,
        train=subject.train,
        train_seconds=round(subject.train_seconds, 1),
        left_out=subject.left_out,
        systems={
            name: each.to_json()
            | {"perplexity": _round(surprise) if name in ("on", "draft") else None}
            for name, each in measured.items()
        },
        differences={
            f"{one} - {other}": {
                name: _interval(
                    getattr(measured[one], name) - getattr(measured[other], name), seed
                )
                for name in _MEANT
            }
            for one, other in COMPARED
        },
        refused=_round(sum(bool(each.objections) for each in written) / len(written)),
        reasons=refusals(written),
        write_ms=round(1000 * seconds / len(rows), 1),
    )


def _counted(rows: Sequence[Asked]) -> dict[str, int]:
    languages = sorted({each.language for each in rows})
    return {name: sum(each.language == name for each in rows) for name in languages}


def _measured(said: Sequence[Said], wanted: Sequence[Wanted]) -> Measured:
    pairs = list(zip(said, wanted, strict=True))
    answers = [(reply, want.asked.question) for reply, want in pairs if reply.answered]
    facts = [
        carried_facts(reply.text, reply.sources, question)
        for reply, question in answers
    ]
    return Measured(
        right=_array([_same(reply.text, want.reply) for reply, want in pairs]),
        rouge_l=_array([rouge_l(reply.text, want.reply) for reply, want in pairs]),
        chrf=_array([chrf(reply.text, want.reply) for reply, want in pairs]),
        answered=_array([reply.answered for reply, _ in pairs]),
        grounded=_array(
            [
                not ungrounded(reply.text, reply.sources, question)
                for reply, question in answers
            ]
        ),
        facts=(sum(found for found, _ in facts), sum(stated for _, stated in facts)),
    )


def _array(values: Sequence[float]) -> NDArray[np.float64]:
    return np.asarray(values, np.float64)


def _same(said: str, wanted: str) -> bool:
    return " ".join(said.split()) == " ".join(wanted.split())


def _interval(
    differences: NDArray[np.float64], seed: int
) -> tuple[float, float, float]:
    """95 % interval of the mean, by paired bootstrap: lower, mean, upper."""
    chance = np.random.default_rng(seed)
    count = len(differences)
    drawn = differences[chance.integers(0, count, (DRAWS, count))].mean(axis=1)
    lower, upper = np.percentile(drawn, (2.5, 97.5))
    return _round(lower), _round(differences.mean()), _round(upper)


def _round(value: float | None) -> Any:
    return None if value is None else round(float(value), 4)


def _line(name: str, row: Mapping[str, Any]) -> str:
    def shown(measure: str, width: int, form: str) -> str:
        value = row[measure]
        return f"{'-' if value is None else format(value, form):>{width}s}"

    return (
        f"{name:10s}{shown('right', 8, '.1%')}{shown('rouge_l', 9, '.3f')}"
        f"{shown('chrf', 8, '.3f')}{shown('answered_rate', 10, '.1%')}"
        f"{shown('grounded_rate', 10, '.1%')}{shown('number_fidelity', 9, '.1%')}"
        f"{shown('perplexity', 12, '.2f')}"
    )
