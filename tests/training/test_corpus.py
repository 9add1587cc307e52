"""Texts are read by their schema; what is for measuring is never learnt."""

from pathlib import Path

import pytest

from storage.problems import BadInput
from tests.training.texts import write_rows, write_texts
from training.corpus import data_files, language_of, read_texts, tidy
from training.ngram import CharacterModel
from training.sources import sources_of


def test_files_for_measuring_are_never_read(tmp_path: Path) -> None:
    write_texts(tmp_path)
    for name in ("qa.test.jsonl", "test.jsonl", "documents.dev.jsonl.gz", "ner.jsonl"):
        write_rows(tmp_path / "more" / name, [{"question": "a", "answer": "b"}])
    names = {path.name for path in data_files([tmp_path])}
    assert names == {"dialogues.train.jsonl.gz", "documents.jsonl", "qa.jsonl"}
    texts = read_texts([tmp_path])
    assert "never read" not in str(texts)


def test_one_text_in_twenty_is_held_out_and_none_is_on_both_sides(
    tmp_path: Path,
) -> None:
    texts = read_texts([write_texts(tmp_path)])
    for language in ("en", "zh"):
        learnt, kept = texts[language, False], texts[language, True]
        assert len(learnt.dialogues) > len(kept.dialogues) > 0
        assert not set(learnt.dialogues) & set(kept.dialogues)
        assert not set(learnt.documents) & set(kept.documents)
        assert not set(learnt.pairs) & set(kept.pairs)


def test_a_question_about_a_page_is_answered_by_its_sentence(tmp_path: Path) -> None:
    page = "山上有一座塔。塔高三十米，建于明朝。游客可以登塔。冬天不开放。"
    write_rows(tmp_path / "corpus.jsonl", [{"id": "1", "title": "塔", "text": page}])
    row = {"query": "塔有多高？", "relevant": ["1"], "answers": ["三十米"]}
    write_rows(tmp_path / "queries.jsonl", [row])
    found = [pair for each in read_texts([tmp_path]).values() for pair in each.pairs]
    assert [pair.answer for pair in found] == ["塔高三十米，建于明朝。"]


def test_a_directory_without_texts_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="KF-209"):
        read_texts([tmp_path])
    (tmp_path / "qa.jsonl").write_text("{not json\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"KF-210(.|\n)*qa\.jsonl:1"):
        read_texts([tmp_path])


def test_chinese_loses_the_spaces_that_nobody_writes() -> None:
    assert tidy("别客气 。今天 有 什么  OK 的") == "别客气。今天有什么OK的"
    assert tidy("two  words\nand more") == "two words and more"
    assert language_of("请重启 TiDB Server 再试一次") == "zh"
    assert language_of("the 松果 card") == "en" or language_of("the 松果") == "zh"


def test_a_five_gram_gives_shares_that_add_up() -> None:
    model = CharacterModel(["abcabcabd", "abca", "cab"], order=3)
    known = [*"abcd", "\x03"]
    for before in ("ab", "\x02\x02", "zz", "a"):
        whole = sum(model.probability(before, each) for each in known)
        assert 0.7 < whole <= 1.0 + 1e-9  # what is left is for the never seen
    assert model.probability("ab", "c") > model.probability("ab", "a")
    assert model.bits("abc") < model.bits("dcb")


def test_a_card_can_name_whose_texts_were_read(tmp_path: Path) -> None:
    named, unnamed = sources_of([write_texts(tmp_path)])
    assert named.licence == "MIT."
    assert named.attribution == "Somebody, 2020."
    assert named.origin == "some/repo at 0123456789ab"
    assert unnamed.licence == "see its folder"
