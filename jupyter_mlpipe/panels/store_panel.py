"""The panel *Storage*: what the artifact store holds, and which stages it is kept for."""

from __future__ import annotations

from html import escape

from jupyter_mlpipe.panels import Block, Panel, PanelKind
from jupyter_mlpipe.store.sizes import size
from jupyter_mlpipe.store.sweep import StatReport, stat
from jupyter_mlpipe.workspace import Workspace

_MOST = 30


def draw(workspace: Workspace) -> Panel:
    """Draw it; one look at the names of all blobs, none at what is in them."""
    measured = stat(workspace.store)
    return Panel("Storage", (_summary(measured), _by_stage(measured)))


KIND = PanelKind("storage", "Storage", draw)


def _summary(measured: StatReport) -> Block:
    facts = [
        ("Stored", size(measured.size)),
        ("Results", f"{measured.manifests:,}"),
        ("Files", f"{measured.blobs:,}"),
        ("No longer used", size(measured.unused)),
    ]
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in facts)
    hint = (
        "<p><code>mlpipe store sweep</code> removes what is no longer used once it is a day old.</p>"
        if measured.unused
        else ""
    )
    plain = "\n".join(f"{name}: {value}" for name, value in facts)
    return Block({"text/html": f"<table>{rows}</table>{hint}", "text/plain": plain})


def _by_stage(measured: StatReport) -> Block:
    ordered = sorted(measured.by_stage.items(), key=lambda item: -item[1])
    rows = "".join(f"<tr><td>{escape(name)}</td><td>{size(count)}</td></tr>" for name, count in ordered[:_MOST])
    left_out = f"<p>and {len(ordered) - _MOST:,} more</p>" if len(ordered) > _MOST else ""
    table = f"<table><thead><tr><th>Stage</th><th>Kept</th></tr></thead><tbody>{rows}</tbody></table>{left_out}"
    plain = "\n".join(f"{name}: {size(count)}" for name, count in ordered[:_MOST])
    return Block({"text/html": table if rows else "<p>Nothing is stored yet.</p>", "text/plain": plain})
