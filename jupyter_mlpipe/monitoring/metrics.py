"""The ledger's figures in Prometheus's text format: to a file, over HTTP, or as text.

Everything is read from the ledger when it is asked for, so it does not matter which process answers. Counters are
counts of facts, which are only added: they do not fall when a process starts anew. Names follow Prometheus's
conventions (https://prometheus.io/docs/practices/naming/).

Not for telling anybody (``alerts``), nor for the figures of one run.
"""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from jupyter_mlpipe._version import __version__
from jupyter_mlpipe.errors import MetricsError
from jupyter_mlpipe.ledger.counts import Counts, counts
from jupyter_mlpipe.ledger.database import Ledger, Row

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

MOST_COLUMNS = 50
"""Columns of a drift report that have a series of their own: those that drifted most."""


def metrics_text(ledger: Ledger) -> str:
    """Return all metrics of a ledger in the text exposition format 0.0.4."""
    from prometheus_client import CollectorRegistry, generate_latest

    registry = CollectorRegistry()
    registry.register(_Collected(counts(ledger)))
    return str(generate_latest(registry).decode())


def write_metrics(ledger: Ledger, path: Path) -> None:
    """Write all metrics into a file, for node_exporter's textfile collector, whose files end in ``.prom``.

    A reader sees the old file or the new one, never a part of it.

    Raises
    ------
    MetricsError
        The file cannot be written; the old one is as it was.
    """
    text = metrics_text(ledger)
    temporary: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
        temporary = Path(name)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        temporary.chmod(0o644)  # node_exporter is another user
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise MetricsError(
            f"{path} cannot be written: {error.strerror or error}",
            hint="give --file a path in a folder that you may write to",
            path=str(path),
        ) from error


class _Collected:
    """What prometheus_client asks for when it writes."""

    def __init__(self, found: Counts) -> None:
        self._found = found

    def collect(self) -> Iterator[Any]:
        found = self._found
        yield from _info(found)
        yield from _runs(found)
        yield from _models(found)
        yield from _drift(found.drift)
        yield from _performance(found.performance)
        yield from _alerts(found)


def _info(found: Counts) -> Iterator[Any]:
    version = {"version": __version__}
    yield _gauge("mlpipe_build_info", "The version of jupyter_mlpipe that wrote these metrics.", [(version, 1)])
    yield _gauge(
        "mlpipe_metrics_left_out", "Series left out so that these metrics stay bounded.", [({}, found.left_out)]
    )


def _runs(found: Counts) -> Iterator[Any]:
    ended = [row for row in found.runs if row["status"] != "running"]
    going = [row for row in found.runs if row["status"] == "running"]
    yield _counter("mlpipe_runs", "Runs that ended, by how.", ended, "pipeline", "status")
    yield _gauge(
        "mlpipe_runs_unfinished", "Runs without a recorded end.", [(_of(row, "pipeline"), row["n"]) for row in going]
    )
    yield _gauge(
        "mlpipe_run_last_success_timestamp_seconds",
        "When the newest run that succeeded ended, in seconds since the epoch.",
        [(_of(row, "pipeline"), row["last"]) for row in found.successes],
    )
    labels = ("pipeline", "stage", "status")
    yield _counter("mlpipe_stage_ends", "Ends of stages, by how.", found.stages, *labels)
    yield _counter("mlpipe_stage_seconds", "Seconds that stages took.", found.stages, *labels, value="seconds")
    # 0 where all passed: a rate needs the series before the first refusal.
    refused: dict[tuple[str, str], int] = {}
    for row in found.verdicts:
        place = row["pipeline"], row["stage"]
        refused[place] = refused.get(place, 0) + (0 if row["passed"] else row["n"])
    rows = [{"pipeline": pipeline, "stage": stage, "n": number} for (pipeline, stage), number in refused.items()]
    yield _counter("mlpipe_gates_refused", "Gates and contracts that did not hold.", rows, "pipeline", "stage")


def _models(found: Counts) -> Iterator[Any]:
    for alias in ("production", "staging"):
        yield _gauge(
            f"mlpipe_model_{alias}_version",
            f"The version that a model's alias {alias} names.",
            [(_of(row, "model"), row["version"]) for row in found.aliases if row["alias"] == alias],
        )


