"""Runs in MLflow that pipelines made: found by their tags, deleted and restored as MLflow does it.

MLflow keeps deleted runs until somebody calls ``mlflow gc``: they can be restored until then. Not for other runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.errors import RetentionError
from jupyter_mlpipe.execution.tracking import RUN_TAG, STAGE_TAG
from jupyter_mlpipe.governance.retention.items import Item, Surroundings
from jupyter_mlpipe.ledger.runs import pipelines

if TYPE_CHECKING:
    from jupyter_mlpipe.ledger import Ledger
    from jupyter_mlpipe.settings import Settings

_PAGE = 500


def mlflow_runs(settings: Settings, ledger: Ledger, known: Surroundings) -> Iterator[Item]:
    """All runs that this workspace's pipelines made, parents and stages. Raises `RetentionError`."""
    with ledger.read() as connection:
        ours = {row["id"] for row in connection.rows("SELECT id FROM runs")}
    client = _client(settings)
    try:
        names = {settings.experiment} if settings.experiment else set(pipelines(ledger))
        found = [client.get_experiment_by_name(name) for name in sorted(names)]
        for experiment in filter(None, found):
            token = None
            while True:
                page = client.search_runs([experiment.experiment_id], max_results=_PAGE, page_token=token)
                yield from (_item(run, known) for run in page if run.data.tags.get(RUN_TAG) in ours)
                token = page.token
                if not token:
                    break
    except Exception as error:
        raise _unavailable(settings, error) from error


def carry_out(settings: Settings, what: str, run: str) -> None:
    """``delete_run`` or ``restore_run``; nothing where it was done before. Raises `RetentionError`."""
    client = _client(settings)
    try:
        stage = client.get_run(run).info.lifecycle_stage
        if (stage == "active") is (what == "delete_run"):
            getattr(client, what)(run)
    except Exception as error:
        raise _unavailable(settings, error) from error


def _item(run: Any, known: Surroundings) -> Item:
    tags = dict(run.data.tags)
    started = (run.info.start_time or 0) / 1000
    ours = tags[RUN_TAG]
    return Item(
        kind="mlflow-run",
        name=run.info.run_id,
        created=started,
        used=(run.info.end_time or run.info.start_time or 0) / 1000,
        pipeline=tags.get("mlpipe.pipeline"),
        stage=tags.get(STAGE_TAG),
        run=ours,
        aliases=known.aliases_of_run.get(ours, ()),
        labels=known.run_labels.get(ours, {}),
        tags=tags,
        # Whatever MLflow shows of a version leads to its run.
        referenced=ours in known.registered_runs,
    )


def _client(settings: Settings) -> Any:
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=settings.tracking_uri)


def _unavailable(settings: Settings, error: Exception) -> RetentionError:
    from jupyter_mlpipe.settings import public_url

    return RetentionError(
        f"MLflow at {public_url(settings.tracking_uri)} does not answer: {error}",
        hint="try again when it does, or leave runs in MLflow out of the rules",
    )
