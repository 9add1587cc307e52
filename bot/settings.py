"""Settings come from the environment, `.env` or `kefu.toml`, in that order.

Only the roof builds them. An unknown key is an error with a suggestion, and every
value can say where it came from.
"""

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from storage.problems import BadInput

PREFIX = "KEFU_"
TOKENS = (
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "SLACK_SIGNING_SECRET",
    "TELEGRAM_BOT_TOKEN",
)


class Settings(BaseSettings):
    """Everything an admin can set. Each field is also documented in .env.example."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_ignore_empty=True, validate_default=True
    )

    # where things are
    home: Path = Field(Path("~/.kefu"), description="data directory")
    database_url: str = Field("", description="default: SQLite in the home")
    workspace: str = Field("default", description="whose knowledge answers")
    import_hosts: str = Field(
        "", description="hosts in the house that kefu import --fetch may read, by comma"
    )

    # channels
    slack_bot_token: SecretStr | None = Field(None, description="xoxb-...")
    slack_app_token: SecretStr | None = Field(None, description="xapp-...")
    slack_signing_secret: SecretStr | None = Field(
        None, description="Basic Information"
    )
    telegram_bot_token: SecretStr | None = Field(None, description="from @BotFather")
    slack_api_url: str = Field("https://slack.com/api/", description="Web API base")
    telegram_api_url: str = Field("https://api.telegram.org", description="Bot API")
    telegram_mode: Literal["polling", "webhook"] = Field(
        "polling", description="intake"
    )
    telegram_webhook_url: str = Field(
        "", description="public https address of /telegram"
    )
    telegram_webhook_secret: SecretStr | None = Field(
        None, description="1-256 A-Za-z0-9_-"
    )
    web_host: str = Field("127.0.0.1", description="web chat and health address")
    web_port: int = Field(8400, ge=0, le=65535, description="0: any free port")

    # people
    admins: str = Field("", description="slack:U1,telegram:42,...")
    agents: str = Field("", description="slack:U2,telegram:43,...")

    # answering
    only_from_knowledge: bool = Field(
        False, description="approved answers only; the generator stays silent"
    )
    write_freely: bool = Field(
        False,
        description="replies in the generator's own words; else parts of passages as "
        "they stand",
    )
    fallback_en: str = Field("", description="said when nothing is known")
    fallback_zh: str = Field("", description="said when nothing is known")
    max_clarifications: int = Field(
        1, ge=0, le=3, description="in a row, then fallback"
    )
    related: int = Field(
        2, ge=0, le=5, description="related questions offered under an answer; 0 none"
    )
    votes_a_day: int = Field(
        1, ge=0, le=100, description="asked of a person at most; 0 never asks"
    )
    votes_above: float = Field(
        0.5, ge=0, le=1, description="uncertainty from which a vote is asked for"
    )
    anger_limit: float = Field(
        1.2, ge=0, description="from this temper on a person takes over; 0 never"
    )
    debounce_seconds: float = Field(
        1.0, ge=0, le=10, description="a message like hi waits for the next; 0: never"
    )
    order_number: str = Field(
        "", description="regular expression of order numbers; default: ours"
    )
    products: str = Field("", description="names of products, separated by commas")
    base_model: str = Field("", description="directory or hub id; default: the starter")
    encoder: str = Field("", description="directory or hub id; default: packaged")
    generator_url: str = Field(
        "", description="http(s) base of an OpenAI-style API, such as vLLM's /v1"
    )
    generator_model: str = Field("", description="what that server calls its model")
    generator_key: SecretStr | None = Field(None, description="if that server asks")
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="for the generator"
    )

    # resources
    threads: int = Field(0, ge=0, description="of each model call; 0: from the machine")
    workers: int = Field(0, ge=0, description="answering at once; 0: from the machine")
    trainer_threads: int = Field(0, ge=0, description="0: from the machine")

    # learning
    train_at: str = Field("03:00", description="local time, daily; or never")
    train_window_minutes: int = Field(180, ge=1, description="a cycle may last so long")
    train_minimum: int = Field(
        5, ge=0, description="new feedback items without which the schedule waits"
    )
    tuning: Literal["lora", "adalora", "prefix", "prompt", "none"] = Field(
        "lora", description="how the generator is tuned; none leaves it as the base is"
    )
    tuning_precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", description="of the frozen base; auto: bfloat16 where it is faster"
    )
    tuning_accumulation: int = Field(
        1, ge=1, le=1024, description="batches of one step of tuning"
    )
    tuning_processes: int = Field(
        1, ge=1, le=64, description="that tune together: the number of GPUs"
    )
    wandb: str = Field(
        "", description="project of Weights & Biases for curves, if it is installed"
    )
    timezone: str = Field(
        "", description="of train_at and dates; default: the machine's"
    )

    # logs
    log_format: Literal["pretty", "json"] = Field("pretty", description="on stderr")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="least severe level shown"
    )

    @field_validator("order_number")
    @classmethod
    def _is_pattern(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"it is no regular expression: {error}") from None
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what `load` gathered and nothing else, so that origins are true."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)

    @property
    def database(self) -> str:
        """The database's URL."""
        return self.database_url or f"sqlite:///{self.home / 'kefu.sqlite'}"


