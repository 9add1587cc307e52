"""What the generator earns: on, off and copying are asked the very same questions."""

import json
import math
import random
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
import torch

from bot.importing.answered import Asked, asked_questions, take_all
from bot.model.encoder import Encoder
from bot.model.generate import Request
from bot.model.live import NO_RELEASE, Model
from bot.model.load import BaseModel, load_generator, load_language_model
from bot.model.prompt import NOT_IN_PASSAGES, render_example
from bot.phrases import say
from storage.problems import BadInput
from tests.bot.small import Parrot
from tests.roof.test_commands import kefu
from training.generator_fit import Learnt, Subject, answers_of, as_it_is, learnt
from training.generator_trial import try_generator, wanted_replies
from training.lessons import Lesson, lessons, slipped
from training.perplexity import perplexity
from training.rivals import Nearest, Rivals

TRAIN = [
    {"question": "How long does delivery take?", "answer": "Delivery takes 2 days."},
    {"question": "What does delivery cost?", "answer": "Delivery costs ¥8."},
    {"question": "送货要几天？", "answer": "送货要3天。"},
    {"text": "parcel gone missing", "intent": "lost"},
    {"text": "my parcel never came", "intent": "lost"},
    {"intent": "lost", "answer": "Write to lost@shop.example about a lost parcel."},
]


def written(folder: Path, name: str, rows: Sequence[object]) -> Path:
    path = folder / name
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def taken(folder: Path, rows: Sequence[object] = TRAIN) -> Learnt:
    numbers = count()
    files = take_all(
        [written(folder, "train.jsonl", rows)],
        now=lambda: datetime(2026, 1, 1, tzinfo=UTC),
        new_id=lambda: f"id{next(numbers)}",
    )
    return learnt(files, replace(files, knowledge=(), questions=(), left_out=()))


def subject(
    folder: Path, base: BaseModel, encoder: Encoder, *drafts: str
) -> tuple[Subject, Parrot]:
    parrot = Parrot(*drafts)
    rows = taken(folder)
    model = Model(version=NO_RELEASE, encoder=encoder, generator=parrot)
    made = as_it_is(model, base=base, folder=folder, knowledge=rows.knowledge)
    return replace(
        made, pairs=(("how long is delivery", "Delivery takes 2 days."),)
    ), parrot


def asked(question: str, answer: str = "-", language: str = "en") -> Asked:
    return Asked(question=question, language=language, answer=answer, intent=None)


def test_a_labelled_question_is_learnt_with_its_intents_answer(tmp_path: Path) -> None:
    rows = taken(tmp_path)
    by_text = {each.text: each.answer for each in rows.examples}
    assert by_text["parcel gone missing"] == TRAIN[-1]["answer"]
    assert by_text["送货要几天？"] == "送货要3天。"
    assert "lost" not in by_text  # the name of an intent is not a question
    assert rows.left_out == ()


def test_what_has_no_answer_is_named_and_not_learnt(tmp_path: Path) -> None:
    rows = taken(tmp_path, [*TRAIN, {"text": "refund?", "intent": "refund"}])
    assert rows.left_out == ("'refund?': refund has no approved answer",)
    with pytest.raises(BadInput, match="KF-212"):
        taken(tmp_path, [{"text": "refund?", "intent": "refund"}])


def test_an_approved_answer_comes_first_and_the_guard_decides_on_the_draft(
    tmp_path: Path, tiny_base: BaseModel, encoder: Encoder
) -> None:
    question = asked("How long does delivery take?")
    drafts = ("Delivery takes 2 days.", "Delivery takes 9 days.")
    made, _ = subject(tmp_path, tiny_base, encoder, *drafts)
    rivals = Rivals(made, retrieval=True)
    good, bad = rivals.write([question, question])
    silent = rivals.without(question)
    assert silent.text == "Delivery takes 2 days."  # the very question is known
    assert rivals.with_generator(question, good, silent) == silent
    unknown = replace(silent, answered=False)
    assert rivals.with_generator(question, good, unknown) == good.draft
    kept_back = rivals.with_generator(question, bad, unknown)
    assert (kept_back.text, kept_back.answered) == (say("fallback", "en"), False)
    assert any("9 days" in each for each in bad.objections)


