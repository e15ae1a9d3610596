"""Signed links: what was signed is read, and nothing else is."""

import pytest

from cuebook.engine.links import NoSite, Site, link, opened, read, sign

SECRET = b"a-secret-of-at-least-thirty-two-characters"
URL = "https://plays.example.com"
ENVIRONMENT = {"CUEBOOK_URL": f"{URL}/", "CUEBOOK_SECRET": SECRET.decode()}


def token_of(address: str) -> str:
    return address.rpartition("/")[2]


@pytest.mark.parametrize("customer", ["ada", "Jürgen / GmbH & Co.", "a.b", "😀", "", "x" * 900])
def test_what_was_signed_is_read(customer: str) -> None:
    """Customers have the ids that the application gave them."""
    claims = {"customer": customer, "survey": "onboarding", "score": "9"}

    assert read(sign(claims, SECRET), SECRET) == claims


def test_one_token_stands_for_one_set_of_claims() -> None:
    """A mail that is written again holds the same links, byte for byte."""
    assert sign({"a": "1", "b": "2"}, SECRET) == sign({"b": "2", "a": "1"}, SECRET)


def test_no_character_of_a_token_can_be_changed() -> None:
    """Base64 has several spellings of one value; a token has one."""
    token = sign({"customer": "ada"}, SECRET)
    others = [
        token[:at] + other + token[at + 1 :]
        for at, char in enumerate(token)
        for other in "AQgw.=-_é1 "
        if other != char
    ]

    assert others
    assert [other for other in others if read(other, SECRET) is not None] == []


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "1..", "1.e30", "2.e30.x", "nonsense", "é", "\ud800", "1." * 3_000, "\x00"],
)
def test_nonsense_is_no_token(token: str) -> None:
    """Whatever stands in an address, it is answered and raises nothing."""
    assert read(token, SECRET) is None


def test_a_link_of_one_kind_does_not_open_another() -> None:
    """Who may answer a survey of one customer must not unsubscribe that customer by it."""
    site = Site.of(ENVIRONMENT)
    answer = site.link("answer", {"customer": "ada", "score": "9"})

    assert answer.startswith(f"{URL}/a/")
    assert site.opened("answer", token_of(answer)) == {"customer": "ada", "score": "9"}
    assert site.opened("unsubscribe", token_of(answer)) is None


def test_a_new_secret_is_put_in_front_of_the_old_one() -> None:
    """Links in mails of last year go on working when the secret is changed."""
    old = Site.of(ENVIRONMENT).link("unsubscribe", {"customer": "ada"})
    both = Site.of(ENVIRONMENT | {"CUEBOOK_SECRET": f"{'n' * 40} {SECRET.decode()}"})
    new = Site.of(ENVIRONMENT | {"CUEBOOK_SECRET": "n" * 40})

    assert both.opened("unsubscribe", token_of(old)) == {"customer": "ada"}
    assert new.opened("unsubscribe", token_of(old)) is None
    fresh = token_of(both.link("unsubscribe", {"customer": "ada"}))
    assert new.opened("unsubscribe", fresh) == {"customer": "ada"}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("CUEBOOK_SECRET", "", "CUEBOOK_SECRET is not set"),
        ("CUEBOOK_SECRET", "short", "CUEBOOK_SECRET has under 32 characters"),
        ("CUEBOOK_URL", "", "CUEBOOK_URL is not set"),
        ("CUEBOOK_URL", "plays.example.com", "CUEBOOK_URL is 'plays.example.com'"),
        ("CUEBOOK_URL", "ftp://plays.example.com", "CUEBOOK_URL is 'ftp:"),
    ],
)
def test_what_is_missing_for_links_is_said(
    name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link that leads nowhere, or that anybody could sign, is worse than none."""
    for key, given in (ENVIRONMENT | {name: value}).items():
        monkeypatch.setenv(key, given)

    with pytest.raises(NoSite, match=said):
        link("unsubscribe", {"customer": "ada"})


def test_links_are_made_and_opened_with_what_the_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever sends and whoever serves are different processes, set up by the same two values."""
    for key, given in ENVIRONMENT.items():
        monkeypatch.setenv(key, given)

    token = token_of(link("answer", {"customer": "ada"}))

    assert opened("answer", token) == {"customer": "ada"}
    assert opened("answer", f"{token}x") is None


def test_a_link_has_a_length_that_mails_can_carry() -> None:
    """A customer's id of a thousand characters is refused here rather than cut by somebody's mail."""
    with pytest.raises(ValueError, match="a link of more than"):
        sign({"customer": "x" * 2_000}, SECRET)
