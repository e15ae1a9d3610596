"""Projects that are handed out, looked at once: what compiles, is laid out, is proven, and how far."""

from pathlib import Path

from cuebook.cli.run_tests import Runner
from cuebook.cli.show_coverage import Coverage, covered
from cuebook.cli.show_trials import differences
from cuebook.dsl import compile_project
from cuebook.dsl.diagnostics import Report
from cuebook.dsl.formatting import laid_out
from cuebook.dsl.inputs import Input
from cuebook.dsl.render import full
from cuebook.dsl.trials.read_tests import written_in
from cuebook.engine.core.zone import zone

__all__ = ["faults", "otherwise"]


def faults(project: Path) -> list[str]:
    """Return what is wrong with a project: nothing, or it is not handed out.

    All rules of `check`, the layout of `fmt`, every test, all steps reached, nine legs in ten seen.
    """
    compiled = compile_project(project)
    report = compiled.report
    tests = written_in(compiled, report)
    found = [full([note], compiled.sources) for note in report]
    found += [f"{path}: not as fmt has it" for path in _files(project) if not _laid_out(path)]
    if compiled.project is None or found:
        return found
    runner, there = Runner(compiled, watch=True), zone(compiled.project.vocabulary.timezone)
    outcomes = [runner.outcome(test) for test in tests]
    for one in outcomes:
        if not one.passed:
            found.append("\n".join([f"{one.place}: {one.name}", *differences(one.verdict, there)]))
    steps, legs = covered(Coverage.of(one.verdict for one in outcomes), compiled.project)
    return found if found or (steps == 100 and legs >= 90) else [f"{steps} % steps, {legs} % legs"]


def _files(project: Path) -> list[Path]:
    return sorted(path for ext in ("yaml", "play") for path in project.rglob(f"*.{ext}"))


def _laid_out(path: Path) -> bool:
    text = path.read_text(encoding="utf-8")
    return laid_out(path.name, text, Report()) == text


def otherwise(given: Input, *, more: bool) -> str:
    """Return another value of an input, a third more or less than its default, or another name."""
    text = given.default
    match given.type.kind:
        case "duration":
            number, _, unit = text.partition(" ")
            count = _moved(int(number), more=more)
            return f"{count} {unit.removesuffix('s')}{'s' * (count > 1)}"
        case "number" if "." in text:
            return f"{float(text) * (1.05 if more else 0.95):.2f}"
        case "number":
            return str(_moved(int(text), more=more))
        case _ if text.endswith("%"):
            return "13%" if more else "7%"
        case _ if text.startswith('"'):  # A list of names: the first alone.
            return text.partition(",")[0] if more else f"{text}, {text}"
        case _:
            return f"{text}-{'one' if more else 'two'}"


def _moved(number: int, *, more: bool) -> int:
    step = max(1, number // 3)
    return number + step if more else max(1, number - step)
