"""``mlpipe graph``: which stage feeds which, as a tree, Mermaid, Graphviz or JSON. Not for finding that out."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from jupyter_mlpipe.cli.opening import add_json, open_notebook
from jupyter_mlpipe.cli.output import print_json

if TYPE_CHECKING:
    from jupyter_mlpipe.execution.stage_graph import Node


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("notebook", metavar="NOTEBOOK")
    parser.add_argument("--format", choices=("text", "mermaid", "dot", "json"), default="text", help="default: text")
    parser.add_argument("--cells", action="store_true", help="show plain cells that run like stages, too")
    add_json(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Print the graph."""
    workspace, pipeline = open_notebook(arguments, create=False)
    from jupyter_mlpipe.execution.stage_graph import graph_facts, nodes_of

    with workspace:
        facts = graph_facts(workspace if workspace.exists else None, pipeline)
    if arguments.json or arguments.format == "json":
        print_json(facts)
        return 0
    nodes = nodes_of(facts, with_cells=arguments.cells)
    shape = {"text": text_tree, "mermaid": mermaid, "dot": dot}[arguments.format]
    print(shape(nodes, pipeline.name))
    return 0


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
