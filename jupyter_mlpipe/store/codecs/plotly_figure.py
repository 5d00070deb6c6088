"""Plotly figures as JSON. Not for widgets, and not for figures whose arrays would come back as lists."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from jupyter_mlpipe.store.codecs import Encoded, Parts, Scratch, plain
from jupyter_mlpipe.store.content import content_digest

SAFE = True


def encode(value: Any, scratch: Scratch) -> Encoded | None:
    """The figure's JSON, or None where a figure made from it would differ."""
    import plotly.graph_objects as go

    if type(value) is not go.Figure:
        return None
    described = value.to_dict()
    encoded = plain.encode(described, scratch)
    if encoded is None:
        return None
    again = _figure(plain.back(json.loads(bytes(encoded.parts["data"]))))
    if content_digest("", again, {}) != content_digest("", value, {}):
        return None
    return encoded


def decode(meta: Mapping[str, Any], parts: Parts) -> Any:
    """The figure."""
    return _figure(plain.decode(meta, parts))


def _figure(described: dict[str, Any]) -> Any:
    import plotly.graph_objects as go

    return go.Figure(described)
