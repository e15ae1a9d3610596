"""What is never true where it is asked: against triggers, against what was asked before, and why not."""

import shutil
from pathlib import Path

import pytest

from cuebook.dsl import compile_project

CORPUS = Path(__file__).parents[1] / "corpus"


def told(folder: Path, text: str) -> list[tuple[str, str]]:
    """Return the codes of what is said of a playbook file, each with the text it is about."""
    for name in ("cuebook.yaml", "actions.yaml"):
        shutil.copy(CORPUS / name, folder / name)
    shutil.copytree(CORPUS / "templates", folder / "templates", dirs_exist_ok=True)
    (folder / "playbooks").mkdir(exist_ok=True)
    (folder / "playbooks" / "p.yaml").write_text(text, encoding="utf-8")
    result = compile_project(folder, year=2026)
    return [
        (note.code, result.sources[note.span.file].text[note.span.start : note.span.end])
        for note in result.report
    ]


def playbook(on: str, condition: str, more: str = "") -> str:
    return f"playbook: p\non: {on}\nlate: skip\nif: {condition}\nsteps:\n  - do: check-in\n{more}"


@pytest.mark.parametrize(
    ("on", "condition"),
    [
        ("purchase where (amount > 100)", "event.amount < 50"),
        ("purchase", "no purchase"),
        ("purchase", "count of purchase == 0"),
        ("login", "no login for 14 days"),
        ("login", "days since last login > 30"),
        ('purchase where (customer.plan == "free")', 'plan == "growth"'),
        ("stage changes to retention", "stage is loyalty"),
        ("stage of product-b moves back", "stage of product-b is on-hold"),
        ("stage of product-b moves forward", "stage of product-b is awareness"),
        ("stage of product-b skips trial", "stage of product-b is at most trial"),
        ("stage of product-b moves back from rollout", "stage of product-b is rollout"),
        ("plan changes from free", 'plan == "free"'),
        ("seats changes where (new > 10)", "event.new < 5"),
        ("seats drops below 5", "seats > 20"),
        ("when seats > 10", "seats < 5"),
        ("every monday at 09:00 while seats > 10", "seats < 5"),
        ("90 days before renewal_date", "days until renewal_date > 100"),
        ("90 days before renewal_date", "renewal_date < today"),
        ("30 days after renewal_date", "renewal_date > today"),
        ("enters segment power-users", "logins < 5"),
        ("tier changes to free", 'plan == "growth"'),
    ],
)
def test_an_if_that_contradicts_its_trigger_is_told(
    on: str, condition: str, tmp_path: Path
) -> None:
    """Such a playbook looks alive, and never begins."""
    condition = condition.replace("on-hold", '"on hold"')

    assert told(tmp_path, playbook(on, condition)) == [("P402", condition)]


@pytest.mark.parametrize(
    ("on", "condition"),
    [
        ("purchase where (amount > 100)", "event.amount > 500"),
        ("purchase", "count of purchase == 1"),
        ("login", "count of login in last 1 day == 1"),
        ("purchase", "no login for 14 days"),
        ("stage changes to conversion", "stage is conversion or churned"),
        ("stage of sales changes to lead", "stage of sales is qualified"),  # A rule may move on.
        ("stage of product-b moves back", "stage of product-b is awareness"),
        ("seats changes where (new > 10)", "event.old < 5"),
        ("90 days before renewal_date", "days until renewal_date > 30"),
        ("30 days after renewal_date", "renewal_date in last 60 days"),
        ("enters segment at-risk", "health > 55"),  # Between its levels one stays.
        ("enters segment power-users", "logins > 25"),
    ],
)
def test_an_if_that_may_be_true_then_is_left_alone(on: str, condition: str, tmp_path: Path) -> None:
    """A trigger says something of one instant, and never more than that."""
    assert told(tmp_path, playbook(on, condition)) == []


def test_a_trigger_among_others_is_named(tmp_path: Path) -> None:
    """With two triggers the playbook begins, and one of them is in vain."""
    text = playbook("[go-live, plan changes to free]", 'plan == "growth"')

    assert told(tmp_path, text) == [("P402", 'plan == "growth"')]


