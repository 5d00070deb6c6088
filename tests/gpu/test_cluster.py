"""The embedded CUDA cluster, on a machine that has a GPU."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlpipe.execution.cluster import open_cluster
from jupyter_mlpipe.execution.stage_task import run_stage
from jupyter_mlpipe.notebook.pipeline import StageOptions
from tests.unit.execution.worker_side import stage_task, text_of

pytestmark = pytest.mark.gpu


@dataclass
class Chosen:
    cluster: str = "local"
    cluster_options: dict[str, Any] = field(default_factory=dict)
    workers: int | None = None
    adapt_minimum: int | None = None
    adapt_maximum: int | None = None


def test_a_stage_that_asks_for_a_gpu_sees_one(tmp_path: Path) -> None:
    told: list[str] = []
    asks = StageOptions(gpus=1)
    with open_cluster(Chosen(), [asks], warn=told.append) as cluster:
        assert cluster.kind == "cuda", told
        resources = cluster.resources("train", asks)
        assert resources["GPU"] == 1.0
        task = stage_task(tmp_path, "import os; print(os.environ['CUDA_VISIBLE_DEVICES'])")
        outcome = cluster.client.submit(run_stage, task, pure=False, resources=resources).result(timeout=120)
    assert outcome.status == "done", outcome.error
    assert text_of(outcome.cell_outputs[0]["outputs"]).strip() != ""


def test_without_visible_devices_stages_run_on_the_cpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "CUDA_VISIBLE_DEVICES", "")
    with open_cluster(Chosen()) as cluster:
        assert cluster.kind == "local"
        outcome = cluster.client.submit(run_stage, stage_task(tmp_path, "print(1)"), pure=False).result(timeout=120)
    assert outcome.status == "done"
