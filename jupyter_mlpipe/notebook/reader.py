"""A notebook file into a ``Pipeline``.

Files, parsed notebooks and the cells of a live kernel go the same way. Nothing is executed and nothing heavy is
imported. This module is not for what a stage needs (``slicing``) nor for advice (``lint``).
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from jupyter_mlpipe.errors import DirectiveError, SecondPipelineError
from jupyter_mlpipe.notebook import classify, directive, hook_parts, magic_calls, parameters, syntax
from jupyter_mlpipe.notebook.dataflow import mark_unused_imports, read_cell
from jupyter_mlpipe.notebook.directive import LineExtension, PipelineLine, StageLine
from jupyter_mlpipe.notebook.known import Known
from jupyter_mlpipe.notebook.notebook_file import cell_source, check_notebook, kernel_name_of, load_notebook, tags_of
from jupyter_mlpipe.notebook.pipeline import Kind, Parameter, Pipeline, Stage, Statement

__all__ = ["pipeline_from_sources", "read_pipeline"]


def read_pipeline(notebook: str | Path | Mapping[str, Any], *, extend: Sequence[LineExtension] = (),
                  path: str | Path | None = None) -> Pipeline:  # fmt: skip
    """Read a notebook.

    Parameters
    ----------
    notebook
        A path to an ``.ipynb`` file, or the notebook as parsed JSON.
    extend
        The stage hooks, for their part in the ``%%stage`` line.
    path
        Where parsed JSON came from, if anywhere.

    Raises
    ------
    BrokenNotebookError
        The file is missing or is not a Python notebook.
    DirectiveError, SecondPipelineError
        A ``%%stage`` or ``%pipeline`` line is wrong.
    UnparsableCellError
        A code cell is not Python.
    """
    if isinstance(notebook, Mapping):
        parsed = check_notebook(notebook, str(path) if path else "the notebook")
        where = Path(path).absolute() if path else None
    else:
        parsed = load_notebook(notebook)
        where = Path(notebook).absolute()
    return _read(parsed, str(where) if where else "", where.stem if where else "notebook", extend)


def pipeline_from_sources(cells: Iterable[tuple[str, Mapping[str, Any]]], *, extend: Sequence[LineExtension] = (),
                          path: str | Path | None = None, kernel_name: str = "python3") -> Pipeline:  # fmt: skip
    """Read code cells that are in no file: ``(source, metadata)`` in the order in which they run. Raises as above."""
    notebook = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": kernel_name, "display_name": kernel_name, "language": "python"}},
        "cells": [
            {"cell_type": "code", "id": f"cell{index}", "source": source, "metadata": dict(metadata), "outputs": [],
             "execution_count": None}
            for index, (source, metadata) in enumerate(cells)
        ],
    }  # fmt: skip
    return read_pipeline(notebook, extend=extend, path=path)


@dataclass
class _Reading:
    """What has been read so far."""

    extend: Sequence[LineExtension]
    known: Known = field(default_factory=Known)
    statements: list[Statement] = field(default_factory=list)
    lines: dict[str, StageLine] = field(default_factory=dict)
    members: dict[str, list[int]] = field(default_factory=dict)
    implicit: set[str] = field(default_factory=set)
    pipeline: PipelineLine | None = None
    parameters: tuple[Parameter, ...] = ()
    parameters_cell: int | None = None
    injected: dict[str, Any] = field(default_factory=dict)

    def cell(self, index: int, source: str, tags: frozenset[str]) -> None:
        split = syntax.split_cell(source, index)
        if not split.body.strip() and split.stage_line is None:
            return
        text, tree = syntax.parse_body(split.body, index)
        if parameters.INJECTED_TAG in tags and split.stage_line is None:
            self.injected.update(parameters.read_injected(tree))
            return
        if parameters.PARAMETERS_TAG in tags and self.parameters_cell is None:
            if split.stage_line is not None:
                raise DirectiveError(
                    f"cell {index} is tagged `parameters` and has a stage line",
                    hint="keep the parameters in a cell of their own",
                    cell=index,
                )
            self.parameters = parameters.read_parameters(text, tree)
            self.parameters_cell = index
        statements = read_cell(text, tree, cell=index, position=len(self.statements), known=self.known)
        for node, statement in zip(tree.body, statements, strict=True):
            if statement.kind is Kind.DIRECTIVE:
                self.directive(node, index)
        self.statements.extend(statements)
        if split.stage_line is not None:
            self.stage(index, split.stage_line)
        elif any(_must_run(node, item, self.known) for node, item in zip(tree.body, statements, strict=True)):
            name = f"{directive.RESERVED_PREFIX}{index}"
            self.members[name] = [index]
            self.implicit.add(name)

    def stage(self, index: int, text: str) -> None:
        try:
            line = directive.parse_stage_line(text, self.extend)
        except DirectiveError as error:
            raise _placed(error, index) from None
        before = self.lines.get(line.name)
        try:
            self.lines[line.name] = line if before is None else directive.merge_stage_lines(before, line)
        except DirectiveError as error:
            raise _placed(error, index) from None
        self.members.setdefault(line.name, []).append(index)

    def directive(self, node: ast.stmt, index: int) -> None:
        call = magic_calls.shell_call(node.value) if isinstance(node, ast.Expr) else None
        if call is None or call.name != directive.PIPELINE_MAGIC:
            return
        try:
            line = directive.parse_pipeline_line(call.line)
        except DirectiveError as error:
            raise _placed(error, index) from None
        if self.pipeline is not None:
            raise SecondPipelineError(
                f"cell {index} names a second pipeline, {line.name!r}, after {self.pipeline.name!r}",
                cell=index,
                names=[self.pipeline.name, line.name],
            )
        self.pipeline = line


def _read(notebook: Mapping[str, Any], path: str, default_name: str, extend: Sequence[LineExtension]) -> Pipeline:
    reading = _Reading(extend)
    for index, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "code":
            reading.cell(index, cell_source(cell), tags_of(cell.get("metadata", {})))
    looked_at = {name: hook_parts.looked_at(line.options, extend) for name, line in reading.lines.items()}
    in_kernel = {name: hook_parts.in_kernel(line.options, extend) for name, line in reading.lines.items()}
    pinned = {name for line in reading.lines.values() for name in (*line.options.inputs, *line.options.outputs)}
    pinned.update(*looked_at.values())
    ends = {reading.members[name][-1]: hook_parts.statement(reading.lines[name].options, extend, parts)
            for name, parts in in_kernel.items() if parts}  # fmt: skip
    statements = mark_unused_imports(hook_parts.placed(reading.statements, ends), pinned)
    by_cell: dict[int, list[Statement]] = {}
    for statement in statements:
        by_cell.setdefault(statement.cell, []).append(statement)
    stages = []
    for name, cells in reading.members.items():
        own = tuple(item for cell in cells for item in by_cell.get(cell, ()))
        kept, read = hook_parts.split(looked_at.get(name, ()), own, statements)
        stages.append(
            Stage(
                name=name,
                cells=tuple(cells),
                statements=own,
                options=reading.lines[name].options if name in reading.lines else Stage.options,
                implicit=name in reading.implicit,
                kept=kept,
                looked_at=read,
                in_kernel=MappingProxyType(in_kernel.get(name, {})),
                guards=own[-1].binds if in_kernel.get(name) else frozenset(),
            )
        )
    line = reading.pipeline or PipelineLine(default_name)
    return Pipeline(
        name=line.name,
        path=path,
        notebook=notebook,
        statements=tuple(statements),
        stages=tuple(stages),
        parameters=reading.parameters,
        parameters_cell=reading.parameters_cell,
        injected=MappingProxyType(reading.injected),
        owner=line.owner,
        team=line.team,
        escalate=line.escalate,
        labels=line.labels,
        kernel_name=kernel_name_of(notebook),
    )


def _must_run(node: ast.stmt, statement: Statement, known: Known) -> bool:
    """Whether a statement of a plain cell makes the cell one that runs exactly once."""
    if statement.kind is Kind.DIRECTIVE:
        return False
    return not statement.replayable or classify.shows(node, statement.displays, known)


def _placed(error: DirectiveError, index: int) -> DirectiveError:
    return DirectiveError(f"cell {index}: {error.message}", hint=error.hint, **{**error.details, "cell": index})
