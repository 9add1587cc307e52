"""Setting up: what is configured, and the app that Slack must be told of."""

import json

import typer

from bot.cli.common import HomeOption, JsonOption, load, say, say_json


def register(app: typer.Typer) -> None:
    """Add `config show` and `slack manifest`."""
    config = typer.Typer(no_args_is_help=True, help="Settings and their origins.")
    config.command("show")(show)
    app.add_typer(config, name="config")
    slack = typer.Typer(no_args_is_help=True, help="Setting up the Slack app.")
    slack.command("manifest")(manifest)
    app.add_typer(slack, name="slack")


def show(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Print every setting, its value and where it came from; secrets are masked.

    Example: kefu config show
    """
    rows = load(home).shown()
    if as_json:
        say_json(
            {name: {"value": value, "origin": origin} for name, value, origin in rows}
        )
        return
    width = max(len(name) for name, _, _ in rows)
    for name, value, origin in rows:
        say(f"{name:<{width}}  {value or '-':<40}  {origin}")


def manifest(explain: bool = False) -> None:
    """Print the Slack app manifest: api.slack.com/apps > Create > From a manifest.

    Example: kefu slack manifest > manifest.json
    """
    from adapters.slack.manifest import SCOPES
    from adapters.slack.manifest import manifest as slack_manifest

    if explain:
        for scope, why in SCOPES.items():
            say(f"{scope:<24} {why}")
        return
    say(json.dumps(slack_manifest(), indent=2, ensure_ascii=False))