def _drift(rows: Iterable[Row]) -> Iterator[Any]:
    reports = [(_of(row, "model", "name"), row) for row in rows]
    yield _gauge(
        "mlpipe_drift_detected",
        "Whether the newest report of a data set says that it drifted.",
        [(labels, bool(row["drifted"])) for labels, row in reports],
    )
    yield _gauge(
        "mlpipe_drift_columns",
        "Columns that drifted, in the newest report.",
        [(labels, row["columns_drifted"]) for labels, row in reports],
    )
    yield _gauge(
        "mlpipe_drift_rows", "Rows of the newest report's window.", [(labels, row["rows"]) for labels, row in reports]
    )
    yield _gauge(
        "mlpipe_drift_report_timestamp_seconds",
        "When the newest report was made, in seconds since the epoch.",
        [(labels, row["time"]) for labels, row in reports],
    )
    effects = [
        (labels | {"column": str(column["column"])}, column["effect"])
        for labels, row in reports
        for column in _most_drifted(row["report"])
    ]
    yield _gauge("mlpipe_drift_column_effect", "How much a column drifted, from 0 to 1, in the newest report.", effects)


def _most_drifted(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    columns = [item for item in report.get("columns", ()) if isinstance(item.get("effect"), int | float)]
    return sorted(columns, key=lambda item: -item["effect"])[:MOST_COLUMNS]


def _performance(rows: Iterable[Row]) -> Iterator[Any]:
    measures = []
    for row in rows:
        labels = _of(row, "model", "name", "measure", "segment")
        measures.append((labels | {"estimated": "true" if row["estimated"] else "false"}, row))
    yield _gauge(
        "mlpipe_model_performance",
        "A model's newest figure: measured, or estimated without labels.",
        [(labels, row["value"]) for labels, row in measures],
    )
    yield _gauge(
        "mlpipe_model_performance_breached",
        "Whether a model's newest figure is outside of what it may be.",
        [(labels, bool(row["breached"])) for labels, row in measures],
    )
    yield _gauge(
        "mlpipe_model_performance_timestamp_seconds",
        "When a model's newest figure was taken, in seconds since the epoch.",
        [(labels, row["time"]) for labels, row in measures],
    )


def _alerts(found: Counts) -> Iterator[Any]:
    standing = {(severity, said): 0 for severity in ("info", "warning", "critical") for said in (False, True)}
    oldest = dict.fromkeys(("info", "warning", "critical"), 0.0)
    for row in found.alerts:
        said = bool(row["acknowledged"])
        standing[row["severity"], said] = row["n"]
        if not said:
            oldest[row["severity"]] = max(0.0, found.clock - row["oldest"])
    yield _gauge(
        "mlpipe_alerts_open",
        "Alerts that are not resolved.",
        [
            ({"severity": severity, "acknowledged": "true" if said else "false"}, number)
            for (severity, said), number in standing.items()
        ],
    )
    yield _gauge(
        "mlpipe_alerts_oldest_unacknowledged_seconds",
        "Age of the oldest open alert that nobody has acknowledged; 0 where there is none.",
        [({"severity": severity}, age) for severity, age in oldest.items()],
    )
    yield _gauge(
        "mlpipe_messages_undelivered",
        "Messages to other systems and people that have not arrived.",
        [(_of(row, "kind"), row["n"]) for row in found.outbox],
    )
    yield _gauge(
        "mlpipe_messages_failing",
        "Undelivered messages that failed at least once.",
        [(_of(row, "kind"), row["failing"]) for row in found.outbox],
    )


# -- families -----------------------------------------------------------------------------------------------------


def _of(row: Row, *names: str) -> dict[str, str]:
    """Labels; empty where the ledger has none, which to Prometheus is the same as no label."""
    return {name: "" if row[name] is None else str(row[name]) for name in names}


def _gauge(name: str, text: str, samples: Iterable[tuple[Mapping[str, str], Any]]) -> Any:
    from prometheus_client.core import GaugeMetricFamily

    return _filled(GaugeMetricFamily(name, text), name, samples)


def _counter(name: str, text: str, rows: Iterable[Row], *labels: str, value: str = "n") -> Any:
    from prometheus_client.core import CounterMetricFamily

    return _filled(CounterMetricFamily(name, text), f"{name}_total", [(_of(row, *labels), row[value]) for row in rows])


def _filled(family: Any, name: str, samples: Iterable[tuple[Mapping[str, str], Any]]) -> Any:
    for labels, value in samples:
        if value is not None and not math.isnan(float(value)):
            family.add_sample(name, dict(labels), float(value))
    return family
