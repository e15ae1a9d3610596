"""Mail over SMTP: what reaches a server, and what its answers, and its silence, mean."""

import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cuebook.actions import senders
from cuebook.actions.send_email import OFFICE, lane, send_email
from cuebook.engine.contract import Context, Done, InDoubt, Outcome, Rejected, Retry

from .listening import NOWHERE
from .receiving import Cut, Mailbox, certificate, free_port, serving

WORDS = {
    "to": "Ada Lovelace <ada@example.com>",
    "from": "Acme <success@acme.example>",
    "subject": "Grüße, 你好",
    "body": "Dear Ada,\n.\n..\nünïcödé " + "long " * 300 + "\n",
    "purpose": "service",
}


def context(key: str = "run/1/mail/1") -> Context:
    decided_at = datetime(2026, 4, 3, 7, tzinfo=UTC)
    return Context(key, "ada", "welcome", "run/1", "mail", 1, decided_at, NOWHERE)


def send(key: str = "run/1/mail/1", **words: Any) -> Outcome:
    return send_email.perform({**WORDS, **words}, context(key))


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in list(os.environ):
        if name.startswith("CUEBOOK_"):
            monkeypatch.delenv(name)
    yield
    OFFICE.close()


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    box = Mailbox()
    with serving(box) as port:
        monkeypatch.setenv("CUEBOOK_SMTP_URL", f"smtp://127.0.0.1:{port}")
        yield box


def test_a_mail_arrives_as_it_was_written(mailbox: Mailbox) -> None:
    """Dots at the beginning of lines, long lines and other alphabets survive the way."""
    outcome = send()

    [mail] = mailbox.got
    assert mail["To"] == "Ada Lovelace <ada@example.com>"
    assert mail["Subject"] == WORDS["subject"]
    assert mail.get_content() == WORDS["body"]
    assert mail["Date"].datetime == datetime(2026, 4, 3, 7, tzinfo=UTC)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mailbox.envelopes == [("success@acme.example", ["ada@example.com"])]
    assert outcome == Done({"message_id": mail["Message-ID"], "said": "250 taken"})


def test_a_mail_is_the_same_in_every_attempt_and_another_one_under_another_key(
    mailbox: Mailbox,
) -> None:
    """Servers and readers of mail know by its id what they have seen before."""
    send()
    send()
    send("run/2/mail/1")

    one, again, other = mailbox.got
    assert one.as_bytes() == again.as_bytes()
    assert one["Message-ID"] != other["Message-ID"]
    assert one["Message-ID"].endswith("@acme.example>")


def test_one_connection_carries_one_mail_after_the_other(mailbox: Mailbox) -> None:
    """A handshake for each mail costs more than the mail; leave is taken when the engine stops."""
    for number in range(5):
        assert isinstance(send(f"run/{number}"), Done)

    assert len(mailbox.sessions) == 1
    send_email.close()  # type: ignore[misc]
    send_email.perform(WORDS, context())
    assert (len(mailbox.sessions), mailbox.quits) == (2, 1)


def test_a_kept_connection_that_was_closed_meanwhile_is_replaced(mailbox: Mailbox) -> None:
    """Servers hang up on whoever is silent; nothing of the next mail was said by then."""
    send()
    mailbox.cut = "mail"
    assert isinstance(send(), Retry)
    mailbox.cut = ""

    assert isinstance(send(), Done)
    assert len(mailbox.got) == 2


