"""Releases on disk: whole or not there. The database says which of them is live.

A release is written into a folder beside the others, flushed, and renamed; so a folder
called v0007 is complete, whatever happened while it was made. What a crash left behind
is swept at the next cycle.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bot.model.files import refuse_unsafe
from bot.model.load import ENGINE
from bot.model.manifest import Manifest, check_files
from storage.problems import BadInput

_UNFINISHED: Final = ".making-"


class Registry:
    """The folder `$KEFU_HOME/releases`."""

    def __init__(self, root: Path) -> None:
        self._root, self._curves = root, root.parent / "runs"

    def path(self, version: str) -> Path:
        """Where a release lies, or will."""
        return self._root / version

    def curves(self, version: str) -> Path:
        """Where TensorBoard finds how its training went: `$KEFU_HOME/runs`."""
        return self._curves / version

    @property
    def unfinished(self) -> Path:
        """Where a fine-tuning that was cut off lies: `$KEFU_HOME/cache/tuning`."""
        return self._root.parent / "cache" / "tuning"

    def check(self, version: str) -> Manifest:
        """The manifest of a release whose every file is the one that was evaluated.

        Raises:
            BadInput: KF-405, there is no such release on disk.
            EnvironmentProblem: KF-301 to KF-304, a file is damaged, changed, unsafe.
        """
        folder = self.path(version)
        if not folder.is_dir() or version.startswith("."):
            raise BadInput(
                "KF-405",
                f"the files of release {version} are not there",
                where=str(folder),
                fix='"kefu releases" lists what there is; restore it from a backup',
            )
        manifest = Manifest.read(folder)
        refuse_unsafe(folder, but=ENGINE)
        check_files(folder, manifest)
        return manifest

    @contextmanager
    def making(self, version: str) -> Iterator[Path]:
        """A folder to write a release into; it disappears unless it is kept."""
        folder = self._root / f"{_UNFINISHED}{version}-{os.getpid()}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def keep(self, folder: Path, version: str) -> Path:
        """Make it a release, at once and for good: flushed, then renamed."""
        for path in sorted(folder.rglob("*"), reverse=True):
            _flush(path)
        _flush(folder)
        target = self.path(version)
        folder.rename(target)
        _flush(self._root)
        return target

    def sweep(self, known: set[str]) -> list[str]:
        """Remove what a crash left behind: unfinished folders and unregistered ones.

        Their curves go with them; else the next of that version would go on in them.

        Args:
            known: the versions in the database.
        """
        swept = []
        for root in (self._root, self._curves):
            for folder in sorted(root.glob("*")) if root.is_dir() else []:
                if folder.is_dir() and folder.name not in known:
                    shutil.rmtree(folder)
                    swept.append(folder.name)
        return swept


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
