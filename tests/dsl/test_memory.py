"""What an editor does to the compiler: texts that nobody saved, and the same project many times."""

import random
from pathlib import Path
from shutil import copytree

import pytest

from cuebook.dsl import Compiled, compile_project
from cuebook.dsl.memory import Memory
from cuebook.dsl.sources import Files

ROOT = Path(__file__).parents[2]
LIFECYCLE = ROOT / "examples" / "lifecycle"


def told(compiled: Compiled) -> tuple[object, ...]:
    """All that anybody sees of a compiled project."""
    return (
        list(compiled.report),
        sorted(set(compiled.report.mentions), key=lambda one: (one.span, one.what, one.name)),
        compiled.project,
        compiled.playbooks,
        [node.span for node in compiled.tests],
        {file: source.text for file, source in compiled.sources.items()},
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return Path(copytree(LIFECYCLE, tmp_path / "acme"))


def test_an_open_text_stands_in_place_of_its_file(project: Path) -> None:
    """An editor checks what is typed, not what was saved."""
    files = Files()
    path = next((project / "playbooks").glob("*.yaml"))
    files.open[path] = (
        "playbook: half\non: nonsense\nsteps: [{do: create-task, with: {title: Call}}]\n"
    )

    found = compile_project(project, files=files, year=2026)

    assert [note.code for note in found.report if note.span.file == str(path)] == ["N104"]
    assert compile_project(project, year=2026).project is not None


def test_a_file_that_nobody_saved_belongs_to_the_project(project: Path) -> None:
    """A new playbook is checked from its first letter on."""
    files = Files()
    files.open[project / "playbooks" / "new.play"] = "new: manual -> create-task\n"

    found = compile_project(project, files=files, year=2026)

    assert "new" in found.playbooks


def mangled(text: str, chance: random.Random) -> str:
    """Break a text as typing breaks it."""
    at = chance.randrange(len(text) + 1)
    match chance.randrange(3):
        case 0:
            return text[:at]
        case 1:
            return text[:at] + text[at + chance.randrange(1, 8) :]
        case _:
            return text[:at] + chance.choice(["x", "\n", ": ", '"', "- ", "{"]) + text[at:]


@pytest.mark.parametrize("seed", range(4))
def test_with_a_memory_all_is_as_without(seed: int, project: Path) -> None:
    """What is kept of the last time is never seen in what is said now."""
    chance = random.Random(seed)  # noqa: S311 - nobody guesses at tests
    files, memory = Files(), Memory()
    paths = [path for path in sorted(project.rglob("*")) if path.suffix in (".yaml", ".play")]
    for _ in range(12):
        path = chance.choice(paths)
        text = path.read_text(encoding="utf-8")
        files.open = {path: mangled(text, chance)} if chance.random() < 0.8 else {}

        again = compile_project(project, files=files, memory=memory, year=2026)

        assert told(again) == told(compile_project(project, files=files, year=2026))


def test_only_what_changed_is_read_again(project: Path) -> None:
    """A keystroke costs what it touches, not what the project holds."""
    made = list[int]()
    files, memory = Files(), Memory(lambda: made.append(1))
    path = next((project / "playbooks").glob("*.yaml"))
    compile_project(project, files=files, memory=memory, proven=False, year=2026)
    first = len(made)

    made.clear()
    compile_project(project, files=files, memory=memory, proven=False, year=2026)
    again = len(made)
    files.open[path] = path.read_text(encoding="utf-8") + "# one more line\n"
    compile_project(project, files=files, memory=memory, proven=False, year=2026)
    changed = len(made)

    assert (again, changed) == (0, 3)  # Its nodes, its names of answers, its playbooks.
    assert first > changed


def test_what_is_stopped_leaves_the_memory_whole(project: Path) -> None:
    """Newer text ends a check in the middle; the next one must not build on half of it."""
    left = [3]

    def pause() -> None:
        left[0] -= 1
        if left[0] == 0:
            raise InterruptedError

    memory = Memory(pause)
    with pytest.raises(InterruptedError):
        compile_project(project, memory=memory, year=2026)

    after = compile_project(project, memory=memory, year=2026)

    assert told(after) == told(compile_project(project, year=2026))
