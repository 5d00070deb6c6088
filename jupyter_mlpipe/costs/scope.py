"""Whose a stage's costs are: the part of a fact of usage that follows from the notebook and the settings.

Not for what was used (``metering_hook``, ``live_usage``).
"""

from __future__ import annotations

from dataclasses import replace

from jupyter_mlpipe.ledger.usage import Usage
from jupyter_mlpipe.notebook.pipeline import Pipeline, Stage
from jupyter_mlpipe.settings import Settings

EMBEDDED = "local"
"""The class of this machine where nobody named it."""
UNKNOWN = "unknown"
PRICES = "prices.toml"
"""The price book's file in a workspace."""


def machine_class(settings: Settings) -> str:
    """The class of the machines that stages run on, as far as the settings tell."""
    return settings.machine or (EMBEDDED if settings.cluster == "local" else UNKNOWN)


def of_pipeline(pipeline: Pipeline, settings: Settings, *, run: str, task: str, started: float) -> Usage:
    """A fact of usage of no stage in particular, as far as it is known before anything was used."""
    return Usage(
        task=task,
        run=run,
        pipeline=pipeline.name,
        owner=pipeline.owner,
        team=pipeline.team,
        environment=settings.environment,
        labels=dict(pipeline.labels),
        started=started,
        ended=started,
        machine=machine_class(settings),
        purchase=settings.purchase or "on-demand",
    )


def of_stage(pipeline: Pipeline, stage: Stage, settings: Settings, *, run: str, task: str, started: float) -> Usage:
    """A fact of usage of a stage, as far as it is known before anything was used."""
    answers = pipeline.answerable(stage.options)
    models = stage.options.extra.get("model") or ()
    return replace(
        of_pipeline(pipeline, settings, run=run, task=task, started=started),
        stage=stage.name,
        model=models[0].partition("=")[0] if models else None,
        owner=answers.owner,
        team=answers.team,
        labels=pipeline.labels_of(stage.options),
    )
