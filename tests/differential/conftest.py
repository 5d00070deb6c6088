"""One cluster and one plain run of each trap for a whole test session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.differential import tally
from tests.differential.ours import shared_cluster
from tests.differential.plain import PlainRun, run_plain
from tests.differential.trap import Trap

pytest_terminal_summary = tally.pytest_terminal_summary


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Settings for all runs: a cluster of two workers and a signing key of its own."""
    with shared_cluster(workers=2) as address:
        yield {"cluster": address, "signing_key": str(tmp_path_factory.mktemp("key") / "key")}


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Trap], PlainRun]:
    """Runs a trap by papermill, the first time it is asked for."""
    runs: dict[str, PlainRun] = {}
    root = tmp_path_factory.mktemp("plain")

    def run(trap: Trap) -> PlainRun:
        if trap.name not in runs:
            runs[trap.name] = run_plain(trap, root / trap.name / trap.name)
        return runs[trap.name]

    return run


@pytest.fixture
def workspace_folder(tmp_path: Path, sqlite_template: Path) -> Path:
    """A folder with an empty workspace, whose ledger is migrated already."""
    folder = tmp_path / "project"
    (folder / ".mlpipe").mkdir(parents=True)
    (folder / ".mlpipe" / "ledger.db").write_bytes(sqlite_template.read_bytes())
    return folder
