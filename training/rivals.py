"""Three ways to answer the same questions: with the generator, without, by copying.

With it, as it is served: an approved answer where one matches, else the written reply
if the guard accepts it, else the honest fallback. Without: the approved answer, or the
fallback. By copying: the answer to the nearest known question by BM25, whatever the
question is.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import bm25s

from bot.answer import without_heading
from bot.asked import fitting
from bot.guard import check
from bot.importing.answered import Asked
from bot.inquiry import Inquiry
from bot.model.focus import focus
from bot.model.generate import Request
from bot.model.prompt import not_found
from bot.phrases import say
from bot.policy import Policy
from bot.retrieve import Passage, Shelf, as_passage
from bot.text import character_bigrams, question_key
from bot.understand import intents_of, understand
from storage.records import KnowledgeKind, Origin
from training.generator_fit import Subject

PASSAGES: Final = 4  # as in serving
SEARCHED: Final = 8
MEANT: Final = 3  # intents whose answers are put before the generator
MOST_KNOWN: Final = 5000  # answers that it chooses from where nothing is shown
TOGETHER: Final = 64  # requests between two reports


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A reply and what it rests on; `answered` is False for the honest fallback."""

    text: str
    sources: tuple[str, ...] = ()
    answered: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What the generator was asked and wrote, and what the guard said of it."""

    request: Request
    draft: Said
    objections: tuple[str, ...]


class Nearest:
    """Texts by BM25 (Robertson and Zaragoza 2009), as bm25s computes it."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._index = bm25s.BM25() if texts else None
        self._size = len(texts)
        if self._index is not None:
            tokens = [character_bigrams(text) or [""] for text in texts]
            self._index.index(tokens, show_progress=False)

    def find(self, text: str, count: int = 1) -> list[int]:
        """Places of the texts that share a word with this one, best first."""
        if self._index is None:
            return []
        places, scores = self._index.retrieve(
            [character_bigrams(text) or [""]],
            k=min(count, self._size),
            show_progress=False,
        )
        pairs = zip(places[0].tolist(), scores[0].tolist(), strict=True)
        return [int(place) for place, score in pairs if score > 0]


class Rivals:
    """All three over the same knowledge.

    Args:
        retrieval: False shows the generator no passage; what it then writes must rest
            on the approved answers nearest to it.
    """

    def __init__(self, subject: Subject, *, retrieval: bool) -> None:
        self._model, self._writer = subject.model, subject.writer
        self.retrieval = retrieval
        self._knowledge, self._pairs = subject.knowledge, subject.pairs
        self._longest = subject.longest
        self._shelf = Shelf(encode=subject.model.encoder.encode)
        self._shelf.refresh(subject.knowledge, 1)
        self._questions = Nearest([asked for asked, _ in subject.pairs])
        self._texts = Nearest([each.text for each in subject.knowledge])
        self._answers = {
            question_key(each.text): each
            for each in subject.knowledge
            if each.kind is KnowledgeKind.ANSWER
        }

    def copied(self, asked: Asked) -> Said:
        """The answer to the nearest known question."""
        for place in self._questions.find(asked.question):
            text = self._pairs[place][1]
            return Said(text=text, sources=(text,))
        return self._unknown(asked)

    def without(self, asked: Asked) -> Said:
        """What is said with the generator off."""
        inquiry = Inquiry(
            model=replace(self._model, generator=None),
            shelf=self._shelf,
            policy=Policy(only_from_knowledge=True, max_clarifications=0),
            turns=(),
        )
        reply = inquiry.answer(asked.question, asked.language).reply
        if reply.origin is not Origin.APPROVED:
            return self._unknown(asked)
        return Said(text=reply.text, sources=(reply.text,))

    def write(
        self,
        rows: Sequence[Asked],
        progress: Callable[[float], None] = lambda _: None,
    ) -> list[Written]:
        """A draft for each, and whether it may leave."""
        found = [self._found(asked) for asked in rows]
        requests = [
            self._request(asked, self._shown(asked, passages))
            for asked, passages in zip(rows, found, strict=True)
        ]
        written: list[Written] = []
        for start in range(0, len(requests), TOGETHER):
            some = requests[start : start + TOGETHER]
            drafts = self._writer.generate(some)
            for request, text, passages in zip(
                some, drafts, found[start : start + TOGETHER], strict=True
            ):
                written.append(self._checked(request, text, passages))
            progress(len(written) / len(requests))
        return written

    def _request(self, asked: Asked, shown: Sequence[str]) -> Request:
        """As serving asks it. Without passages it says one of what it has learnt."""
        parts = focus(shown, asked.question, self._shelf.alike, fitting)
        request = Request.reading(
            question=asked.question,
            language=asked.language,
            passages=shown,
            parts=parts,
            max_new_tokens=self._longest,
        )
        if shown or len(self._answers) > MOST_KNOWN:
            return request
        known = [each.text for each in self._answers.values()]
        known.append(not_found(asked.language))
        return replace(request, choices=tuple(known))

    def with_generator(self, asked: Asked, written: Written, silent: Said) -> Said:
        """What is said with the generator on.

        Args:
            silent: what is said without it. With retrieval an approved answer comes
                first, as in serving; without, the draft stands alone.
        """
        if self.retrieval and silent.answered:
            return silent
        return self._unknown(asked) if written.objections else written.draft

    def _found(self, asked: Asked) -> list[Passage]:
        """The answers to what is likely meant, then what the search finds."""
        if asked.passages is not None or not self.retrieval:
            return []
        view = understand(asked.question, asked.language, self._model.intents)
        likely = [
            Passage(knowledge=answer, score=share)
            for intent, share in view.understanding.alternatives[:MEANT]
            if intent in intents_of(view.understanding)
            and (
                answer := self._shelf.by_intent(intent, asked.language, asked.question)
            )
        ]
        searched = self._shelf.search(asked.question, asked.language, SEARCHED)
        once = {each.knowledge.id: each for each in reversed([*likely, *searched])}
        return list(reversed(once.values()))[:PASSAGES]

    def _shown(self, asked: Asked, found: Sequence[Passage]) -> Sequence[str]:
        if asked.passages is not None:
            return asked.passages if self.retrieval else ()
        return [as_passage(each.knowledge) for each in found]

    def _checked(
        self, request: Request, text: str, passages: Sequence[Passage]
    ) -> Written:
        draft = without_heading(text.strip(), passages)
        sources = [*request.passages]
        approved = self._answers.get(question_key(draft))
        if approved is not None:
            # Word for word it is its own source, under what it was approved for.
            sources.insert(0, as_passage(approved))
        elif not self.retrieval:
            near = self._texts.find(draft, PASSAGES)
            sources = [self._knowledge[place].text for place in near]
        objections = check(draft, sources, request.question, request.language)
        return Written(
            request=request,
            draft=Said(text=draft, sources=tuple(sources)),
            objections=tuple(objections),
        )

    def _unknown(self, asked: Asked) -> Said:
        return Said(text=say("fallback", asked.language), answered=False)


def refusals(written: Sequence[Written]) -> Mapping[str, int]:
    """How often each kind of objection was made, most often first."""
    kinds = Counter(
        kind
        for each in written
        for kind in {objection.partition(":")[0] for objection in each.objections}
    )
    return dict(kinds.most_common())
