"""`cuebook preview`: the mail a customer would get, and the place of what keeps it from being written."""

import json
import os
import webbrowser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from cuebook.cli.exits import Exit
from cuebook.cli.main import main

SETTINGS = """\
project: shop
timezone: UTC
attributes: {name: text, email: text, contacts: {list of: {name: text, email: text}}}
events: {purchase: {amount: number}}
"""
ACTIONS = """\
actions:
  thank-you:
    do: send-email
    with: {template: thanks, to: "{{ customer.email }}", from: Shop <shop@acme.example>}
  opinion:
    do: survey
    with: {survey: first-order, to: "{{ customer.email }}", body: "Hello {{ customer.name }}"}
  call:
    do: create-task
    with: {title: "Call {{ customer.name }}"}
  unused:
    do: send-email
    with: {to: "{{ customer.email }}", subject: Hi, body: "Dear {{ customer.name }}"}
"""
PLAYBOOKS = """\
playbook: thanks
on: purchase
steps: [{do: thank-you, id: letter}, {do: call}, {do: opinion}]
---
playbook: gifts
on: purchase
steps: [{do: thank-you, with: {subject: A gift}}]
---
playbook: everybody
on: purchase
steps:
  - do: send-email
    id: to-each
    for each: contacts
    with: {to: "{{ each.email }}", subject: "Hi {{ each.name }}", body: x, purpose: service}
"""
TEXT = "Subject: Thank you, {{ customer.name }}\n\nYou paid\n  {{ event.amount }}.\n"
HTML = "<p>You <b>paid</b> {{ event.amount }}, {{ customer.name }}.</p>\n"
CUSTOMERS = """\
{"id": "ada", "name": "Ada <A>", "email": "ada@example.com",
 "contacts": [{"name": "Bo", "email": "bo@example.com"}]}
{"id": "cleo", "name": "Cleo"}
"""
EVENTS = "at,customer,event,amount\n2026-01-01,ada,purchase,3\n2026-02-01,ada,purchase,7.5\n"


