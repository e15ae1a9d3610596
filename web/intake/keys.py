"""Who may tell us things: write keys by source, and secrets of signed hooks. Wrong is just wrong."""

import binascii
import hashlib
import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

__all__ = ["Hook", "Source", "by_key", "by_word", "checked", "signed"]

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}\Z")
_TOLERANCE_S: Final = 300
"""How far a signed hook's own time may be from ours: later, it may be a recorded one."""
_SHORTEST: Final = 16
_NOBODY: Final = "\0"


@dataclass(frozen=True, slots=True)
class Source:
    """Somebody who sends, and the key by which we know them; ids are theirs alone."""

    name: str
    key: str = field(repr=False)

    def __post_init__(self) -> None:
        _check_name(self.name)
        if len(self.key) < _SHORTEST or not self.key.isascii():
            raise ValueError(
                f"the write key of {self.name} needs {_SHORTEST} ASCII characters or more"
            )


@dataclass(frozen=True, slots=True)
class Hook:
    """A signed hook: its secret (`whsec_…`), and where in its body the customer stands."""

    name: str
    secret: str = field(repr=False)
    customer: str = "data.customer"

    def __post_init__(self) -> None:
        _check_name(self.name)
        if not _bytes_of(self.secret):
            raise ValueError(f"the secret of the hook {self.name} is no `whsec_` and base64")


def checked(sources: tuple[Source, ...], hooks: tuple[Hook, ...]) -> None:
    """Raise ValueError when two sources have one key, or two of a kind one name."""
    for what, found in (
        ("name", [source.name for source in sources]),
        ("key", [source.key for source in sources]),
        ("name", [hook.name for hook in hooks]),
    ):
        if len(set(found)) < len(found):
            raise ValueError(f"two sources or two hooks have one {what}")


def by_key(sources: tuple[Source, ...], key: object) -> Source | None:
    """Return whose key this is. Takes as long for every key, so that nobody guesses it by the clock."""
    told = _digest(key if isinstance(key, str) else _NOBODY)
    found = None
    for source in sources:
        if hmac.compare_digest(_digest(source.key), told):
            found = source
    return found


def by_word(sources: tuple[Source, ...], authorization: str) -> Source | None:
    """Return whose `Authorization` this is: Bearer KEY, Basic KEY: or Basic SOURCE:KEY."""
    kind, _, word = authorization.partition(" ")
    match kind.lower():
        case "bearer":
            return by_key(sources, word.strip())
        case "basic":
            user, _, password = _basic(word).partition(":")
            found = by_key(sources, password or user)
            return found if found and (not password or user == found.name) else None
        case _:
            return None


def signed(hook: Hook, headers: Mapping[str, str], body: bytes, now_s: int) -> bool:
    """Whether a hook's body bears its signature of these minutes, by Standard Webhooks 1.0 (`v1`)."""
    id_, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not id_ or not re.fullmatch(r"\d{1,12}", stamp, re.ASCII):
        return False
    text = f"{id_}.{stamp}.".encode("latin-1", "replace") + body
    ours = b64encode(hmac.digest(_bytes_of(hook.secret), text, hashlib.sha256))
    told = [one for one in headers.get("webhook-signature", "").split(" ") if one[:3] == "v1,"]
    good = [hmac.compare_digest(ours, one[3:].encode("latin-1", "replace")) for one in told]
    return any(good) and abs(int(stamp) - now_s) <= _TOLERANCE_S


def _check_name(name: str) -> None:
    if not _NAME.match(name):
        raise ValueError(
            f"{name[:60]!r} is no name: lower case letters, digits, - and _, at most 60"
        )


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode(errors="replace")).digest()


def _basic(word: str) -> str:
    try:
        return b64decode(word, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return _NOBODY


def _bytes_of(secret: str) -> bytes:
    """Return a secret as bytes; none when it cannot be read."""
    try:
        return b64decode(secret.removeprefix("whsec_") + "==")
    except (binascii.Error, ValueError):
        return b""
