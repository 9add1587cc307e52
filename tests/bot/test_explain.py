"""Why a turn is what it is: for every reply there is, in both languages."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.attribution import Scores, effects, log_odds, pieces
from bot.explain import FAILED, NOT_REACHED, PASSED, Explanation, explain
from bot.explain_text import _NAMES, _WORDS, lines
from bot.model.encoder import Encoder
from bot.retrieve import CORRECTION
from storage.database import Database
from storage.records import Action, Role, Turn
from tests.bot.events import press
from tests.bot.small import (
    SHOP,
    Parrot,
    Shop,
    SmallModel,
    answer,
    message,
    open_shop,
)
from tests.model.conftest import encoder
from tests.training.test_intents import examples
from tests.training.workspace import questions
from training.intents import Fitted, IntentConfig, fit

__all__ = ["encoder"]

CORRECTED = answer("Can I pay in coins?", "Yes, at the counter.", source=CORRECTION)
Play = Callable[[Shop], Turn]


def ask(*texts: str) -> Play:
    """The turn of the last of some messages of one conversation."""

    def play(shop: Shop) -> Turn:
        return [shop.desk.answer(message(text)) for text in texts][-1]

    return play


def pressed(*texts: str, number: int) -> Play:
    def play(shop: Shop) -> Turn:
        return shop.desk.answer(press(ask(*texts)(shop).id, number))

    return play


def by_admin(text: str) -> Play:
    def play(shop: Shop) -> Turn:
        return shop.desk.answer(message(text, role=Role.ADMIN))

    return play


ANGRY = "this is terrible!!! I am furious, you useless idiots, worst shop ever!!!"
PLAYS: dict[str, tuple[Play, Action, str, str]] = {
    # name: what is played, its action, its kind and what decided
    "the very question": (ask("where is my order"), Action.ANSWER, "question", "exact"),
    "a corrected one": (
        ask("can I pay in the coins please"),
        Action.ANSWER,
        "question",
        "corrected",
    ),
    "an intent": (ask("my parcel please"), Action.ANSWER, "question", "intent"),
    "in Chinese": (ask("我的包裹呢"), Action.ANSWER, "question", "intent"),
    "small talk": (ask("hello there"), Action.SMALL_TALK, "question", "intent"),
    "a near question": (
        ask("how do I return the item please"),
        Action.ANSWER,
        "question",
        "match",
    ),
    "written": (ask("what does gift wrap cost"), Action.ANSWER, "question", "ground"),
    "refused": (
        ask("what does gift wrap cost", "tell me what gift wrap costs then"),
        Action.DECLINE,
        "question",
        "decline",
    ),
    "asked back": (ask("about an order"), Action.CLARIFY, "question", "clarify"),
    "asked enough": (
        ask("about an order", "the order, you know"),
        Action.DECLINE,
        "question",
        "decline",
    ),
    "no business": (ask("the weather"), Action.DECLINE, "question", "decline"),
    "nothing at all": (ask("zzz qqq"), Action.DECLINE, "question", "decline"),
    "a choice": (pressed("about an order", number=1), Action.ANSWER, "choice", ""),
    "none": (pressed("about an order", number=2), Action.DECLINE, "choice", ""),
    "gone": (pressed("my parcel", number=7), Action.SMALL_TALK, "unreadable", ""),
    "typed": (ask("about an order", "1"), Action.ANSWER, "choice", ""),
    "asked for": (ask("/human"), Action.HAND_OVER, "hand_over", ""),
    "offered": (ask("the weather", "yes"), Action.HAND_OVER, "hand_over", ""),
    "angry": (ask(ANGRY), Action.HAND_OVER, "question", "decline"),
    "help": (ask("/help"), Action.SMALL_TALK, "command", ""),
    "refused command": (ask("/train"), Action.SMALL_TALK, "command", ""),
    "a command": (by_admin("/status"), Action.SMALL_TALK, "command", ""),
    "empty": (ask("?!"), Action.SMALL_TALK, "unreadable", ""),
    "emoji": (ask("🙂"), Action.SMALL_TALK, "unreadable", ""),
    "too long": (ask("x" * 9000), Action.SMALL_TALK, "unreadable", ""),
    "a file": (ask("\x00\x01PNG\x00\x02"), Action.SMALL_TALK, "unreadable", ""),
}


@pytest.fixture
def shop(sqlite_database: Database) -> Shop:
    drafts = ("Gift wrap costs ¥12.", "Bags cost ¥99.")
    return open_shop(
        sqlite_database,
        model=SmallModel(generator=Parrot(*drafts)),
        knowledge=(*SHOP, CORRECTED),
    )


def explained(shop: Shop, turn: Turn) -> Explanation:
    """By what is in the database alone, as it is read back."""
    with shop.looking() as stores:
        kept = stores.turns.get(turn.id)
        assert kept is not None
        titles = {each.id: each.question for each in stores.knowledge.all("default")}
    return explain(kept, titled=titles.get, scores=None)


@pytest.mark.parametrize("name", PLAYS)
def test_every_reply_can_say_why(shop: Shop, name: str) -> None:
    play, action, kind, rule = PLAYS[name]
    turn = play(shop)
    why = explained(shop, turn)
    assert (turn.action, why.kind) == (action, kind)
    decided = [step.rule for step in why.steps if step.result == PASSED]
    assert decided == ([rule] if rule else [])
    for language in ("en", "zh"):
        told = "\n".join(lines(why, language))
        assert _NAMES[language]["kind unknown"] not in told
        assert "kind " not in told
        assert _NAMES[language][turn.action.value] in told


@pytest.mark.parametrize("name", [n for n, play in PLAYS.items() if play[3]])
def test_the_thresholds_bear_out_what_was_decided(shop: Shop, name: str) -> None:
    play, _, _, rule = PLAYS[name]
    steps = explained(shop, play(shop)).steps
    results = [step.result for step in steps]
    place = [step.rule for step in steps].index(rule)
    assert results[:place] == [FAILED] * place
    assert results[place + 1 :] == [NOT_REACHED] * (len(steps) - place - 1)
    for step in steps[: place + 1]:
        assert step.because in _NAMES["en"]
        if step.because == "below":
            assert step.score is not None
            assert step.threshold is not None
            assert step.score < step.threshold
        elif step.result == PASSED and step.rule in ("corrected", "intent", "match"):
            assert step.score is not None
            assert step.score >= (step.threshold or 2.0)


def test_sources_show_what_words_and_meaning_make_of_them(shop: Shop) -> None:
    why = explained(shop, ask("what does gift wrap cost")(shop))
    used = [each for each in why.found if each.used]
    assert used[0].title == "Gift wrap"
    assert used[0].by_words == pytest.approx(used[0].score)  # there is no encoder here
    assert used[0].by_meaning is None


def test_a_refused_draft_says_what_the_guard_had_against_it(shop: Shop) -> None:
    play = PLAYS["refused"][0]
    step = next(s for s in explained(shop, play(shop)).steps if s.rule == "ground")
    assert (step.because, step.result) == ("refused", FAILED)
    assert any("99" in line for line in step.detail)


def test_a_mended_draft_says_what_was_wrong_with_it(sqlite_database: Database) -> None:
    model = SmallModel(generator=Parrot("Gift wrap costs ¥99."))
    shop = open_shop(sqlite_database, model=model)
    turn = ask("what does gift wrap cost")(shop)
    step = next(s for s in explained(shop, turn).steps if s.rule == "ground")
    assert step.result == PASSED
    assert any("99" in line for line in step.detail)


def test_an_angry_customers_hand_over_says_what_it_stands_for(shop: Shop) -> None:
    why = explained(shop, PLAYS["angry"][0](shop))
    assert why.instead_of == "decline"
    assert "too angry" in "\n".join(lines(why, "en"))


def test_knowledge_that_was_retired_since_is_still_named(shop: Shop) -> None:
    turn = ask("where is my order")(shop)
    why = explain(turn, titled=lambda _id: None, scores=None)
    assert why.found[0].title == "Where is my order?"


def test_a_turn_of_an_older_kefu_is_explained_as_far_as_it_goes(shop: Shop) -> None:
    turn = ask("my parcel please")(shop)
    for odd in (
        {},
        {"scores": [1]},
        {"route": "intent"},
        {"route": "gone", "passages": [[]]},
    ):
        why = explain(replace(turn, why=odd), titled=lambda _id: None, scores=None)
        assert lines(why, "en")
        assert lines(why, "zh")


def test_both_languages_have_the_same_words() -> None:
    for table in (_WORDS, _NAMES):
        assert table["en"].keys() == table["zh"].keys()


# --- which words made the intent ---------------------------------------------------


@pytest.fixture(scope="module")
def fitted(encoder: Encoder) -> Fitted:
    return fit(examples(list(questions())[::2]), encoder, IntentConfig(), seed=1)


@pytest.mark.parametrize(
    ("text", "intent", "word"),
    [
        ("hello, I forgot the password of my account", "password", "password"),
        ("could you tell me about a refund for this", "refund", "refund"),
        ("您好，我的密码不记得了", "password", "密码"),
        ("请问营业时间是怎样的", "hours", "营业"),
    ],
)
def test_the_word_that_says_it_counts_most(
    fitted: Fitted, text: str, intent: str, word: str
) -> None:
    told = effects(text, intent, fitted.model)
    assert max(told, key=lambda each: each.effect).text.startswith(word[:2])
    assert all(text[each.start : each.end] == each.text for each in told)


def test_leaving_out_the_strongest_word_hurts_more_than_another(fitted: Fitted) -> None:
    """An explanation is faithful if the model misses the word that it names."""
    scores: Scores = fitted.model
    named, others, count = 0.0, 0.0, 0
    for text, intent, _ in list(questions())[::3]:
        if intent == "oos":
            continue
        place = list(scores.labels).index(intent)
        spans = list(pieces(text))
        best = max(effects(text, intent, scores), key=lambda each: each.effect)
        whole = float(log_odds(scores.logits([text]), place)[0])
        rest = [span for span in spans if span != (best.start, best.end)]
        if not rest:
            continue
        texts = [text[: best.start] + text[best.end :]]
        texts += [text[:start] + text[end:] for start, end in rest]
        fallen = whole - log_odds(scores.logits(texts), place)
        named += float(fallen[0])
        others += float(fallen[1:].mean())
        count += 1
    assert count > 30
    assert named / count > 1.0
    assert named > 3 * max(others, 0.0)


def test_words_are_told_apart_in_any_text() -> None:
    text = "我想查一下my订单, please!"
    told = [text[start:end] for start, end in pieces(text)]
    assert "".join(told) == "我想查一下my订单please"
    assert "my" in told
    assert "订单" in told
    assert not list(pieces(""))
    assert not list(pieces("?! 🙂"))


def test_an_unknown_intent_or_a_text_without_words_has_no_effects(
    fitted: Fitted,
) -> None:
    assert effects("where is my order", "nonsense", fitted.model) == ()
    assert effects("?!", "track", fitted.model) == ()
    assert 0 < len(effects("where is my order " * 20, "track", fitted.model)) <= 48
