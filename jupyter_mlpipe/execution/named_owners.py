"""Whom a notebook's lines name and ``owners.toml`` does not know: said before it matters. Not for telling anybody."""

from __future__ import annotations

from pathlib import Path

from jupyter_mlpipe.errors import OwnersError
from jupyter_mlpipe.notebook.pipeline import Pipeline
from jupyter_mlpipe.owners import FILE, load_owners


def owner_warnings(root: Path, pipeline: Pipeline) -> list[str]:
    """Say, a line each, who would not be told of an alert; nothing where there is no ``owners.toml``."""
    if not (root / FILE).exists():
        return []
    try:
        owners = load_owners(root)
    except OwnersError as error:
        return [f"{error.message}: nobody is told of alerts"]
    named: dict[str, list[str]] = {}
    for stage in pipeline.explicit:
        said = pipeline.answerable(stage.options)
        for name in filter(None, (said.owner, *said.escalate)):
            if not owners.knows(name):
                named.setdefault(name, []).append(stage.name)
    return [
        f"{name}, named by {', '.join(stages)}, is not in {FILE}: others there are told instead"
        for name, stages in named.items()
    ]
