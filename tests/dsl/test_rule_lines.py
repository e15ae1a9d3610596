"""A rule line says what a playbook says."""

import re
from pathlib import Path

from cuebook.dsl.diagnostics import Report
from cuebook.dsl.keys import ABOUT, COMMON, KINDS_OF_STEP
from cuebook.dsl.rule_lines import lines, rule
from cuebook.engine.core.duration import Duration
from cuebook.engine.core.expr import Happening, Has, SinceTrigger, TriggerField
from cuebook.engine.core.plan import Again, OnEvent

from .reading import SCOPE, notes, scalar


def test_a_line_has_a_name_a_trigger_a_condition_and_steps() -> None:
    """The first line of the manual."""
    text = "welcome: on go-live if seats > 5 -> check-in after 7 days at 09:00 → tips on mon-fri"
    report = Report()

    line = rule(scalar(text), SCOPE, report)

    assert line is not None
    assert notes(text, report) == []
    assert line.name is not None
    assert line.name.value == "welcome"
    assert line.trigger == OnEvent(Happening("go-live"))
    assert line.condition is not None
    first, second = line.steps
    assert (first.action and first.action.value, first.after, first.at) == (
        "check-in",
        Duration(7, "day"),
        540,
    )
    assert second.on == (0, 1, 2, 3, 4)


def test_options_stand_behind_semicolons() -> None:
    """`stop when` looks at what happened after the trigger."""
    text = (
        "on purchase -> thank-you -> wait 3 days -> tips unless has login since trigger; "
        "per event.sku; stop when has login; again after 90 days; while running restart; late run"
    )
    report = Report()

    line = rule(scalar(text), SCOPE, report)

    assert notes(text, report) == []
    assert line is not None
    assert [step.kind for step in line.steps] == ["do", "wait", "do"]
    assert line.steps[2].unless == Has(Happening("login"), SinceTrigger())
    assert line.options.per == TriggerField(("sku",))
    assert line.options.stop_when == Has(Happening("login"), SinceTrigger())
    assert line.options.again == Again("after", Duration(90, "day"))
    assert (line.options.while_running, line.options.late) == ("restart", "run")


def test_mistakes_of_a_line_are_told_together() -> None:
    """A wrong trigger does not hide a wrong step."""
    text = "on go-liv -> check-in if seets > 3; late never"
    report = Report()

    assert rule(scalar(text), SCOPE, report) is None
    assert notes(text, report) == [("N104", "go-liv"), ("N103", "seets"), ("S118", "late never")]


def test_a_file_is_cut_into_lines() -> None:
    """An indented line belongs to the one before; comments stand on their own."""
    source = "# shelf\non go-live -> a\n\n  -> b\non login -> c # d\n"

    found = lines(source, "x.play")

    assert [one.value for one in found] == ["on go-live -> a\n\n  -> b", "on login -> c # d"]
    assert source[found[1].span.start : found[1].span.end] == found[1].value


def test_the_manual_says_of_every_key_how_a_rule_line_has_it() -> None:
    """A key that only one of the two syntaxes knows is one that nobody decided about."""
    manual = (Path(__file__).parents[2] / "docs" / "language.md").read_text(encoding="utf-8")
    table = manual.partition("| in YAML | in a rule line |")[2].partition("\n\n")[0]
    firsts = [row.split("|")[1] for row in table.splitlines() if row]
    rows = {key for first in firsts for key in re.findall(r"`([^`]+)`", first)}
    keys = {*ABOUT, *COMMON, *(key for keys in KINDS_OF_STEP.values() for key in keys)}

    assert keys - rows == {"with", "then", "else", "otherwise", "of"}, "told of with their step"
    assert rows <= keys
