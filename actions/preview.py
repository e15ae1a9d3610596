"""A mail as it would be sent, for people to look at: nothing is sent, and nothing need be set up."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from ..engine.contract import sentence
from ..engine.core.plan import Json
from ..engine.links import NoSite, Site
from .attachments import NoFolder
from .compose import UNSUBSCRIBE, About, Composed, Texts, Unsendable, Words, compose
from .send_email import SendEmail, by
from .senders import NoSender
from .survey import Survey, asked, headed

__all__ = ["Preview", "preview"]

_NOBODY: Final = "nobody@example.com"
_NOWHERE: Final = {"CUEBOOK_URL": "https://example.com", "CUEBOOK_SECRET": "for-previews-only" * 2}
_TOLD: Final[tuple[str, ...]] = ("from", "reply-to", "to", "cc", "subject", "list-unsubscribe")


@dataclass(frozen=True, slots=True)
class Preview:
    """A mail, and what would keep it from being sent as it is shown."""

    mail: Composed
    notes: tuple[str, ...]

    def told(self) -> dict[str, str]:
        """Return what there is to read."""
        headers = {name.lower(): str(value) for name, value in self.mail.message.items()}
        kept: dict[str, str] = {name: headers[name] for name in _TOLD if name in headers}
        return kept | {"text": self.mail.text, "html": self.mail.html}


def preview(
    kind: str,
    args: Mapping[str, Json],
    about: About,
    environment: Mapping[str, str] = os.environ,
) -> Preview:
    """Return the mail that an action of a kind would send; raises Unsendable."""
    notes: list[str] = []
    links = _linked(kind, args, environment, notes)
    try:
        words, texts = _words(kind, args, about, links)
    except ValidationError as wrong:
        raise Unsendable(sentence(wrong)) from None
    sender = _sender(words, notes)
    try:
        mail = compose(words, texts, about, sender=sender, environment=links)
    except NoFolder as missing:
        notes.append(f"its files are left out: {missing}")
        bare = words.model_copy(update={"attach": ()})
        mail = compose(bare, texts, about, sender=sender, environment=links)
    return Preview(mail, tuple(notes))


def _linked(
    kind: str, args: Mapping[str, Json], environment: Mapping[str, str], notes: list[str]
) -> Mapping[str, str]:
    """Return what links are made with; made up, and a note, where a mail needs some and has none."""
    try:
        Site.of(environment)
    except NoSite as missing:
        if kind == "survey" or any(UNSUBSCRIBE in str(args.get(word)) for word in ("body", "html")):
            notes.append(f"its links lead nowhere yet: {missing}")
            return _NOWHERE
    return environment


def _words(
    kind: str, args: Mapping[str, Json], about: About, links: Mapping[str, str]
) -> tuple[Words, Texts]:
    if kind == "survey":
        survey = Survey.model_validate(args)
        return headed(survey), asked(survey, about.customer, about.key, Site.of(links))
    email = SendEmail.model_validate({key: args[key] for key in args if key != "messages"})
    return email, Texts(email.body, email.html)


def _sender(words: Words, notes: list[str]) -> str:
    """Return who a mail is from; somebody made up, and a note, where nobody says so yet."""
    if "@" in words.sender:
        return words.sender
    try:
        return by(words)[1]
    except NoSender as missing:
        notes.append(f"nobody sends it yet: {missing}")
        return _NOBODY
