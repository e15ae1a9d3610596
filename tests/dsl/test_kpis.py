"""KPIs: standards are what the manual writes out, and what is typed is offered."""

import re
from pathlib import Path

import pytest

from cuebook.dsl import compile_project
from cuebook.dsl.diagnostics import Report
from cuebook.dsl.editing.desk import Desk
from cuebook.dsl.formatting import format_yaml
from cuebook.dsl.keys import STANDARDS as WORDS
from cuebook.dsl.sources import Files
from cuebook.dsl.standards import STANDARDS
from cuebook.engine.core.codec import from_json, to_json
from cuebook.engine.core.kpis import Kpi

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "tests" / "corpus" / "ok" / "kpis"
ROW = re.compile(r"\| `(?P<name>[^`]+)` (?P<given>[^|]*) \| `(?P<text>[^`]+)` \|")
ROWS = ROW.findall((ROOT / "docs" / "language.md").read_text(encoding="utf-8"))
STANDING = [row for row in ROWS if row[0] in STANDARDS]
HEAD = "project: a\nevents: {a: {x: number}, b: {}}\nkpis:\n"


@pytest.mark.parametrize(("name", "given", "text"), STANDING, ids=[row[0] for row in STANDING])
def test_a_standard_is_what_the_manual_writes_out(
    name: str, given: str, text: str, tmp_path: Path
) -> None:
    """Who means something else copies the text and changes it."""
    keys = [f"of: {'a.x' if 'A.x' in given else 'a'}"]
    keys += ["to: b"] * ("to B" in given) + ["among: b"] * ("among B" in given)
    keys += ["within: 7 days"] * ("within D" in given)
    spelt = re.sub(r"\bA\b", "a", re.sub(r"\bB\b", "b", text)).replace(" D", " 7 days")
    named = f"  standard: {{standard: {name}, {', '.join(keys)}}}\n"
    (tmp_path / "cuebook.yaml").write_text(f"{HEAD}{named}  written: '{spelt}'\n")

    standard, written = kpis(tmp_path)

    assert standard.figure == written.figure


def test_the_manual_has_every_standard() -> None:
    """The words that are offered, those that are understood, and those that are explained."""
    assert {name for name, _, _ in STANDING} == STANDARDS.keys() == set(WORDS)


def test_a_kpi_survives_being_written_down() -> None:
    """A program that is deployed tells the same numbers as the project it came from."""
    for kpi in kpis(CORPUS):
        assert from_json(to_json(kpi)) == kpi


def test_kpis_are_laid_out_like_everything_else() -> None:
    """Spaces, units and quotes have one spelling, also in the keys of a standard."""
    text = "kpis:\n  a: count of   login in last 7d\n  b: {standard: churn, of: login   where (x==1), within: 7d}\n"

    laid = format_yaml("cuebook.yaml", text, Report())

    assert laid is not None
    assert "a: count of login in last 7 days" in laid
    assert "of: login where (x == 1), within: 7 days" in laid


@pytest.mark.parametrize(
    ("typed", "some", "none"),
    [
        ("count of ¦", "purchase", "orders"),
        ("orders / ¦", "revenue", "plan"),
        ("number of ¦", "customers", "purchase"),
        ("number of customers where (¦", "plan", "orders"),
        ("number of customers where (has purchase ¦", "in the period before", "orders"),
        ("median of ¦", "purchase", "seats"),
        ("median of customers.¦", "seats", "amount"),
        ("median of purchase.¦", "amount", "seats"),
        ("avg of time from sign-up to ¦", "purchase", "orders"),
        ("{standard: ¦", "churn", "purchase"),
        ("{standard: churn, of: ¦", "login", "orders"),
        ("{standard: churn, ¦", "of: ", "where: "),
        ("{is: 1, good: ¦", "down", "leading"),
        ("{is: 1, by: ¦", "plan", "login"),
    ],
)
def test_what_fits_in_a_kpi_is_offered(typed: str, some: str, none: str) -> None:
    """Names of events after `count of`, of KPIs where a number may stand, attributes in conditions."""
    desk = Desk(CORPUS, Files())
    desk.check(proven=False)
    text = (CORPUS / "cuebook.yaml").read_text(encoding="utf-8") + f"  new: {typed}"
    cursor = text.index("¦")

    _, offers = desk.complete(CORPUS / "cuebook.yaml", text.replace("¦", ""), cursor)

    labels = [offer.text or offer.label for offer in offers]
    assert some in labels
    assert none not in labels


def kpis(root: Path) -> tuple[Kpi, ...]:
    """Compile a project that is right, and return its KPIs."""
    compiled = compile_project(root, year=2026)
    assert compiled.project is not None, list(compiled.report)
    return compiled.project.kpis
