"""Metrics for Prometheus: what the ledger holds, parsed as a scraper parses it."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from prometheus_client.parser import text_string_to_metric_families

from jupyter_mlpipe.errors import MetricsError, UsageError
from jupyter_mlpipe.ledger import Ledger
from jupyter_mlpipe.ledger.drift_reports import DriftFact, record_drift
from jupyter_mlpipe.ledger.gates import Verdict, record_verdicts
from jupyter_mlpipe.ledger.outbox import put
from jupyter_mlpipe.ledger.performance import PerformanceFact, record_performance
from jupyter_mlpipe.ledger.runs import finish_run, start_run
from jupyter_mlpipe.monitoring import metrics as written
from jupyter_mlpipe.monitoring.metrics import metrics_text, write_metrics
from jupyter_mlpipe.monitoring.metrics_server import metrics_server, parse_address


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger.open(f"sqlite:///{tmp_path}/ledger.db")


def _samples(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    families = text_string_to_metric_families(text)
    return {(item.name, tuple(sorted(item.labels.items()))): item.value for one in families for item in one.samples}


def _value(text: str, metric: str, /, **labels: str) -> float:
    return _samples(text)[metric, tuple(sorted(labels.items()))]


def _run(ledger: Ledger, pipeline: str, status: str) -> str:
    run = start_run(ledger, pipeline=pipeline, notebook="n.ipynb", notebook_digest="d")
    finish_run(ledger, run.id, status)
    return run.id


def _report(*columns: tuple[str, float]) -> dict[str, object]:
    return {"columns": [{"column": name, "effect": effect} for name, effect in columns]}


def _filled(ledger: Ledger) -> None:
    done = _run(ledger, 'fli"ghts\n', "done")
    _run(ledger, 'fli"ghts\n', "failed")
    start_run(ledger, pipeline="other", notebook="n.ipynb", notebook_digest="d")
    record_verdicts(
        ledger, [Verdict(run=done, stage="train", gate=f"auc >= 0.{n}", passed=n < 8, text="") for n in (7, 8, 9)]
    )
    for drifted in (False, True):
        fact = DriftFact(
            name="flights",
            model="delay",
            rows=100,
            drifted=drifted,
            columns_drifted=int(drifted),
            report=_report(("distance", 0.4 if drifted else 0.01), ("carrier", 0.02)),
        )
        record_drift(ledger, [fact])
    figures = {"model": "delay", "measure": "auc", "rows": 100}
    record_performance(
        ledger,
        [
            PerformanceFact(**figures, value=0.8),
            PerformanceFact(**figures, value=0.7, breached=True),
            PerformanceFact(**figures, value=0.75, estimated=True),
            PerformanceFact(**figures, value=None, segment="carrier=AA"),
        ],
    )
    put(ledger, "alert", {"run": "r"})


def test_an_empty_ledger_has_metrics_that_can_be_alerted_on(ledger: Ledger) -> None:
    text = metrics_text(ledger)
    assert _value(text, "mlpipe_alerts_open", severity="critical", acknowledged="false") == 0
    assert _value(text, "mlpipe_alerts_oldest_unacknowledged_seconds", severity="critical") == 0
    assert _value(text, "mlpipe_metrics_left_out") == 0


def test_runs_gates_drift_performance_and_messages_are_counted(ledger: Ledger) -> None:
    _filled(ledger)
    text = metrics_text(ledger)
    assert _value(text, "mlpipe_runs_total", pipeline='fli"ghts\n', status="done") == 1
    assert _value(text, "mlpipe_runs_total", pipeline='fli"ghts\n', status="failed") == 1
    assert _value(text, "mlpipe_runs_unfinished", pipeline="other") == 1
    assert _value(text, "mlpipe_run_last_success_timestamp_seconds", pipeline='fli"ghts\n') > 1e9
    assert _value(text, "mlpipe_gates_refused_total", pipeline='fli"ghts\n', stage="train") == 2
    about = {"model": "delay", "name": "flights"}
    assert _value(text, "mlpipe_drift_detected", **about) == 1
    assert _value(text, "mlpipe_drift_column_effect", **about, column="distance") == 0.4
    figure = {"model": "delay", "name": "", "measure": "auc"}
    assert _value(text, "mlpipe_model_performance", **figure, segment="", estimated="false") == 0.7
    assert _value(text, "mlpipe_model_performance", **figure, segment="", estimated="true") == 0.75
    assert _value(text, "mlpipe_model_performance_breached", **figure, segment="", estimated="false") == 1
    assert _value(text, "mlpipe_messages_undelivered", kind="alert") == 1
    assert not any(name == "mlpipe_model_performance" and "carrier=AA" in str(at) for name, at in _samples(text))


def test_series_are_bounded_and_what_is_left_out_is_counted(ledger: Ledger) -> None:
    wide = _report(*((f"c{n}", n / 1000) for n in range(200)))
    record_drift(
        ledger,
        [DriftFact(name=f"d{n}", rows=1, drifted=False, columns_drifted=0, report=wide) for n in range(103)],
    )
    text = metrics_text(ledger)
    effects = [labels for name, labels in _samples(text) if name == "mlpipe_drift_column_effect"]
    assert len(effects) == 100 * written.MOST_COLUMNS
    assert _value(text, "mlpipe_metrics_left_out") == 3


def test_a_file_is_replaced_whole_and_readable_by_others(ledger: Ledger, tmp_path: Path) -> None:
    target = tmp_path / "mlpipe.prom"
    target.write_text("old")
    write_metrics(ledger, target)
    assert "mlpipe_build_info" in target.read_text()
    assert target.stat().st_mode & 0o777 == 0o644
    assert not list(tmp_path.glob(".mlpipe.prom*"))
    with pytest.raises(MetricsError) as caught:
        write_metrics(ledger, tmp_path / "nowhere" / "mlpipe.prom")
    assert caught.value.code == "MP750"


def test_metrics_are_served_and_nothing_else(ledger: Ledger) -> None:
    with metrics_server(ledger, parse_address("0")) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        root = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            with urllib.request.urlopen(f"{root}/metrics", timeout=10) as reply:
                assert reply.headers["Content-Type"] == written.CONTENT_TYPE
                assert "mlpipe_build_info" in reply.read().decode()
            with pytest.raises(HTTPError, match="404"):
                urllib.request.urlopen(f"{root}/ledger", timeout=10)
            with pytest.raises(MetricsError, match="nothing can listen"):
                metrics_server(ledger, ("127.0.0.1", server.server_address[1]))
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("text", ["", "here", "localhost:", "localhost:x", "h:70000", "h:-1"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_address(text)
    assert parse_address("9187") == ("127.0.0.1", 9187)
    assert parse_address("[::1]:9187") == ("::1", 9187)


def test_prometheus_itself_finds_no_fault_with_names_and_rules(ledger: Ledger, tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (Debian: prometheus)")
    _filled(ledger)
    linted = subprocess.run(
        [promtool, "check", "metrics"],
        check=False,
        input=metrics_text(ledger),
        text=True,
        capture_output=True,
        timeout=60,
    )
    assert linted.returncode == 0, linted.stdout + linted.stderr
    page = Path(__file__).parents[3] / "docs/how-to/export-metrics.md"
    rules = tmp_path / "rules.yml"
    shown = page.read_text().partition("```yaml\ngroups:")[2].partition("```")[0]
    rules.write_text(f"groups:{shown}")
    checked = subprocess.run(
        [promtool, "check", "rules", str(rules)], check=False, text=True, capture_output=True, timeout=60
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_prometheus_scrapes_what_is_served(ledger: Ledger, tmp_path: Path) -> None:
    program = shutil.which("prometheus")
    if program is None:
        pytest.skip("Prometheus is not installed (Debian: prometheus)")
    _filled(ledger)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with metrics_server(ledger, parse_address("0")) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        target = f"127.0.0.1:{server.server_address[1]}"
        scrape = {"job_name": "mlpipe", "scrape_interval": "1s", "static_configs": [{"targets": [target]}]}
        config = tmp_path / "prometheus.yml"
        config.write_text(json.dumps({"scrape_configs": [scrape]}))
        options = [f"--config.file={config}", f"--storage.tsdb.path={tmp_path}/tsdb"]
        process = subprocess.Popen(
            [program, *options, f"--web.listen-address=127.0.0.1:{port}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            found = _asked_until(f"http://127.0.0.1:{port}/api/v1/query?query=mlpipe_gates_refused_total", seconds=40)
        finally:
            process.terminate()
            process.wait(20)
            server.shutdown()
            thread.join()
    assert found[0]["metric"]["stage"] == "train"
    assert found[0]["value"][1] == "2"


def _asked_until(url: str, *, seconds: float) -> list[dict[str, Any]]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5) as reply:
            found: list[dict[str, Any]] = json.load(reply)["data"]["result"]
            if found:
                return found
        time.sleep(0.3)
    pytest.fail("Prometheus has nothing of ours")
