"""A play as it stands in a project: its inputs filled in, its tests about itself alone."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from ..dsl.diagnostics import Report
from ..dsl.document import Mapping as Node
from ..dsl.document import Sequence, read
from ..dsl.formatting import laid_out
from ..dsl.inputs import Input
from ..dsl.project import SETTINGS
from ..dsl.rule_lines import lines as rule_lines
from .catalogue import Play

__all__ = ["Unmarked", "filled", "play_settings", "play_texts"]

_MARK: Final = re.compile(
    r"[ \t]*(?:\{# input: (?P<inner>[\w, -]+?) #\}|# input: (?P<names>[\w, -]+?))[ \t]*$"
)


class Unmarked(Exception):  # noqa: N818 - named for what is missing
    """A mark of the shelf names an input that is not declared, or a line that lacks its default."""


def play_texts(play: Play, values: Mapping[str, str]) -> dict[str, str]:
    """Return the files of a play by their places in a project, filled in and laid out."""
    inputs = play.inputs()
    texts = {}
    for place, text in play.texts().items():
        made = filled(text, inputs, values, place)
        made = _about(play, place, made) if place.startswith("tests/") else made
        yaml = place.endswith((".yaml", ".play"))
        texts[place] = (laid_out(place, made, Report()) if yaml else None) or made
    return texts


def play_settings(play: Play, values: Mapping[str, str]) -> str:
    """Return what a play declares, filled in."""
    return filled(play.settings(), play.inputs(), values, SETTINGS)


def filled(text: str, inputs: Mapping[str, Input], values: Mapping[str, str], file: str) -> str:
    """Return a text with values in place of defaults in the lines that are marked, without marks.

    A mark of several names lists them in the order in which their defaults stand in the line.

    >>> from ..engine.core.vocabulary import Type
    >>> days = Input("silence", Type("duration"), "60 days")
    >>> filled("on: no login for 60 days  # input: silence", {"silence": days}, {"silence": "2 weeks"}, "")
    'on: no login for 2 weeks'
    """
    return "\n".join(_lines(text, inputs, values, file))


def _lines(
    text: str, inputs: Mapping[str, Input], values: Mapping[str, str], file: str
) -> Iterator[str]:
    for number, line in enumerate(text.split("\n"), 1):
        mark = _MARK.search(line)
        if mark is None:
            yield line
            continue
        made, done = line[: mark.start()], 0
        for name in re.split(r",\s*", mark["inner"] or mark["names"]):
            found = _default(made, done, inputs.get(name))
            if found is None:
                raise Unmarked(f"{file}:{number}: nothing to fill in for `{name}`")
            value = values.get(name, found[0])
            made = f"{made[: found.start()]}{value}{made[found.end() :]}"
            done = found.start() + len(value)
        yield made


def _default(line: str, start: int, given: Input | None) -> re.Match[str] | None:
    """Return where the default of an input stands in a line, behind what was filled in already."""
    if given is None:
        return None
    return re.compile(rf"(?<![\w.])(?<!\w-){re.escape(given.default)}(?![\w-]|\.\d)").search(
        line, start
    )


def _about(play: Play, place: str, text: str) -> str:
    """Return tests that hold in a project where others act, too, and where another clock goes.

    Those of a play with one playbook look at it alone, those of several let others act besides.
    Their customers live in the zone that they were written in.
    """
    alone = _playbooks(play) == 1
    line = f"playbook: {play.name}" if alone else "allow extra: true"
    free = ("condition", "playbook") if alone else ("condition", "playbook", "allow extra")
    added: list[tuple[int, str]] = []
    for test in (test for document in read(place, text, Report()) for test in _tests(document)):
        named = next((entry for entry in test.entries if entry[0].value == "test"), None)
        if named is not None and not any(test.get(word) for word in free):
            added.append((named[1].span.end, _line(text, named[0].span.start, line)))
        customer = test.get("customer")
        if isinstance(customer, Node) and customer.entries and not customer.get("timezone"):
            added.append(_living(text, customer, play.timezone))
    for end, more in sorted(added, reverse=True):
        text = f"{text[:end]}{more}{text[end:]}"
    return text


def _living(text: str, customer: Node, timezone: str) -> tuple[int, str]:
    """Return where to put the zone of a customer of a test, and how."""
    said = f"timezone: {timezone}"
    last = customer.entries[-1][1].span.end
    if text[customer.span.start : customer.span.start + 1] == "{":
        return last, f", {said}"
    return text.find("\n", last), _line(text, customer.entries[0][0].span.start, said)


def _line(text: str, beside: int, said: str) -> str:
    """Return a line that begins where another one does."""
    return f"\n{' ' * (beside - text.rfind(chr(10), 0, beside) - 1)}{said}"


def _tests(document: object) -> Iterator[Node]:
    listed = document.get("tests") if isinstance(document, Node) else None
    for test in listed.items if isinstance(listed, Sequence) else ():
        if isinstance(test, Node):
            yield test


def _playbooks(play: Play) -> int:
    """Return how many playbooks a play has; that of a play with one has the play's name."""
    found = 0
    for path in (play.folder / "playbooks").iterdir():
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".play":
            found += sum(1 for _ in rule_lines(text, path.name))
        else:
            documents = read(path.name, text, Report())
            found += sum(isinstance(one, Node) and bool(one.get("playbook")) for one in documents)
    return found
