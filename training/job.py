"""A fine-tuning as a folder: what to learn goes in, what was learnt comes out.

So it runs in a process of its own, whose memory and time are its own, or in several at
once, on one machine or many that share the folder:
`torchrun --nproc-per-node 2 -m training.job FOLDER` (or `accelerate launch -m ...`).
"""

import json
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import torch

from bot.model.files import read_json, write_json
from bot.model.load import STARTER, BaseModel, load_language_model, resolve_base
from bot.model.reference import LanguageModel, TransformersGenerator
from storage.problems import BadInput, EnvironmentProblem, Problem
from training.among import surprise
from training.apart import RESULT, peak_memory, run_apart, tell_share
from training.board import Boards
from training.buckets import learnt_in, stacked
from training.crew import Crew, crew_of_process
from training.finetune import Tuned, rows_of, tune, with_turns
from training.lessons import Lesson
from training.methods import FinetuneConfig
from training.replies import write_replies

ADAPTER: Final = "lora"  # the folder of what was learnt, as in a release
_MEASURED_BATCH: Final = 4  # whole vocabularies of every token are in memory
_PLAIN: Final = ("base", "replies", "device", "logs", "wandb")
_UNTUNED: Final = {"learnt": 0, "seconds": 0.0, "cpu_seconds": 0.0}
_LESSONS: Final = ("lessons", "held_out", "shots")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to learn.

    Attributes:
        base: as KEFU_BASE_MODEL says it; empty is the starter.
        held_out: lessons that the outcome is measured on; none measures nothing.
        shots: lessons that are shown before each held-out one, where nothing is tuned.
        replies: whether replies to the held-out lessons are written, too.
        logs: TensorBoard's folder; empty is `runs` in the job's.
        wandb: a project of Weights & Biases, or empty.
    """

    base: str
    config: FinetuneConfig
    lessons: Sequence[Lesson]
    held_out: Sequence[Lesson] = ()
    shots: Sequence[Lesson] = ()
    replies: bool = False
    device: str = "cpu"
    logs: str = ""
    wandb: str = ""

    def write(self, folder: Path) -> None:
        """Put it into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        told = {name: getattr(self, name) for name in _PLAIN}
        for name in _LESSONS:
            lines = [json.dumps(asdict(each)) for each in getattr(self, name)]
            text = "".join(line + "\n" for line in lines)
            (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
        write_json(folder / "job.json", told | {"config": asdict(self.config)})

    @classmethod
    def read(cls, folder: Path) -> "Job":
        """From a folder. Raises BadInput KF-416 if there is none in it."""
        try:
            told = read_json(folder / "job.json")
            parts: dict[str, Any] = {name: told[name] for name in _PLAIN}
            parts |= {name: _lessons(folder / f"{name}.jsonl") for name in _LESSONS}
            return cls(config=FinetuneConfig(**told["config"]), **parts)
        except (OSError, ValueError, KeyError, TypeError, EnvironmentProblem) as error:
            raise BadInput(
                "KF-416",
                "there is no fine-tuning to be done in this folder",
                where=str(folder),
                why=str(error),
                fix="name a folder that holds job.json and lessons.jsonl",
            ) from error


def _lessons(path: Path) -> list[Lesson]:
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [Lesson(**row | _tuples(row)) for row in rows]


def _tuples(row: dict[str, Any]) -> dict[str, tuple[str, ...] | None]:
    """JSON knows lists alone."""
    parts = row["parts"]
    return {
        "passages": tuple(row["passages"]),
        "parts": None if parts is None else tuple(parts),
    }


def work(folder: Path, progress: Callable[[float], None] = lambda _: None) -> None:
    """Do a folder's job; in a crew, together with the other processes.

    Raises:
        BadInput: KF-414 and KF-416.
        EnvironmentProblem: the base cannot be loaded.
    """
    job = Job.read(folder)
    crew = crew_of_process(job.device)
    base = resolve_base(job.base or None)
    told: dict[str, Any] = {"processes": crew.size} | _UNTUNED
    adapter = None
    try:
        if job.config.method != "none":
            adapter = folder / ADAPTER
            told |= asdict(_tune(job, base, folder, crew, progress))
            crew.wait()  # what was learnt is on disk
    finally:
        crew.part()
    if crew.leads:
        told["peak_mb"] = peak_memory()
        write_json(folder / RESULT, told | measured(job, base, adapter))


def _tune(
    job: Job,
    base: BaseModel,
    folder: Path,
    crew: Crew,
    progress: Callable[[float], None],
) -> Tuned:
    return tune(
        job.lessons,
        base=base,
        out=folder / ADAPTER,
        boards=Boards(logs=Path(job.logs or folder / "runs"), wandb=job.wandb),
        config=job.config,
        device=job.device,
        unfinished=folder / "unfinished",
        crew=crew,
        progress=progress if crew.leads else lambda _: None,
    )


def tune_together(
    processes: int,
    taught: Sequence[Lesson],
    *,
    base: BaseModel,
    out: Path,
    boards: Boards,
    config: FinetuneConfig,
    device: str,
    unfinished: Path,
    progress: Callable[[float], None],
) -> None:
    """As `finetune.tune`, by several processes of this machine.

    Raises EnvironmentProblem KF-417 if one of them ends badly.
    """
    folder = unfinished.with_name("tuning-job")
    Job(
        base="" if base.name == STARTER else base.name,
        config=config,
        lessons=taught,
        device=device,
        logs=str(boards.logs),
        wandb=boards.wandb,
    ).write(folder)
    run_apart(
        folder, threads=max(1, config.threads), processes=processes, progress=progress
    )
    shutil.move(folder / ADAPTER, out)
    shutil.rmtree(folder)


def measured(job: Job, base: BaseModel, adapter: Path | None) -> dict[str, Any]:
    """What the outcome is worth on the held-out lessons, if there are any."""
    if not job.held_out:
        return {}
    loaded = load_language_model(base, lora=adapter)
    told: dict[str, Any] = {"held_out_loss": held_out_loss(job, loaded)}
    if job.replies:
        generator = TransformersGenerator(lambda: loaded, device=job.device)
        told |= {
            "replies": asdict(write_replies(generator, job.held_out, shots=job.shots))
        }
    return told


def held_out_loss(job: Job, loaded: LanguageModel) -> float:
    """The mean surprise of what lessons teach, in nats a token, as served: in float32.

    It is among the turns that exist where that is learnt, else among all words.
    """
    model = loaded.model.eval().to(job.device)
    given = rows_of(job.held_out, loaded.tokenizer, model, job.config, job.shots)
    whole = replace(job.config, whole=0)
    rows, turns = with_turns(job.held_out, given, loaded.tokenizer, whole)
    summed = 0.0
    with torch.inference_mode():
        for start in range(0, len(rows), _MEASURED_BATCH):
            end = start + _MEASURED_BATCH
            ids, learnt = stacked(rows[start:end], job.device)
            logits = model(input_ids=ids).logits[:, :-1][learnt[:, 1:]].float()
            summed += float(
                surprise(logits, ids[:, 1:][learnt[:, 1:]], learnt, turns[start:end])
            )
    return summed / max(1, learnt_in(rows))


def main() -> int:
    """`python -m training.job FOLDER`."""
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python -m training.job FOLDER\n")
        return 2
    try:
        folder = Path(sys.argv[1])
        work(folder, progress=tell_share(folder))
    except Problem as problem:
        sys.stderr.write(f"{problem}\n")
        return int(problem.exit_code)
    return 0


if __name__ == "__main__":
    sys.exit(main())
