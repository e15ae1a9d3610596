"""Pages about customers: found by id, and one with its timeline, what is to come, and why not."""

from starlette.responses import Response

from ...engine.core.plan import Json
from ...engine.explaining import Why
from ...engine.runtime.reading import outcomes
from .desk import Desk
from .timeline import coming, moments
from .visits import NotThere, Visit

__all__ = ["listing", "one"]

_MOST = 50
_MOMENTS = 150
_FOREVER = 2**62


def listing(desk: Desk, visit: Visit) -> Response:
    """Show customers by id, from what was typed on."""
    start = visit.asked("from")
    found = desk.engine.customers(start, most=_MOST + 1)
    following = found[_MOST].id if len(found) > _MOST else ""
    name = "customers-rows.html" if visit.piece else "customers.html"
    return desk.paper.page(
        visit, name, start=start, found=found[:_MOST], following=following, zone=desk.zone()
    )


def one(desk: Desk, visit: Visit) -> Response:
    """Show one customer."""
    customer, before = visit.asked("id"), _instant(visit.asked("before"))
    engine = desk.engine
    why = _why(desk, customer)
    heard = engine.heard(customer, before=before, most=_MOMENTS)
    if why is None and not heard:
        raise NotThere(f"Nothing is known of a customer “{customer}”.")
    zone = why.zone if why is not None else desk.zone()
    now = why.at if why is not None else 0
    sent = engine.sent(customer)
    shown = moments(heard, why, outcomes(sent), before=before, most=_MOMENTS)
    attributes: dict[str, Json] = engine.attributes(customer) if why is not None else {}
    return desk.paper.page(
        visit, "customer.html", customer=customer, why=why, zone=zone, now=now,
        attributes=sorted(attributes.items()), days=shown.days(zone), earlier=shown.earlier,
        coming=coming(heard, why), sent=sent[:_MOST], latest=before == _FOREVER,
        tasks=engine.tasks(customer), trouble=_trouble(desk, customer), kinds=_kinds(desk),
    )  # fmt: skip


def _why(desk: Desk, customer: str) -> Why | None:
    try:
        return desk.engine.why(customer)
    except KeyError:
        return None  # It was heard of, and nothing was decided yet.


def _trouble(desk: Desk, customer: str) -> str:
    """Return why a customer cannot be decided about, if that is so."""
    found = desk.engine.customers(customer, most=1)
    return found[0].trouble if found and found[0].id == customer else ""


def _kinds(desk: Desk) -> dict[str, str]:
    """Return which attributes are instants, which are kept as numbers."""
    force = desk.in_force()
    words = force.project.vocabulary.attributes if force is not None else {}
    return {name: kind.kind for name, kind in words.items()}


def _instant(text: str) -> int:
    """Return what an address says of an instant; any other text means now."""
    digits = text.removeprefix("-")
    return int(text) if digits.isdecimal() and digits.isascii() and len(digits) < 18 else _FOREVER
