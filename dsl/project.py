"""A folder of playbooks, or a single file, to one compiled project with all its mistakes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Final

from ..engine.core.origin import Span
from ..engine.core.plan import Plan, Template
from ..engine.core.plan import Project as Plans
from ..engine.core.vocabulary import Vocabulary, fold
from .allowing import allow
from .answers import names_in
from .diagnostics import Diagnostic, Label, Report
from .document import Mapping, Node, Scalar, Sequence, read
from .flow import aimed
from .keys import INSIDE, SECTIONS
from .known import KINDS, Known, declare_actions
from .limits import read_limits
from .messages import read_messages
from .playbooks import from_line, from_mapping
from .rule_lines import lines
from .rules.registry import prove
from .rules.rule import Place, Subject
from .scope import Scope
from .settings import Settings, read_settings
from .shapes import empty, known_keys, mapping_of, text_of
from .sources import Source, acceptable, load
from .spelling import nearest

__all__ = ["Compiled", "compile_project"]

SETTINGS: Final = "cuebook.yaml"
ACTIONS: Final = "actions.yaml"
_YAML: Final = (".yaml", ".yml")
_RULES: Final = ".play"


@dataclass(frozen=True, slots=True)
class Compiled:
    """What became of a project: its plans, or why there are none."""

    project: Plans | None
    """All plans, in the order of their files; None when anything is an error."""
    report: Report
    """Every mistake and every doubt, each at its place."""
    sources: dict[str, Source] = field(default_factory=dict)
    """The files that were read, by the name that places carry."""
    tests: tuple[Node, ...] = ()
    """What stands under each `tests:`, as it was written."""
    known: Known | None = None
    """What is declared, also where something is wrong; None where there is no project."""
    playbooks: tuple[str, ...] = ()
    """The ids of the playbooks that could be read."""


def compile_project(
    path: Path, *, kinds: tuple[str, ...] = KINDS, year: int | None = None
) -> Compiled:
    """Compile a project folder, or one playbook file with the `cuebook.yaml` of a folder above it.

    Never raises for what an author wrote: mistakes are in the report. `kinds` are the kinds of
    action that can be performed. The holidays of regions are looked up for the years around
    `year`, by default this one.
    """
    if path.name in (SETTINGS, ACTIONS) and path.is_file():
        path = path.parent  # What these declare is checked with all that uses it.
    root = _root(path)
    if root is None:
        return _no_project(path)
    year = year or datetime.now(UTC).year
    return _Compiler(root, path, year).compile(kinds)


def _root(path: Path) -> Path | None:
    """Return the folder of the project: this one, or the nearest above a file."""
    folders = [path] if path.is_dir() else [*path.parents, *path.resolve().parents]
    return next((folder for folder in folders if (folder / SETTINGS).is_file()), None)


def _no_project(path: Path) -> Compiled:
    report = Report()
    place = Span(str(path), 0, 0)
    if not path.exists():
        report.error("P110", place, f"there is no `{path}`", "", "check the path")
    else:
        where = "there" if path.is_dir() else "beside it or in a folder above"
        hint = "`cuebook init` makes a project with one"
        report.error("P110", place, f"`{path}` is no project: no {SETTINGS} {where}", "", hint)
    return Compiled(None, report)


def _joined(name: Scalar, text: Scalar) -> Scalar:
    """Return `name: text` as one text that knows where each of its characters stands."""

    def offsets() -> tuple[int, ...]:
        first = tuple(name.place(at, at).start for at in range(len(name.value)))
        rest = tuple(text.place(at, at).start for at in range(len(text.value) + 1))
        return (*first, name.span.end, name.span.end, *rest)

    return Scalar(f"{name.value}: {text.value}", name.span.to(text.span), text.style, offsets)


class _Compiler:
    """Reads the files of one project, declarations before what names them."""

    def __init__(self, root: Path, path: Path, year: int) -> None:
        self.root = root
        self.path = path
        self.year = year
        self.report = Report()
        self.sources: dict[str, Source] = {}
        self.tests: list[Node] = []
        self.plans: list[Plan] = []
        self.places: dict[str, Place] = {}
        self.named: dict[str, Span] = {}

    def compile(self, kinds: tuple[str, ...]) -> Compiled:
        settings = self._settings()
        documents = list(self._documents())
        answers = tuple(dict.fromkeys(name for node in documents for name in names_in(node)))
        templates = self._templates(Scope(settings.vocabulary, answers=answers))
        known = Known(
            settings.vocabulary,
            settings.calendars.own,
            (*kinds, *settings.kinds),
            frozenset(templates),
            settings.lifecycles,
            best_hour=settings.best_hour,
            answers=answers,
        )
        self._actions(documents, known)
        known = read_limits(settings.written, known, self.report)
        for document in documents:
            self._document(document, known)
        self._rule_files(known)
        self._named(known)
        self._test_files()
        project = None if self.report.failed else self._project(settings, known, templates)
        if project is not None:
            prove(Subject(project, self.places), self.report)
        allow(self.report, self.sources)
        ids = tuple(plan.playbook for plan in self.plans)
        return Compiled(project, self.report, self.sources, tuple(self.tests), known, ids)

    def _project(self, settings: Settings, known: Known, templates: dict[str, Template]) -> Plans:
        return Plans(
            known.vocabulary,
            known.calendar,
            tuple(self.plans),
            templates,
            derived=settings.derived,
            supplied=settings.supplied,
            lifecycles=settings.lifecycles,
            calendars=settings.calendars.named,
            limits=known.limits,
            never=known.never,
            channels=known.channels if self._limited(known) else (),
            best_hour=settings.best_hour,
        )

    def _limited(self, known: Known) -> bool:
        """Tell whether anything asks by which channel an action goes."""
        return bool(known.limits or known.never or any(plan.limits for plan in self.plans))

    def _settings(self) -> Settings:
        nodes = self._read(self._load(self.root / SETTINGS))
        fallback = self.root.resolve().name
        if nodes:
            return read_settings(nodes[0], fallback, self.report, year=self.year)
        return Settings(Vocabulary(fallback))

    def _load(self, path: Path) -> Source | None:
        try:
            shown = path.relative_to(self.root)
            file = str(self.root / shown) if self.root != Path() else str(shown)
        except ValueError:
            file = str(path)
        source = load(path, file, self.report)
        self.sources[file] = source or Source(file, "")
        return source

    def _read(self, source: Source | None) -> list[Node]:
        """Return the documents of a file that say something; a `---` too many is no mistake."""
        if source is None:
            return []
        nodes = read(source.file, source.text, self.report)
        return [node for node in nodes if not empty(node)]

    def _files(self, folder: str, *suffixes: str) -> Iterator[Path]:
        """Yield the files to read, in an order that does not depend on the file system."""
        if self.path.is_dir():
            found = (self.root / folder).rglob("*") if (self.root / folder).is_dir() else ()
            yield from sorted(p for p in found if p.suffix in suffixes and p.is_file())
        elif folder == "playbooks" and self.path.suffix in suffixes:
            yield self.path

    def _documents(self) -> Iterator[Mapping]:
        for path in self._files("playbooks", *_YAML):
            for node in self._read(self._load(path)):
                document = mapping_of(node, "a playbook", self.report)
                if document is not None:
                    yield document

    def _actions(self, documents: list[Mapping], known: Known) -> None:
        path = self.root / ACTIONS
        nodes = self._read(self._load(path) if path.is_file() else None)
        for node in nodes:
            top = mapping_of(node, "`actions.yaml`", self.report)
            if top is not None:
                known_keys(top, "`actions.yaml`", INSIDE["actions.yaml"], self.report)
                documents = [top, *documents]
        for document in documents:
            actions = document.get("actions")
            if actions is not None:
                declare_actions(actions, known, self.report)

    def _document(self, document: Mapping, known: Known) -> None:
        tests, rules = document.get("tests"), document.get("rules")
        if tests is not None:
            self.tests.append(tests)
        for line in self._rules(rules) if rules is not None else ():
            self._keep(from_line(line, known, self.report))
        about = [key.value for key, _ in document.entries if key.value not in SECTIONS]
        if about or not document.entries:
            self._keep(from_mapping(document, known, self.report))

    def _rules(self, node: Node) -> Iterator[Scalar]:
        """Yield the rule lines under `rules:`, a list of them or one text with a line for each."""
        match node:
            case Sequence(items):
                for item in items:
                    yield from self._rules(item)
            case Scalar():
                for line in lines(node.value, node.span.file):
                    yield node.part(line.span.start, line.span.end)
            case Mapping(entries):
                # To YAML, a rule with a name is a key with a value.
                for name, value in entries:
                    text = text_of(value, "a rule", self.report)
                    if text is not None:
                        yield _joined(name, text)

    def _rule_files(self, known: Known) -> None:
        for path in self._files("playbooks", _RULES):
            source = self._load(path)
            if source is None or not acceptable(source.file, source.text, self.report):
                continue
            for line in lines(source.text.replace("\ufeff", " "), source.file):
                self._keep(from_line(line, known, self.report))

    def _keep(self, made: tuple[Plan, Place] | None) -> None:
        """Keep a plan, unless another playbook has its id."""
        if made is None:
            return
        plan, place = made
        span = place.name
        first = self.named.setdefault(fold(plan.playbook), span)
        if first is span:
            self.plans.append(plan)
            self.places[plan.playbook] = place
            return
        self.report.add(
            Diagnostic(
                "P106",
                f"two playbooks have the id `{plan.playbook}`",
                span,
                "the second one",
                ("give each playbook of a project an id of its own",),
                others=(Label(first, "the first one"),),
            )
        )

    def _named(self, known: Known) -> None:
        """Report playbooks that are started or cancelled and are not there; take their own names."""
        whole = self.path.is_dir()  # Of a single file nobody knows what stands beside it.
        spelt = {fold(plan.playbook): plan.playbook for plan in self.plans}
        self.plans = [aimed(plan, spelt) for plan in self.plans] if known.named else self.plans
        for name in known.named:
            if whole and fold(name.value) not in self.named:
                close = nearest(name.value, [plan.playbook for plan in self.plans])
                hints = [f"did you mean `{close}`?"] if close else []
                title = f"unknown playbook `{name.value}`"
                self.report.error("N130", name.span, title, "not in this project", *hints)

    def _test_files(self) -> None:
        for path in self._files("tests", *_YAML):
            for node in self._read(self._load(path)):
                top = mapping_of(node, "a file of tests", self.report)
                if top is None:
                    continue
                known_keys(top, "a file of tests", INSIDE["tests"], self.report)
                tests = top.get("tests")
                if tests is not None:
                    self.tests.append(tests)

    def _templates(self, scope: Scope) -> dict[str, Template]:
        folder = self.root / "templates"
        found: dict[PurePosixPath, Source] = {}
        for path in sorted(p for p in folder.rglob("*") if p.is_file()) if folder.is_dir() else ():
            source = self._load(path)
            if source is not None and acceptable(source.file, source.text, self.report):
                found[PurePosixPath(path.relative_to(folder).as_posix())] = source
        return read_messages(found, scope, self.report)
