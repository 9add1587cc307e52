"""The floor plan holds: an import may only point down."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = ("storage", "bot", "adapters", "training")
ROOF = ("bot/__main__.py", "bot/app.py", "bot/cli/")

# floor of a file -> the prefixes of our own modules it may import
MAY_IMPORT = {
    "storage": ("storage",),
    "bot.model": ("bot.model", "storage.records", "storage.problems"),
    "bot": ("bot", "storage"),
    "training": ("training", "bot", "bot.model", "storage"),
    "adapters": ("adapters", "bot", "storage"),
}
# a heavy package -> the files that may import it, as path prefixes
HEAVY = {
    "torch": ("bot/model/", "training/"),
    "transformers": ("bot/model/", "training/"),
    "peft": ("bot/model/", "training/"),
    "ctranslate2": ("bot/model/",),
    "sklearn": ("training/",),
    "sqlmodel": ("storage/",),
    "sqlalchemy": ("storage/",),
    "slack_bolt": ("adapters/slack/",),
    "slack_sdk": ("adapters/slack/",),
    "telegram": ("adapters/telegram/",),
    "fastapi": ("adapters/web/", "adapters/telegram/webhook.py"),
}


def _files() -> list[Path]:
    return sorted(p for package in OURS for p in (ROOT / package).rglob("*.py"))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _floor(relative: str) -> str | None:
    if relative.startswith(ROOF):
        return None
    if relative.startswith("bot/model/"):
        return "bot.model"
    return relative.split("/")[0]


def _within(module: str, prefix: str) -> bool:
    return module == prefix or module.startswith(prefix + ".")


@pytest.mark.parametrize("path", _files(), ids=lambda p: str(p.relative_to(ROOT)))
def test_an_import_only_points_down(path: Path) -> None:
    relative = path.relative_to(ROOT).as_posix()
    floor = _floor(relative)
    for module in _imports(path):
        top = module.split(".")[0]
        if top in OURS and floor is not None:
            allowed = any(_within(module, prefix) for prefix in MAY_IMPORT[floor])
            # `from storage import records` names the package, then the module
            packages_only = module in OURS and floor == "bot.model"
            assert allowed or packages_only, f"{relative} imports {module}"
            assert not any(
                _within(module, roof) for roof in ("bot.app", "bot.cli", "bot.__main__")
            ), f"{relative} reaches for the roof: {module}"
        if top in HEAVY:
            assert relative.startswith(HEAVY[top]), f"{relative} imports {module}"


def test_nothing_uses_pickle() -> None:
    forbidden = {
        "pickle",
        "cPickle",
        "dill",
        "joblib",
        "cloudpickle",
        "shelve",
        "marshal",
    }
    for path in _files():
        found = {module.split(".")[0] for module in _imports(path)} & forbidden
        assert not found, f"{path} imports {found}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in {"load", "save"}:
                owner = node.value
                assert not (isinstance(owner, ast.Name) and owner.id == "torch"), (
                    f"{path}:{node.lineno} uses torch.{node.attr}, which is pickle"
                )


def test_the_floors_import_without_torch() -> None:
    code = (
        "import sys, bot, storage, adapters; "
        "heavy = {'torch', 'transformers', 'peft', 'sklearn'} & set(sys.modules); "
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, cwd=ROOT)
