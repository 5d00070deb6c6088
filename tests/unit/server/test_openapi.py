"""The OpenAPI document is what the routes say, and what is committed is what they say now."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_mlpipe.server.openapi import document
from jupyter_mlpipe.server.routes import API_ROOT, ROUTES, Route

COMMITTED = Path(__file__).resolve().parents[3] / "labextension" / "openapi.json"


@pytest.fixture(scope="module")
def made():
    return document()


def test_the_committed_document_is_current(made):
    committed = json.loads(COMMITTED.read_text(encoding="utf-8"))
    assert committed == json.loads(json.dumps(made)), "run `make docs`"


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_route_is_described(made, route: Route):
    operation = made["paths"][API_ROOT + route.path][route.method.lower()]
    assert operation["operationId"] == route.name
    assert operation["summary"].endswith(".")
    assert operation["x-mlpipe-action"] == route.action
    assert operation["responses"]["default"]
    if route.method == "GET":
        assert route.action == "read"
        assert not route.body


def test_operations_have_names_of_their_own():
    assert len({route.name for route in ROUTES}) == len(ROUTES)


def test_every_reference_leads_somewhere(made):
    text = json.dumps(made)
    names = set(made["components"]["schemas"])
    referred = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert referred <= names


def test_replies_hold_every_field_and_requests_only_what_has_no_default(made):
    schemas = made["components"]["schemas"]
    assert set(schemas["StageInfo"]["required"]) == set(schemas["StageInfo"]["properties"])
    assert schemas["RunRequest"]["required"] == ["path"]


def test_fields_carry_what_stands_below_them(made):
    assert made["components"]["schemas"]["Resources"]["properties"]["memory"]["description"] == "Bytes."
