"""`cuebook preview`: what an action would be given for one customer, and the mail as it would be read."""

import json
import shlex
import sys
import tempfile
import time
import webbrowser
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

from ..dsl.diagnostics import Report
from ..dsl.document import Scalar
from ..dsl.known import Known
from ..dsl.project import SETTINGS, Compiled
from ..dsl.steps import action_of
from ..engine.core.advance import apply, recall
from ..engine.core.effects import Perform
from ..engine.core.instant import to_datetime
from ..engine.core.occurrence import Deployed, Happened
from ..engine.core.origin import Span
from ..engine.core.plan import Do, Json, OnEvent, Plan, Project
from ..engine.core.plan_limits import CHANNELS
from ..engine.core.vocabulary import fold
from ..engine.patterns import program
from ..engine.rehearsal.parts import open_material
from ..engine.render import Renderer
from .exits import Exit, Misuse
from .given import data_files
from .projects import open_project, whole
from .show_mail import as_json, as_text, place_of
from .show_rehearsal import show_bad
from .terminal import harmless

__all__ = ["configure", "run"]

_EXAMPLES: Final = """\
Examples
  cuebook preview thank-you acme --customer c1               the mail as text
  cuebook preview thank-you acme --customer c1 --open        as HTML, in the browser
  cuebook preview thank-you --customer c1 --format html > mail.html
"""
_NONE: Final = Plan("preview", (), (), None)


