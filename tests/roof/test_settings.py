"""Settings: every value has an origin, and a mistake is named with its mend."""

import re
from pathlib import Path

import pytest

from bot.settings import TOKENS, Settings, load, variable
from storage.problems import BadInput

ROOT = Path(__file__).parents[2]


def test_the_environment_wins_over_dotenv_and_dotenv_over_toml(tmp_path: Path) -> None:
    (tmp_path / "kefu.toml").write_text(
        'web_port = 1\nworkspace = "toml"\nworkers = 3\n'
    )
    dotenv = tmp_path / ".env"
    dotenv.write_text("KEFU_WEB_PORT=2\nKEFU_WORKSPACE=dotenv\n")
    loaded = load(environ={"KEFU_WEB_PORT": "3"}, dotenv=dotenv, home=tmp_path)
    assert (loaded.settings.web_port, loaded.origins["web_port"]) == (
        3,
        "KEFU_WEB_PORT",
    )
    assert loaded.settings.workspace == "dotenv"
    assert loaded.origins["workspace"] == ".env: KEFU_WORKSPACE"
    assert loaded.settings.workers == 3
    assert "kefu.toml" in loaded.origins["workers"]
    assert loaded.origins["device"] == "default"


def test_an_unknown_key_is_an_error_with_a_suggestion(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as told:
        load(environ={"KEFU_WEBPORT": "1"}, dotenv=tmp_path / ".env", home=tmp_path)
    assert told.value.code == "KF-601"
    assert "KEFU_WEB_PORT" in told.value.fix
    (tmp_path / "kefu.toml").write_text("web_prot = 1\n")
    with pytest.raises(BadInput, match="did you mean web_port"):
        load(environ={}, dotenv=tmp_path / ".env", home=tmp_path)


@pytest.mark.parametrize(
    "environ",
    [{"KEFU_WEB_PORT": "many"}, {"KEFU_DEVICE": "tpu"}, {"KEFU_WORKERS": "-1"}],
)
def test_a_value_that_cannot_be_used_is_named(
    environ: dict[str, str], tmp_path: Path
) -> None:
    with pytest.raises(BadInput) as told:
        load(environ=environ, dotenv=tmp_path / ".env", home=tmp_path)
    assert told.value.code == "KF-602"
    assert next(iter(environ)) in str(told.value)


@pytest.mark.parametrize("content", [b"web_port = = 1", b"\xff\xfe\x00"])
def test_a_broken_file_is_named(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "kefu.toml").write_bytes(content)
    with pytest.raises(BadInput) as told:
        load(environ={}, dotenv=tmp_path / ".env", home=tmp_path)
    assert told.value.code == "KF-603"


def test_secrets_are_masked_when_shown(tmp_path: Path) -> None:
    secret = "xoxb-1234567890-very-secret"
    environ = {"SLACK_BOT_TOKEN": secret}
    loaded = load(environ=environ, dotenv=tmp_path / ".env", home=tmp_path)
    shown = {name: value for name, value, _ in loaded.shown()}
    assert shown["SLACK_BOT_TOKEN"] == "xoxb-…et"
    assert secret not in repr(loaded)


def test_the_example_file_names_every_setting_and_no_other() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    named = set(re.findall(r"^(?:# )?([A-Z][A-Z0-9_]+)=", text, re.MULTILINE))
    assert named == {variable(name) for name in Settings.model_fields}


def test_there_are_exactly_four_platform_tokens() -> None:
    ours = {name.upper() for name in Settings.model_fields}
    assert {name for name in ours if variable(name.lower()) == name} == set(TOKENS)
