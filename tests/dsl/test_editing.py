"""What is offered while somebody types, what names are, and what renaming does to them."""

import json
import random
import re
from pathlib import Path
from shutil import copytree

import pytest

from cuebook.dsl.editing.desk import Desk, Refused
from cuebook.dsl.editing.outline import outline, slot_at
from cuebook.dsl.parser import tokens
from cuebook.dsl.sources import Files
from cuebook.dsl.words import HIDDEN, spellings

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "tests" / "corpus"
FILES = sorted(path for path in CORPUS.rglob("*") if path.suffix in (".yaml", ".play"))


def desk_of(root: Path) -> Desk:
    desk = Desk(root, Files())
    desk.check(proven=False)
    return desk


@pytest.fixture(scope="module")
def corpus() -> Desk:
    return desk_of(CORPUS)


def offered(desk: Desk, marked: str, file: str = "playbooks/new.yaml") -> list[str]:
    """Return what is offered at the `¦` of a text, as it would be typed."""
    cursor = marked.index("¦")
    text = marked[:cursor] + marked[cursor + 1 :]
    _, offers = desk.complete(desk.root / file, text, cursor)
    return [offer.text or offer.label for offer in offers]


# --- the outline --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("marked", "path", "role"),
    [
        ("¦", (), "bare"),
        ("playbook: a\n¦", (), "bare"),
        ("pla¦ybook: a\n", (), "key"),
        ("on: go¦", ("on",), "value"),
        ("on:\n  - go¦", ("on", 0), "bare"),
        ("steps:\n- do: x\n  ¦", ("steps", 0), "bare"),
        ("steps:\n  - do: x\n  - ¦", ("steps", 1), "bare"),
        ("steps:\n  - do: x\n    with: {a: b, ¦", ("steps", 0, "with"), "key"),
        ("steps:\n  - do: x\n    with: {a: b, c: ¦}", ("steps", 0, "with", "c"), "value"),
        ("steps:\n  - choose:\n      - if: x¦", ("steps", 0, "choose", 0, "if"), "value"),
        ("if: [a == 1, ¦", ("if", 1), "bare"),
        ("if: >\n  a == 1\n  and ¦\nsteps: []", ("if",), "value"),
        ("a: {b: c\nif: x¦", ("if",), "value"),
        ("a: 1\n---\non: x¦", ("on",), "value"),
        ("steps:\n  - ask: x\n    'yes':\n      - do: a¦", ("steps", 0, "yes", 0, "do"), "value"),
    ],
)
def test_a_place_in_half_typed_yaml_is_found(
    marked: str, path: tuple[str | int, ...], role: str
) -> None:
    """Indentation and brackets say where a line belongs, also where YAML cannot be read."""
    cursor = marked.index("¦")
    text = marked[:cursor] + marked[cursor + 1 :]
    slot = slot_at(outline(text, cursor), cursor)

    assert slot is not None
    assert (slot.path, slot.role) == (path, role)


