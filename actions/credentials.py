"""Secrets: an action names them, the environment of the process holds them, no message shows them."""

import base64
import hashlib
import hmac
import os
import re
from typing import Final

__all__ = ["Missing", "Secrets", "sign"]

_PREFIX: Final = "CUEBOOK_SECRET_"
"""So that an author can name what is meant for actions, and nothing else of the environment."""
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


class Missing(Exception):  # noqa: N818 - its docstring is its sentence
    """The environment does not hold this secret; the text says under which name it would."""


class Secrets:
    """The secrets that one call has used."""

    def __init__(self) -> None:
        self._used: list[str] = []

    def take(self, name: str) -> str:
        """Return the secret `NAME` that stands in `CUEBOOK_SECRET_NAME`; raises Missing."""
        if not _NAME.fullmatch(name):
            raise Missing(f"{name[:60]!r} names no secret: write letters, digits and `_`")
        variable = f"{_PREFIX}{name.upper()}"
        value = os.environ.get(variable, "").strip()
        if not value:
            raise Missing(f"the environment holds no {variable}")
        self._used.append(value)
        return value

    def basic(self, name: str) -> str:
        """Return `user:password` as HTTP's basic authentication has it."""
        encoded = base64.b64encode(self.take(name).encode()).decode()
        self._used.append(encoded)
        return f"Basic {encoded}"

    def masked(self, text: str) -> str:
        """Return a text in which no secret that was used can be read."""
        for value in sorted(self._used, key=len, reverse=True):
            text = text.replace(value, "***")
        return text


def sign(secret: str, name: str, seconds: int, body: bytes) -> str:
    """Return a signature as Standard Webhooks has it. Raises Missing for a secret of another form."""
    try:
        key = base64.b64decode(f"{secret.removeprefix('whsec_')}==")
    except ValueError:
        key = b""
    if not secret.startswith("whsec_") or len(key) < 16:
        raise Missing("a secret to sign with is `whsec_` and at least 16 bytes in base64")
    signed = hmac.new(key, f"{name}.{seconds}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"
