"""What the server says of models, from a ledger alone, and how it asks the command line for the rest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlpipe.errors import (
    ExecutionError,
    ModelNameError,
    RegistryUnavailableError,
    UnknownModelError,
    UsageError,
)
from jupyter_mlpipe.ledger import gates, runs, transitions
from jupyter_mlpipe.ledger.registrations import Registration, record_registration
from jupyter_mlpipe.ledger.transitions import Transition
from jupyter_mlpipe.server import model_commands
from jupyter_mlpipe.server.desk import Desk
from jupyter_mlpipe.server.model_commands import ask_registry, command_words
from jupyter_mlpipe.server.operations.models import list_models, promote_model, roll_back_model, show_model_version
from jupyter_mlpipe.server.places import Places
from jupyter_mlpipe.server.shapes.models import PromoteRequest, RollbackRequest
from jupyter_mlpipe.server.told_errors import told_error
from jupyter_mlpipe.server.verdict_facts import check_infos, verdict_checks, verdicts_by_stage
from jupyter_mlpipe.workspace import Workspace

MODEL = "flight-delay v1.2 für alle"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened = Desk(Places(tmp_path), tell=lambda _: None)
    yield opened
    opened.close()


@pytest.fixture
def workspace(desk: Desk, tmp_path: Path) -> Workspace:
    (tmp_path / ".mlpipe").mkdir()
    return desk.look_into("")


def register(workspace: Workspace, *versions: int, **about: Any) -> None:
    for version in versions:
        given = {"model": MODEL, "name": "model", "content": f"b3:{version}", "facts": {"metrics": {"auc": 0.7}}}
        record_registration(workspace.ledger, Registration(version=version, **given | about))


def move(workspace: Workspace, version: int, target: str, status: str = "done", **about: Any) -> None:
    asked = Transition(model=MODEL, version=version, action="promote", target=target, **about)
    identifier = transitions.begin_transition(workspace.ledger, asked)
    transitions.end_transition(workspace.ledger, identifier, status, f"{target}: {status}")  # type: ignore[arg-type]


def test_nothing_is_listed_and_nothing_made_where_nothing_was_run(desk: Desk, tmp_path: Path):
    assert list_models(desk, path="").models == ()
    assert list(tmp_path.iterdir()) == []


def test_versions_are_listed_with_what_may_be_done(desk: Desk, workspace: Workspace):
    register(workspace, 1, 2)
    move(workspace, 1, "staging")
    (model,) = list_models(desk, path="").models
    assert (model.name, model.aliases, model.older) == (MODEL, {"staging": 1}, 0)
    newest, older = model.versions
    assert (newest.version, newest.lifecycle, newest.passed) == (2, "candidate", None)
    assert (older.version, older.lifecycle, older.passed) == (1, "staging", True)
    why = {(item.action, item.target): item.why for item in newest.actions}
    assert why["promote", "staging"] == ""
    assert why["promote", "production"] == "it must be in staging first"


def test_only_the_newest_versions_are_listed_and_those_with_an_alias(desk: Desk, workspace: Workspace):
    register(workspace, *range(1, 31))
    move(workspace, 1, "staging")
    (model,) = list_models(desk, path="", limit=5).models
    assert [version.version for version in model.versions] == [30, 29, 28, 27, 26, 1]
    assert model.older == 24


def test_a_refused_promotion_shows_why(desk: Desk, workspace: Workspace):
    register(workspace, 1)
    check = {"gate": "auc >= 1", "passed": False, "text": "auc is 0.7", "stage": "measure", "facts": {"value": 0.7}}
    move(workspace, 1, "staging", "refused", evidence={"checks": [check]})
    (version,) = list_models(desk, path="").models[0].versions
    assert (version.passed, version.said) == (False, "staging: refused")
    (tried,) = show_model_version(desk, model=MODEL, version=1, path="").history
    assert tried.status == "refused"
    assert (tried.checks[0].stage, tried.checks[0].evidence) == ("measure", {"value": 0.7})


def test_a_registration_that_was_refused_and_an_alias_that_was_moved_are_told(desk: Desk, workspace: Workspace):
    register(workspace, 1)
    error = {"code": "MP604", "message": "it is a connection", "hint": "register the model", "details": {}}
    record_registration(
        workspace.ledger, Registration(model=MODEL, version=None, name="connection", content="x", error=error)
    )
    move(workspace, 1, "staging")
    transitions.record_sightings(workspace.ledger, {MODEL: {"staging": 9}})
    (model,) = list_models(desk, path="").models
    assert [item.name for item in model.refused] == ["connection"]
    assert model.refused[0].error is not None
    assert model.refused[0].error.hint == "register the model"
    assert len(model.warnings) == 1
    assert "behind our back" in model.warnings[0]


def test_a_policy_that_cannot_be_read_hides_no_model(desk: Desk, tmp_path: Path):
    policy = '[tool.mlpipe.models."*".production]\napprovalls = 1\n'
    (tmp_path / "pyproject.toml").write_text(policy, encoding="utf-8")
    (tmp_path / ".mlpipe").mkdir()
    register(desk.look_into(""), 1)
    (model,) = list_models(desk, path="").models
    assert model.versions[0].actions == ()
    assert "approvalls" in model.warnings[0]


def test_an_unknown_version_is_no_version(desk: Desk, workspace: Workspace):
    register(workspace, 1)
    with pytest.raises(UnknownModelError, match="no version 2"):
        show_model_version(desk, model=MODEL, version=2, path="")
    with pytest.raises(UnknownModelError, match="no model"):
        show_model_version(desk, model="other", version=1, path="")


# -- the command line -------------------------------------------------------------------------------------------------


def test_words_that_look_like_options_are_none(tmp_path: Path):
    options = {"to": "staging", "reason": "--to=production", "reject": False, "version": None, "comment": ""}
    words = command_words(tmp_path, "promote", options, ("-x", 3))
    asked = ["--to=staging", "--reason=--to=production", "--", "-x", "3"]
    assert words == ["models", "promote", "--json", f"--workspace={tmp_path}", *asked]
    assert "--reject" in command_words(tmp_path, "approve", {"reject": True}, ())


def test_a_model_that_is_not_there_is_the_commands_own_error(workspace: Workspace):
    with pytest.raises(UnknownModelError):
        ask_registry(workspace.root, "check", {"to": "staging"}, ("no model $(touch x)", 1))
    assert not (workspace.root / "x").exists()


@pytest.mark.parametrize("model", ["--json", "../x", "a\nb", ""])
def test_what_is_no_name_is_refused_before_anything_is_asked(desk: Desk, workspace: Workspace, model: str):
    assert workspace.exists
    with pytest.raises(ModelNameError):
        promote_model(desk, model=model, version=1, body=PromoteRequest("", "staging"))


def test_what_is_no_state_is_refused_before_anything_is_asked(desk: Desk, workspace: Workspace):
    assert workspace.exists
    with pytest.raises(UsageError, match="no state"):
        roll_back_model(desk, model=MODEL, body=RollbackRequest("", target="--help"))


def test_a_command_that_ends_without_an_answer_is_an_error(workspace: Workspace):
    with pytest.raises(UsageError):
        ask_registry(workspace.root, "no-such-action", {})


def test_a_command_that_takes_too_long_is_ended(workspace: Workspace, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(model_commands, "_LONGEST_SECONDS", 0.01)
    with pytest.raises(ExecutionError, match="took longer"):
        ask_registry(workspace.root, "list", {})


def test_errors_come_out_as_they_went_in():
    error = RegistryUnavailableError("MLflow does not answer", hint="start it", uri="http://x")
    found = told_error({"error": error.to_json()})
    assert isinstance(found, RegistryUnavailableError)
    assert found.to_json() == error.to_json()


@pytest.mark.parametrize("answer", [None, [], {}, {"error": None}, {"error": {"code": "X1"}}])
def test_what_tells_no_error_is_none(answer: Any):
    assert told_error(answer) is None


# -- verdicts ---------------------------------------------------------------------------------------------------------


def test_verdicts_of_a_stages_own_run_are_told_without_their_evidence(ledger):
    run = runs.start_run(ledger, pipeline="p", notebook="n.ipynb", notebook_digest="").id
    facts = {"checks": [{"gate": "auc > 1", "passed": False, "text": "auc is 0.5", "value": 0.5}]}
    rows = [
        gates.Verdict(run=run, stage="train", gate="auc > 1", passed=True, text="before it ran again"),
        gates.Verdict(run=run, stage="train", gate="auc > 1", passed=False, text="auc is 0.5", facts=facts),
        gates.Verdict(run=run, stage="load", gate="rows > 1", passed=True, text=""),
    ]
    gates.record_verdicts(ledger, rows)
    (verdict,) = verdicts_by_stage(ledger, {"train": run})["train"]
    assert (verdict.passed, verdict.text) == (False, "auc is 0.5")
    train, load = verdict_checks(gates.verdicts(ledger, run))
    assert (train.evidence, load.evidence) == ({"value": 0.5}, {})


def test_evidence_of_a_gate_that_looked_at_several_things_says_what_of_each():
    both = [{"gate": "g", "passed": True, "text": "a", "value": 1}, {"gate": "g", "passed": False, "text": "b"}]
    (check,) = check_infos([{"gate": "g", "passed": False, "text": "a; b", "stage": "", "facts": {"checks": both}}])
    assert check.stage is None
    assert check.evidence["checks"][1] == {"passed": False, "text": "b"}


def test_figures_of_a_gate_are_said_once():
    figures = {"name": "auc", "value": 0.8, "low": 0.7, "high": 0.9, "confidence": 0.95}
    plain = {"gate": "g", "passed": True, "text": "t", "limit": 0.7, **figures, "comparisons": [figures]}
    measured = plain | {"estimates": [figures]}
    checks = [{"gate": "g", "passed": True, "facts": {"checks": [check]}} for check in (plain, measured)]
    first, second = check_infos(checks)
    assert first.evidence == {"limit": 0.7, **figures}
    assert second.evidence == {"limit": 0.7, "estimates": [figures]}


@pytest.mark.parametrize("checks", [None, "x", [1, None], {}])
def test_what_is_no_check_is_left_out(checks: Any):
    assert check_infos(checks) == ()
