"""The description of what is served, in OpenAPI 3.1: made of the very operations that serve it."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from ..engine.links import PATHS, Kind
from .intake.asked import Operation

__all__ = ["describe"]

_ERRORS: Final = {
    400: "it cannot be read or taken; a source's is kept, see `cuebook refused`",
    401: "the credentials are not known; which part is wrong is not said",
    413: "it is too large",
    415: "its Content-Type or Content-Encoding is not read",
    503: "the database does not serve us: send it again",
}
_COMPONENTS: Final = {
    "schemas": {
        "Taken": {
            "type": "object",
            "required": ["success"],
            "properties": {
                "success": {"const": True},
                "errors": {
                    "type": "array",
                    "description": "what of it could not be taken; it is kept",
                    "items": {
                        "type": "object",
                        "required": ["index", "reason"],
                        "properties": {"index": {"type": "integer"}, "reason": {"type": "string"}},
                    },
                },
            },
        },
        "Error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
        },
    },
    "securitySchemes": {
        "basic": {
            "type": "http",
            "scheme": "basic",
            "description": "the write key as the user, or source and write key",
        },
        "bearer": {"type": "http", "scheme": "bearer", "description": "the write key"},
    },
}
_HEALTH: Final = {
    "get": {
        "operationId": "health",
        "summary": "whether the database serves us",
        "tags": ["Health"],
        "responses": {
            "200": {"description": "it does"},
            "503": {"description": "it does not"},
        },
    }
}


_PAGE: Final = {"text/html": {"schema": {"type": "string"}}}
_NO_LINK: Final = {"description": "no link of ours, or not all of it", "content": _PAGE}
_LINKS: Final[Mapping[Kind, tuple[str, str, str]]] = {
    "unsubscribe": ("unsubscribe from messages of a purpose", "List-Unsubscribe", "One-Click"),
    "answer": ("answer a survey", "comment", "It was quick"),
}
"""By kind of link: what it is for, and what its form may say."""


def describe(
    operations: Iterable[Operation], version: str, server: str, *, links: bool = False
) -> dict[str, Any]:
    """Return the description of operations that are served at a server's address, and of `links`."""
    paths: dict[str, Any] = {"/health": _HEALTH}
    if links:
        paths |= {f"/{PATHS[kind]}/{{token}}": _link(kind) for kind in _LINKS}
    for one in operations:
        path = re.sub(r":path\}", "}", one.path)
        paths.setdefault(path, {})[one.method.lower()] = _operation(one)
    return {
        "openapi": "3.1.0",
        "info": {"title": "cuebook's intake", "version": version},
        "servers": [{"url": server}],
        "paths": paths,
        "components": _COMPONENTS,
    }


def _operation(one: Operation) -> Mapping[str, Any]:
    content = {
        form.kind: {
            "schema": form.schema,
            "examples": {name: {"value": value} for name, value in form.examples.items()},
        }
        for form in one.forms
    }
    told: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.summary,
        "tags": [one.tag],
        "parameters": list(_parameters(one)),
        "requestBody": {"content": content},
        "responses": {
            "200": _response("it is taken, and will not be lost", "Taken"),
            **{str(status): _response(text, "Error") for status, text in _ERRORS.items()},
        },
    }
    if one.by == "key":
        keys: list[dict[str, list[str]]] = [{"basic": []}, {"bearer": []}]
        told["security"] = [*keys, {}] if one.key_in_body else keys
    return told


def _link(kind: Kind) -> Mapping[str, Any]:
    """Describe a link in a message: a page to look at, and a form that does what it says."""
    what, word, example = _LINKS[kind]
    token = {"name": "token", "in": "path", "required": True, "schema": {"type": "string"}}
    common = {"tags": ["Links"], "parameters": [{**token, "description": "signed, of a message"}]}
    form = {"type": "object", "properties": {word: {"type": "string"}}}
    kinds = {"application/x-www-form-urlencoded": {"schema": form, "example": {word: example}}}
    return {
        "get": {
            **common,
            "operationId": f"{kind}Page",
            "summary": f"a page with a button to {what}; looking changes nothing",
            "responses": {"200": {"description": "the page", "content": _PAGE}, "404": _NO_LINK},
        },
        "post": {
            **common,
            "operationId": kind,
            "summary": what,
            "requestBody": {"content": kinds},
            "responses": {
                "200": {"description": "it is done", "content": _PAGE},
                "404": _NO_LINK,
                "503": {"description": "not now: come again", "content": _PAGE},
            },
        },
    }


def _parameters(one: Operation) -> Iterable[Mapping[str, Any]]:
    for name in re.findall(r"\{(\w+)", one.path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    for name, example in one.headers.items():
        yield {
            "name": name, "in": "header", "required": one.by == "signature",
            "schema": {"type": "string"}, "example": example,
        }  # fmt: skip


def _response(text: str, schema: str) -> Mapping[str, Any]:
    reference = {"$ref": f"#/components/schemas/{schema}"}
    return {"description": text, "content": {"application/json": {"schema": reference}}}
