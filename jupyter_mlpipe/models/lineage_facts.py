"""A lineage as facts: the nodes each way, and the two answers most asked for: of which data, and in which models.

Not for following it (``lineage``), nor for showing it (``cli``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from jupyter_mlpipe.execution.lineage_graph import LineageGraph, Node
from jupyter_mlpipe.models.lineage import Lineage


def steps_each_way(
    lineage: Lineage, *, up: bool = True, down: bool = True, depth: int | None = None
) -> tuple[dict[str, int], dict[str, int]]:
    """Return the nodes upstream and those downstream, each with the number of arrows to it; none for a way not asked.

    Parameters
    ----------
    depth
        Follow at most so many arrows.
    """
    graph, anchors = lineage.graph, lineage.anchors
    return (
        graph.reach(anchors, "up", depth) if up else {},
        graph.reach(anchors, "down", depth) if down else {},
    )


def lineage_facts(lineage: Lineage, upstream: Mapping[str, int], downstream: Mapping[str, int]) -> dict[str, Any]:
    """Return the facts under the names that ``--json`` gives them."""
    graph = lineage.graph
    shown = dict.fromkeys([*upstream, *downstream])
    return {
        "kind": lineage.kind,
        "name": lineage.name,
        "anchors": list(lineage.anchors),
        "nodes": [
            {**asdict(graph.nodes[node]), "up": upstream.get(node), "down": downstream.get(node)} for node in shown
        ],
        "edges": [{"from": before, "to": node} for node in shown for before in graph.upstream[node] if before in shown],
        "data": [{"path": node.name, "digest": node.digest} for node in source_files(lineage)],
        "models": [
            {"model": node.model, "version": node.version, "aliases": aliases_of_version(graph, node)}
            for node in model_versions(lineage)
        ],
        "looked_at": lineage.looked_at,
        "left_out": lineage.left_out,
    }


def source_files(lineage: Lineage) -> list[Node]:
    """Return the files that it comes from and that no stage on record wrote, by path."""
    graph = lineage.graph
    upstream = (graph.nodes[node] for node in graph.reach(lineage.anchors, "up"))
    files = [node for node in upstream if node.kind == "file" and not graph.upstream[node.id]]
    return sorted(files, key=lambda node: (node.name, node.digest or ""))


def model_versions(lineage: Lineage) -> list[Node]:
    """Return the model versions that it is or went into: those that an alias names first, then the newest."""
    graph = lineage.graph
    named = [before for node in lineage.anchors if graph.nodes[node].kind == "alias" for before in graph.upstream[node]]
    found = (graph.nodes[node] for node in {**dict.fromkeys(named), **graph.reach(lineage.anchors, "down")})
    return sorted(
        (node for node in found if node.kind == "version"),
        key=lambda node: (not aliases_of_version(graph, node), node.name, -(node.version or 0)),
    )


def aliases_of_version(graph: LineageGraph, version: Node) -> list[str]:
    """Return the aliases that name a version now, sorted."""
    after = (graph.nodes[node] for node in graph.downstream[version.id])
    return sorted(node.name for node in after if node.kind == "alias")
