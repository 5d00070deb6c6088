"""Values as MIME bundles that a browser can show, for those that can be opened without running anybody's code.

What is opened is mapped from the store and read only as far as it is shown, so that a frame of gigabytes costs no more
than a small one. A pickle is never opened here, whoever signed it: the Jupyter server is no place for it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_mlpipe.errors import MlpipeError
from jupyter_mlpipe.server.shapes.values import ColumnInfo
from jupyter_mlpipe.store.artifacts import Artifact, ArtifactStore

ROWS = 20
COLUMNS = 40
_CHARACTERS = 20_000
_FIGURE_BYTES = 5_000_000


@dataclass(frozen=True)
class Preview:
    """What can be shown of a value."""

    data: Mapping[str, Any] | None = None
    """A MIME bundle."""
    columns: tuple[ColumnInfo, ...] = ()
    note: str = ""


def preview(store: ArtifactStore, artifact: Artifact) -> Preview:
    """Draw a value. What cannot be drawn is said in the note, never raised."""
    draw = _DRAWN.get(artifact.codec)
    if len(artifact.names) > 1:
        return Preview(note=f"kept together with {', '.join(artifact.names)}, with which it shares objects")
    if draw is None:
        return Preview(note="opened in a kernel only, since loading it could run code")
    if artifact.codec == "figure" and artifact.size > _FIGURE_BYTES:
        return Preview(note="too large to be shown here")
    try:
        return draw(store.load(artifact, {})[artifact.names[0]])
    except MlpipeError as error:
        return Preview(note=error.message)


def _plain(value: Any) -> Preview:
    text = json.dumps(value, indent=2, ensure_ascii=False, default=repr) if _nested(value) else repr(value)
    return Preview({"text/plain": text[:_CHARACTERS]}, note=_cut(text))


def _nested(value: Any) -> bool:
    return isinstance(value, dict | list) and all(isinstance(key, str) for key in value if isinstance(value, dict))


def _array(value: Any) -> Preview:
    import numpy as np

    text = np.array2string(value, threshold=200, edgeitems=4, max_line_width=110)
    return Preview({"text/plain": text[:_CHARACTERS]}, note=f"shape {value.shape}, {value.dtype}")


def _frame(value: Any) -> Preview:
    columns = tuple(ColumnInfo(str(name), str(kind)) for name, kind in value.dtypes.items())
    shown = value.iloc[:ROWS, :COLUMNS]
    left_out = []
    if len(value) > ROWS:
        left_out.append(f"the first {ROWS} of {len(value):,} rows")
    if value.shape[1] > COLUMNS:
        left_out.append(f"the first {COLUMNS} of {value.shape[1]:,} columns")
    bundle = {"text/html": shown.to_html(border=0, max_cols=COLUMNS), "text/plain": shown.to_string(max_cols=20)}
    return Preview(bundle, columns, " and ".join(left_out))


def _series(value: Any) -> Preview:
    return _frame(value.iloc[:ROWS].to_frame(value.name if value.name is not None else "value"))


def _arrow(value: Any) -> Preview:
    columns = tuple(ColumnInfo(field.name, str(field.type)) for field in value.schema)
    drawn = _frame(value.slice(0, ROWS).to_pandas())
    note = f"the first {ROWS} of {len(value):,} rows" if len(value) > ROWS else ""
    return Preview(drawn.data, columns, note)


def _polars(value: Any) -> Preview:
    columns = tuple(ColumnInfo(name, str(kind)) for name, kind in value.schema.items())
    drawn = _frame(value.head(ROWS).to_pandas())
    note = f"the first {ROWS} of {len(value):,} rows" if len(value) > ROWS else ""
    return Preview(drawn.data, columns, note)


def _figure(value: Any) -> Preview:
    return Preview({"application/vnd.plotly.v1+json": json.loads(value.to_json())})


def _cut(text: str) -> str:
    return f"the first {_CHARACTERS:,} of {len(text):,} characters" if len(text) > _CHARACTERS else ""


_DRAWN: Mapping[str, Callable[[Any], Preview]] = {
    "json": _plain,
    "npy": _array,
    "pandas-arrow": _frame,
    "series-arrow": _series,
    "arrow": _arrow,
    "polars": _polars,
    "figure": _figure,
}
"""What draws each codec's values. All of these codecs only read data."""
