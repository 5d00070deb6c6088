"""The promises on speed, as ratios to the peer in the same interleaved run. ``make bench`` runs them.

Each table here has the peers of its promise alone; ``python -m tests.benchmarks`` prints the tables with all of them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.gate_speed import fairness
from tests.benchmarks.notebook_peers import PapermillLoop
from tests.benchmarks.pipeline_speed import NAMES, cold, imports, no_op, one_change
from tests.benchmarks.pipelines import Ours
from tests.benchmarks.script_peers import Dvc, Snakemake
from tests.benchmarks.timing import conditions
from tests.benchmarks.workload import Workload

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(1800), pytest.mark.xdist_group("benchmarks")]


def test_a_no_op_takes_at_most_a_third_of_dvc(tmp_path: Path) -> None:
    table = no_op(tmp_path, kinds=[Dvc])
    print(f"\n{conditions()}\n{table}")
    assert table.ratio("mlpipe run") <= 1 / 3


def test_a_cold_run_takes_less_than_half_of_a_papermill_loop(tmp_path: Path) -> None:
    table = cold(tmp_path, kinds=[PapermillLoop])
    print(f"\n{conditions()}\n{table}")
    assert table.ratio("mlpipe run") < 1 / 2


def test_kernels_that_import_are_ahead_of_plain_scripts_that_import(tmp_path: Path) -> None:
    table = imports(tmp_path, rounds=1, kinds=[Snakemake, Dvc])
    print(f"\n{conditions()}\n{table}")
    assert table.ratio("mlpipe run", NAMES[Snakemake]) < 1
    assert table.ratio("mlpipe run", NAMES[Dvc]) < 1


def test_one_change_is_not_slower_than_dvc_by_more_than_a_kernel(tmp_path: Path) -> None:
    table = one_change(tmp_path, kinds=[Dvc])
    print(f"\n{conditions()}\n{table}")
    # DVC starts a plain script, we start a cluster, a worker and a kernel: the bound says that nothing else came along.
    assert table.ratio("mlpipe run") < 6


def test_one_changed_stage_runs_that_stage_only(tmp_path: Path) -> None:
    ours = Ours(tmp_path / "ours", Workload())
    ours.run()
    ours.change(1)
    statuses = ours.statuses()
    assert statuses.pop("s7") == "done"
    assert set(statuses.values()) == {"hit"}


def test_a_fairness_gate_of_a_thousand_resamples_takes_less_than_fifty_of_fairlearn(tmp_path: Path) -> None:
    table = fairness(tmp_path)
    print(f"\n{conditions()}\n{table}")
    assert table.ratio("our gate, 1,000 resamples") < 1 / 20