def test_a_connection_that_was_idle_for_long_is_not_trusted(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have been forgotten by some wall between, which would cost a whole patience."""
    send()
    monkeypatch.setattr(senders, "IDLE_S", -1.0)

    assert isinstance(send(), Done)
    assert (len(mailbox.sessions), mailbox.quits) == (2, 1)


def test_threads_share_as_many_connections_as_the_sender_allows(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Servers limit them, and refuse who opens more."""
    monkeypatch.setenv("CUEBOOK_SMTP_URL", f"{os.environ['CUEBOOK_SMTP_URL']}?connections=2")
    outcomes: list[Outcome] = []
    threads = [
        threading.Thread(target=lambda n=n: outcomes.append(send(f"run/{n}"))) for n in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [type(outcome) for outcome in outcomes] == [Done] * 12
    assert len(mailbox.sessions) <= 2
    assert len({mail["Message-ID"] for mail in mailbox.got}) == 12


@pytest.mark.parametrize("at", ["ada@example.com", "DATA"])
@pytest.mark.parametrize("code", ["450 4.2.1 mailbox busy", "421 4.7.0 too many"])
def test_a_4xx_is_tried_again_later(at: str, code: str, mailbox: Mailbox) -> None:
    """Not now, says the server; the connection is of use for others all the same."""
    mailbox.answers[at] = code

    outcome = send()

    assert isinstance(outcome, Retry)
    assert code in outcome.reason
    mailbox.answers.clear()
    assert isinstance(send(), Done)


@pytest.mark.parametrize("at", ["ada@example.com", "DATA"])
def test_a_5xx_is_the_end_and_the_customer_has_bounced(at: str, mailbox: Mailbox) -> None:
    """Playbooks stop writing to an address that does not exist."""
    mailbox.answers[at] = "550 5.1.1 no\r\n such user" if at == "DATA" else "550 5.1.1 no such user"

    outcome = send()

    assert isinstance(outcome, Rejected)
    assert outcome.reason.startswith("no mail to ada@example.com: 550 5.1.1 no")
    [event] = outcome.events
    assert event.name == "Email Bounced"
    assert event.properties["email"] == "ada@example.com"
    assert event.properties["code"] == 550
    mailbox.answers.clear()
    assert isinstance(send(), Done)


@pytest.mark.parametrize(
    ("cut", "ending"), [("mail", Retry), ("rcpt", Retry), ("content", InDoubt)]
)
def test_a_dropped_session_is_tried_again_before_data_and_in_doubt_after_it(
    cut: Cut, ending: type[Outcome], mailbox: Mailbox
) -> None:
    """After DATA the mail may be on its way: sending it again may be sending it twice."""
    mailbox.cut = cut

    assert isinstance(send(), ending)
    assert len(mailbox.got) == (1 if ending is InDoubt else 0)


def test_a_server_that_cannot_be_reached_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is down for a while, which is nobody's fault among our customers."""
    monkeypatch.setenv("CUEBOOK_SMTP_URL", f"smtp://127.0.0.1:{free_port()}")

    outcome = send()

    assert isinstance(outcome, Retry)
    assert "127.0.0.1 cannot be reached" in outcome.reason


# --- senders --------------------------------------------------------------------------------------


def test_a_sender_is_named_and_brings_its_server_and_its_address(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Marketing goes by one server, what customers wait for by another."""
    other = Mailbox()
    with serving(other) as port:
        url = f"smtp://127.0.0.1:{port}?from=News%20<news@acme.example>"
        monkeypatch.setenv("CUEBOOK_SMTP_URL_ACME_NEWS", url)
        assert isinstance(send(**{"from": "acme news"}), Done)
        assert isinstance(send(), Done)
        OFFICE.close()

    assert [mail["From"] for mail in other.got] == ["News <news@acme.example>"]
    assert [mail["From"] for mail in mailbox.got] == ["Acme <success@acme.example>"]
    assert lane({"from": "acme news"}) != lane({"from": "a@b.example"}) == lane({})


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")
@pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd")
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_sender_is_known_by_name_and_password_over_tls_only(
    scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever gives a password for a server does not give it to everybody on the way."""
    cert, tls = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(cert))
    box = Mailbox(users={"us@acme.example": "pass/word:@"})
    more: dict[str, Any] = {"authenticator": box.authenticate, "auth_required": True}
    secured = {"ssl_context": tls, "auth_require_tls": False}
    more |= secured if scheme == "smtps" else {"tls_context": tls}
    login = "us%40acme.example:pass%2Fword%3A%40"
    with serving(box, **more) as port:
        monkeypatch.setenv("CUEBOOK_SMTP_URL", f"{scheme}://{login}@127.0.0.1:{port}")
        known = send()
        monkeypatch.setenv("CUEBOOK_SMTP_URL", f"{scheme}://us:nonsense@127.0.0.1:{port}")
        unknown = send()
        OFFICE.close()

    assert isinstance(known, Done)
    assert unknown == Retry("127.0.0.1 does not know us: 535")


def test_a_password_is_not_sent_where_there_is_no_tls(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that offers no STARTTLS may be somebody else's in between."""
    url = os.environ["CUEBOOK_SMTP_URL"].replace("//", "//us:secret@")
    monkeypatch.setenv("CUEBOOK_SMTP_URL", url)

    outcome = send()

    assert isinstance(outcome, Retry)
    assert "STARTTLS" in outcome.reason
    assert mailbox.got == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.acme.example",
        "http://us:secret@mail.acme.example",
        "smtp://us:secret/word@mail.acme.example:2x",
        "smtp://us:secret@mail.acme.example?starttls=perhaps",
        "smtp://us:secret@mail.acme.example?timeout=3",
        "smtp://us:secret@mail.acme.example?connections=0",
        "smtp://us:secret@mail.acme.example/inbox",
    ],
)
def test_what_a_sender_lacks_is_said_without_its_password(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The outcome is kept and shown: it names what to set, and no secret."""
    monkeypatch.setenv("CUEBOOK_SMTP_URL", url)

    outcome = send()

    assert isinstance(outcome, Retry)
    assert outcome.reason.startswith("CUEBOOK_SMTP_URL ")
    assert "smtp://USER:PASSWORD@HOST:587" in outcome.reason
    assert "secret" not in outcome.reason


def test_a_mail_says_who_it_is_from(mailbox: Mailbox) -> None:
    """Neither the action nor the sender says so: nobody guesses."""
    outcome = send(**{"from": ""})

    assert isinstance(outcome, Retry)
    assert "nobody says who it is from" in outcome.reason
    assert mailbox.got == []


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("subject", "Hi\r\nBcc: everybody@example.com"),
        ("subject", "Hi\nX: y"),
        ("subject", "Hi\x00"),
        ("subject", "Hi\u2028there"),
        ("to", "ada@example.com\r\nBcc: bo@example.com"),
        ("from", "a@acme.example\nX: y"),
        ("reply_to", "a@acme.example\rX: y"),
        ("to", "ada@example.com, bo@example.com"),
        ("to", "ada"),
        ("to", ""),
        ("to", "ada@"),
        ("to", "ada@example..com"),
        ("to", "ada@[127.0.0.1]"),
        ("to", "ädä@example.com"),
        ("to", "ada@example.com> RCPT TO:<bo@example.com"),
        ("to", "a" * 65 + "@example.com"),
        ("reply_to", "nobody"),
        ("from", "@"),
        ("body", ""),
        ("subject", ""),
        ("body", "\ud800"),
        ("colour", "red"),
    ],
)
def test_a_hostile_header_or_address_is_refused(word: str, value: str, mailbox: Mailbox) -> None:
    """What a customer calls itself must not become a header, a recipient or a command."""
    outcome = send(**{word: value})

    assert isinstance(outcome, Rejected)
    assert outcome.events == ()
    assert mailbox.got == []


def test_a_domain_of_another_alphabet_is_written_as_servers_know_it(mailbox: Mailbox) -> None:
    """Names of hosts have an ASCII form, which every server takes."""
    assert isinstance(send(to="ada@bücher.example"), Done)

    assert mailbox.envelopes[0][1] == ["ada@xn--bcher-kva.example"]


# --- HTML and links -------------------------------------------------------------------------------

HTML = (
    "<html><head><style>p { color: red } @media (max-width: 9px) { p { margin: 0 } }</style>"
    '<link rel="stylesheet" href="{sheet}"></head>'
    '<body><p>Dear <b>Ada</b></p><a href="cuebook:unsubscribe">No more</a></body></html>'
)
SITE = {
    "CUEBOOK_URL": "https://plays.example.com",
    "CUEBOOK_SECRET": "a-secret-of-at-least-thirty-two-characters",
}


def parts(mail: Any) -> tuple[str, str]:
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    return text.get_content(), html.get_content()


def test_html_has_its_styles_where_readers_keep_them_and_a_text_beside_it(
    mailbox: Mailbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Style sheets are dropped by many readers; files and addresses of sheets are never looked at."""
    for name, value in SITE.items():
        monkeypatch.setenv(name, value)
    sheet = tmp_path / "sheet.css"
    sheet.write_text("p { color: blue }")

    assert isinstance(send(html=HTML.replace("{sheet}", str(sheet)), body=""), Done)

    text, html = parts(mailbox.got[0])
    assert 'style="color: red' in html
    assert "blue" not in html
    assert "@media" in html
    link = f"{SITE['CUEBOOK_URL']}/u/"
    assert f'href="{link}' in html
    assert text.startswith("Dear Ada\n\nNo more <https://plays.example.com/u/")


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("<div>" * 12_800, "over 2,000 elements"),
        ("<b><i>" * 10_000, "over 2,000 elements"),
        (
            "<p>" + "".join(f"<b a={n}>" for n in range(900)) + "</p><p>x" * 900,
            "over 1,000,000 characters",
        ),
    ],
    ids=["nested", "mis-nested", "doubled"],
)
def test_a_hostile_page_is_refused_before_it_is_too_much(
    html: str, said: str, mailbox: Mailbox
) -> None:
    """Twelve thousand elements within each other end the process of whoever takes them apart."""
    outcome = send(html=html)

    assert isinstance(outcome, Rejected)
    assert said in outcome.reason
    assert mailbox.got == []


