"""The key table in batch: each edit is made on a copy of a project that has run, and what runs again is what must."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlpipe.execution.report import RunResult
from jupyter_mlpipe.execution.runner import run_pipeline
from jupyter_mlpipe.workspace import Workspace
from tests.differential.ours import shared_cluster
from tests.keys.edits import EDITS
from tests.keys.project import STAGES, Edit, Project

pytestmark = [pytest.mark.xdist_group("keys")]

Settings = dict[str, Any]


def run(project: Project, folder: Path, settings: Settings) -> RunResult:
    path = project.write(folder)
    with Workspace.open(path, {"tracking": False, **settings}, environ={}) as workspace:
        return run_pipeline(workspace, workspace.read(path), parameters=project.parameters)


def ran(result: RunResult) -> set[str]:
    """Explicit stages that were executed; a refused stage was not, where its hit was refused."""
    return {stage.name for stage in result.stages if not stage.implicit and stage.attempts}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with shared_cluster(workers=2) as address:
        yield {"cluster": address, "signing_key": str(tmp_path_factory.mktemp("key") / "key")}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory, settings: Settings, sqlite_template: Path) -> Path:
    """A folder where the project, unedited, has run."""
    folder = tmp_path_factory.mktemp("base") / "project"
    (folder / ".mlpipe").mkdir(parents=True)
    (folder / ".mlpipe" / "ledger.db").write_bytes(sqlite_template.read_bytes())
    result = run(Project(), folder, settings)
    assert result.status == "done", result.error
    assert ran(result) == set(STAGES)
    return folder


def test_the_table_is_long_enough() -> None:
    assert len(EDITS) >= 40
    assert len({edit.name for edit in EDITS}) == len(EDITS)


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.name.replace(" ", "-"))
def test_what_runs_again(edit: Edit, base: Path, settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "moved" / "project"
    shutil.copytree(base, folder)
    project = Project()
    edit.change(project)
    result = run(project, folder, settings)
    again = ran(result)
    assert result.status == edit.status, result.error
    assert set(edit.must) <= again, f"must run and did not: {sorted(set(edit.must) - again)}"
    extra = {stage.name: stage.reason for stage in result.stages if stage.name in again - {*edit.must, *edit.may}}
    assert not extra, f"ran for nothing: {extra}"
    for stage in result.stages:
        if stage.name in edit.must:
            assert stage.reason, f"{stage.name} does not say why it ran"
