"""Mails a second over one connection: `send-email` against smtplib by hand, to the same server.

The server is aiosmtpd in a process of its own, which throws away what it takes. By hand means what
anybody would write: an EmailMessage for each mail, sent over a connection that stays open. What
`send-email` does besides: it looks at its words and at both addresses, makes an id from the key,
signs a link to unsubscribe, and for HTML writes the styles into the elements.
"""

import os
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid

from measure import Clocked, clocked

from cuebook.actions.send_email import OFFICE, send_email
from cuebook.engine.contract import Context, Done, Tasks
from cuebook.engine.core.plan import Json

MAILS, TURNS = 30, 10
SERVER = """
import asyncio, sys
from aiosmtpd.smtp import SMTP

class Nothing:
    async def handle_DATA(self, server, session, envelope):
        return "250 taken"

async def serve():
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(lambda: SMTP(Nothing()), "127.0.0.1", int(sys.argv[1]))
    await listening.serve_forever()

asyncio.run(serve())
"""
TEXT = "Dear Ada,\n\n" + "a parcel is on its way to you, and will be there soon.\n" * 20
HTML = f"<style>p {{ color: #224 }}</style><p>Dear Ada,</p><p>{TEXT}</p>"
SITE = {"CUEBOOK_URL": "https://plays.example.com", "CUEBOOK_SECRET": "s" * 40}
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@contextmanager
def server() -> Iterator[int]:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port = asked.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-W", "ignore", "-c", SERVER, str(port)])
    try:
        while True:
            try:
                smtplib.SMTP("127.0.0.1", port).quit()
            except OSError:
                time.sleep(0.05)
            else:
                break
        yield port
    finally:
        process.terminate()
        process.wait()


def by_hand(line: smtplib.SMTP, html: str) -> None:
    for number in range(MAILS):
        mail = EmailMessage(policy=SMTP)
        mail["From"], mail["To"] = "Shop <shop@acme.example>", f"ada{number}@example.com"
        mail["Subject"] = f"Your parcel {number}"
        mail["Date"] = NOW
        mail["Message-ID"] = make_msgid(domain="acme.example")
        mail.set_content(TEXT)
        if html:
            mail.add_alternative(html, subtype="html")
        line.send_message(mail)


def by_action(html: str, purpose: str) -> None:
    nobody: Tasks = None  # type: ignore[assignment]
    for number in range(MAILS):
        words: dict[str, Json] = {
            "to": f"ada{number}@example.com",
            "from": "Shop <shop@acme.example>",
            "subject": f"Your parcel {number}",
            "body": TEXT,
            "purpose": purpose,
        }
        key = f"parcels/c{number}/1/letter"
        context = Context(key, f"c{number}", "parcels", "1", "letter", 1, NOW, nobody)
        outcome = send_email.perform(words | ({"html": html} if html else {}), context)
        assert isinstance(outcome, Done), outcome


def round_of(line: smtplib.SMTP) -> Mapping[str, float]:
    """Send in turns of few mails, so that a busy machine slows all cases alike."""
    cases: dict[str, Callable[[], None]] = {
        "smtplib, text": lambda: by_hand(line, ""),
        "send-email, text": lambda: by_action("", "service"),
        "send-email, text with a link to unsubscribe": lambda: by_action("", "marketing"),
        "smtplib, text and HTML": lambda: by_hand(line, HTML),
        "send-email, text and HTML": lambda: by_action(HTML, "service"),
    }
    took = dict.fromkeys(cases, 0.0)
    for _ in range(TURNS):
        for name, run in cases.items():
            begun = time.perf_counter()
            run()
            took[name] += time.perf_counter() - begun
    return {name: TURNS * MAILS / seconds for name, seconds in took.items()}


def main() -> None:
    with server() as port, smtplib.SMTP("127.0.0.1", port) as line:
        os.environ |= {"CUEBOOK_SMTP_URL": f"smtp://127.0.0.1:{port}", **SITE}
        text, html = ("smtplib, text",), ("smtplib, text and HTML",)
        against = {
            "smtplib, text": (),
            "send-email, text": text,
            "send-email, text with a link to unsubscribe": text,
            "smtplib, text and HTML": (),
            "send-email, text and HTML": html,
        }
        clocked("mail", [Clocked(lambda: round_of(line), against)], unit="mails/s", rounds=5)
        OFFICE.close()


if __name__ == "__main__":
    main()
