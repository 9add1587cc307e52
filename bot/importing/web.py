"""Pages fetched from the web, when an admin says so; never from inside the house.

Every address is looked up first, and the very address that was checked is connected
to, so that a name cannot mean one machine when checked and another when asked. Each
redirect is checked in the same way. What is refused says why and is not contacted.
"""

import ipaddress
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urljoin, urlsplit

import httpx

MAX_BYTES = 4 * 1024**2
_REDIRECTS = 5
_SECONDS = 15.0
_CONNECT = 5.0
_AGENT = "kefu-import"
_KINDS = ("text/html", "application/xhtml+xml", "text/plain", "text/markdown")
_MOVED = {301, 302, 303, 307, 308}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Lookup: TypeAlias = Callable[[str, int], Sequence[str]]


class NotFetched(Exception):
    """Why a page was not fetched, and what to do."""

    def __init__(self, why: str, fix: str) -> None:
        super().__init__(why)
        self.why, self.fix = why, fix


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What an address gave."""

    address: str  # after redirects
    content: bytes
    kind: str  # "text/html"
    charset: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An address that may be fetched, and the machine that it was checked to be."""

    url: str
    host: str
    port: int
    machine: str  # an IP address


def look_up(host: str, port: int) -> Sequence[str]:
    """The IP addresses of a host. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetcher:
    """Fetches pages from public machines, and from those that the admin named.

    Attributes:
        trusted: "host" or "host:port" in the house that may be asked all the same.
    """

    trusted: frozenset[str] = frozenset()
    look_up: Lookup = look_up

    def fetch(self, url: str) -> Page:
        """The page at an address.

        Raises:
            NotFetched: it may not be asked, it is too large, no page, or failed.
        """
        for _ in range(_REDIRECTS + 1):
            answer = self._ask(self.check(url))
            if isinstance(answer, Page):
                return answer
            url = urljoin(url, answer)
        raise NotFetched("it is redirected again and again", "name the last address")

    def check(self, url: str) -> Target:
        """Whom to ask for an address. Raises NotFetched where nobody may be."""
        host, port = _parts(url)
        trusted = bool({host, f"{host}:{port}"} & self.trusted)
        try:
            machines = self.look_up(host, port)
        except (OSError, UnicodeError) as error:
            raise NotFetched(f"{host} cannot be found ({error})", "check it") from error
        for machine in machines:
            why = _forbidden(machine, trusted=trusted)
            if why:
                raise NotFetched(
                    f"{host} is {machine}, {why}",
                    "save the page and import the file, or name the host in "
                    "KEFU_IMPORT_HOSTS if it is yours",
                )
        if not machines:
            raise NotFetched(f"{host} has no address", "check it")
        return Target(url=url, host=host, port=port, machine=machines[0])

    def _ask(self, target: Target) -> Page | str:
        """The page, or where it has moved to."""
        parts = urlsplit(target.url)
        machine = f"[{target.machine}]" if ":" in target.machine else target.machine
        asked = parts._replace(netloc=f"{machine}:{target.port}", fragment="").geturl()
        headers = {
            "Host": parts.netloc.rpartition("@")[2],
            "User-Agent": _AGENT,
            "Accept": ", ".join(_KINDS),
            "Accept-Encoding": "identity",  # nothing that could unfold
        }
        timeout = httpx.Timeout(_SECONDS, connect=_CONNECT)
        try:
            # No proxy of the environment: it would ask in our place, unchecked.
            with (
                httpx.Client(trust_env=False, timeout=timeout) as client,
                client.stream(
                    "GET",
                    asked,
                    headers=headers,
                    extensions={"sni_hostname": target.host},
                ) as response,
            ):
                return _answer(response, target.url)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            why = str(error) or type(error).__name__
            raise NotFetched(f"it cannot be fetched: {why}", "try again") from error


def _answer(response: httpx.Response, url: str) -> Page | str:
    if response.status_code in _MOVED and "location" in response.headers:
        return response.headers["location"]
    if response.status_code != 200:
        raise NotFetched(f"the server says {response.status_code}", "check the address")
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _KINDS:
        raise NotFetched(f"it is no page but {kind or 'something'}", "save it yourself")
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise NotFetched("it is packed, which was not asked for", "save it yourself")
    content = bytearray()
    for piece in response.iter_raw():
        content += piece
        if len(content) > MAX_BYTES:
            limit = f"{MAX_BYTES // 1024**2} MB"
            raise NotFetched(f"it is larger than {limit}", "save it in parts")
    return Page(
        address=url,
        content=bytes(content),
        kind=kind,
        charset=response.charset_encoding,
    )


def _parts(url: str) -> tuple[str, int]:
    """Host and port of an address that could be a page's."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise NotFetched(f"it is no address ({error})", "check it") from error
    if parts.scheme not in ("http", "https"):
        scheme = parts.scheme or "nothing"
        why = f"it begins with {scheme}:, which is not fetched"
        raise NotFetched(why, "name an http or https address")
    if not host:
        raise NotFetched("it names no host", "write https://host/page")
    if parts.username is not None or parts.password is not None:
        raise NotFetched("it holds a user name", "take it out: it would be sent")
    return host.rstrip(".").lower(), port or (443 if parts.scheme == "https" else 80)


def _forbidden(machine: str, *, trusted: bool) -> str:
    """Why a machine may not be asked; "" if it may."""
    try:
        address: Address = ipaddress.ip_address(machine.partition("%")[0])
    except ValueError:
        return "which is no IP address"
    for each in _meant(address):
        if each.is_link_local:
            return "a link-local address"  # cloud machines tell secrets there
        if each.is_unspecified or each.is_multicast or each == _BROADCAST:
            return "an address of no single machine"
        if trusted:
            continue
        if each.is_loopback:
            return "this very machine (loopback)"
        if not each.is_global:
            return "a private or reserved address"
    return ""


_BROADCAST = ipaddress.ip_address("255.255.255.255")


def _meant(address: Address) -> Iterator[Address]:
    """The address, and the IPv4 one that it carries or leads to."""
    yield address
    if isinstance(address, ipaddress.IPv4Address):
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if address in _NAT64:
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
