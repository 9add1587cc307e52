"""A model that cannot be used is told with its fix, and what was live stays live."""

import json
import pickle
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.__main__ import run
from bot.app import App, new_id, now
from bot.cli.ask import ask_once
from bot.importing import import_paths
from bot.model.load import STARTER_DIRECTORY
from bot.model.manifest import Manifest, hash_files
from storage.problems import EnvironmentProblem
from storage.records import Action, Release, Stage

Break = Callable[[Path], None]


def config(**changes: object) -> Break:
    def change(base: Path) -> None:
        path = base / "config.json"
        row = json.loads(path.read_text(encoding="utf-8")) | changes
        path.write_text(json.dumps(row), encoding="utf-8")

    return change


def without(name: str) -> Break:
    return lambda base: (base / name).unlink()


def cut_short(name: str) -> Break:
    def cut(base: Path) -> None:
        whole = (base / name).read_bytes()
        (base / name).write_bytes(whole[: len(whole) // 2])

    return cut


def another_tokenizer(base: Path) -> None:
    path = base / "tokenizer.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    vocabulary = told["model"]["vocab"]
    told["model"]["vocab"] = {n: i for n, i in vocabulary.items() if i < 300}
    told["model"]["merges"] = []
    path.write_text(json.dumps(told), encoding="utf-8")


class Trap:
    """Leaves a file behind when it is unpickled."""

    def __reduce__(self) -> tuple[Callable[[str], object], tuple[str]]:
        return (Path.touch, (Path("sprung"),))  # type: ignore[return-value] # a payload


def pickled(base: Path) -> None:
    (base / "model.safetensors").unlink()
    (base / "pytorch_model.bin").write_bytes(pickle.dumps(Trap()))


CASES: list[tuple[str, Break, str, str]] = [
    ("no config", without("config.json"), "KF-304", "config.json"),
    ("an encoder", config(architectures=["BertModel"]), "KF-307", "config.json"),
    ("its own code", config(auto_map={"AutoModel": "x.Y"}), "KF-307", "base"),
    ("other weights", config(vocab_size=50257), "KF-307", "wte.weight"),
    ("no tokenizer", without("tokenizer.json"), "KF-305", "tokenizer.json"),
    ("half a tokenizer", cut_short("tokenizer.json"), "KF-304", "tokenizer.json"),
    ("another tokenizer", another_tokenizer, "KF-314", "tokenizer.json"),
    ("half the weights", cut_short("model.safetensors"), "KF-304", "model.safetensors"),
    ("no weights", without("model.safetensors"), "KF-304", "model.safetensors"),
    ("a pickle", pickled, "KF-303", "pytorch_model.bin"),
    ("a short context", config(n_positions=32), "KF-315", "config.json"),
]


@pytest.mark.parametrize(
    ("damage", "code", "named"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_a_bad_base_model_is_told_at_the_door(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    damage: Break,
    code: str,
    named: str,
) -> None:
    base = tmp_path / "base"
    shutil.copytree(STARTER_DIRECTORY, base)
    damage(base)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KEFU_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KEFU_BASE_MODEL", str(base))
    assert run(["chat", "--once", "hello", "--json"]) == 3
    said = capsys.readouterr()
    told = json.loads(said.out)["error"]
    assert told["code"] == code
    assert named in f"{told['where']} {told['why']} {told['fix']}"
    assert told["fix"]
    assert code in said.err
    assert "Traceback" not in said.err
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("setting", ["owner/never-published", "./nowhere"])
def test_a_base_that_is_not_there_is_told_without_a_network(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    setting: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KEFU_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KEFU_BASE_MODEL", setting)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert run(["chat", "--once", "hello"]) == 3
    said = capsys.readouterr().err
    assert "KF-308" in said
    assert f"KEFU_BASE_MODEL={setting}" in said


# --- releases while serving ------------------------------------------------------

PARCEL = "Where is my parcel?"
ANSWER = "Parcels leave the same day."


@pytest.fixture
def open_shop(app: App) -> App:
    path = app.settings.home / "shop.jsonl"
    path.write_text(json.dumps({"question": PARCEL, "answer": ANSWER}), "utf-8")
    import_paths(
        [path],
        workspace=app.settings.workspace,
        database=app.database,
        now=now,
        new_id=new_id,
    )
    return app


def promoted(app: App, folder: Path, *, base_sha256: str) -> None:
    """A release of these files is live in the registry."""
    moment = datetime(2026, 5, 1, tzinfo=UTC)
    manifest = Manifest(
        version=folder.name,
        base="another-base",
        base_sha256=base_sha256,
        encoder_sha256=app.models.encoder.sha256,
        dataset_fingerprint="abc",
        row_ids=("1",),
        seed=7,
        libraries={},
        scores={},
        thresholds={},
        fingerprint="",
        created_at=moment,
    )
    replace(manifest, files=hash_files(folder)).write(folder)
    with app.database.transaction() as stores:
        stores.releases.add(
            Release(
                version=folder.name,
                stage=Stage.CANDIDATE,
                manifest=manifest.to_json(),
                reasons=(),
                created_at=moment,
            )
        )
        stores.releases.promote(folder.name, "test", moment)


def lora_of_another_base(folder: Path) -> None:
    """A LoRA for layers that are twice as wide as the starter's."""
    import numpy as np

    from bot.model.files import write_tensors

    name = "base_model.model.transformer.h.0.attn.c_attn"
    folder.mkdir(parents=True)
    write_tensors(
        folder / "adapter_model.safetensors",
        {
            f"{name}.lora_A.weight": np.ones((4, 512), np.float32),
            f"{name}.lora_B.weight": np.ones((1536, 4), np.float32),
        },
    )
    settings = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "r": 4,
        "lora_alpha": 8,
        "target_modules": ["c_attn"],
        "fan_in_fan_out": True,
        "base_model_name_or_path": "kefu-starter",
    }
    (folder / "adapter_config.json").write_text(json.dumps(settings), encoding="utf-8")


BAD_RELEASES = {
    "another base": "KF-306",
    "wide lora": "KF-306",
    "damaged": "KF-302",
    "pickled": "KF-303",
    "no manifest": "KF-301",
}


def test_a_bad_release_never_replaces_what_is_live(open_shop: App) -> None:
    app, live = open_shop, open_shop.live.model
    for number, (kind, code) in enumerate(BAD_RELEASES.items(), start=1):
        folder = app.models.releases / f"v000{number}"
        lora_of_another_base(folder / "lora")
        if kind == "pickled":
            (folder / "lora" / "adapter_model.bin").write_bytes(pickle.dumps(Trap()))
        own = app.models.base.sha256
        promoted(app, folder, base_sha256="0" * 64 if kind == "another base" else own)
        if kind == "damaged":
            cut_short("lora/adapter_model.safetensors")(folder)
        if kind == "no manifest":
            (folder / "manifest.json").unlink()
        with pytest.raises(EnvironmentProblem) as told:
            app.follow_live_release()
        assert (told.value.code, bool(told.value.fix)) == (code, True), kind
        assert folder.name in told.value.where
        assert app.live.model is live
    turn = ask_once(app, PARCEL)
    assert (turn.action, turn.reply.text) == (Action.ANSWER, ANSWER)
    assert not Path("sprung").exists()
    longer = ask_once(app, f"{PARCEL} 运费多少 " * 20_000)  # than any context
    assert longer.reply.text
    assert "generator_error" not in longer.why.get("tried", {})
