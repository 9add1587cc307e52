"""Files made to do harm are refused with the reason, and cost little memory."""

import gzip
import io
import json
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.importing.conftest import Shop
from tests.importing.test_workbooks import replaced, saved, workbook

MOST_MEMORY_MB = 300
GOOD = "question,answer\nIs it safe?,Yes.\n"


def zipped(**files: bytes | str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


def named(name: str, text: str = GOOD, **more: int) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        entry = zipfile.ZipInfo(name)
        for field, value in more.items():
            setattr(entry, field, value)
        archive.writestr(entry, text)
        archive.writestr("good.csv", GOOD)
    return content.getvalue()


def many_entries() -> bytes:
    """A list of entries far longer than it admits to."""
    content = zipped(a="x")
    at = content.rindex(b"PK\x05\x06")
    return content[: at + 10] + struct.pack("<HI", 9, 2**31) + content[at + 16 :]


def laughs() -> str:
    entities = "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 20}">' for n in range(9)
    )
    return f'<!DOCTYPE x [<!ENTITY a "ha">{entities}]><x><y>&j;</y></x>'


BOMBS: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "gzip": ("a.jsonl.gz", lambda: gzip.compress(bytes(10**8), 1), "larger than 32 MB"),
    "zip": ("a.zip", lambda: zipped(**{"a.csv": bytes(2**27 + 1)}), "unpack to 128 MB"),
    "zip by ratio": ("a.zip", lambda: zipped(**{"a.csv": bytes(10**7)}), "times its"),
    "zip in zip": (
        "a.zip",
        lambda: zipped(**{"b.zip": zipped(a="x")}),
        "within the archive",
    ),
    "zip of lies": ("a.zip", many_entries, "more than 20,000 entries"),
    "zip cut off": ("a.zip", lambda: zipped(**{"a.csv": GOOD})[:-30], "no sound zip"),
    "workbook": (
        "a.xlsx",
        lambda: zipped(**{"xl/workbook.xml": bytes(2**26)}),
        "unpack to 64 MB",
    ),
    "workbook by ratio": (
        "a.xlsx",
        lambda: zipped(**{"xl/workbook.xml": b"<a/>" * 7_000_000}),
        "times its",
    ),
    "workbook of lies": ("a.xlsx", many_entries, "entries"),
    "workbook of entities": (
        "a.xlsx",
        lambda: replaced(saved(workbook()), "xl/workbook.xml", lambda _: laughs()),
        "sound Excel",
    ),
    "XML": ("a.xml", lambda: laughs().encode(), "document type or an entity"),
    "XML from outside": (
        "a.xml",
        lambda: b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
        "document type or an entity",
    ),
    "XML nested": ("a.xml", lambda: b"<a>" * 10**6, "nested too deep"),
    "XML of parts": ("a.xml", lambda: b"<a><b>" + b"<c/>" * 10**6, "100,000 parts"),
    "YAML": (
        "a.yml",
        lambda: b"a: &a [x,x]\nb: &b [*a,*a]\nnlu: [*b,*b]\n",
        "aliases",
    ),
    "YAML nested": ("a.yml", lambda: b"[" * 10**6, "nested too deep"),
    "YAML with code": (
        "a.yml",
        lambda: b"!!python/object/apply:os.system ['touch /tmp/kefu-was-here']",
        "none of Rasa's",
    ),
    "JSON nested": ("a.json", lambda: b"[" * 10**6, "cannot be read"),
    "JSON of one document": (
        "a.json",
        lambda: json.dumps([{"question": "a" * 100, "answer": "b"}] * 100_000).encode(),
        "more than 12 MB",
    ),
    "lines": ("a.csv", lambda: b"a\n" * 2**24, "200,000 lines"),
    "page": ("a.html", lambda: b"<b>" * (2**23 // 3) + b"x" * 10, "more than 4 MB"),
    "text": ("a.md", lambda: b"# a\n" + b"x" * 2**20, "more than 100,000"),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_with_the_reason(shop: Shop, bomb: str) -> None:
    name, made, why = BOMBS[bomb]
    report = shop.bring(shop.write(name, made()))
    assert report.added == 0
    assert any(why in row.why for row in report.rejected), report.lines()
    assert not Path("/tmp/kefu-was-here").exists()  # noqa: S108 - the bomb's own


@pytest.mark.parametrize(
    "name", ["../../evil.csv", "/etc/evil.csv", "C:\\evil.csv", "a\\..\\..\\evil.csv"]
)
def test_a_name_that_leads_out_of_an_archive_is_refused(shop: Shop, name: str) -> None:
    report = shop.bring(shop.write("a.zip", named(name)))
    assert any("leads out" in row.why for row in report.rejected)
    assert shop.answers() == {"Is it safe?": "Yes."}
    assert not list(shop.folder.parent.rglob("evil.csv"))


def test_links_and_locked_files_in_an_archive_are_refused(shop: Shop) -> None:
    link = named("l.csv", "/etc/passwd", external_attr=0o120777 << 16)
    report = shop.bring(shop.write("a.zip", link))
    assert "is a link" in report.rejected[0].why
    locked = bytearray(named("l.csv"))
    locked[6] |= 1
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    report = shop.bring(shop.write("b.zip", bytes(locked)))
    assert any("password" in row.why for row in report.rejected)


def test_a_link_in_a_folder_leads_nowhere(shop: Shop) -> None:
    secret = shop.write("elsewhere/secret.csv", GOOD)
    folder = shop.write("given/a.csv", "question,answer\nWho?,We\n").parent
    (folder / "b.csv").symlink_to(secret)
    (folder / "c").symlink_to(secret.parent)
    report = shop.bring(folder)
    assert shop.answers() == {"Who?": "We"}
    assert [row.why for row in report.rejected] == ["it is a symbolic link"] * 2


def test_a_folder_that_was_packed_reads_as_it_lay(shop: Shop) -> None:
    parts: dict[str, bytes | str] = {
        "faq.csv": GOOD,
        "docs/a.md": "# A\ntext\n",
        "docs/a.png": b"x",
    }
    report = shop.bring(shop.write("docs.zip", zipped(**parts)))
    assert (report.added, report.rejected) == (2, ())
    assert [row.why for row in report.left_out] == ["1 .png file was not read"]
    assert {each.source for each in shop.knowledge()} == {"faq.csv", "docs/docs/a.md"}
    assert shop.bring(shop.folder / "docs.zip").unchanged == 2


WORST: dict[str, Callable[[], bytes]] = {
    "emoji.csv": lambda: (
        "question,answer\n" + "".join(f"q{n} 😀,{'a' * 90}\n" for n in range(199_000))
    ).encode(),
    "small.json": lambda: b"[" + b"[],{}," * 160_000 + b"1]",
    "page.html": lambda: b"<p>a</p>" * 49_000,
    "strings.xlsx": lambda: replaced(
        saved(workbook()),
        "xl/sharedStrings.xml",
        lambda _: (
            "<sst>"
            + "".join(f"<si><t>{n}</t></si>" for n in range(1_200_000))
            + "</sst>"
        ),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", WORST)
def test_the_worst_that_is_read_needs_little_memory(shop: Shop, name: str) -> None:
    path = shop.write(name, WORST[name]())
    code = (
        "import sys; from pathlib import Path; from bot.importing.files import find, "
        "read\nfor file in find([Path(sys.argv[1])]):\n    sum(1 for _ in read(file))"
        "\nprint(Path('/proc/self/status').read_text())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    )
    used = int(done.stdout.split("VmHWM:")[1].split()[0]) / 1024
    assert used < MOST_MEMORY_MB, f"{used:.0f} MB"
