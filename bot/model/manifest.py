"""What a release is made of, as its manifest.json says. Written once, never changed."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from bot.model.files import CONVERTING, read_json, sha256_of, write_json
from bot.model.thresholds import Thresholds
from storage.problems import EnvironmentProblem
from storage.records import Json

MANIFEST_FILE: Final = "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A release in facts.

    Attributes:
        version: "v0007".
        base, base_sha256: the base model's name and the SHA-256 of its weights.
        encoder_sha256: of the sentence encoder.
        dataset_fingerprint: of the examples it was trained on.
        row_ids: the ids of those examples.
        seed: what every drawing of chance began with.
        libraries: name to version.
        scores: what the evaluation measured.
        thresholds: per language.
        fingerprint: see `live.Model.fingerprint`; empty before it was measured.
        files: path inside the release, with slashes, to SHA-256.
        created_at: aware UTC.
        tuning: how the generator was tuned, "none" if it was not; empty in releases
            of before there was a choice, which have a LoRA if they have its folder.
        base_writes: what was tuned chose worse than the base, which goes on writing.
        workspace: whose questions it was trained on; "" in older releases: anyone's.
    """

    version: str
    base: str
    base_sha256: str
    encoder_sha256: str
    dataset_fingerprint: str
    row_ids: tuple[str, ...]
    seed: int
    libraries: Mapping[str, str]
    scores: Json
    thresholds: Mapping[str, Thresholds]
    fingerprint: str
    created_at: datetime
    files: Mapping[str, str] = field(default_factory=dict)
    tuning: str = ""
    base_writes: bool = False
    workspace: str = ""

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        row = {item.name: getattr(self, item.name) for item in fields(self)}
        row["thresholds"] = {
            language: asdict(values) for language, values in self.thresholds.items()
        }
        row["row_ids"] = list(self.row_ids)
        row["created_at"] = self.created_at.isoformat()
        for name in ("libraries", "scores", "files"):
            row[name] = dict(row[name])
        return row

    @classmethod
    def from_json(cls, row: Json) -> "Manifest":
        """From a JSON object. Raises KeyError, TypeError, ValueError or BadInput."""
        row = {"tuning": "", "base_writes": False, "workspace": "", **row}
        values = {item.name: row[item.name] for item in fields(cls)}
        for name in ("libraries", "scores", "files", "thresholds"):
            values[name] = dict(values[name])
        texts = ("version", "base_sha256", "encoder_sha256", "fingerprint", "tuning")
        for name in texts:
            if not isinstance(values[name], str):
                raise TypeError(f"{name} is not text")
        if not isinstance(values["base_writes"], bool):
            raise TypeError("base_writes is neither true nor false")
        values["row_ids"] = tuple(values["row_ids"])
        values["created_at"] = datetime.fromisoformat(values["created_at"])
        if values["created_at"].tzinfo is None:
            raise ValueError("created_at has no time zone")
        values["thresholds"] = {
            language: Thresholds.from_json(numbers)
            for language, numbers in values["thresholds"].items()
        }
        return cls(**values)

    def write(self, release_dir: Path) -> None:
        """Write manifest.json into the release."""
        write_json(release_dir / MANIFEST_FILE, self.to_json())

    @classmethod
    def read(cls, release_dir: Path) -> "Manifest":
        """Read manifest.json of a release. Raises EnvironmentProblem KF-301."""
        path = release_dir / MANIFEST_FILE
        try:
            return cls.from_json(read_json(path))
        except EnvironmentProblem as problem:
            raise _not_a_release(path, problem.why) from problem
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            raise _not_a_release(path, f"{problem!r}") from problem


def _not_a_release(path: Path, why: str) -> EnvironmentProblem:
    return EnvironmentProblem(
        "KF-301",
        "this folder is not a release that kefu can read",
        where=str(path),
        why=why,
        fix="restore it from a backup, roll back to another release, or train again",
    )


def hash_files(release_dir: Path) -> dict[str, str]:
    """Every file's SHA-256 but the manifest's own and those of the engine's cache.

    A conversion into that cache may be under way, or may have been killed.
    """
    paths = [path for path in sorted(release_dir.rglob("*")) if path.is_file()]
    named = {path.relative_to(release_dir).as_posix(): path for path in paths}
    return {
        name: sha256_of(path)
        for name, path in named.items()
        if name != MANIFEST_FILE and not name.startswith(("engine/", CONVERTING))
    }


def check_files(release_dir: Path, manifest: Manifest) -> None:
    """Raise EnvironmentProblem KF-302 unless every file is the recorded one."""
    found = hash_files(release_dir)
    for name in sorted(manifest.files.keys() | found.keys()):
        recorded, actual = manifest.files.get(name), found.get(name)
        if recorded == actual:
            continue
        why = "its content was changed after the release was made"
        if actual is None:
            why = "it is missing"
        elif recorded is None:
            why = "it is not part of the release"
        raise EnvironmentProblem(
            "KF-302",
            f"{name} of {manifest.version} is not the file that was evaluated",
            where=str(release_dir / name),
            why=why,
            fix="restore it from a backup, roll back to another release, or retrain",
        )
