"""Real but tiny models: a GPT-2 of one layer, and the packaged encoder converted."""

import json
import tempfile
from pathlib import Path

import pytest

from bot.model.adapters import quiet_peft
from bot.model.encoder import Encoder
from bot.model.load import BaseModel
from tests.model.small import new_tiny_base


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    # Kept between runs, so that only the first of a machine converts the weights.
    return Encoder.load(None, Path(tempfile.gettempdir()) / "kefu-tests-cache")


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> BaseModel:
    return new_tiny_base(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def lora(tiny_base: BaseModel, tmp_path: Path) -> Path:
    """A LoRA on the tiny base whose weights are not zero."""
    import peft
    import torch
    import transformers

    model = transformers.AutoModelForCausalLM.from_pretrained(str(tiny_base.directory))
    config = peft.LoraConfig(
        r=4, target_modules=["c_attn"], fan_in_fan_out=True, task_type="CAUSAL_LM"
    )
    torch.manual_seed(2)
    with quiet_peft():
        tuned = peft.get_peft_model(model, config)
    for name, weight in tuned.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.3)
    tuned.save_pretrained(str(tmp_path / "lora"))
    settings = tmp_path / "lora" / "adapter_config.json"
    assert json.loads(settings.read_text(encoding="utf-8"))["r"] == 4
    return tmp_path / "lora"
