"""The key table in batch: each edit is made on a copy of a project that has run, and what runs again is what must.

``make test`` makes three edits in five; the others are marked ``exhaustive``.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.keys.edits import EDITS
from tests.keys.project import Edit, Project
from tests.keys.running import ran, run

pytestmark = [pytest.mark.xdist_group("keys")]


def test_the_table_is_long_enough() -> None:
    assert len(EDITS) >= 40
    assert len({edit.name for edit in EDITS}) == len(EDITS)


_PARAMETERS = [
    pytest.param(edit, id=edit.name.replace(" ", "-"), marks=pytest.mark.exhaustive if at % 5 in (1, 3) else ())
    for at, edit in enumerate(EDITS)
]


@pytest.mark.parametrize("edit", _PARAMETERS)
def test_what_runs_again(edit: Edit, base: Path, settings: dict[str, Any], tmp_path: Path) -> None:
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
