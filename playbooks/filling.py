"""A play as it stands in a project: its inputs filled in, its tests about itself alone."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from ..dsl.diagnostics import Report
from ..dsl.document import Mapping as Node
from ..dsl.document import Scalar, Sequence, read
from ..dsl.formatting import laid_out
from ..dsl.inputs import Input
from .catalogue import Play

__all__ = ["Unmarked", "filled", "play_texts"]

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


def filled(text: str, inputs: Mapping[str, Input], values: Mapping[str, str], file: str) -> str:
    """Return a text with values in place of defaults in the lines that are marked, without marks.

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
        made = line[: mark.start()]
        for name in re.split(r",\s*", mark["inner"] or mark["names"]):
            before, default, after = _split(made, inputs.get(name))
            if not default:
                raise Unmarked(f"{file}:{number}: nothing to fill in for `{name}`")
            made = f"{before}{values.get(name, default)}{after}"
        yield made


def _split(line: str, given: Input | None) -> tuple[str, str, str]:
    """Return a line before, at and after the default of an input; nothing is at where it is not."""
    whole = rf"(?<![\w-]){re.escape(given.default)}(?![\w-])" if given is not None else "(?!)"
    found = re.search(whole, line)
    if found is None:
        return line, "", ""
    return line[: found.start()], found[0], line[found.end() :]


def _about(play: Play, place: str, text: str) -> str:
    """Return tests that hold in a project where others act, too.

    Those of a play with one playbook look at it alone, those of several let others act besides.
    """
    alone = _playbooks(play) == 1
    line = f"playbook: {play.name}" if alone else "allow extra: true"
    free = ("condition", "playbook") if alone else ("condition", "playbook", "allow extra")
    ends = [
        (key.span.start, value.span.end)
        for document in read(place, text, Report())
        for test in _tests(document)
        for key, value in test.entries
        if key.value == "test" and not any(test.get(word) for word in free)
    ]
    for start, end in reversed(ends):
        margin = " " * (start - text.rfind("\n", 0, start) - 1)
        text = f"{text[:end]}\n{margin}{line}{text[end:]}"
    return text


def _tests(document: object) -> Iterator[Node]:
    listed = document.get("tests") if isinstance(document, Node) else None
    for test in listed.items if isinstance(listed, Sequence) else ():
        if isinstance(test, Node):
            yield test


def _playbooks(play: Play) -> int:
    """Return how many playbooks a play has; that of a play with one has the play's name."""
    texts = [path.read_text(encoding="utf-8") for path in (play.folder / "playbooks").iterdir()]
    named = [
        document.get("playbook")
        for text in texts
        for document in read("", text, Report())
        if isinstance(document, Node)
    ]
    return sum(isinstance(name, Scalar) for name in named)
