"""A project compiled: two ways to write one plan, stable ids, all files, all mistakes."""

from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cuebook.dsl import Compiled, compile_project
from cuebook.dsl.render import full
from cuebook.engine.core.codec import digest
from cuebook.engine.core.plan import Choose, Do, Plan, Template, Wait, WaitFor

SETTINGS = """\
project: acme
timezone: Europe/Berlin
attributes: {plan: {one of: [free, growth]}, seats: number, renewal_date: date, email: text}
events: {go-live: {}, login: {}, refund: {}, purchase: {order_id: text, amount: number}}
kinds: [greet]
"""
ACTIONS = """\
actions:
  hello: {do: greet, with: {to: "{{ customer.email }}", times: 2, text: hi}}
  tips: {do: notify, with: {text: Tips}}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "cuebook.yaml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "actions.yaml").write_text(ACTIONS, encoding="utf-8")
    (tmp_path / "playbooks").mkdir()
    return tmp_path


def compiled(root: Path, text: str, name: str = "a.yaml") -> Compiled:
    (root / "playbooks" / name).write_text(text, encoding="utf-8")
    return compile_project(root / "playbooks" / name)


def plans(root: Path, text: str, name: str = "a.yaml") -> tuple[Plan, ...]:
    result = compiled(root, text, name)
    assert result.project is not None, full(result.report, result.sources)
    return result.project.plans


PAIRS = [
    (
        "p: on go-live if plan in ['free', 'growth'] -> hello after 7 days at 09:00",
        """\
playbook: p
on: go-live
if: plan in ['free', 'growth']
steps: [{do: hello, after: 7 days, at: 09:00}]
""",
    ),
    (
        "p: on purchase → hello → tips after 3 days unless has refund since trigger; per event.order_id",
        """\
playbook: p
on: purchase
per: event.order_id
steps:
- do: hello
- {do: tips, after: 3 days, unless: has refund since trigger}
""",
    ),
    (
        "p: 90 days before renewal_date -> wait 7 days -> hello on business days; late run; again after 30 days",
        """\
playbook: p
on: 90 days before renewal_date
late: run
again: after 30 days
steps:
- wait: 7 days
- {do: hello, 'on': business days}
""",
    ),
    (
        "p: when no login for 14 days -> hello; stop when has login; goal has login within 9 days; while running restart; existing enter; in flight finish old",
        """\
playbook: p
on: when no login for 14 days
stop when: has login
goal: has login within 9 days
while running: restart
existing: enter
in flight: finish old
steps: [{do: hello}]
""",
    ),
    (
        "p: on go-live -> wait for login up to 3 days -> tips; again never",
        """\
playbook: p
on: [go-live]
again: never
steps:
- wait for: login
  up to: 3 days
- do: tips
""",
    ),
    (
        "p: every 90 days while seats > 5 -> hello if seats > 5 -> hello",
        """\
