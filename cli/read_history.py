"""A customer's history, from a database or from files, as a test that expects nothing yet."""

import os
import shlex
import sys
from argparse import Namespace
from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from ..engine.core.occurrence import Changed, Happened
from ..engine.core.plan import Project
from ..engine.patterns import awaits, program
from ..engine.rehearsal.material import Told
from ..engine.rehearsal.parts import open_material
from ..engine.rehearsal.script import Late, Trial
from .databases import open_engine
from .exits import Misuse
from .given import data_files, instant
from .show_rehearsal import show_bad
from .terminal import plural

if TYPE_CHECKING:  # files are read without a database
    from ..engine.runtime.recounting import Deed, Story

__all__ = ["history", "of_story"]


def history(args: Namespace, project: Project) -> "tuple[Trial, list[Deed] | None]":
    """Return a customer's history, and from a database what was really done."""
    if args.customers or args.events or not (args.db or os.environ.get("CUEBOOK_DB")):
        return _of_files(args, project), None
    try:
        story = open_engine(args).story(args.customer)
    except KeyError as trouble:
        raise Misuse(str(trouble.args[0]), "cuebook status") from trouble
    if story.deployments:
        times = plural(story.deployments, "time")
        sys.stderr.write(f"playbooks were deployed {times} meanwhile; the test knows today's\n")
    return of_story(story, project), list(story.done)


def of_story(story: "Story", project: Project) -> Trial:
    """Return what a log tells as a test that expects nothing."""
    timeline = [
        Late(told.heard_at, told.what)
        if told.late and isinstance(told.what, Happened | Changed)
        else told.what
        for told in story.told
    ]
    return Trial(
        story.customer, story.values, story.start, story.until, (*story.past, *timeline), (),
        new=story.new, answers=None if awaits(project.plans) else {},
    )  # fmt: skip


def _of_files(args: Namespace, project: Project) -> Trial:
    customers, events = data_files(args, "record")
    ready = program(project)
    with closing(open_material(ready, customers, events)) as material:
        show_bad(material.bad, sys.stderr)
        first, last = material.first_at or 0, material.last_at or 0
        found = [
            (known.get(args.customer), histories.get(args.customer, []))
            for known, histories in material.parts()
            if args.customer in known or args.customer in histories
        ]
    after = f"cuebook record {shlex.quote(args.customer)} --until 2026-12-31"
    start = first if args.start is None else instant(args.start, "--from", ready.zone, after)
    until = last + 1 if args.until is None else instant(args.until, "--until", ready.zone, after)
    if until <= start:
        raise Misuse("the end lies before the start", "cuebook record --help")
    told = [what for _, happened in found for what in happened if what.at < until]
    if not found or (found[0][0] is None and not told):
        raise Misuse(
            f"nothing is known of a customer {args.customer!r} in this data",
            shlex.join(["cuebook", "dry-run", str(args.project)]),
        )
    values = found[0][0]
    if values is not None or told[0].at < start:
        return Trial(args.customer, values or {}, start, until, tuple(told), ())
    return _of_arrival(args.customer, told, until)


def _of_arrival(customer: str, told: Sequence[Told], until: int) -> Trial:
    """Return the history of somebody first seen after the deployment.

    What a new customer is first said to be is no change: there was nothing before it.
    """
    first = told[0]
    values, rest = (first.values, told[1:]) if isinstance(first, Changed) else ({}, told)
    return Trial(customer, values, first.at, until, tuple(rest), (), new=True)
