"""`cuebook record`: a real history as a test that passes, nobody's data in it, and nothing outside."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cuebook.dsl import compile_project
from cuebook.engine.core.instant import parse_instant
from cuebook.engine.core.occurrence import Changed, Happened
from cuebook.engine.core.plan import Project
from cuebook.engine.core.zone import UTC
from cuebook.engine.rehearsal.recording import record
from cuebook.engine.rehearsal.script import Trial
from cuebook.engine.runtime.engine import Engine

from ..typing_in import cuebook

ROOT = Path(__file__).parents[2]
SETTINGS = """\
project: acme
timezone: Europe/Berlin
attributes: {name: text, email: text, phone: text, note: text, plan: text, contacts: {list of: {email: text, role: text}}}
events: {go-live: {}, purchase: {order_id: text, amount: number}, refund: {order_id: text}, login: {device: text}}
kinds: [greet]
"""
PLAYBOOKS = """\
playbook: care
on: purchase
per: event.order_id
if: email ends with "@acme.example" and plan == "growth"
steps:
  - split:
      a: {share: 50%, steps: [{do: notify, id: first, with: {text: "Thank you, {{ customer.name }}"}}]}
      b: {share: 50%, steps: [{do: notify, id: other, with: {text: "Thanks, {{ customer.name }}"}}]}
  - do: create-task
    id: ask
    after: 3 days
    unless: has refund where (order_id == trigger.order_id)
    with: {title: "Call {{ customer.email }} about {{ event.order_id }}"}
---
playbook: people
on: go-live
steps:
  - do: create-task
    id: greet
    for each: contacts where (role == "champion")
    with: {title: "Greet {{ each.email }}"}
"""
CUSTOMERS = """\
{"id": "ada-lovelace", "name": "Ada Lovelace", "email": "ada@acme.example", "phone": "+44 20 7946 0000", "note": "likes tea", "plan": "growth", "contacts": [{"email": "charles@babbage.example", "role": "champion"}, {"email": "ada@acme.example", "role": "user"}]}
{"id": "other", "name": "Bo"}
"""
EVENTS = """\
{"at": "2026-03-01T09:00:00", "customer": "ada-lovelace", "event": "go-live"}
{"at": "2026-03-02T10:00:00", "customer": "ada-lovelace", "event": "purchase", "order_id": "A-77310", "amount": 12}
{"at": "2026-03-02T11:00:00", "customer": "ada-lovelace", "event": "purchase", "order_id": "A-77311", "amount": 15}
{"at": "2026-03-02T12:00:00", "customer": "ada-lovelace", "event": "login", "device": "Ada's phone"}
{"at": "2026-03-03T12:00:00", "customer": "ada-lovelace", "event": "refund", "order_id": "A-77311"}
{"at": "2026-03-20T12:00:00", "customer": "other", "event": "go-live"}
"""
PERSONAL = ("lovelace", "ada", "acme-inc", "babbage", "charles", "7946", "tea", "77310", "77311")


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    folder = tmp_path / "acme"
    for part in ("playbooks", "tests", "data"):
        (folder / part).mkdir(parents=True)
    (folder / "cuebook.yaml").write_text(SETTINGS)
    (folder / "playbooks" / "p.yaml").write_text(PLAYBOOKS)
    (folder / "data" / "customers.jsonl").write_text(CUSTOMERS)
    (folder / "data" / "events.jsonl").write_text(EVENTS)
    return folder


def test_a_history_of_files_becomes_a_test_that_passes(acme: Path) -> None:
    """Every text of a person is another one, whatever was decided because of it."""
    target = acme / "tests" / "recorded" / "one.yaml"

    done = cuebook(
        "record", "ada-lovelace", "acme", "-o", "acme/tests/recorded/one.yaml", cwd=acme.parent
    )

    assert done.returncode == 0, done.stderr
    text = target.read_text()
    assert [word for word in PERSONAL if word in text.casefold().replace("@acme.example", "")] == []
    assert "growth" in text
    assert "amount" not in text  # No playbook reads it, nor the login.
    assert "login" not in text
    assert text.count("do: create-task") == 2
    assert "skipped: create-task" in text
    played = cuebook("test", "acme", cwd=acme.parent)
    assert (played.returncode, "1 test passed" in played.stdout) == (0, True), played.stdout
    assert cuebook("fmt", "--check", target, cwd=acme.parent).returncode == 0


def test_a_history_of_a_database_becomes_the_same_test(acme: Path, url: str) -> None:
    """What an engine has lived, and what files tell, is one history."""
    engine = Engine(url, clock=lambda: parse_instant("2026-03-01T08:00", UTC))
    engine.deploy(acme)
    engine.import_files([acme / "data" / "customers.jsonl"], [acme / "data" / "events.jsonl"])
    engine.tick(parse_instant("2026-03-31T08:00", UTC), perform=False)
    engine.stop()
    engine.database.pool.dispose()

    done = cuebook(
        "record", "ada-lovelace", "acme", "--db", url, "--format", "json", cwd=acme.parent
    )

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["expected"] == 5
    assert [
        word for word in PERSONAL if word in told["text"].casefold().replace("@acme.example", "")
    ] == []
    assert "new: true" in told["text"]
    unknown = cuebook("record", "nobody", "acme", "--db", url, cwd=acme.parent)
    assert (unknown.returncode, "nothing was decided about nobody" in unknown.stderr) == (2, True)


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("elsewhere.yaml", "does not lie in the tests of the project"),
        ("acme/tests/../../out.yaml", "does not lie in the tests of the project"),
        ("acme/playbooks/p.yaml", "does not lie in the tests of the project"),
        ("acme/tests/away/out.yaml", "does not lie in the tests of the project"),
        ("acme/tests/link.yaml", "is a link"),
        ("acme/tests/one.txt", "is no YAML file"),
        ("acme/tests/kept.yaml", "is there already"),
    ],
)
def test_nothing_is_written_outside_nor_over_anything(acme: Path, output: str, said: str) -> None:
    """Neither by `..` nor by links; and what is there stays unless it is told otherwise."""
    outside = acme.parent / "outside"
    outside.mkdir()
    (acme / "tests" / "away").symlink_to(outside)
    (outside / "target.yaml").write_text("tests: []  # untouched\n")
    (acme / "tests" / "link.yaml").symlink_to(outside / "target.yaml")
    (acme / "tests" / "kept.yaml").write_text("tests: []\n")

    done = cuebook("record", "ada-lovelace", "acme", "-o", output, cwd=acme.parent)

    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "next: cuebook record ada-lovelace acme -o acme/tests/" in done.stderr
    assert [path.name for path in outside.iterdir()] == ["target.yaml"]
    assert (outside / "target.yaml").read_text() == "tests: []  # untouched\n"
    assert (acme / "tests" / "kept.yaml").read_text() == "tests: []\n"


def test_a_file_is_replaced_when_that_is_said(acme: Path) -> None:
    """`--force` is for recording again."""
    words = ("record", "ada-lovelace", "acme", "-o", "acme/tests/one.yaml")
    assert cuebook(*words, cwd=acme.parent).returncode == 0
    (acme / "tests" / "one.yaml").write_text("tests: []\n")

    assert cuebook(*words, "--force", cwd=acme.parent).returncode == 0

    assert "as recorded" in (acme / "tests" / "one.yaml").read_text()
    assert [path.name for path in (acme / "tests").iterdir()] == ["one.yaml"]


def test_two_recordings_have_two_names(acme: Path) -> None:
    """Both customers are customer-1 there; what is written over is not counted."""
    for name in ("one", "two", "two"):
        words = ("record", "ada-lovelace", "acme", "-o", f"acme/tests/{name}.yaml", "--force")
        assert cuebook(*words, cwd=acme.parent).returncode == 0

    first, second = (
        next(
            line
            for line in (acme / "tests" / f"{name}.yaml").read_text().splitlines()
            if "as recorded" in line
        )
        for name in ("one", "two")
    )
    assert second == f"{first} (2)"


def test_all_is_kept_or_stays_when_that_is_said(acme: Path) -> None:
    """What no playbook reads, and names that are nobody's."""
    whole = cuebook("record", "ada-lovelace", "acme", "--all", "--keep", "device", cwd=acme.parent)

    assert "event: login, device: Ada's phone" in whole.stdout
    assert "amount: 12" in whole.stdout
    assert "+1 555 01" in whole.stdout
    assert "tea" not in whole.stdout


