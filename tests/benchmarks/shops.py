"""The two companies that the main job is tried on: bitext-support and the demo shop."""

from pathlib import Path

from tests.driving.labels import OUT_OF_SCOPE, Shop, answers, drawn, questions

ROOT = Path(__file__).parents[2]
BITEXT = ROOT.parent / "shared" / "data" / "bitext-support"
DEMO = ROOT / "bot" / "demo"


class Missing(Exception):
    """Files that a measurement needs are not there."""


def bitext(count: int) -> Shop:
    """27 topics in English; both halves of `intents.dev` are unseen at first.

    Raises:
        Missing: the data set is not on this machine.
    """
    if not BITEXT.is_dir():
        raise Missing(
            f"bitext-support is not in {BITEXT}: put its canonical_answers.jsonl, "
            "intents.train.jsonl.gz and intents.dev.jsonl there"
        )
    knowledge = BITEXT / "canonical_answers.jsonl"
    dev = drawn(questions(BITEXT / "intents.dev.jsonl"), 2 * count)
    return Shop(
        name="bitext-support",
        imports=(knowledge, BITEXT / "intents.train.jsonl.gz"),
        answers=answers(knowledge),
        first=tuple(dev[: len(dev) // 2]),
        second=tuple(dev[len(dev) // 2 :]),
    )


def demo(language: str, count: int) -> Shop:
    """The demo shop in one language; `unseen` was never trained on by anybody."""
    knowledge = DEMO / "knowledge.jsonl"
    unseen = questions(DEMO / "unseen.jsonl", language)
    known = [each for each in unseen if each.intent != OUT_OF_SCOPE]
    strange = [each for each in unseen if each.intent == OUT_OF_SCOPE]
    return Shop(
        name=f"demo shop, {language}",
        imports=(knowledge, DEMO / "intents.jsonl"),
        answers=answers(knowledge),
        first=tuple(drawn(questions(DEMO / "visitors.jsonl", language), count)),
        second=tuple(drawn(known, count)),
        strange=tuple(drawn(strange, count)),
    )
