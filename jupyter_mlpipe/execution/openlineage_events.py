"""A run's facts as OpenLineage events: what happened to the pipeline and its stages, over which datasets. Pure.

Everything comes from the ledger, times and ids too: the same facts give the same events, so that a second delivery
changes nothing at the receiver. Names follow OpenLineage's naming of datasets: a file is ``file`` and its absolute
path; an artifact is ``pipeline/name`` in the store's namespace, a model stands in its registry's; each has a version.

The home of the openlineage library, with ``openlineage_delivery``, which sends the events.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe._version import __version__
from jupyter_mlpipe.execution.git_head import remote_url
from jupyter_mlpipe.ledger import lineage, runs, stages
from jupyter_mlpipe.ledger.database import Ledger
from jupyter_mlpipe.ledger.file_uses import FileUse, file_uses
from jupyter_mlpipe.ledger.registrations import registrations_of_contents
from jupyter_mlpipe.settings import Settings, public_url

if TYPE_CHECKING:
    from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, RunEvent

PRODUCER = f"https://pypi.org/project/jupyter-mlpipe/{__version__}"

NAMESPACE_VARIABLE = "OPENLINEAGE_NAMESPACE"
"""OpenLineage's own variable for the namespace of jobs."""

_IDS = uuid.UUID("6d1ec3a1-6a0b-5b8e-9d3c-0c7f2a4be7d2")
_ENDS = {"done": "COMPLETE", "hit": "COMPLETE", "failed": "FAIL", "refused": "FAIL"}
"""OpenLineage's word for how a run or a stage ended; all else was stopped from outside: ``ABORT``."""


@dataclass(frozen=True)
class Place:
    """What names in events are relative to."""

    root: Path
    jobs: str
    """Namespace of the jobs."""
    store: str
    """Namespace of the artifacts."""
    registry: str
    """Namespace of the models."""
    repository: str | None = None
    """URL of the git repository, without a password."""

    @classmethod
    def of(cls, settings: Settings) -> Place:
        """The place that a workspace's settings describe."""
        return cls(
            settings.root,
            os.environ.get(NAMESPACE_VARIABLE) or settings.root.as_uri(),
            _namespace(settings.store_url),
            _namespace(settings.tracking_uri),
            remote_url(settings.root),
        )


def started(ledger: Ledger, place: Place, run_id: str) -> list[RunEvent]:
    """The event that a run started. Raises `UnknownRunError`."""
    run = runs.run(ledger, run_id)
    return [_run_event(place, run, "START", run.started)]


def stage_ended(ledger: Ledger, place: Place, run_id: str, stage: str) -> list[RunEvent]:
    """The events that a stage started and how it ended, with what it used and made; none where it was skipped."""
    run = runs.run(ledger, run_id)
    facts = stages.stage_runs(ledger, run_id)
    own = [fact for fact in facts if fact.stage == stage and fact.status != "skipped"]
    if not own:
        return []
    fact = own[-1]
    inputs, outputs = _datasets(ledger, place, fact, facts)
    outputs += _models(ledger, place, [fact])
    ended = _ENDS.get(fact.status, "ABORT")
    return [
        _stage_event(place, run, fact, "START", min(fact.started, fact.ended)),
        _stage_event(place, run, fact, ended, fact.ended, inputs=inputs, outputs=outputs),
    ]


def ended(ledger: Ledger, place: Place, run_id: str) -> list[RunEvent]:
    """The event of how a run ended, with the files that it read and wrote; none while it goes on."""
    run = runs.run(ledger, run_id)
    if run.ended is None:
        return []
    facts = stages.stage_runs(ledger, run_id)
    found = file_uses(ledger, [fact.files for fact in facts if fact.files])
    uses = list(dict.fromkeys(use for some in found.values() for use in some))
    written = {(use.path, use.digest) for use in uses if use.written}
    read = [use for use in uses if not use.written and (use.path, use.digest) not in written]
    inputs = [_file_input(place, use) for use in read]
    outputs = [_file_output(place, use) for use in uses if use.written]
    outputs += _models(ledger, place, facts)
    return [_run_event(place, run, _ENDS.get(run.status, "ABORT"), run.ended, inputs=inputs, outputs=outputs)]


def event_id(run_id: str, stage: str | None = None) -> str:
    """The id (UUIDv5) of a run, or of a stage of it, in OpenLineage."""
    return str(uuid.uuid5(_IDS, run_id if stage is None else f"{run_id}/{stage}"))


# -- runs and jobs ------------------------------------------------------------------------------------------------


