"""Small stand-ins for the systems that recipes call: they take what is documented, refuse the rest, and remember.

Each was written from the vendor's public reference: paths, methods, how one is known, which fields a body
may have and of which form, what is answered for something new, for what is there, and for what is wrong.
"""

import base64
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from jsonschema import Draft202012Validator

__all__ = ["TOKEN", "VENDORS", "Vendor", "open_for_business"]

TOKEN: Final = "ada@acme.example:t0ken"  # noqa: S105 - of nobody
Reply = tuple[int, Any]
TEXT: Final = {"type": "string"}
DATE: Final = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"}
INSTANT: Final = {
    "type": "string",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(\.\d+)?Z$|^\d{13}$",
}


def closed(required: str, **fields: Any) -> dict[str, Any]:
    """Return the schema of an object with these fields and no other."""
    return {
        "type": "object", "properties": fields, "required": required.split(), "additionalProperties": False,
    }  # fmt: skip


@dataclass(slots=True)
class Asked:
    """One request, taken apart."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any


@dataclass(slots=True)
class Vendor:
    """One system."""

    name: str
    words: Mapping[str, Any]
    """What a recipe is given besides where it is."""
    scheme: str
    """How one is known: `Bearer` or `Basic`."""
    answers: Callable[["Vendor", Asked], Reply]
    refused: Callable[[str], Any]
    """Return an error in the vendor's form."""
    made: dict[str, Any] = field(default_factory=dict)
    """What was made, by what it is known by."""
    asked: list[Asked] = field(default_factory=list)
    busy: bool = False

    def reply(self, asked: Asked) -> Reply:
        """Answer one request."""
        self.asked.append(asked)
        word = base64.b64encode(TOKEN.encode()).decode() if self.scheme == "Basic" else TOKEN
        if asked.headers.get("authorization") != f"{self.scheme} {word}":
            return 401, self.refused("who are you?")
        if self.busy:
            return 429, self.refused("slow down")
        if asked.body is not None and asked.headers["content-type"] != "application/json":
            return 415, self.refused("send JSON")
        return self.answers(self, asked)

    def wrong(self, body: Any, schema: Mapping[str, Any]) -> str:
        """Return what is wrong with a body, or nothing."""
        found = next(Draft202012Validator(schema).iter_errors(body), None)
        return "" if found is None else f"{found.json_path}: {found.message}"


_ASANA = closed(
    "data",
    data=closed(
        "name projects",
        name=TEXT, notes=TEXT, assignee=TEXT, due_on=DATE, external=closed("gid", gid=TEXT),
        projects={"type": "array", "items": {"type": "string", "pattern": r"^\d+$"}, "minItems": 1},
    ),
)  # fmt: skip


def _asana(it: Vendor, asked: Asked) -> Reply:
    found = re.fullmatch(r"/api/1\.0/tasks(?:/external:(.+))?", asked.path)
    if found is None or set(asked.query) != {"opt_fields"}:
        return 404, it.refused("no route")
    if asked.method == "GET":
        there = it.made.get(found[1] or "")
        return (200, {"data": there}) if there else (404, it.refused("task: Unknown object"))
    trouble = it.wrong(asked.body, _ASANA)
    if trouble:
        return 400, it.refused(trouble)
    gid = str(1_200_000 + len(it.made))
    task = {"gid": gid, "permalink_url": f"https://app.asana.com/0/0/{gid}"}
    it.made[asked.body["data"]["external"]["gid"]] = task
    return 201, {"data": task}


_JIRA = closed(
    "fields",
    fields=closed(
        "project issuetype summary",
        project=closed("key", key={"type": "string", "pattern": "^[A-Z][A-Z0-9_]+$"}),
        issuetype=closed("name", name=TEXT),
        summary={"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[^\n]+$"},
        labels={"type": "array", "items": {"type": "string", "pattern": r"^\S{1,255}$"}},
        description=closed(
            "type version content",
            type={"const": "doc"}, version={"const": 1},
            content={"type": "array", "items": closed(
                "type",
                type={"const": "paragraph"},
                content={"type": "array", "items": closed(
                    "type text", type={"const": "text"}, text={"type": "string", "minLength": 1},
                )},
            )},
        ),
    ),
)  # fmt: skip


