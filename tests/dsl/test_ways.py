"""What lies behind an action on every way to it: values that may be missing, promises, dates that move."""

from pathlib import Path

import pytest

from cuebook.dsl import compile_project
from cuebook.dsl.document import Scalar
from cuebook.dsl.template_uses import uses
from cuebook.engine.core.origin import Span

SETTINGS = """\
project: ways
attributes:
  name: text
  seats: number
  vip: boolean
  churned: boolean
  renewal_date: date
  contacts: {list of: {name: text, role: text}}
events:
  purchase: {amount: number}
  payment: {order: text}
  opened: {}
  closed: {}
"""
NEVER = """\
never:
  - {do: notify, if: has opened and no closed since opened, unless: with.purpose == "service"}
  - {do: create-task, if: churned}
"""
RULES = {"P415", "P416", "P417", "P418"}


def told(folder: Path, text: str, settings: str = SETTINGS, letter: str = "Hello") -> list[str]:
    """Return the codes of these rules that are told of some playbooks."""
    for name in ("playbooks", "templates"):
        (folder / name).mkdir()
    (folder / "cuebook.yaml").write_text(settings, encoding="utf-8")
    (folder / "templates" / "letter.txt").write_text(letter, encoding="utf-8")
    (folder / "playbooks" / "p.yaml").write_text(text, encoding="utf-8")
    result = compile_project(folder, year=2026)
    assert result.project is not None, list(result.report)
    return [note.code for note in result.report if note.code in RULES]


def book(on: str, *steps: str, more: str = "") -> str:
    lines = "".join(f"  - {step}\n" for step in steps)
    return f"playbook: p\non: {on}\n{more}steps:\n{lines}"


def task(title: str, more: str = "") -> str:
    return f"{{do: create-task, with: {{title: '{title}'}}{more}}}"


DOUBT = task("x", ", if: name is present")
"""A step by which the project says that the name may be missing."""
CALL = '{do: call-webhook, with: {url: "https://a.example"}, as: credit'


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (book("purchase", task("{{ customer.name }}")), []),
        (book("purchase", task("{{ customer.name }}"), DOUBT), ["P415"]),
        (book("purchase", task('{{ customer.name | default("you") }}'), DOUBT), []),
        (book("purchase", task("{{ customer.name }}"), DOUBT, more="if: name is present\n"), []),
        (book("purchase", task("{{ customer.name }}", ', if: name == "Ada"'), DOUBT), []),
        (book("purchase", "set: {name: Ada}", task("{{ customer.name }}"), DOUBT), []),
        (book("name changes to Ada", task("{{ customer.name }}"), DOUBT), []),
        (book("purchase", task("{{ customer.name }}"), "set: {name: }"), ["P415"]),
        (book("purchase", task("{% if customer.seats %}x{% endif %}")), ["P415"]),
        (book("purchase", task("{% if customer.vip %}x{% endif %}")), []),
        (book("purchase", task("{% if customer.seats is defined %}x{% endif %}")), []),
        (book("[purchase, payment]", task("{{ event.amount }}")), ["P415"]),
        (book("[purchase, payment]", task("{{ event.amount }}", ", if: event.amount > 3")), []),
        (
            book(
                "[purchase, payment]",
                task("{{ event.amount }}", ", unless: event.order is present"),
            ),
            ["P415"],
        ),
        (book("[purchase, manual]", task("{{ event.amount }}")), []),
        (book("purchase", CALL + "}", task("{{ credit.answer.x }}")), []),
        (book("purchase", CALL + ", if: seats > 3}", task("{{ credit.answer.x }}")), ["P415"]),
        (
            book(
                "purchase",
                CALL + ", if: seats > 3}",
                task("{{ credit.answer.x }}", ", if: credit.answer.x > 3"),
            ),
            [],
        ),
        (
            book(
                "purchase",
                f"choose: [{{if: seats > 3, steps: [{CALL}}}]}}]",
                task("{{ credit.answer.x }}"),
            ),
            ["P415"],
        ),
        (
            book(
                "purchase",
                f"choose: [{{if: seats > 3, steps: [{CALL}}}]}}]\n    otherwise: [{{stop: no}}]",
                task("{{ credit.answer.x }}"),
            ),
            [],
        ),
        (
            book(
                "purchase",
                task("{{ each.name }}", ", for each: contacts"),
                task("x", ", for each: contacts where (name is present)"),
            ),
            ["P415"],
        ),
    ],
)
def test_a_template_that_may_find_nothing_is_told(
    text: str, codes: list[str], tmp_path: Path
) -> None:
    """What is missing ends the message, and the first to hear of it would be nobody."""
    assert told(tmp_path, text) == codes


