"""A tiny base model and a home that has the encoder already: seconds, not minutes."""

import tempfile
from pathlib import Path

import pytest

from bot.model.encoder import Encoder
from bot.model.load import BaseModel
from tests.model.conftest import encoder, tiny_base

__all__ = ["encoder", "tiny_base"]


@pytest.fixture
def home(tmp_path: Path, encoder: Encoder) -> Path:
    del encoder  # converted into the cache by being asked for
    folder = tmp_path / "home"
    folder.mkdir()
    cache = Path(tempfile.gettempdir()) / "kefu-tests-cache"
    (folder / "cache").symlink_to(cache, target_is_directory=True)
    return folder


@pytest.fixture
def settings(tiny_base: BaseModel) -> dict[str, str]:
    """What the server is told beside its channels."""
    return {"KEFU_BASE_MODEL": str(tiny_base.directory)}