def test_without_passages_a_draft_must_rest_on_approved_answers(
    tmp_path: Path, tiny_base: BaseModel, encoder: Encoder
) -> None:
    question = asked("delivery time please")
    drafts = ("Delivery takes 2 days.", "Delivery takes 7 days.")
    made, parrot = subject(tmp_path, tiny_base, encoder, *drafts)
    rivals = Rivals(made, retrieval=False)
    right, wrong = rivals.write([question, question])
    assert all(each.passages == () for each in parrot.asked)
    silent = rivals.without(question)
    assert right.draft.sources[0].endswith("\nDelivery takes 2 days.")
    assert wrong.objections
    said = rivals.with_generator(question, wrong, silent)
    assert (said.text, said.answered) == (say("fallback", "en"), False)


def test_passages_of_the_row_are_what_the_generator_sees(
    tmp_path: Path, tiny_base: BaseModel, encoder: Encoder
) -> None:
    made, parrot = subject(tmp_path, tiny_base, encoder, "The vase costs ¥30.")
    row = replace(asked("vase price"), passages=("The vase costs ¥30.",))
    [only] = Rivals(made, retrieval=True).write([row])
    assert parrot.asked[0].passages == row.passages
    assert only.objections == ()


def test_copying_takes_the_answer_to_the_nearest_question() -> None:
    nearest = Nearest(["where is my parcel", "how to pay", "怎么退货"])
    assert nearest.find("my parcel is late") == [0]
    assert nearest.find("退货") == [2]
    assert nearest.find("zzz") == Nearest([]).find("parcel") == []


def test_a_trial_compares_them_question_by_question(
    tmp_path: Path, tiny_base: BaseModel, encoder: Encoder
) -> None:
    rows = [asked("How long does delivery take?", "Delivery takes 2 days.")] * 2
    wanted = wanted_replies(rows, {})
    drafts = ("Delivery takes 2 days.", "Delivery takes 9 days.")
    made, _ = subject(tmp_path, tiny_base, encoder, *drafts)
    trial = try_generator(wanted, made, retrieval=True)
    told = json.loads(json.dumps(trial.to_json()))
    assert told["systems"]["draft"]["right"] == 0.5
    assert told["systems"]["draft"]["number_fidelity"] == 0.5
    assert told["systems"]["on"]["right"] == told["systems"]["off"]["right"] == 1.0
    assert told["systems"]["on"]["number_fidelity"] == 1.0
    assert told["systems"]["on"]["grounded_rate"] == 1.0
    assert told["refused"] == 0.5
    assert told["differences"]["on - off"]["rouge_l"] == [0.0, 0.0, 0.0]
    assert told["systems"]["on"]["perplexity"] > 1.0
    assert "kept back by the guard" in trial.text()


def test_a_question_whose_intent_has_no_answer_cannot_be_asked(tmp_path: Path) -> None:
    row = Asked(question="q", language="en", answer=None, intent="lost")
    [known] = wanted_replies([row], answers_of(taken(tmp_path).knowledge))
    assert known.reply == TRAIN[-1]["answer"]
    with pytest.raises(BadInput, match="KF-213"):
        wanted_replies([row], {})


