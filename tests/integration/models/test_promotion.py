"""Only what passes its gates reaches a state, by whichever door, on both registries; each refusal says why."""

from __future__ import annotations

import json
import shutil

import pytest

from jupyter_mlpipe.errors import (
    ApprovalNeededError,
    NotAllowedError,
    PromotionRefusedError,
    UnknownModelError,
    UntrustedModelError,
    UsageError,
)
from jupyter_mlpipe.models import promotion
from jupyter_mlpipe.models.loading import load_model
from jupyter_mlpipe.models.registry import CONTENT_TAG, DIGEST_TAG, FILES_TAG, passed_tag
from tests.integration.models.registry_desk import Desk, estimator, training_frame


def refused(desk: Desk, version: int, target: str = "production") -> str:
    """What a promotion says that is refused: in Python, unmoved, in the history with its evidence."""
    before, known = desk.alias(target), len(desk.history())
    with pytest.raises(PromotionRefusedError) as caught:
        desk.promote(version, target)
    assert desk.alias(target) == before
    (move,) = desk.history()[known:]
    assert (move.status, move.version, move.target) == ("refused", version, target)
    reasons = move.evidence.get("reasons", [])
    assert all(reason in move.note for reason in reasons)
    assert caught.value.hint
    return caught.value.message


def test_a_version_that_passes_goes_candidate_staging_production_and_archived(desk):
    first, second = desk.train(1), desk.train(2)
    assert [item.lifecycle for item in desk.known().versions] == ["candidate", "candidate"]
    move = desk.promote(first, "staging", reason="first try")
    assert (move.transition.status, move.transition.before, move.transition.reason) == ("done", None, "first try")
    desk.promote(first)
    assert (desk.alias("staging"), desk.alias()) == (first, first)
    desk.ship(second)
    assert desk.alias() == second
    assert {item.version: item.lifecycle for item in desk.known().versions} == {first: "archived", second: "production"}
    tags = {number: desk.client.get_model_version(desk.model, str(number)).tags for number in (first, second)}
    assert (tags[first]["mlpipe.lifecycle"], tags[second]["mlpipe.lifecycle"]) == ("archived", "production")
    assert [(move.action, move.version, move.target, move.before, move.status) for move in desk.history()] == [
        ("promote", first, "staging", None, "done"),
        ("promote", first, "production", None, "done"),
        ("promote", second, "staging", first, "done"),
        ("promote", second, "production", first, "done"),
    ]
    assert desk.history()[-1].evidence["checks"][0]["gate"] == "auc >= 0.75"
    assert desk.known().moved == ()


def test_a_check_says_what_a_promotion_would_and_changes_nothing(desk):
    good, bad = desk.train(1), desk.train(2, gate=False)
    assert promotion.check(desk, desk.model, good, "staging").outcome == "allowed"
    decision = promotion.check(desk, desk.model, bad, "staging")
    assert decision.outcome == "refused"
    assert "stage evaluate: auc >= 0.75: no" in decision.reasons
    assert desk.history() == []
    assert desk.alias("staging") is None


def test_a_refused_gate_refuses_at_every_door(desk):
    good, bad = desk.train(1), desk.train(2, gate=False)
    desk.ship(good)
    assert "stage evaluate: auc >= 0.75: no" in refused(desk, bad, "staging")
    for words in (["promote"], ["models", "promote"]):
        done = desk.call(*words, desk.model, str(bad), "--to", "staging", "--json", code=3)
        facts = json.loads(done.stdout)
        assert (facts["decision"], facts["version"], facts["before"]) == ("refused", bad, good)
        assert any("auc >= 0.75: no" in reason for reason in facts["reasons"])
    assert desk.alias("staging") == good
    assert [move.status for move in desk.history()][-3:] == ["refused"] * 3


