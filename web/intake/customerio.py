"""Customer.io's Track API: customers and events by path (v1), and entities one by one or in batches (v2)."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, Literal

from ...engine.lines import Record
from ...engine.runtime.reading import STRANGER
from .asked import Asked, Form, Item, Json, Odd, Operation, each, told

__all__ = ["OPERATIONS"]

_AT: Final = 1_772_445_600
_FREE: Final = {"type": "object"}
_EVENT: Final = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "type": {"enum": ["event", "page", "screen"]},
        "data": {"type": ["object", "null"]},
        "id": {"type": "string", "description": "what is sent again is taken once"},
        "timestamp": {"type": "integer", "description": "seconds since 1970 UTC"},
    },
}
_ENTITY: Final = {
    "type": "object",
    "properties": {
        "type": {"enum": ["person", "object"]},
        "action": {"type": "string"},
        "identifiers": {"type": "object"},
        "attributes": {"type": "object"},
    },
}
_NO_MERGE: Final = "a merge joins two customers into one, which cuebook does not do"


def _object(asked: Asked) -> Mapping[str, Json] | None:
    """Return the body as an object, an empty one where there is none."""
    body = {} if asked.body is None else asked.body
    return body if isinstance(body, dict) else None


def _told(asked: Asked, about: Json, **record: object) -> Item:
    shape: Record = {"customer": asked.path.get("customer"), **record}
    return told(asked, shape, about)


def _event(asked: Asked, body: Mapping[str, Json], customer: object) -> Item:
    """Return an event; a page or a screen is an event of that name, its own among the properties."""
    data = body.get("data") or body.get("attributes") or {}
    event, named = body.get("name"), {}
    kind = body.get("type") if "action" not in body else body.get("action")
    if kind in ("page", "screen"):
        event, named = kind, {"name": body.get("name")}
    record: Record = {
        "customer": customer, "at": body.get("timestamp"), "id": body.get("id"), "event": event,
        "properties": {**named, **data} if isinstance(data, dict) else data,
    }  # fmt: skip
    if customer is None and body.get("anonymous_id"):
        return Odd(STRANGER, body, aside=True)
    return told(asked, record, body)


def _identify(asked: Asked) -> Iterator[Item]:
    yield _told(asked, asked.body, set=_object(asked))


def _delete(asked: Asked) -> Iterator[Item]:
    yield _told(asked, asked.body, event="Customer Deleted", properties={})


def _track(asked: Asked) -> Iterator[Item]:
    body = _object(asked)
    if body is None:
        yield Odd("an event is no object", asked.body)
    else:
        yield _event(asked, body, asked.path.get("customer"))


def _device(asked: Asked) -> Iterator[Item]:
    device = (_object(asked) or {}).get("device")
    yield _told(asked, asked.body, event="Device Added", properties=device)


def _no_device(asked: Asked) -> Iterator[Item]:
    gone = {"id": asked.path["device"]}
    yield _told(asked, asked.body, event="Device Removed", properties=gone)


def _suppress(asked: Asked) -> Iterator[Item]:
    yield _told(asked, asked.body, set={"suppressed": True})


def _unsuppress(asked: Asked) -> Iterator[Item]:
    yield _told(asked, asked.body, set={"suppressed": False})


def _merge(asked: Asked) -> Iterator[Item]:
    yield Odd(_NO_MERGE, asked.body)


def _entity(asked: Asked) -> Iterator[Item]:
    yield _one(asked, asked.body)


def _batch(asked: Asked) -> Iterator[Item]:
    many = asked.body.get("batch") if isinstance(asked.body, dict) else None
    if not isinstance(many, list):
        yield Odd("`batch` is no list", asked.body, whole=True)
        return
    yield from each(many, lambda one: (_one(asked, one),))


def _one(asked: Asked, one: Json) -> Item:
    """Return what one entity of v2 tells."""
    if not isinstance(one, dict):
        return Odd("an entity is no object", one)
    ids = one.get("identifiers")
    ids = ids if isinstance(ids, dict) else {}
    match one.get("type"), one.get("action"):
        case "object", "identify":
            record: Record = {"customer": ids.get("object_id"), "set": one.get("attributes", {})}
        case "person", "identify":
            record = {"customer": _person(ids), "set": one.get("attributes", {})}
        case "person", "event" | "page" | "screen":
            return _event(asked, one, _person(ids))
        case "person", "suppress" | "unsuppress" as action:
            record = {"customer": _person(ids), "set": {"suppressed": action == "suppress"}}
        case "person", "add_relationships" | "delete_relationships" as action:
            account = _account(one) if action == "add_relationships" else None
            record = {"customer": _person(ids), "set": {"account": account}}
        case "person", "add_device" | "delete_device" as action:
            event = "Device Added" if action == "add_device" else "Device Removed"
            record = {"customer": _person(ids), "event": event, "properties": one.get("device")}
        case "person", "delete":
            record = {"customer": _person(ids), "event": "Customer Deleted", "properties": {}}
        case "person", "merge":
            return Odd(_NO_MERGE, one)
        case kind, action:
            return Odd(f"`{action!s:.40}` of a `{kind!s:.40}` is not taken in", one)
    return told(asked, record, one)


def _person(ids: Mapping[str, Json]) -> object:
    """Return how a person is named: by id, else by e-mail address."""
    return ids.get("id") or ids.get("email")


def _account(one: Mapping[str, Json]) -> object:
    """Return the first object that a person is said to be related to."""
    match one.get("cio_relationships"):
        case [{"identifiers": {"object_id": name}}, *_]:
            return name
        case _:
            return None


def _made(
    name: str,
    method: Literal["POST", "PUT", "DELETE"],
    path: str,
    summary: str,
    read: Callable[[Asked], Iterator[Item]],
    schema: Mapping[str, Json],
    examples: Mapping[str, Json],
    *,
    batch: bool = False,
) -> Operation:
    form = Form(schema, examples)
    return Operation(
        name, method, f"/api/{path}", summary, read, (form,), tag="Customer.io", batch=batch
    )


_CUSTOMER: Final = "v1/customers/{customer:path}"

OPERATIONS: Final = (
    _made("trackCustomer", "POST", f"{_CUSTOMER}/events", "an event of the customer",
          read=_track, schema=_EVENT,
          examples={"event": {"name": "go-live", "data": {"region": "eu"}, "id": "01HZX-1",
                              "timestamp": _AT}}),
    _made("suppressCustomer", "POST", f"{_CUSTOMER}/suppress", "the attribute `suppressed` is true",
          read=_suppress, schema=_FREE, examples={"nothing": {}}),
    _made("unsuppressCustomer", "POST", f"{_CUSTOMER}/unsuppress",
          "the attribute `suppressed` is false", read=_unsuppress, schema=_FREE,
          examples={"nothing": {}}),
    _made("addDevice", "PUT", f"{_CUSTOMER}/devices", "an event `Device Added`", read=_device,
          schema={"type": "object", "properties": {"device": {"type": "object"}}},
          examples={"device": {"device": {"id": "d1", "platform": "ios"}}}),
    _made("deleteDevice", "DELETE", f"{_CUSTOMER}/devices/{{device}}", "an event `Device Removed`",
          read=_no_device, schema=_FREE, examples={"nothing": {}}),
    _made("identifyCustomer", "PUT", _CUSTOMER, "attributes of the customer", read=_identify,
          schema=_FREE, examples={"attributes": {"plan": "growth", "seats": 12}}),
    _made("deleteCustomer", "DELETE", _CUSTOMER,
          "an event `Customer Deleted`; who is to be erased is erased with `cuebook erase`",
          read=_delete, schema=_FREE, examples={"nothing": {}}),
    _made("trackAnonymous", "POST", "v1/events",
          "nobody knows who that is: it is kept apart, and told among `errors`", read=_track, schema=_EVENT,
          examples={"anonymous": {"name": "visit", "anonymous_id": "x1", "data": {}}}),
    _made("mergeCustomers", "POST", "v1/merge_customers",
          "two customers cannot become one: it is kept among what was refused", read=_merge,
          schema=_FREE, examples={"merge": {"primary": {"id": "ada"}, "secondary": {"id": "a2"}}}),
    _made("entity", "POST", "v2/entity", "one change or event of a person or an object",
          read=_entity, schema=_ENTITY,
          examples={"person": {"type": "person", "action": "identify", "identifiers": {"id": "ada"},
                               "attributes": {"plan": "growth"}}}),
    _made("entities", "POST", "v2/batch", "many of them", read=_batch, batch=True,
          schema={"type": "object", "required": ["batch"],
                  "properties": {"batch": {"type": "array", "items": _ENTITY}}},
          examples={"batch": {"batch": [
              {"type": "person", "action": "event", "identifiers": {"id": "ada"},
               "name": "go-live", "attributes": {"region": "eu"}}]}}),
)  # fmt: skip
"""What Customer.io's libraries call."""
