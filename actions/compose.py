"""A mail from what an action is given: headers that nobody can add to, a text, and HTML if there is some."""

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Annotated, Final

try:
    from css_inline import CSSInliner
    from email_validator import EmailNotValidError, validate_email
except ImportError as lacking:
    said = "mail needs more: pip install 'cuebook[email]'"
    raise ModuleNotFoundError(said, name=lacking.name) from lacking

from pydantic import AliasChoices, BaseModel, BeforeValidator, Field, field_validator

from ..engine.links import Site
from .attachments import MOST_FILES, Unsendable, attached
from .conversation import Letter
from .plain_text import plain_text

__all__ = ["UNSUBSCRIBE", "About", "Composed", "Texts", "Unsendable", "Words", "address", "compose"]

UNSUBSCRIBE: Final = "cuebook:unsubscribe"
"""Where it stands in a text, the link by which the customer unsubscribes."""
SERVICE: Final = "service"
"""What is not marketing: the mail somebody waits for."""
_SEVEN_BIT: Final = SMTP.clone(cte_type="7bit")
"""Every server takes it, and none changes it on its way, which a signature would not survive."""
_WRITTEN: Final = _SEVEN_BIT.clone(max_line_length=998)
"""As it is written down: a link in a header must not be taken apart."""
_LONGEST_LINK: Final = 900
_INLINER: Final = CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)
"""Readers of mail drop style sheets; rules about the width of a screen some do keep."""
_MOST_ELEMENTS: Final = 2_000
"""Far fewer than make the inliner run out of its stack, which nothing in Python could catch."""
_MOST_ADDRESSES: Final = 20
_LONGEST_HTML: Final = 1_000_000
_ELEMENT: Final = re.compile("<[A-Za-z]")


@dataclass(frozen=True, slots=True)
class About:
    """The promise that a mail keeps: to whom, under which key, and when it was made."""

    customer: str
    key: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Texts:
    """What a mail says, as plain text and as HTML; one of them may be empty."""

    body: str = ""
    html: str = ""


def one_line(text: str) -> str:
    """Return a text of a header; ValueError for what would end it and begin another one."""
    if any(ord(char) < 32 or ord(char) == 127 or char in "\u2028\u2029\x85" for char in text):
        raise ValueError("a header has one line, and this has a line break or the like")
    return text.strip()


def _several(given: object) -> object:
    return (given,) if isinstance(given, str) else given


Addresses = Annotated[tuple[str, ...], BeforeValidator(_several)]
"""One address, or a list of them."""


class Words(BaseModel, extra="forbid"):
    """The words of an action that sends a mail."""

    to: Addresses
    cc: Addresses = ()
    bcc: Addresses = ()
    """Who get it unseen by the others."""
    attach: tuple[str, ...] = Field((), max_length=MOST_FILES)
    """Files of the folder `CUEBOOK_ATTACHMENTS`."""
    subject: str = ""
    sender: str = Field("", validation_alias="from")
    """An address, or the name of a sender."""
    reply_to: str = Field(
        "", validation_alias=AliasChoices("reply_to", "reply to", "reply-to", "replyTo")
    )
    purpose: str = "marketing"
    template: str = ""
    """Where the texts come from: they were rendered when the mail was decided."""

    @field_validator("to", "cc", "bcc")
    @classmethod
    def few(cls, texts: tuple[str, ...]) -> tuple[str, ...]:
        """Take as many as a mail to people has, each on one line."""
        if len(texts) > _MOST_ADDRESSES:
            raise ValueError(f"over {_MOST_ADDRESSES} addresses: this is no mailing list")
        return tuple(map(one_line, texts))

    @field_validator("subject", "sender", "reply_to", "purpose")
    @classmethod
    def lines(cls, text: str) -> str:
        """Refuse what would end a header and begin another one."""
        return one_line(text)


@dataclass(frozen=True, slots=True)
class Composed:
    """A mail that is ready: to be looked at, and to be sent."""

    message: EmailMessage
    letter: Letter
    text: str
    html: str


