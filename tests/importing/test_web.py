"""Pages of the web are fetched when asked for, and nothing inside the house is."""

import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bot.importing.web import Fetcher, NotFetched
from tests.importing.conftest import Shop

PAGE = b"<title>Help</title><h2>Do you ship?</h2><p>Yes.</p><h2>Boxes</h2><p>Blue.</p>"


class Site(BaseHTTPRequestHandler):
    """A help centre on a real socket; it counts who comes."""

    asked: Sequence[str] = ()

    def do_GET(self) -> None:
        type(self).asked = (*self.asked, self.path)
        where = {"/out": "http://169.254.169.254/", "/in": "/page", "/loop": "/loop"}
        if self.path in where:
            self.send_response(302)
            self.send_header("Location", where[self.path])
            self.end_headers()
            return
        self.send_response(404 if self.path == "/gone" else 200)
        kind = "image/png" if self.path == "/image" else "text/html; charset=utf-8"
        self.send_header("Content-Type", kind)
        if self.path == "/packed":
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        try:
            self.wfile.write(b"<p>" + b"x" * 5_000_000 if self.path == "/big" else PAGE)
        except OSError:
            return  # the reader has had enough

    def log_message(self, format: str, *args: object) -> None:
        del format, args


@pytest.fixture
def site() -> Iterator[str]:
    Site.asked = ()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_pages_of_a_host_that_the_admin_named_come_in(shop: Shop, site: str) -> None:
    path = shop.write("help.urls", f"# help\nhttp://{site}/in\n")
    fetcher = Fetcher(trusted=frozenset({site}))
    report = shop.bring(path, fetcher=fetcher)
    assert (report.added, report.rejected) == (2, ())
    assert shop.answers() == {"Do you ship?": "Yes.", "Help — Boxes": "Blue."}
    assert {each.source for each in shop.knowledge()} == {f"http://{site}/page"}
    again = shop.bring(path, fetcher=fetcher)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)


def test_nothing_is_fetched_that_was_not_asked_for(shop: Shop, site: str) -> None:
    path = shop.write("help.txt", f"http://{site}/page\n")
    report = shop.bring(path)
    assert [row.fix for row in report.rejected] == ["add --fetch"]
    untrusted = shop.bring(path, fetcher=Fetcher())
    assert "loopback" in untrusted.rejected[0].why
    assert "KEFU_IMPORT_HOSTS" in untrusted.rejected[0].fix
    assert Site.asked == ()


@pytest.mark.parametrize(
    ("page", "why"),
    [
        ("out", "link-local"),
        ("loop", "again and again"),
        ("gone", "says 404"),
        ("image", "image/png"),
        ("big", "larger than 4 MB"),
        ("packed", "packed"),
    ],
)
def test_what_a_server_answers_is_looked_at(site: str, page: str, why: str) -> None:
    with pytest.raises(NotFetched) as caught:
        Fetcher(trusted=frozenset({site})).fetch(f"http://{site}/{page}")
    assert why in caught.value.why


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("file:///etc/passwd", "file:"),
        ("ftp://shop.example/", "ftp:"),
        ("javascript:alert(1)", "javascript:"),
        ("http://127.0.0.1/", "loopback"),
        ("http://127.9.9.9:8080/", "loopback"),
        ("http://localhost/", "loopback"),
        ("http://2130706433/", "loopback"),  # 127.0.0.1 as one number
        ("http://0x7f.1/", "loopback"),
        ("http://[::1]/", "loopback"),
        ("http://[::ffff:10.0.0.1]/", "private"),
        ("http://[64:ff9b::7f00:1]/", "loopback"),  # 127.0.0.1 through NAT64
        ("http://[2002:a00:1::]/", "private"),  # 10.0.0.1 as 6to4
        ("http://10.1.2.3/", "private"),
        ("http://172.16.0.9/", "private"),
        ("http://192.168.1.1/", "private"),
        ("http://100.64.0.1/", "private"),
        ("http://[fd00::1]/", "private"),
        ("http://169.254.169.254/latest/meta-data", "link-local"),
        ("http://[fe80::1]/", "link-local"),
        ("http://0.0.0.0/", "no single machine"),
        ("http://255.255.255.255/", "no single machine"),
        ("http://224.0.0.1/", "no single machine"),
        ("http://me:secret@8.8.8.8/", "user name"),
        ("http:///page", "no host"),
        ("http://[bad/", "no address"),
        ("http://8.8.8.8:99999/", "no address"),
    ],
)
def test_an_address_inside_the_house_is_refused(url: str, why: str) -> None:
    with pytest.raises(NotFetched) as caught:
        Fetcher().check(url)
    assert why in caught.value.why


@pytest.mark.parametrize(
    "machines",
    [("10.0.0.1",), ("93.184.216.34", "127.0.0.1"), ("::ffff:169.254.169.254",), ()],
)
def test_a_name_that_leads_inside_is_refused(machines: tuple[str, ...]) -> None:
    """Also one that has a public address besides: it could be asked either way."""
    with pytest.raises(NotFetched):
        Fetcher(look_up=lambda _host, _port: machines).check("https://shop.example/")


def test_the_machine_that_was_checked_is_the_one_that_is_asked() -> None:
    looked_up = []

    def look_up(host: str, port: int) -> tuple[str, ...]:
        looked_up.append((host, port))
        return ("93.184.216.34",) if len(looked_up) == 1 else ("127.0.0.1",)

    target = Fetcher(look_up=look_up).check("https://shop.example/a")
    assert (target.machine, target.host) == ("93.184.216.34", "shop.example")
    assert looked_up == [("shop.example", 443)]


def test_a_metadata_service_is_not_asked_even_when_it_is_named() -> None:
    named = Fetcher(trusted=frozenset({"169.254.169.254"}))
    with pytest.raises(NotFetched):
        named.check("http://169.254.169.254/")
