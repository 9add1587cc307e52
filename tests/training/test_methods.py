"""Every way of tuning, from lessons to a release that writes replies."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import transformers

from bot.model.adapters import quiet_peft
from bot.model.generate import Request
from bot.model.load import BaseModel, load_generator, load_language_model
from storage.problems import EnvironmentProblem
from training.board import Boards
from training.finetune import Tuned, tune
from training.lessons import Lesson
from training.methods import FinetuneConfig, Method

LESSONS = [
    Lesson(
        example_id=f"e{number}",
        question=f"where is order {number}?",
        language="en",
        passages=(f"Order {number} leaves Hangzhou today.", "Returns take 30 days."),
        answer=f"Order {number} leaves Hangzhou today.",
    )
    for number in range(40)
]
SMALL = FinetuneConfig(rank=4, virtual=6, epochs=6, batch_tokens=1024, threads=1)
TRAINED: tuple[Method, ...] = ("lora", "adalora", "prefix", "prompt")
ASKED = Request(
    question="where is order 7?",
    language="en",
    passages=("Order 7 leaves Hangzhou today.",),
    max_new_tokens=8,
)


def tuned(
    base: BaseModel, folder: Path, method: Method, **changes: object
) -> tuple[Tuned, Path]:
    config = replace(SMALL, method=method, **changes)  # type: ignore[arg-type]
    boards = Boards(logs=folder / "runs" / method)
    out = folder / method
    return tune(LESSONS, base=base, out=out, boards=boards, config=config), out


@pytest.mark.parametrize("method", TRAINED)
def test_a_method_learns_and_its_release_computes_what_peft_computes(
    method: Method, tiny_base: BaseModel, tmp_path: Path
) -> None:
    first, _ = tuned(tiny_base, tmp_path / "one", method, epochs=1)
    last, out = tuned(tiny_base, tmp_path, method)
    assert last.loss < first.loss
    assert list((tmp_path / "runs" / method).glob("events.out.tfevents*"))
    assert {path.name for path in out.iterdir()} == {
        "adapter_config.json",
        "adapter_model.safetensors",
    }
    ours = load_language_model(tiny_base, lora=out).model.eval()
    theirs = plain_peft(tiny_base, out)
    ids = torch.tensor([[5, 80, 300, 41, 7], [9, 8, 7, 6, 5]])
    with torch.no_grad():
        given = ours(input_ids=ids).logits
        wanted = theirs(input_ids=ids).logits[:, -5:]
        alone = load_language_model(tiny_base).model.eval()(input_ids=ids).logits
    assert torch.allclose(given, wanted, atol=1e-4)
    assert not torch.allclose(given, alone, atol=1e-2)


def plain_peft(base: BaseModel, out: Path) -> torch.nn.Module:
    import peft

    with quiet_peft():
        model = transformers.AutoModelForCausalLM.from_pretrained(str(base.directory))
        made: torch.nn.Module = peft.PeftModel.from_pretrained(model, str(out)).eval()
    return made


@pytest.mark.parametrize("method", TRAINED)
def test_what_merges_is_served_by_the_engine_the_rest_by_transformers(
    method: Method, tiny_base: BaseModel, tmp_path: Path
) -> None:
    _, out = tuned(tiny_base, tmp_path, method, epochs=1)
    kept = tmp_path / "engine"
    served = load_generator(tiny_base, lora=out, kept=kept)
    merges = method in {"lora", "adalora"}
    assert served.logits_fingerprint().split()[0] == ("int8" if merges else "float32")
    assert kept.is_dir() is merges
    alone, other = (
        ASKED,
        replace(ASKED, question="returns?", passages=("30 days " * 9,)),
    )
    [one] = served.generate([alone])
    assert one == served.generate([alone, other])[0]  # padded or not


def test_an_adapter_of_another_kind_is_refused(
    tiny_base: BaseModel, tmp_path: Path
) -> None:
    _, out = tuned(tiny_base, tmp_path, "lora", epochs=1)
    told = json.loads((out / "adapter_config.json").read_text(encoding="utf-8"))
    text = json.dumps(told | {"peft_type": "IA3"})
    (out / "adapter_config.json").write_text(text, encoding="utf-8")
    with pytest.raises(EnvironmentProblem, match="KF-415"):
        load_language_model(tiny_base, lora=out)


class Killed(Exception):
    """The process ends here."""


@pytest.mark.parametrize("method", ["lora", "adalora", "prefix"])
def test_a_tuning_that_was_cut_off_ends_as_if_it_had_not_been(
    method: Method,
    tiny_base: BaseModel,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("training.tuning.KEEP_EVERY", 0.0)
    config = replace(SMALL, method=method, dropout=0.1 if method == "lora" else 0.0)
    heard: list[float] = []

    def learn(name: str, stop_at: float = 2.0) -> Tuned:
        def hear(share: float) -> None:
            heard.append(share)
            if share >= stop_at:
                raise Killed

        return tune(
            LESSONS,
            base=tiny_base,
            out=tmp_path / name,
            boards=Boards(logs=tmp_path / "runs" / name),
            config=config,
            unfinished=tmp_path / f"unfinished-{name}",
            progress=hear,
        )

    whole = learn("whole")
    for stop_at in (0.3, 0.8):
        with pytest.raises(Killed):
            learn("cut", stop_at)
    heard.clear()
    assert learn("cut") == whole
    assert heard[0] > 0.7
    one, other = (
        (tmp_path / name / "adapter_model.safetensors").read_bytes()
        for name in ("whole", "cut")
    )
    assert one == other
    assert not (tmp_path / "unfinished-cut").exists()
