"""What is known of an answer by then is not learnt again; which one it is, is."""

from dataclasses import replace
from pathlib import Path

from bot.model.load import BaseModel
from tests.training.test_methods import LESSONS, SMALL
from training.board import Boards
from training.buckets import Row
from training.choice import shortened
from training.finetune import tune

YES, YET, NO, ONLY = (7, 8, 1, 2, 99), (7, 9, 1, 2, 99), (5, 6, 99), (7,)


def row(answer: tuple[int, ...], *prompt: int) -> Row:
    said = [False] * len(prompt) + [True] * len(answer)
    return [*prompt, *answer], said


def test_the_first_lessons_of_an_answer_are_whole_the_others_end_when_it_is_clear() -> (
    None
):
    rows = [row(answer, 30 + n, 40) for n in range(3) for answer in (YES, YET, NO)]
    made = shortened(rows, whole=1)
    assert made[:3] == rows[:3]
    assert [ids[1:] for ids, _ in made[3:]] == [[40, 7, 8], [40, 7, 9], [40, 5]] * 2
    assert [sum(said) for _, said in made[3:]] == [2, 2, 1] * 2


def test_an_answer_that_another_begins_with_stays_whole() -> None:
    rows = [row(ONLY, 30), row(YES, 30)] * 3
    assert [len(ids) for ids, _ in shortened(rows, whole=1)] == [2, 6, 2, 3, 2, 3]


def test_one_of_four_further_lessons_is_whole() -> None:
    rows = [row(each, 30) for _ in range(10) for each in (YES, NO)]
    lengths = [len(ids) for ids, _ in shortened(rows, whole=2)[::2]]
    assert lengths == [6, 6, 2, 2, 2, 6, 2, 2, 2, 6]


def test_seldom_answers_and_none_shortened_are_as_they_were() -> None:
    rows = [row(YES, 30), row(NO, 31)] * 20
    assert shortened(rows, whole=0) == rows
    assert shortened(rows, whole=20) == rows


def test_a_tuning_learns_a_shared_answer_in_fewer_steps(
    tiny_base: BaseModel, tmp_path: Path
) -> None:
    same = [
        replace(each, passages=(), answer="It leaves Hangzhou today, we hope. " * 4)
        for each in LESSONS
    ]
    steps, tokens = [], set()
    for whole in (0, 8):
        done = tune(
            same,
            base=tiny_base,
            out=tmp_path / f"{whole}",
            boards=Boards(logs=tmp_path / "runs"),
            config=replace(SMALL, whole=whole, batch_tokens=256, epochs=2),
        )
        steps.append(done.steps)
        tokens.add(done.tokens)
    assert steps[1] < 0.75 * steps[0]
    assert len(tokens) == 1  # of the lessons, however they are learnt
