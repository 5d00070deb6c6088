"""What a stage needs: each case is a small notebook and the prologue of one of its stages."""

from __future__ import annotations

import pytest

from jupyter_mlpipe.errors import SplitStageError
from jupyter_mlpipe.notebook.effects import Effects, Written
from jupyter_mlpipe.notebook.pipeline import Pipeline
from jupyter_mlpipe.notebook.reader import pipeline_from_sources
from jupyter_mlpipe.notebook.slicing import Load, Replay, SetParameter, Slice, Slicer
from jupyter_mlpipe.notebook.split import check_split


def read(*cells: str, parameters: str | None = None) -> Pipeline:
    sources = [(cell, {}) for cell in cells]
    if parameters is not None:
        sources.insert(0, (parameters, {"tags": ["parameters"]}))
    return pipeline_from_sources(sources)


def shown(piece: Slice) -> list[str]:
    found = []
    for step in piece.steps:
        if isinstance(step, Replay):
            found.append(step.statement.source.splitlines()[0])
        elif isinstance(step, Load):
            found.append(f"{','.join(step.names)} from {step.stage}")
        elif isinstance(step, SetParameter):
            found.append(f"set {step.name}")
    return found


def slice_of(pipeline: Pipeline, stage: str, effects: dict[str, Effects] | None = None, **given: object) -> list[str]:
    slicer = Slicer(pipeline, given)
    for name, effect in (effects or {}).items():
        slicer.learn(name, effect.writes)
        slicer.learn(name, effect.deletes)
    return shown(slicer.slice(pipeline.stage(stage), effects or {}))


def done(**writes: Written) -> Effects:
    return Effects(final=True, writes=writes)


def test_only_what_is_needed_in_notebook_order() -> None:
    pipeline = read(
        "import pandas as pd\nimport json",
        "def unused():\n    pass",
        "def load(n):\n    return pd.DataFrame({'a': range(n)})",
        "n = 3",
        "%%stage a\ndf = load(n)",
        "%%stage b\nprint(len(df))",
    )
    assert slice_of(pipeline, "a") == ["import pandas as pd", "def load(n):", "n = 3"]
    assert slice_of(pipeline, "b") == ["df from a"]


def test_a_helper_of_a_helper_comes_along() -> None:
    pipeline = read(
        "K = 2", "def inner(x):\n    return x * K", "def outer(x):\n    return inner(x)", "%%stage a\ny = outer(1)"
    )
    assert slice_of(pipeline, "a") == ["K = 2", "def inner(x):", "def outer(x):"]


def test_the_last_binding_above_counts() -> None:
    pipeline = read("k = 1", "%%stage a\nx = k", "k = 2", "%%stage b\ny = k")
    assert slice_of(pipeline, "a") == ["k = 1"]
    assert slice_of(pipeline, "b") == ["k = 2"]


def test_two_versions_of_one_name_both_come() -> None:
    pipeline = read("k = 1", "m = k + 1", "k = 10", "%%stage a\nx = m + k")
    assert slice_of(pipeline, "a") == ["k = 1", "m = k + 1", "k = 10"]


def test_a_parameter_that_is_given_is_set_after_its_cell() -> None:
    pipeline = read("%%stage a\nx = alpha * beta", parameters="alpha = 1\nbeta = alpha + 1")
    assert slice_of(pipeline, "a") == ["alpha = 1", "beta = alpha + 1"]
    assert slice_of(pipeline, "a", alpha=5) == ["alpha = 1", "beta = alpha + 1", "set alpha"]


def test_module_configuration_belongs_to_every_later_stage() -> None:
    pipeline = read(
        "import pandas as pd", "%%stage a\nx = 1", "pd.set_option('display.precision', 2)", "%%stage b\ny = 1"
    )
    assert slice_of(pipeline, "a") == []
    assert slice_of(pipeline, "b") == ["import pandas as pd", "pd.set_option('display.precision', 2)"]


def test_definitions_of_a_stage_flow_as_code() -> None:
    pipeline = read("%%stage a\nimport math\ndef area(r):\n    return math.pi * r", "%%stage b\nprint(area(1))")
    assert slice_of(pipeline, "b") == ["import math", "def area(r):"]