# --- completion ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("marked", "some", "none"),
    [
        ("¦", ["playbook: ", "on: ", "rules: "], ["do: "]),
        ("playbook: a\n¦", ["on: "], ["playbook: "]),
        ("on: ¦", ["purchase", '"Order Completed"', "when", "enters segment"], ["->"]),
        ("on: plan changes from ¦", ["free", "growth"], ["purchase"]),
        ("on: stage moves back from ¦", ["loyalty", "engagement.trial"], ["purchase"]),
        ("if: ¦", ["plan", "has", "count of", "in segment"], ["purchase"]),
        ("if: plan == ¦", ['"growth"'], ["go-live"]),
        ('if: plan == "gr¦', ['growth"'], ["plan"]),
        ("if: plan in [¦", ['"free"'], []),
        ("if: churned == ¦", ["true", "false"], []),
        ("if: stage is ¦", ["retention"], ['"retention"']),
        ("if: stage of product-b is ¦", ["rollout"], ["retention"]),
        ("if: stage of ¦", ["product-b"], ["retention"]),
        ("if: has ¦", ["login"], ["plan"]),
        ("if: count o¦", ["of"], []),
        ("if: sum of ¦", ["purchase"], ["plan"]),
        ("if: sum of purchase.¦", ["amount"], ["plan"]),
        ("if: count of purchase where (¦", ["amount", "customer."], ["plan"]),
        ("if: any of contacts where (¦", ["role"], ["plan"]),
        ("if: in segment ¦", ["power-users", '"Big Spenders"'], ["plan"]),
        ("if: days until ¦", ["renewal_date"], ["seats"]),
        ("if: address.¦", ["city"], ["plan"]),
        ("if: customer.¦", ["plan"], ["purchase"]),
        ("if: not a name at all and ¦", ["plan"], []),
        ("on: purchase\nif: event.¦", ["amount"], ["plan"]),
        ("if: event.¦\non: purchase\n", ["amount"], ["plan"]),
        ("on: a\nlate: ¦", ["skip", "run", "latest"], ["plan"]),
        ("on: a\nsteps:\n  ¦", ["- do: ", "- wait: "], ["do: "]),
        ("on: a\nsteps:\n  - ¦", ["do: ", "wait for: "], ["- do: ", "playbook: "]),
        ("on: a\nsteps:\n  - do: x\n    ¦", ["with: ", "if: "], ["wait for: ", "do: "]),
        ("on: a\nsteps:\n  - do: ¦", ["check-in", "create-task"], ["plan"]),
        ("on: a\nsteps:\n  - move to stage: ¦", ["retention"], []),
        ("on: a\nsteps:\n  - set: {¦", ["plan: "], ["power-users: "]),
        ("on: a\nsteps:\n  - set: {plan: ¦", ["free"], []),
        ("on: a\nsteps:\n  - emit: ¦", ["login"], ["plan"]),
        ('on: purchase\nsteps:\n  - do: x\n    with: {a: "{{ ¦', ["customer", "event"], []),
        ('on: purchase\nsteps:\n  - do: x\n    with: {a: "{{ event.¦', ["amount"], ["plan"]),
        ('on: a\nsteps:\n  - do: x\n    with: {a: "{{ customer.plan | ¦', ["upper"], ["plan"]),
        ("rules:\n  - on go-live -> ¦", ["check-in", "wait"], ["plan"]),
        ("on: x # ¦", [], ["purchase"]),
    ],
)
def test_what_may_stand_here_is_offered(
    marked: str, some: list[str], none: list[str], corpus: Desk
) -> None:
    """The parser knows what fits, the project what there is."""
    found = offered(corpus, marked)

    assert set(some) <= set(found)
    assert not set(none) & set(found)


@pytest.mark.parametrize(
    ("file", "marked", "some"),
    [
        ("cuebook.yaml", "¦", ["attributes: ", "events: "]),
        ("cuebook.yaml", "attributes:\n  a: ¦", ["text", "number"]),
        ("cuebook.yaml", "signals:\n  a: ¦", ["seats", "count of"]),
        ("actions.yaml", "actions:\n  a:\n    do: ¦", ["create-task"]),
        ("tests/a.yaml", "tests:\n  - ¦", ["test: ", "timeline: "]),
        ("tests/a.yaml", "tests:\n  - timeline:\n      - {at: +1d, event: ¦}", ["login"]),
        ("tests/a.yaml", "tests:\n  - customer: {¦", ["plan: "]),
        ("tests/a.yaml", "tests:\n  - customer: {plan: ¦", ["free"]),
        ("tests/a.yaml", "tests:\n  - condition: ¦", ["plan"]),
        ("templates/a.txt", "Hello {{ customer.¦", ["name"]),
        ("templates/a.txt", "Hello {{ customer.name | ¦", ["upper"]),
        ("playbooks/a.play", "a: on ¦", ["purchase"]),
        ("playbooks/a.play", "a: on purchase -> check-in if event.¦", ["amount"]),
        ("playbooks/a.play", "a: on purchase -> check-in; late ¦", ["latest"]),
        ("playbooks/a.play", "a: on purchase\n    -> ¦", ["check-in"]),
    ],
)
def test_every_kind_of_file_is_helped_with(
    file: str, marked: str, some: list[str], corpus: Desk
) -> None:
    """Declarations, actions, tests, messages and rule lines are typed, too."""
    assert set(some) <= set(offered(corpus, marked, file))


def test_playbooks_are_offered_where_one_starts_another() -> None:
    """`start` takes the name of a playbook, in either syntax."""
    desk = desk_of(ROOT / "examples" / "lifecycle")

    assert "slump" in offered(desk, "on: manual\nsteps:\n  - start: ¦")
    assert "slump" in offered(desk, "a: manual -> start ¦", "playbooks/a.play")