def test_gates_of_stages_below_above_and_beside(embedded):
    desk = embedded
    for place, counts in (("load", True), ("train", True), ("report", True), ("sibling", False)):
        run = desk.run()
        gate = {place: [("rows >= 1", False)]}
        load = desk.stage(run, "load", {"flights": training_frame(3)}, gates_=gate.get("load", ()))
        reads = {"flights": ("load", load.values["flights"])}
        fitted = estimator(["load", "train", "report", "sibling"].index(place))
        train = desk.stage(run, "train", {"model": fitted}, reads, gates_=gate.get("train", ()))
        other = desk.stage(run, "train_b", {"model_b": estimator(9)}, reads)
        evaluate = desk.stage(
            run, "evaluate", {"auc": 0.8}, {"model": ("train", train.values["model"])}, gates_=[("auc >= 0.75", True)]
        )
        desk.stage(run, "report", {}, {"auc": ("evaluate", evaluate.values["auc"])}, gates_=gate.get("report", ()))
        desk.stage(
            run, "evaluate_b", {}, {"model_b": ("train_b", other.values["model_b"])}, gates_=gate.get("sibling", ())
        )
        desk.ask(run, train)
        desk.deliver()
        version = desk.known().versions[0].version
        if counts:
            assert f"stage {place}: rows >= 1: no" in refused(desk, version, "staging")
        else:
            desk.ship(version)


@pytest.mark.parametrize("known_as", ["flights", "same_frame"])
def test_a_check_of_data_that_went_into_a_model_counts_wherever_it_stands(embedded, known_as):
    desk, run = embedded, embedded.run()
    load = desk.stage(run, "load", {"flights": training_frame()})
    frame = load.values["flights"]
    for name, other in (("good", training_frame(5)), ("bad", None)):
        data = desk.stage(run, f"load_{name}", {"others": other}).values["others"] if other is not None else frame
        desk.stage(
            run, f"validate_{name}", {}, {known_as: ("load", data)}, gates_=[("flights_schema", name == "never")],
            frame=known_as,
        )  # fmt: skip
        if name == "good":
            train = desk.stage(run, "train", {"model": estimator()}, {"flights": ("load", frame)})
            desk.stage(run, "evaluate", {}, {"model": ("train", train.values["model"])}, gates_=[("auc >= 0", True)])
            desk.ask(run, train)
            desk.deliver()
            # The refused check judged other data.
            assert promotion.check(desk, desk.model, 1, "staging").outcome == "allowed"
    assert "stage validate_bad: flights_schema: no" in refused(desk, 1, "staging")


def again(desk: Desk, gate: bool, *, run: str = "", model=None, stage: str = "evaluate", status: str = "") -> str:
    """A later run in which the same model, a hit, is judged again."""
    run = run or desk.run()
    train = desk.last_train
    value = model if model is not None else train.values["model"]
    facts = [("train", train.key, {"model": value})]
    from jupyter_mlpipe.ledger import stages
    from jupyter_mlpipe.ledger.lineage import Output

    for name, key, made in facts:
        fact = stages.StageRun(run=run, pipeline="flights", stage=name, status="hit", hit=True, key=key)
        stages.record_stage(
            desk.ledger, fact, [Output(item, found.content, found.codec, found.type) for item, found in made.items()]
        )
    desk.stage(
        run, stage, {}, {"model": ("train", value)}, gates_=[("auc >= 0.75", gate)] if status != "failed" else (),
        status=status or ("done" if gate else "refused"), error={"message": "no such file"} if status else None,
    )  # fmt: skip
    return run


def test_the_newest_verdict_on_the_same_model_counts(embedded):
    version = embedded.train(1)
    again(embedded, gate=False)
    assert "stage evaluate: auc >= 0.75: no" in refused(embedded, version, "staging")
    again(embedded, gate=True)
    embedded.promote(version, "staging")


def test_a_later_run_that_made_another_model_under_the_same_key_says_nothing_of_this_one(embedded):
    version = embedded.train(1, gate=False)
    (other,), _ = embedded.store.save_values({"model": estimator(77)}, {})
    again(embedded, gate=True, model=other)
    assert "auc >= 0.75: no" in refused(embedded, version, "staging")


def test_a_later_run_that_was_cut_short_takes_nothing_back(embedded):
    version = embedded.train(1, gate=False)
    again(embedded, gate=True, status="failed")
    assert "auc >= 0.75: no" in refused(embedded, version, "staging")


