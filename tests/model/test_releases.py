"""A release is loaded only if every file of it is the one that was evaluated."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from bot.model.adapters import quiet_peft
from bot.model.encoder import Encoder
from bot.model.files import CONVERTING
from bot.model.generate import Request
from bot.model.live import NO_RELEASE, Live, Model, same_fingerprint
from bot.model.load import (
    BaseModel,
    load_base,
    load_language_model,
    load_release,
    resolve_base,
)
from bot.model.manifest import Manifest, hash_files
from bot.model.thresholds import DEFAULT, Thresholds, of_language
from storage.problems import BadInput, EnvironmentProblem
from tests.model.small import small_model

ASKED = Request(question="return fee?", language="en", passages=("The fee is ¥10.",))


def make_release(directory: Path, base: BaseModel, encoder: Encoder) -> Manifest:
    model = small_model(encoder, ["return it", "order"], ("order", "return"))
    model.save(directory / "intents")
    manifest = Manifest(
        version="v0003",
        base=base.name,
        base_sha256=base.sha256,
        encoder_sha256=encoder.sha256,
        dataset_fingerprint="abc",
        row_ids=("1", "2"),
        seed=7,
        libraries={"torch": "2.13.0"},
        scores={"right": 0.9},
        thresholds={"en": Thresholds(answer=0.7, clarify=0.2, match=0.8, ground=0.5)},
        fingerprint="",
        files=hash_files(directory),
        created_at=datetime(2026, 5, 1, tzinfo=UTC),
    )
    manifest.write(directory)
    return manifest


@pytest.fixture
def release(tmp_path: Path, tiny_base: BaseModel, lora: Path, encoder: Encoder) -> Path:
    directory = tmp_path / "v0003"
    shutil.copytree(lora, directory / "lora")
    make_release(directory, tiny_base, encoder)
    return directory


def refused(release: Path, base: BaseModel, encoder: Encoder) -> str:
    with pytest.raises(EnvironmentProblem) as told:
        load_release(release, base=base, encoder=encoder).fingerprint()
    assert told.value.fix
    return told.value.code


def test_a_release_is_read_as_it_was_written(
    release: Path, tiny_base: BaseModel, encoder: Encoder
) -> None:
    model = load_release(release, base=tiny_base, encoder=encoder)
    assert model.version == "v0003"
    assert model.manifest == Manifest.read(release)
    assert model.intents is not None
    assert model.intents.predict("return", "en").intent in ("order", "return")
    assert of_language(model.thresholds, "en").answer == 0.7
    assert of_language(model.thresholds, "zh") == DEFAULT
    assert model.generator is not None
    first = model.generator.generate([ASKED, ASKED])
    assert first[0] == first[1]


def test_the_lora_loads_in_plain_transformers_and_peft(
    release: Path, tiny_base: BaseModel
) -> None:
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    base = AutoModelForCausalLM.from_pretrained(str(tiny_base.directory))
    with quiet_peft():
        plain = PeftModel.from_pretrained(base, str(release / "lora")).eval()
    ours = load_language_model(tiny_base, lora=release / "lora").model.eval()
    ids = torch.tensor([[5, 6, 7, 8]])
    with torch.inference_mode():
        wanted, given = plain(ids).logits, ours(ids).logits
        untuned = load_language_model(tiny_base).model.eval()(ids).logits
    assert torch.allclose(wanted, given, atol=1e-4)
    assert not torch.allclose(untuned, given, atol=1e-1)


def test_changed_missing_and_added_files_are_refused(
    release: Path, tiny_base: BaseModel, encoder: Encoder
) -> None:
    weights = release / "lora" / "adapter_model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert refused(release, tiny_base, encoder) == "KF-302"
    weights.write_bytes(whole[:-100])
    assert refused(release, tiny_base, encoder) == "KF-302"
    weights.unlink()
    assert refused(release, tiny_base, encoder) == "KF-302"
    weights.write_bytes(whole)
    (release / "notes.txt").write_text("hello", encoding="utf-8")
    assert refused(release, tiny_base, encoder) == "KF-302"
    (release / "notes.txt").unlink()
    assert load_release(release, base=tiny_base, encoder=encoder).version == "v0003"


@pytest.mark.parametrize(
    "name", ["lora/adapter_model.bin", "intents/model.joblib", "x.pkl", "lora/hook.py"]
)
def test_files_that_could_run_code_are_refused(
    release: Path, tiny_base: BaseModel, encoder: Encoder, name: str
) -> None:
    (release / name).write_bytes(b"\x80\x04.")
    # Even where the manifest names it.
    manifest = replace(Manifest.read(release), files=hash_files(release))
    manifest.write(release)
    assert refused(release, tiny_base, encoder) == "KF-303"


def test_cut_short_weights_are_refused_even_if_recorded_so(
    release: Path, tiny_base: BaseModel, encoder: Encoder
) -> None:
    weights = release / "lora" / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    replace(Manifest.read(release), files=hash_files(release)).write(release)
    assert refused(release, tiny_base, encoder) == "KF-304"


def test_a_release_of_another_base_or_encoder_is_refused(
    release: Path, tiny_base: BaseModel, encoder: Encoder
) -> None:
    other = replace(tiny_base, sha256="0" * 64)
    assert refused(release, other, encoder) == "KF-306"
    settings = release / "intents" / "intents.json"
    row = json.loads(settings.read_text(encoding="utf-8"))
    row["encoder_sha256"] = "0" * 64
    settings.write_text(json.dumps(row), encoding="utf-8")
    replace(Manifest.read(release), files=hash_files(release)).write(release)
    assert refused(release, tiny_base, encoder) == "KF-310"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"version": 3}', '{"thresholds": []}']
)
def test_a_manifest_that_cannot_be_read_says_so(
    release: Path, tiny_base: BaseModel, encoder: Encoder, text: str
) -> None:
    (release / "manifest.json").write_text(text, encoding="utf-8")
    assert refused(release, tiny_base, encoder) == "KF-301"
    (release / "manifest.json").unlink()
    assert refused(release, tiny_base, encoder) == "KF-301"


def test_a_base_that_cannot_be_used_is_named_by_its_reason(
    tiny_base: BaseModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def code(setting: str) -> str:
        with pytest.raises(EnvironmentProblem) as told:
            load_language_model(resolve_base(setting))
        return told.value.code

    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert code("owner/never-published@main") == "KF-308"
    assert code(str(tmp_path / "nowhere")) == "KF-308"
    copy = tmp_path / "base"
    shutil.copytree(tiny_base.directory, copy)
    config = copy / "config.json"
    row = json.loads(config.read_text(encoding="utf-8"))
    config.write_text(json.dumps({**row, "architectures": ["BertModel"]}), "utf-8")
    assert code(str(copy)) == "KF-307"
    config.write_text(json.dumps({**row, "n_layer": 5}), "utf-8")
    assert code(str(copy)) == "KF-307"
    config.write_text(json.dumps({**row, "auto_map": {"AutoModel": "x.Y"}}), "utf-8")
    assert code(str(copy)) == "KF-307"
    config.write_text(json.dumps(row), "utf-8")
    (copy / "tokenizer.json").unlink()
    assert code(str(copy)) == "KF-305"
    weights = copy / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    assert code(str(copy)) == "KF-304"
    weights.rename(copy / "pytorch_model.bin")
    assert code(str(copy)) == "KF-303"


def test_a_model_that_computes_something_else_never_goes_live(
    release: Path, tiny_base: BaseModel, encoder: Encoder
) -> None:
    live = Live(load_base(tiny_base, encoder=encoder))
    old = live.model
    assert old.version == NO_RELEASE
    assert old.intents is None

    def load() -> Model:
        return load_release(release, base=tiny_base, encoder=encoder)

    recorded = load().fingerprint()
    wrong = recorded.replace("generator:int8 -", "generator:int8 -9")
    assert wrong != recorded
    replace(Manifest.read(release), fingerprint=wrong).write(release)
    with pytest.raises(EnvironmentProblem) as told:
        live.change_to(load)
    assert told.value.code == "KF-311"
    assert live.model is old
    replace(Manifest.read(release), fingerprint=recorded).write(release)
    assert live.change_to(load).version == "v0003"
    assert live.model.version == "v0003"
    assert live.swap(old).version == "v0003"


def test_fingerprints_differ_by_parts_and_numbers_but_not_by_rounding() -> None:
    assert same_fingerprint(
        "intents:1.0 2.0|generator:3.0", "intents:1.01 2.0|generator:3.0"
    )
    assert not same_fingerprint("intents:1.0", "intents:1.2")
    assert not same_fingerprint("intents:1.0", "generator:1.0")
    assert not same_fingerprint("intents:1.0", "intents:1.0 2.0")
    assert not same_fingerprint("generator:int8 1.0", "generator:int8 1.2")
    assert same_fingerprint("generator:int8 1.0", "generator:float32 1.2")


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"answer": 0.5, "clarify": 0.2, "match": 0.3},
        {"answer": 1.5, "clarify": 0.2, "match": 0.3, "ground": 0.1},
        {"answer": "high", "clarify": 0.2, "match": 0.3, "ground": 0.1},
        {"answer": float("nan"), "clarify": 0.2, "match": 0.3, "ground": 0.1},
    ],
)
def test_thresholds_that_make_no_sense_are_refused(row: dict[str, float]) -> None:
    with pytest.raises(BadInput) as told:
        Thresholds.from_json(row)
    assert told.value.code == "KF-312"
    assert Thresholds.from_json(DEFAULT.to_json()) == DEFAULT


def test_a_conversion_that_was_killed_in_a_release_harms_nothing_and_is_swept(
    tiny_base: BaseModel, encoder: Encoder, tmp_path: Path
) -> None:
    release = tmp_path / "v0001"
    make_release(release, tiny_base, encoder)
    for name in (f"{CONVERTING}plain", f"{CONVERTING}made", f"{CONVERTING}old-name"):
        (release / name).mkdir()
        (release / name / "model.bin").write_bytes(b"half")
    model = load_release(release, base=tiny_base, encoder=encoder)
    assert model.generator is not None
    assert model.generator.generate([ASKED])
    assert (release / "engine" / "model.bin").is_file()
    assert not list(release.glob(f"{CONVERTING}*"))
    load_release(release, base=tiny_base, encoder=encoder)


def test_what_was_asked_before_does_not_change_the_fingerprint(
    release: Path, tiny_base: BaseModel, encoder: Encoder
) -> None:
    model = load_release(release, base=tiny_base, encoder=encoder)
    encoder.forget()
    recorded, probe = model.fingerprint(), "Where is my order?"
    alone = encoder.encode([probe])
    encoder.forget()
    # Beside a longer text it gets another vector, where int8 is computed in one go
    # (AVX-512, not AVX2), and that is what is remembered of it.
    longer = "Could you tell me how far along my package is at the moment?"
    encoder.encode([longer, probe])
    assert model.fingerprint() == recorded
    assert np.allclose(encoder.encode([probe]), alone, atol=1e-6)
