"""`teams:` of a project, and what a task is given: whose it is, by when, how much it matters."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, get_args

from ..engine.core.plan import Member, Team
from ..engine.core.tasking import Priority, later, team_in, wanted_at
from ..engine.core.vocabulary import fold
from ..engine.core.zone import UTC
from .declarations import distinct
from .diagnostics import Report, Word
from .document import Mapping as MappingNode
from .document import Node, Scalar
from .keys import INSIDE
from .shapes import (
    chosen,
    empty,
    known_keys,
    list_of,
    mapping_of,
    missing_key,
    text_of,
    whole_number,
)

__all__ = ["check_task", "check_team", "read_teams"]

_TIMES: Final[Mapping[str, Callable[[str], object]]] = {
    "due": lambda text: wanted_at(text, 0, UTC),
    "escalate after": lambda text: later(text, 0, UTC),
}


def read_teams(settings: MappingNode, report: Report) -> dict[str, Team]:
    """Read the teams of a project, each a list of those who take tasks."""
    node = settings.get("teams")
    every = None if node is None or empty(node) else mapping_of(node, "`teams:`", report)
    found: dict[str, Team] = {}
    for name, value in distinct(every, "team", report) if every is not None else ():
        found[name.value] = Team(tuple(_members(name, value, report)))
    return found


def _members(team: Scalar, node: Node, report: Report) -> Iterator[Member]:
    seen = set[str]()
    for item in list_of(node, f"team `{team.value}`", report, "nobody is in it"):
        member = _member(item, report)
        if member is not None and member.name in seen:
            report.error("N201", item.span, f"`{member.name}` is in this team twice", "again")
        elif member is not None:
            seen.add(member.name)
            yield member


def _member(item: Node, report: Report) -> Member | None:
    if not isinstance(item, MappingNode):
        text = text_of(item, "a member", report, "as in `- ann@example.com`")
        return Member(text.value) if text is not None else None
    known_keys(item, "a member", INSIDE["member"], report, instead={"name": "who"})
    who = item.get("who")
    text = text_of(who, "`who:`", report) if who is not None else None
    if who is None:
        missing_key(item, "a member", "who", report, "as in `{who: ann, at most: 5}`")
    most = item.get("at most")
    if text is None:
        return None
    return Member(text.value, _most(most, report) if most is not None else None)


def _most(node: Node, report: Report) -> int | None:
    found = whole_number(node, "at most", report)
    if found is not None and found < 1:
        hint = "who takes no tasks is left out of the team, or is away for a while"
        report.error("P105", node.span, "`at most:` is one or more", "", hint)
    return found


def check_task(
    given: Mapping[str, tuple[Scalar, Node]], teams: Mapping[str, Team], report: Report
) -> None:
    """Report what could never open a task: a team nobody declares, a deadline that is no time."""
    for key in ("assignee", "escalate to"):
        text = _text(given, key)
        if text is not None:
            check_team(text, teams, report)
    for key, read in _TIMES.items():
        text = _text(given, key)
        if text is not None:
            _check_time(key, text, read, report)
    priority = _text(given, "priority")
    if priority is not None:
        chosen(priority, "priority", get_args(Priority), report)


def _text(given: Mapping[str, tuple[Scalar, Node]], key: str) -> Scalar | None:
    """Return a word that stands there as it will be, and is no template."""
    _, node = given.get(key, (None, None))
    return node if isinstance(node, Scalar) and "{" not in node.value else None


def check_team(text: Scalar, teams: Mapping[str, Team], report: Report) -> None:
    """Report `least loaded of` a team that nobody declares."""
    name = team_in(text.value)
    if name is None and text.value.casefold().split()[:2] == ["least", "loaded"]:
        hint = "as in `least loaded of csm-team`"
        report.error("A131", text.span, f"`{text.value}` names no team", "of which team?", hint)
    if name is None or "{" in name or any(fold(team) == fold(name) for team in teams):
        return
    start = max(text.value.rfind(name), 0)
    word = Word(name, text.part(start, len(text.value.rstrip())).span, sorted(teams))
    hint = f"declare it in cuebook.yaml: `teams: {{{name}: [ann@example.com]}}`"
    report.unknown("A131", word, f"there is no team `{name}`", "not under `teams:`", hint)


def _check_time(key: str, text: Scalar, read: Callable[[str], object], report: Report) -> None:
    try:
        read(text.value)
    except ValueError:
        hint = "write a length of time: `2 business days`, `4 hours`"
        date = ", or a date: `2026-12-24`, `2026-12-24T12:00`" if key == "due" else ""
        title = f"`{key}: {text.value}` is no time"
        report.error("A132", text.span, title, "", hint + date)