def test_perplexity_is_the_same_on_the_engine_and_the_reference(
    tiny_base: BaseModel, tmp_path: Path
) -> None:
    request = Request(question="Where is my order?", language="en")
    wanted = [(request, "It leaves Hangzhou today."), (request, "我的订单到哪里了？")]
    load_generator(tiny_base, kept=tmp_path / "engine").logits_fingerprint()

    def of(folder: str) -> float:
        found = perplexity(
            wanted,
            base=tiny_base,
            lora=None,
            converted=tmp_path / folder,
            threads=1,
        )
        assert found is not None
        return found

    model, tokenizer = load_language_model(tiny_base)
    lost, number = 0.0, 0
    for _, reply in wanted:
        ids, learnt_ = render_example(
            tokenizer=tokenizer,
            passages=(),
            history=(),
            question=request.question,
            language="en",
            max_tokens=192,
            answer=reply,
        )
        with torch.inference_mode():
            shares = model(input_ids=torch.tensor([ids])).logits[0].log_softmax(-1)
        for place in [at for at, is_said in enumerate(learnt_) if is_said]:
            lost -= float(shares[place - 1, ids[place]])
            number += 1
    assert of("nowhere") == pytest.approx(math.exp(lost / number), rel=1e-3)
    assert of("engine") == pytest.approx(of("nowhere"), rel=0.05)


def test_without_knowledge_every_answer_is_learnt_by_heart(
    tmp_path: Path, encoder: Encoder
) -> None:
    rows = taken(tmp_path)

    def made(knowledge: bool, by_heart: bool = False) -> list[Lesson]:
        return lessons(
            rows.examples * 8,
            knowledge=rows.knowledge if knowledge else (),
            encode=encoder.encode,
            most=1000,
            seed=1,
            by_heart=by_heart,
        )

    assert all(not each.passages for each in made(False))
    assert not {each.answer for each in made(False)} & set(NOT_IN_PASSAGES.values())
    some = [bool(each.passages) for each in made(True, by_heart=True)]
    assert 0.5 < sum(some) / len(some) < 0.9
    # One that chooses is shown what there is.
    assert sum(bool(each.passages) for each in made(True)) > sum(some)


def test_slips_of_the_finger_leave_numbers_and_chinese_alone() -> None:
    chance = random.Random(4)  # noqa: S311
    question = "where is order 20488 的包裹"
    typed = {slipped(question, chance) for _ in range(200)}
    assert question in typed
    assert len(typed) > 20
    assert all("20488 的包裹" in each for each in typed)


def test_the_command_learns_asks_and_prints_one_json_object(
    tmp_path: Path, tiny_base: BaseModel, encoder: Encoder
) -> None:
    del encoder  # converted once; the command finds it in its home's cache
    (tmp_path / "home").mkdir()
    kept = Path(tempfile.gettempdir()) / "kefu-tests-cache"
    (tmp_path / "home" / "cache").symlink_to(kept)
    train = written(tmp_path, "train.jsonl", TRAIN)
    test = written(tmp_path, "test.jsonl", [{"text": "parcel lost", "intent": "lost"}])
    done = kefu(
        *("evaluate", "generator", "--train", str(train), "--test", str(test)),
        *("--retrieval", "off", "--passes", "1", "--json"),
        home=tmp_path,
        more={"KEFU_BASE_MODEL": str(tiny_base.directory)},
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["test"], told["train"], told["retrieval"]) == (1, 5, False)
    assert set(told["systems"]) == {"on", "off", "bm25_copy", "draft"}
    assert set(told["systems"]["on"]) >= {
        *("rouge_l", "chrf", "grounded_rate", "number_fidelity", "perplexity")
    }
    # Nothing of the home has changed: no release, no converted base.
    assert not (tmp_path / "home" / "releases").exists()


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([{"question": "alone"}], "KF-211"),
        ([{"question": "q", "answer": "a", "passages": "no list"}], "KF-211"),
        ([], "KF-211"),
    ],
)
def test_rows_that_cannot_be_asked_are_named(
    rows: list[object], code: str, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match=code):
        asked_questions([written(tmp_path, "test.jsonl", rows)])


def test_a_command_with_nothing_to_ask_says_so(tmp_path: Path) -> None:
    done = kefu("evaluate", "generator", home=tmp_path)
    assert done.returncode == 2
    assert "KF-214" in done.stderr
    assert "Traceback" not in done.stderr
