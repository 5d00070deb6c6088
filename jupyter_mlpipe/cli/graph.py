"""``mlpipe graph``: which stage feeds which, as a tree, Mermaid, Graphviz or JSON. Not for finding that out."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.cli.opening import add_json, open_notebook
from jupyter_mlpipe.cli.output import print_json

if TYPE_CHECKING:
    from jupyter_mlpipe.execution.plan import Plan
    from jupyter_mlpipe.notebook.pipeline import Pipeline
    from jupyter_mlpipe.workspace import Workspace


@dataclass(frozen=True)
class Node:
    """A stage in the graph, with the stages that feed it, in notebook order."""

    name: str
    after: tuple[str, ...]
    status: str | None = None


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("notebook", metavar="NOTEBOOK")
    parser.add_argument("--format", choices=("text", "mermaid", "dot", "json"), default="text", help="default: text")
    parser.add_argument("--cells", action="store_true", help="show plain cells that run like stages, too")
    add_json(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Print the graph."""
    workspace, pipeline = open_notebook(arguments, create=False)
    facts = _facts(workspace, pipeline)
    if arguments.json or arguments.format == "json":
        print_json(facts)
        return 0
    nodes = _nodes(facts, with_cells=arguments.cells)
    shape = {"text": text_tree, "mermaid": mermaid, "dot": dot}[arguments.format]
    print(shape(nodes, pipeline.name))
    return 0


def _facts(workspace: Workspace, pipeline: Pipeline) -> dict[str, Any]:
    """What ``--json`` prints: the plan's stages and the edges between them."""
    if workspace.exists:
        from jupyter_mlpipe.execution.plan import plan_pipeline

        with workspace:
            facts = _without_seconds(plan_pipeline(workspace, pipeline))
    else:
        facts = _static(pipeline)
    both = [*facts["stages"], *facts["cells"]]
    facts["edges"] = [{"from": source, "to": stage["name"]} for stage in both for source in stage["after"]]
    return facts


def _without_seconds(plan: Plan) -> dict[str, Any]:
    facts = plan.to_json()
    del facts["seconds"]
    return facts


def _static(pipeline: Pipeline) -> dict[str, Any]:
    """The graph of a notebook that has no workspace yet, so that looking at one leaves no trace."""
    from jupyter_mlpipe.execution.board import Board
    from jupyter_mlpipe.notebook.slicing import Slicer

    board = Board(pipeline, Slicer(pipeline, {}))
    edges = board.edges()
    facts: dict[str, Any] = {"pipeline": pipeline.name, "stages": [], "cells": []}
    for unit in board.units:
        stage = {
            "name": unit.name,
            "status": "run",
            "hit": False,
            "reason": "it has not run before",
            "seconds": None,
            "inputs": sorted({name for load in board.slice(unit).loads for name in load.names}),
            "after": [other.name for other in board.units if other.name in edges[unit.name]],
            "cells": list(unit.stage.cells),
            "key": "",
            "owner": unit.stage.options.owner or pipeline.owner,
        }
        facts["cells" if unit.stage.implicit else "stages"].append(stage)
    return facts


def _nodes(facts: Mapping[str, Any], *, with_cells: bool) -> list[Node]:
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


def text_tree(nodes: Sequence[Node], title: str) -> str:
    """A tree in which each stage stands under the last of those that feed it, which names the others."""
    children: dict[str | None, list[Node]] = {}
    for node in nodes:
        children.setdefault(node.after[-1] if node.after else None, []).append(node)
    lines = [title]

    def draw(parent: str | None, indent: str) -> None:
        below = children.get(parent, [])
        for index, node in enumerate(below):
            last = index == len(below) - 1
            also = f"  (also after {', '.join(node.after[:-1])})" if len(node.after) > 1 else ""
            cached = "  [cached]" if node.status == "hit" else ""
            lines.append(f"{indent}{'└─ ' if last else '├─ '}{node.name}{cached}{also}")
            draw(node.name, indent + ("   " if last else "│  "))

    draw(None, "")
    return "\n".join(lines)


def mermaid(nodes: Sequence[Node], title: str) -> str:
    """A Mermaid flowchart."""
    numbers = {node.name: f"s{index}" for index, node in enumerate(nodes)}
    lines = ["---", f'title: "{_escaped(title, chr(39))}"', "---", "flowchart TD"]
    lines += [f'    {numbers[node.name]}["{_escaped(node.name, "#quot;")}"]' for node in nodes]
    lines += [f"    {numbers[source]} --> {numbers[node.name]}" for node in nodes for source in node.after]
    cached = [numbers[node.name] for node in nodes if node.status == "hit"]
    if cached:
        lines += ["    classDef cached stroke-dasharray: 4", f"    class {','.join(cached)} cached"]
    return "\n".join(lines)


def dot(nodes: Sequence[Node], title: str) -> str:
    """A Graphviz digraph."""
    quoted = {node.name: '"' + _escaped(node.name, '\\"') + '"' for node in nodes}
    lines = ['digraph "' + _escaped(title, '\\"') + '" {', "    node [shape=box];"]
    lines += [f"    {quoted[node.name]}{' [style=dashed]' if node.status == 'hit' else ''};" for node in nodes]
    lines += [f"    {quoted[source]} -> {quoted[node.name]};" for node in nodes for source in node.after]
    return "\n".join([*lines, "}"])


def _escaped(text: str, quote: str) -> str:
    return text.replace('"', quote)
