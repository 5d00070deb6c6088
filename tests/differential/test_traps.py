"""Each trap by papermill and by us: equal, or refused where its header says that equality is impossible.

``make test`` runs every second trap with each cell a stage of its own; the others, and the traps by section, are marked
``exhaustive`` and left to ``make test-all``.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.differential.plain import PlainRun
from tests.differential.tally import PROPERTY
from tests.differential.trap import Trap, all_traps
from tests.differential.verdict import judge

TRAPS = all_traps()

pytestmark = [pytest.mark.xdist_group("differential"), pytest.mark.slow]


def test_there_are_at_least_eighty_traps() -> None:
    assert len(TRAPS) >= 80


_HALVES = [
    pytest.param(trap, id=trap.name, marks=pytest.mark.exhaustive if at % 2 else ()) for at, trap in enumerate(TRAPS)
]


@pytest.mark.parametrize("trap", _HALVES)
@pytest.mark.parametrize("staging", ["cells", pytest.param("sections", marks=pytest.mark.exhaustive)])
def test_a_pipeline_means_what_the_notebook_means(  # noqa: PLR0917 - fixtures
    trap: Trap,
    staging: str,
    plain: Callable[[Trap], PlainRun],
    settings: dict[str, Any],
    workspace_folder: Path,
    request: pytest.FixtureRequest,
) -> None:
    missing = [name for name in trap.requires if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} is not installed")
    verdict = judge(trap, plain(trap), staging, workspace_folder, settings)
    facts = {"trap": trap.name, "staging": staging, "outcome": verdict.outcome}
    request.node.user_properties.append((PROPERTY, {**facts, "code": verdict.code, "message": verdict.message}))
    assert verdict.allowed_by(trap.expect), "\n".join([str(verdict), *verdict.details])