@pytest.mark.parametrize(
    ("letter", "codes"),
    [
        ("Subject: {{ event.amount }}\n\nHi", ["P415"]),
        ("Hi\n{{ event.order }} {{ event.amount | default(0) }}", []),
        ("{{ each.name }}", ["P415"]),
        ("{{ event.amount if event.amount is defined else 0 }}", []),
    ],
)
def test_a_letter_is_held_against_whoever_sends_it(
    letter: str, codes: list[str], tmp_path: Path
) -> None:
    """A file of templates/ does not say by which playbooks it is sent."""
    text = book("payment", "{do: send-email, with: {template: letter, to: a@b.example}}")
    other = "---\n" + book("purchase", "wait: 1 day").replace("playbook: p", "playbook: q")
    assert told(tmp_path, text + other, letter=letter) == codes


@pytest.mark.parametrize(
    ("template", "open_paths"),
    [
        ("{{ customer.a }} {{ customer.b | default(1) }}", ["customer.a"]),
        ("{% if customer.a is defined %}{{ customer.a }}{% endif %}{{ customer.a }}", ["customer.a"]),
        ("{% if customer.a is undefined %}x{% else %}{{ customer.a }}{% endif %}", []),
        ("{% if not customer.a is defined %}x{% elif customer.b is undefined %}{{ customer.a }}{% else %}{{ customer.b }}{% endif %}", []),
        ("{{ customer.a if customer.a is defined else customer.b }}", ["customer.b"]),
        ("{% if customer.a is defined and customer.a > 3 %}{{ customer.a }}{% endif %}", []),
        ("{% if customer.a is defined or customer.b is defined %}{{ customer.a }}{% endif %}", ["customer.a"]),
        ("{% for one in customer.list %}{{ one.x }}{% endfor %}", ["customer.list"]),
    ],
)  # fmt: skip
def test_a_template_is_read_as_it_is_filled_in(template: str, open_paths: list[str]) -> None:
    """A guard holds inside of what it guards, and nowhere else."""
    found = uses(Scalar(template, Span("t", 0, len(template))))
    left = [use for use in found if not use.guarded and use.path[0] == "customer"]

    assert [".".join(use.path) for use in left] == open_paths
    assert [template[use.span.start : use.span.end] for use in left] == open_paths


NOTIFY = "{do: notify, with: {body: x}}"
TASK = "{do: create-task, with: {title: x}}"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (book("opened", NOTIFY), ["P416"]),
        (book("opened", "{do: notify, with: {body: x, purpose: service}}"), []),
        (book("opened", "wait: 2 days", NOTIFY), ["P416"]),
        (book("opened", "wait for: closed", NOTIFY), []),
        (book("opened", "{wait: 2 days, if: has closed}", NOTIFY), []),
        (book("opened", "emit: closed", "wait: 1 day", NOTIFY), []),
        (book("opened", "wait: 1 day", NOTIFY, more="stop when: has closed\n"), []),
        (book("closed", NOTIFY), []),
        (book("purchase", NOTIFY), []),
        (book("purchase", TASK), []),
        (book("purchase", TASK, more="if: churned\n"), ["P416"]),
        (book("purchase", "wait: 1 day", TASK, more="if: churned\n"), ["P416"]),
        (book("purchase", TASK, more="if: not churned\n"), []),
        (book("purchase", "{do: create-task, if: churned, with: {title: x}}"), ["P416"]),
        (book("purchase", "set: {churned: false}", TASK, more="if: churned\n"), []),
        (book("purchase", "wait until: not churned", TASK, more="if: churned\n"), []),
    ],
)
def test_a_way_on_which_a_promise_is_broken_is_told(
    text: str, codes: list[str], tmp_path: Path
) -> None:
    """The engine keeps the promise; the author never hears that nothing is done."""
    assert told(tmp_path, text, SETTINGS + NEVER) == codes


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (book("30 days before renewal_date", TASK), ["P417"]),
        (book("30 days before renewal_date", TASK, more="late: run\n"), []),
        (book("30 days before renewal_date", TASK, more="late: skip\n"), []),
        (book("30 days after renewal_date", TASK), []),
        (book("renewal_date", TASK), []),
        (book('["30 days before renewal_date", purchase]', TASK), []),
        (book("when renewal_date in next 30 days", "wait: 10 days", TASK), ["P418"]),
        (book("when renewal_date in next 30 days", TASK), []),
        (book("when renewal_date in next 30 days", "wait: 2 hours", TASK), []),
        (book("when days until renewal_date < 30", f"{TASK[:-1]}, after: 10 days}}"), ["P418"]),
        (
            book(
                "when renewal_date in next 30 days",
                "wait: 10 days",
                f"{TASK[:-1]}, if: renewal_date in next 20 days}}",
            ),
            [],
        ),
        (book("when renewal_date in next 30 days and vip", "wait: 10 days", TASK), ["P418"]),
    ],
)
def test_dates_that_come_late_or_move_are_told(text: str, codes: list[str], tmp_path: Path) -> None:
    """Whoever writes a playbook thinks of the customer whose dates are known and stay."""
    assert told(tmp_path, text) == codes