def test_a_stage_that_should_judge_and_failed_is_no_pass(embedded):
    version = embedded.train(1, gate=None)
    again(embedded, gate=True, stage="fairness", status="failed")
    message = refused(embedded, version, "staging")
    assert "stage fairness: it failed, so that it judged nothing: no such file" in message


def test_a_version_that_no_gate_was_asked_of_may_be_staged_but_not_shipped(embedded):
    version = embedded.train(1, gate=None)
    embedded.promote(version, "staging")
    assert "no gate was ever asked of it" in refused(embedded, version)


def test_production_is_reached_through_staging_only(desk):
    version = desk.train(1)
    assert "it is not in staging, through which it must go" in refused(desk, version)
    # Nor through an alias that somebody set in MLflow.
    desk.client.set_registered_model_alias(desk.model, "staging", str(version))
    assert "it is in staging only because the alias was moved in MLflow" in refused(desk, version)
    desk.ship(version)


def test_a_version_that_is_there_already_is_not_promoted_again(embedded):
    version = embedded.train(1)
    embedded.ship(version)
    assert "it is in production already" in refused(embedded, version)


def test_a_deprecated_version_goes_nowhere(desk):
    version = desk.train(1)
    desk.promote(version, "staging")
    with pytest.raises(NotAllowedError, match="it is in staging"):
        promotion.deprecate(desk, desk.model, version)
    other = desk.train(2)
    move = promotion.deprecate(desk, desk.model, other, reason="leaks the label")
    assert move.transition.status == "done"
    assert desk.client.get_model_version(desk.model, str(other)).tags["mlpipe.lifecycle"] == "deprecated"
    assert "it is deprecated" in refused(desk, other, "staging")


def test_a_version_without_a_signature_or_kept_as_a_pickle_is_refused_where_the_policy_says_so(embedded):
    desk = embedded
    from sklearn.linear_model import LinearRegression

    nameless = LinearRegression().fit([[0.0], [1.0]], [0.0, 1.0])
    version = desk.train(1, value=nameless)
    desk.promote(version, "staging")
    assert "it has no signature" in refused(desk, version)
    desk.policy(staging={"pickle": False})
    pickled = desk.train(2, value=Half(), pickle=True)
    assert "kept as a pickle, which staging does not take" in refused(desk, pickled, "staging")


class Half:
    def predict(self, frame):
        return [0.5 for _ in range(len(frame))]


def test_edited_files_are_refused(desk):
    version = desk.train(1)
    desk.promote(version, "staging")
    skops = next(desk.files(version).rglob("*.skops"))
    skops.write_bytes(skops.read_bytes() + b" ")
    assert "not those that were registered" in refused(desk, version)
    with pytest.raises(UntrustedModelError):
        load_model(desk.settings, f"{desk.model}@{version}")


def test_another_versions_files_do_not_pass_for_these(desk):
    """The files, the digest and the signed statement of a refused version are put in the place of a good one's."""
    good, bad = desk.train(1), desk.train(2, gate=False)
    desk.promote(good, "staging")
    swap(desk, good, bad)
    refused(desk, good)
    # Nor where the good one is in production already.
    third = desk.train(3)
    desk.ship(third)
    swap(desk, third, bad)
    with pytest.raises(UntrustedModelError):
        load_model(desk.settings, f"{desk.model}@production")
    with pytest.raises(UntrustedModelError):
        load_model(desk.settings, f"{desk.model}@{third}")


def swap(desk: Desk, victim: int, other: int) -> None:
    place = desk.files(victim)
    shutil.rmtree(place)
    shutil.copytree(desk.files(other), place)
    tags = desk.client.get_model_version(desk.model, str(other)).tags
    for name in (FILES_TAG, DIGEST_TAG, CONTENT_TAG):
        desk.client.set_model_version_tag(desk.model, str(victim), name, tags[name])


def logged_model(desk, source):
    """The id of MLflow's logged model that a version's files belong to, which a server asks for."""
    if not desk.tracking_uri.startswith("http"):
        return None
    return next(part for part in source.split("/") if part.startswith("m-"))


