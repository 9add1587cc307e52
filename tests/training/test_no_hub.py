"""A LoRA of a local base is saved and loaded without a hub, by kefu and by plain peft.

Every look at the network fails and is noted; every warning is an error already.
"""

import json
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from bot.model.adapters import quiet_peft
from bot.model.load import BaseModel, load_language_model, resolve_base
from tests.training.test_methods import LESSONS, SMALL
from training.board import Boards
from training.finetune import tune


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Hosts that somebody looked for; there is a network, as far as anyone knows."""
    looked_for: list[str] = []

    def away(host: str, *_: Any, **__: Any) -> Any:
        looked_for.append(host)
        raise OSError(101, "Network is unreachable")

    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr(socket, "getaddrinfo", away)
    yield looked_for
    assert looked_for == []


@pytest.fixture(params=["starter", "directory"])
def base(
    request: pytest.FixtureRequest,
    tiny_base: BaseModel,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> BaseModel:
    """The one that ships, and one that is named by a relative path."""
    if request.param == "starter":
        return resolve_base(None)
    shutil.copytree(tiny_base.directory, tmp_path / "own")
    monkeypatch.chdir(tmp_path)
    return resolve_base("own")


@pytest.mark.usefixtures("tried")
def test_a_lora_needs_no_hub(
    base: BaseModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from peft import AutoPeftModelForCausalLM

    out = tmp_path / "lora"
    boards = Boards(logs=tmp_path / "runs")
    tune(LESSONS[:2], base=base, out=out, boards=boards, config=SMALL)
    loaded, directory = load_language_model(base, lora=out).model, base.found_by[0]
    monkeypatch.chdir("/")  # and from anywhere
    with quiet_peft():
        plain = AutoPeftModelForCausalLM.from_pretrained(str(out), dtype=torch.float32)
    plain.save_pretrained(str(tmp_path / "again"))
    told = json.loads((out / "adapter_config.json").read_text(encoding="utf-8"))
    assert told["base_model_name_or_path"] == directory
    with quiet_peft():
        merged = plain.merge_and_unload().state_dict()
    ours = loaded.state_dict()
    assert merged.keys() == ours.keys()
    assert all(merged[name].allclose(ours[name], atol=1e-6) for name in ours)


def test_a_base_of_a_hub_goes_by_its_name_and_revision(tmp_path: Path) -> None:
    hub = BaseModel(name="owner/name@v2", directory=tmp_path, sha256="0" * 64)
    assert hub.found_by == ("owner/name", "v2")
    hub = BaseModel(name="owner/name", directory=tmp_path, sha256="0" * 64)
    assert hub.found_by == ("owner/name", None)
