"""Matchers for `matches`, with the linear-time library the core is not allowed to know."""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from .core import expr as E
from .core.compile import Compiler
from .core.expressions import expressions, project_expressions
from .core.limits import Words
from .core.plan import Ask, Do, Plan, Project, limits_of
from .core.program import Program
from .core.reads import nodes

__all__ = ["Matcher", "awaits", "matchers", "program"]


class Matcher(Protocol):
    """Something that can look for its pattern in a text, in time linear in the text."""

    def search(self, text: str, /) -> object:
        """Return None when the pattern is nowhere in `text`."""


def program(
    project: Project,
    *,
    reasons: bool = True,
    older: Iterable[Plan] = (),
    remember: Iterable[E.Expr | E.Pairs] = (),
    compiler: Callable[..., Compiler] = Compiler,
) -> Program:
    """Return a project ready to decide, with matchers for its patterns; see `Program`."""
    older, remember = tuple(older), tuple(remember)
    found = matchers((*project_expressions(project), *expressions(older), *remember))
    return Program(
        project,
        found,
        reasons=reasons,
        older=older,
        remember=remember,
        words=_words(project, older),
        compiler=compiler,
    )


def _words(project: Project, older: Iterable[Plan]) -> Words | None:
    """Return what renders an action's words, None in a project where nobody looks at them.

    Limits do, and runs that wait for an answer: they are not to wait for what cannot be said.
    """
    plans = (*project.plans, *older)
    if not project.never and not any(limits_of(project)) and not awaits(plans):
        return None
    from .render import Renderer  # noqa: PLC0415 - loaded only by projects with limits

    return Renderer(project).words


def awaits(plans: Iterable[Plan]) -> bool:
    """Return whether a run of one of these plans may wait for an answer."""
    return any(
        bool(step.body.answer) if isinstance(step.body, Do) else isinstance(step.body, Ask)
        for plan in plans
        for step in plan.steps
    )


def matchers(conditions: Iterable[E.Expr | E.Pairs]) -> Mapping[tuple[str, bool], Matcher]:
    """Return a matcher for every pattern in the conditions, by pattern and `ignoring case`."""
    found = {
        (node.pattern, node.folded)
        for condition in conditions
        for node in nodes(condition)
        if isinstance(node, E.Matches)
    }
    return {(pattern, folded): _compile(pattern, folded=folded) for pattern, folded in found}


def _compile(pattern: str, *, folded: bool) -> Matcher:
    import re2  # noqa: PLC0415 - loaded only by projects that use `matches`

    options = re2.Options()
    options.case_sensitive = not folded
    options.log_errors = False
    return _Tolerant(re2.compile(pattern, options))


class _Tolerant:
    """A pattern of re2 for any text that Python knows."""

    __slots__ = ("_search",)

    def __init__(self, pattern: Matcher) -> None:
        self._search = pattern.search

    def search(self, text: str, /) -> object:
        """Return None when the pattern is nowhere in `text`."""
        try:
            return self._search(text)
        except (
            UnicodeEncodeError
        ):  # Half of a surrogate pair, which is no Unicode, counts as U+FFFD.
            return self._search(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
