"""One letter told to a server over SMTP: what its answers mean, and from where on nobody can know."""

from dataclasses import dataclass
from smtplib import SMTP, SMTPDataError, SMTPException, SMTPServerDisconnected
from typing import Final

from ..engine.contract import Done, Event, InDoubt, Outcome, Rejected, Retry
from ..engine.core.plan import Json

__all__ = ["Broken", "Letter", "deliver"]

BOUNCED: Final = "Email Bounced"
_LAST_REPLY_S: Final = 120.0
"""How long a server may look at a whole letter before it says whether it takes it."""
_CLOSING: Final = 421
"""What a server says that hangs up, whatever it was asked."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as servers see it: an envelope, and what is in it."""

    sender: str
    to: str
    id: str
    content: bytes


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
    outcome = _hand_over(line, letter) if addressed is None else addressed
    if isinstance(outcome, InDoubt | Broken):
        line.close()
    elif not isinstance(outcome, Done):
        _begin_anew(line)
    return outcome


def _address(line: SMTP, letter: Letter) -> Outcome | Broken | None:
    """Write the envelope; return why that is the end of it, or None."""
    code, said = line.mail(letter.sender)
    if code // 100 != 2:
        return _refused(code, said, f"from {letter.sender}", ())
    code, said = line.rcpt(letter.to)
    if code // 100 != 2:
        return _refused(code, said, f"to {letter.to}", _bounce(letter, code, said))
    return None


def _hand_over(line: SMTP, letter: Letter) -> Outcome | Broken:
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
        return _refused(code, said, f"to {letter.to}", _bounce(letter, code, said))
    return Done({"message_id": letter.id, "said": f"{code} {_text(said)}"})


def _refused(
    code: int, said: bytes, what: str, events: tuple[Event, ...]
) -> Retry | Rejected | Broken:
    """Return what an answer means that is no: 4 is not now, 5 is never."""
    sentence = f"no mail {what}: {code} {_text(said)}"
    if code == _CLOSING:
        return Broken(sentence)
    return Retry(sentence) if code // 100 == 4 else Rejected(sentence, events)


def _bounce(letter: Letter, code: int, said: bytes) -> tuple[Event, ...]:
    told: dict[str, Json] = {
        "email": letter.to, "email_id": letter.id, "code": code, "reason": _text(said),
    }  # fmt: skip
    return (Event(BOUNCED, told),)


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
