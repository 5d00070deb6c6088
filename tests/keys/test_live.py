"""The key table in a live kernel: the stages that batch made are restored, but for those that an edit reaches."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.keys.edits import EDITS
from tests.keys.project import Edit, Project
from tests.keys.running import ran, run, run_live

pytestmark = [pytest.mark.xdist_group("keys"), pytest.mark.slow]


_LIVE = [edit for edit in EDITS if edit.live]
_PARAMETERS = [
    pytest.param(edit, id=edit.name.replace(" ", "-"), marks=() if at % 4 == 0 else pytest.mark.exhaustive)
    for at, edit in enumerate(_LIVE)
]


@pytest.mark.parametrize("edit", _PARAMETERS)
def test_what_runs_again_live(edit: Edit, base: Path, settings: dict[str, Any], tmp_path: Path) -> None:
    folder = tmp_path / "moved" / "project"
    shutil.copytree(base, folder)
    project = Project()
    edit.change(project)
    told = run_live(project, folder, settings)
    again = {name for name, line in told.items() if line.startswith("ran")}
    restored = {name for name, line in told.items() if line.startswith("restored")}
    assert set(edit.must) <= again, f"must run and did not: {sorted(set(edit.must) - again)} of {told}"
    extra = again - {*edit.must, *edit.may}
    assert not extra, f"ran for nothing: { {name: told[name] for name in extra} }"
    expected = {source.split()[1] for source in project.cells.values() if source.startswith("%%stage")}
    assert again | restored == expected, "every stage tells what happened"


def test_what_ran_live_is_a_hit_in_batch(base: Path, settings: dict[str, Any], tmp_path: Path) -> None:
    folder = tmp_path / "project"
    shutil.copytree(base, folder)
    project = Project()
    project.swap("clean", "rows]", "rows[:2]]")
    told = run_live(project, folder, settings)
    assert {name for name, line in told.items() if line.startswith("ran")} == {"clean", "fit", "report"}
    assert ran(run(project, folder, settings)) == set()
