"""The OpenAPI document of the REST API, made from the table of routes and the dataclasses.

``make docs`` writes it to ``labextension/openapi.json``, from which the front end's types are made.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import textwrap
from collections.abc import Iterable
from dataclasses import is_dataclass
from typing import Any

import msgspec

from jupyter_mlpipe._version import __version__
from jupyter_mlpipe.server import shapes
from jupyter_mlpipe.server.routes import API_ROOT, ROUTES, Route
from jupyter_mlpipe.server.shapes.errors import ErrorReply

_REFERENCE = "#/components/schemas/{name}"


def document() -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    types = list(dict.fromkeys(kind for route in ROUTES for kind in _types(route)))
    found, components = msgspec.json.schema_components([*types, ErrorReply], ref_template=_REFERENCE)
    schemas = dict(zip([*types, ErrorReply], found, strict=True))
    sent = _reached([route.body for route in ROUTES if route.body], schemas, components)
    for name, schema in components.items():
        _describe(schema, _class_of(name))
        if name not in sent and "properties" in schema:
            schema["required"] = list(schema["properties"])  # what we send holds every field
    paths: dict[str, Any] = {}
    for route in ROUTES:
        paths.setdefault(API_ROOT + route.path, {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "jupyter_mlpipe", "version": __version__, "description": _text(shapes.__doc__)},
        "paths": paths,
        "components": {"schemas": dict(sorted(components.items()))},
    }


def _types(route: Route) -> Iterable[Any]:
    return [
        *([route.body] if route.body else []),
        route.reply,
        *(route.hints[name] for name in route.in_path),
        *(kind for kind, _ in route.query.values()),
    ]


def _operation(route: Route, schemas: dict[Any, Any]) -> dict[str, Any]:
    summary, _, rest = _text(route.call.__doc__).partition("\n")
    operation: dict[str, Any] = {"operationId": route.name, "summary": summary}
    if rest.strip():
        operation["description"] = rest.strip()
    operation["parameters"] = [
        {"name": name, "in": "path", "required": True, "schema": schemas[route.hints[name]]} for name in route.in_path
    ] + [
        {
            "name": name,
            "in": "query",
            "required": default is inspect.Parameter.empty,
            "schema": schemas[kind] | ({} if default in (None, inspect.Parameter.empty) else {"default": default}),
        }
        for name, (kind, default) in route.query.items()
    ]
    if route.body:
        content = {"application/json": {"schema": schemas[route.body]}}
        operation["requestBody"] = {"required": True, "content": content}
    error = {"application/json": {"schema": schemas[ErrorReply]}}
    operation["responses"] = {
        "200": {"description": "Done.", "content": {"application/json": {"schema": schemas[route.reply]}}},
        "default": {"description": "It could not be done.", "content": error},
    }
    operation["x-mlpipe-action"] = route.action
    return operation


def _reached(types: Iterable[Any], schemas: dict[Any, Any], components: dict[str, Any]) -> set[str]:
    """Names of the components that these types hold, at any depth."""
    names: set[str] = set()
    waiting: list[Any] = [schemas[kind] for kind in types]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            name = str(value.get("$ref", "")).rpartition("/")[2]
            if name and name not in names:
                names.add(name)
                waiting.append(components[name])
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return names


def _class_of(name: str) -> type:
    from jupyter_mlpipe.server.shapes import alerts, errors, models, notebook, panels, runs, values, verdicts

    for module in (alerts, errors, models, notebook, panels, runs, values, verdicts):
        found = vars(module).get(name)
        if isinstance(found, type) and is_dataclass(found):
            return found
    raise LookupError(name)


def _describe(schema: dict[str, Any], cls: type) -> None:
    """Add what stands below each field in the source, which only people see otherwise."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0]
    body = tree.body if isinstance(tree, ast.ClassDef) else []
    for field, below in itertools.pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(below, ast.Expr):
            schema["properties"][field.target.id]["description"] = _text(str(ast.literal_eval(below.value)))


def _text(doc: str | None) -> str:
    return inspect.cleandoc(doc or "")
