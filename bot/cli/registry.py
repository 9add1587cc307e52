"""The registry's commands. No model is opened: they take a moment, not seconds."""

import json
from typing import Any

from bot.app import now, open_database
from bot.settings import Settings
from storage.problems import BadInput
from storage.records import Stage
from training.registry import Registry


def list_releases(settings: Settings) -> list[dict[str, Any]]:
    """Every release, newest first, with what was measured."""
    with open_database(settings) as database, database.reading() as stores:
        releases = stores.releases.all()
    return [
        {
            "version": each.version,
            "stage": each.stage.value,
            "workspace": each.manifest.get("workspace", ""),
            "created_at": each.created_at.isoformat(),
            "promoted_at": each.promoted_at.isoformat() if each.promoted_at else None,
            "promoted_by": each.promoted_by,
            "reasons": list(each.reasons),
            "scores": each.manifest.get("scores", {}),
        }
        for each in reversed(releases)
    ]


def promote(settings: Settings, version: str, *, by: str) -> str:
    """Make a release live, whose files are whole."""
    with open_database(settings) as database:
        Registry(settings.home / "releases").check(version)
        with database.transaction() as stores:
            stores.releases.promote(version, by, now())
    return version


def roll_back(settings: Settings, version: str | None, *, by: str) -> str:
    """Go back to a release, or to the one that was live before this one.

    Raises:
        BadInput: KF-608, there is none to go back to.
    """
    with open_database(settings) as database, database.reading() as stores:
        releases = stores.releases.all()
        live = stores.releases.live(settings.workspace)
    if version is None:
        earlier = [
            each
            for each in releases
            if each.stage is Stage.RETIRED
            and each.manifest.get("workspace", "") in ("", settings.workspace)
            and (live is None or each.version != live.version)
        ]
        if not earlier:
            raise BadInput(
                "KF-608",
                "there is no earlier release to go back to",
                why="no other release was ever live",
                fix='"kefu releases" lists what there is',
            )
        last = max(earlier, key=lambda each: each.promoted_at or each.created_at)
        version = last.version
    return promote(settings, version, by=by)


def read_report(settings: Settings, version: str) -> tuple[str, dict[str, Any]]:
    """A release's report, for people and as JSON.

    Raises:
        BadInput: KF-609, there is no report of that name.
    """
    folder = settings.home / "releases" / version
    try:
        text = (folder / "report.md").read_text(encoding="utf-8")
        data = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(
            "KF-609",
            f"there is no report of {version}",
            where=str(folder),
            why=str(error),
            fix='"kefu releases" lists what there is',
        ) from error
    return text, data
