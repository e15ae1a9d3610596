"""What links in messages do: looking changes nothing, a POST is a person's word, forged ones are told."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from cuebook.engine.links import Site, sign
from cuebook.engine.runtime import Engine
from cuebook.engine.runtime.database import Database
from cuebook.web.app import application

from ..runtime.playing import rows
from .conftest import inbox
from .house import evil
from .reading import read

SITE = Site(
    "https://plays.example.com",
    (b"a new secret of this deployment's own", b"the old secret of this deployment"),
)
LEAVE = {"customer": "ada", "channel": "email", "purpose": "marketing"}
SCORE = {"customer": "ada", "survey": "nps", "score": "9"}
SETTINGS = """\
project: shop
timezone: UTC
attributes: {email_opt_in: boolean, product_opt_in: boolean, sms_opt_in: boolean, vip: boolean}
events: {go-live: {}}
kinds: [send-email, notify]
limits:
  email: {needs consent: {marketing: email_opt_in, product: product_opt_in}}
  notify: {needs consent: sms_opt_in}
"""


@pytest.fixture
def person(engine: Engine) -> Iterator[TestClient]:
    """Yield somebody's browser."""
    with TestClient(application(engine, site=SITE)) as client:
        yield client


def path(kind: str, claims: Mapping[str, str]) -> str:
    """Return where a link of the site leads to on this server."""
    return SITE.link(kind, claims).removeprefix(SITE.url)  # type: ignore[arg-type]


def test_looking_changes_nothing(person: TestClient, database: Database) -> None:
    """Mailboxes and their scanners open every link before a person does."""
    for kind, claims, button in (("unsubscribe", LEAVE, "Unsubscribe"), ("answer", SCORE, "Send")):
        for ask in (person.get, person.head):
            answer = ask(path(kind, claims))
            assert answer.status_code == 200
        assert f"<button>{button}</button>" in person.get(path(kind, claims)).text

    assert inbox(database) == []


@pytest.mark.parametrize("body", [b"List-Unsubscribe=One-Click", b"", b"--x\r\n", b"x" * 100_000])
def test_one_click_unsubscribes(body: bytes, person: TestClient, database: Database) -> None:
    """A mailbox posts for the person, by RFC 8058, as a form of either kind."""
    answer = person.post(path("unsubscribe", LEAVE), content=body)

    assert answer.status_code == 200
    assert "You are unsubscribed" in answer.text
    [(customer, kind, name, values, _), event] = inbox(database)
    assert (customer, kind, name, values) == ("ada", "change", "", {"email_opt_in": False})
    told = {"channel": "email", "purpose": "marketing"}
    assert event[:4] == ("ada", "event", "Unsubscribed", told)


@pytest.mark.parametrize(
    ("purpose", "withdrawn"), [("marketing", "email_opt_in"), ("product", "product_opt_in")]
)
def test_the_consent_that_mail_of_this_purpose_needs_is_withdrawn(
    purpose: str,
    withdrawn: str,
    person: TestClient,
    deploy: Callable[..., Path],
    database: Database,
) -> None:
    """What a limit on e-mail asks for, and nothing else."""
    deploy("welcome: on go-live -> stop\n", settings=SETTINGS)

    person.post(path("unsubscribe", {"customer": "ada", "purpose": purpose}))

    assert inbox(database)[0][3] == {withdrawn: False}


def test_the_consent_of_another_channel_is_withdrawn_by_its_own_link(
    person: TestClient, deploy: Callable[..., Path], database: Database
) -> None:
    """Who wants no text messages may still want mail."""
    deploy("welcome: on go-live -> stop\n", settings=SETTINGS)

    person.post(path("unsubscribe", {**LEAVE, "channel": "notify"}))

    assert inbox(database)[0][3] == {"sms_opt_in": False}


def test_who_agrees_anew_can_unsubscribe_with_the_same_link_again(
    person: TestClient, engine: Engine, database: Database
) -> None:
    """An old message lies about for years; its link has to work, and its event comes once."""
    person.post(path("unsubscribe", LEAVE))
    engine.identify("ada", email_opt_in=True)
    person.post(path("unsubscribe", LEAVE))

    found = rows(database, "SELECT kind, body FROM cuebook_inbox ORDER BY id")
    assert [body for kind, body in found if kind == "change"] == [
        '{"email_opt_in":false}', '{"email_opt_in":true}', '{"email_opt_in":false}',
    ]  # fmt: skip
    assert len([1 for kind, _ in found if kind == "event"]) == 1


