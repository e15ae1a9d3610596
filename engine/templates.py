"""Templates into texts, and nothing else: with `template_grammar.py` all that knows Jinja2.

What an author may write is a small, total part of it: no calls, no attributes of Python objects,
no powers, and a budget for loops and texts that is counted rather than timed, so that a hostile
template ends the same way on every machine.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final, NamedTuple

from jinja2 import StrictUndefined, Template, TemplateError, Undefined, UndefinedError, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import pass_context
from markupsafe import escape

from .core.wording import LONGEST, NAMES, TESTS
from .filters import FILTERS, TEXT_MAX, WITH_LOCALE, shown
from .template_grammar import Allowed, Counting, unknown
from .values import Values

__all__ = ["LOCALE", "TROUBLE", "check_template", "names_in", "reads_in", "render_text", "sentence"]

LOCALE: Final = "_locale"
"""The name, which no template can mention, of the customer's locale among the values."""
WORK_MAX: Final = 200_000
"""Parts of a template looked at in one rendering, each turn of a loop counted anew."""

TROUBLE: Final = (
    TemplateError,
    ArithmeticError,
    LookupError,
    TypeError,
    ValueError,
    RecursionError,
)
"""What may come of a template that is wrong, or that asks for what is not there."""


def render_text(text: str, names: Mapping[str, object], *, html: bool = False) -> str:
    """Return `text` with its templates filled in from plain values, which in HTML are texts too.

    Raises TemplateError, ValueError, TypeError, LookupError or ArithmeticError: what is wrong with
    the template or the values, or that it asked for too much.
    """
    if "{" not in text:
        return text
    ready = _ready(text, html=html)
    filled = _filled(ready.parts, names, html=html) if ready.parts else None
    if filled is not None:
        return filled
    values = {**names, "_budget": _Budget(WORK_MAX)}
    for name in ready.strangers:
        if name not in names:
            raise SecurityError(unknown(name))
    parts: list[str] = []
    length = 0
    for part in ready.template.root_render_func(Context(_SANDBOXES[html], values, None, {})):
        length += len(part)
        if length > TEXT_MAX:
            raise ValueError(f"a text of more than {TEXT_MAX:,} characters")
        parts.append(part)
    return "".join(parts)


def check_template(text: str) -> str:
    """Return what is wrong with a template before any customer is known; empty when nothing is."""
    try:
        _ready(text, html=False)
    except TROUBLE as trouble:
        return sentence(trouble)
    return ""


def names_in(text: str) -> frozenset[str]:
    """Return the names that the templates in a text mention; none where it cannot be compiled."""
    found = _compiled(text, html=False) if "{" in text else None
    return found.names | found.strangers if isinstance(found, _Ready) else frozenset()


def reads_in(text: str) -> tuple[frozenset[tuple[str, ...]], frozenset[str]]:
    """Return the paths that the templates in a text read, and the texts written out in them.

    A name alone is a path too: then anything below it may be read.

    >>> paths, texts = reads_in('{% if customer.plan == "pro" %}{{ event.id }}{% endif %}')
    >>> sorted(paths), sorted(texts)
    ([('customer', 'plan'), ('event', 'id')], ['pro'])
    """
    paths, texts = set[tuple[str, ...]](), set[str]()
    if "{" in text and isinstance(_compiled(text, html=False), _Ready):
        waiting: list[nodes.Node] = [_SANDBOXES[False].parse(text)]
        while waiting:
            node = waiting.pop()
            path = _path(node)
            if path is not None:
                paths.add(path)
                continue
            if isinstance(node, nodes.Const) and isinstance(node.value, str):
                texts.add(node.value)
            waiting += node.iter_child_nodes()
    return frozenset(paths), frozenset(texts)


def sentence(trouble: BaseException) -> str:
    """Return what went wrong, in words for the journal."""
    if isinstance(trouble, RecursionError):
        return "nested too deep"
    return str(trouble).rstrip(".") or type(trouble).__name__


# --- the sandbox --------------------------------------------------------------------------------


@dataclass(slots=True)
class _Budget:
    left: int

    def spend(self, amount: int) -> None:
        self.left -= amount
        if self.left < 0:
            raise ValueError("too much work for one template: fewer or shorter loops are needed")


class _Sandbox(ImmutableSandboxedEnvironment):
    """Looks up values in plain data, and nowhere else."""

    intercepted_binops = frozenset(["+", "-", "*", "/", "//", "%"])

    def getattr(self, obj: Any, attribute: str) -> Any:
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        match obj, argument:
            case Values(), str():  # First, for it is what nearly every template asks for.
                value = obj.get(argument)
            case Undefined(), _:
                return obj
            case dict(), str():
                value = Values("", obj, {}, "").get(argument)
            case ((list() | str()), int()):
                value = obj[argument] if -len(obj) <= argument < len(obj) else None
            case ((date() | LoopContext()), str()) if argument in _PARTS:
                value = getattr(obj, argument, None)
            case _:
                value = None
        if value is not None:
            return value
        owner = f"{obj.called}." if isinstance(obj, Values) else ""
        return self.undefined(f"`{owner}{argument}` is missing")

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            return _joined(context, (left, right))
        for side in (left, right):
            if isinstance(side, Undefined):
                str(side)  # Says what is missing.
            if not isinstance(side, int | float) or abs(side) > 1e15:
                raise TypeError(f"`{operator}` is for numbers; texts are joined with `~`")
        return super().call_binop(context, operator, left, right)


_PARTS: Final = frozenset(
    [
        "year",
        "month",
        "day",
        "hour",
        "minute",
        "second",
        "index",
        "index0",
        "revindex",
        "first",
        "last",
        "length",
    ]
)


