"""Surveys: one question, a signed link for each answer, the same in HTML and in text."""

import re

import pytest

from cuebook.actions.send_email import OFFICE
from cuebook.actions.survey import survey
from cuebook.engine.contract import Done, Outcome, Rejected, Retry
from cuebook.engine.links import Site

from .receiving import Mailbox
from .test_send_email import SITE, clean, context, mailbox, parts

__all__ = ["clean", "mailbox"]

WORDS = {"to": "ada@example.com", "from": "Acme <us@acme.example>", "survey": "onboarding"}


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Site:
    for name, value in SITE.items():
        monkeypatch.setenv(name, value)
    return Site.of(SITE)


def ask(**words: object) -> Outcome:
    return survey.perform({**WORDS, **words}, context())  # type: ignore[dict-item]


def tokens(text: str) -> list[str]:
    return re.findall(r"https://plays\.example\.com/a/([\w.-]+)", text)


@pytest.mark.parametrize(
    ("kind", "scores"), [("nps", range(11)), ("csat", range(1, 6)), ("CES", range(1, 8))]
)
def test_each_score_has_a_link_of_its_own(
    kind: str, scores: range, site: Site, mailbox: Mailbox
) -> None:
    """Whoever reads plain text has the same answers as who sees buttons."""
    assert isinstance(ask(kind=kind), Done)

    text, html = parts(mailbox.got[0])
    said = [site.opened("answer", token) for token in tokens(text)]
    assert said == [
        {
            "customer": "ada",
            "survey": "onboarding",
            "kind": kind.lower(),
            "score": str(score),
            "key": "run/1/mail/1",
        }
        for score in scores
    ]
    assert tokens(html) == tokens(text)


def test_what_an_author_and_a_customer_write_is_text(site: Site, mailbox: Mailbox) -> None:
    """A question may hold `<`; it is asked as it was written."""
    outcome = ask(
        question="Is 1 < 2, <b>Ada</b>?",
        body="Hello <i>you</i>,\nplease.\n\nThanks",
        low='"no" & no',
        high="yes",
    )

    assert isinstance(outcome, Done)
    text, html = parts(mailbox.got[0])
    assert mailbox.got[0]["Subject"] == "Is 1 < 2, <b>Ada</b>?"
    assert text.startswith("Hello <i>you</i>,\nplease.\n\nThanks\n\nIs 1 < 2, <b>Ada</b>?\n0 is")
    assert "<b>" not in html
    assert "<i>" not in html
    assert "Is 1 &lt; 2, &lt;b&gt;Ada&lt;/b&gt;?" in html


def test_a_survey_without_a_site_waits_for_one(mailbox: Mailbox) -> None:
    """A question that nobody can answer is not asked."""
    outcome = ask()

    assert isinstance(outcome, Retry)
    assert outcome.reason.startswith("CUEBOOK_SECRET is not set")
    assert mailbox.got == []


@pytest.mark.parametrize(
    "words",
    [
        {"survey": ""},
        {"survey": "x" * 101},
        {"kind": "stars"},
        {"to": "nobody"},
        {"question": "Hi\r\nBcc: bo@example.com"},
    ],
)
@pytest.mark.usefixtures("site")
def test_a_survey_that_makes_no_sense_is_refused(words: dict[str, str], mailbox: Mailbox) -> None:
    """Its subject is its question: a line break in it would begin another header."""
    assert isinstance(ask(**words), Rejected)
    assert mailbox.got == []
    OFFICE.close()
