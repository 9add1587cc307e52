"""A tiny base model and the packaged encoder, shared with the tests of the models."""

from pathlib import Path

import pytest

from bot.model.encoder import Encoder
from bot.model.load import BaseModel
from tests.model.conftest import encoder, tiny_base
from tests.training.workspace import Models

__all__ = ["encoder", "tiny_base"]


@pytest.fixture
def models(tiny_base: BaseModel, encoder: Encoder, tmp_path: Path) -> Models:
    return Models(tiny_base, encoder, tmp_path / "home")