def _final(value: object) -> object:
    if value is None:
        raise UndefinedError("a value is missing")
    return value if isinstance(value, Undefined) else shown(value)


def _guarded(function: Callable[..., object], *, local: bool = False) -> Callable[..., object]:
    @pass_context
    def guarded(context: Context, value: object, *args: object, **named: object) -> object:
        for given in (value, *args, *named.values()):
            if isinstance(given, Undefined):
                str(given)  # Says what is missing.
        if any(isinstance(given, int) and abs(given) > TEXT_MAX for given in args):
            raise ValueError("a number that large has no place after a filter")
        if local:
            named.setdefault("locale", context.parent.get(LOCALE, ""))
        result = function(value, *args, **named)
        _spend(context, 1 + (len(result) >> 4 if isinstance(result, str | list) else 0))
        return result

    return guarded


def _default(value: object, otherwise: object = "", empty: object = False) -> object:  # noqa: FBT002 - as in Jinja2
    """Return `otherwise` for a missing value, and with `empty` for an empty text or list too."""
    missing = value is None or isinstance(value, Undefined)
    return otherwise if missing or (empty and not value) else value


@pass_context
def _joined(context: Context, values: Iterable[object]) -> str:
    texts = [str(_final(value)) for value in values]
    length = sum(map(len, texts))
    if length > TEXT_MAX:
        raise ValueError(f"a text of more than {TEXT_MAX:,} characters")
    _spend(context, 1 + (length >> 4))
    return "".join(texts)


@pass_context
def _each(context: Context, values: object, cost: int) -> Iterator[object]:
    if isinstance(values, Undefined):
        str(values)  # Says what is missing.
    if not isinstance(values, list):
        raise TypeError("`for` walks through a list")
    for value in values:
        _spend(context, cost)
        yield value


def _spend(context: Context, amount: int) -> None:
    budget = context.parent["_budget"]
    budget.spend(amount)


def _sandbox(*, html: bool) -> _Sandbox:
    sandbox = _Sandbox(
        autoescape=html, undefined=StrictUndefined, finalize=_final, keep_trailing_newline=True
    )
    sandbox.filters = {
        name: _guarded(function, local=name in WITH_LOCALE) for name, function in FILTERS.items()
    }
    sandbox.filters |= {"default": _default, "_each": _each, "_joined": _joined}
    if html:  # What was escaped by its author is not escaped again.
        sandbox.filters["escape"] = _guarded(lambda value: escape(shown(value)))
    sandbox.tests = {name: sandbox.tests[name] for name in TESTS}
    sandbox.globals = {}
    return sandbox


_SANDBOXES: Final = {html: _sandbox(html=html) for html in (False, True)}
"""By whether what they fill in is escaped."""


_Part = str | tuple[str, ...]
"""A piece of text, or the path to a value."""


class _Ready(NamedTuple):
    """A template that was compiled, and which names it mentions: of `NAMES`, and others."""

    template: Template
    names: frozenset[str]
    strangers: frozenset[str]
    parts: tuple[_Part, ...]
    """All of it, when it is nothing but text and values by their names."""


def _ready(text: str, *, html: bool) -> _Ready:
    compiled = _compiled(text, html=html)
    if isinstance(compiled, Exception):
        raise compiled
    return compiled


@lru_cache(maxsize=2_000)
def _compiled(text: str, *, html: bool) -> _Ready | Exception:
    # A template that cannot be compiled is remembered too: it is asked for again and again.
    try:
        return _compile(text, _SANDBOXES[html])
    except SyntaxError:  # Python's own limit on blocks within blocks.
        return ValueError("nested too deep")
    except TROUBLE as trouble:
        return trouble.with_traceback(None)


def _compile(text: str, sandbox: _Sandbox) -> _Ready:
    if len(text) > LONGEST:
        raise ValueError(f"a template of more than {LONGEST:,} characters")
    tree = sandbox.parse(text)
    allowed = Allowed(tree)
    allowed.check()
    names = frozenset(name.name for name in tree.find_all(nodes.Name)) & frozenset(NAMES)
    parts = _parts(tree)
    tree = Counting().visit(tree)
    tree.set_environment(sandbox)
    return _Ready(
        Template.from_code(sandbox, sandbox.compile(tree), {}),
        names,
        frozenset(allowed.strangers),
        parts,
    )


def _parts(tree: nodes.Template) -> tuple[_Part, ...]:
    """Return a template as text and paths to values; nothing when there is more to it."""
    found: list[_Part] = []
    for output in tree.body:
        for node in output.nodes if isinstance(output, nodes.Output) else [output]:
            part = node.data if isinstance(node, nodes.TemplateData) else _path(node)
            if part is None:
                return ()
            found.append(part)
    return tuple(found)


def _path(node: nodes.Node) -> tuple[str, ...] | None:
    match node:
        case nodes.Name(name=name):
            return (name,)
        case nodes.Getattr(node=owner, attr=name):
            path = _path(owner)
            return None if path is None else (*path, name)
        case _:
            return None


def _filled(parts: Iterable[_Part], names: Mapping[str, object], *, html: bool) -> str | None:
    """Return the text of a template's parts in half the time; None when a value is missing."""
    texts: list[str] = []
    for part in parts:
        if isinstance(part, str):
            texts.append(part)
            continue
        value = names.get(part[0])
        for name in part[1:]:
            value = (
                value.get(name) if type(value) is Values else _SANDBOXES[html].getitem(value, name)
            )
        if value is None or isinstance(value, Undefined):
            return None
        said = value if type(value) is str else shown(value)
        texts.append(str(escape(said)) if html else said)
    text = "".join(texts)
    if len(text) > TEXT_MAX:
        raise ValueError(f"a text of more than {TEXT_MAX:,} characters")
    return text
