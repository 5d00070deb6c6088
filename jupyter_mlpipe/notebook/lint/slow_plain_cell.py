"""ML014: a plain cell that does a stage's work."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_mlpipe.notebook.lint.base import Finding, Rule, Severity
from jupyter_mlpipe.notebook.lint.source import line_of, nodes
from jupyter_mlpipe.notebook.pipeline import Pipeline, Statement

_SLOW = frozenset({
    "read_csv", "read_parquet", "read_sql", "read_sql_query", "read_excel", "read_json", "read_feather", "read_table",
    "read_database", "scan_parquet", "load_dataset", "fetch_openml", "urlopen", "urlretrieve", "download", "sleep",
    "fit", "fit_transform", "fit_predict", "cross_val_score", "cross_validate", "groupby", "merge", "merge_asof",
    "pivot_table", "compute", "collect", "backward", "to_parquet", "to_csv",
})  # fmt: skip
_QUICK = frozenset({"print", "display", "append", "format", "range", "len", "enumerate", "zip", "str", "int", "join"})


class SlowPlainCell(Rule):
    """Finds plain cells that read data, fit models or loop over calls."""

    code = "ML014"
    name = "slow-plain-cell"
    severity = Severity.INFO
    summary = (
        "A cell outside the stages reads data, fits a model or loops over calls. It runs as a unit named after its "
        "place, which changes whenever a cell is added above; its time, cost and failures have no better name."
    )
    fix = "put `%%stage NAME` on its first line"
    example = "import pandas as pd\ndf = pd.read_csv('flights.csv')"

    def check(self, pipeline: Pipeline) -> Iterator[Finding]:
        """One finding a cell."""
        for stage in pipeline.stages:
            if not stage.implicit:
                continue
            for statement in stage.statements:
                slow = _slow_call(statement)
                if slow is not None:
                    text, line = slow
                    yield self.found(f"this plain cell {text}; as a stage it would have a name", statement.cell, line)
                    break


def _slow_call(statement: Statement) -> tuple[str, int] | None:
    for node in nodes(statement):
        if isinstance(node, ast.Call):
            name = _called(node)
            if name in _SLOW:
                return f"calls `{name}`", line_of(statement, node)
        elif isinstance(node, ast.For | ast.While | ast.AsyncFor) and not statement.replayable:
            calls = {_called(inner) for part in node.body for inner in ast.walk(part) if isinstance(inner, ast.Call)}
            if calls - _QUICK:
                return "loops over calls", line_of(statement, node)
    return None


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else "…"
