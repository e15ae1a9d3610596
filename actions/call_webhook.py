"""`do: call-webhook`: tells another system over HTTP. Safe to repeat where the receiver knows the id.

Every attempt carries the same `webhook-id`, signed as Standard Webhooks has it where a secret is named.
"""

import hashlib
import json
import re
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote

import httpcore2
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ..engine.contract import LIMITS_READ, Context, Done, Outcome, Rejected, Retry, action, sentence
from ..engine.core.plan import Json
from .addresses import Forbidden, Place, allowed, place
from .calling import Answer, call, picked, trouble
from .credentials import Missing, Secrets, sign
from .recipe_book import written_out

__all__ = ["CallWebhook", "call_webhook"]

_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE: Final = re.compile(r"[\t\x20-\x7e]*")
_OURS: Final = frozenset(
    ("host", "content-length", "transfer-encoding", "connection", "upgrade", "webhook-id",
     "webhook-timestamp", "webhook-signature")
)  # fmt: skip
"""Headers that the call itself sets."""


class Named(BaseModel, extra="forbid"):
    """A secret by its name: `{bearer: ASANA}`, `{basic: JIRA}`, `{secret: KEY}`."""

    bearer: str | None = None
    basic: str | None = None
    secret: str | None = None

    @model_validator(mode="after")
    def _one(self) -> "Named":
        if len(self.model_fields_set) != 1:
            raise ValueError(
                "name one secret: `{bearer: NAME}`, `{basic: NAME}` or `{secret: NAME}`"
            )
        return self


Header = Annotated[str | int | Named, Field(union_mode="left_to_right")]


class Find(BaseModel, extra="forbid"):
    """What is asked first, so that what is there already is not made twice."""

    url: str
    at: str
    """Where in its answer it stands when it is there."""
    save: dict[str, str] = {}


class CallWebhook(BaseModel):
    """The words of `call-webhook`."""

    model_config = ConfigDict(extra="forbid")

    url: str | Named
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    headers: dict[str, Header] = {}
    json_: Any = Field(default=None, alias="json")
    body: str | None = None
    secret: str = ""
    """The name of the secret that it is signed with."""
    timeout: float = Field(default=15, gt=0, le=25)
    """Seconds, for all of the call."""
    success: list[int] = []
    """Answers that are as good as 2xx."""
    save: dict[str, str] = {}
    """What is kept of the answer: names, and where it stands."""
    find: Find | None = None
    expect: str | dict[str, str | int | bool] = ""
    """What has to stand in an answer that is as good as 2xx: at a path, or which value at which."""

    @model_validator(mode="after")
    def _one_body(self) -> "CallWebhook":
        if self.json_ is not None and self.body is not None:
            raise ValueError("`json:` and `body:` cannot both be sent")
        return self


def _endpoint(args: Mapping[str, Json]) -> str:
    """Return what is known by one answer of 410, without what may be secret in it."""
    try:
        words = CallWebhook.model_validate(_meant(args, ""))
        url = words.url if isinstance(words.url, str) else json.dumps(words.url.model_dump())
        host = place(words.url).host if isinstance(words.url, str) else "named"
    except (ValueError, Forbidden):
        return "nowhere"
    return f"{host} {hashlib.sha256(url.partition('?')[0].encode()).hexdigest()[:16]}"


@action("call-webhook", lane=_endpoint, timeout=timedelta(seconds=30))
def call_webhook(args: Mapping[str, Json], context: Context) -> Outcome:
    """Call once, and say what the answer means."""
    try:
        words = CallWebhook.model_validate(_meant(args, _short(context.key)))
    except ValidationError as wrong:
        return Rejected(sentence(wrong))
    except ValueError as wrong:
        return Rejected(str(wrong))
    secrets = Secrets()
    try:
        return _called(words, context, secrets)
    except (Forbidden, Missing) as wrong:
        return Rejected(secrets.masked(str(wrong)))
    except httpcore2.TimeoutException:
        return Retry(f"no answer within {words.timeout:g} s")
    except (httpcore2.NetworkError, httpcore2.ProtocolError) as why:
        return Retry(secrets.masked(f"the line broke: {str(why) or type(why).__name__}"[:300]))


def _meant(args: Mapping[str, Json], key: str) -> Mapping[str, Json]:
    """Return the words of the call itself, a recipe written out."""
    own = {name: word for name, word in args.items() if name not in LIMITS_READ}
    return written_out(own, key) if "recipe" in own else own


