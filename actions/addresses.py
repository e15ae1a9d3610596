"""Where calls may go: each address of a name is looked at, and one of those is connected to.

The name is looked up once, so it cannot mean one thing to the look and another to the call.
"""

import ipaddress
import os
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlsplit

import httpcore2

__all__ = ["ALLOW", "Allowed", "Forbidden", "Pinned", "Place", "allowed", "place"]

ALLOW: Final = "CUEBOOK_WEBHOOK_ALLOW"
"""Names the hosts and networks that may be called though they are private."""
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], list[str]]

_ODD: Final = re.compile(r"[\x00-\x20\x7f\\]")
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_PORTS: Final = {"http": 80, "https": 443}


class Forbidden(Exception):  # noqa: N818 - its docstring is its sentence
    """No call may go there; the text says why, and names no secret."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What may be called although it is private, or by plain `http`."""

    names: frozenset[str] = frozenset()
    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()

    def holds(self, host: str, address: str) -> bool:
        """Tell whether a host was allowed by its name or by its address."""
        return host in self.names or any(_plain(address) in one for one in self.networks)


@dataclass(frozen=True, slots=True)
class Place:
    """A URL, taken apart and found to be one that nobody reads in two ways."""

    scheme: str
    host: str
    """In ASCII and small letters; an IPv6 address without its brackets."""
    port: int
    target: str
    """Path and query."""

    @property
    def origin(self) -> str:
        """Return what may be shown of it: not the path, which may hold a secret."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + (
            "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        )


def allowed() -> Allowed:
    """Return what the host allows in its environment. Raises Forbidden for what is no network."""
    names, networks = set[str](), []
    for word in os.environ.get(ALLOW, "").replace(",", " ").split():
        try:
            networks.append(ipaddress.ip_network(word.strip("[]"), strict=False))
        except ValueError:
            if "/" in word:
                raise Forbidden(f"{ALLOW} names {word!r}, which is no network") from None
            names.add(word.casefold())
    return Allowed(frozenset(names), tuple(networks))


def place(url: str) -> Place:
    """Take a URL apart. Raises Forbidden for what is none, or could be read in two ways."""
    if _ODD.search(url):
        raise Forbidden("a URL holds no spaces, line breaks or backslashes")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Forbidden("this is no URL that can be called") from None
    if parts.scheme not in _PORTS or not parts.hostname:
        raise Forbidden("a URL begins with https:// and a host")
    if "@" in parts.netloc:
        raise Forbidden("a URL holds no user and password: write them into `headers:`")
    target = quote(parts.path or "/", safe="/%:=&?~+!$,;'@()*[]")
    query = f"?{quote(parts.query, safe='/%:=&?~+!$,;@()*[]')}" if parts.query else ""
    host = _ascii(parts.hostname)
    return Place(parts.scheme, host, port or _PORTS[parts.scheme], f"{target}{query}")


def _ascii(host: str) -> str:
    try:
        found = host if ":" in host else host.encode("idna").decode()
    except UnicodeError:
        raise Forbidden("a URL names a host that there cannot be") from None
    if "%" in found:
        raise Forbidden("a URL names a host without a zone")
    return found.casefold()


def look_up(host: str, port: int) -> list[str]:
    """Return the addresses that a name has now."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Pinned(httpcore2.NetworkBackend):
    """Connects to addresses that were looked at, and to nothing once the time is over."""

    def __init__(
        self, where: Place, allow: Allowed, seconds: float, resolve: Resolve = look_up
    ) -> None:
        self._where = where
        self._allow = allow
        self._until = time.monotonic() + seconds
        self._resolve = resolve

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - all of the call has one deadline
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Look the name up, look at all it means, and connect to the first that answers."""
        trouble: Exception = httpcore2.ConnectError(f"{host} has no address")
        for address in self._addresses(host, port):
            try:
                stream = httpcore2.SyncBackend().connect_tcp(
                    address, port, left(self._until), local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as why:
                trouble = why
                continue
            return _Timed(stream, self._until)
        raise trouble

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = self._resolve(host, port)
        except (OSError, UnicodeError):
            raise httpcore2.ConnectError(f"{host} cannot be found") from None
        for address in found:
            told = self._allow.holds(host, address)
            if not told and not _is_public(_plain(address)):
                raise Forbidden(
                    f"{host} is not in the public internet: the host may allow it by {ALLOW}"
                )
            if not told and self._where.scheme != "https":
                raise Forbidden(f"{host} is called by https, unless the host allows it by {ALLOW}")
        return found


def left(until: float) -> float:
    """Return how many seconds are left; raises ReadTimeout when none are."""
    seconds = until - time.monotonic()
    if seconds <= 0:
        raise httpcore2.ReadTimeout("the time is over")
    return seconds


class _Timed(httpcore2.NetworkStream):
    """A connection that ends with its call, however slowly the other side goes on."""

    def __init__(self, stream: httpcore2.NetworkStream, until: float) -> None:
        self._stream = stream
        self._until = until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._stream.read(max_bytes, left(self._until))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._stream.write(buffer, left(self._until))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore2.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, left(self._until))
        return _Timed(secured, self._until)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _plain(address: str) -> Address:
    """Return an address, the IPv4 one inside where IPv6 only wraps it."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo and found.teredo[1])
        if inner:
            return inner
        if found in _NAT64:
            return ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
    return found


def _is_public(address: Address) -> bool:
    return (
        address.is_global
        and not (address.is_multicast or address.is_reserved or address.is_unspecified)
        and not getattr(address, "is_site_local", False)
    )
