"""Facts of runs as MLflow has them: one parent run for each pipeline run, one child for each stage. The home of MLflow.

Everything may be sent twice: MLflow runs are found again by their tags ``mlpipe.run`` and ``mlpipe.stage``, and what is
logged carries the times and values of the facts, so that a second delivery changes nothing. Nothing here reads the
outbox or decides when to send (``courier`` does), and no stage waits for it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from jupyter_mlpipe.ledger import runs, stages
from jupyter_mlpipe.ledger.database import Ledger
from jupyter_mlpipe.ledger.outbox import Message
from jupyter_mlpipe.settings import Settings, public_url

RUN_TAG = "mlpipe.run"
STAGE_TAG = "mlpipe.stage"

_STATUS = {"done": "FINISHED", "hit": "FINISHED", "failed": "FAILED", "refused": "FAILED"}
"""MLflow's word for our status; all else was stopped from outside: ``KILLED``."""

_LONGEST_PARAM = 6000
_LONGEST_TAG = 5000
_LONGEST_DIGEST = 36
_MOST_PARAMS = 100
_MOST_METRICS = 1000


class Tracker:
    """One MLflow tracking server or database.

    Parameters
    ----------
    settings
        Say which: ``tracking_uri``, and ``experiment`` where runs shall not go to one named after the pipeline.
    ledger
        The facts that messages point at.
    """

    kinds: ClassVar[frozenset[str]] = frozenset({"run_started", "stage_finished", "run_finished"})

    def __init__(self, settings: Settings, ledger: Ledger) -> None:
        prepare_environment()
        from mlflow import MlflowClient

        self._settings = settings
        self._ledger = ledger
        self._client = MlflowClient(tracking_uri=settings.tracking_uri)
        self._experiments: dict[str, str] = {}
        self._parents: dict[str, Any] = {}
        self._children: dict[tuple[str, str], Any] = {}

    def answers(self) -> bool:
        """Whether MLflow is there at all."""
        try:
            self._client.search_experiments(max_results=1)
        except Exception:  # noqa: BLE001 - whatever it raises, it does not answer
            return False
        return True

    def deliver(self, messages: Sequence[Message]) -> None:
        """Send messages of one run, in order. Raises what MLflow raises."""
        for message in messages:
            run_id = message.payload["run"]
            parent = self._parent(run_id)
            if message.kind == "run_started":
                self._log(parent, params=message.payload.get("parameters") or {})
            elif message.kind == "stage_finished":
                self._stage(parent, message.payload)
            else:
                self._finish(parent, message.payload)

    # -- runs ------------------------------------------------------------------------------------------------------

    def _parent(self, run_id: str) -> Any:
        """The MLflow run of a pipeline run, made where there is none."""
        if run_id not in self._parents:
            run = runs.run(self._ledger, run_id)
            experiment = self._experiment(self._settings.experiment or run.pipeline)
            for found in self._tagged(experiment, run_id):
                stage = found.data.tags.get(STAGE_TAG)
                if stage is None:
                    self._parents[run_id] = found
                else:
                    self._children[run_id, stage] = found
            if run_id not in self._parents:
                tags = {
                    RUN_TAG: run_id,
                    "mlpipe.pipeline": run.pipeline,
                    "mlpipe.cluster": run.cluster,
                    "owner": run.owner,
                    "team": run.team,
                    "mlflow.user": run.user,
                    "mlflow.source.name": run.notebook,
                    "mlflow.source.type": "NOTEBOOK",
                    "mlflow.source.git.commit": run.git_commit,
                }
                self._parents[run_id] = self._client.create_run(
                    experiment, start_time=_milliseconds(run.started), tags=_tags(tags), run_name=run_id
                )
        return self._parents[run_id]

    def _child(self, parent: Any, facts: Mapping[str, Any]) -> Any:
        key = (facts["run"], facts["stage"])
        if key not in self._children:
            tags = {
                RUN_TAG: facts["run"],
                STAGE_TAG: facts["stage"],
                "mlflow.parentRunId": parent.info.run_id,
                "mlflow.user": parent.data.tags.get("mlflow.user"),
                "mlflow.source.name": parent.data.tags.get("mlflow.source.name"),
                "mlflow.source.type": "NOTEBOOK",
            }
            self._children[key] = self._client.create_run(
                parent.info.experiment_id,
                start_time=_milliseconds(facts.get("started")),
                tags=_tags(tags),
                run_name=facts["stage"],
            )
        return self._children[key]

    def _stage(self, parent: Any, facts: Mapping[str, Any]) -> None:
        if facts["status"] == "skipped":
            return
        child = self._child(parent, facts)
        error = facts.get("error") or {}
        tags = {
            "mlpipe.status": facts["status"],
            "mlpipe.hit": "true" if facts.get("hit") else "false",
            "mlpipe.key": facts.get("key"),
            "mlpipe.reason": facts.get("reason"),
            "mlpipe.error": f"{error.get('code')}: {error.get('message')}" if error else None,
            "owner": facts.get("owner"),
            "team": facts.get("team"),
        }
        numbers = {**(facts.get("numbers") or {}), "mlpipe.seconds": facts.get("seconds") or 0.0}
        self._log(child, params=facts.get("parameters") or {}, numbers=numbers, tags=tags, time=facts.get("ended"))
        self._log_inputs(child, facts.get("inputs") or [])
        self._end(child, facts["status"], facts.get("ended"))

    def _finish(self, parent: Any, facts: Mapping[str, Any]) -> None:
        numbers = numbers_of_run(stages.stage_runs(self._ledger, facts["run"]))
        numbers["mlpipe.seconds"] = facts.get("seconds") or 0.0
        self._log(parent, numbers=numbers, tags={"mlpipe.status": facts["status"]}, time=facts.get("ended"))
        notebook = facts.get("notebook")
        if notebook and Path(notebook).is_file():
            self._client.log_artifact(parent.info.run_id, notebook, artifact_path="notebook")
        self._end(parent, facts["status"], facts.get("ended"))

    # -- what is logged --------------------------------------------------------------------------------------------

    def _log(
        self,
        run: Any,
        *,
        params: Mapping[str, Any] | None = None,
        numbers: Mapping[str, float] | None = None,
        tags: Mapping[str, Any] | None = None,
        time: float | None = None,
    ) -> None:
        """Log all of it in as few requests as MLflow allows."""
        from mlflow.entities import Metric, Param, RunTag

        # A parameter cannot be changed once it is logged; those that are there already came from us.
        fresh = {name: value for name, value in (params or {}).items() if name not in run.data.params}
        run.data.params.update(fresh)
        stamp = _milliseconds(time) or 0
        all_params = [Param(name, _text(value, _LONGEST_PARAM)) for name, value in fresh.items()]
        metrics = [Metric(name, float(value), stamp, 0) for name, value in (numbers or {}).items()]
        given = [RunTag(name, value) for name, value in _tags(tags or {}).items()]
        if not (all_params or metrics or given):
            return
        for some_params, some_metrics, some_tags in _batches(all_params, metrics, given):
            self._client.log_batch(run.info.run_id, metrics=some_metrics, params=some_params, tags=some_tags)

    def _log_inputs(self, run: Any, inputs: Sequence[Mapping[str, Any]]) -> None:
        """Log input datasets with our digest of their whole content; MLflow's own looks at the first rows only."""
        if not inputs:
            return
        from mlflow.entities import Dataset, DatasetInput, InputTag

        found = []
        for item in inputs:
            rows = item.get("rows")
            dataset = Dataset(
                name=str(item["name"])[:500],
                digest=str(item["digest"])[:_LONGEST_DIGEST],
                source_type="mlpipe",
                source=json.dumps({"digest": item["digest"], "store": public_url(self._settings.store_url)}),
                schema=json.dumps({"type": item.get("type")}),
                profile=json.dumps({"num_rows": rows}) if rows is not None else None,
            )
            found.append(DatasetInput(dataset, [InputTag("mlflow.data.context", "stage input")]))
        self._client.log_inputs(run.info.run_id, datasets=found)

    def _end(self, run: Any, status: str, ended: float | None) -> None:
        self._client.set_terminated(run.info.run_id, _STATUS.get(status, "KILLED"), end_time=_milliseconds(ended))

    # -- experiments -----------------------------------------------------------------------------------------------

    def _experiment(self, name: str) -> str:
        if name not in self._experiments:
            self._experiments[name] = experiment_id(self._client, self._settings, name)
        return self._experiments[name]

    def _tagged(self, experiment: str, run_id: str) -> Iterator[Any]:
        token = None
        while True:
            page = self._client.search_runs([experiment], f"tags.`{RUN_TAG}` = '{run_id}'", page_token=token)
            yield from page
            token = page.token
            if not token:
                return


