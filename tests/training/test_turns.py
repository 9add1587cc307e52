"""A lesson with passages is learnt as it is asked: among the turns that exist.

What is right may be said in several ways; what is nearest of them is followed.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from bot.model.choosing import along, choices
from bot.model.load import BaseModel, load_language_model
from bot.model.prompt import NOT_IN_PASSAGES, reply_ids
from bot.model.tokens import end_id
from tests.training.test_methods import SMALL
from tests.training.test_quick import tuned as changed
from training.board import Boards
from training.buckets import stacked
from training.finetune import rows_of, tune
from training.job import Job, held_out_loss
from training.lessons import Lesson
from training.methods import Method
from training.quick import Answers, quicken
from training.rightness import is_right
from training.turns import at_forks

PARTS = (
    "The lamp costs 31 euros.",
    "The lamp costs nothing to return.",
    "We are open on Sunday.",
)
LESSON = Lesson(
    example_id="1",
    question="How much is the lamp?",
    language="en",
    passages=(" ".join(PARTS[:2]), PARTS[2]),
    answer=PARTS[0],
    parts=PARTS,
)


@pytest.mark.parametrize("answer", [*PARTS, NOT_IN_PASSAGES["en"]])
def test_who_takes_the_turns_that_are_learnt_says_the_answer(
    answer: str, tiny_base: BaseModel
) -> None:
    model, tokenizer = load_language_model(tiny_base)
    lesson = replace(LESSON, answer=answer)
    (row,) = rows_of([lesson], tokenizer, model, SMALL)
    found = at_forks(lesson, row, tokenizer, 384)
    assert found is not None
    (ids, learnt), turns = found
    # It ends with the last turn, and nothing but turns is learnt.
    assert ids == row[0][: len(ids)]
    assert [place for place, said in enumerate(learnt) if said] == sorted(turns)
    assert max(turns) == len(ids) - 1
    start = row[1].index(True)
    texts = {
        reply_ids(tokenizer, text): text
        for text in choices(PARTS, lesson.passages, "en")
    }

    def following(rows: list[list[int]]) -> list[np.ndarray]:
        (given,) = rows
        scores = np.zeros(model.config.vocab_size, np.float32)
        for place in {len(given)} & turns.keys():
            scores[list(turns[place].wrong)] = 1.0
            scores[list(turns[place].right)] = 2.0
        return [scores]

    said = along({0: ids[:start]}, {0: tuple(texts)}, following)  # type: ignore[arg-type]
    assert is_right(texts[said[0]], lesson)


def test_an_answer_may_be_said_under_its_heading_and_in_part(
    tiny_base: BaseModel,
) -> None:
    model, tokenizer = load_language_model(tiny_base)
    passage = "What is the lamp?\nThe lamp costs 31 euros. It is blue."
    read = " ".join(passage.split())
    answer = passage.split("\n")[1]
    lesson = replace(LESSON, passages=(passage,), parts=(read, PARTS[2]), answer=answer)
    (row,) = rows_of([lesson], tokenizer, model, SMALL)
    found = at_forks(lesson, row, tokenizer, 384)
    assert found is not None
    (ids, _), turns = found
    start = row[1].index(True)
    begins = {
        text: reply_ids(tokenizer, text)[0] for text in (read, answer, PARTS[2])
    } | {"nothing": reply_ids(tokenizer, NOT_IN_PASSAGES["en"])[0]}
    assert set(turns[start].right) == {begins[read], begins[answer]}
    assert set(turns[start].wrong) == {begins[PARTS[2]], begins["nothing"]} - set(
        turns[start].right
    )
    assert tuple(ids[start:]) == reply_ids(tokenizer, read)[: len(ids) - start]
    assert is_right("It is blue.", lesson)
    assert not is_right("What is the lamp?", lesson)


def test_where_nothing_is_read_or_the_answer_is_not_there_words_are_learnt(
    tiny_base: BaseModel,
) -> None:
    model, tokenizer = load_language_model(tiny_base)
    by_heart = replace(LESSON, passages=(), parts=None)
    elsewhere = replace(LESSON, answer="Ask a colleague.")
    for lesson in (by_heart, elsewhere):
        (row,) = rows_of([lesson], tokenizer, model, SMALL)
        assert at_forks(lesson, row, tokenizer, 384) is None


@pytest.mark.parametrize("method", ["lora", "prefix"])
def test_the_loss_is_the_surprise_among_the_turns_alone(
    method: Method, tiny_base: BaseModel
) -> None:
    tokenizer = load_language_model(tiny_base).tokenizer
    model = changed(tiny_base, method)
    lessons = [LESSON, replace(LESSON, passages=(), parts=None)]
    rows = rows_of(lessons, tokenizer, model, SMALL)
    found = at_forks(lessons[0], rows[0], tokenizer, 384)
    assert found is not None
    chosen, turns = found
    ids, learnt = stacked([chosen, rows[1]], "cpu")
    logits = model(input_ids=ids).logits.float()
    before = -ids.shape[1]  # what a method puts before a prompt comes first
    logits = logits[:, before:] if logits.shape[1] > ids.shape[1] else logits
    wanted = torch.zeros(())
    for place, among in turns.items():
        few = logits[0, place - 1][[*among.right, *among.wrong]].softmax(0)
        wanted = wanted - few[: len(among.right)].sum().log()
    for place in learnt[1].nonzero()[:, 0].tolist():
        wanted = wanted - logits[1, place - 1].log_softmax(0)[ids[1, place]]
    quicken(model, narrow=False)
    given = Answers(model).loss(ids, learnt, (0, 1), [turns, {}])
    assert float(given.detach()) == pytest.approx(float(wanted.detach()), rel=1e-4)
    given.backward()  # type: ignore[no-untyped-call]
    learning = [each.grad for each in model.parameters() if each.requires_grad]
    assert any(each is not None and bool(each.any()) for each in learning)


def test_a_tuning_that_chooses_passes_fewer_tokens_and_learns(
    tiny_base: BaseModel, tmp_path: Path
) -> None:
    # The longest part answers, wherever it stands: the base cannot know.
    taught = [
        replace(
            LESSON,
            example_id=str(number),
            parts=tuple(np.roll(PARTS, number).tolist()),
            answer=PARTS[1],
        )
        for number in range(40)
    ]
    config = replace(SMALL, epochs=1, batch_tokens=512)
    losses = [
        tune(
            taught,
            base=tiny_base,
            out=tmp_path / f"{epochs}",
            boards=Boards(logs=tmp_path / "runs"),
            config=replace(config, epochs=epochs),
        ).loss
        for epochs in (1, 6)
    ]
    assert losses[1] < 0.5 * losses[0]


def test_the_held_out_loss_is_that_of_what_is_learnt(tiny_base: BaseModel) -> None:
    loaded = load_language_model(tiny_base)
    job = Job(base="", config=SMALL, lessons=(), held_out=[LESSON])
    (row,) = rows_of([LESSON], loaded.tokenizer, loaded.model, SMALL)
    found = at_forks(LESSON, row, loaded.tokenizer, SMALL.longest)
    assert found is not None
    ids, learnt = torch.tensor([row[0]]), torch.tensor(row[1])
    with torch.inference_mode():
        logits = loaded.model(input_ids=ids).logits[0].float()
        plain = loaded.model(input_ids=ids, labels=torch.where(learnt, ids, -100)).loss
    expected = [
        -logits[place - 1][[*turn.right, *turn.wrong]]
        .softmax(0)[: len(turn.right)]
        .sum()
        .log()
        for place, turn in found[1].items()
    ]
    mean = float(torch.stack(expected).mean())
    assert held_out_loss(job, loaded) == pytest.approx(mean, rel=1e-4)
    worded = replace(job, config=replace(SMALL, choosing=False))
    assert held_out_loss(worded, loaded) == pytest.approx(float(plain), rel=1e-4)


def test_a_short_answer_is_told_from_what_begins_like_it(tiny_base: BaseModel) -> None:
    model, tokenizer = load_language_model(tiny_base)
    parts = ("We are open: on Sunday.", "We are open: on Monday.")
    lesson = replace(
        LESSON, passages=("We are open:\non Sunday.", parts[1]), parts=parts
    )
    lesson = replace(lesson, answer="on Sunday.")
    (row,) = rows_of([lesson], tokenizer, model, SMALL)
    found = at_forks(lesson, row, tokenizer, SMALL.longest)
    assert found is not None
    ids, _ = found[0]
    # The place where the days part is learnt, though the answer has fewer tokens.
    assert any(
        turn.right == (ids[place],) and place == len(ids) - 1
        for place, turn in found[1].items()
    )
    assert len(ids) - row[1].index(True) > sum(row[1])


def test_all_of_an_answer_is_preferred_to_a_sentence_of_it(
    tiny_base: BaseModel,
) -> None:
    model, tokenizer = load_language_model(tiny_base)
    for passages in ((" ".join(PARTS[:2]), PARTS[2]), (PARTS[2],)):
        lesson = replace(LESSON, passages=passages, answer=" ".join(PARTS[:2]))
        (row,) = rows_of([lesson], tokenizer, model, SMALL)
        found = at_forks(lesson, row, tokenizer, SMALL.longest)
        assert found is not None
        (ids, _), turns = found
        said = ids[row[1].index(True) :]
        if len(passages) == 2:  # where it ends after one sentence is a wrong turn
            assert tuple(said[:-1]) == reply_ids(tokenizer, PARTS[0])[:-1]
            assert turns[len(ids) - 1].wrong == (end_id(tokenizer),)
        else:  # it is not to be had: a sentence of it is right
            assert tuple(said) == reply_ids(tokenizer, PARTS[0])[: len(said)]