def test_a_version_made_directly_in_mlflow_is_refused(desk):
    good = desk.train(1)
    desk.promote(good, "staging")
    made = desk.client.get_model_version(desk.model, str(good))
    planted = desk.client.create_model_version(
        desk.model, made.source, tags={**made.tags}, model_id=logged_model(desk, made.source)
    )
    version = int(planted.version)
    assert "was not registered from this workspace" in refused(desk, version)
    desk.client.set_registered_model_alias(desk.model, "production", str(version))
    with pytest.raises(UntrustedModelError, match="did not pass"):
        load_model(desk.settings, f"{desk.model}@production")


def test_a_planted_version_with_the_tag_of_a_model_does_not_become_that_model(desk):
    desk.train(1, gate=False)
    (saved,), _ = desk.store.save_values({"model": estimator(2)}, {})
    made = desk.client.get_model_version(desk.model, "1")
    tags = {**made.tags, CONTENT_TAG: saved.content}
    desk.client.create_model_version(desk.model, made.source, tags=tags, model_id=logged_model(desk, made.source))
    assert desk.train(2) == 3
    assert [item.version for item in desk.known().versions] == [3, 1]


def test_who_may_promote_is_in_the_policy(embedded, monkeypatch):
    desk = embedded
    desk.policy(production={"promoters": ["lead"]})
    version = desk.train(1)
    desk.promote(version, "staging")
    assert "ada is not among those who may: lead" in refused(desk, version)
    monkeypatch.setenv("LOGNAME", "lead")
    desk.promote(version)
    monkeypatch.setenv("LOGNAME", "ada")
    with pytest.raises(NotAllowedError):
        promotion.rollback(desk, desk.model)


# -- approvals --------------------------------------------------------------------------------------------------------


def test_a_version_waits_for_the_approvals_that_its_policy_asks_for(desk, monkeypatch):
    desk.policy(production={"approvals": 2})
    version = desk.train(1)
    desk.promote(version, "staging")

    def approve(user: str, approved: bool = True) -> str:
        monkeypatch.setenv("LOGNAME", user)
        return promotion.approve(desk, desk.model, version, "production", approved=approved).outcome

    with pytest.raises(ApprovalNeededError, match="2 more approvals needed"):
        desk.promote(version)
    with pytest.raises(NotAllowedError, match="ada registered it"):
        approve("ada")
    assert approve("bob") == "waiting"
    assert approve("bob") == "waiting"  # twice is once
    assert approve("cleo") == "allowed"
    assert approve("bob", approved=False) == "waiting"
    with pytest.raises(ApprovalNeededError, match="1 more approval needed"):
        desk.promote(version)
    assert desk.alias() is None
    done = desk.call("promote", desk.model, str(version), "--json", user="ada", code=4)
    assert json.loads(done.stdout)["decision"] == "waiting"
    desk.call("models", "approve", desk.model, str(version), "--comment", "looked at the errors", user="dora", code=0)
    desk.call("promote", desk.model, str(version), user="ada", code=0)
    assert desk.alias() == version


def test_only_approvers_approve_and_never_who_registered(embedded, monkeypatch):
    desk = embedded
    desk.policy(production={"approvals": 1, "approvers": ["ada", "lead"]})
    version = desk.train(1)
    desk.promote(version, "staging")
    for user, why in (("ada", "ada registered it"), ("bob", "bob is not among those who may approve")):
        monkeypatch.setenv("LOGNAME", user)
        with pytest.raises(NotAllowedError, match=why):
            promotion.approve(desk, desk.model, version, "production")
    desk.call("models", "approve", desk.model, str(version), user="bob", code=3)
    monkeypatch.setenv("LOGNAME", "lead")
    assert promotion.approve(desk, desk.model, version, "production").outcome == "allowed"


