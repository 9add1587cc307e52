"""An installation of its own for each test: real database, real encoder, no channel."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.app import App, open_app
from bot.settings import load


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Converted models, shared by the tests: converting takes seconds."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def app(tmp_path: Path, cache: Path) -> Iterator[App]:
    """All parts, wired, over an empty home."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "cache").symlink_to(cache)
    environ = {"KEFU_TRAIN_MINIMUM": "1", "KEFU_WEB_PORT": "0"}
    settings = load(environ=environ, dotenv=tmp_path / ".env", home=home).settings
    with open_app(settings) as opened:
        yield opened
