"""A folder of playbooks, or a single file, to one compiled project with all its mistakes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Final

from ..engine.core.origin import Span
from ..engine.core.plan import Plan, Template
from ..engine.core.plan import Project as Plans
from ..engine.core.plan_limits import CHANNELS
from ..engine.core.vocabulary import Vocabulary, fold
from .allowing import allow
from .answers import names_in
from .diagnostics import Diagnostic, Label, Report, Word
from .document import Mapping, Node, Scalar, read
from .flow import aimed
from .keys import INSIDE
from .known import KINDS, Known, declare_actions
from .limits import read_limits
from .memory import Memory
from .messages import read_messages
from .parts import Part, of_documents, of_rules
from .rules.registry import prove
from .rules.rule import Place, Subject
from .scope import Scope
from .settings import Settings, read_settings
from .shapes import empty, known_keys, mapping_of
from .sources import Files, Source, acceptable
from .unread import unsaid

__all__ = ["ACTIONS", "SETTINGS", "Compiled", "compile_project", "root_of"]

SETTINGS: Final = "cuebook.yaml"
ACTIONS: Final = "actions.yaml"
_YAML: Final = (".yaml", ".yml")
_RULES: Final = ".play"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Declared:
    """All that playbooks may name, with what is wrong in it."""

    settings: Settings
    known: Known
    templates: dict[str, Template]
    messages: dict[PurePosixPath, Source]
    report: Report


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
    places: dict[str, Place] = field(default_factory=dict)
    """Where each of them was written, by its id."""


def compile_project(
    path: Path,
    *,
    kinds: tuple[str, ...] = KINDS,
    year: int | None = None,
    files: Files | None = None,
    memory: Memory | None = None,
    proven: bool = True,
) -> Compiled:
    """Compile a project folder, or one playbook file with the `cuebook.yaml` of a folder above it.

    Never raises for what an author wrote: mistakes are in the report. `kinds` are the kinds of
    action that can be performed. The holidays of regions are looked up for the years around
    `year`, by default this one. Texts come from `files`; with a `memory` from the last time, only
    what has changed since is read again. Unless `proven`, the rules that look at whole playbooks
    are left out.
    """
    files, memory = files or Files(), memory or Memory()
    if path.name in (SETTINGS, ACTIONS) and files.there(path):
        path = path.parent  # What these declare is checked with all that uses it.
    root = root_of(path, files)
    if root is None:
        return _no_project(path)
    year = year or datetime.now(UTC).year
    return _Compiler(root, path, year, files, memory).compile(kinds, proven=proven)


def root_of(path: Path, files: Files) -> Path | None:
    """Return the folder of the project: this one, or the nearest above."""
    folders = [path, *path.parents, *path.resolve().parents]
    return next((folder for folder in folders if files.there(folder / SETTINGS)), None)


def _no_project(path: Path) -> Compiled:
    report = Report()
    place = Span(str(path), 0, 0)
    if not path.exists():
        report.error("P110", place, f"there is no `{path}`", "", "check the path")
    else:
        where = f"{'there' if path.is_dir() else 'beside it'} or in a folder above"
        hint = "`cuebook init` makes a project with one"
        report.error("P110", place, f"`{path}` is no project: no {SETTINGS} {where}", "", hint)
    return Compiled(None, report)


class _Compiler:
    """Reads the files of one project, declarations before what names them."""

    def __init__(self, root: Path, path: Path, year: int, files: Files, memory: Memory) -> None:
        self.root = root
        self.path = path
        self.year = year
        self.files = files
        self.memory = memory
        self.report = Report()
        self.sources: dict[str, Source] = {}
        self.tests: list[Node] = []
        self.plans: list[Plan] = []
        self.places: dict[str, Place] = {}
        self.ids: dict[str, Span] = {}
        self.named: list[Scalar] = []
        self.settings: list[Node] = []
        """What `cuebook.yaml` holds, as far as it could be read."""

    def compile(self, kinds: tuple[str, ...], *, proven: bool) -> Compiled:
        written = list(self._written())
        declared = self._declared(written, kinds)
        known = declared.known
        for source, documents in written:
            self._take(source, known, partial(of_documents, documents, known))
        for path in self._files("playbooks", _RULES):
            rules = self._load(path)
            if rules is not None:
                self._take(rules, known, partial(of_rules, rules, known))
        self._named()
        self._test_files()
        self.report.unsaid = unsaid(self.settings, self.report, str(self.root / SETTINGS))
        project = None if self.report.failed else self._project(declared)
        looked = project is not None and proven
        if project is not None and proven:
            messages = declared.messages
            subject = Subject(project, self.places, self.sources, known.channels, messages)
            prove(subject, self.report, self.memory.pause)
            project = None if self.report.failed else project
        allow(self.report, self.sources, whole=looked)
        ids = tuple(plan.playbook for plan in self.plans)
        tests = tuple(self.tests)
        return Compiled(project, self.report, self.sources, tests, known, ids, self.places)

    def _project(self, declared: _Declared) -> Plans:
        settings, known = declared.settings, declared.known
        return Plans(
            known.vocabulary,
            known.calendar,
            tuple(self.plans),
            declared.templates,
            derived=settings.derived,
            supplied=settings.supplied,
            lifecycles=settings.lifecycles,
            teams=settings.teams,
            calendars=settings.calendars.named,
            limits=known.limits,
            never=known.never,
            channels=known.channels if self._limited(known) else (),
            best_hour=settings.best_hour,
            kpis=settings.kpis,
        )

    def _limited(self, known: Known) -> bool:
        """Tell whether it has to be known by which channel an action goes: asked, or the project's own."""
        own = not set(known.channels) <= set(CHANNELS.items())
        limits = (known.limits, known.never, *(plan.limits for plan in self.plans))
        return own or any(limits)

    # --- files ------------------------------------------------------------------------------------

    def _load(self, path: Path) -> Source | None:
        try:
            shown = path.relative_to(self.root)
            file = str(self.root / shown) if self.root != Path() else str(shown)
        except ValueError:
            file = str(path)
        source = self.files.load(path, file, self.report)
        self.sources[file] = source or Source(file, "")
        return source

    def _read(self, source: Source | None) -> list[Node]:
        """Return the documents of a file that say something; a `---` too many is no mistake."""
        if source is None:
            return []

        def nodes() -> tuple[list[Node], Report]:
            report = Report()
            found = read(source.file, source.text, report)
            return [node for node in found if not empty(node)], report

        found, report = self.memory.once("nodes", source.file, source.text, nodes)
        self.report.include(report)
        return found

    def _files(self, folder: str, *suffixes: str) -> list[Path]:
        """Return the files to read."""
        if self.path.is_dir():
            return self.files.below(self.root / folder, *suffixes)
        return [self.path] if folder == "playbooks" and self.path.suffix in suffixes else []

    def _written(self) -> Iterator[tuple[Source, list[Mapping]]]:
        """Yield each file of playbooks in YAML, with its documents."""
        for path in self._files("playbooks", *_YAML):
            source = self._load(path)
            if source is not None:
                nodes = [mapping_of(node, "a playbook", self.report) for node in self._read(source)]
                yield source, [node for node in nodes if node is not None]

    def _tops(self, source: Source | None, what: str, name: str) -> Iterator[Mapping]:
        """Yield each document of a file that has the keys of such a file."""
        for node in self._read(source):
            top = mapping_of(node, what, self.report)
            if top is not None:
                known_keys(top, what, INSIDE[name], self.report)
                yield top

    # --- declarations -----------------------------------------------------------------------------

    def _declared(
        self, written: list[tuple[Source, list[Mapping]]], kinds: tuple[str, ...]
    ) -> _Declared:
        """Read all that is declared, anew if any of the texts that declare something changed."""
        settings = self._load(self.root / SETTINGS)
        nodes = self.settings = self._read(settings)
        path = self.root / ACTIONS
        actions = self._load(path) if self.files.there(path) else None
        tops = list(self._tops(actions, "`actions.yaml`", ACTIONS))
        inline = [
            (source, document)
            for source, documents in written
            for document in documents
            if document.get("actions") is not None
        ]
        messages = self._messages()
        answers = self._answers(written)
        declaring = [one for one in (settings, actions) if one is not None]
        declaring += [*(source for source, _ in inline), *messages.values()]
        texts = tuple((one.file, one.text) for one in declaring)

        def declare() -> _Declared:
            report = Report()
            found = self._settings(nodes, report)
            known, templates = self._known(found, answers, kinds, messages, report)
            for document in (*reversed(tops), *(top for _, top in inline)):
                given = document.get("actions")
                if given is not None:
                    declare_actions(given, known, report)
            known = read_limits(found.written, known, report)
            return _Declared(found, known, templates, messages, report)

        made_from = (texts, answers, kinds, self.year)
        declared = self.memory.once("declared", str(self.root), made_from, declare)
        self.report.include(declared.report)
        return declared

    def _settings(self, nodes: list[Node], report: Report) -> Settings:
        fallback = self.root.resolve().name
        if nodes:
            return read_settings(nodes[0], fallback, report, year=self.year)
        return Settings(Vocabulary(fallback))

    def _known(
        self,
        settings: Settings,
        answers: tuple[str, ...],
        kinds: tuple[str, ...],
        messages: dict[PurePosixPath, Source],
        report: Report,
    ) -> tuple[Known, dict[str, Template]]:
        templates = read_messages(messages, Scope(settings.vocabulary, answers=answers), report)
        known = Known(
            settings.vocabulary,
            settings.calendars.own,
            (*kinds, *settings.kinds),
            {fold(name): takes for name, takes in settings.kinds.items()},
            templates,
            settings.lifecycles,
            best_hour=settings.best_hour,
            teams=settings.teams,
            answers=answers,
            kpis=tuple(kpi.name for kpi in settings.kpis),
        )
        return known, templates

    def _answers(self, written: list[tuple[Source, list[Mapping]]]) -> tuple[str, ...]:
        """Return the names that playbooks give the answers to their actions."""
        found = dict[str, None]()
        for source, documents in written:

            def names(documents: list[Mapping] = documents) -> tuple[str, ...]:
                return tuple(name for node in documents for name in names_in(node))

            found |= dict.fromkeys(self.memory.once("answers", source.file, source.text, names))
        return tuple(found)

    def _messages(self) -> dict[PurePosixPath, Source]:
        folder = self.root / "templates"
        found: dict[PurePosixPath, Source] = {}
        for path in self.files.below(folder):
            source = self._load(path)
            if source is not None and acceptable(source.file, source.text, self.report):
                found[PurePosixPath(path.relative_to(folder).as_posix())] = source
        return found

    # --- playbooks and tests ----------------------------------------------------------------------

    def _take(self, source: Source, known: Known, make: Callable[[], Part]) -> None:
        """Take what a file says, as it is remembered where neither it nor what it names changed."""
        part = self.memory.once("part", source.file, (source.text, known), make)
        self.report.include(part.report)
        self.tests += part.tests
        self.named += part.named
        for plan, place in part.made:
            self._keep(plan, place)

    def _keep(self, plan: Plan, place: Place) -> None:
        """Keep a plan, unless another playbook has its id."""
        span = place.name
        first = self.ids.setdefault(fold(plan.playbook), span)
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

    def _named(self) -> None:
        """Report playbooks that are started or cancelled and are not there; take their own names."""
        whole = self.path.is_dir()  # Of a single file nobody knows what stands beside it.
        spelt = {fold(plan.playbook): plan.playbook for plan in self.plans}
        self.plans = [aimed(plan, spelt) for plan in self.plans] if self.named else self.plans
        for name in self.named:
            if whole and fold(name.value) not in self.ids:
                word = Word(name.value, name.span, [plan.playbook for plan in self.plans])
                title = f"unknown playbook `{name.value}`"
                self.report.unknown("N130", word, title, "not in this project")

    def _test_files(self) -> None:
        for path in self._files("tests", *_YAML):
            for top in self._tops(self._load(path), "a file of tests", "tests"):
                tests = top.get("tests")
                if tests is not None:
                    self.tests.append(tests)
