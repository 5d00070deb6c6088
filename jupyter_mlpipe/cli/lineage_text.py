"""A lineage as people read it: trees of lines, or Mermaid to paste. Not for following it (``models.lineage``)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Literal

from jupyter_mlpipe.cli.output import size
from jupyter_mlpipe.cli.runs import moment
from jupyter_mlpipe.execution.lineage_graph import LineageGraph, Node
from jupyter_mlpipe.models.lineage import Lineage
from jupyter_mlpipe.models.lineage_facts import aliases_of_version

_MOST_LINES = 60
_MOST_OF_ALL = 400
_MOST_ROOTS = 3
_MOST_BELOW = 6
_MOST_LETTERS = 80


class Tree:
    """The lines of one direction.

    Parameters
    ----------
    graph
        What is known.
    direction
        ``up``: under each node what it was made of; ``down``: what was made of it.
    shown
        The nodes that count.
    cut
        Leave out what is too deep or too wide, and say so.
    """

    def __init__(
        self, graph: LineageGraph, direction: Literal["up", "down"], shown: Collection[str], *, cut: bool = True
    ) -> None:
        self._graph = graph
        self._along = graph.upstream if direction == "up" else graph.downstream
        self._shown = shown
        self._cut = cut
        self._drawn: set[str] = set()
        self._lines = 0
        self._most = _MOST_LINES
        versions = [node for node in shown if graph.nodes[node].kind == "version"]
        named = [node for node in versions if aliases_of_version(graph, graph.nodes[node])]
        self._first = [graph.reach(nodes, "up") for nodes in (named, versions)] if direction == "down" else []

    def lines(self, roots: Collection[str]) -> Iterator[str]:
        """The trees under some nodes, and a last line that says what is left out."""
        roots = [root for root in self._sorted(roots) if self._tells(root)]
        few = roots[: _MOST_ROOTS if self._cut else None]
        for index, root in enumerate(few):
            self._most = _MOST_LINES * (index + 1) // len(few)
            yield from self._draw(root, "", "")
        left = len([node for node in self._shown if node not in self._drawn and self._tells(node)])
        if left and self._cut:
            yield f"… {left:,} more: --all shows them, --json has them all"

    def _draw(self, node: str, lead: str, indent: str) -> Iterator[str]:
        again = node in self._drawn
        self._drawn.add(node)
        self._lines += 1
        below = self._below(node)
        yield lead + label(self._graph, self._graph.nodes[node]) + ("  (see above)" if again and below else "")
        if again:
            return
        few = below[:_MOST_BELOW] if self._cut and len(below) > _MOST_BELOW + 1 else below
        for index, child in enumerate(few):
            # A chain that has begun is shown to its end: what somebody asks for stands there.
            if self._cut and self._lines >= (self._most if index else _MOST_OF_ALL):
                yield f"{indent}└─ …"
                return
            last = index == len(few) - 1 and len(few) == len(below)
            yield from self._draw(child, f"{indent}{'└─ ' if last else '├─ '}", indent + ("   " if last else "│  "))
        if len(few) < len(below):
            yield f"{indent}└─ … and {len(below) - len(few):,} more"

    def _below(self, node: str) -> list[str]:
        return self._sorted([child for child in self._along[node] if child in self._shown and self._tells(child)])

    def _tells(self, node: str) -> bool:
        """Aliases stand beside the versions that they name."""
        return self._graph.nodes[node].kind != "alias"

    def _sorted(self, nodes: Collection[str]) -> list[str]:
        """What leads to a model that an alias names, then what leads to any model, then the newest."""
        return sorted(
            nodes,
            key=lambda node: (
                *(node not in reach for reach in self._first),
                -(self._graph.nodes[node].time or 0.0),
                self._graph.nodes[node].name,
            ),
        )


def label(graph: LineageGraph, node: Node) -> str:
    """What a node is, in one line."""
    digest = f" ({node.digest[:8]})" if node.digest else ""
    if node.kind == "stage":
        ended = {"done": "", "hit": ", restored from the store"}.get(node.status or "", f", {node.status}")
        when = f", {moment(node.time)}" if node.time is not None else ""
        return f"{_short(node.name)} of {_short(node.pipeline or '')}, run {node.run}{when}{ended}"
    if node.kind == "version":
        aliases = aliases_of_version(graph, node)
        return f"{node.model} version {node.version}" + (f" ({', '.join(aliases)})" if aliases else "")
    if node.kind == "alias":
        return f"{node.model}@{node.name}"
    about = []
    if node.rows is not None:
        about.append(f"{node.rows:,} rows")
    if node.type:
        about.append(_short(node.type.rpartition(".")[2]))
    if node.bytes is not None:
        about.append(size(node.bytes))
    return _short(node.name) + (": " + ", ".join(about) if about else "") + digest


def heading(lineage: Lineage) -> str:
    """Say what the name means."""
    count = len(lineage.anchors)
    if lineage.kind == "alias":
        node = lineage.graph.nodes[lineage.anchors[0]]
        return f"{lineage.name} is version {node.version} of {node.model}"
    versions = "" if count == 1 else f", {count:,} versions of it"
    if lineage.kind == "model":
        versions = f", {count:,} version{'' if count == 1 else 's'}"
    elif lineage.kind in ("stage", "run"):
        versions = "" if count == 1 else f", {count:,} {'results' if lineage.kind == 'stage' else 'stages'}"
    return f"{lineage.kind} {lineage.name}{versions}"


def mermaid(lineage: Lineage, shown: Mapping[str, None]) -> str:
    """A Mermaid flowchart of what is shown."""
    graph = lineage.graph
    shapes = {"file": '[("{}")]', "artifact": '("{}")', "stage": '["{}"]', "version": '{{{{"{}"}}}}'}
    numbers = {node: f"n{index}" for index, node in enumerate(shown) if graph.nodes[node].kind != "alias"}
    title = lineage.name.replace('"', "'")
    lines = ["---", f'title: "lineage of {title}"', "---", "flowchart LR"]
    for node, number in numbers.items():
        text = label(graph, graph.nodes[node]).replace('"', "#quot;")
        lines.append(f"    {number}{shapes[graph.nodes[node].kind].format(text)}")
    lines += [
        f"    {numbers[before]} --> {number}"
        for node, number in numbers.items()
        for before in graph.upstream[node]
        if before in numbers
    ]
    return "\n".join(lines)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MOST_LETTERS else f"{line[: _MOST_LETTERS - 1]}…"
