"""Mail through a server that others run too: OpenSMTPD, which passes on what it takes."""

import os
import shutil
import signal
import smtplib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cuebook.actions.send_email import OFFICE, send_email
from cuebook.engine.contract import Done, Outcome, Rejected, Retry

from .receiving import Mailbox, free_port, serving
from .test_send_email import WORDS, context

SMTPD = shutil.which("smtpd") or "/usr/sbin/smtpd"
PATIENCE_S = 30
CONFIG = """\
filter "busy" phase rcpt-to match rcpt-to regex "busy@" reject "450 4.2.1 mailbox busy"
filter "gone" phase rcpt-to match rcpt-to regex "gone@" disconnect "421 4.7.0 good bye"
filter "late" phase commit match mail-from regex "late@" disconnect "421 4.7.0 good bye"
filter "all" chain {{ "busy", "gone", "late" }}
listen on 127.0.0.1 port {port} filter "all"
action "pass on" relay host smtp://127.0.0.1:{onward}
match from any for domain "example.com" action "pass on"
"""

pytestmark = pytest.mark.skipif(
    not Path(SMTPD).exists() or os.geteuid() != 0,
    reason="OpenSMTPD is not installed here (Debian: apt install opensmtpd), or we may not start it",
)


@pytest.fixture(scope="module")
def behind() -> Iterator[Mailbox]:
    """Yield what arrives behind the server."""
    box = Mailbox()
    with serving(box) as port:
        box.answers["port"] = str(port)
        yield box


@pytest.fixture(scope="module")
def server(behind: Mailbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder, port = tmp_path_factory.mktemp("smtpd"), free_port()
    config = folder / "smtpd.conf"
    config.write_text(CONFIG.format(port=port, onward=behind.answers.pop("port")))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [SMTPD, "-d", "-f", str(config)], stdout=log, stderr=log, start_new_session=True
        )
    try:
        wait_for(port, process, folder / "log")
        yield port
    finally:
        OFFICE.close()
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(PATIENCE_S)


def wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and process.poll() is None:
        try:
            smtplib.SMTP("127.0.0.1", port, timeout=5).quit()
        except OSError:
            time.sleep(0.1)
        else:
            return
    said = log.read_text()
    if "control socket already listening" in said:
        pytest.skip("another OpenSMTPD runs on this machine, which takes one at a time")
    pytest.fail(f"OpenSMTPD does not answer:\n{said}")


@pytest.fixture
def sent(server: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUEBOOK_SMTP_URL", f"smtp://127.0.0.1:{server}")


def send(key: str, **words: str) -> Outcome:
    return send_email.perform({**WORDS, **words}, context(key))


@pytest.mark.usefixtures("sent")
def test_a_real_server_takes_mail_and_passes_it_on_as_it_was(behind: Mailbox) -> None:
    """Alphabets, dots and long lines survive two servers, in text and beside HTML."""
    outcomes = [send("real/1"), send("real/2", html="<p>Dear <b>Ada</b></p>")]

    assert [type(outcome) for outcome in outcomes] == [Done, Done]
    end = time.monotonic() + PATIENCE_S
    while len(behind.got) < 2 and time.monotonic() < end:
        time.sleep(0.05)
    plain = next(mail for mail in behind.got if not mail.is_multipart())
    assert plain["Subject"] == WORDS["subject"]
    assert plain.get_content() == WORDS["body"]
    ids = {outcome.answer["message_id"] for outcome in outcomes}  # type: ignore[union-attr,index,call-overload]
    assert {mail["Message-ID"] for mail in behind.got} == ids


@pytest.mark.usefixtures("sent")
@pytest.mark.parametrize(
    ("words", "kind", "said"),
    [
        ({"to": "busy@example.com"}, Retry, "450 4.2.1 mailbox busy"),
        ({"to": "ada@elsewhere.example"}, Rejected, "550 Invalid recipient"),
        ({"to": "gone@example.com"}, Retry, "421 4.7.0 good bye"),
        ({"from": "late@acme.example"}, Retry, "421 4.7.0 good bye"),
    ],
)
def test_what_a_real_server_refuses_ends_as_it_says(
    words: dict[str, str], kind: type[Retry] | type[Rejected], said: str
) -> None:
    """4 is later, 5 is never, and a server that hangs up while it says no has not taken it."""
    outcome = send("real/3", **words)

    assert isinstance(outcome, kind)
    assert said in outcome.reason
    if isinstance(outcome, Rejected):
        assert [event.name for event in outcome.events] == ["Email Bounced"]
