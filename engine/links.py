"""Links that a message carries and that nobody can make up: what they say is signed, not hidden.

A token holds a customer's id and what the link is for, and nothing else about anybody. It does not
run out: a message may be answered, and must be unsubscribable, for as long as somebody keeps it.
"""

import hashlib
import hmac
import json
import os
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, Self
from urllib.parse import urlsplit

__all__ = ["PATHS", "Kind", "NoSite", "Site", "link", "opened", "read", "sign"]

Kind = Literal["unsubscribe", "answer"]

PATHS: Final[Mapping[Kind, str]] = {"unsubscribe": "u", "answer": "a"}
"""Where each kind of link is served: `/u/TOKEN`, `/a/TOKEN`."""
LONGEST: Final = 2_000
"""Characters of a token; a longer one is not even looked at."""
SHORTEST_SECRET: Final = 32
_VERSION: Final = "1"
_DOMAIN: Final = b"cuebook link 1"
"""Keeps a signature made for something else with the same secret from being one of a link."""
_KIND: Final = "link"


class NoSite(Exception):  # noqa: N818 - its name is what is missing
    """Links cannot be signed or read, for the environment does not say how."""


def sign(claims: Mapping[str, str], secret: bytes) -> str:
    """Return a token for a link: `claims` for everybody to read and for nobody to change.

    >>> token = sign({"customer": "ada"}, b"a secret of the deployment's own")
    >>> read(token, b"a secret of the deployment's own")
    {'customer': 'ada'}
    >>> read(token, b"somebody else's") is None
    True
    """
    said = json.dumps(dict(claims), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    signed = f"{_VERSION}.{_encoded(said.encode())}"
    token = f"{signed}.{_signature(signed, secret)}"
    if len(token) > LONGEST:
        raise ValueError(f"a link of more than {LONGEST:,} characters")
    return token


def read(token: str, secret: bytes) -> Mapping[str, str] | None:
    """Return what a token says, or None when it was not signed with this secret as it stands."""
    signed, _, signature = token.rpartition(".")
    version, _, said = signed.partition(".")
    if len(token) > LONGEST or version != _VERSION or not token.isascii():
        return None
    if not hmac.compare_digest(signature.encode(), _signature(signed, secret).encode()):
        return None
    claims: dict[str, str] = json.loads(b64decode(said + "=" * (-len(said) % 4), b"-_"))
    return claims


@dataclass(frozen=True, slots=True)
class Site:
    """Where links lead to, and the secrets that they are signed with."""

    url: str
    """Without a slash at its end."""
    secrets: tuple[bytes, ...]
    """The first signs, all are read: a new one is put in front and the old one stays for a while."""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """Return what `CUEBOOK_URL` and `CUEBOOK_SECRET` say; raises NoSite with what to set."""
        secrets = environment.get("CUEBOOK_SECRET", "").split()
        if not secrets:
            raise NoSite(f"CUEBOOK_SECRET is not set: {_MAKE_ONE}")
        if any(len(secret) < SHORTEST_SECRET for secret in secrets):
            raise NoSite(f"CUEBOOK_SECRET has under {SHORTEST_SECRET} characters: {_MAKE_ONE}")
        return cls(_public(environment.get("CUEBOOK_URL", "")), tuple(s.encode() for s in secrets))

    def link(self, kind: Kind, claims: Mapping[str, str]) -> str:
        """Return the link of a kind that says `claims`."""
        return f"{self.url}/{PATHS[kind]}/{sign({**claims, _KIND: kind}, self.secrets[0])}"

    def opened(self, kind: Kind, token: str) -> Mapping[str, str] | None:
        """Return what the token of a link says, or None when it is no link of this kind of ours."""
        found = next((said for one in self.secrets if (said := read(token, one)) is not None), None)
        if found is None or found.get(_KIND) != kind:
            return None
        return {name: value for name, value in found.items() if name != _KIND}


def link(kind: Kind, claims: Mapping[str, str]) -> str:
    """Return a link to the site that the environment names; raises NoSite when it names none."""
    return Site.of(os.environ).link(kind, claims)


def opened(kind: Kind, token: str) -> Mapping[str, str] | None:
    """Return what a link says that somebody followed; None when it was not made here, as it stands."""
    return Site.of(os.environ).opened(kind, token)


_MAKE_ONE: Final = (
    'make one with python -c "import secrets; print(secrets.token_urlsafe(32))" and keep it'
)


def _public(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        said = f"CUEBOOK_URL is {url!r}" if url else "CUEBOOK_URL is not set"
        raise NoSite(f"{said}: the address that customers reach, as in https://plays.example.com")
    return url.rstrip("/")


def _signature(signed: str, secret: bytes) -> str:
    key = hmac.digest(secret, _DOMAIN, hashlib.sha256)
    return _encoded(hmac.digest(key, signed.encode(), hashlib.sha256))


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
