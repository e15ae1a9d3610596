"""The house keeps its promises: imports walk downstairs, nothing is missing, nothing is heavy."""

import ast
import os
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

HERE = Path(__file__).resolve().parent.parent
ROOMS = ("engine", "dsl", "actions", "playbooks", "cli", "web")
PYPROJECT = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))

DOWNSTAIRS = {
    "engine.core": (),
    "engine": ("engine.core",),  # contract.py, registry.py, render.py and templates.py
    "engine.rehearsal": ("engine", "engine.core"),
    "engine.runtime": ("engine", "engine.core"),
    "dsl": ("engine.core",),
    "dsl.trials": ("dsl", "engine.core", "engine.rehearsal"),
    "actions": ("engine", "engine.core"),
    "playbooks": ("dsl", "engine.core"),
    "cli": (
        "web",
        "playbooks",
        "dsl",
        "dsl.trials",
        "actions",
        "engine",
        *(f"engine.{part}" for part in ("core", "rehearsal", "runtime")),
    ),
    "web": (
        "playbooks",
        "dsl",
        "dsl.trials",
        "actions",
        "engine",
        *(f"engine.{part}" for part in ("core", "rehearsal", "runtime")),
    ),
}
"""Which rooms each room may import besides itself."""

LIBRARIES = {
    "lark": ("dsl",),
    "holidays": ("dsl",),
    "yaml": ("dsl", "actions/recipe_book.py"),
    "jinja2": ("dsl", "engine/templates.py", "engine/template_grammar.py", "web"),
    "markupsafe": ("engine/templates.py", "web/console"),  # comes with Jinja2
    "babel": ("engine/localized.py",),
    "re2": ("dsl", "engine/"),
    "sqlmodel": ("engine/runtime",),
    "sqlalchemy": ("engine/runtime",),
    "apscheduler": ("engine/runtime",),
    "alembic": ("engine/runtime",),
    "pydantic_core": ("engine/runtime/spelling.py",),
    "msgspec": ("web/intake/bodies.py",),
    "pydantic": ("engine/contract.py", "engine/registry.py", "engine/runtime", "actions"),
    "httpcore2": ("actions",),
    "apprise": ("actions/notify.py",),
    "starlette": ("web", "cli/serve.py"),
    "css_inline": ("actions/compose.py",),
    "email_validator": ("actions/compose.py",),
    "uvicorn": ("cli/serve.py",),
    "pytest": ("cli",),
    "pygls": ("cli/editor",),
    "lsprotocol": ("cli/editor",),
}
"""Where each library that is not everybody's may be imported. The core may import none."""

LONG = {
    "engine/core/evaluate.py": "one meaning for each node, and they call each other",
    "engine/core/expr.py": "one node for each construct of the language, read as a list",
}
"""Files of more than 400 lines, and why they stay in one piece."""

HEAVY = (
    "sqlalchemy",
    "sqlmodel",
    "lark",
    "yaml",
    "apscheduler",
    "jinja2",
    "pydantic",
    "re2",
    "holidays",
)


def modules() -> dict[str, Path]:
    """Each module of the rooms by its dotted name below `cuebook`."""
    found = {}
    for room in ROOMS:
        for path in sorted((HERE / room).rglob("*.py")):
            parts = path.relative_to(HERE).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()
PACKAGES = {name for name, path in MODULES.items() if path.name == "__init__.py"}


def room_of(module: str) -> str:
    """`engine.core.expr` stands in `engine.core`; `engine.render` in `engine`."""
    return max((room for room in DOWNSTAIRS if f"{module}.".startswith(f"{room}.")), key=len)


def imports(name: str, *, at_import: bool = False) -> Iterator[str]:
    """Absolute names of what a module imports: own ones below `cuebook`, others as they are.

    With `at_import` only what runs while the module itself is imported.
    """
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    for node in outer(tree) if at_import else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.removeprefix("cuebook.") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = absolute(name, node)
            whole = [f"{base}.{alias.name}".lstrip(".") for alias in node.names]
            inner = [full for full in whole if full in MODULES]
            yield from inner
            if len(inner) < len(whole):
                yield base


def absolute(name: str, node: ast.ImportFrom) -> str:
    """Resolve the dots of `from ..engine.core import expr`."""
    if not node.level:
        return (node.module or "").removeprefix("cuebook.")
    here = name.split(".") if name in PACKAGES else name.split(".")[:-1]
    up = here[: len(here) - node.level + 1]
    return ".".join([*up, *filter(None, [node.module])])


def outer(tree: ast.Module) -> Iterator[ast.stmt]:
    """Statements that run at import: not in functions, not for the type checker alone."""
    waiting: list[ast.stmt] = list(tree.body)
    while waiting:
        node = waiting.pop()
        yield node
        match node:
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                waiting += node.orelse
            case ast.If() | ast.Try() | ast.With() | ast.ClassDef():
                waiting += [
                    part for part in ast.iter_child_nodes(node) if isinstance(part, ast.stmt)
                ]


def fresh(code: str, **environment: str) -> str:
    """Run `code` in a new interpreter that finds the rooms, and return what it prints."""
    env = {**os.environ, "PYTHONPATH": str(HERE / ".typing"), **environment}
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", MODULES)
def test_imports_walk_downstairs(name: str) -> None:
    """A room that knows its guests cannot be used without them."""
    mine = room_of(name)
    for target in imports(name):
        if target.split(".")[0] in ROOMS:
            assert target in MODULES, f"{name} imports {target}, which does not exist"
            theirs = room_of(target)
            assert theirs in (mine, *DOWNSTAIRS[mine]), f"{name} imports {target}"


