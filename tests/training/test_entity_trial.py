"""A tagger never breaks BIO, learns what it is shown, and the command says how well."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.importing.samples import Tagged
from bot.model.tagging import WIDTH, clues, shape, spans
from storage.problems import BadInput
from tests.roof.test_commands import kefu
from training.entity_trial import try_entities
from training.spans import compare
from training.tagger import TaggerConfig, fit_tagger

CITIES = ("北京", "上海", "石家庄", "乌鲁木齐")
DAYS = ("明天", "后天", "下周五")


def sentences(count: int, seed: int) -> list[Tagged]:
    """Orders in Chinese, one character a token."""
    chance = random.Random(seed)  # noqa: S311 - sentences, not secrets
    found = []
    for _ in range(count):
        parts = [
            ("请" * chance.randint(0, 1) + "帮我把货", ""),
            (chance.choice(DAYS), "DATE"),
            (chance.choice(("寄到", "送去")), ""),
            (chance.choice(CITIES), "CITY"),
            (chance.choice(("谢谢", "可以吗？")), ""),
        ]
        tokens = tuple(letter for text, _ in parts for letter in text)
        tags = tuple(
            (("I-" if place else "B-") + kind) if kind else "O"
            for text, kind in parts
            for place in range(len(text))
        )
        found.append(Tagged(tokens=tokens, tags=tags))
    return found


def write(path: Path, rows: list[Tagged]) -> None:
    lines = [json.dumps({"tokens": r.tokens, "tags": r.tags}) for r in rows]
    path.write_text("\n".join(lines), encoding="utf-8")


def test_spans_are_read_as_the_field_reads_them() -> None:
    assert spans(["O", "B-A", "I-A", "B-A", "I-B", "O"]) == [
        ("A", 1, 3),
        ("A", 3, 4),
        ("B", 4, 5),
    ]
    assert spans(["I-A", "I-A"]) == [("A", 0, 2)]
    assert spans([]) == []


def test_an_entity_is_right_only_if_its_type_and_both_ends_are() -> None:
    wanted = [["B-A", "I-A", "O", "B-B"]]
    overall, of_type = compare(wanted, [["B-A", "O", "O", "B-B"]])
    assert (overall.wanted, overall.guessed, overall.right) == (2, 2, 1)
    assert overall.f1 == 0.5
    assert (of_type["A"].f1, of_type["B"].f1) == (0.0, 1.0)
    assert compare([["O"]], [["O"]])[0].f1 == 0.0


def test_what_is_learnt_is_found_again_in_other_sentences() -> None:
    trial = try_entities(sentences(80, 1), sentences(40, 2), TaggerConfig())
    assert trial.micro_f1 > 0.98
    assert {row["type"] for row in trial.types} == {"CITY", "DATE"}
    assert "micro F1" in trial.text()


def test_the_same_seed_learns_the_same() -> None:
    one, other = (fit_tagger(sentences(30, 1), TaggerConfig()) for _ in range(2))
    assert one.weights.tobytes() == other.weights.tobytes()


def test_wrong_tags_are_learnt_wrongly() -> None:
    """The figure depends on what is taught: it is no constant."""
    taught = [
        Tagged(
            tokens=each.tokens, tags=tuple("O" if "CITY" in t else t for t in each.tags)
        )
        for each in sentences(60, 1)
    ]
    trial = try_entities(taught, sentences(40, 2), TaggerConfig())
    assert trial.recall == pytest.approx(0.5, abs=0.05)


TAGGER = fit_tagger(sentences(30, 1), TaggerConfig(epochs=2))


@given(
    st.lists(
        st.one_of(st.text(max_size=5), st.sampled_from("明天北京寄到")), max_size=20
    )
)
def test_no_guess_ever_breaks_bio(tokens: list[str]) -> None:
    tags = TAGGER.tag(tokens)
    assert len(tags) == len(tokens)
    for before, tag in zip(["O", *tags], tags, strict=False):
        if tag.startswith("I-"):
            assert before in ("B-" + tag[2:], tag)


@given(st.lists(st.text(max_size=60), min_size=1, max_size=5))
def test_every_token_has_the_same_number_of_clues(tokens: list[str]) -> None:
    assert {len(each) for each in clues(tokens)} == {WIDTH}


def test_shapes() -> None:
    assert shape("AB-1234") == "XX-99"
    assert shape("北京") == "汉汉"


def test_nothing_tagged_is_nothing_to_learn() -> None:
    with pytest.raises(BadInput, match="KF-402"):
        fit_tagger([Tagged(tokens=("a",), tags=("O",))], TaggerConfig())


def test_the_command_reports_each_type(tmp_path: Path) -> None:
    write(tmp_path / "train.jsonl", sentences(40, 1))
    write(tmp_path / "test.jsonl", sentences(20, 2))
    files = ["--train", "train.jsonl", "--test", "test.jsonl"]
    done = kefu("evaluate", "entities", *files, "--json", home=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["micro_f1"] > 0.9
    assert {row["type"]: row["count"] for row in told["types"]} == {
        "CITY": 20,
        "DATE": 20,
    }


@pytest.mark.parametrize(
    "row",
    [
        {"text": "hello"},
        {"tokens": ["a"], "tags": ["O", "O"]},
        {"tokens": ["a"], "tags": ["X-A"]},
        {"tokens": ["a"], "tags": ["B-"]},
        {"tokens": [1], "tags": ["O"]},
        {"tokens": "a", "tags": "O"},
    ],
)
def test_a_row_that_is_no_tagged_sentence_is_named(
    row: dict[str, Any], tmp_path: Path
) -> None:
    from bot.importing.samples import tagged_sentences

    path = tmp_path / "bad.jsonl"
    path.write_text('{"tokens": ["a"], "tags": ["O"]}\n' + json.dumps(row))
    with pytest.raises(BadInput) as told:
        tagged_sentences([path])
    assert told.value.code == "KF-207"
    assert "bad.jsonl:2" in str(told.value)
