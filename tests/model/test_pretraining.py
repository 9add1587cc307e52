"""The starter is made from our own texts, can be cut off, and can copy when born."""

import math
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from bot.model.load import load_language_model, resolve_base
from bot.model.prompt import NOT_IN_PASSAGES
from bot.model.tokens import load_tokenizer
from training.card import write_card
from training.facts import facts_of
from training.grounded import KINDS, Maker
from training.newborn import new_model
from training.pretrain import PretrainConfig, example_row, loss_of, pretrain
from training.shop import read_shop
from training.starter import measure, pack
from training.vocabulary import train_vocabulary, write_tokenizer

SHOP = Path(__file__).parents[2] / "bot" / "demo"
TINY = PretrainConfig(
    pieces=4600,
    positions=256,
    width=64,
    layers=2,
    heads=4,
    steps=6,
    batch_tokens=384,
    longest=128,
    warm_up=2,
    threads=1,
    checkpoint_every=2,
)


class CutOffError(Exception):
    """The machine went down."""


def test_a_run_that_was_cut_off_ends_with_the_same_weights(tmp_path: Path) -> None:
    losses: list[float] = []
    whole = pretrain(
        SHOP, tmp_path / "a", TINY, lambda _, measured: losses.append(measured["loss"])
    )

    def cut_off(step: int, _: dict[str, float]) -> None:
        if step == 3:
            raise CutOffError

    with pytest.raises(CutOffError):
        pretrain(SHOP, tmp_path / "b", TINY, cut_off)
    steps: list[int] = []
    resumed = pretrain(SHOP, tmp_path / "b", TINY, lambda step, _: steps.append(step))
    assert steps == [3, 4, 5, 6]
    one, other = (load_file(path / "model.safetensors") for path in (whole, resumed))
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert all(map(math.isfinite, losses))
    assert list((whole / "runs").iterdir())
    packed = tmp_path / "packed"
    pack(whole, packed)
    assert resolve_base(str(packed)).sha256 != resolve_base(str(whole)).sha256
    assert load_language_model(resolve_base(str(packed))).model.dtype == torch.float32
    figures = measure(SHOP, packed, tmp_path, count=1)
    assert 0 < figures["held_out_loss"] < 9
    assert figures["tokens_per_second"]
    write_card(packed, figures, shape="tiny", training="6 steps")
    assert f"{figures['parameters']:,}" in (packed / "README.md").read_text("utf-8")


def test_a_newborn_model_copies_before_it_has_learnt_anything(tmp_path: Path) -> None:
    shop = read_shop(SHOP, "en", held_out=False)
    texts = [question for topic in shop.topics for question in topic.questions]
    write_tokenizer(train_vocabulary(texts, 4600), tmp_path, positions=256)
    tokenizer = load_tokenizer(tmp_path)
    torch.manual_seed(5)
    model = new_model(tokenizer, positions=256, width=256, layers=2, heads=4)
    maker = Maker("en", shop, held_out=False, seed=1)
    rows = [example_row(tokenizer, maker.make("copy"), 200) for _ in range(16)]
    with torch.inference_mode():
        assert loss_of(model, rows).item() < 1.0  # knowing nothing is log 4600 = 8.4
        assert loss_of(model, rows, first=40).item() < 1.0


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("held_out", [False, True])
def test_every_fact_of_an_answer_stands_in_a_passage(
    language: str, held_out: bool
) -> None:
    shop = read_shop(SHOP, language, held_out=held_out)
    maker = Maker(language, shop, held_out=held_out, seed=4)
    for kind in KINDS:
        for _ in range(40):
            made = maker.make(kind)
            assert made.question
            if kind == "missing":
                assert made.answer == NOT_IN_PASSAGES[language]
                continue
            read = " ".join(made.passages)
            assert set(facts_of(made.answer)) <= set(facts_of(read))
            assert made.answer in read


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_held_out_is_never_learnt(language: str) -> None:
    learnt = read_shop(SHOP, language, held_out=False)
    kept = read_shop(SHOP, language, held_out=True)
    assert kept.topics
    assert kept.sections
    assert not {topic.intent for topic in learnt.topics} & {
        topic.intent for topic in kept.topics
    }
    assert not {said for _, said in learnt.sections} & {
        said for _, said in kept.sections
    }


def test_the_same_seed_makes_the_same_examples() -> None:
    shop = read_shop(SHOP, "zh", held_out=False)
    one, two, other = (
        [Maker("zh", shop, held_out=False, seed=seed).make(kind) for kind in KINDS]
        for seed in (1, 1, 2)
    )
    assert one == two != other
