"""What stages in a kernel that its user holds cost: recorded as in a run, and known to the run that takes a hit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_mlpipe.execution.runner import run_pipeline
from jupyter_mlpipe.ledger.usage import Usage, usage_between
from jupyter_mlpipe.workspace import Workspace
from tests.integration.live_kernels import LiveKernel, live, project, write

__all__ = ["live", "project"]

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("live-usage")]

BUSY = "import time\nuntil = time.process_time() + 0.4\nwhile time.process_time() < until:\n    pass\n"


def recorded(folder: Path) -> list[Usage]:
    with Workspace.open(folder) as workspace:
        return usage_between(workspace.ledger, 0.0, 1e12)


def test_a_stage_run_live_is_charged_and_what_a_hit_spares_is_known(project: Path, live: Callable[..., LiveKernel]):
    notebook = write(
        project / "demo.ipynb",
        "%pipeline demo --owner ops@example.com --team ops --label cost-centre=a,b",
        f"%%stage work\n{BUSY}total = 3",
        "%%stage wrong\nraise ValueError(total)",
        "print(total)",
    )
    kernel = live(notebook)
    assert kernel.cell("c0").status == "ok"
    assert kernel.cell("c1").status == "ok"
    assert kernel.cell("c2").status == "error"
    work, wrong = recorded(project)
    assert (work.kind, work.outcome, work.stage, work.team, work.machine) == ("live", "done", "work", "ops", "local")
    assert work.labels == {"cost-centre": "a,b"}
    assert 0.39 <= work.cpu_seconds <= work.seconds + 0.2
    assert work.amount > 0
    assert work.terms["rates"]
    assert (wrong.outcome, wrong.kind) == ("failed", "live")
    with Workspace.open(project, {"tracking": False, "workers": 1}) as workspace:
        run_pipeline(workspace, workspace.read(notebook), until="work")
    hit = next(usage for usage in recorded(project) if usage.kind == "hit")
    assert (hit.stage, hit.amount, hit.saved) == ("work", 0, work.amount)


def test_a_price_book_with_a_mistake_is_told_once_and_keeps_nobody_from_working(
    project: Path, live: Callable[..., LiveKernel]
):
    (project / "prices.toml").write_text("[machines.local]\ncpu_hour = -1\n", encoding="utf-8")
    notebook = write(project / "demo.ipynb", "%%stage one\nx = 1", "%%stage two\ny = x + 1", "print(y)")
    replies = live(notebook).all()
    assert [reply.status for reply in replies.values()] == ["ok"] * 3
    texts = "\n".join(reply.text for reply in replies.values())
    assert texts.count("is not recorded") == 1
    assert "cpu_hour is -1" in texts
    assert recorded(project) == []
