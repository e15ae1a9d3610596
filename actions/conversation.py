"""One letter told to a server over SMTP: what its answers mean, and from where on nobody can know."""

from collections.abc import Iterator
from dataclasses import dataclass
from smtplib import SMTP, SMTPDataError, SMTPException, SMTPServerDisconnected
from typing import Final

from ..engine.contract import Done, Event, InDoubt, Outcome, Rejected, Retry
from ..engine.core.plan import Json

__all__ = ["Broken", "Letter", "deliver"]

BOUNCED: Final = "Email Bounced"
_LAST_REPLY_S: Final = 120.0
"""How long a server may look at a whole letter before it says whether it takes it."""
_NEVER: Final = 5
_CLOSING: Final = 421
"""What a server says that hangs up, whatever it was asked."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as servers see it: an envelope, and what is in it."""

    sender: str
    to: tuple[str, ...]
    """All who get it, those in `cc` and `bcc` too."""
    id: str
    content: bytes


@dataclass(frozen=True, slots=True)
class _Turned:
    """Somebody to whom a server takes no letter, and why."""

    to: str
    code: int
    said: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The connection ended before anything of the letter can have been taken."""

    reason: str


def deliver(line: SMTP, letter: Letter) -> Outcome | Broken:
    """Tell a server a letter; the connection is closed afterwards if it is of no more use."""
    try:
        addressed = _address(line, letter)
    except (SMTPException, OSError) as trouble:
        line.close()
        return Broken(f"the connection ended before the letter: {trouble}")
    outcome = _hand_over(line, letter, addressed) if isinstance(addressed, list) else addressed
    if isinstance(outcome, InDoubt | Broken):
        line.close()
    elif not isinstance(outcome, Done):
        _begin_anew(line)
    return outcome


def _address(line: SMTP, letter: Letter) -> list[_Turned] | Outcome | Broken:
    """Write the envelope; return who of several is turned away, or why that is the end of it."""
    code, said = line.mail(letter.sender)
    if code // 100 != 2:
        return _refused(code, said, f"from {letter.sender}", ())
    turned = []
    for to in letter.to:
        code, said = line.rcpt(to)
        if code == _CLOSING:
            return Broken(f"no mail to {to}: {code} {_text(said)}")
        if code // 100 != 2:
            turned.append(_Turned(to, code, _text(said)))
    return turned if len(turned) < len(letter.to) else _to_nobody(letter, turned)


def _to_nobody(letter: Letter, turned: list[_Turned]) -> Retry | Rejected:
    """Return what it means that nobody takes a letter: whoever does not now may do later."""
    later = next((one for one in turned if one.code // 100 == 4), None)
    first = later or turned[0]
    sentence = f"no mail to {first.to}: {first.code} {first.said}"
    return Retry(sentence) if later else Rejected(sentence, tuple(_bounces(letter, turned)))


def _hand_over(line: SMTP, letter: Letter, turned: list[_Turned]) -> Outcome | Broken:
    usual = line.timeout
    try:
        _patience(line, _LAST_REPLY_S)
        code, said = line.data(letter.content)
        _patience(line, usual)
    except SMTPDataError as refused:
        code, said = refused.smtp_code, _bytes(refused.smtp_error)
    except (SMTPServerDisconnected, OSError) as trouble:
        return InDoubt(f"the connection ended after DATA, and it may have been taken: {trouble}")
    if code // 100 != 2:
        everybody = [_Turned(to, code, _text(said)) for to in letter.to]
        bounces = tuple(_bounces(letter, everybody))
        return _refused(code, said, f"to {', '.join(letter.to)}", bounces)
    answer: dict[str, Json] = {"message_id": letter.id, "said": f"{code} {_text(said)}"}
    if turned:
        answer["not to"] = [f"{one.to}: {one.code} {one.said}" for one in turned]
    return Done(answer, tuple(_bounces(letter, turned)))


def _refused(
    code: int, said: bytes, what: str, events: tuple[Event, ...]
) -> Retry | Rejected | Broken:
    """Return what an answer means that is no: 4 is not now, 5 is never."""
    sentence = f"no mail {what}: {code} {_text(said)}"
    if code == _CLOSING:
        return Broken(sentence)
    return Retry(sentence) if code // 100 == 4 else Rejected(sentence, events)


def _bounces(letter: Letter, turned: list[_Turned]) -> Iterator[Event]:
    """Yield an event for each address that will never take it."""
    for one in turned:
        if one.code // 100 == _NEVER:
            told: dict[str, Json] = {
                "email": one.to, "email_id": letter.id, "code": one.code, "reason": one.said,
            }  # fmt: skip
            yield Event(BOUNCED, told)


def _begin_anew(line: SMTP) -> None:
    """Make a connection ready for the next letter; one that is not closes."""
    try:
        line.rset()
    except (SMTPException, OSError):
        line.close()


def _patience(line: SMTP, seconds: float) -> None:
    if line.sock is not None:
        line.sock.settimeout(seconds)


def _bytes(said: bytes | str) -> bytes:
    return said if isinstance(said, bytes) else said.encode()


def _text(said: bytes) -> str:
    """Return what a server said as one line of text, of no more than is worth reading."""
    return " ".join(said.decode("utf-8", "replace").split())[:300]
