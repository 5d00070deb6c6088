"""Moving versions through their lifecycle: promote, roll back, deprecate, approve. The only way to an alias.

A move is written down before MLflow is touched and its end afterwards; what MLflow does in between is one statement, so
that a death at any moment leaves the old state or the new one. Whoever next moves the model finds the open move and
writes its end from where the alias is. One process moves a model at a time. Whether a version may is ``decision``'s.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from jupyter_mlpipe.errors import (
    ApprovalNeededError,
    BusyModelError,
    NotAllowedError,
    PromotionRefusedError,
    RegistryUnavailableError,
    UnknownModelError,
    UntrustedModelError,
    UsageError,
)
from jupyter_mlpipe.execution.context import RunContext
from jupyter_mlpipe.ledger import leases, transitions
from jupyter_mlpipe.ledger.database import Ledger
from jupyter_mlpipe.ledger.processes import this_user
from jupyter_mlpipe.ledger.transitions import Approval, Transition
from jupyter_mlpipe.models import registry
from jupyter_mlpipe.models.catalogue import KnownModel, KnownVersion, aliases_of, known_model
from jupyter_mlpipe.models.decision import Decision, decide
from jupyter_mlpipe.models.lifecycle import TARGETS, Target
from jupyter_mlpipe.models.loading import has_passed, signed_claims, verified_files
from jupyter_mlpipe.models.policy import allowed_actions, approval_refusal, policy_of, refusal
from jupyter_mlpipe.models.registry import RegisteredVersion, Registry
from jupyter_mlpipe.models.statements import sign
from jupyter_mlpipe.store.signing import Signer

_LEASE_SECONDS = 900.0
_PATIENCE = 120.0
_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Move:
    """A version got another state."""

    transition: Transition
    decision: Decision | None = None


def check(context: RunContext, model: str, version: int, target: Target) -> Decision:
    """Say whether a version may get a state now, and why not. Changes nothing.

    Raises
    ------
    UnknownModelError
        There is no such version.
    RegistryUnavailableError
        MLflow does not answer.
    """
    known, registered = _find(context, Registry(context.settings), model, version)
    return decide(context, Registry(context.settings), known, registered, target)


def promote(context: RunContext, model: str, version: int, target: Target, *, reason: str = "") -> Move:
    """Give a version a state, if everything that the state asks for holds.

    Raises
    ------
    PromotionRefusedError
        It does not hold; the error's details hold the decision. The refusal is a fact in the model's history.
    ApprovalNeededError
        Only approvals are missing.
    BusyModelError
        Another process has been moving this model for too long.
    UnknownModelError, RegistryUnavailableError
        As `check`. A registry that died midway has either moved the alias or not; ask again.
    """
    opened = Registry(context.settings)
    with _alone(context, opened, model) as hold:
        try:
            known, registered = _find(context, opened, model, version)
        except PromotionRefusedError as error:
            asked = Transition(model=model, version=version, action="promote", target=target, reason=reason)
            transitions.record_refusal(context.ledger, asked, error.message)
            raise
        decision = decide(context, opened, known, registered, target)
        asked = Transition(
            model=model,
            version=version,
            action="promote",
            target=target,
            before=decision.before,
            reason=reason,
            evidence=decision.to_json(),
        )
        if decision.outcome == "refused":
            transitions.record_refusal(context.ledger, asked, "; ".join(decision.reasons))
            raise PromotionRefusedError(
                decision.text,
                hint=f"`mlpipe models show {model} {version}` shows the evidence; nothing was changed",
                decision=decision.to_json(),
            )
        if decision.outcome == "waiting":
            raise ApprovalNeededError(
                decision.text,
                hint=f"an approver runs `mlpipe models approve {model} {version} --to {target}`",
                decision=decision.to_json(),
            )
        return Move(_move(context, opened, asked, registered, hold), decision)


def rollback(
    context: RunContext, model: str, target: Target = "production", *, version: int | None = None, reason: str = ""
) -> Move:
    """Give a state back to the version that had it before, or to another one that had passed for it.

    Where the alias was moved in MLflow behind our back, it goes back to where we had set it.

    Raises
    ------
    PromotionRefusedError
        No earlier version passed for the state.
    UntrustedModelError
        Its files are not what was signed.
    UsageError
        The version has the state.
    NotAllowedError
        The policy does not let this user.
    BusyModelError, UnknownModelError, RegistryUnavailableError
        As `promote`.
    """
    _may(refusal(policy_of(context.settings, model).targets[target], this_user()))
    opened = Registry(context.settings)
    with _alone(context, opened, model) as hold:
        known = known_model(context.ledger, model)
        now = opened.aliases(model).get(target)
        chosen = version if version is not None else _earlier(known, target, now)
        asked = Transition(model=model, version=chosen, action="rollback", target=target, before=now, reason=reason)
        try:
            of_ledger, registered = _find(context, opened, model, chosen)
            _may_return(context, opened, of_ledger, registered, target)
        except (PromotionRefusedError, UntrustedModelError) as error:
            transitions.record_refusal(context.ledger, asked, error.message)
            raise
        if now == chosen and target in of_ledger.aliases:
            raise UsageError(f"{model} version {chosen} is in {target} already", hint="nothing was changed")
        return Move(_move(context, opened, asked, registered, hold))


def deprecate(context: RunContext, model: str, version: int, *, reason: str = "") -> Move:
    """Say that nobody shall use a version any more: it can neither be promoted nor rolled back to.

    Raises
    ------
    NotAllowedError
        The policy does not let this user, or the version has a state that must go to another one first.
    BusyModelError, UnknownModelError, RegistryUnavailableError
        As `promote`.
    """
    opened = Registry(context.settings)
    with _alone(context, opened, model):
        known, _ = _find(context, opened, model, version)
        for allowed in allowed_actions(policy_of(context.settings, model), known, this_user()):
            if allowed.action == "deprecate":
                _may(allowed.why)
        asked = Transition(model=model, version=version, action="deprecate", target="deprecated", reason=reason)
        asked = replace(asked, id=transitions.begin_transition(context.ledger, asked))
        _take_away(opened, model, version)
        return Move(_ended(context, asked, f"version {version} is deprecated"))


def approve(
    context: RunContext, model: str, version: int, target: Target, *, approved: bool = True, comment: str = ""
) -> Decision:
    """Approve a version for a state, or reject it; returns what is decided now.

    Raises
    ------
    NotAllowedError
        The policy does not let this user.
    UnknownModelError, RegistryUnavailableError
        As `promote`.
    """
    known = known_model(context.ledger, model).version(version)
    policy = policy_of(context.settings, model).targets[target]
    _may(approval_refusal(policy, this_user(), known.registration.user))
    given = Approval(
        model=model,
        version=version,
        target=target,
        approved=approved,
        digest=known.registration.digest or "",
        comment=comment,
    )
    transitions.record_approval(context.ledger, given)
    return check(context, model, version, target)


def look(context: RunContext) -> dict[str, dict[str, int]]:
    """Look where MLflow's aliases are, note it in the ledger, and return it by model; moves cut short get their end.

    Raises
    ------
    RegistryUnavailableError
        MLflow does not answer.
    """
    opened = Registry(context.settings)
    for model in {move.model for move in transitions.open_transitions(context.ledger)}:
        with suppress(BusyModelError), _alone(context, opened, model, patience=0):
            pass  # a move that was interrupted has its end now; one that goes on is its own process's
    since = transitions.last_moves(context.ledger)
    found = opened.models()
    seen: dict[str, dict[str, int | None]] = {
        model: {target: found.get(model, {}).get(target) for target in TARGETS}
        for model in (*found, *(since.keys() - found.keys()))
    }
    transitions.record_sightings(context.ledger, seen, since=since)
    return found


# -- one move at a time ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Hold:
    """The lease on a model."""

    ledger: Ledger
    model: str
    holder: str

    @property
    def key(self) -> str:
        return f"model:{self.model}"

    def acquire(self) -> bool:
        return leases.acquire(self.ledger, self.key, self.holder, _LEASE_SECONDS)

    def check(self) -> None:
        """Raise `BusyModelError` where it ran out meanwhile and somebody else took it: what was decided is too old."""
        if not leases.renew(self.ledger, self.key, self.holder, _LEASE_SECONDS):
            raise BusyModelError(
                f"another process has been moving {self.model} since this one began", hint="ask again", model=self.model
            )

    def release(self) -> None:
        leases.release(self.ledger, self.key, self.holder)


@contextmanager
def _alone(context: RunContext, opened: Registry, model: str, patience: float = _PATIENCE) -> Iterator[_Hold]:
    """Hold the model's lease; moves that were interrupted get their end first."""
    hold = _Hold(context.ledger, model, f"promotion-{os.getpid()}-{os.urandom(4).hex()}")
    until = time.monotonic() + patience
    while not hold.acquire():
        if time.monotonic() >= until:
            raise BusyModelError(f"another process is moving {model}", hint="try again when it is done", model=model)
        time.sleep(_POLL_SECONDS)
    try:
        for move in transitions.open_transitions(context.ledger, model):
            _recover(context, opened, move)
        yield hold
    finally:
        hold.release()