def test_marketing_can_be_unsubscribed_from_with_one_click(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 8058: a signed link in the headers, in one piece; it holds no address of anybody."""
    for name, value in SITE.items():
        monkeypatch.setenv(name, value)

    send(purpose="marketing", body="Bye: cuebook:unsubscribe")
    send()

    marketing, service = mailbox.got
    link = marketing["List-Unsubscribe"].strip("<>")
    assert marketing["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert marketing.get_content() == f"Bye: {link}\n"
    assert service["List-Unsubscribe"] is None
    token = link.rpartition("/")[2]
    assert opened(token) == {
        "customer": "ada", "channel": "email", "purpose": "marketing", "key": "run/1/mail/1",
    }  # fmt: skip


def test_a_link_that_leads_nowhere_is_not_sent(mailbox: Mailbox) -> None:
    """A mail that asks for one waits for whoever sets up the site; others go out without."""
    asked = send(purpose="marketing", body="Bye: cuebook:unsubscribe")
    plain = send(purpose="marketing")

    assert isinstance(asked, Retry)
    assert asked.reason.startswith("CUEBOOK_SECRET is not set")
    assert isinstance(plain, Done)
    assert len(mailbox.got) == 1


def opened(token: str) -> object:
    from cuebook.engine.links import Site

    return Site.of(SITE).opened("unsubscribe", token)