def test_every_keyword_that_is_offered_is_one() -> None:
    """A spelling that the lexer does not read as the token it is offered for misleads."""
    table = json.loads((ROOT / "dsl" / "table.json").read_bytes())
    kinds = {kind for row in table["rows"] for kind in row if kind.isupper()} - HIDDEN

    for kind in kinds:
        for said in spellings(kind):
            assert next(tokens(f"{said} a ")).kind == kind, (kind, said)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_beginning_of_a_file_can_be_completed(path: Path, corpus: Desk) -> None:
    """A file is half typed most of the time."""
    text = path.read_text(encoding="utf-8")
    inside = Path("playbooks") / path.name if path.parent != CORPUS else path.relative_to(CORPUS)
    for cursor in range(0, len(text) + 1, len(text) // 200 + 1):
        begin, _ = corpus.complete(CORPUS / inside, text[:cursor], cursor)

        assert 0 <= begin <= cursor


@pytest.mark.parametrize("seed", range(8))
def test_a_text_with_holes_is_no_trouble(seed: int, tmp_path: Path) -> None:
    """Whatever is deleted, the check ends, places are found, and something is offered."""
    chance = random.Random(seed)  # noqa: S311 - nobody guesses at tests
    root = Path(copytree(ROOT / "examples" / "lifecycle", tmp_path / "acme"))
    desk = desk_of(root)
    paths = [path for path in sorted(root.rglob("*")) if path.suffix in (".yaml", ".play")]
    for _ in range(12):
        path = chance.choice(paths)
        text = path.read_text(encoding="utf-8")
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(len(text))
            text = text[:at] + text[at + chance.randrange(1, 30) :]
        desk.files.open = {path: text}
        found = desk.check(proven=True)
        cursor = chance.randrange(len(text) + 1)

        assert all(note.span.start >= 0 for notes in found.values() for note in notes)
        desk.hover(path, text, cursor)
        desk.symbols(path, text)
        desk.references(path, cursor)
        assert offered(desk, f"{text}\n---\n¦")


# --- names --------------------------------------------------------------------------------------

DECLARED = """\
project: acme
attributes:
  name: text
  plan: {one of: [free, pro]}   # what they pay for
  seats: number
events:
  go-live: {}
  purchase: {amount: number}
lifecycles:
  customer: {stages: [lead, engagement: [trial, active], lost]}
segments:
  big-ones: seats > 10
signals:
  half: seats / 2
"""
FLOW = """\
playbook: first
on: purchase where (amount > 3)
if: plan == "pro" and customer.seats > 2 and in segment big-ones and half > 1
steps:
  - do: call
    with: {title: "{{ customer.plan }} {{ customer.segment_big_ones }}"}
  - set: {plan: free}
  - emit: go-live
  - move to stage: engagement.trial
  - start: second
stop when: has go-live or stage is trial
"""
RULES = (
    'second: on go-live if customer."plan" != "pro" -> call -> cancel first; stop when seats > 3\n'
)
TESTS = """\
tests:
  - test: it calls
    playbook: first
    customer: {plan: pro, seats: 3}
    timeline:
      - {at: +1d, event: go-live}
      - {at: +1d, set: {plan: free}}
    expect:
      - {do: call}
"""
ACTIONS = 'actions:\n  call: {do: create-task, with: {title: "{{ customer.plan }}"}}\n'


@pytest.fixture
def small(tmp_path: Path) -> Desk:
    for name, text in (
        ("cuebook.yaml", DECLARED),
        ("actions.yaml", ACTIONS),
        ("playbooks/first.yaml", FLOW),
        ("playbooks/second.play", RULES),
        ("tests/first.yaml", TESTS),
        ("templates/hello.txt", "Dear {{ customer.plan }}"),
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    desk = desk_of(tmp_path)
    assert desk.compiled is not None
    assert desk.compiled.project is not None, list(desk.compiled.report)
    return desk


def rename(desk: Desk, file: str, at: str, new: str, within: int = 0) -> dict[str, str]:
    """Rename what stands where `at` begins, and return the texts that changed."""
    path = desk.root / file
    cursor = path.read_text(encoding="utf-8").index(at) + within
    texts: dict[str, str] = {}
    for fix in sorted(desk.rename(path, cursor, new), key=lambda fix: fix.span, reverse=True):
        name = str(Path(fix.span.file).relative_to(desk.root))
        text = texts.get(name) or (desk.root / name).read_text(encoding="utf-8")
        texts[name] = text[: fix.span.start] + fix.text + text[fix.span.end :]
    return texts


def test_an_attribute_is_renamed_everywhere(small: Desk) -> None:
    """In conditions, templates, tests, messages, quoted or not, and where it is declared."""
    after = rename(small, "playbooks/first.yaml", 'plan == "pro"', "tariff-now")

    assert "  tariff-now: {one of" in after["cuebook.yaml"]
    assert 'if: tariff-now == "pro"' in after["playbooks/first.yaml"]
    assert "{{ customer.tariff_now }}" in after["playbooks/first.yaml"]
    assert "set: {tariff-now: free}" in after["playbooks/first.yaml"]
    assert 'customer."tariff-now" != "pro"' in after["playbooks/second.play"]
    assert "customer: {tariff-now: pro, seats: 3}" in after["tests/first.yaml"]
    assert "set: {tariff-now: free}" in after["tests/first.yaml"]
    assert "Dear {{ customer.tariff_now }}" in after["templates/hello.txt"]
    assert "{{ customer.tariff_now }}" in after["actions.yaml"]
    assert not re.search(r"\bplan\b", "".join(after.values()))


@pytest.mark.parametrize(
    ("file", "at", "within", "new", "wanted"),
    [
        ("cuebook.yaml", "purchase:", 2, "sale", {"playbooks/first.yaml": "on: sale where"}),
        ("cuebook.yaml", "go-live:", 0, "live", {"playbooks/second.play": "on live if",
            "tests/first.yaml": "event: live", "playbooks/first.yaml": "emit: live"}),
        ("cuebook.yaml", "trial,", 0, "test-run", {"playbooks/first.yaml": "engagement.test-run"}),
        ("cuebook.yaml", "engagement:", 0, "early", {"playbooks/first.yaml": "early.trial"}),
        ("cuebook.yaml", "big-ones:", 0, "large", {"playbooks/first.yaml": "segment large and"}),
        ("playbooks/first.yaml", "segment_big", 3, "large", {"playbooks/first.yaml": "segment_large"}),
        ("playbooks/first.yaml", "half > 1", 1, "part", {"cuebook.yaml": "part: seats"}),
        ("playbooks/second.play", "call ->", 1, "ring", {"actions.yaml": "ring: {do", "tests/first.yaml": "do: ring"}),
        ("playbooks/first.yaml", "second", 1, "third", {"playbooks/second.play": "third: on go"}),
        ("tests/first.yaml", "first", 1, "opening", {"playbooks/first.yaml": "playbook: opening",
            "playbooks/second.play": "cancel opening"}),
    ],
)  # fmt: skip
def test_each_kind_of_name_is_renamed(
    file: str, at: str, within: int, new: str, wanted: dict[str, str], small: Desk
) -> None:
    """And what comes out compiles to the same, but for the name."""
    after = rename(small, file, at, new, within)
    for name, part in wanted.items():
        assert part in after[name]

    small.files.open = {small.root / name: text for name, text in after.items()}
    small.check(proven=False)
    assert small.compiled is not None
    assert small.compiled.project is not None, list(small.compiled.report)


@pytest.mark.parametrize(
    ("file", "at", "new", "why"),
    [
        ("playbooks/first.yaml", "plan ==", "seats", "`seats` is there already"),
        ("playbooks/first.yaml", "plan ==", "go live", "is no name"),
        ("playbooks/first.yaml", "plan ==", "1st", "is no name"),
        ("playbooks/first.yaml", "plan ==", "when", "is a word of the language"),
        ("playbooks/first.yaml", "steps", "x", "no name here"),
        ("playbooks/first.yaml", "amount", "price", "a property cannot be renamed"),
        ("playbooks/second.play", "call ->", "create-task", "`create-task` is there already"),
    ],
)
def test_a_name_that_cannot_be_is_refused(
    file: str, at: str, new: str, why: str, small: Desk
) -> None:
    """Half a renaming would be worse than none."""
    with pytest.raises(Refused, match=re.escape(why)):
        rename(small, file, at, new)


def test_references_and_definition(small: Desk) -> None:
    """A name leads to its declaration, and to everywhere it stands."""
    path = small.root / "playbooks" / "first.yaml"
    cursor = FLOW.index("go-live or")

    place = small.definition(path, cursor)
    found = small.references(path, cursor)

    assert place is not None
    assert Path(place.span.file).name == "cuebook.yaml"
    assert [Path(one.span.file).name for one in found] == [
        "cuebook.yaml",
        "first.yaml",
        "first.yaml",
        "second.play",
        "first.yaml",
    ]


def test_hovering_says_what_a_name_is(small: Desk) -> None:
    """Its kind, its type, and the comment where it is declared; a key says what it is for."""
    path = small.root / "playbooks" / "first.yaml"

    about = small.hover(path, FLOW, FLOW.index("plan =="))
    key = small.hover(path, FLOW, FLOW.index("stop when"))

    assert about is not None
    assert "attribute, one of free, pro" in about
    assert "what they pay for" in about
    assert key is not None
    assert "Ends a run as soon as it becomes true." in key
