"""The starter is made from our own texts, can be cut off, and can copy when born."""

import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from bot.model.files import read_json
from bot.model.load import load_language_model, resolve_base
from bot.model.prompt import NOT_IN_PASSAGES
from bot.model.tokens import load_tokenizer
from storage.problems import EnvironmentProblem
from tests.training.texts import write_texts
from training.batches import Shape, example_row
from training.card import write_card
from training.facts import facts_of
from training.grounded import KINDS, Maker
from training.loss import weighted_loss
from training.newborn import new_model
from training.packing import Packed
from training.pretrain import pretrain
from training.recipe import PretrainConfig, Rates, going_on
from training.run import loss_of
from training.schedule import LOWEST, Clock, share_of_rate
from training.shop import read_shop
from training.sources import sources_of
from training.starter import measure, pack
from training.vocabulary import train_vocabulary, write_tokenizer

SHOP = Path(__file__).parents[2] / "bot" / "demo"
TINY = PretrainConfig(
    pieces=4600,
    width=64,
    layers=2,
    heads=4,
    steps=6,
    shape=Shape(
        read_tokens=320,
        text_tokens=64,
        text_first=2,
        text_first_tokens=192,
        text_width=64,
        positions=256,
    ),
    rates=Rates(warm_up=2),
    threads=1,
    checkpoint_every=2,
)
STILL = Rates(matrices=0.0, writers=0.0, tables=0.0, rest=0.0)


def test_plain_text_comes_first_and_no_row_of_it_twice() -> None:
    shape = replace(TINY.shape, text_first=3)
    assert shape.tokens(2) == (192, 192)
    assert shape.tokens(3) == (320, 64)
    assert [shape.rows_before(step) for step in range(6)] == [0, 3, 6, 9, 10, 11]


class CutOffError(Exception):
    """The machine went down."""


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_texts(tmp_path_factory.mktemp("texts"))


def test_a_run_that_was_cut_off_ends_with_the_same_weights(
    tmp_path: Path, texts: Path
) -> None:
    losses: list[dict[str, float]] = []
    whole = pretrain(
        [texts], SHOP, tmp_path / "a", TINY, lambda _, said: losses.append(dict(said))
    )

    def cut_off(step: int, _: dict[str, float]) -> None:
        if step == 3:
            raise CutOffError

    with pytest.raises(CutOffError):
        pretrain([texts], SHOP, tmp_path / "b", TINY, cut_off)
    steps: list[int] = []
    resumed = pretrain(
        [texts], SHOP, tmp_path / "b", TINY, lambda step, _: steps.append(step)
    )
    assert steps == [3, 4, 5, 6]
    one, other = (load_file(path / "model.safetensors") for path in (whole, resumed))
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert all(math.isfinite(said[name]) for said in losses for name in said)
    assert {"loss", "text_loss", "rate", "done", "seconds_left"} <= set(losses[0])
    assert list((whole / "runs").iterdir())
    packed = tmp_path / "packed"
    pack(whole, packed)
    assert resolve_base(str(packed)).sha256 != resolve_base(str(whole)).sha256
    assert load_language_model(resolve_base(str(packed))).model.dtype == torch.float32
    figures = measure(SHOP, [texts], packed, tmp_path, count=1)
    assert 0 < figures["held_out_loss"] < 10
    assert figures["tokens_per_second"]
    assert 0 < figures["texts"]["zh"]["five_gram"] < figures["texts"]["zh"]["model"]
    sources = sources_of([texts])
    write_card(packed, figures, shape="tiny", training="6 steps", sources=sources)
    card = (packed / "README.md").read_text("utf-8")
    assert f"{figures['parameters']:,}" in card
    assert "Somebody, 2020." in card
    assert "cc-by-sa-4.0" in card


