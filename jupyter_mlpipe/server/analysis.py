"""What a notebook that is open in an editor means now, saved or not: its stages, their states, parameters, findings.

It is the plan that ``mlpipe plan`` prints, put together with how each stage ended last and with the run that is going
on. Nothing is decided here about what runs: ``execution`` says that. Nothing is made where there is no workspace yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from jupyter_mlpipe.costs.estimates import Estimate, estimate_run
from jupyter_mlpipe.errors import MlpipeError, NotebookError, PriceBookError
from jupyter_mlpipe.execution.plan import Plan, PlannedStage, plan_pipeline, unstored_plan
from jupyter_mlpipe.ledger import stages as stage_facts
from jupyter_mlpipe.notebook.directive import LineExtension, parse_stage_line
from jupyter_mlpipe.notebook.lint import Finding, lint_pipeline
from jupyter_mlpipe.notebook.pipeline import Parameter, Pipeline, StageOptions
from jupyter_mlpipe.notebook.syntax import split_cell
from jupyter_mlpipe.server.expected_costs import run_cost, with_cost
from jupyter_mlpipe.server.live_run import LiveRun, live_run
from jupyter_mlpipe.server.places import Places
from jupyter_mlpipe.server.shapes.errors import ErrorInfo
from jupyter_mlpipe.server.shapes.notebook import (
    Analysis,
    AnalysisRequest,
    CodeCell,
    FindingInfo,
    ParameterInfo,
    ParameterType,
    Resources,
    StageInfo,
)
from jupyter_mlpipe.server.shapes.verdicts import VerdictInfo
from jupyter_mlpipe.server.stage_states import Judged, judge
from jupyter_mlpipe.server.verdict_facts import verdicts_by_stage
from jupyter_mlpipe.workspace import Workspace

_UNSAID = StageOptions()
_KINDS: Mapping[str, ParameterType] = {"bool": "boolean", "int": "integer", "float": "number", "str": "string"}


def analyse(places: Places, workspace: Workspace, asked: AnalysisRequest) -> Analysis:
    """Read the cells as a pipeline and say what its stages would do.

    A notebook that cannot be read or run is no failure here: people are typing. What can be said is said.
    """
    file = places.file(asked.path)
    ids = {cell.index: cell.id for cell in asked.cells}
    try:
        pipeline = workspace.read(notebook_of(asked.cells, asked.kernel), file)
    except NotebookError as error:
        return _unreadable(asked, file.stem, error, ids, workspace.hooks())
    live = live_run(workspace, places.recorded(workspace, asked.path)) if workspace.exists else None
    findings = _findings(lint_pipeline(pipeline), ids)
    try:
        plan = _plan(workspace, pipeline, asked.parameters)
    except MlpipeError as error:
        return _analysis(pipeline, (), findings, live, ids, error=error)
    estimate = _estimate(workspace, pipeline, plan)
    costs = {stage.stage: stage for stage in estimate.stages} if estimate else {}
    ends = stage_facts.last_ends(workspace.ledger, pipeline.name) if workspace.exists else {}
    verdicts = verdicts_by_stage(workspace.ledger, {name: end.run for name, end in ends.items()}) if ends else {}
    stages = []
    for planned in plan.stages:
        options = pipeline.stage(planned.name).options
        judged = judge(planned, ends.get(planned.name), options.extra, live, workspace)
        stage = _stage(planned, options, judged, ids, verdicts.get(planned.name, ()))
        stages.append(with_cost(stage, costs.get(planned.name), estimate.currency if estimate else ""))
    analysis = _analysis(pipeline, tuple(stages), findings, live, ids, seconds=plan.seconds)
    return replace(analysis, expected_cost=run_cost(estimate) if estimate else None)


def _estimate(workspace: Workspace, pipeline: Pipeline, plan: Plan) -> Estimate | None:
    """What the plan would cost; None where there is nothing to tell it by. A broken price book is told by a run."""
    if not workspace.exists:
        return None
    try:
        return estimate_run(workspace.ledger, workspace.settings, pipeline, plan)
    except PriceBookError:
        return None


def notebook_of(cells: Sequence[CodeCell], kernel: str | None = None) -> dict[str, Any]:
    """A notebook in nbformat's shape that has these code cells at their places; what stands between is left empty."""
    count = max((cell.index for cell in cells), default=-1) + 1
    laid_out: list[dict[str, Any]] = [
        {"cell_type": "markdown", "id": f"between-{index}", "metadata": {}, "source": ""} for index in range(count)
    ]
    for cell in cells:
        laid_out[cell.index] = {
            "cell_type": "code",
            "id": cell.id,
            "metadata": {"tags": list(cell.tags)},
            "source": cell.source,
            "outputs": [],
            "execution_count": None,
        }
    metadata = {"kernelspec": {"name": kernel, "display_name": kernel}} if kernel else {}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": laid_out}


