"""A fine-tuning as a folder, in this process; and what goes wrong with one."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bot.model.files import read_json
from bot.model.generate import Request
from bot.model.load import BaseModel
from bot.model.prompt import NOT_IN_PASSAGES
from storage.problems import BadInput
from tests.training.test_methods import LESSONS, SMALL
from training.crew import Crew, crew_of_process
from training.job import Job, work
from training.replies import write_replies


def job(base: BaseModel, folder: Path) -> Path:
    config = replace(SMALL, epochs=1, accumulation=3)
    Job(
        base=str(base.directory),
        config=config,
        lessons=LESSONS,
        held_out=LESSONS[:4],
        shots=LESSONS[4:5],
        replies=True,
    ).write(folder)
    return folder


def test_a_job_leaves_what_was_learnt_and_what_it_is_worth(
    tiny_base: BaseModel, tmp_path: Path
) -> None:
    folder = job(tiny_base, tmp_path / "job")
    assert list(Job.read(folder).lessons) == LESSONS
    heard: list[float] = []
    work(folder, heard.append)
    assert heard[-1] == 1.0
    told = read_json(folder / "result.json")
    assert told["processes"] == 1
    assert told["learnt"] > 0
    assert told["tokens"] > 40 * 10
    assert told["peak_mb"] > 10
    assert told["held_out_loss"] > 0
    assert told["replies"]["asked"] == told["replies"]["answerable"] == 4
    assert (folder / "lora" / "adapter_model.safetensors").is_file()
    assert not (folder / "unfinished").exists()


class Parrot:
    """Writes the first passage as it stands; the last question it leaves alone."""

    def generate(self, requests: Sequence[Request]) -> list[str]:
        return [each.passages[0].replace("\n", " ") for each in requests]

    def logits_fingerprint(self) -> str:
        return ""


def test_a_reply_is_right_that_says_the_approved_answer_with_or_without_heading() -> (
    None
):
    headed = replace(LESSONS[0], passages=("Dispatch\n" + LESSONS[0].answer,))
    unknown = replace(LESSONS[1], answer=NOT_IN_PASSAGES["en"])
    told = write_replies(Parrot(), [headed, LESSONS[2], LESSONS[3], unknown])
    assert (told.asked, told.right) == (4, 3)
    assert (told.answerable, told.answered) == (3, 3)
    wrong = write_replies(Parrot(), [replace(LESSONS[4], answer="Tomorrow.")])
    assert (wrong.right, wrong.answered) == (0, 0)


@pytest.mark.parametrize("damage", ["", "{}\n", "[\n"])
def test_a_folder_without_a_job_is_refused(
    damage: str, tiny_base: BaseModel, tmp_path: Path
) -> None:
    folder = tmp_path / "job"
    if damage:
        job(tiny_base, folder)
        (folder / "lessons.jsonl").write_text(damage, encoding="utf-8")
    with pytest.raises(BadInput, match="KF-416"):
        work(folder)


def test_a_job_of_another_version_is_refused(
    tiny_base: BaseModel, tmp_path: Path
) -> None:
    folder = job(tiny_base, tmp_path / "job")
    told = read_json(folder / "job.json")
    told["config"]["strength"] = 3
    (folder / "job.json").write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(BadInput, match="strength"):
        work(folder)


@pytest.mark.parametrize(("size", "rank"), [("2", "two"), ("many", "0"), ("2", "2")])
def test_a_process_that_does_not_know_who_it_is_says_so(
    size: str, rank: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORLD_SIZE", size)
    monkeypatch.setenv("RANK", rank)
    with pytest.raises(BadInput, match="KF-414"):
        crew_of_process("cpu")


def test_a_process_of_its_own_is_a_crew_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    crew = crew_of_process("cpu")
    assert crew == Crew(rank=0, size=1)
    assert crew.leads
    assert list(crew.share([1, 2, 3])) == [1, 2, 3]
    assert list(Crew(rank=1, size=2).share([1, 2, 3])) == [2]