def _recover(context: RunContext, opened: Registry, move: Transition) -> None:
    """Give an interrupted move its end, and do what it had left to do."""
    if move.target not in TARGETS:
        _take_away(opened, move.model, move.version)
        _ended(context, move, "it was interrupted; now it is done")
        return
    aliases = opened.aliases(move.model)
    if aliases.get(move.target) == move.version:
        _ended(context, move, "it was interrupted after MLflow had done it")
    else:
        seen: dict[str, int | None] = {move.target: aliases.get(move.target)}
        note = "it was interrupted; nothing was changed"
        transitions.end_transition(context.ledger, move.id, "abandoned", note, model=move.model, seen=seen)
    _label(context, opened, move)


def _move(
    context: RunContext, opened: Registry, asked: Transition, registered: RegisteredVersion, hold: _Hold
) -> Transition:
    """Point the alias at the version: written down, signed, moved, written down."""
    model, version, target = asked.model, asked.version, asked.target
    digest = signed_claims(context.settings, registered)["digest"]
    asked = replace(asked, id=transitions.begin_transition(context.ledger, asked))
    claims = {"model": model, "version": version, "target": target, "digest": digest}
    passed = sign(claims, Signer(context.settings.signing_key)).text
    opened.set_tags(model, version, {registry.passed_tag(target): passed})
    hold.check()
    opened.set_alias(model, target, version)
    made = _ended(context, asked, f"{target} is version {version}")
    with suppress(RegistryUnavailableError):  # the move is done; the label beside it is for those who look at MLflow
        _label(context, opened, made)
    return made