@pytest.mark.parametrize("name", MODULES)
def test_libraries_stay_in_their_rooms(name: str) -> None:
    """What a room does not import, its guests need not install or wait for."""
    path = MODULES[name].relative_to(HERE).as_posix()
    for target in imports(name):
        library = target.split(".")[0]
        if library in ROOMS or library in sys.stdlib_module_names:
            continue
        assert room_of(name) != "engine.core", f"{name} imports {target}"
        assert path.startswith(LIBRARIES.get(library, ())), f"{name} imports {target}"


def test_one_file_knows_the_scheduler() -> None:
    """Timers live in the customer's state; APScheduler is an alarm clock that can be replaced."""
    users = [
        name
        for name in MODULES
        if any(target.split(".")[0] == "apscheduler" for target in imports(name))
    ]
    assert len(users) <= 1


def test_modules_do_not_import_in_circles() -> None:
    """In a circle, what works depends on who is imported first."""
    graph = {
        name: {target for target in imports(name, at_import=True) if target in MODULES} - {name}
        for name in MODULES
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as trouble:
        pytest.fail(" → ".join(trouble.args[1]))


def test_the_core_loads_nothing_heavy() -> None:
    """Importing the core runs `engine/__init__.py` too, which a static look does not see."""
    core = [f"cuebook.{name}" for name in MODULES if room_of(name) == "engine.core"]
    loaded = fresh(f"import sys, {', '.join(core)}; print(*sys.modules)").split()

    assert not {name.split(".")[0] for name in loaded} & set(HEAVY)


def test_rooms_are_imported_below_cuebook_only() -> None:
    """From the root of the repository `import engine` would load a second copy of everything."""
    ours = [f"cuebook.{name}" for name in MODULES]
    loaded = fresh(f"import sys, {', '.join(ours)}; print(*sys.modules)").split()

    assert not set(ROOMS) & set(loaded)


def test_the_folders_of_the_design_are_there() -> None:
    """People find their way by the same map everywhere."""
    folders = "dsl engine/core engine/runtime engine/rehearsal actions playbooks cli web"
    folders += " examples tests docs benchmarks"
    for folder in folders.split():
        assert (HERE / folder).is_dir(), folder


def test_every_package_is_listed_for_the_wheel() -> None:
    """A forgotten sub-package works in an editable install and is missing from the wheel."""
    folders = {path.parent.relative_to(HERE) for path in MODULES.values()}
    listed = PYPROJECT["tool"]["setuptools"]["packages"]

    assert sorted(listed) == sorted(f"cuebook.{'.'.join(folder.parts)}" for folder in folders)
    assert all((HERE / folder / "__init__.py").is_file() for folder in folders)


def test_every_room_is_typed() -> None:
    """Each room is found by itself, so each carries its own mark for type checkers."""
    assert all((HERE / room / "py.typed").is_file() for room in ROOMS)


def test_the_wheel_holds_every_file_of_the_rooms(tmp_path: Path) -> None:
    """Grammars, starter projects and shelf playbooks are data, which setuptools forgets silently."""
    skip = ignore_patterns("__pycache__", "*.pyc")
    for room in ROOMS:
        copytree(HERE / room, tmp_path / room, ignore=skip)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        (tmp_path / name).write_bytes((HERE / name).read_bytes())
    build = "from setuptools import build_meta; print(build_meta.build_wheel('dist'))"
    done = subprocess.run(
        [sys.executable, "-c", build], check=False, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr

    with zipfile.ZipFile(tmp_path / "dist" / done.stdout.split()[-1]) as wheel:
        packed = {name for name in wheel.namelist() if name.startswith("cuebook/")}
    ours = {
        f"cuebook/{path.relative_to(tmp_path).as_posix()}"
        for room in ROOMS
        for path in (tmp_path / room).rglob("*")
        if path.is_file()
    }
    assert packed == ours


@pytest.mark.parametrize("name", MODULES)
def test_a_module_says_what_it_promises_in_few_lines(name: str) -> None:
    """Who opens a file learns from its first lines whether it is the right one."""
    path = MODULES[name]
    text = path.read_text(encoding="utf-8")
    lines = text.count("\n")
    tree = ast.parse(text)

    assert ast.get_docstring(tree), f"{name} has no docstring"
    assert lines <= 400 or path.relative_to(HERE).as_posix() in LONG, f"{name}: {lines} lines"
    public = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and node in tree.body
        and not node.name.startswith("_")
    ]
    assert all(ast.get_docstring(node) for node in public), (
        f"{name}: a public name has no docstring"
    )
    if path.name not in ("__init__.py", "__main__.py"):
        assert "__all__" in {
            target.id
            for node in tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }, f"{name} has no __all__"


def test_reasons_for_long_files_are_still_needed() -> None:
    """An exception that nobody needs any more invites the next one."""
    for name in LONG:
        assert (HERE / name).read_text(encoding="utf-8").count("\n") > 400, name


def test_the_command_knows_its_version() -> None:
    """The version stands in the code because reading it from the installation costs milliseconds."""
    from cuebook.cli.main import VERSION

    assert PYPROJECT["project"]["version"] == VERSION