def test_what_is_not_there_is_said(acme: Path) -> None:
    """With what to type next."""
    nobody = cuebook("record", "nobody", "acme", cwd=acme.parent)
    (acme / "playbooks" / "p.yaml").write_text("playbook: p\non: go-life\nsteps: []\n")
    broken = cuebook("record", "ada-lovelace", "acme", cwd=acme.parent)

    assert (nobody.returncode, "nothing is known of a customer 'nobody'" in nobody.stderr) == (
        2,
        True,
    )
    assert (broken.returncode, "nothing was recorded" in broken.stderr) == (1, True)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("project")
    (folder / "playbooks").mkdir()
    (folder / "cuebook.yaml").write_text(SETTINGS)
    (folder / "playbooks" / "p.yaml").write_text(PLAYBOOKS)
    compiled = compile_project(folder).project
    assert compiled is not None
    return compiled


_words = st.text("qxzjvkQXZJVK", min_size=4, max_size=9)


@settings(max_examples=60, deadline=None)
@given(
    names=st.lists(_words, min_size=3, max_size=6, unique_by=str.casefold),
    roles=st.lists(st.sampled_from(("champion", "user", "Champion")), min_size=1, max_size=4),
    domain=st.sampled_from(("acme.example", "else.example")),
)
def test_no_personal_text_is_left_whatever_it_is(
    names: list[str], roles: list[str], domain: str, project: Project
) -> None:
    """Names, addresses, numbers and ids in every place where a text can stand."""
    who, name, order, *rest = names
    start = parse_instant("2026-03-01", UTC)
    contacts = [{"email": f"{who}{i}@{name}.example", "role": role} for i, role in enumerate(roles)]
    values = {"name": f"{name} {who}", "email": f"{name}@{domain}", "plan": "growth",
              "note": " ".join(rest), "phone": name, "contacts": contacts}  # fmt: skip
    timeline = (
        Happened(start + 1, "go-live"),
        Happened(start + 2, "purchase", {"order_id": order, "amount": 3}),
        Happened(start + 3, "purchase", {"order_id": order.swapcase(), "amount": 3}),
        Changed(start + 4, {"name": order}),
        Happened(start + 5, "refund", {"order_id": order}),
    )
    tape = Trial(who, values, start, start + 10**12, timeline, ())

    recorded = record(project, tape, whole=True)

    told = repr(recorded.trial).casefold()
    assert [one for one in names if one.casefold() in told] == []
    assert len(recorded.trial.expected) == len(
        [one for one in recorded.was.done if not one.skipped]
    )
    assert len(set(recorded.replaced.values())) == len(recorded.replaced)
