"""`do: send-email`: a mail over SMTP. It is sent at most once: where nobody can know, a person decides."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from ..engine.contract import Context, Outcome, Rejected, Retry, action
from ..engine.core.plan import Json
from ..engine.links import NoSite
from .attachments import NoFolder
from .compose import About, Texts, Unsendable, Words, compose
from .senders import NoSender, PostOffice, Sender, variable

__all__ = ["OFFICE", "TIMEOUT", "UNTIL_SET_UP", "SendEmail", "by", "lane", "send", "send_email"]

OFFICE: Final = PostOffice()
"""The connections of this process, whichever engine or action sends."""
TIMEOUT: Final = timedelta(minutes=6)
"""Longer than all replies of a slow server together, which is measured one by one."""
UNTIL_SET_UP: Final = timedelta(hours=1)
"""When it is tried again after something was missing that a person has to set up."""


class SendEmail(Words):
    """The words of `send-email`."""

    body: str = ""
    html: str = ""


def by(words: Words) -> tuple[Sender, str]:
    """Return the sender of a mail and the address it is from; raises NoSender."""
    if "@" in words.sender:
        return Sender.of(""), words.sender
    sender = Sender.of(words.sender)
    if not sender.address:
        raise NoSender(
            "nobody says who it is from: `from:`, or `?from=ADDRESS` in CUEBOOK_SMTP_URL"
        )
    return sender, sender.address


def lane(args: Mapping[str, Json]) -> str:
    """Return what mails of one server share, so that a slow one holds up no other."""
    sender = args.get("from")
    return variable(sender if isinstance(sender, str) and "@" not in sender else "")


def send(words: Words, texts: Texts, context: Context) -> Outcome:
    """Send a mail, and say how that ended."""
    try:
        sender, address = by(words)
        about = About(context.customer, context.key, context.decided_at)
        mail = compose(words, texts, about, sender=address)
    except (NoSender, NoSite, NoFolder) as missing:
        return Retry(str(missing), after=UNTIL_SET_UP)
    except Unsendable as why:
        return Rejected(str(why))
    return OFFICE.send(sender, mail.letter)


@action("send-email", repeatable=False, timeout=TIMEOUT, lane=lane, close=OFFICE.close)
def send_email(args: SendEmail, context: Context) -> Outcome:
    """Send one mail."""
    return send(args, Texts(args.body, args.html), context)