def test_an_answer_is_taken_once(person: TestClient, database: Database) -> None:
    """What is sent again, or played again by somebody else, changes nothing."""
    for comment in ("Zoë: great & cheap", "another"):
        answer = person.post(path("answer", SCORE), data={"comment": comment})
        assert (answer.status_code, "Thank you" in answer.text) == (200, True)

    [(customer, _, name, values, _)] = inbox(database)
    assert (customer, name) == ("ada", "Survey Answered")
    assert values == {"survey": "nps", "score": 9, "comment": "Zoë: great & cheap"}


def test_two_links_of_a_survey_are_two_answers(person: TestClient, database: Database) -> None:
    """Somebody thinks again and clicks on another number; a playbook reads the last one."""
    for score in ("9", "3"):
        person.post(path("answer", {**SCORE, "score": score}))

    assert sorted(row[3]["score"] for row in inbox(database)) == [3, 9]


@pytest.mark.parametrize("old", SITE.secrets)
def test_links_signed_with_a_secret_that_is_being_replaced_still_work(
    old: bytes, person: TestClient
) -> None:
    """They lie in mailboxes for years."""
    token = sign({**LEAVE, "link": "unsubscribe"}, old)

    assert person.post(f"/u/{token}").status_code == 200


@pytest.mark.parametrize(
    "forged",
    [
        "/u/x",
        "/u/" + "x" * 5_000,
        "/u/1.e30.AAAA",
        path("answer", SCORE).replace("/a/", "/u/"),
        path("unsubscribe", LEAVE).replace("/u/", "/a/"),
        path("unsubscribe", LEAVE)[:-1],
        path("unsubscribe", {"purpose": "marketing"}),
        "/u/" + sign({**LEAVE, "link": "unsubscribe"}, b"somebody else's secret, long enough"),
        "/a/%00%ff",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_forged_link_is_told_and_does_nothing(
    method: str, forged: str, person: TestClient, database: Database
) -> None:
    """A person sees a page, not an error; nobody learns what was wrong with it."""
    answer = person.request(method, forged)

    assert answer.status_code == 404
    assert "This link does not work" in answer.text
    assert inbox(database) == []


def test_pages_of_links_load_nothing_and_tell_nobody(person: TestClient) -> None:
    """The token in the address is nobody else's business."""
    answer = person.get(path("answer", SCORE))

    assert read(answer.text).harmful == []
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("kind", "claims"),
    [
        ("unsubscribe", dict.fromkeys(("customer", "channel", "purpose"), evil("claim"))),
        ("answer", dict.fromkeys(("customer", "survey", "score"), evil("claim"))),
        ("answer", dict.fromkeys(("customer", "survey", "answer"), evil("claim"))),
    ],
)
def test_pages_of_links_hold_only_text(
    kind: str, claims: Mapping[str, str], person: TestClient, database: Database
) -> None:
    """What a link says was written by an author, or filled in from a customer's attributes."""
    address = path(kind, claims)

    pages = [person.get(address), person.post(address, data={"comment": evil("comment")})]

    assert [page.status_code for page in pages] == [200, 200]
    assert [read(page.text).harmful for page in pages] == [[], []]
    assert (evil("claim") in read(pages[0].text).text) == (kind == "answer")
    assert {row[0] for row in inbox(database)} == {evil("claim")}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_forged_token_is_not_repeated(method: str, person: TestClient) -> None:
    """It may say anything, under our name."""
    for prefix in ("u", "a"):
        answer = person.request(method, f"/{prefix}/{quote(evil('token'), safe='')}")
        assert answer.status_code == 404
        assert "token" not in answer.text
        assert read(answer.text).harmful == []


def test_while_the_database_does_not_serve_a_person_is_told_to_come_back(
    person: TestClient, database: Database
) -> None:
    """Nobody who reads "you are unsubscribed" may get another message."""
    with database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE cuebook_inbox RENAME TO elsewhere")

    answer = person.post(path("answer", SCORE))

    assert answer.status_code == 503
    assert "Nothing was changed" in answer.text
