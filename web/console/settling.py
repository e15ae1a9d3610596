"""What was given up: dead letters, actions in doubt, parked customers, what was refused at the doors."""

from starlette.responses import Response

from .desk import Desk
from .visits import NotThere, Visit

__all__ = ["dismiss", "forget", "listing", "retry"]

_MOST = 100
_LONGEST = 500
_SAID = {
    "retried": "It will be tried again.",
    "unwritten": "Its text could not be made, so trying again would send half of it: dismiss it, "
    "and mend its template.",
    "over": "It was settled before.",
    "dismissed": "Dismissed, for good.",
    "forgotten": "Deleted.",
    "unparked": "The customer will be looked at again.",
}


def listing(desk: Desk, visit: Visit) -> Response:
    """Show all that waits for a person's word."""
    engine = desk.engine
    return desk.paper.page(
        visit, "given-up.html", dead=engine.given_up("dead", most=_MOST),
        doubtful=engine.given_up("in doubt", most=_MOST), parked=engine.parked(most=_MOST), refused=engine.refused()[:_MOST],
        most=_MOST, said=_SAID.get(visit.asked("done"), ""), zone=desk.zone(),
    )  # fmt: skip


def retry(desk: Desk, visit: Visit) -> Response:
    """Try one action again, or look again at a customer who was parked."""
    key, customer = visit.form.get("key", ""), visit.form.get("customer", "")
    if customer:
        done = desk.engine.retry(customer=customer)
        return visit.go("given-up", done="unparked" if done.customers else "over")
    try:
        done = desk.engine.retry(_named(key), in_doubt=visit.form.get("sure") == "yes")
    except KeyError as trouble:
        raise NotThere(f"This cannot be tried again: {trouble.args[0]}.") from trouble
    if done.actions:
        return visit.go("given-up", done="retried")
    return visit.go("given-up", done="unwritten" if done.unwritten else "over")


def dismiss(desk: Desk, visit: Visit) -> Response:
    """Let one action rest, for good."""
    why = visit.form.get("why", "").strip()[:_LONGEST]
    try:
        done = desk.engine.dismiss(
            _named(visit.form.get("key", "")), by=visit.principal.name, why=why
        )
    except KeyError as trouble:
        raise NotThere(f"This cannot be dismissed: {trouble.args[0]}.") from trouble
    return visit.go("given-up", done="dismissed" if done else "over")


def forget(desk: Desk, visit: Visit) -> Response:
    """Delete one thing that was refused at the doors, as somebody has looked at it."""
    number = visit.form.get("number", "")
    if not (number.isdecimal() and number.isascii() and len(number) < 18):
        raise NotThere("Nothing that was refused was named.")
    try:
        desk.engine.forget_refused(int(number))
    except KeyError:
        return visit.go("given-up", done="over")
    return visit.go("given-up", done="forgotten")


def _named(key: str) -> str:
    """Return the key of one action; without one, everything would be meant."""
    if not key:
        raise NotThere("No action was named.")
    return key
