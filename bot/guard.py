"""The last look at a written reply: it leaves only if its sources carry it.

Strict on purpose: a refused good draft costs a clarifying question, an accepted bad
one costs a customer. Pure: the same draft and sources give the same objections.
"""

import re
from collections.abc import Callable, Sequence

from bot import dates, degenerate, demanded, polarity, promises, statements, support
from bot.copied import is_whole
from bot.facts import IDENTIFIERS, Fact, facts, without_facts
from bot.model.gloss import glossary
from bot.model.prompt import NOT_IN_PASSAGES
from bot.text import HAN, normalise, words

_MARKUP = re.compile(r"<[!@#][^>]*>|<[a-zA-Z/][^>]*>|@(?:here|channel|everyone|all)\b")
_QUOTED = re.compile(
    r"“([^“”]{1,60})”|「([^「」]{1,60})」|『([^『』]{1,60})』|《([^《》]{1,60})》|【([^【】]{1,60})】"
    r"|\"([^\"\n]{1,60})\"|(?<!\w)'([^'\n]{2,60})'(?!\w)"
)
_CAPITALS = re.compile(r"[^\W\d_]+(?:['’\-&][^\W\d_]+)*")
_LATIN = re.compile(r"[A-Za-z]+(?:['’\-&][A-Za-z]+)*")
_SENTENCE_START = re.compile(r"(?:^|[.!?:;。！？：；\n•\-*\"“'(]\s*|\d+[.)]\s*)$")
_HAN_RUN = re.compile(rf"[{HAN}]+")
_PEOPLE_ZH = re.compile(
    rf"[{HAN}]{{1,3}}(?:先生|女士|小姐|经理|主管|主任|老师|师傅|店长|专员)"
)
_HARMLESS = frozenset({"i", "ok", "i'm", "i'll", "i've", "i'd", "hi", "hello", "ps"})

_MOST_SHOWN = 5
_LEAST_LETTERS = 4  # of a word that is looked up


def check(
    draft: str,
    sources: Sequence[str],
    question: str,
    language: str,
    *,
    met: bool = False,
) -> list[str]:
    """Why a draft must not be sent: one line per objection, none if it may be.

    Args:
        draft: the written reply.
        sources: the texts that it was written from.
        question: what the customer asked; only order numbers, names and links to
            nowhere new may be repeated from it, never amounts or dates.
        language: "zh" or "en", what the reply must be in.
        met: whether it is known by other means that what the draft says is about
            the question; then the words that they share are not counted.
    """
    copied = [source for source in sources if is_whole(draft, source)]
    astray = degenerate.faults(draft, language, copied=bool(copied))
    if astray:
        return astray
    known = list(sources)
    objections = _form(draft)
    objections += _foreign_words(draft, known, question, language)
    objections += _unsupported_facts(draft, known, question, copied=bool(copied))
    objections += _unknown_names(draft, known, question, language)
    objections += _unknown_words(draft, known, question)
    objections += _shown("promises", promises.promises(draft, known))
    objections += _shown("claims without a source", promises.unfounded(draft, known))
    objections += _shown("contradicts", polarity.flipped(draft, known, question))
    objections += support.objections(draft, known, question, met=met)
    objections += demanded.objections(draft, question, counted=not met)
    return objections or statements.objections(
        draft, known, question, _same(question), copied=copied, met=met
    )


def check_next(
    said: str, sentence: str, sources: Sequence[str], question: str, language: str
) -> list[str]:
    """Why a sentence must not follow what was said: as `check`, of all up to its end.

    Its words must stand in the sources by themselves: many good ones before it do not
    make up for them.
    """
    objections = check(said + sentence, sources, question, language)
    return objections or support.footing(sentence, sources, question)


def ungrounded(draft: str, sources: Sequence[str], question: str) -> list[str]:
    """What of a text does not stand in its sources: facts, words, pairs of words."""
    copied = any(is_whole(draft, source) for source in sources)
    return _unsupported_facts(
        draft, sources, question, copied=copied
    ) + support.footing(draft, sources, question)


def carried_facts(draft: str, sources: Sequence[str], question: str) -> tuple[int, int]:
    """How many of a text's facts stand in its sources, and how many it states."""
    stated = facts(draft)
    return len(stated) - len(_missing(stated, sources, question)), len(stated)


def _form(draft: str) -> list[str]:
    objections = []
    if _MARKUP.search(draft):
        objections.append("it has markup or a mass mention")
    if _gives_up(draft):
        objections.append("it says that nothing was found")
    return objections


def _gives_up(draft: str) -> bool:
    said = normalise(draft)
    return any(normalise(phrase) in said for phrase in NOT_IN_PASSAGES.values())


def _foreign_words(
    draft: str, sources: Sequence[str], question: str, language: str
) -> list[str]:
    if language == "zh":
        return []
    known = normalise("\n".join([*sources, question]))
    foreign = [run for run in _HAN_RUN.findall(draft) if run not in known]
    return _shown("foreign words", foreign)


def _missing(
    stated: Sequence[Fact], sources: Sequence[str], question: str
) -> list[Fact]:
    known = [fact for source in sources for fact in facts(source)]
    asked = _identifiers(question)
    return [
        fact
        for fact in stated
        if not _is_known(fact, known) and not _is_asked(fact, asked)
    ]


