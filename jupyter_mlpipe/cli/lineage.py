"""``mlpipe lineage``: what something was made of, and what was made of it. Not for finding out (``models.lineage``)."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from jupyter_mlpipe.cli.opening import add_json, add_workspace, open_workspace
from jupyter_mlpipe.cli.output import print_json
from jupyter_mlpipe.errors import UsageError

if TYPE_CHECKING:
    from jupyter_mlpipe.models.lineage import Lineage

_MOST_ANSWERS = 8


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "name",
        metavar="NAME",
        help="a model, model@3, model@production, an artifact, a file, a stage, a run's id or a content's digest; "
        "stage:NAME, artifact:NAME and so on where one name means several",
    )
    parser.add_argument("--up", action="store_true", help="only what it was made of")
    parser.add_argument("--down", action="store_true", help="only what was made of it")
    parser.add_argument("--depth", type=int, metavar="N", help="follow at most N arrows")
    parser.add_argument("--run", metavar="RUN", help="only what is in this run")
    parser.add_argument("--all", action="store_true", help="look at all runs, however many, and show all of it")
    parser.add_argument("--mermaid", action="store_true", help="print a Mermaid flowchart to paste")
    add_workspace(parser)
    add_json(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Print the lineage."""
    from jupyter_mlpipe.models.lineage import trace
    from jupyter_mlpipe.models.lineage_facts import lineage_facts, steps_each_way

    if arguments.depth is not None and arguments.depth < 1:
        raise UsageError(f"--depth is {arguments.depth}", hint="give 1 or more, or leave it out")
    both = arguments.up == arguments.down
    ways = {"up": both or arguments.up, "down": both or arguments.down}
    with open_workspace(arguments) as workspace:
        found = trace(
            workspace.ledger, workspace.root, arguments.name, run=arguments.run, everything=bool(arguments.all)
        )
    up, down = steps_each_way(found, depth=arguments.depth, **ways)
    if arguments.json:
        print_json(lineage_facts(found, up, down))
    elif arguments.mermaid:
        from jupyter_mlpipe.cli.lineage_text import mermaid

        print(mermaid(found, dict.fromkeys([*up, *down])))
    else:
        _print(found, up, down, cut=not arguments.all)
    return 0


def _print(found: Lineage, up: dict[str, int], down: dict[str, int], *, cut: bool) -> None:
    from jupyter_mlpipe.cli.lineage_text import Tree, heading, label
    from jupyter_mlpipe.models.lineage_facts import model_versions, source_files

    graph, roots = found.graph, found.anchors
    print(heading(found))
    if found.kind == "alias":
        roots = tuple(before for anchor in roots for before in graph.upstream[anchor])
    if found.kind == "run":
        # A run is read from its sources to its ends.
        shown = dict.fromkeys([*up, *down], 0)
        sources = [node for node in shown if not any(before in shown for before in graph.upstream[node])]
        print()
        for line in Tree(graph, "down", shown, cut=cut).lines(sources):
            print(line)
    else:
        if up:
            print("\nmade of" if up.keys() - {*roots, *found.anchors} else "\nwhat it was made of is not on record")
            for line in Tree(graph, "up", up, cut=cut).lines(roots):
                print(line)
        if down and down.keys() - {*roots, *found.anchors}:
            print("\nwent into")
            for line in Tree(graph, "down", down, cut=cut).lines(roots):
                print(line)
        elif down and found.kind not in ("model", "version", "alias"):
            print("\nnothing that is on record was made of it")
    if up:
        _answer("data", [label(graph, node) for node in source_files(found)])
    if down:
        _answer("models", [label(graph, node) for node in model_versions(found)])
    if found.left_out:
        what = "older versions" if found.kind == "model" else "stage runs of older runs"
        print(f"\nlooked at {found.looked_at:,} runs; {found.left_out:,} {what} are left out: --all looks at them")


def _answer(what: str, found: list[str]) -> None:
    more = f" and {len(found) - _MOST_ANSWERS:,} more" if len(found) > _MOST_ANSWERS else ""
    print(f"\n{what}: {', '.join(found[:_MOST_ANSWERS]) or 'none on record'}{more}")
