"""Who mail is sent by: senders that the environment names, and connections kept between mails.

`CUEBOOK_SMTP_URL` is the sender of whoever names none, `CUEBOOK_SMTP_URL_SUCCESS` the one called
`success`. Nothing that is said about an address here repeats it: it holds a password.
"""

import os
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from smtplib import SMTP, SMTP_SSL, SMTPAuthenticationError, SMTPException
from typing import Final, Literal, Self, get_args
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from ..engine.contract import Outcome, Retry
from .conversation import Broken, Letter, deliver

__all__ = ["NoSender", "PostOffice", "Sender", "variable"]

Tls = Literal["required", "offered", "never", "always"]

REPLY_S: Final = 20.0
"""How long a server may take for one reply."""
IDLE_S: Final = 60.0
"""For how long a connection is kept that nobody uses; servers hang up after five minutes."""
CONNECTIONS: Final = 5


class NoSender(Exception):  # noqa: N818 - its name is what is missing
    """Mail cannot be sent, for the environment does not say by whom."""


@dataclass(frozen=True, slots=True)
class Sender:
    """A server that takes mail from us, and how it knows us."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    tls: Tls = "offered"
    """`always` from the first byte on; else whether STARTTLS is required, taken up or left alone."""
    address: str = ""
    """Who mail is from that does not say so itself."""
    connections: int = CONNECTIONS
    """How many there may be at a time."""

    @classmethod
    def of(cls, name: str, environment: Mapping[str, str] = os.environ) -> Self:
        """Return the sender of a name, `""` for the one of whoever names none; raises NoSender."""
        key = variable(name)
        url = environment.get(key, "")
        if not url:
            raise NoSender(f"{key} is not set: {_FORM}")
        try:
            parts = urlsplit(url)
            said = {word: values[-1] for word, values in parse_qs(parts.query).items()}
            return cls._read(parts, said)
        except ValueError:
            # Without what was said: it may quote a piece of the password.
            raise NoSender(f"{key} cannot be read: {_FORM}") from None

    @classmethod
    def _read(cls, parts: SplitResult, said: dict[str, str]) -> Self:
        tls, connections = said.pop("starttls", ""), int(said.pop("connections", CONNECTIONS))
        address, secure = said.pop("from", ""), parts.scheme == "smtps"
        tls = tls or ("required" if parts.username else "offered")
        known = parts.scheme in ("smtp", "smtps") and parts.path in ("", "/") and not said
        if not known or not parts.hostname or tls not in get_args(Tls)[:3] or connections < 1:
            raise ValueError("no sender")
        return cls(
            parts.hostname,
            parts.port or (465 if secure else 587 if parts.username else 25),
            unquote(parts.username or ""),
            unquote(parts.password or ""),
            "always" if secure else _TLS[tls],
            address,
            connections,
        )


_TLS: Final[dict[str, Tls]] = {"required": "required", "offered": "offered", "never": "never"}
_FORM: Final = (
    "smtp://USER:PASSWORD@HOST:587?from=ADDRESS, or smtps://…; `@`, `:` and `/` within a name or a"
    " password are written %40, %3A and %2F"
)


def variable(name: str) -> str:
    """Return what the environment calls a sender.

    >>> variable(""), variable("customer success")
    ('CUEBOOK_SMTP_URL', 'CUEBOOK_SMTP_URL_CUSTOMER_SUCCESS')
    """
    folded = "".join(char if char.isalnum() else "_" for char in name.strip()).upper()
    return f"CUEBOOK_SMTP_URL_{folded}" if folded else "CUEBOOK_SMTP_URL"


@dataclass(slots=True)
class _Counter:
    """The connections to one server: those that nobody uses, and how many more there may be."""

    sender: Sender
    room: threading.BoundedSemaphore
    idle: list[tuple[SMTP, float]] = field(default_factory=list)
    """Each with when it was used last."""


class PostOffice:
    """Connections by sender, for any number of threads; each is used by one at a time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._counters: dict[Sender, _Counter] = {}
        os.register_at_fork(after_in_child=self._leave_to_parent)

    def send(self, sender: Sender, letter: Letter) -> Outcome:
        """Hand a letter to a server, over a connection that is kept or over a new one."""
        counter = self._counter(sender)
        if not counter.room.acquire(timeout=REPLY_S):
            return Retry(f"all {sender.connections} connections to {sender.host} are busy")
        try:
            kept = self._kept(counter)
            outcome = self._over(kept, counter, letter) if kept is not None else None
            # A kept connection that the server gave up meanwhile says nothing about the letter.
            if outcome is None or isinstance(outcome, Broken):
                outcome = self._over_new(counter, letter)
        finally:
            counter.room.release()
        return Retry(outcome.reason) if isinstance(outcome, Broken) else outcome

    def close(self) -> None:
        """Take leave of every server; whoever sends after that connects anew."""
        with self._lock:
            lines = [line for counter in self._counters.values() for line, _ in counter.idle]
            for counter in self._counters.values():
                counter.idle.clear()
        for line in lines:
            _quit(line)

    def _counter(self, sender: Sender) -> _Counter:
        with self._lock:
            room = threading.BoundedSemaphore(sender.connections)
            return self._counters.setdefault(sender, _Counter(sender, room))

    def _kept(self, counter: _Counter) -> SMTP | None:
        """Return the connection that was used last; take leave of those that were idle too long."""
        now = self._clock()
        with self._lock:
            old = [line for line, used_at in counter.idle if now - used_at > IDLE_S]
            counter.idle[:] = [kept for kept in counter.idle if now - kept[1] <= IDLE_S]
            found = counter.idle.pop()[0] if counter.idle else None
        for line in old:
            _quit(line)
        return found

    def _over_new(self, counter: _Counter, letter: Letter) -> Outcome | Broken:
        sender = counter.sender
        try:
            line = connect(sender)
        except SMTPAuthenticationError as refused:
            # It is our name that is refused: whoever corrects it wants the mail to go out.
            return Retry(f"{sender.host} does not know us: {refused.smtp_code}")
        except (SMTPException, OSError) as trouble:
            return Retry(f"{sender.host} cannot be reached: {_told(trouble)}")
        return self._over(line, counter, letter)

    def _over(self, line: SMTP, counter: _Counter, letter: Letter) -> Outcome | Broken:
        outcome = deliver(line, letter)
        if line.sock is not None:
            with self._lock:
                counter.idle.append((line, self._clock()))
        return outcome

    def _leave_to_parent(self) -> None:
        """Forget in a child process what its parent goes on using."""
        self._lock = threading.Lock()
        counters, self._counters = self._counters, {}
        for counter in counters.values():
            for line, _ in counter.idle:
                line.close()


def connect(sender: Sender) -> SMTP:
    """Return a connection over which letters may be sent; raises SMTPException and OSError."""
    if sender.tls == "always":
        line: SMTP = SMTP_SSL(sender.host, sender.port, timeout=REPLY_S, context=_trust())
    else:
        line = SMTP(sender.host, sender.port, timeout=REPLY_S)
    try:
        line.ehlo_or_helo_if_needed()
        if sender.tls == "required" or (sender.tls == "offered" and line.has_extn("starttls")):
            line.starttls(context=_trust())
            line.ehlo()
        if sender.user:
            line.login(sender.user, sender.password)
    except BaseException:
        line.close()
        raise
    return line


def _trust() -> ssl.SSLContext:
    # Anew each time: reading the certificates takes a while, but they are renewed while we run.
    return ssl.create_default_context()


def _quit(line: SMTP) -> None:
    try:
        line.quit()
    except (SMTPException, OSError):
        line.close()  # It had hung up before us.


def _told(trouble: Exception) -> str:
    # An SMTPException says its code and its text; what they are of is clear from the sentence.
    return str(trouble) or type(trouble).__name__
