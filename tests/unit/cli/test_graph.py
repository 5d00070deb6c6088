from __future__ import annotations

from jupyter_mlpipe.cli.graph import dot, mermaid, text_tree
from jupyter_mlpipe.execution.stage_graph import Node

DIAMOND = [
    Node("load", ()),
    Node("left", ("load",), "hit"),
    Node("right", ("load",), "run"),
    Node("join", ("left", "right"), "maybe"),
    Node("alone", ()),
]


def test_a_stage_stands_under_the_last_that_feeds_it():
    assert text_tree(DIAMOND, "small") == (
        "small\n├─ load\n│  ├─ left  [cached]\n│  └─ right\n│     └─ join  (also after left)\n└─ alone"
    )


def test_mermaid_has_every_edge_and_escapes_names():
    drawn = mermaid([*DIAMOND, Node('a "b"', ("join",))], "small")
    assert "s1 --> s3" in drawn
    assert "s2 --> s3" in drawn
    assert 's5["a #quot;b#quot;"]' in drawn
    assert "class s1 cached" in drawn


def test_dot_has_every_edge_and_escapes_names():
    drawn = dot([*DIAMOND, Node('a "b"', ("join",))], "small")
    assert '"left" -> "join";' in drawn
    assert '"join" -> "a \\"b\\"";' in drawn
    assert drawn.startswith("digraph")
    assert drawn.endswith("}")