def _jira(it: Vendor, asked: Asked) -> Reply:
    if (asked.method, asked.path) == ("GET", "/rest/api/3/search/jql"):
        label = re.fullmatch(r'labels = "(\S+)"', asked.query.get("jql", ""))
        if label is None or asked.query.keys() - {"jql", "fields", "maxResults"}:
            return 400, it.refused("unbounded or unknown JQL")
        found = [it.made[label[1]]] if label[1] in it.made else []
        return 200, {"issues": found, "isLast": True}
    if (asked.method, asked.path) != ("POST", "/rest/api/3/issue"):
        return 404, it.refused("no route")
    trouble = it.wrong(asked.body, _JIRA)
    if trouble:
        return 400, it.refused(trouble)
    number = 10_000 + len(it.made)
    issue = {"id": str(number), "key": f"CS-{number}"}
    it.made[asked.body["fields"]["labels"][0]] = issue
    return 201, {**issue, "self": f"https://acme.atlassian.net/rest/api/3/issue/{number}"}


_HUBSPOT = closed(
    "inputs",
    inputs={"type": "array", "minItems": 1, "maxItems": 100, "items": closed(
        "id idProperty properties",
        id=TEXT, idProperty={"const": "cuebook_key"},
        properties=closed(
            "hs_timestamp",
            cuebook_key=TEXT, hs_task_subject=TEXT, hs_task_body=TEXT,
            hs_task_status={"enum": ["NOT_STARTED", "IN_PROGRESS", "WAITING", "COMPLETED", "DEFERRED"]},
            hs_task_type={"enum": ["EMAIL", "CALL", "TODO"]},
            hs_task_priority={"enum": ["LOW", "MEDIUM", "HIGH"]},
            hs_timestamp=INSTANT, hubspot_owner_id={"type": "string", "pattern": r"^\d+$"},
        ),
    )},
)  # fmt: skip


def _hubspot(it: Vendor, asked: Asked) -> Reply:
    if (asked.method, asked.path) != ("POST", "/crm/v3/objects/tasks/batch/upsert"):
        return 404, it.refused("no route")
    trouble = it.wrong(asked.body, _HUBSPOT)
    if trouble:  # Of a batch, what is wrong with one is told beside the others.
        error = {"status": "error", "category": "VALIDATION_ERROR", "message": trouble}
        return 207, {"status": "COMPLETE", "results": [], "numErrors": 1, "errors": [error]}
    [put] = asked.body["inputs"]
    new = put["id"] not in it.made
    task = it.made.setdefault(put["id"], {"id": str(51_000 + len(it.made))})
    return 200, {
        "status": "COMPLETE",
        "results": [{**task, "new": new, "properties": put["properties"]}],
    }


_SALESFORCE = closed(
    "Subject",
    Subject={"type": "string", "maxLength": 255},
    Description={"type": "string", "maxLength": 32_000},
    WhatId={"type": "string", "pattern": "^[A-Za-z0-9]{15}([A-Za-z0-9]{3})?$"},
    OwnerId={"type": "string", "pattern": "^[A-Za-z0-9]{15}([A-Za-z0-9]{3})?$"},
    ActivityDate=DATE, Priority={"enum": ["High", "Normal", "Low"]}, Status=TEXT,
)  # fmt: skip


def _salesforce(it: Vendor, asked: Asked) -> Reply:
    found = re.fullmatch(
        r"/services/data/v\d\d\.0/sobjects/Task/Cuebook_Key__c/([0-9a-f]{1,255})", asked.path
    )
    if asked.method != "PATCH" or found is None:
        return 404, it.refused("the requested resource does not exist")
    trouble = it.wrong(asked.body, _SALESFORCE)
    if trouble:
        return 400, it.refused(trouble)
    created = found[1] not in it.made
    task = it.made.setdefault(found[1], {"id": f"00T5g0000{len(it.made):06}AAA"})
    return (201 if created else 200), {**task, "success": True, "errors": [], "created": created}


_ZENDESK = closed(
    "ticket",
    ticket=closed(
        "comment",
        subject=TEXT, external_id=TEXT,
        comment=closed("body", body={"type": "string", "minLength": 1}),
        priority={"enum": ["urgent", "high", "normal", "low"]},
        requester=closed("email", email=TEXT, name=TEXT),
    ),
)  # fmt: skip


