"""Shares of all customers, drawn without chance: the same customer, the same place, everywhere."""

import json
from typing import Final

__all__ = ["WHOLE", "safe", "share"]

WHOLE: Final = 10_000
"""All customers, in hundredths of a percent."""


def share(*words: str) -> int:
    """Return where these words stand among all: 0 to 9,999, spread evenly by their SHA-256.

    >>> share("acme", "welcome", "subject", "c1")
    6161
    """
    # `check` draws no share, and would pay for what draws them at its start.
    import hashlib  # noqa: PLC0415

    text = json.dumps(words, ensure_ascii=False, separators=(",", ":"))
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") * WHOLE >> 64


def safe(name: str) -> str:
    """Return a name that cannot be confused with two names and the slash between them."""
    return name.replace("%", "%25").replace("/", "%2F") if "/" in name or "%" in name else name
