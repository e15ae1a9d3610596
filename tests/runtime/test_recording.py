"""A history that was lived is a test that passes: the same journal, and nobody's data in it."""

import json
import random
from collections.abc import Callable, Mapping, Sequence

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cuebook.cli.read_history import of_story
from cuebook.cli.write_tests import as_test
from cuebook.dsl.diagnostics import Report
from cuebook.dsl.document import Mapping as MappingNode
from cuebook.dsl.document import read
from cuebook.dsl.trials.read_tests import read_tests
from cuebook.engine.core.journal import to_line
from cuebook.engine.core.occurrence import Requested
from cuebook.engine.core.plan import Project
from cuebook.engine.rehearsal.recording import record
from cuebook.engine.rehearsal.rehearse import Seen
from cuebook.engine.rehearsal.script import Trial
from cuebook.engine.rehearsal.trial import attempt
from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.engine import Engine

from .inventing import START, UNTIL, histories, projects, ticks
from .inventing_limits import limited
from .playing import rows, wipe
from .scenarios import Batch, heard, numbered
from .test_random_lives import in_pieces

law = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@law
@given(
    project=projects | limited,
    told=histories,
    looks=ticks,
    late=st.booleans(),
    chance=st.randoms(use_true_random=False),
)
def test_what_was_lived_is_recorded_as_a_test_that_passes(
    project: Project,
    told: Mapping[str, Sequence[Seen]],
    looks: Mapping[int, bool],
    late: bool,
    chance: random.Random,
    database: Database,
    another: Callable[..., Engine],
) -> None:
    """In order or late, answered or not: the recording decides what was decided."""
    wipe(database)
    pieces = list(in_pieces(list(numbered(told)), looks, chance))
    if late:
        pieces = [Batch(end.now, [], end.restart) for end in pieces]
        for one in numbered(told):
            if not isinstance(one[1], Requested):  # They are dated by when they are heard of.
                chance.choice(pieces).told.append(one)
    came = heard(project, START, pieces, database, another)
    names = [name for (name,) in rows(database, "SELECT id FROM cuebook_customer ORDER BY id")]
    assume(names)

    for name in names:
        story = another(clock=lambda: UNTIL).story(name)
        recorded = record(project, of_story(story, project))

        was = [json.loads(json.dumps(to_line(one))) for one in recorded.was.journal]
        entries = [line for who, line in came.lines if who == name and line[0] == "entry"]
        assert was == entries
        text = as_test("recorded", recorded.trial, project)
        again = written_back(text, project)
        assert attempt(project, again).passed
        assert name.casefold() not in text.casefold()


def written_back(text: str, project: Project) -> Trial:
    """Read a test from what was written."""
    report = Report()
    nodes = read("t.yaml", text, report)
    held = [node.get("tests") for node in nodes if isinstance(node, MappingNode)]
    tests = read_tests([node for node in held if node is not None], project, report)
    assert not report.failed, [
        (note.title, text[note.span.start - 60 : note.span.end + 20]) for note in report
    ]
    (test,) = tests
    assert isinstance(test.body, Trial)
    return test.body
