"""Servers that take mail on the loopback: in this process, with whatever answers a test asks for."""
# ruff: noqa: N802 - handlers are called as aiosmtpd looks for them

import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, Literal

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

Cut = Literal["", "mail", "rcpt", "data", "content"]


@dataclass(slots=True)
class Mailbox:
    """What a server took, and what it answers instead of taking more."""

    got: list[EmailMessage] = field(default_factory=list)
    sessions: set[object] = field(default_factory=set)
    """One for each connection that got as far as a sender."""
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    """By the address that is written to, or by `DATA`."""
    cut: Cut = ""
    """After which command the server hangs up."""
    users: dict[str, str] = field(default_factory=dict)
    quits: int = 0

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        self.sessions.add(session)
        if self.cut == "mail":
            self._hang_up(server)
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if self.cut == "rcpt":
            self._hang_up(server)
        if answer := self.answers.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        if answer := self.answers.get("DATA"):
            return answer
        content = envelope.content
        assert isinstance(content, bytes)
        self.got.append(parsed(content))
        self.envelopes.append((envelope.mail_from or "", list(envelope.rcpt_tos)))
        if self.cut == "content":
            self._hang_up(server)
        return "250 taken"

    async def handle_QUIT(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:
        self.quits += 1
        return "221 bye"

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
    ) -> AuthResult:
        known = self.users.get(data.login.decode()) == data.password.decode()
        return AuthResult(success=known, handled=False, auth_data=data.login)

    def _hang_up(self, server: SMTP) -> None:
        assert server.transport is not None
        server.transport.abort()


def parsed(content: bytes) -> EmailMessage:
    """Return a mail as it was before lines ended as they do on the way."""
    return message_from_bytes(content.replace(b"\r\n", b"\n"), EmailMessage, policy=default)


@contextmanager
def serving(mailbox: Mailbox, **more: Any) -> Iterator[int]:
    """Yield the port of a server that takes mail into a mailbox."""
    port = free_port()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, **more)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
        return port


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """Return a certificate for the loopback, and what a server shows it with."""
    key, cert = folder / "key.pem", folder / "cert.pem"
    subject = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")
    made = ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")
    made = (*made, "-nodes", "-days", "2", "-keyout", str(key), "-out", str(cert), *subject)
    subprocess.run(made, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return cert, context