@pytest.fixture(autouse=True)
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith("CUEBOOK_"):
            monkeypatch.delenv(name)
    files = {
        "cuebook.yaml": SETTINGS,
        "actions.yaml": ACTIONS,
        "playbooks/all.yaml": PLAYBOOKS,
        "templates/thanks.txt": TEXT,
        "templates/thanks.html": HTML,
        "data/customers.jsonl": CUSTOMERS.replace(",\n ", ", "),
        "data/events.csv": EVENTS,
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def preview(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["preview", *words])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_mail_is_shown_as_it_would_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    """With the last event that starts the playbook; what is not set up yet is a note."""
    code, out, notes = preview(capsys, "letter", "--customer", "ada")

    assert code == Exit.CLEAN
    assert out == (
        "From: Shop <shop@acme.example>\nTo: ada@example.com\n"
        "Subject: Thank you, Ada <A>\n\nYou paid\n  7.5.\n"
    )
    assert notes == ""


def test_what_is_computed_is_as_of_now(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A letter may name a signal, and attributes as later events of the data have changed them."""
    settings = f"{SETTINGS}signals: {{spent: sum of purchase.amount}}\n"
    (shop / "cuebook.yaml").write_text(settings)
    (shop / "templates" / "thanks.txt").write_text("Subject: Thanks\n\n{{ customer.spent }}\n")

    code, out, _ = preview(capsys, "letter", "--customer", "ada")

    assert code == Exit.CLEAN
    assert out.endswith("\n\n10.5\n")


def test_who_names_the_project_first_is_told(
    shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most commands begin with the project; this one with what is to be shown."""
    monkeypatch.chdir(shop.parent)

    code, _, complaint = preview(capsys, shop.name, "--customer", "ada")

    assert code == Exit.MISUSE
    assert complaint.endswith(f" next: cuebook preview ACTION {shop.name} --customer ada\n")


def test_its_html_is_shown_as_it_would_be_sent(capsys: pytest.CaptureFixture[str]) -> None:
    """Values in it are texts."""
    code, out, _ = preview(capsys, "letter", "--customer", "ada", "--format", "html")

    assert code == Exit.CLEAN
    assert "<p>You <b>paid</b> 7.5, Ada &lt;A&gt;.</p>" in out


def test_a_program_gets_all_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    """What the action is given, and the mail."""
    _, out, _ = preview(capsys, "letter", "--customer", "ada", "--format", "json")

    told = json.loads(out)
    assert (told["do"], told["action"]) == ("send-email", "thank-you")
    assert told["with"]["subject"] == told["mail"]["subject"] == "Thank you, Ada <A>"
    assert told["mail"]["from"] == "Shop <shop@acme.example>"
    assert told["mail"]["text"] == "You paid\n  7.5.\n"


def test_the_browser_is_opened_with_a_file(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It stays there, for a browser reads it when this command is long over."""
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)

    code, _, said = preview(capsys, "letter", "--customer", "ada", "--open")

    assert code == Exit.CLEAN
    file = Path(unquote(urlsplit(opened[0]).path))
    assert "<b>paid</b>" in file.read_text()
    assert str(file) in said
    assert preview(capsys, "unused", "--customer", "ada", "--open")[2].endswith(
        "this mail has no HTML: write templates/NAME.html beside its text\n"
    )
    assert len(opened) == 1


def test_a_survey_is_shown_with_its_answers(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a site the links are made up, and that is said."""
    code, out, notes = preview(capsys, "opinion", "--customer", "ada")

    assert code == Exit.CLEAN
    assert "Subject: How likely are you to recommend us?\n" in out
    assert "\nHello Ada <A>\n" in out
    assert out.count("https://example.com/a/") == 11
    assert "note: its links lead nowhere yet: CUEBOOK_SECRET is not set" in notes
    assert "note: nobody sends it yet: CUEBOOK_SMTP_URL is not set" in notes


def test_an_action_for_each_record_is_shown_for_the_first(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One is enough to see what all will get."""
    _, out, _ = preview(capsys, "to-each", "--customer", "ada")

    assert "To: bo@example.com\nSubject: Hi Bo\n" in out


def test_another_kind_of_action_is_shown_by_what_it_is_given(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A task is no mail, and is rendered all the same."""
    assert preview(capsys, "call", "--customer", "ada")[1] == (
        'create-task\n  title: "Call Ada <A>"\n'
    )
    assert preview(capsys, "call", "--customer", "ada", "--format", "html")[0] == Exit.MISUSE


def test_an_action_that_no_playbook_does_is_shown_as_declared(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It is written before it is used."""
    _, out, _ = preview(capsys, "unused", "--customer", "ada")

    assert out.endswith("\n\nDear Ada <A>\n")


@pytest.mark.parametrize(
    ("template", "said"),
    [
        (TEXT + "{{ customer.name | money('EUR') }}", "thanks.txt:5:20: template: `| money`"),
        (TEXT + "{% if 1 %}{{ customer.email }}{% endif %}", ""),
    ],
)
def test_what_is_wrong_in_a_template_has_its_place(
    template: str, said: str, shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Line and column in the file: a mail may be long."""
    (shop / "templates" / "thanks.txt").write_text(template)

    code, out, err = preview(capsys, "letter", "--customer", "ada")

    assert code == (Exit.FOUND if said else Exit.CLEAN)
    assert said in err
    assert bool(out) is not bool(said)


def test_a_value_that_a_customer_lacks_has_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    """In the template or in the action, wherever it is named."""
    _, _, in_action = preview(capsys, "letter", "--customer", "cleo")
    _, _, twice = preview(
        capsys, "letter", "--customer", "cleo", "--customers", "data/customers.jsonl"
    )

    assert "actions.yaml:4:38: template: `customer.email` is missing" in in_action
    assert in_action.endswith("it would be skipped, and the journal would say why\n")
    assert twice.endswith(in_action)


def test_a_mail_that_cannot_be_sent_says_why(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An address that is none is seen before anything is sent."""
    (shop / "data" / "customers.jsonl").write_text('{"id": "ada", "name": "A", "email": "nobody"}')

    code, _, err = preview(capsys, "letter", "--customer", "ada")

    assert code == Exit.FOUND
    assert "it cannot be sent: `to` is no address: " in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("thank-you", "--customer", "ada"), "thank-you is done in several ways, in thanks, gifts"),
        (("nothing", "--customer", "ada"), "no playbook does nothing"),
        (("letter", "--customer", "bo"), "nothing is known of a customer 'bo'"),
        (("letter", "--customer", "ada", "--customers", "none.csv"), "there is no file none.csv"),
    ],
)
def test_what_cannot_be_shown_ends_with_what_to_type(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """As everywhere at the counter."""
    code, _, err = preview(capsys, *words)

    assert code == Exit.MISUSE
    assert said in err
    assert " next: cuebook " in err