def _identifiers(question: str) -> set[str]:
    """What a reply may repeat: a number of five digits or more is an order number."""
    named = {fact.value for fact in facts(question) if fact.kind in IDENTIFIERS}
    return named | set(re.findall(r"\d{5,30}", normalise(question)))


def _unsupported_facts(
    draft: str, sources: Sequence[str], question: str, *, copied: bool
) -> list[str]:
    missing = [fact.shown for fact in _missing(facts(draft), sources, question)]
    misplaced = [] if copied else _misplaced(draft, sources, question)
    return (
        _shown("not in the sources", missing)
        + _shown("said of something else", misplaced)
        + _shown("turned round", polarity.turned_round(draft, sources))
    )


def _misplaced(draft: str, sources: Sequence[str], question: str) -> list[str]:
    """Facts that the sources have, but in no sentence about what the draft is about."""
    pieces = [piece for source in sources for piece in support.sentences(source)]
    known = [(support.subject(piece), facts(piece)) for piece in pieces]
    asked = support.subject(question)
    found: list[str] = []
    for text in support.sentences(draft):
        subject = support.subject(text) | asked
        for fact in facts(text):
            about = [words for words, held in known if _is_known(fact, held)]
            if about and subject and not any(subject & words for words in about):
                found.append(fact.shown)
    return found


def _is_known(fact: Fact, known: Sequence[Fact]) -> bool:
    if fact in known:
        return True
    if fact.kind == "date":
        return any(dates.agree(fact.value, k.value) for k in known if k.kind == "date")
    if fact.kind in ("number", "code", "digits") and fact.value.isalnum():
        # A bare number, an order number or a telephone number: one row of digits.
        return any(fact.value == k.value for k in known if k.kind in _ROWS)
    return False


def _same(question: str) -> Callable[[Fact, Sequence[Fact]], bool]:
    """Whether a fact is one of a sentence's, or the customer's own number."""
    asked = _identifiers(question)
    return lambda fact, known: _is_known(fact, known) or _is_asked(fact, asked)


_ROWS = frozenset({"number", "code", "digits"})


def _is_asked(fact: Fact, asked: set[str]) -> bool:
    return fact.kind in _ROWS and fact.value in asked


# --- names -----------------------------------------------------------------------


def _unknown_words(draft: str, sources: Sequence[str], question: str) -> list[str]:
    """Words of Latin letters that stand nowhere and are no English: "beload"."""
    said = set(words("\n".join([*sources, question])))
    strange = [
        word
        for word in words(draft)
        if len(word) >= _LEAST_LETTERS
        and word.isascii()
        and word.isalpha()
        and word not in said
        and not glossary().is_english(word)
    ]
    return _shown("words that nobody knows", strange)


def _unknown_names(
    draft: str, sources: Sequence[str], question: str, language: str
) -> list[str]:
    known = normalise("\n".join([*sources, question]))
    # What is left of a code when its numbers are taken out is no name: "QX7-991".
    plain_sources = (without_facts(source) for source in sources)
    known_words = set(words(known)).union(*map(words, plain_sources))
    quoted = [next(filter(None, m.groups())) for m in _QUOTED.finditer(draft)]
    names = [name for name in quoted if normalise(name).strip(" .,!?") not in known]
    plain = without_facts(draft)
    written = _LATIN.findall(plain) if language == "zh" else _capitalised(plain)
    names += [name for name in written if not _has_word(name, known, known_words)]
    if language == "zh":
        names += [
            person for person in _PEOPLE_ZH.findall(draft) if person[-4:] not in known
        ]
    return _shown("names not in the sources", list(dict.fromkeys(names)))


def _has_word(name: str, known: str, known_words: set[str]) -> bool:
    folded = normalise(name).removesuffix("'s")
    if folded in _HARMLESS or folded in known_words or folded + "s" in known_words:
        return True
    return (
        len(folded) > 3
        and folded.removesuffix("s") in known_words
        or (not folded.isascii() and folded in known)
    )


def _capitalised(draft: str) -> list[str]:
    """Capitalised words that do not merely begin a sentence."""
    found: list[str] = []
    for match in _CAPITALS.finditer(draft):
        word = match.group()
        if not word[0].isupper() or _HAN_RUN.search(word):
            continue
        begins = _SENTENCE_START.search(draft[: match.start()]) is not None
        following = _CAPITALS.match(draft, match.end() + 1)
        part_of_name = following is not None and following.group()[0].isupper()
        if (
            not begins
            or word.isupper()
            and len(word) > 1
            or _names_someone(part_of_name, following)
        ):
            found.append(word)
    return found


def _names_someone(part_of_name: bool, following: re.Match[str] | None) -> bool:
    return (
        part_of_name
        and following is not None
        and normalise(following.group()) not in _HARMLESS
    )


def _shown(what: str, found: Sequence[str]) -> list[str]:
    if not found:
        return []
    return [f"{what}: " + "; ".join(list(dict.fromkeys(found))[:_MOST_SHOWN])]
