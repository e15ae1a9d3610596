"""The inbox: what people are asked to do or to decide; they answer here, or hand it on."""

from collections.abc import Iterator
from contextlib import contextmanager

from starlette.responses import Response

from .desk import Desk
from .visits import NotThere, Visit

__all__ = ["answer", "comment", "delegate", "listing", "tick"]

_MOST = 100
_LONGEST = 2_000
_SAID = {
    "answered": "Answered.",
    "delegated": "Handed on.",
    "said": "Written down.",
    "ticked": "Ticked.",
    "over": "That was over before: what was said is written down and changes nothing.",
}


def listing(desk: Desk, visit: Visit) -> Response:
    """Show open tasks, the oldest first, or those of one person."""
    whose = visit.asked("of")
    found = desk.engine.tasks()
    people = sorted({task.assignee for task in found if task.assignee})
    shown = [task for task in found if not whose or task.assignee == whose]
    return desk.paper.page(
        visit, "inbox.html", tasks=shown[:_MOST], more=len(shown) - _MOST, whose=whose,
        people=people, said=_SAID.get(visit.asked("done"), ""), zone=desk.zone(),
    )  # fmt: skip


def answer(desk: Desk, visit: Visit) -> Response:
    """Answer a task, and go back to the inbox."""
    key, said = _told(visit, "said")
    with _possible("answered so"):
        was_open = desk.engine.answer(key, said, by=visit.principal.name)
    return _back(visit, "answered" if was_open else "over")


def delegate(desk: Desk, visit: Visit) -> Response:
    """Hand a task on, and go back to the inbox."""
    key, to = _told(visit, "to")
    with _possible("handed on"):
        was_open = desk.engine.delegate(key, to, by=visit.principal.name)
    return _back(visit, "delegated" if was_open else "over")


def comment(desk: Desk, visit: Visit) -> Response:
    """Say something about a task, and go back to the inbox."""
    key, said = _told(visit, "said")
    with _possible("said there"):
        desk.engine.comment(key, said, by=visit.principal.name)
    return _back(visit, "said")


def tick(desk: Desk, visit: Visit) -> Response:
    """Tick a point of a checklist off, or take the tick back."""
    key, point = _told(visit, "point")
    with _possible("ticked", (KeyError, ValueError, IndexError)):
        desk.engine.tick_off(key, int(point), done=visit.form.get("done") == "yes")
    return _back(visit, "ticked")


@contextmanager
def _possible(
    what: str, against: tuple[type[Exception], ...] = (KeyError, ValueError)
) -> Iterator[None]:
    """Say on a page of its own what the engine says against it."""
    try:
        yield
    except against as trouble:
        raise NotThere(f"This cannot be {what}: {trouble.args[0]}.") from trouble


def _back(visit: Visit, done: str) -> Response:
    """Go back to the inbox, to the same person's tasks, and say what was done."""
    return visit.go("inbox", done=done, of=visit.form.get("of", ""))


def _told(visit: Visit, name: str) -> tuple[str, str]:
    """Return which task is meant, and what is said; NotThere where either is missing."""
    key, said = visit.form.get("key", ""), visit.form.get(name, "").strip()
    if not key or not said:
        raise NotThere("Nothing was said: go back, and say something before you send it.")
    if len(said) > _LONGEST:
        raise NotThere(f"That is longer than {_LONGEST:,} characters: go back, and say it shorter.")
    return key, said