def test_an_approval_is_of_these_very_files(embedded):
    from jupyter_mlpipe.ledger.transitions import Approval, record_approval

    desk = embedded
    desk.policy(production={"approvals": 1})
    version = desk.train(1)
    desk.promote(version, "staging")
    asked = {"model": desk.model, "version": version, "approved": True, "user": "lead"}
    record_approval(desk.ledger, Approval(**asked, target="production", digest="other"))
    record_approval(
        desk.ledger, Approval(**asked, target="staging", digest=desk.known().version(version).registration.digest)
    )
    with pytest.raises(ApprovalNeededError):
        desk.promote(version)


# -- rollback ---------------------------------------------------------------------------------------------------------


def test_rollback_gives_the_state_back_step_by_step_and_leaves_the_history_whole(desk):
    versions = [desk.train(seed) for seed in (1, 2, 3)]
    for version in versions:
        desk.ship(version)
    length = len(desk.history())
    for expected in (versions[1], versions[0]):
        move = promotion.rollback(desk, desk.model, reason="complaints")
        assert (move.transition.version, desk.alias()) == (expected, expected)
    with pytest.raises(PromotionRefusedError, match="no earlier version"):
        promotion.rollback(desk, desk.model)
    history = desk.history()
    assert len(history) == length + 2
    assert [move.id for move in history] == sorted(move.id for move in history)
    assert [move.action for move in history[length:]] == ["rollback", "rollback"]
    load_model(desk.settings, f"{desk.model}@production")
    # Forward again, and back once more.
    promotion.rollback(desk, desk.model, version=versions[2])
    assert desk.alias() == versions[2]
    promotion.rollback(desk, desk.model)
    assert desk.alias() == versions[0]
    with pytest.raises(UsageError, match="already"):
        promotion.rollback(desk, desk.model, version=versions[0])


def test_rollback_passes_over_what_is_deprecated_and_takes_nothing_that_never_passed(desk):
    first, second, third, never = (desk.train(seed) for seed in (1, 2, 3, 4))
    for version in (first, second, third):
        desk.ship(version)
    promotion.deprecate(desk, desk.model, second)
    desk.call("models", "rollback", desk.model, code=0)
    assert desk.alias() == first
    for version, why in ((never, "never passed for production"), (second, "is deprecated")):
        with pytest.raises(PromotionRefusedError, match=why):
            promotion.rollback(desk, desk.model, version=version)
        assert desk.history()[-1].status == "refused"
    with pytest.raises(UnknownModelError):
        promotion.rollback(desk, desk.model, version=99)
    assert desk.alias() == first


def test_an_alias_that_was_moved_behind_our_back_is_reported_not_loaded_and_put_back(desk):
    good, bad = desk.train(1), desk.train(2, gate=False)
    desk.ship(good)
    for words in (["models", "list"], ["models", "show", desk.model]):
        desk.client.set_registered_model_alias(desk.model, "production", str(bad))
        done = desk.call(*words)
        assert f"production of {desk.model} was moved to version {bad} behind our back" in done.stderr
    facts = json.loads(desk.call("models", "show", desk.model, "--json", code=0).stdout)
    assert len(facts["moved"]) == 1
    with pytest.raises(UntrustedModelError, match="the alias was moved in MLflow"):
        load_model(desk.settings, f"{desk.model}@production")
    desk.call("models", "rollback", desk.model, code=0)
    assert desk.alias() == good
    load_model(desk.settings, f"{desk.model}@production")
    assert desk.known().moved == ()
    desk.client.delete_registered_model_alias(desk.model, "production")
    assert "was removed in MLflow" in desk.call("models", "list").stderr
    desk.call("models", "rollback", desk.model, code=0)
    assert desk.alias() == good


def test_unknown_models_and_versions_are_said_to_be_unknown(desk):
    desk.train(1)
    for model, version in ((desk.model, 99), ("no-such-model", 1), (desk.model, -1), (desk.model, 10**30)):
        with pytest.raises((UnknownModelError, UsageError)):
            promotion.promote(desk, model, version, "production")
    for words in ([desk.model, "99"], ["no-such-model"], [desk.model, "nosuchalias"], [desk.model, "9" * 5000]):
        assert "MP" in desk.call("promote", *words, code=2).stderr
    assert passed_tag("production") not in desk.client.get_model_version(desk.model, "1").tags
