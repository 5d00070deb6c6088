"""What a version must show to be promoted, and who may do it: ``[tool.mlpipe.models]``, read.

::

    [tool.mlpipe.models."flight-delay".production]   # "*" stands for every model
    gates = ["auc >= 0.7", "improvement(roc_auc, candidate, test, test.late) >= 0"]
    approvals = 1
    approvers = ["lead"]
    promoters = ["ada", "lead"]
    from = "staging"

A model's own table stands over that of ``*``, key by key. Not for checking anything (``promotion``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from jupyter_mlpipe.errors import GateSyntaxError, SettingsError
from jupyter_mlpipe.models.lifecycle import TARGETS, Target
from jupyter_mlpipe.notebook.suggest import nearest

if TYPE_CHECKING:
    from jupyter_mlpipe.ledger.transitions import Action
    from jupyter_mlpipe.models.catalogue import KnownVersion
    from jupyter_mlpipe.settings import Settings

EVERY = "*"


@dataclass(frozen=True)
class TargetPolicy:
    """What one state asks for."""

    gates: tuple[str, ...] = ()
    """Conditions over what the version's run measured and stored, besides the gates of its stages."""
    approvals: int = 0
    """How many people must approve; who registered the version is none of them."""
    approvers: tuple[str, ...] = ()
    """Who may approve; empty: anyone. Never who registered the version."""
    promoters: tuple[str, ...] = ()
    """Who may promote and roll back; empty: anyone."""
    source: Literal["candidate", "staging"] = "candidate"
    """The state that a version must have; written ``from``."""
    signature: bool = False
    """Whether a version must say what it takes and gives."""
    pickle: bool = True
    """Whether a version that is loaded by a pickle may get it."""
    ungated: bool = True
    """Whether a version may get it of which no gate was ever asked."""


_DEFAULTS: Mapping[Target, TargetPolicy] = {
    "staging": TargetPolicy(),
    "production": TargetPolicy(source="staging", signature=True, ungated=False),
}


@dataclass(frozen=True)
class ModelPolicy:
    """What each state of a model asks for."""

    model: str
    targets: Mapping[Target, TargetPolicy] = field(default_factory=lambda: dict(_DEFAULTS))


@dataclass(frozen=True)
class Allowed:
    """Whether a user may do something with a version."""

    action: Action | Literal["approve"]
    target: str
    allowed: bool
    why: str = ""
    """Why not, for people."""


def policy_of(settings: Settings, model: str) -> ModelPolicy:
    """Read a model's policy.

    Raises
    ------
    SettingsError
        A key is unknown or a value is not of its kind; names the place.
    """
    from jupyter_mlpipe.models.gates import parse_gate

    targets: dict[Target, TargetPolicy] = {}
    for target in TARGETS:
        given: dict[str, Any] = {}
        for name in (EVERY, model):
            given |= _table(settings.models, name, target)
        policy = _read(given, _DEFAULTS[target], f"models.{model!r}.{target}")
        for gate in policy.gates:
            try:
                parse_gate(gate)
            except GateSyntaxError as error:
                raise SettingsError(
                    f"the gate {gate!r} in models.{model!r}.{target}: {error.message}", hint=error.hint
                ) from error
        targets[target] = policy
    return ModelPolicy(model, targets)


def allowed_actions(policy: ModelPolicy, version: KnownVersion, user: str) -> list[Allowed]:
    """Say what a user may do with a version as far as its state and the policy go; gates are asked when it is done."""
    found = []
    for target in TARGETS:
        asked = policy.targets[target]
        why = refusal(asked, user)
        if version.lifecycle == "deprecated":
            why = "it is deprecated"
        elif target in version.aliases:
            why = f"it is in {target} already"
        elif asked.source != "candidate" and asked.source not in version.aliases:
            why = why or f"it must be in {asked.source} first"
        found.append(Allowed("promote", target, not why, why))
        if asked.approvals:
            why = approval_refusal(asked, user, version.registration.user)
            found.append(Allowed("approve", target, not why, why))
        if target in version.aliases:
            why = refusal(asked, user)
            found.append(Allowed("rollback", target, not why, why))
    why = refusal(policy.targets["production"], user)
    if version.lifecycle == "deprecated":
        why = "it is deprecated already"
    elif version.aliases:
        why = f"it is in {version.aliases[0]}: promote another version or roll back first"
    found.append(Allowed("deprecate", "deprecated", not why, why))
    return found


def refusal(policy: TargetPolicy, user: str) -> str:
    """Why a user may not promote or roll back; empty where they may."""
    if policy.promoters and user not in policy.promoters:
        return f"{user} is not among those who may: {', '.join(policy.promoters)}"
    return ""


def approval_refusal(policy: TargetPolicy, user: str, registrant: str) -> str:
    """Why a user may not approve; empty where they may."""
    if policy.approvers and user not in policy.approvers:
        return f"{user} is not among those who may approve: {', '.join(policy.approvers)}"
    if user == registrant:
        return f"{user} registered it: somebody else must approve"
    return ""


_KEYS = {"from": "source"}
_KINDS: Mapping[str, str] = {
    "gates": "a list of conditions",
    "approvals": "a whole number, 0 or more",
    "approvers": "a list of users",
    "promoters": "a list of users",
    "from": '"candidate" or "staging"',
    "signature": "true or false",
    "pickle": "true or false",
    "ungated": "true or false",
}


def _table(models: Mapping[str, Any], model: str, target: Target) -> Mapping[str, Any]:
    of_model = models.get(model, {})
    if not isinstance(of_model, Mapping):
        raise SettingsError(f"models.{model!r} is {of_model!r}", hint="give a table for each state, such as production")
    for name in of_model:
        if name not in TARGETS:
            raise SettingsError(
                f"models.{model!r} has a table {name!r}", hint=nearest(name, list(TARGETS), "states are")
            )
    table = of_model.get(target, {})
    if not isinstance(table, Mapping):
        raise SettingsError(f"models.{model!r}.{target} is {table!r}", hint="give a table, such as { approvals = 1 }")
    return table


def _read(given: Mapping[str, Any], default: TargetPolicy, place: str) -> TargetPolicy:
    values: dict[str, Any] = {name: getattr(default, name) for name in TargetPolicy.__dataclass_fields__}
    for key, value in given.items():
        if key not in _KINDS:
            raise SettingsError(f"{key} in {place} is not a setting", hint=nearest(key, list(_KINDS), "settings are"))
        strings = isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)
        fits = (
            strings if key in ("gates", "approvers", "promoters")
            else isinstance(value, int) and not isinstance(value, bool) and value >= 0 if key == "approvals"
            else value in ("candidate", "staging") if key == "from"
            else isinstance(value, bool)
        )  # fmt: skip
        if not fits:
            raise SettingsError(f"{key} in {place} is {value!r}", hint=f"give {_KINDS[key]}")
        values[_KEYS.get(key, key)] = tuple(value) if strings else value
    return TargetPolicy(**values)