def _plan(workspace: Workspace, pipeline: Pipeline, parameters: Mapping[str, Any]) -> Plan:
    if workspace.exists:
        return plan_pipeline(workspace, pipeline, parameters=parameters)
    return unstored_plan(pipeline)


def _analysis(
    pipeline: Pipeline,
    stages: tuple[StageInfo, ...],
    findings: tuple[FindingInfo, ...],
    live: LiveRun | None,
    ids: Mapping[int, str],
    *,
    seconds: float = 0.0,
    error: MlpipeError | None = None,
) -> Analysis:
    return Analysis(
        pipeline=pipeline.name,
        stages=stages,
        parameters=tuple(_parameter(parameter) for parameter in pipeline.parameters),
        findings=findings,
        expected_seconds=seconds,
        owner=pipeline.owner,
        run=live.run if live else None,
        error=_error(error) if error else None,
        error_cell=_cell_of(error, ids) if error else None,
    )


def _unreadable(
    asked: AnalysisRequest, name: str, error: NotebookError, ids: Mapping[int, str], extend: Sequence[LineExtension]
) -> Analysis:
    """What can be said of a notebook with a cell that is not finished: which stages its lines name."""
    members: dict[str, list[str]] = {}
    for cell in asked.cells:
        try:
            line = split_cell(cell.source, cell.index).stage_line
            if line is not None:
                members.setdefault(parse_stage_line(line, extend).name, []).append(cell.id)
        except NotebookError:
            continue
    stages = tuple(
        StageInfo(
            name=stage,
            implicit=False,
            state="stale",
            reason="the notebook cannot be read as it is",
            cells=tuple(cells),
            after=(),
            inputs=(),
            key="",
            owner=None,
            resources=Resources(),
            gates=(),
        )
        for stage, cells in members.items()
    )
    return Analysis(
        pipeline=name,
        stages=stages,
        parameters=(),
        findings=(),
        expected_seconds=0.0,
        error=_error(error),
        error_cell=_cell_of(error, ids),
    )


def _stage(
    planned: PlannedStage,
    options: StageOptions,
    judged: Judged,
    ids: Mapping[int, str],
    verdicts: tuple[VerdictInfo, ...],
) -> StageInfo:
    return StageInfo(
        name=planned.name,
        implicit=planned.implicit,
        state=judged.state,
        reason=judged.reason,
        cells=tuple(ids[cell] for cell in planned.cells if cell in ids),
        after=planned.after,
        inputs=planned.inputs,
        key=planned.key,
        owner=planned.owner,
        resources=_resources(options),
        gates=_gates(options),
        last_run=judged.last_run,
        last_seconds=judged.last_seconds,
        expected_seconds=planned.seconds,
        started=judged.started,
        run=judged.run,
        verdicts=verdicts,
    )


def _resources(options: StageOptions) -> Resources:
    return Resources(
        cpus=options.cpus if options.cpus != _UNSAID.cpus else None,
        gpus=options.gpus or None,
        memory=options.memory or None,
        timeout=options.timeout,
        retries=options.retries,
    )


def _gates(options: StageOptions) -> tuple[str, ...]:
    return tuple(str(gate) for gate in options.extra.get("gate", ()))


def _parameter(parameter: Parameter) -> ParameterInfo:
    # What the author wrote as its type says more than the default: `rate: float = 1`.
    kind = _KINDS.get(parameter.annotation or type(parameter.default).__name__, "json")
    return ParameterInfo(
        name=parameter.name,
        type=kind if parameter.literal else "expression",
        default=parameter.default,
        default_source=parameter.default_source,
        help=parameter.help,
    )


def _findings(found: Iterable[Finding], ids: Mapping[int, str]) -> tuple[FindingInfo, ...]:
    return tuple(
        FindingInfo(
            code=finding.code,
            severity=finding.severity.value,
            message=finding.message,
            fix=finding.fix,
            cell=None if finding.cell is None else ids.get(finding.cell),
            line=finding.line,
        )
        for finding in found
    )


def _error(error: MlpipeError) -> ErrorInfo:
    return ErrorInfo(error.code, error.message, error.hint, error.details)


def _cell_of(error: MlpipeError, ids: Mapping[int, str]) -> str | None:
    cell = error.details.get("cell")
    return ids.get(cell) if isinstance(cell, int) else None
