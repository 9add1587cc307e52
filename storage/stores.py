"""The stores of one unit of work: what they do together commits together."""

from dataclasses import dataclass

from sqlmodel import Session

from storage.feedback import FeedbackStore
from storage.hand_overs import HandOvers
from storage.inbox import Inbox
from storage.knowledge import KnowledgeStore
from storage.leases import Leases
from storage.outbox import Outbox
from storage.questions import Questions
from storage.releases import Releases
from storage.runs import Runs
from storage.tagged_texts import TaggedTexts
from storage.turns import Turns


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """Given by `Database.transaction` and `Database.reading`; of no use after."""

    inbox: Inbox
    outbox: Outbox
    turns: Turns
    feedback: FeedbackStore
    knowledge: KnowledgeStore
    questions: Questions
    tagged_texts: TaggedTexts
    releases: Releases
    runs: Runs
    hand_overs: HandOvers
    leases: Leases


def stores_over(session: Session) -> Stores:
    """Every store, in the session's transaction."""
    return Stores(
        inbox=Inbox(session),
        outbox=Outbox(session),
        turns=Turns(session),
        feedback=FeedbackStore(session),
        knowledge=KnowledgeStore(session),
        questions=Questions(session),
        tagged_texts=TaggedTexts(session),
        releases=Releases(session),
        runs=Runs(session),
        hand_overs=HandOvers(session),
        leases=Leases(session),
    )
