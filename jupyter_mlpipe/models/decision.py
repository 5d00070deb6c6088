"""Whether a version may get a state: every reason against it, with the evidence. Changes nothing.

The one place where this is decided: promotion by any door asks here, and so does ``mlpipe promote --check``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from jupyter_mlpipe.errors import UntrustedModelError
from jupyter_mlpipe.execution.context import RunContext
from jupyter_mlpipe.ledger.processes import this_user
from jupyter_mlpipe.ledger.registrations import Registration
from jupyter_mlpipe.ledger.transitions import Approval, approvals
from jupyter_mlpipe.models.catalogue import KnownVersion
from jupyter_mlpipe.models.evidence import StageVerdict, stage_verdicts
from jupyter_mlpipe.models.lifecycle import Target
from jupyter_mlpipe.models.loading import has_passed, signed_claims, verified_files
from jupyter_mlpipe.models.policy import TargetPolicy, approval_refusal, policy_of, refusal
from jupyter_mlpipe.models.registry import RegisteredVersion, Registry
from jupyter_mlpipe.models.version_evidence import VersionEvidence

Outcome = Literal["allowed", "refused", "waiting"]


@dataclass(frozen=True)
class Decision:
    """Whether a version may get a state."""

    model: str
    version: int
    target: Target
    outcome: Outcome
    """``waiting``: everything holds but the approvals that the policy asks for."""
    reasons: tuple[str, ...] = ()
    """Whole sentences for people: why not, or what it waits for."""
    checks: tuple[StageVerdict, ...] = ()
    """Every gate that was looked at, of stages and of the policy, with its evidence."""
    approvals: tuple[Approval, ...] = ()
    """Those that count."""
    before: int | None = None
    """The version that the state's alias names now."""

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "model": self.model,
            "version": self.version,
            "target": self.target,
            "decision": self.outcome,
            "before": self.before,
            "text": self.text,
            "reasons": list(self.reasons),
            "checks": [check.to_json() for check in self.checks],
            "approvals": [
                {"user": item.user, "comment": item.comment, "time": item.time} for item in self.approvals
            ],
        }  # fmt: skip

    @property
    def text(self) -> str:
        """One line for people."""
        what = f"{self.model} version {self.version}"
        if self.outcome == "allowed":
            passed = sum(check.passed for check in self.checks)
            return f"{what} may go to {self.target}: {passed} of {len(self.checks)} gates passed"
        verb = "waits to go" if self.outcome == "waiting" else "may not go"
        return f"{what} {verb} to {self.target}: {'; '.join(self.reasons)}"


def decide(
    context: RunContext, opened: Registry, known: KnownVersion, registered: RegisteredVersion, target: Target
) -> Decision:
    """Look at everything that a state asks of a version.

    Parameters
    ----------
    context
        The workspace.
    opened
        Its registry.
    known, registered
        The version, as the ledger and as MLflow know it.
    target
        The state.

    Raises
    ------
    SettingsError
        The policy cannot be read.
    RegistryUnavailableError
        MLflow does not answer.
    """
    policy = policy_of(context.settings, known.model).targets[target]
    aliases = opened.aliases(known.model)
    reasons = _standing(policy, known, aliases, target)
    reasons += _form(policy, known.registration, target)
    reasons += _trust(context, opened, known.registration, registered)
    if not reasons and policy.source != "candidate" and not has_passed(context.settings, registered, policy.source):
        reasons.append(f"nothing signed says that it passed for {policy.source}: promote it there again")
    checks = stage_verdicts(context.ledger, known.registration)
    checks += _policy_checks(context, known, policy)
    reasons += [f"{_where(check)}{check.text or check.gate}" for check in checks if not check.passed]
    if not checks and not policy.ungated:
        reasons.append(
            "no gate was ever asked of it: put --gate on the stage that measures it, or gates into the model's policy"
        )
    given = counted(approvals(context.ledger, known.model, known.version), known.registration, policy, target)
    missing = policy.approvals - len(given)
    outcome: Outcome = "refused" if reasons else "waiting" if missing > 0 else "allowed"
    if outcome == "waiting":
        whom = f" of {', '.join(policy.approvers)}" if policy.approvers else ""
        reasons.append(f"{missing} more approval{'s' * (missing > 1)}{whom} needed")
    return Decision(
        known.model,
        known.version,
        target,
        outcome,
        tuple(reasons),
        tuple(checks),
        tuple(given),
        aliases.get(target),
    )


def counted(found: Iterable[Approval], made: Registration, policy: TargetPolicy, target: Target) -> list[Approval]:
    """Approvals that count: the newest of each person who may, for these very files."""
    newest = {item.user: item for item in found if item.target == target and item.digest == made.digest}
    return [
        item
        for item in newest.values()
        if item.approved and not approval_refusal(policy, item.user, made.user)
    ]  # fmt: skip


def _standing(policy: TargetPolicy, known: KnownVersion, aliases: Mapping[str, int], target: Target) -> list[str]:
    reasons = []
    if known.lifecycle == "deprecated":
        reasons.append("it is deprecated")
    if aliases.get(target) == known.version and target in known.aliases:
        reasons.append(f"it is in {target} already")
    if policy.source != "candidate" and aliases.get(policy.source) != known.version:
        reasons.append(f"it is not in {policy.source}, through which it must go")
    elif policy.source != "candidate" and policy.source not in known.aliases:
        reasons.append(
            f"it is in {policy.source} only because the alias was moved in MLflow: promote it to {policy.source} first"
        )
    who = refusal(policy, this_user())
    return [*reasons, who] if who else reasons


def _form(policy: TargetPolicy, made: Registration, target: Target) -> list[str]:
    reasons = []
    if policy.signature and not made.facts.get("signature"):
        reasons.append(
            "it has no signature, so nobody can tell what it takes: fit it on a frame with named columns, "
            "or register it with an example"
        )
    if not policy.pickle and not made.safe:
        reasons.append(f"it is kept as a pickle, which {target} does not take")
    return reasons


def _trust(context: RunContext, opened: Registry, made: Registration, registered: RegisteredVersion) -> list[str]:
    try:
        claims = signed_claims(context.settings, registered)
        with verified_files(opened, context.settings, registered):
            pass
    except UntrustedModelError as error:
        return [error.message]
    # What is signed may be of files that were registered once, but what speaks for the version is of those on record.
    if (claims.get("digest"), claims.get("content"), claims.get("safe")) != (made.digest, made.content, made.safe):
        return [
            f"the files of {made.model} version {made.version} are not those that were registered: they were swapped"
        ]
    return []


def _policy_checks(context: RunContext, known: KnownVersion, policy: TargetPolicy) -> list[StageVerdict]:
    if not policy.gates:
        return []
    from jupyter_mlpipe.models.gates import judge

    run = known.registration.run or ""
    found = judge(policy.gates, VersionEvidence(context, known))
    return [StageVerdict(gate, check.passed, check.text, "", run, check.to_json())
            for gate, check in zip(policy.gates, found, strict=True)]  # fmt: skip


def _where(check: StageVerdict) -> str:
    return f"stage {check.stage}: " if check.stage else ""