def experiment_id(client: Any, settings: Settings, name: str) -> str:
    """The id of an MLflow experiment, which is made where there is none, and restored where it was deleted."""
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(name)
    if found is None:
        # A database has no place for artifacts of its own, and MLflow would put them where this process happens to be.
        own = "://" in settings.tracking_uri and not settings.tracking_uri.startswith("http")
        place = (settings.folder / "mlflow-artifacts" / _file_name(name)).as_uri() if own else None
        try:
            return str(client.create_experiment(name, artifact_location=place))
        except MlflowException:
            # Another workspace on the same server may have made it meanwhile.
            found = client.get_experiment_by_name(name)
            if found is None:
                raise
    if found.lifecycle_stage == "deleted":
        client.restore_experiment(found.experiment_id)
    return str(found.experiment_id)


def prepare_environment() -> None:
    """Keep MLflow from waiting minutes for a server that is down, from reporting its use, and from chatting."""
    for name, value in {
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
        "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_LOGGING_LEVEL": "WARNING",
    }.items():
        os.environ.setdefault(name, value)


def numbers_of_run(found: Sequence[stages.StageRun]) -> dict[str, float]:
    """The numbers of all stages; where two stages bind one name, each under its stage's name."""
    latest = {fact.stage: fact.numbers for fact in found}
    homes: dict[str, list[str]] = {}
    for stage, numbers in latest.items():
        for name in numbers:
            homes.setdefault(name, []).append(stage)
    return {
        name if len(homes[name]) == 1 else f"{stage}/{name}": value
        for stage, numbers in latest.items()
        for name, value in numbers.items()
    }


def _batches(
    params: list[Any], metrics: list[Any], tags: list[Any]
) -> Iterator[tuple[list[Any], list[Any], list[Any]]]:
    size = {"params": _MOST_PARAMS, "metrics": _MOST_METRICS - 2 * _MOST_PARAMS}
    count = max(-(-len(params) // size["params"]), -(-len(metrics) // size["metrics"]), -(-len(tags) // _MOST_PARAMS))
    for index in range(count):
        yield (
            params[index * size["params"] : (index + 1) * size["params"]],
            metrics[index * size["metrics"] : (index + 1) * size["metrics"]],
            tags[index * _MOST_PARAMS : (index + 1) * _MOST_PARAMS],
        )


def _tags(given: Mapping[str, Any]) -> dict[str, str]:
    return {name: _text(value, _LONGEST_TAG) for name, value in given.items() if value is not None}


def _text(value: Any, longest: int) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else int(seconds * 1000)


def _file_name(name: str) -> str:
    return "".join(character if character.isalnum() or character in "-_." else "_" for character in name)[:100]