def _ended(context: RunContext, asked: Transition, note: str) -> Transition:
    seen: dict[str, int | None] = {asked.target: asked.version} if asked.target in TARGETS else {}
    transitions.end_transition(context.ledger, asked.id, "done", note, model=asked.model, seen=seen)
    return replace(asked, status="done", note=note)


def _label(context: RunContext, opened: Registry, move: Transition) -> None:
    """Tell in MLflow which lifecycle states the versions of a move have now."""
    states = {item.version: item.lifecycle for item in known_model(context.ledger, move.model).versions}
    for version in {move.version, move.before} - {None}:
        if version in states:
            opened.set_tags(move.model, version, {registry.LIFECYCLE_TAG: states[version]})


def _take_away(opened: Registry, model: str, version: int) -> None:
    """Take from a version what says that it passed."""
    gone = {registry.passed_tag(target): None for target in TARGETS}
    opened.set_tags(model, version, {**gone, registry.LIFECYCLE_TAG: "deprecated"})


def _may_return(
    context: RunContext, opened: Registry, known: KnownVersion, registered: RegisteredVersion, target: Target
) -> None:
    """Raise where a state cannot be given back to a version."""
    name = f"{known.model} version {known.version}"
    hint = f"`mlpipe models log {known.model}` shows which versions were there"
    if known.lifecycle == "deprecated":
        raise PromotionRefusedError(f"{name} is deprecated", hint=hint)
    with verified_files(opened, context.settings, registered):
        pass
    if not has_passed(context.settings, registered, target):
        raise PromotionRefusedError(f"{name} never passed for {target}", hint=hint)


def _find(context: RunContext, opened: Registry, model: str, version: int) -> tuple[KnownVersion, RegisteredVersion]:
    registered = opened.version(model, version)
    try:
        known = known_model(context.ledger, model).version(version)
    except UnknownModelError as error:
        raise PromotionRefusedError(
            f"{model} version {version} was not registered from this workspace: there is no lineage and no evidence",
            hint="register it by a stage with --model, or work in the workspace that did",
            model=model,
            version=version,
        ) from error
    return known, registered


def _earlier(known: KnownModel, target: Target, now: int | None) -> int:
    """The version that had a state before the one that we last gave it to."""
    done = [move for move in known.history if move.status == "done" and move.target == target]
    current = aliases_of(done).get(target)
    if current is not None and now != current:
        return current  # it was moved behind our back
    stack: list[int] = []
    for move in done:
        if move.action == "rollback" and move.version in stack:
            while stack[-1] != move.version:
                stack.pop()
        elif not stack or stack[-1] != move.version:
            stack.append(move.version)
    deprecated = {item.version for item in known.versions if item.lifecycle == "deprecated"}
    for version in reversed(stack[:-1]):
        if version not in deprecated:
            return version
    raise PromotionRefusedError(
        f"no earlier version of {known.name} was in {target}",
        hint=f"`mlpipe models log {known.name}` shows its history; promote another version instead",
        model=known.name,
    )


def _may(why: str) -> None:
    if why:
        raise NotAllowedError(f"not allowed: {why}", hint="[tool.mlpipe.models] in pyproject.toml says who may")
