"""The project of the key table, run once for all edits, and how a run's stages are read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.differential.ours import shared_cluster
from tests.keys.project import STAGES, Project
from tests.keys.running import ran, run


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Settings for all runs: a cluster of two workers and a signing key of its own."""
    with shared_cluster(workers=2) as address:
        yield {"cluster": address, "signing_key": str(tmp_path_factory.mktemp("key") / "key")}


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory, settings: dict[str, Any], sqlite_template: Path) -> Path:
    """A folder where the project, unedited, has run in batch."""
    folder = tmp_path_factory.mktemp("base") / "project"
    (folder / ".mlpipe").mkdir(parents=True)
    (folder / ".mlpipe" / "ledger.db").write_bytes(sqlite_template.read_bytes())
    result = run(Project(), folder, settings)
    assert result.status == "done", result.error
    assert ran(result) == set(STAGES)
    return folder