def _called(words: CallWebhook, context: Context, secrets: Secrets) -> Outcome:
    where, shown = _place(words.url, secrets)
    headers = _headers(words.headers, secrets)
    allow, until = allowed(), time.monotonic() + words.timeout
    if words.find is not None:
        looked = place(words.find.url)
        if looked.origin != where.origin:
            raise Forbidden("`find:` asks the same host as the call itself")
        finding = call("GET", looked, headers, None, seconds=words.timeout, allow=allow)
        there = picked(finding.told, words.find.at)
        if there is not None and _fine(finding, words):
            return Done(_kept(finding.told, words.find.save))
        if finding.status != 404 and not _fine(finding, words):
            return trouble(finding, shown, _excerpt(finding, secrets))
    body = _body(words)
    if body is not None:
        kind = "application/json" if words.json_ is not None else "text/plain; charset=utf-8"
        headers = {"Content-Type": kind, **headers}
    headers |= _signed(words, context, body or b"", secrets)
    rest = max(until - time.monotonic(), 0.1)
    answer = call(words.method, where, headers, body, seconds=rest, allow=allow)
    if not _fine(answer, words):
        return trouble(answer, shown, _excerpt(answer, secrets))
    lacks = _lacks(answer.told, words.expect)
    if lacks:
        said = f"{shown} answered {answer.status} without {lacks}: {_excerpt(answer, secrets)}"
        return Rejected(said)
    return Done(_kept(answer.told, words.save))


def _place(url: str | Named, secrets: Secrets) -> tuple[Place, str]:
    """Return the place to call, and what may be shown of it."""
    if isinstance(url, str):
        where = place(url)
        return where, where.origin
    if url.secret is None:
        raise Missing("a URL is `{secret: NAME}`")
    return place(secrets.take(url.secret)), f"the URL in the secret {url.secret}"


def _headers(given: Mapping[str, str | int | Named], secrets: Secrets) -> dict[str, str]:
    """Return headers to send. Raises Forbidden for one that could say more than it seems to."""
    found = {"User-Agent": "cuebook", "Accept": "application/json"}
    taken = {name.lower(): name for name in found}
    for name, value in given.items():
        if not _TOKEN.fullmatch(name) or name.lower() in _OURS:
            raise Forbidden(f"{name[:60]!r} is no header that a call may set")
        told = _value(value, secrets) if isinstance(value, Named) else str(value)
        if not _VALUE.fullmatch(told):
            raise Forbidden(f"the header {name} holds a line break or what is no ASCII")
        found.pop(taken.get(name.lower(), ""), None)
        found[name] = told
    return found


def _value(named: Named, secrets: Secrets) -> str:
    if named.bearer is not None:
        return f"Bearer {secrets.take(named.bearer)}"
    return (
        secrets.basic(named.basic) if named.basic is not None else secrets.take(named.secret or "")
    )


def _body(words: CallWebhook) -> bytes | None:
    if words.json_ is not None:
        return json.dumps(words.json_, ensure_ascii=False).encode()
    return None if words.body is None else words.body.encode()


def _signed(
    words: CallWebhook, context: Context, body: bytes, secrets: Secrets
) -> Mapping[str, str]:
    """Return the headers by which a receiver knows the call again, and whose it is."""
    name, now = quote(context.key, safe="/-_~:@+").replace(".", "%2E"), int(time.time())
    told = {"webhook-id": name, "webhook-timestamp": str(now)}
    if words.secret:
        told["webhook-signature"] = sign(secrets.take(words.secret), name, now, body)
    return told


def _fine(answer: Answer, words: CallWebhook) -> bool:
    return 200 <= answer.status < 300 or answer.status in words.success


def _lacks(told: Json, expect: str | Mapping[str, str | int | bool]) -> str:
    """Return what an answer lacks of what is expected of it; nothing where it is as it should be."""
    if isinstance(expect, str):
        return f"`{expect}`" if expect and picked(told, expect) is None else ""
    differing = (path for path, value in expect.items() if not _same(picked(told, path), value))
    return ", ".join(f"`{path}: {json.dumps(expect[path])}`" for path in differing)


def _same(one: Json, other: str | int | bool) -> bool:  # noqa: FBT001 - a value, not a switch
    return type(one) is type(other) and one == other


def _kept(told: Json, save: Mapping[str, str]) -> Json:
    return {name: picked(told, path) for name, path in save.items()} if save else told


def _excerpt(answer: Answer, secrets: Secrets) -> str:
    text = " ".join(answer.body[:2_000].decode(errors="replace").split())
    return secrets.masked(text)[:200]


def _short(key: str) -> str:
    """Return the key as systems take it that allow only a few characters."""
    return hashlib.sha256(key.encode()).hexdigest()[:32]