def _run_event(
    place: Place,
    run: runs.Run,
    kind: str,
    moment: float,
    *,
    inputs: Iterable[InputDataset] = (),
    outputs: Iterable[OutputDataset] = (),
) -> RunEvent:
    from openlineage.client.event_v2 import Run, RunEvent, RunState
    from openlineage.client.facet_v2 import execution_parameters_run

    parameters = [
        execution_parameters_run.ExecutionParameter(key=name, value=str(value))
        for name, value in run.parameters.items()
    ]
    facets = _run_facets(
        {"run": run.id, "status": run.status if kind != "START" else None}, None if kind == "START" else run.error
    )
    facets["processing_engine"] = _engine()
    if parameters:
        facets["executionParameters"] = execution_parameters_run.ExecutionParametersRunFacet(parameters)
    return RunEvent(
        eventType=RunState[kind],
        eventTime=_time(moment),
        run=Run(event_id(run.id), facets),
        job=_job(place, run, run.pipeline, "PIPELINE", about=f"the pipeline of {run.notebook}", owners=_owners(run)),
        inputs=list(inputs),
        outputs=list(outputs),
        producer=PRODUCER,
    )


def _stage_event(
    place: Place,
    run: runs.Run,
    fact: stages.StageRun,
    kind: str,
    moment: float,
    *,
    inputs: Iterable[InputDataset] = (),
    outputs: Iterable[OutputDataset] = (),
) -> RunEvent:
    from openlineage.client.event_v2 import Run, RunEvent, RunState
    from openlineage.client.facet_v2 import parent_run

    tags = {"run": run.id, "key": fact.key}
    if kind != "START":
        tags |= {"status": fact.status, "hit": str(fact.hit).lower(), "reason": fact.reason or None}
    facets = _run_facets(tags, fact.error if kind != "START" else None)
    facets["parent"] = parent_run.ParentRunFacet(
        run=parent_run.Run(event_id(run.id)), job=parent_run.Job(place.jobs, run.pipeline)
    )
    about = f"stage {fact.stage} of {run.notebook}"
    return RunEvent(
        eventType=RunState[kind],
        eventTime=_time(moment),
        run=Run(event_id(run.id, fact.stage), facets),
        job=_job(place, run, f"{run.pipeline}.{fact.stage}", "STAGE", about=about, owners=_owners(fact)),
        inputs=list(inputs),
        outputs=list(outputs),
        producer=PRODUCER,
    )


def _run_facets(tags: Mapping[str, str | None], error: Mapping[str, Any] | None) -> dict[str, Any]:
    from openlineage.client.facet_v2 import error_message_run, tags_run

    given = [
        tags_run.TagsRunFacetFields(f"mlpipe.{name}", value, "MLPIPE")
        for name, value in tags.items()
        if value is not None
    ]
    facets: dict[str, Any] = {"tags": tags_run.TagsRunFacet(given)}
    if error:
        message = f"{error.get('code')}: {error.get('message')}"
        facets["errorMessage"] = error_message_run.ErrorMessageRunFacet(message, "python")
    return facets


def _owners(of: runs.Run | stages.StageRun) -> dict[str, str | None]:
    return {"OWNER": of.owner, "TEAM": of.team}


def _engine() -> Any:
    from openlineage.client.facet_v2 import processing_engine_run

    return processing_engine_run.ProcessingEngineRunFacet(__version__, "jupyter_mlpipe", __version__)


def _job(place: Place, run: runs.Run, name: str, kind: str, *, about: str, owners: Mapping[str, str | None]) -> Job:
    from openlineage.client.event_v2 import Job
    from openlineage.client.facet_v2 import (
        documentation_job,
        job_type_job,
        ownership_job,
        source_code_location_job,
    )

    facets: dict[str, Any] = {
        "jobType": job_type_job.JobTypeJobFacet("BATCH", "MLPIPE", kind),
        "documentation": documentation_job.DocumentationJobFacet(about),
    }
    owned = [ownership_job.Owner(who, role) for role, who in owners.items() if who is not None]
    if owned:
        facets["ownership"] = ownership_job.OwnershipJobFacet(owned)
    if run.git_commit is not None:
        url = place.repository or place.root.as_uri()
        facets["sourceCodeLocation"] = source_code_location_job.SourceCodeLocationJobFacet(
            "git", url, repoUrl=url, path=run.notebook, version=run.git_commit
        )
    return Job(place.jobs, name, facets)


# -- datasets -----------------------------------------------------------------------------------------------------


