"""What stands in a request: inflated and parsed within limits, or refused with a sentence."""

import json
import math
import zlib
from collections.abc import AsyncIterable
from typing import Any, Final, NoReturn

import msgspec

__all__ = ["BATCH", "EVENT", "Unread", "collected", "inflated", "parsed", "too_deep"]

EVENT: Final = 32 * 1024
"""Bytes that one event may have."""
BATCH: Final = 500 * 1024
"""Bytes that a batch may have, inflated."""


class Unread(Exception):  # noqa: N818 - its docstring is its sentence
    """The request cannot be read; the text says why, and is answered with a status and a code."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


async def collected(chunks: AsyncIterable[bytes], most: int) -> bytes:
    """Return a body as it came. Raises Unread as soon as it is longer than `most` bytes."""
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > most:
            raise _too_large(most)
    return bytes(body)


def inflated(body: bytes, encoding: str, most: int) -> bytes:
    """Return a body without its Content-Encoding, never holding more than `most` bytes of it."""
    match encoding.strip().lower():
        case "" | "identity":
            return body
        case "gzip" | "x-gzip":
            return _gunzipped(body, most)
        case other:
            message = f"Content-Encoding {other[:40]!r} is not read: send gzip, or leave it out"
            raise Unread(415, "encoding", message)


def parsed(body: bytes) -> Any:
    """Return what a body of JSON says. Raises Unread where two readers could understand two things."""
    quick = _quickly(body)
    if quick is not _UNSURE:
        return quick
    try:
        return _STRICT.decode(body.decode("utf-8-sig"))
    except UnicodeDecodeError as trouble:
        raise Unread(400, "not_utf8", f"byte {trouble.start} is not UTF-8") from None
    except RecursionError:
        raise too_deep() from None
    except ValueError as trouble:
        raise Unread(400, "not_json", f"this is not JSON: {trouble}") from None


def too_deep() -> Unread:
    """Return the answer to JSON in which more is nested than anybody here can follow."""
    return Unread(400, "not_json", "the JSON is nested too deep")


def _gunzipped(body: bytes, most: int) -> bytes:
    reader = zlib.decompressobj(wbits=31)
    try:
        text = reader.decompress(body, most + 1)
    except zlib.error as trouble:
        raise Unread(400, "not_gzip", f"the body is no gzip: {trouble}") from None
    if len(text) > most:
        raise _too_large(most)
    if not reader.eof:
        raise Unread(400, "not_gzip", "the gzip ends in the middle")
    if reader.unused_data:
        raise Unread(400, "not_gzip", "something stands behind the end of the gzip")
    return text


def _too_large(most: int) -> Unread:
    message = f"more than {most // 1024} KB, inflated: send it in smaller parts"
    return Unread(413, "too_large", message)


def _quickly(body: bytes) -> Any:
    """Return what a body says when it can be seen at a glance that it says one thing, else _UNSURE.

    A name that stands twice is there once when it is written again, so that the texts have as many
    colons only where none does; or where one was written as an escape: those are read with care. To
    look at every object while it is parsed took more than twice as long as all of this, to count
    their names afterwards half as long again.
    """
    try:
        found = _READ(body)
        again = _WRITE(found)
    except (ValueError, RecursionError):
        return _UNSURE  # What is wrong with it is told by who reads with care.
    escaped = (
        b"\\" in body and b"\\u003" in body
    )  # The first is seldom there, and quickly looked for.
    return found if not escaped and body.count(b":") == again.count(b":") else _UNSURE


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {twice[:60]!r} stands twice in one object")
    return found


def _constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text[:40]} is beyond all numbers that can be kept")
    return number


_READ: Final = msgspec.json.Decoder().decode
_WRITE: Final = msgspec.json.Encoder().encode
_STRICT: Final = json.JSONDecoder(
    object_pairs_hook=_once, parse_constant=_constant, parse_float=_finite
)
_UNSURE: Final = object()
