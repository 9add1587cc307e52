"""Knowledge is known by where it comes from, and its version by one number."""

from dataclasses import replace

from storage.database import Database
from storage.records import KnowledgeKind
from tests.storage.make import knowledge, later, question


def test_importing_the_same_again_changes_nothing(database: Database) -> None:
    with database.transaction() as stores:
        assert stores.knowledge.put(knowledge(1)) == "added"
    with database.transaction() as stores:
        again = replace(knowledge(1), id="other", updated_at=later(9))
        assert stores.knowledge.put(again) == "unchanged"
        assert stores.knowledge.all("default") == [knowledge(1)]
        assert stores.knowledge.version("default") == 1


def test_new_content_takes_the_place_of_the_old_and_keeps_its_id(
    database: Database,
) -> None:
    with database.transaction() as stores:
        stores.knowledge.put(knowledge(1))
        changed = knowledge(
            1, id="other", text="It has arrived.", intent=None, updated_at=later(9)
        )
        assert stores.knowledge.put(changed) == "changed"
        assert stores.knowledge.get("k1") == replace(changed, id="k1")
        assert stores.knowledge.get("other") is None


def test_the_version_grows_with_every_transaction_that_changed_something(
    database: Database,
) -> None:
    versions = []
    for number in (1, 1, 2):
        with database.transaction() as stores:
            stores.knowledge.put(knowledge(number))
            versions.append(stores.knowledge.version("default"))
    with database.transaction() as stores:
        stores.knowledge.retire("k1")
        stores.knowledge.retire("k1")
        stores.knowledge.retire("unknown")
        versions.append(stores.knowledge.version("default"))
        assert stores.knowledge.version("another") == 0
    assert versions == [1, 1, 2, 3]


def test_a_copy_reads_only_what_changed_since_its_version(database: Database) -> None:
    with database.transaction() as stores:
        for number in (1, 2, 3):
            stores.knowledge.put(knowledge(number))
        stores.knowledge.put(knowledge(4, workspace="b"))
        assert len(stores.knowledge.changes("default", 0)[0]) == 3
    with database.transaction() as stores:
        stores.knowledge.put(knowledge(1))
        stores.knowledge.put(knowledge(2, text="Another."))
        stores.knowledge.retire("k3")
    with database.reading() as stores:
        assert stores.knowledge.version("default") == 2
        said, retired = stores.knowledge.changes("default", 1)
        assert [(each.id, each.text) for each in said] == [("k2", "Another.")]
        assert retired == ["k3"]
        assert stores.knowledge.changes("default", 2) == ([], [])
        assert stores.knowledge.changes("b", 1) == ([], [])


def test_retired_knowledge_is_said_no_more_but_can_be_cited_and_comes_back(
    database: Database,
) -> None:
    with database.transaction() as stores:
        stores.knowledge.put(knowledge(1))
        stores.knowledge.put(knowledge(2, kind=KnowledgeKind.PASSAGE))
        stores.knowledge.retire("k1")
        assert [each.id for each in stores.knowledge.all("default")] == ["k2"]
        assert stores.knowledge.get("k1") == knowledge(1)
        assert stores.knowledge.put(knowledge(1)) == "changed"
        assert [each.id for each in stores.knowledge.all("default")] == ["k1", "k2"]


def test_workspaces_know_nothing_of_each_other(database: Database) -> None:
    with database.transaction() as stores:
        stores.knowledge.put(knowledge(1))
        stores.knowledge.put(knowledge(2, workspace="b", source_key="row 1"))
        assert len(stores.knowledge.all("default")) == 1
        assert [each.id for each in stores.knowledge.all("b")] == ["k2"]


def test_a_key_may_be_as_long_as_a_question(database: Database) -> None:
    with database.transaction() as stores:
        for letter in "xy":
            key = letter + "长" * 100_000
            piece = knowledge(1, id=letter, source_key=key)
            assert stores.knowledge.put(piece) == "added"
        long = question(1, text="长" * 100_000)
        assert stores.questions.put(long) == "added"
        assert stores.questions.put(long) == "unchanged"


def test_questions_are_the_same_in_other_case_width_and_spacing(
    database: Database,
) -> None:
    with database.transaction() as stores:
        assert stores.questions.put(question(1, text="Where IS it?")) == "added"
        again = question(2, text="  where is\tit？ ")
        assert stores.questions.put(again) == "unchanged"
        assert stores.questions.put(question(3, text="where is it")) == "added"
        in_chinese = question(4, text="where is it?", language="zh")
        assert stores.questions.put(in_chinese) == "added"
        assert [q.id for q in stores.questions.all("default")] == ["q1", "q3", "q4"]
        assert stores.questions.all("another") == []


def test_the_last_word_on_a_question_counts(database: Database) -> None:
    with database.transaction() as stores:
        stores.questions.put(question(1))
        assert stores.questions.put(question(1, intent="oos")) == "changed"
        assert stores.questions.all("default") == [question(1, intent="oos")]
