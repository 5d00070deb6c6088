"""``mlpipe retention`` as its users call it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from jupyter_mlpipe.cli.main import main
from tests.integration.governance.retention_desk import DAY, RetentionDesk, open_desk

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"
SETTINGS = """
[tool.mlpipe]
tracking = false
signing-key = "key"
[tool.mlpipe.retention]
undo = "{undo}"
archive = "archive"
[[tool.mlpipe.retention.rules]]
name = "old"
kind = "result"
older-than = "30d"
keep-last = 1
action = "archive"
"""

Call = Callable[..., Any]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("MLPIPE_TRACKING", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text(SETTINGS.format(undo="7d"), encoding="utf-8")
    opened = open_desk(tmp_path)
    with opened.workspace:
        yield opened


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    def carry_out(*words: str, code: int = 0, schema: str = "") -> Any:
        assert main(["retention", *words, *(["--json"] if schema else [])]) == code
        said = capsys.readouterr()
        if not schema:
            return said.out + said.err
        document = json.loads(said.out)
        if schema != "-":
            path = SCHEMAS / f"{schema}.json"
            jsonschema.validate(document, json.loads(path.read_text(encoding="utf-8")))
        return document

    return carry_out


def test_from_the_plan_to_the_archive_and_back(desk: RetentionDesk, call: Call) -> None:
    for number, age in enumerate((90, 60, 40, 1)):
        desk.result(number, age=age * DAY)
    before = desk.contents()
    plan = call("plan", schema="retention-plan")
    assert [item["about"] for item in plan["items"]] == ["p/s"] * 3
    assert plan["freed"] == sum(item["bytes"] for item in plan["items"])
    shown = call("plan", "--items")
    assert f"retention apply --plan {plan['plan']}" in shown
    assert "MP841" in call("apply", "--plan", "another", code=2)
    assert desk.contents() == before
    action = call("apply", "--plan", plan["plan"], schema="retention-apply")["action"]
    assert (action["state"], action["items"]) == ("applied", 3)
    assert call("apply", "--yes", schema="retention-apply")["action"] is None
    assert "put 3 items back" in call("undo", action["id"][:12])
    assert desk.contents() == before
    assert "was undone already" in call("undo", action["id"], code=2)
    assert "no action begins" in call("undo", "nothing", code=2)
    (desk.workspace.root / "pyproject.toml").write_text(SETTINGS.format(undo="0s"), encoding="utf-8")
    again = call("apply", "--yes", schema="retention-apply")["action"]
    assert call("purge", schema="retention-purge")["actions"] == 1
    assert len(desk.keys()) == 1
    assert [each["state"] for each in call("list", schema="retention-list")["actions"]] == ["undone", "purged"]
    assert "brought 3 items back" in call("restore", again["id"], "--about", "p/*")
    assert desk.contents() == before


def test_holds_keep_and_are_released(desk: RetentionDesk, call: Call) -> None:
    key, _newest = desk.result(1, age=60 * DAY), desk.result(2, age=40 * DAY)
    run = desk.run(key)
    number = call("hold", f"run:{run[:10]}", "--reason", "audit", schema="-")["hold"]
    (held,) = call("holds", schema="retention-holds")["holds"]
    assert (held["subject"], held["reason"]) == (f"run:{run}", "audit")
    plan = call("plan", schema="retention-plan")
    assert plan["items"] == []
    assert [count for why, count in plan["protected"].items() if "audit" in why] == [1]
    assert "nothing is to be done" in call("plan")
    call("release", str(number), "--reason", "over")
    assert len(call("plan", schema="retention-plan")["items"]) == 1
    assert "no hold 1 is in force" in call("release", str(number), code=2)
    assert "nothing can be held as 'everything'" in call("hold", "everything", "--reason", "x", code=2)


def test_rules_that_mean_nothing_are_told_with_the_way_out(desk: RetentionDesk, call: Call) -> None:
    wrong = SETTINGS.format(undo="7d").replace("older-than", "older_than")
    (desk.workspace.root / "pyproject.toml").write_text(wrong, encoding="utf-8")
    told = call("plan", code=2)
    assert "MP840" in told
    assert "did you mean older-than?" in told


@pytest.mark.slow
def test_runs_in_mlflow_go_and_come_back(tmp_path: Path) -> None:
    from mlflow import MlflowClient

    from jupyter_mlpipe.governance.retention.carrying_out import Retention
    from jupyter_mlpipe.governance.retention.policy import read_policy
    from jupyter_mlpipe.workspace import Workspace

    (tmp_path / ".mlpipe").mkdir()
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    overrides = {"tracking_uri": uri, "signing_key": str(tmp_path / "key")}
    with Workspace.open(tmp_path, overrides, environ={}) as workspace:
        desk = RetentionDesk(workspace)
        client = MlflowClient(tracking_uri=uri)
        experiment = client.create_experiment("p")
        old = int((time.time() - 60 * DAY) * 1000)
        made = {}
        for name, tags in {"trial": {"purpose": "trial"}, "kept": {}, "stranger": {"purpose": "trial"}}.items():
            run = "no-run-of-ours" if name == "stranger" else desk.run()
            ours = {"mlpipe.run": run, "mlpipe.pipeline": "p", **tags}
            made[name] = client.create_run(experiment, start_time=old, tags=ours).info.run_id
            client.set_terminated(made[name], end_time=old)
        rules = [{"kind": "mlflow-run", "tag": {"purpose": "trial"}, "older-than": "30d", "action": "delete"}]
        policy = read_policy({"rules": rules})
        retention = Retention(workspace.store, workspace.ledger, workspace.settings, policy)
        action = retention.apply(retention.plan())

        def stages() -> dict[str, str]:
            return {name: client.get_run(run).info.lifecycle_stage for name, run in made.items()}

        assert stages() == {"trial": "deleted", "kept": "active", "stranger": "active"}
        assert retention.plan().taken == []
        retention.undo(action)
        assert set(stages().values()) == {"active"}
