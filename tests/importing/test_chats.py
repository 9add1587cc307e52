"""Chats and projects as they really come: people masked, notes left out, marks kept."""

import io
import json
import zipfile

from bot.importing import Kind
from bot.importing.samples import tagged_sentences
from tests.importing.conftest import Shop
from tests.importing.test_documented import EXAMPLES


def test_a_slack_export_masks_people_and_joins_days(shop: Shop) -> None:
    days = {
        "users.json": [{"id": "U1", "name": "ann", "real_name": "Ann Lee"}],
        "help/2026-01-05.json": [
            {
                "type": "message",
                "user": "U1",
                "ts": "1",
                "thread_ts": "1",
                "text": "<@U2> where is my parcel? Call 13800138000, Ann Lee",
            },
            {"type": "message", "user": "U3", "ts": "2", "text": "lunch?"},
        ],
        "help/2026-01-06.json": [
            {
                "type": "message",
                "user": "U2",
                "ts": "3",
                "thread_ts": "1",
                "text": "See <https://shop.example/t|the tracker> &amp; wait.",
            }
        ],
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, items in days.items():
            archive.writestr(name, json.dumps(items))
    report = shop.bring(shop.write("export.zip", content.getvalue()))
    assert (report.added, report.waiting, report.rejected) == (1, 1, ())
    assert "1 messages stand outside of threads" in report.left_out[0].why
    (pair,) = shop.waiting()
    assert pair.question == "[name] where is my parcel? Call [phone], [name]"
    assert pair.text == "See the tracker (https://shop.example/t) & wait."


def test_a_ticket_gives_the_first_question_and_the_last_public_answer(
    shop: Shop,
) -> None:
    comments = [
        (1, "Is the tent waterproof?", True),
        (2, "Let me ask.", True),
        (2, "It is, to 3000 mm.\n-- \nBob Stone", True),
        (2, "customer sounds cross", False),
    ]
    ticket = {
        "id": 9,
        "subject": "Tent",
        "requester_id": 1,
        "comments": [
            {"author_id": by, "body": text, "public": public}
            for by, text, public in comments
        ],
    }
    shop.bring(shop.write("tickets.json", json.dumps({"tickets": [ticket]})))
    (pair,) = shop.waiting()
    assert (pair.question, pair.text) == (
        "Is the tent waterproof?",
        "It is, to 3000 mm.",
    )


def test_a_list_of_tickets_and_a_report_in_numbers_are_named(shop: Shop) -> None:
    tickets = shop.write("t.csv", "Id,Subject,Requester\n1,Lid,Ann\n")
    numbers = shop.write("r.csv", "Agent,Avg first response time\nAnn,3\n")
    report = shop.bring(tickets, numbers)
    assert [row.why for row in report.rejected] == [
        "it lists tickets without the agents' answers",
        "it is a report in numbers: there is no text of a conversation in it",
    ]


def test_marked_entities_of_a_rasa_file_can_be_learnt_from(shop: Shop) -> None:
    path = shop.write("nlu.yml", EXAMPLES["rasa/nlu.yml"])
    report = shop.bring(path)
    assert [each.text for each in shop.questions()] == [
        "I want my money for order 1234 back",
        "refund please",
    ]
    assert any("kefu evaluate entities" in note for note in report.notes)
    first = tagged_sentences([path])[0]
    assert dict(zip(first.tokens, first.tags, strict=True))["1234"] == "B-order_number"


def test_several_answers_in_a_cell_and_similar_wordings(shop: Shop) -> None:
    table = (
        "question,answer,similar questions\n"
        "Is it blue?,Yes. || No.,Is it not blue;is it blue\n"
    )
    report = shop.bring(shop.write("faq.csv", table))
    assert shop.answers() == {"Is it blue?": "Yes.", "Is it not blue": "Yes."}
    assert ["2 answers" in row.why for row in report.rejected] == [False, True]
    assert "repeats line 2" in report.rejected[0].why


def test_a_table_of_chats_waits_when_it_is_called_dialogues(shop: Shop) -> None:
    path = shop.write("old.csv", "question,answer\nWho are you?,Ann Lee.\n")
    assert shop.bring(path, kind=Kind.DIALOGUES).waiting == 1
    assert shop.knowledge() == []
