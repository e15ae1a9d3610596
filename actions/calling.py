"""One call over HTTP: to a place that was looked at, within one deadline, its answer read up to a cap."""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Final

import httpcore2

from ..engine.contract import Outcome, Rejected, Retry
from ..engine.core.plan import Json
from .addresses import Allowed, Pinned, Place

__all__ = ["Answer", "call", "picked", "trouble", "trusted"]

_LARGEST: Final = 1 << 20
"""How much of an answer is read."""
_SENDING: Final = frozenset(("POST", "PUT", "PATCH"))
_AGAIN: Final = frozenset({408, 425, 429, *range(500, 600)})
"""What may be better later."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    whole: bool
    """Whether all of it was read."""

    @property
    def told(self) -> Json:
        """Return it as JSON; a text that is none as the text, and why where it is too large."""
        if not self.whole:
            return f"an answer of more than {_LARGEST} bytes, which is not kept"
        text = self.body.decode(errors="replace")
        try:
            found: Json = json.loads(text)
        except (ValueError, RecursionError):
            return text[:1_000] or None
        return found

    @property
    def after(self) -> timedelta | None:
        """Return how long the other side asks to be left alone: in seconds, or until a date."""
        said = self.headers.get("retry-after", "").strip()
        try:
            if said.isascii() and said.isdigit():
                return timedelta(seconds=min(int(said), 10**9))
            until = parsedate_to_datetime(said)
        except ValueError:
            return None
        aware = until if until.tzinfo else until.replace(tzinfo=UTC)
        return max(aware - datetime.now(UTC), timedelta(0))


def call(
    method: str,
    where: Place,
    headers: Mapping[str, str],
    body: bytes | None,
    *,
    seconds: float,
    allow: Allowed,
) -> Answer:
    """Make one call, without a redirect, a proxy or a cookie.

    Raises Forbidden for an address that may not be called, and httpcore2's exceptions for what the
    line does.
    """
    url = httpcore2.URL(scheme=where.scheme, host=where.host, port=where.port, target=where.target)
    if body is None and method in _SENDING:
        body = b""  # Some servers wait for a length, though there is nothing to say.
    every = {"Host": where.origin.partition("://")[2], "Accept-Encoding": "identity", **headers}
    if body is not None:
        every["Content-Length"] = str(len(body))
    with (
        httpcore2.ConnectionPool(
            ssl_context=trusted(),
            max_connections=1,
            max_keepalive_connections=0,
            network_backend=Pinned(where, allow, seconds),
        ) as pool,
        pool.stream(method, url, headers=list(every.items()), content=body) as response,
    ):
        told = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in response.headers
        }
        read = bytearray()
        for chunk in response.iter_stream():
            read += chunk
            if len(read) > _LARGEST:
                return Answer(response.status, told, b"", whole=False)
        return Answer(response.status, told, bytes(read), whole=True)


def trouble(answer: Answer, origin: str, said: str) -> Outcome:
    """Return what an answer means that is no success; `said` is what may be shown of it."""
    status = answer.status
    reason = f"{origin} answered {status}{f': {said}' if said else ''}"
    if status in _AGAIN:
        return Retry(reason, answer.after)
    if status == 410:
        return Rejected(reason, closes=True)
    if 300 <= status < 400:
        return Rejected(f"{reason}; redirects are not followed: name the place itself")
    return Rejected(reason)


def picked(told: Json, path: str) -> Json:
    """Return what stands at a dotted path, `response.items.0.id`; None where nothing does.

    >>> picked({"items": [{"id": 7}]}, "items.0.id"), picked({}, "items.0")
    (7, None)
    """
    found: Json = told
    for part in path.split("."):
        match found:
            case dict():
                found = found.get(part)
            case list() if part.isascii() and part.isdigit() and int(part) < len(found):
                found = found[int(part)]
            case _:
                return None
    return found


@cache
def trusted() -> ssl.SSLContext:
    """Return whom calls trust, read once: the machine's own authorities, or `SSL_CERT_FILE`."""
    return httpcore2.default_ssl_context()