def test_a_playbook_that_is_started_needs_no_trigger(tmp_path: Path) -> None:
    """What its trigger says is not known when another playbook begins it."""
    text = playbook("plan changes to free", 'plan == "growth"')
    starter = "---\nplaybook: q\non: go-live\nsteps: [{start: p}]\n"

    assert told(tmp_path, text + starter) == []


def test_what_a_playbook_sets_is_among_what_is_known(tmp_path: Path) -> None:
    """Another run may come first at the same instant, and set what the trigger was about."""
    text = playbook("plan changes to free", 'plan == "growth"')
    setter = "---\nplaybook: q\non: plan changes\nsteps: [{set: {plan: %s}}]\n"

    assert told(tmp_path, text + setter % "growth") == []
    assert told(tmp_path, text + setter % "enterprise") == [("P402", 'plan == "growth"')]


def test_an_if_that_repeats_its_trigger_is_told(tmp_path: Path) -> None:
    """It decides nothing; of an event nothing is said, for it may be told late."""
    assert told(tmp_path, playbook("when seats > 10", "seats > 5")) == [("P403", "seats > 5")]
    assert told(tmp_path, playbook("purchase", "has purchase")) == []
    assert told(tmp_path, playbook("[when seats > 10, manual]", "seats > 5")) == []


GROWTH = 'plan == "growth"'


def steps(*lines: str, on: str = "purchase", end: str = "") -> str:
    told = "".join(f"  {line}\n" for line in lines)
    return f"playbook: p\non: {on}\nif: {GROWTH}\nsteps:\n{told}{end}"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (steps('- {do: check-in, if: plan == "free"}'), [("P402", 'plan == "free"')]),
        (steps(f"- {{do: check-in, unless: {GROWTH}}}"), [("P402", GROWTH)]),
        (steps("- wait: 1 day", '- {do: check-in, if: plan == "free"}'), []),
        (steps('- {do: check-in, if: plan == "free", after: 1 day}'), []),
        (
            steps("- {stop: few, if: seats < 5}", "- {do: check-in, if: seats < 3}"),
            [("P402", "seats < 3")],
        ),
        (
            steps(
                "- choose:",
                "    - {if: seats > 10, steps: [{do: check-in, if: seats < 5}]}",
                "  otherwise: [{do: check-in, if: seats > 20}]",
            ),
            [("P402", "seats < 5"), ("P402", "seats > 20")],
        ),
        (
            steps(
                "- choose:",
                "    - {if: seats > 10, steps: [{stop: many}]}",
                "- {do: check-in, if: seats > 20}",
            ),
            [("P402", "seats > 20")],
        ),
        (
            steps(
                "- wait: 1 day",
                "- choose:",
                "    - {if: seats is missing, steps: [{do: check-in}]}",
                "    - {if: seats > 10, steps: [{do: check-in}]}",
                "    - {if: seats <= 10, steps: [{do: check-in}]}",
                "  otherwise: [{do: thank-you}]",
            ),
            [("P401", "do")],
        ),
        (
            steps(
                "- choose:",
                "    - {if: seats > 10, steps: [{do: check-in}]}",
                "    - {if: seats <= 10, steps: [{do: check-in}]}",
                "  otherwise: [{do: thank-you}]",
            ),
            [],
        ),
        (
            steps("- wait: 9 days", "- {do: check-in, if: churned}", end="stop when: churned\n"),
            [("P402", "churned")],
        ),
        (
            steps("- wait until: seats > 10", "- {do: check-in, if: seats < 5}"),
            [("P402", "seats < 5")],
        ),
        (
            steps(
                "- wait until: seats > 10",
                "  up to: 5 days",
                "  then: [{do: check-in, if: seats < 5}]",
                "  else: [{do: check-in, if: seats > 12}]",
                "- {do: check-in, if: seats < 5}",
            ),
            [("P402", "seats < 5"), ("P402", "seats > 12")],
        ),
        (steps("- {set: {plan: free}}", '- {do: check-in, if: plan == "free"}'), []),
        (
            steps(
                "- {do: call-webhook, with: {url: 'https://a.example'}, as: credit}",
                '- {do: check-in, if: plan == "free"}',
            ),
            [],
        ),
    ],
)
def test_a_step_asks_what_may_still_be_true(
    text: str, found: list[tuple[str, str]], tmp_path: Path
) -> None:
    """From its trigger until it waits a run passes its steps at one instant; later all may differ."""
    assert told(tmp_path, text) == found
