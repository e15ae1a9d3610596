"""Calendars as authors write them: regions, dates, and what a named one leaves to the project's."""

import sys
from pathlib import Path

import pytest

from cuebook.dsl import Compiled, compile_project
from cuebook.engine.core.codec import digest
from cuebook.engine.core.plan import Project


def compiled(folder: Path, settings: str, year: int = 2026) -> Compiled:
    """Compile a project of nothing but settings."""
    (folder / "cuebook.yaml").write_text(f"project: p\n{settings}", encoding="utf-8")
    return compile_project(folder, year=year)


def project(folder: Path, settings: str, year: int = 2026) -> Project:
    """Return a project that compiles without a word."""
    found = compiled(folder, settings, year)
    assert [note.title for note in found.report] == []
    assert found.project is not None
    return found.project


def test_a_region_becomes_dates_for_years_around_the_compilation(tmp_path: Path) -> None:
    """Five back and ten ahead, and the plan says until when they are known."""
    calendar = project(tmp_path, "calendar: {holidays: [DE-BE, 2026-12-24]}").calendar

    assert {"2026-12-24", "2026-12-25", "2026-10-03", "2026-03-08"} <= set(calendar.holidays)
    assert calendar.holidays == tuple(sorted(calendar.holidays))
    assert (calendar.holidays[0][:4], calendar.holidays[-1][:4]) == ("2021", "2036")
    assert calendar.known_until == "2036-12-31"


def test_the_dates_are_part_of_what_a_program_is(tmp_path: Path) -> None:
    """So a deployed program decides alike for ever, whatever the package says next year."""
    settings = "calendar: {holidays: [DE-BE]}"

    assert digest(project(tmp_path, settings)) == digest(project(tmp_path, settings))
    assert digest(project(tmp_path, settings)) != digest(project(tmp_path, settings, 2027))


def test_a_named_calendar_takes_from_the_projects_what_it_leaves_out(tmp_path: Path) -> None:
    """Berlin's office hours count in Munich, too, unless it has its own."""
    found = project(
        tmp_path,
        """calendar: {business days: mon-thu, hours: "09:00-17:00", holidays: [2026-12-24]}
calendars:
  munich: {holidays: [DE-BY]}
  gulf: {business days: sun-thu, hours: "08:00-15:00"}
""",
    )
    munich, gulf = found.calendars["munich"], found.calendars["gulf"]

    assert (munich.weekdays, munich.hours) == ((0, 1, 2, 3), (540, 1020))
    assert "2026-01-06" in munich.holidays
    assert "2026-12-24" not in munich.holidays
    assert (gulf.weekdays, gulf.hours) == ((0, 1, 2, 3, 6), (480, 900))
    assert gulf.holidays == ("2026-12-24",)


def test_without_the_package_a_region_is_a_mistake_and_a_date_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever lists dates needs nothing to be installed; whoever names a region is told what."""
    monkeypatch.setitem(sys.modules, "holidays", None)

    told = compiled(tmp_path, "calendar: {holidays: [DE-BE, 2026-12-24]}")

    assert [note.code for note in told.report] == ["D204"]
    assert "pip install 'cuebook[holidays]'" in next(iter(told.report)).hints[0]
    assert project(tmp_path, "calendar: {holidays: [2026-12-24]}").calendar.known_until == ""


def test_the_package_is_loaded_only_where_a_region_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its import costs as much as compiling a small project does."""
    monkeypatch.delitem(sys.modules, "holidays", raising=False)

    project(tmp_path, "calendar: {holidays: [2026-12-24]}")

    assert "holidays" not in sys.modules
