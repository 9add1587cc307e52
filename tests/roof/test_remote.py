"""Replies written by another server, set by three variables."""

from pathlib import Path

import pytest

from bot.app import open_app
from bot.model.generate import Request
from bot.settings import Settings, load
from storage.problems import BadInput
from tests.fakes.openai import openai_server


def settings_of(home: Path, cache: Path, **environ: str) -> Settings:
    home.mkdir()
    (home / "cache").symlink_to(cache)
    named = {f"KEFU_GENERATOR_{name.upper()}": value for name, value in environ.items()}
    return load(environ=named, dotenv=home / ".env", home=home).settings


def test_the_server_that_is_set_writes_what_is_served(
    tmp_path: Path, cache: Path
) -> None:
    with openai_server() as fake:
        settings = settings_of(
            tmp_path / "home", cache, url=fake.url, model="m", key="sk-1"
        )
        with open_app(settings) as app:
            fake.faults += ["400"]  # a start does not fail with it
            app.live.model.warm_up()
            generator = app.live.model.generator
            assert generator is not None
            asked = [Request(question="x", language="en")] * 2
            assert generator.generate(asked)[0]
            assert len(fake.asked) == 2  # the warm-up, and one for two alike
            assert app.live.model.fingerprint() == "generator:remote:m"


def test_half_a_server_is_a_mistake_that_is_named(tmp_path: Path, cache: Path) -> None:
    settings = settings_of(tmp_path / "home", cache, url="http://127.0.0.1:1/v1")
    with pytest.raises(BadInput) as told, open_app(settings):
        raise AssertionError("it must not open")
    assert (told.value.code, told.value.where) == ("KF-610", "KEFU_GENERATOR_MODEL")
