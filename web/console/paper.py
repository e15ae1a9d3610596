"""How things are written on pages: templates that escape everything, instants, lengths, JSON."""

import json
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from ...engine.core.instant import iso
from ...engine.core.trace import Source, say_source
from ...engine.core.zone import Zone
from .visits import Visit

__all__ = ["HERE", "Paper", "count", "instant", "value"]

HERE: Final = Path(__file__).parent
_MONTHS: Final = [
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
]
_LONGEST: Final = 2_000


class Paper:
    """Renders pages for one console."""

    def __init__(self) -> None:
        self._environment = _environment()

    def page(self, visit: Visit, name: str, *, status: int = 200, **given: Any) -> HTMLResponse:
        """Return a page, or a piece of one when a template is one."""
        told = {"visit": visit, "to": visit.to, "asset": _asset(visit), **given}
        return HTMLResponse(self._environment.get_template(name).render(told), status)


@cache
def _environment() -> Environment:
    """Return the templates, read once: whoever starts a server waits for that, and no visitor."""
    found = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {"count": count, "instant": instant, "source": source, "value": value}
    for name in found.list_templates():
        found.get_template(name)
    return found


def _asset(visit: Visit) -> Any:
    """Return what makes addresses of files that come along; a changed file has another address."""

    def address(name: str) -> str:
        return visit.to(f"static/{name}", v=_stamp(name))

    return address


@cache
def _stamp(name: str) -> str:
    found = (HERE / "static" / name).stat()
    return f"{found.st_mtime_ns:x}{found.st_size:x}"


def instant(at: int, zone: Zone) -> Markup:
    """Spell an instant as people read it where they are, and exactly for programs."""
    local = iso(at, zone)
    day = f"{int(local[8:10])} {_MONTHS[int(local[5:7]) - 1]} {local[:4]}"
    return Markup(  # noqa: S704 - made of digits and names of ours
        f'<time datetime="{escape(local)}" title="{escape(local)} {escape(zone.name)}">'
        f"{day} {local[11:16]}</time>"
    )


def count(number: int) -> str:
    """Spell a number with its thousands apart."""
    return f"{number:,}"


def value(found: object) -> str:
    """Spell a value as an author would write it; what is very long is cut."""
    text = found if isinstance(found, str) else json.dumps(found, ensure_ascii=False, default=str)
    text = "missing" if found is None else text
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def source(found: Source, zone: Zone) -> str:
    """Spell where a value came from, to the minute."""
    at = found.at
    return say_source(found, "" if at is None else iso(at, zone)[:16].replace("T", " "))
