"""`do: notify`: a short message by Slack, Teams, text message and a hundred other ways, through Apprise.

Nobody there knows a repetition: a message may come twice after a crash, and is tried a few times only.
"""

import logging
import os
import re
import threading
from datetime import timedelta
from typing import Annotated, Final, Literal

import apprise
from pydantic import AliasChoices, BaseModel, Field, StringConstraints

from ..engine.contract import Context, Done, Outcome, Rejected, Retry, action

__all__ = ["Notify", "notify"]

_PREFIX: Final = "CUEBOOK_NOTIFY_"
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_READING: Final = threading.Lock()
"""Apprise reads its services when it is first asked, which two threads cannot do at once."""
_MOST_S: Final = 10.0
"""How long one service may take to answer."""


class Notify(BaseModel, extra="forbid"):
    """The words of `notify`."""

    to: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)] = "default"
    """A name: the URL of the service is in `CUEBOOK_NOTIFY_NAME`."""
    text: str = Field(
        min_length=1, max_length=20_000, validation_alias=AliasChoices("text", "body")
    )
    """What is said; a template's body, where it is not given."""
    title: Annotated[str, StringConstraints(max_length=500)] = ""
    subject: Annotated[str, StringConstraints(max_length=500)] = ""
    """What a template calls its first line; the title, where that is not given."""
    template: str = ""
    """Whose text it is, put in before."""
    type: Literal["info", "success", "warning", "failure"] = "info"


@action(
    "notify", attempts=4, timeout=timedelta(seconds=45), lane=lambda args: str(args.get("to", ""))
)
def notify(args: Notify, context: Context) -> Outcome:  # noqa: ARG001 - no service asks for a key
    """Send one message to one service."""
    if not _NAME.fullmatch(args.to):
        return Rejected(f"`to: {args.to[:60]}` is no name: write letters, digits, `_` and `-`")
    variable = f"{_PREFIX}{args.to.upper().replace('-', '_')}"
    url = os.environ.get(variable, "").strip()
    if not url:
        return Rejected(f"the environment holds no {variable}")
    service = _service(url)
    if service is None:
        return Rejected(f"{variable} holds no URL of a service that Apprise knows")
    title, kind = args.title or args.subject, apprise.NotifyType(args.type)
    # As text, so that signs in the data of customers call nobody and link to nothing.
    plain = apprise.NotifyFormat.TEXT
    if service.notify(body=args.text, title=title, notify_type=kind, body_format=plain):
        return Done()
    return Retry(f"the service of {variable} did not take it")


def _service(url: str) -> apprise.Apprise | None:
    """Return the service that a URL stands for, asked once and for a short time; None for no service."""
    found = apprise.Apprise(asset=apprise.AppriseAsset(async_mode=False))
    with _READING:
        if not found.add(url) or len(found) != 1:
            return None
    [service] = found
    service.retry = 0  # The outbox tries again, with pauses that grow.
    service.socket_read_timeout = min(service.socket_read_timeout, _MOST_S)
    service.socket_connect_timeout = min(service.socket_connect_timeout, _MOST_S)
    return found


class _NoUrls(logging.Filter):
    """Keeps what Apprise says with a URL in it out of the logs: secrets are part of URLs there."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "://" not in record.getMessage()


logging.getLogger("apprise").addFilter(_NoUrls())