def _zendesk(it: Vendor, asked: Asked) -> Reply:
    if asked.path != "/api/v2/tickets.json":
        return 404, it.refused("InvalidEndpoint")
    if asked.method == "GET":
        there = it.made.get(asked.query.get("external_id", ""))
        return 200, {"tickets": [there] if there else [], "count": int(there is not None)}
    trouble = it.wrong(asked.body, _ZENDESK)
    if trouble or not asked.headers.get("idempotency-key"):
        return 422, it.refused(trouble or "no key")
    ticket = {"id": 35_000 + len(it.made), "external_id": asked.body["ticket"]["external_id"]}
    it.made[ticket["external_id"]] = ticket
    return 201, {"ticket": ticket}


_GITHUB = closed(
    "title", title=TEXT, body=TEXT, labels={"type": "array", "items": TEXT}
)  # fmt: skip


def _github(it: Vendor, asked: Asked) -> Reply:
    if (
        asked.headers.get("accept") != "application/vnd.github+json"
        or "user-agent" not in asked.headers
    ):
        return 403, it.refused("name yourself")
    if (asked.method, asked.path) == ("GET", "/search/issues"):
        mark = re.fullmatch(r"repo:acme/shop (cuebook-\w+) in:body", asked.query["q"])
        there = it.made.get(mark[1]) if mark is not None else None
        return 200, {"total_count": int(there is not None), "items": [there] if there else []}
    if (asked.method, asked.path) != ("POST", "/repos/acme/shop/issues"):
        return 404, it.refused("Not Found")
    trouble = it.wrong(asked.body, _GITHUB)
    if trouble:
        return 422, it.refused(trouble)
    number = len(it.made) + 1
    issue = {"number": number, "html_url": f"https://github.com/acme/shop/issues/{number}"}
    it.made[re.findall(r"cuebook-\w+", asked.body["body"])[-1]] = issue
    return 201, issue


def _errors(said: str) -> Any:
    return {"errors": [{"message": said}]}


def _message(said: str) -> Any:
    return {"status": "error", "message": said}


VENDORS: Final[Mapping[str, Callable[[], Vendor]]] = {
    "asana-task": lambda: Vendor(
        "ASANA", {"project": "77", "title": "Call", "due": "2026-12-24", "assignee": "ann@acme.example"},
        "Bearer", _asana, _errors,
    ),
    "github-issue": lambda: Vendor(
        "GITHUB", {"owner": "acme", "repository": "shop", "title": "Call", "labels": ["cs"]},
        "Bearer", _github, _message,
    ),
    "hubspot-task": lambda: Vendor(
        "HUBSPOT", {"title": "Call", "due": "2026-12-24T12:00:00Z", "owner": "7"}, "Bearer", _hubspot, _message,
    ),
    "jira-issue": lambda: Vendor(
        "JIRA", {"project": "CS", "title": "Call"}, "Basic", _jira,
        lambda said: {"errorMessages": [said], "errors": {}},
    ),
    "salesforce-task": lambda: Vendor(
        "SALESFORCE", {"title": "Call", "about": "0015g00000XyZ12AAB", "due": "2026-12-24"}, "Bearer", _salesforce,
        lambda said: [{"message": said, "errorCode": "INVALID"}],
    ),
    "zendesk-ticket": lambda: Vendor(
        "ZENDESK", {"title": "Help", "text": "It rains in", "requester": "ada@acme.example", "name": "Ada"},
        "Basic", _zendesk, lambda said: {"error": "RecordInvalid", "description": said},
    ),
}  # fmt: skip
"""By the recipe that calls it, each open for the first time."""


@contextmanager
def open_for_business(vendor: Vendor) -> Iterator[str]:
    """Let a system listen on a port of this machine; yield where."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.vendor = vendor  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _take(self) -> None:
        vendor: Vendor = self.server.vendor  # type: ignore[attr-defined]
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        query = {
            name: one
            for name, [one] in parse_qs(parts.query, strict_parsing=bool(parts.query)).items()
        }
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(
            self.command, unquote(parts.path), query, headers, json.loads(raw) if raw else None
        )
        status, answer = vendor.reply(asked)
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        if status == 429:
            self.send_header("Retry-After", "30")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = _take  # noqa: N815 - as the library asks

    def log_message(self, *_: Any) -> None:
        """Say nothing."""