@dataclass(frozen=True)
class Loaded:
    """Settings, and where each value came from."""

    settings: Settings
    origins: Mapping[str, str]  # field -> "default", "KEFU_HOME", ".env: ...", ...

    def shown(self) -> list[tuple[str, str, str]]:
        """(name, value with secrets masked, origin), for `kefu config show`."""
        rows = []
        for name in Settings.model_fields:
            value = getattr(self.settings, name)
            if isinstance(value, SecretStr):
                value = masked(value)
            rows.append((variable(name), str(value or ""), self.origins[name]))
        return rows


def variable(name: str) -> str:
    """The environment variable of a field: tokens keep their platforms' names."""
    upper = name.upper()
    return upper if upper in TOKENS else PREFIX + upper


def masked(secret: SecretStr) -> str:
    """Enough of a secret to tell which one it is."""
    text = secret.get_secret_value()
    return f"{text[:5]}…{text[-2:]}" if len(text) > 12 else "…"


def load(
    *, environ: Mapping[str, str], dotenv: Path, home: Path | None = None
) -> Loaded:
    """Gather the settings.

    Args:
        environ: the process's environment.
        dotenv: path of the `.env` file, which may be missing.
        home: what `--home` said, if anything.

    Raises:
        BadInput: KF-601 unknown key, KF-602 a value that cannot be used,
            KF-603 a file that cannot be read.
    """
    found: dict[str, tuple[Any, str]] = {}
    _gather_variables(found, _dotenv(dotenv), f"{dotenv.name}: ")
    _gather_variables(found, environ, "")
    if home is not None:
        found["home"] = (home, "--home")
    base = Path(str(found.get("home", (Settings.model_fields["home"].default,))[0]))
    toml = base.expanduser() / "kefu.toml"
    for name, value in _toml(toml).items():
        if name not in Settings.model_fields:
            raise _unknown(name, str(toml), list(Settings.model_fields))
        found.setdefault(name, (value, f"{toml}: {name}"))
    values = {name: value for name, (value, _) in found.items()}
    values["home"] = base.expanduser().absolute()
    origins = {
        name: found[name][1] if name in found else "default"
        for name in Settings.model_fields
    }
    try:
        return Loaded(Settings(**values), origins)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        raise BadInput(
            "KF-602",
            f"the setting {variable(name)} cannot be used",
            where=origins.get(name, ""),
            why=first["msg"],
            fix=f"{variable(name)} is: {Settings.model_fields[name].description}",
        ) from None


def _gather_variables(
    found: dict[str, tuple[Any, str]], variables: Mapping[str, str], origin: str
) -> None:
    known = {variable(name): name for name in Settings.model_fields}
    for key, value in variables.items():
        if key in known:
            if value.strip():
                found[known[key]] = (value.strip(), origin + key)
        elif key.startswith(PREFIX):
            raise _unknown(key, (origin or "environment: ") + key, list(known))


def _unknown(key: str, where: str, known: list[str]) -> BadInput:
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    return BadInput(
        "KF-601",
        f"unknown setting {key}",
        where=where,
        why="kefu has no setting of this name",
        fix=f"did you mean {near[0]}?" if near else "kefu config show lists them all",
    )


def _dotenv(path: Path) -> dict[str, str]:
    try:
        values = dotenv_values(path, encoding="utf-8") if path.is_file() else {}
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error
    return {key: value for key, value in values.items() if value is not None}


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> BadInput:
    return BadInput(
        "KF-603",
        f"{path.name} cannot be read",
        where=str(path),
        why=str(error),
        fix="mend or remove the file, then try again",
    )


def from_process(home: Path | None = None) -> Loaded:
    """The settings of this process: its environment and `.env` beside it."""
    return load(environ=os.environ, dotenv=Path(".env"), home=home)