def test_a_mutating_stage_is_the_writer() -> None:
    pipeline = read("%%stage a\nxs = [1]", "%%stage b\nxs.append(2)", "%%stage c\nprint(xs)")
    assert slice_of(pipeline, "c") == ["xs from b"]
    assert slice_of(pipeline, "c", {"a": done(xs=Written()), "b": done()}) == ["xs from a"]


def test_a_proved_write_changes_the_source() -> None:
    pipeline = read("%%stage a\nxs = make()", "def make():\n    return []", "%%stage b\ntouch(xs)", "%%stage c\nxs")
    assert slice_of(pipeline, "c", {"a": done(xs=Written())}) == ["xs from a"]
    assert slice_of(pipeline, "c", {"a": done(xs=Written()), "b": done(xs=Written())}) == ["xs from b"]


def test_mates_of_a_bundle_are_bound_while_they_are_that_version() -> None:
    both = Written(bundle=frozenset({"x", "y"}))
    pipeline = read("%%stage a\nx = [1]\ny = x", "%%stage b\ny = 2", "%%stage c\nx.append(1)")
    effects = {"a": done(x=both, y=both)}
    assert slice_of(pipeline, "c", effects) == ["x from a"]
    straight = read("%%stage a\nx = [1]\ny = x", "%%stage c\nx.append(1)")
    assert slice_of(straight, "c", effects) == ["x,y from a"]


def test_a_value_brings_the_class_it_requires() -> None:
    pipeline = read("class K:\n    pass", "%%stage a\nk = K()", "%%stage b\nprint(k)")
    assert slice_of(pipeline, "b", {"a": done(k=Written(requires=("K",)))}) == ["class K:", "k from a"]


def test_a_stage_that_reads_anything_waits_for_all_above() -> None:
    pipeline = read("code = 'print(x)'", "%%stage a\nx = 1", "%%stage b\nexec(code)")
    piece = Slicer(pipeline).slice(pipeline.stage("b"), {})
    assert piece.waits == {"a"}
    assert shown(piece) == ["code = 'print(x)'", "x from a"]


def test_star_imports_stand_for_names_nobody_binds() -> None:
    pipeline = read("from math import *", "%%stage a\nprint(pi)")
    assert slice_of(pipeline, "a") == ["from math import *"]


def test_a_name_nobody_defines_is_named() -> None:
    pipeline = read("%%stage a\nprint(missing)")
    piece = Slicer(pipeline).slice(pipeline.stage("a"), {})
    assert set(piece.undefined) == {"missing"}


def test_wanted_is_what_is_read_below() -> None:
    pipeline = read("%%stage a\nx = 1\ny = 2", "%%stage b\nprint(x)")
    assert Slicer(pipeline).wanted(pipeline.stage("a")) == {"x", "print"}
    opaque = read("%%stage a\nx = 1", "%%stage b\nexec(code)")
    assert Slicer(opaque).wanted(opaque.stage("a")) is None


def test_a_call_that_assigns_a_global_is_a_write() -> None:
    pipeline = read("def setup():\n    global cfg\n    cfg = 1", "%%stage a\nsetup()", "%%stage b\nprint(cfg)")
    assert slice_of(pipeline, "b") == ["cfg from a"]


@pytest.mark.parametrize(
    "cells",
    [
        ("%%stage s\nx = 1", "%%stage t\nx = x + 1", "%%stage s\nprint(x)"),
        ("%%stage s\nx = 1", "%%stage t\nprint(x)", "%%stage s\nx = 2"),
    ],
)
def test_a_stage_around_another_that_meddles_is_refused(cells: tuple[str, ...]) -> None:
    pipeline = read(*cells)
    with pytest.raises(SplitStageError, match="`x`"):
        check_split(pipeline, Slicer(pipeline), {})


def test_a_stage_around_an_unrelated_one_is_fine() -> None:
    pipeline = read("%%stage s\nx = 1", "%%stage t\ny = 1", "%%stage s\nprint(x)")
    check_split(pipeline, Slicer(pipeline), {})