def configure(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = _EXAMPLES
    add = parser.add_argument
    add("action", help="an action by its name, a step by its id, or a kind such as survey")
    add("project", nargs="?", default=".", type=Path, help="the project's folder (default: here)")
    add("--customer", required=True, metavar="C", help="for whom")
    add("--playbook", metavar="P", help="as this playbook does it")
    add("--customers", action="append", type=Path, metavar="FILE",
        help="who is there (repeatable; default: the project's data/)")  # fmt: skip
    add("--events", action="append", type=Path, metavar="FILE",
        help="what happened: the last event that starts the playbook is the trigger")  # fmt: skip
    add("--open", action="store_true", help="show the HTML of a mail in the browser")
    add("--format", choices=("text", "html", "json"), default="text",
        help="text: the mail as plain text; html: its HTML; json: all of it (default: text)")  # fmt: skip


def run(args: Namespace) -> Exit:
    """Render one action for one customer, and show it."""
    if (Path(args.action) / SETTINGS).is_file() and not (args.project / SETTINGS).is_file():
        following = shlex.join(
            ["cuebook", "preview", "ACTION", args.action, "--customer", args.customer]
        )
        raise Misuse("the action comes first, then the project", following)
    compiled = open_project(args.project)
    project = whole(compiled, args, "shown")
    if project is None or compiled.known is None:
        return Exit.FOUND
    plan, step, do = _found(args, project, compiled.known)
    attributes, event = _customer(args, project, plan)
    now = time.time_ns() // 1_000
    promised = Perform(
        now, now, args.customer, plan.playbook, f"{plan.playbook}/preview", step, do.kind,
        do.action, do.args, "preview", attributes, event, each=_record(do, attributes),
    )  # fmt: skip
    rendered = Renderer(project).render(promised)
    if rendered.error:
        return _complain(rendered.error, compiled, do)
    return _show(args, do, rendered.args, compiled)


def _found(args: Namespace, project: Project, known: Known) -> tuple[Plan, str, Do]:
    """Return the step that is meant, or else the action as it is declared."""
    wanted = fold(args.action)
    steps = [
        (plan, step.id, step.body)
        for plan in project.plans
        if args.playbook is None or fold(plan.playbook) == fold(args.playbook)
        for step in plan.steps
        if isinstance(step.body, Do)
        and wanted in (fold(step.id), fold(step.body.action), fold(step.body.kind))
    ]
    if len({json.dumps(do.args, sort_keys=True) for _, _, do in steps}) > 1 and not args.playbook:
        names = ", ".join(dict.fromkeys(plan.playbook for plan, _, _ in steps))
        said = f"{args.action} is done in several ways, in {names}"
        raise Misuse(said, f"{_typed(args)} --playbook {steps[0][0].playbook}")
    if steps:
        return steps[0]
    name = Scalar(args.action, Span("", 0, 0))
    do = action_of(name, None, known, Report()) if args.playbook is None else None
    if do is None:
        raise Misuse(f"no playbook does {harmless(args.action)}", f"cuebook show {args.project}")
    return _NONE, "preview", do


def _customer(
    args: Namespace, project: Project, plan: Plan
) -> tuple[Mapping[str, object], Mapping[str, object] | None]:
    """Return what is known of the customer, and the properties of the last event that starts it."""
    customers, events = data_files(args, "preview")
    ready = program(project)
    with closing(open_material(ready, customers, events)) as material:
        show_bad(material.bad, sys.stderr)
        found = [
            (known.get(args.customer, {}), histories.get(args.customer, []))
            for known, histories in material.parts()
            if args.customer in known or args.customer in histories
        ]
    if not found:
        said = f"nothing is known of a customer {args.customer!r} in this data"
        raise Misuse(said, f"{_typed(args)} --customers FILE")
    ((told, history),) = found
    customer = ready.customer(args.customer, told)
    for what in history:
        recall(customer, what, ready)
    apply(customer, Deployed(time.time_ns() // 1_000), ready)  # Signals and stages are as of now.
    starts = {one.what.event for one in plan.triggers if isinstance(one, OnEvent)}
    happened = [one for one in history if isinstance(one, Happened) and one.event in starts]
    return customer.attributes, happened[-1].properties if happened else None


def _record(do: Do, attributes: Mapping[str, object]) -> object:
    """Return a record that a step `for each:` is done for: the first that there is."""
    if do.each is None:
        return None
    name = getattr(do.each.of, "name", "")
    records = attributes.get(name)
    return records[0] if isinstance(records, list) and records else None


def _complain(error: str, compiled: Compiled, do: Do) -> Exit:
    where = place_of(error, compiled.sources, do.args.get("template"))
    sys.stderr.write(f"{where}{error}\nit would be skipped, and the journal would say why\n")
    return Exit.FOUND


def _show(args: Namespace, do: Do, given: Mapping[str, Json], compiled: Compiled) -> Exit:
    if CHANNELS.get(do.kind) != "email":
        if args.open or args.format == "html":
            raise Misuse(f"{do.kind} sends no mail", f"{_typed(args)} --format json")
        sys.stdout.write(as_json(do, given, None) if args.format == "json" else _plain(do, given))
        return Exit.CLEAN
    from ..actions.compose import About, Unsendable  # noqa: PLC0415 - other actions need no mail
    from ..actions.preview import preview  # noqa: PLC0415 - see above

    about = About(args.customer, "preview", to_datetime(time.time_ns() // 1_000))
    try:
        shown = preview(do.kind, given, about)
    except Unsendable as why:
        return _complain(f"it cannot be sent: {why}", compiled, do)
    sys.stderr.write("".join(f"note: {note}\n" for note in shown.notes))
    match args.format:
        case "json":
            sys.stdout.write(as_json(do, given, shown.told()))
        case "html":
            sys.stdout.write(shown.mail.html)
        case _:
            sys.stdout.write(as_text(shown.mail.message, shown.mail.text))
    if args.open:
        _open(shown.mail.html)
    return Exit.CLEAN


def _plain(do: Do, given: Mapping[str, Json]) -> str:
    words = "".join(f"  {harmless(key)}: {json.dumps(given[key])}\n" for key in given)
    return f"{do.kind}\n{words}"


def _open(html: str) -> None:
    """Show a page in the browser, from a file that stays for it to read."""
    if not html:
        sys.stderr.write("this mail has no HTML: write templates/NAME.html beside its text\n")
        return
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", prefix="cuebook-", suffix=".html", delete=False
    ) as file:
        file.write(html)
    sys.stderr.write(f"written to {file.name}\n")
    webbrowser.open(Path(file.name).as_uri())


def _typed(args: Namespace) -> str:
    words = ("cuebook", "preview", args.action, str(args.project), "--customer", args.customer)
    return shlex.join(words)