def _datasets(
    ledger: Ledger, place: Place, fact: stages.StageRun, facts: Iterable[stages.StageRun]
) -> tuple[list[InputDataset], list[OutputDataset]]:
    """What a stage used and made: artifacts, and files of the project."""
    from openlineage.client.event_v2 import InputDataset, OutputDataset

    columns = _columns(facts)
    inputs = [
        InputDataset(place.store, f"{fact.pipeline}/{item.name}", facets=_facets(place.store, item.digest, columns))
        for item in lineage.inputs(ledger, fact.id)
    ]
    outputs = [
        OutputDataset(
            place.store,
            f"{fact.pipeline}/{item.name}",
            {"outputStatistics": _size(rowCount=item.rows, size=item.bytes)},
            facets=_facets(place.store, item.digest, columns),
        )
        for item in lineage.outputs(ledger, fact.id)
    ]
    for use in file_uses(ledger, [fact.files]).get(fact.files, ()) if fact.files else ():
        if use.written:
            outputs.append(_file_output(place, use))
        else:
            inputs.append(_file_input(place, use))
    return inputs, outputs


def _size(**counts: int | None) -> Any:
    from openlineage.client.facet_v2 import output_statistics_output_dataset

    return output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(**counts)


def _columns(facts: Iterable[stages.StageRun]) -> dict[str, list[str]]:
    """The columns of frames that stages of the run used, by the frames' digests."""
    found: dict[str, list[str]] = {}
    for fact in facts:
        for item in ((fact.components or {}).get("inputs") or {}).values():
            if item.get("columns"):
                found[item["digest"]] = list(item["columns"])
    return found


def _facets(namespace: str, digest: str, columns: Mapping[str, list[str]]) -> dict[str, Any]:
    from openlineage.client.facet_v2 import dataset_version_dataset, datasource_dataset, schema_dataset

    facets: dict[str, Any] = {
        "version": dataset_version_dataset.DatasetVersionDatasetFacet(digest),
        "dataSource": datasource_dataset.DatasourceDatasetFacet(namespace, namespace),
    }
    if digest in columns:
        fields = [schema_dataset.SchemaDatasetFacetFields(column) for column in columns[digest]]
        facets["schema"] = schema_dataset.SchemaDatasetFacet(fields)
    return facets


def _file_input(place: Place, use: FileUse) -> InputDataset:
    from openlineage.client.event_v2 import InputDataset

    return InputDataset("file", str(place.root / use.path), facets=_file_facets(place, use))


def _file_output(place: Place, use: FileUse) -> OutputDataset:
    from openlineage.client.event_v2 import OutputDataset

    size = {"outputStatistics": _size(size=use.bytes, fileCount=1)}
    return OutputDataset("file", str(place.root / use.path), size, facets=_file_facets(place, use))


def _file_facets(place: Place, use: FileUse) -> dict[str, Any]:
    from openlineage.client.facet_v2 import dataset_version_dataset, datasource_dataset

    uri = (place.root / use.path).as_uri()
    return {
        "version": dataset_version_dataset.DatasetVersionDatasetFacet(use.digest),
        "dataSource": datasource_dataset.DatasourceDatasetFacet("file", uri),
    }


def _models(ledger: Ledger, place: Place, facts: Iterable[stages.StageRun]) -> list[OutputDataset]:
    """The model versions that stages registered: of what they made or used, also where another run did so first."""
    from openlineage.client.event_v2 import OutputDataset
    from openlineage.client.facet_v2 import dataset_version_dataset, datasource_dataset

    contents: dict[str, None] = {}
    registering = set()
    for fact in facts:
        registering.add((fact.pipeline, fact.stage))
        contents |= {item.digest: None for item in lineage.outputs(ledger, fact.id)}
        contents |= {item.digest: None for item in lineage.inputs(ledger, fact.id)}
    return [
        OutputDataset(
            place.registry,
            item.model,
            facets={
                "version": dataset_version_dataset.DatasetVersionDatasetFacet(str(item.version)),
                "dataSource": datasource_dataset.DatasourceDatasetFacet(place.registry, place.registry),
            },
        )
        for item in registrations_of_contents(ledger, contents)
        if item.version is not None and (item.pipeline, item.stage) in registering
    ]


def _namespace(url: str) -> str:
    """A namespace: a URL without its password; a local path as a URL."""
    return Path(url).as_uri() if os.path.isabs(url) else public_url(url)  # noqa: PTH117 - a URL is no path


def _time(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