playbook: p
on: every 90 days while seats > 5
steps: [{do: hello, if: [seats > 5]}, {do: hello}]
""",
    ),
]


@pytest.mark.parametrize(("line", "document"), PAIRS, ids=range(len(PAIRS)))
def test_a_rule_line_and_its_yaml_are_one_plan(root: Path, line: str, document: str) -> None:
    """Authors move from one to the other without a change of meaning, or of name."""
    (from_line,) = plans(root, f"# a rule\n{line}\n", "a.play")
    (from_yaml,) = plans(root, document)

    assert from_line == from_yaml
    assert digest(from_line) == digest(from_yaml)


@pytest.mark.parametrize(
    "rules",
    [
        "rules:\n  - 'p: on go-live -> hello'\n",
        "rules:\n  - p: on go-live -> hello\n",
        "rules: {p: on go-live -> hello}\n",
        "rules: |\n  # a comment\n\n  p: on go-live -> hello\n",
    ],
)
def test_rules_stand_in_yaml_in_every_form(root: Path, rules: str) -> None:
    """A rule with a name is a mapping to YAML; the author need not know."""
    assert plans(root, rules) == plans(root, "p: on go-live -> hello", "a.play")


@pytest.mark.parametrize(
    "rules",
    [
        "rules:\n  - 'p: on go-live -> helo'\n",
        'rules:\n  - p: "on go-live -> helo"\n',
        "rules: >\n  p: on go-live\n  -> helo\n",
    ],
)
def test_a_mistake_in_a_rule_inside_yaml_has_its_place(root: Path, rules: str) -> None:
    """The caret stands under the word, whatever quotes the rule."""
    result = compiled(root, rules)

    (note,) = result.report
    assert rules[note.span.start : note.span.end] == "helo"


STYLES = st.sampled_from([None, '"', "'", "|", ">"])
DOCUMENT = yaml.load(PAIRS[1][1], Loader=yaml.BaseLoader)  # noqa: S506 - every scalar as text


@given(STYLES, st.booleans(), st.integers(30, 120), st.permutations(sorted(DOCUMENT)))
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_layout_does_not_change_a_plan(
    root: Path, style: str | None, flow: bool, width: int, order: list[str]
) -> None:
    """What a run remembers is what was meant, not how it was typed."""
    document = {key: DOCUMENT[key] for key in order}
    written = yaml.dump(
        document, default_style=style, default_flow_style=flow, width=width, sort_keys=False
    )

    (plan,) = plans(root, written)

    assert digest(plan) == digest(plans(root, PAIRS[1][1], "b.yaml")[0])


def test_steps_become_a_graph_whose_branches_join(root: Path) -> None:
    """Each step names the next, so that a run is one place in one list."""
    (plan,) = plans(
        root,
        "playbook: p\non: go-live\nsteps:\n"
        "- wait: 1 day\n"
        "- wait for: login\n  id: back\n  up to: 3 days\n  then: [{do: hello}]\n"
        "- choose: [{if: seats > 5, steps: [{do: hello}, {stop: big}]}, {if: seats > 1, steps: []}]\n"
        "- do: Hello\n",
    )

    steps = {step.id: step for step in plan.steps}
    assert plan.first == "wait-1"
    assert list(steps) == ["wait-1", "back", "hello-1", "choose-1", "hello-2", "stop-1", "hello-3"]
    assert isinstance(steps["wait-1"].body, Wait)
    waits = steps["back"].body
    assert isinstance(waits, WaitFor)
    assert (waits.then, waits.otherwise) == ("hello-1", "choose-1")
    choose = steps["choose-1"].body
    assert isinstance(choose, Choose)
    assert [branch.target for branch in choose.branches] == ["hello-2", "hello-3"]
    assert choose.otherwise == "hello-3"
    assert steps["hello-1"].next == "choose-1"
    assert steps["stop-1"].next == "hello-3"
    assert steps["hello-3"].next is None


def test_an_invented_id_gives_way_to_a_given_one(root: Path) -> None:
    """Two steps with one id could not be told apart."""
    (plan,) = plans(
        root, "playbook: p\non: go-live\nsteps: [{do: hello}, {do: tips, id: hello-1}]\n"
    )

    assert [step.id for step in plan.steps] == ["hello-2", "hello-1"]


def test_what_a_step_is_given_wins_key_by_key(root: Path) -> None:
    """A named action is a default, and values are typed as YAML 1.2 has them."""
    (plan,) = plans(
        root,
        "playbook: p\non: go-live\nsteps:\n"
        "- do: hello\n  with: {text: '12', size: 12, on: on, ok: true, none: , at: 10:00, f: 1.5}\n",
    )

    body = plan.steps[0].body
    assert isinstance(body, Do)
    assert (body.kind, body.action) == ("greet", "hello")
    assert body.args == {
        "to": "{{ customer.email }}",
        "times": 2,
        "text": "12",
        "size": 12,
        "on": "on",
        "ok": True,
        "none": None,
        "at": "10:00",
        "f": 1.5,
    }


def test_a_folder_is_read_whole(root: Path) -> None:
    """Playbooks in folders, rule lines, tests and templates all belong to the project."""
    (root / "playbooks" / "deep").mkdir()
    (root / "playbooks" / "deep" / "a.yml").write_text(
        "playbook: p\non: go-live\nsteps: [{do: tips}]\ntests: [{test: one}]\n", encoding="utf-8"
    )
    (root / "playbooks" / "b.play").write_text("\ufeffq: on login -> tips\r\n", encoding="utf-8")
    (root / "tests").mkdir()
    (root / "tests" / "a.yaml").write_text("tests: [{test: two}]\n", encoding="utf-8")
    (root / "templates").mkdir()
    (root / "templates" / "a.txt").write_text("Dear {{ customer.email }}", encoding="utf-8")

    result = compile_project(root)

    assert not result.report.found
    assert result.project is not None
    assert [plan.playbook for plan in result.project.plans] == ["p", "q"]
    assert [Path(node.span.file).name for node in result.tests] == ["a.yml", "a.yaml"]
    assert result.project.templates == {"a": Template("", "Dear {{ customer.email }}")}
    assert len(result.sources) == 6


def test_a_folder_without_a_project_says_how_to_make_one(tmp_path: Path) -> None:
    """The next step is in the message."""
    for path in (tmp_path, tmp_path / "nowhere"):
        result = compile_project(path)

        (note,) = result.report
        assert note.code == "P110"
        assert result.project is None
        assert note.hints
    assert "cuebook init" in compile_project(tmp_path).report.found[0].hints[0]


def test_a_document_that_says_nothing_is_no_mistake(root: Path) -> None:
    """A `---` at the end, or a file of comments, is a habit and not a playbook."""
    text = "---\nplaybook: p\non: go-live\nsteps: [{do: tips}]\n---\n# later\n---\n"

    assert [plan.playbook for plan in plans(root, text)] == ["p"]
    assert plans(root, "# nothing yet\n", "b.yaml") == ()


def test_kinds_of_action_are_handed_in(root: Path) -> None:
    """A host's own action is as good as one that comes with cuebook."""
    text = "playbook: p\non: go-live\nsteps: [{do: fly-drone}]\n"
    (root / "playbooks" / "a.yaml").write_text(text, encoding="utf-8")

    assert compile_project(root).project is None
    assert compile_project(root, kinds=("notify", "fly-drone")).project is not None


def test_a_broken_trigger_does_not_blame_what_reads_its_event(root: Path) -> None:
    """One mistake is told once."""
    result = compiled(
        root, "playbook: p\non: purchas\nif: event.amount > 3\nsteps: [{do: hello}]\n"
    )

    assert [note.code for note in result.report] == ["N104"]


def test_expressions_nested_a_thousand_deep_are_refused(root: Path) -> None:
    """Whoever pastes such a thing gets a sentence, not a traceback."""
    for text in ("not " * 1000 + "churned", "(" * 1000, "1 + " * 1000 + "1 > 2"):
        result = compiled(root, f"playbook: p\non: go-live\nif: {text}\nsteps: [{{do: hello}}]\n")

        assert result.project is None
        assert [note.code for note in result.report] in (["S109"], ["S110"])


@given(st.text("abdo:- \n\t[]{}'\"|>#&*!%@{}ifstepplaybook", max_size=120))
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_no_playbook_makes_the_compiler_raise(root: Path, text: str) -> None:
    """An author's mistake is a value, and each has a place in a file that was read."""
    result = compiled(root, text)

    assert full(result.report, result.sources) or not result.report.found
    for note in result.report:
        assert note.span.end <= len(result.sources[note.span.file].text)