def test_two_processes_take_the_steps_of_one(
    tmp_path: Path, texts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.training.together import compute_exactly

    compute_exactly(monkeypatch.setattr)
    several = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    script = ["-m", "tests.training.together", str(texts), str(tmp_path / "two")]
    subprocess.run([sys.executable, *several, *script], check=True, capture_output=True)
    still = replace(TINY, steps=1, rates=STILL)
    start = pretrain([texts], SHOP, tmp_path / "none", still)
    alone = pretrain([texts], SHOP, tmp_path / "one", replace(TINY, steps=3))
    born, one, two = (
        load_file(path / "model.safetensors")
        for path in (start, alone, tmp_path / "two")
    )
    for name in one:
        moved, beside = ((each[name] - born[name]).flatten() for each in (one, two))
        if moved.norm() > 0:
            # Sums of other orders round otherwise.
            assert torch.nn.functional.cosine_similarity(moved, beside, dim=0) > 0.99
    assert len(list((tmp_path / "two" / "runs").iterdir())) == 1


def test_a_run_goes_on_from_another_models_weights(tmp_path: Path, texts: Path) -> None:
    first = pretrain([texts], SHOP, tmp_path / "a", replace(TINY, steps=1))
    nothing = replace(TINY, steps=1, base=str(first), rates=STILL)
    taken = pretrain([texts], SHOP, tmp_path / "b", nothing)
    assert (taken / "tokenizer.json").read_bytes() == (
        first / "tokenizer.json"
    ).read_bytes()
    one, other = (load_file(path / "model.safetensors") for path in (first, taken))
    assert all(torch.equal(one[name], other[name]) for name in one)
    recipe = going_on(first)
    assert recipe.base == str(first)
    assert recipe.rates.matrices < PretrainConfig().rates.matrices


def test_a_base_that_is_not_there_is_named(tmp_path: Path, texts: Path) -> None:
    missing = replace(TINY, base=str(tmp_path / "nowhere"))
    with pytest.raises(EnvironmentProblem) as told:
        pretrain([texts], SHOP, tmp_path / "out", missing)
    assert told.value.code == "KF-308"
    assert "nowhere" in str(told.value)


def test_rows_of_chinese_come_as_often_as_the_recipe_says() -> None:
    zh, en = np.zeros(500, dtype=np.uint16), np.ones(500, dtype=np.uint16)
    packed = Packed([en, zh, zh, zh], width=10, seed=3)
    rows = [packed.row(number)[0] for number in range(16)]
    assert rows == [1, 0, 0, 0] * 4


def test_a_run_can_be_told_to_end_sooner(tmp_path: Path) -> None:
    def cut_off(step: int, _: dict[str, float]) -> None:
        if step == 3:
            raise CutOffError

    timed = replace(TINY, minutes=60.0)
    with pytest.raises(CutOffError):
        pretrain([], SHOP, tmp_path, timed, cut_off)
    rates: list[tuple[int, float]] = []
    kept = read_json(tmp_path / "checkpoint" / "run.json")
    shorter = replace(TINY, minutes=(kept["seconds"] + 0.2) / 60)
    pretrain(
        [], SHOP, tmp_path, shorter, lambda at, said: rates.append((at, said["rate"]))
    )
    assert rates[0][0] == 3  # the checkpoint of step 2 was used
    assert rates[-1][1] < 0.5


def test_pauses_are_not_training() -> None:
    clock = Clock()
    for passed in (2.0, 2.0, 600.0, 2.0):
        clock.add(passed)
    assert clock.seconds == pytest.approx(8.0)


def test_the_rate_goes_up_and_then_down() -> None:
    rates = [share_of_rate(step, step / 100, warm_up=10) for step in range(101)]
    assert rates[0] < rates[5] < rates[10] > rates[50] > rates[100]
    assert rates[100] == pytest.approx(LOWEST)


def test_the_quick_loss_is_the_plain_one_with_its_gradients() -> None:
    torch.manual_seed(1)
    states = torch.randn(40, 16, requires_grad=True)
    table = torch.randn(50, 16, requires_grad=True)
    wanted, weights = torch.randint(0, 50, (40,)), torch.rand(40)
    quick = weighted_loss(states, table, wanted, weights)
    found = torch.autograd.grad(quick, (states, table))
    plain = torch.nn.functional.cross_entropy(
        states @ table.T, wanted, reduction="none"
    )
    expected = torch.autograd.grad((plain * weights).sum(), (states, table))
    assert quick.item() == pytest.approx((plain * weights).sum().item(), rel=0.02)
    for one, other in zip(found, expected, strict=True):
        assert torch.nn.functional.cosine_similarity(
            one.flatten(), other.flatten(), dim=0
        ) == pytest.approx(1.0, abs=0.01)


def test_every_row_of_text_is_read_before_one_is_read_twice() -> None:
    one, other = np.arange(1, 82), np.arange(100, 121)
    packed = Packed([one, other], width=10, seed=3)
    rows = [packed.row(number) for number in range(16)]
    assert sorted(row[0] for row in rows[::2]) == [1, 11, 21, 31, 41, 51, 61, 71]
    assert sorted(row[0] for row in rows[1:5:2]) == [100, 110]  # the scarce one, sooner
    assert rows == [Packed([one, other], width=10, seed=3).row(n) for n in range(16)]


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
