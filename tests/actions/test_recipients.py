"""Mail to several people and with files: who gets it, who is turned away, and what never goes with it."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cuebook.actions.attachments import FOLDER, MOST_BYTES
from cuebook.actions.compose import About
from cuebook.actions.preview import preview
from cuebook.actions.send_email import OFFICE
from cuebook.engine.contract import Done, Outcome, Rejected, Retry

from .receiving import Mailbox, serving
from .test_send_email import WORDS, context, send


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """Yield a server that the environment names, and nothing else of ours."""
    for name in list(os.environ):
        if name.startswith("CUEBOOK_"):
            monkeypatch.delenv(name)
    box = Mailbox()
    with serving(box) as port:
        monkeypatch.setenv("CUEBOOK_SMTP_URL", f"smtp://127.0.0.1:{port}")
        yield box
    OFFICE.close()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of what may be attached, with one file, beside one that may not."""
    inside = tmp_path / "attachments"
    (inside / "terms").mkdir(parents=True)
    (inside / "terms" / "offer.pdf").write_bytes(b"%PDF-1.7 \xff")
    (tmp_path / "secret.pdf").write_text("secret")
    monkeypatch.setenv(FOLDER, str(inside))
    return inside


MANY = {
    "to": ["Ada <ada@example.com>", "bo@example.com"],
    "cc": "cy@example.com",
    "bcc": ["di@example.com", "ada@example.com"],
    "reply to": "help@acme.example",
}


def test_a_mail_goes_to_everybody_once_and_names_whom_it_may(mailbox: Mailbox) -> None:
    """Who gets it unseen stands in no header."""
    assert isinstance(send(**MANY), Done)

    [mail] = mailbox.got
    everybody = ["ada@example.com", "bo@example.com", "cy@example.com", "di@example.com"]
    assert mailbox.envelopes == [("success@acme.example", everybody)]
    assert (mail["To"], mail["Cc"]) == ("Ada <ada@example.com>, bo@example.com", "cy@example.com")
    assert mail["Reply-To"] == "help@acme.example"
    assert "di@example.com" not in mail.as_string()


def test_who_is_turned_away_keeps_nobody_from_getting_it(mailbox: Mailbox) -> None:
    """It is told who did not, and whose address will never work is an event."""
    mailbox.answers = {"bo@example.com": "550 no such person", "cy@example.com": "450 later"}

    outcome = send(**MANY)

    assert isinstance(outcome, Done)
    assert isinstance(outcome.answer, dict)
    assert outcome.answer["not to"] == [
        "bo@example.com: 550 no such person", "cy@example.com: 450 later",
    ]  # fmt: skip
    assert [event.properties["email"] for event in outcome.events] == ["bo@example.com"]
    assert len(mailbox.got) == 1


@pytest.mark.parametrize(("said", "kind"), [("450 later", Retry), ("550 no such person", Rejected)])
def test_what_nobody_takes_is_not_sent(said: str, kind: type[Outcome], mailbox: Mailbox) -> None:
    """As long as one of them may take it later, it is tried again."""
    everybody = ("ada", "bo", "cy", "di")
    mailbox.answers = {f"{name}@example.com": "550 never" for name in everybody}
    mailbox.answers["cy@example.com"] = said

    outcome = send(**MANY)

    assert isinstance(outcome, kind)
    assert mailbox.got == []
    if isinstance(outcome, Rejected):
        assert len(outcome.events) == len(everybody)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ({"to": []}, "needs an address"),
        ({"cc": "nobody"}, "`cc` is no address"),
        ({"bcc": ["a@example.com\nBcc: b@example.com"]}, "one line"),
        ({"to": ["a@example.com, b@example.com"]}, "`to` is no address"),
        ({"cc": [f"a{n}@example.com" for n in range(21)]}, "no mailing list"),
        ({"attach": [f"{n}.pdf" for n in range(11)]}, "at most 10"),
    ],
)
def test_what_is_no_address_is_told_and_nobody_gets_it(
    words: dict[str, Any], why: str, mailbox: Mailbox
) -> None:
    """Also where the others are good."""
    outcome = send(**words)

    assert isinstance(outcome, Rejected)
    assert why in outcome.reason
    assert mailbox.got == []


def test_a_file_goes_with_a_mail(mailbox: Mailbox, folder: Path) -> None:
    """Under its name and its type, byte for byte."""
    assert isinstance(send(html="<p>Hello</p>", attach=["terms/offer.pdf"]), Done)

    [part] = mailbox.got[0].iter_attachments()
    assert (part.get_filename(), part.get_content_type()) == ("offer.pdf", "application/pdf")
    assert part.get_content() == (folder / "terms" / "offer.pdf").read_bytes()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../secret.pdf", "no file `secret.pdf` lies in the folder"),
        ("/etc/passwd", "no file `passwd` lies in the folder"),
        ("link.pdf", "no file `link.pdf` lies in the folder"),
        ("terms", "no file `terms` lies in the folder"),
        ("missing.pdf", "no file `missing.pdf` lies in the folder"),
        ("nul\0.pdf", "lies in the folder"),
        ("setup.exe", "of no type that is sent"),
        ("page", "of no type that is sent"),
        ("large.pdf", "over 10 MB"),
    ],
)
def test_what_may_not_go_with_a_mail_keeps_it_from_being_sent(
    name: str, why: str, mailbox: Mailbox, folder: Path
) -> None:
    """A playbook may name any path; what lies outside of the folder is nobody's business."""
    (folder / "link.pdf").symlink_to(folder.parent / "secret.pdf")
    for other in ("setup.exe", "page"):
        (folder / other).write_text("x")
    (folder / "large.pdf").write_bytes(b"x" * (MOST_BYTES + 1))

    outcome = send(attach=[name])

    assert isinstance(outcome, Rejected)
    assert why in outcome.reason
    assert mailbox.got == []


def test_without_a_folder_it_waits_until_there_is_one(mailbox: Mailbox) -> None:
    """As it does without a sender: a person has to set it up."""
    outcome = send(attach=["terms/offer.pdf"])

    assert isinstance(outcome, Retry)
    assert FOLDER in outcome.reason
    assert mailbox.got == []


def test_a_preview_needs_no_folder() -> None:
    """It says what it leaves out."""
    about = context()
    words = {**WORDS, **MANY, "attach": ["terms/offer.pdf"]}
    shown = preview("send-email", words, About(about.customer, about.key, about.decided_at), {})

    assert shown.told()["cc"] == "cy@example.com"
    assert any("its files are left out" in note for note in shown.notes)