def compose(
    words: Words,
    texts: Texts,
    about: About,
    *,
    sender: str,
    environment: Mapping[str, str] = os.environ,
) -> Composed:
    """Return the mail; raises Unsendable, or NoSite where its links lead nowhere yet.

    The same words about the same promise make the same mail, byte for byte.
    """
    if not texts.body.strip() and not texts.html.strip():
        raise Unsendable("a mail needs a `body`, an `html`, or a template that has one")
    if not words.subject:
        raise Unsendable("a mail needs a `subject`, of its own or of its template")
    written_by, to = address(sender, "from"), _addressed(words)
    files = attached(words.attach, environment)
    link = _unsubscribe(words, texts, about, environment)
    html = _inlined(texts.html).replace(UNSUBSCRIBE, link) if texts.html.strip() else ""
    text = texts.body.replace(UNSUBSCRIBE, link) if texts.body.strip() else plain_text(html)
    identity = hashlib.sha256(about.key.encode()).hexdigest()[:32]
    name = f"<{identity}@{written_by.domain}>"
    try:
        message = _message(words, written_by, to, name, about.decided_at)
        _add_link(message, link)
        message.set_content(text)
        if html:
            message.add_alternative(html, subtype="html")
        for file in files:
            message.add_attachment(
                file.content, maintype=file.kind, subtype=file.subtype, filename=file.name
            )
        content = message.as_bytes(policy=_WRITTEN)
    except ValueError as wrong:
        raise Unsendable(f"it cannot be written down: {wrong}") from None
    envelope = tuple(dict.fromkeys(one.addr_spec for some in to.values() for one in some))
    return Composed(message, Letter(written_by.addr_spec, envelope, name, content), text, html)


def _addressed(words: Words) -> dict[str, tuple[Address, ...]]:
    """Return who gets a mail, by the word that says so; raises Unsendable."""
    given = {"to": words.to, "cc": words.cc, "bcc": words.bcc}
    if not words.to:
        raise Unsendable("a mail needs an address: `to` is an empty list")
    return {what: tuple(address(text, what) for text in texts) for what, texts in given.items()}


def _inlined(html: str) -> str:
    """Return HTML with its styles in its elements; refuse what is too much for those who read it."""
    if len(_ELEMENT.findall(html)) > _MOST_ELEMENTS:
        raise Unsendable(f"its HTML has over {_MOST_ELEMENTS:,} elements")
    inlined = _INLINER.inline(html)
    if len(inlined) > _LONGEST_HTML:
        raise Unsendable(f"its HTML has over {_LONGEST_HTML:,} characters with its styles")
    return inlined


def address(text: str, what: str) -> Address:
    """Return an address, with the name before it if there is one; raises Unsendable."""
    try:
        found = validate_email(
            text,
            check_deliverability=False,
            allow_smtputf8=False,
            allow_display_name=True,
            strict=True,
        )
    except EmailNotValidError as wrong:
        raise Unsendable(f"`{what}` is no address: {str(wrong).rstrip('.')}") from None
    return Address(found.display_name or "", addr_spec=found.ascii_email or found.normalized)


def _message(
    words: Words,
    written_by: Address,
    to: Mapping[str, tuple[Address, ...]],
    name: str,
    decided_at: datetime,
) -> EmailMessage:
    message = EmailMessage(policy=_SEVEN_BIT)
    message["From"], message["To"] = written_by, to["to"]
    if to["cc"]:
        message["Cc"] = to["cc"]
    if words.reply_to:
        message["Reply-To"] = address(words.reply_to, "reply to")
    message["Subject"] = words.subject
    message["Date"] = decided_at
    message["Message-ID"] = name
    message["Auto-Submitted"] = "auto-generated"
    return message


def _add_link(message: EmailMessage, link: str) -> None:
    if not link:
        return
    message["List-Unsubscribe"] = f"<{link}>"
    if link.startswith("https:"):  # Else no reader of mail would follow it by itself.
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def _unsubscribe(words: Words, texts: Texts, about: About, environment: Mapping[str, str]) -> str:
    """Return the link by which the customer unsubscribes; empty where there is, and needs to be, none."""
    asked = UNSUBSCRIBE in texts.body or UNSUBSCRIBE in texts.html
    if not asked and words.purpose == SERVICE:
        return ""
    if not asked and not (environment.get("CUEBOOK_URL") or environment.get("CUEBOOK_SECRET")):
        return ""  # Nobody serves links here yet.
    claims = {"customer": about.customer, "channel": "email", "purpose": words.purpose}
    link = Site.of(environment).link("unsubscribe", {**claims, "key": about.key})
    if len(link) > _LONGEST_LINK:
        raise Unsendable(f"its link to unsubscribe has over {_LONGEST_LINK} characters")
    return link
