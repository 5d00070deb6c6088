"""Which stage feeds which, for whoever draws it. Not for finding that out (``plan``), nor for drawing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_mlpipe.execution.context import RunContext
from jupyter_mlpipe.execution.plan import plan_pipeline, unstored_plan
from jupyter_mlpipe.notebook.pipeline import Pipeline


@dataclass(frozen=True)
class Node:
    """A stage in the graph, with the stages that feed it, in notebook order."""

    name: str
    after: tuple[str, ...]
    status: str | None = None


def graph_facts(context: RunContext | None, pipeline: Pipeline) -> dict[str, Any]:
    """The plan's stages and the edges between them, in the shape that ``mlpipe graph --json`` prints.

    Parameters
    ----------
    context
        None where there is no workspace yet, so that looking at a notebook leaves no trace.
    """
    plan = unstored_plan(pipeline) if context is None else plan_pipeline(context, pipeline)
    facts = plan.to_json()
    del facts["seconds"]
    both = [*facts["stages"], *facts["cells"]]
    facts["edges"] = [{"from": source, "to": stage["name"]} for stage in both for source in stage["after"]]
    return facts


def nodes_of(facts: Mapping[str, Any], *, with_cells: bool) -> list[Node]:
    """The nodes in notebook order; without plain cells, a stage follows the stages that feed it through them."""
    both = sorted([*facts["stages"], *facts["cells"]], key=lambda stage: min(stage["cells"], default=0))
    after = {stage["name"]: stage["after"] for stage in both}
    shown = [stage for stage in both if with_cells or stage in facts["stages"]]
    names = {stage["name"] for stage in shown}

    def nearest(name: str, seen: set[str]) -> set[str]:
        found: set[str] = set()
        for source in after.get(name, ()):
            if source in names:
                found.add(source)
            elif source not in seen:
                found |= nearest(source, seen | {source})
        return found

    nodes = []
    for stage in shown:
        sources = nearest(stage["name"], set())
        ordered = tuple(other["name"] for other in shown if other["name"] in sources)
        nodes.append(Node(stage["name"], ordered, stage["status"]))
    return nodes
