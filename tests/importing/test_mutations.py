"""Whatever becomes of a file on its way, an import ends with a report."""

import io
import json
import random
import zipfile
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.importing import import_paths
from storage.problems import Problem
from tests.importing.conftest import NOON
from tests.importing.test_documented import EXAMPLES
from tests.importing.test_workbooks import saved, workbook


def _packed() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in EXAMPLES.items():
            archive.writestr(name, text)
    return content.getvalue()


FILES: dict[str, bytes] = {
    **{name: text.encode() for name, text in EXAMPLES.items()},
    "all.xlsx": saved(workbook()),
    "all.zip": _packed(),
}
_ODD = (b"\x00", b"\xff\xfe", b'"', b"{", b"[", b"<", b"&", b"\n", b"9" * 400, b"\xed")
_VALUES: tuple[Any, ...] = (
    None,
    0,
    -1,
    True,
    1e308,
    "",
    "x",
    "<b>",
    [],
    {},
    [[]],
    [{}],
)


def _bytes_changed(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(changed) + 1)
        what = chance.randrange(5)
        if what == 0:
            changed[at:at] = chance.choice(_ODD)
        elif what == 1:
            del changed[at : at + chance.randint(1, 40)]
        elif what == 2 and at < len(changed):
            changed[at] = chance.randrange(256)
        elif what == 3:
            changed[at:at] = changed[: chance.randint(0, 200)]
        else:
            del changed[at:]
    return bytes(changed)


def _values_changed(value: Any, chance: random.Random) -> Any:
    """The same JSON with a few of its values replaced, dropped or nested."""
    if chance.random() < 0.05:
        return chance.choice(_VALUES)
    if isinstance(value, dict):
        kept = {k: _values_changed(v, chance) for k, v in value.items()}
        return {k: v for k, v in kept.items() if chance.random() > 0.03}
    if isinstance(value, list):
        return [_values_changed(each, chance) for each in value]
    return value


def _changed(name: str, chance: random.Random) -> bytes:
    content = FILES[name]
    if name.endswith((".json", ".jsonl")) and chance.random() < 0.7:
        rows = [content] if name.endswith(".json") else content.splitlines()
        changed = (_values_changed(json.loads(row), chance) for row in rows)
        return "\n".join(map(json.dumps, changed)).encode()
    return _bytes_changed(content, chance)


@settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(name=st.sampled_from(sorted(FILES)), seed=st.integers(0, 2**32))
def test_a_damaged_file_gives_a_report_or_a_problem(
    tmp_path: Path, name: str, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - to damage files with
    path = tmp_path / name.replace("/", "-")
    path.write_bytes(_changed(name, chance))
    numbers = count(1)
    new_id: Callable[[], str] = lambda: f"{next(numbers):032x}"  # noqa: E731
    try:
        report = import_paths(
            [path],
            workspace="shop",
            database=None,
            now=lambda: NOON,
            new_id=new_id,
            approved=seed % 2 == 0,
        )
    except Problem:
        return
    taken = report.added + len(report.rejected) + len(report.left_out)
    assert taken > 0, "a file was dropped without a word"
    json.dumps(report.to_json()).encode()
