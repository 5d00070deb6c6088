"""What would become of everything, without touching anything. Not for doing it (``carrying_out``)."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blake3 import blake3

from jupyter_mlpipe.governance.retention.items import Item, Surroundings, notebooks, profiles, results
from jupyter_mlpipe.governance.retention.policy import Policy, Rule
from jupyter_mlpipe.governance.retention.protection import Protection, protection

if TYPE_CHECKING:
    from jupyter_mlpipe.ledger import Ledger
    from jupyter_mlpipe.settings import Settings
    from jupyter_mlpipe.store.artifacts import ArtifactStore


@dataclass(frozen=True)
class Decision:
    """What becomes of one item."""

    item: Item
    outcome: str
    """``keep``, ``archive`` or ``delete``."""
    rule: str
    """The rule that says so; empty where none fits."""
    why: str = ""
    """Why it is kept in spite of its rule."""


@dataclass(frozen=True)
class RetentionPlan:
    """What becomes of all items."""

    policy: Policy
    decisions: tuple[Decision, ...]
    clock: float
    """When it was made, in seconds since the epoch."""

    @property
    def taken(self) -> list[Decision]:
        """What is archived or deleted."""
        return [decision for decision in self.decisions if decision.outcome != "keep"]

    @property
    def digest(self) -> str:
        """Names what would be done: equal for equal plans."""
        lines = sorted(f"{d.outcome} {d.item.kind} {d.item.name}" for d in self.taken)
        return blake3("\n".join(lines).encode()).hexdigest()[:12]

    @property
    def freed(self) -> int:
        """Bytes of blobs and files that nothing else needs."""
        kept = {digest for d in self.decisions if d.outcome == "keep" for digest in d.item.blobs}
        going = {digest: size for d in self.taken for digest, size in d.item.blobs.items() if digest not in kept}
        return sum(going.values()) + sum(d.item.size for d in self.taken if not d.item.blobs)

    def to_json(self) -> dict[str, Any]:
        """The documented JSON shape."""
        return {
            "plan": self.digest,
            "clock": self.clock,
            "freed": self.freed,
            "rules": [
                {"rule": rule, "kind": kind, "outcome": outcome, "items": count, "bytes": size}
                for (rule, kind, outcome), (count, size) in self.by_rule().items()
            ],
            "protected": dict(self.protected()),
            "items": [
                {
                    "kind": d.item.kind,
                    "name": d.item.name,
                    "about": d.item.about,
                    "outcome": d.outcome,
                    "rule": d.rule,
                    "bytes": d.item.size,
                    "created": d.item.created,
                    "used": d.item.used,
                }
                for d in self.taken
            ],
        }

    def by_rule(self) -> Mapping[tuple[str, str, str], tuple[int, int]]:
        """How many items and bytes, by rule, kind and outcome, as the rules come."""
        found: dict[tuple[str, str, str], tuple[int, int]] = {}
        for decision in self.decisions:
            key = decision.rule, decision.item.kind, decision.outcome
            count, size = found.get(key, (0, 0))
            found[key] = count + 1, size + decision.item.size
        order = {rule.name: number for number, rule in enumerate(self.policy.rules)}
        return dict(sorted(found.items(), key=lambda each: (order.get(each[0][0], len(order)), each[0])))

    def protected(self) -> Counter[str]:
        """Why items are kept in spite of their rules, and how many."""
        return Counter(decision.why for decision in self.decisions if decision.why)


_Place = tuple[str, str, str | None, str | None]
"""A rule, a kind, a pipeline and a stage."""


def all_items(store: ArtifactStore, ledger: Ledger, settings: Settings, kinds: Iterable[str]) -> Iterator[Item]:
    """All items of some kinds."""
    wanted = set(kinds)
    known = Surroundings.of(ledger)
    if "result" in wanted:
        yield from results(store, known)
    if "notebook" in wanted:
        yield from notebooks(Path(settings.folder, "runs"), ledger, known)
    if "profile" in wanted:
        yield from profiles(store, ledger, known)
    if "mlflow-run" in wanted and settings.tracking:
        from jupyter_mlpipe.governance.retention.mlflow_runs import mlflow_runs

        yield from mlflow_runs(settings, ledger, known)


def plan_retention(
    store: ArtifactStore, ledger: Ledger, settings: Settings, policy: Policy, clock: float | None = None
) -> RetentionPlan:
    """Say what would become of everything.

    Raises
    ------
    RetentionError
        A hold cannot be understood, or MLflow does not answer.
    """
    clock = time.time() if clock is None else clock
    kinds = {kind for rule in policy.rules for kind in rule.kinds if rule.action != "keep"}
    items = list(all_items(store, ledger, settings, kinds))
    # Asked last: what a run has begun to use meanwhile is protected.
    return RetentionPlan(policy, tuple(decide(items, policy, protection(ledger), clock)), clock)


def decide(items: Iterable[Item], policy: Policy, protected: Protection, clock: float) -> Iterator[Decision]:
    """Ask the rules for each item, the newest first: the first that fits decides, unless the item must stay."""
    kept: Counter[_Place] = Counter()
    for item in sorted(items, key=lambda item: (item.created, item.name), reverse=True):
        rule = _rule(item, policy, kept, clock)
        if rule is None or rule.action == "keep":
            yield Decision(item, "keep", rule.name if rule else "")
            continue
        why = protected.why(item)
        yield Decision(item, "keep" if why else rule.action, rule.name, why)


def _rule(item: Item, policy: Policy, kept: Counter[_Place], clock: float) -> Rule | None:
    """The first rule that fits; the newest of a place do not count for a rule that keeps so many of them."""
    for rule in policy.rules:
        if rule.keep_last:
            place = rule.name, item.kind, item.pipeline, item.stage
            if rule.fits(item, float("inf")):  # whatever its age: the newest are the newest
                kept[place] += 1
                if kept[place] <= rule.keep_last:
                    continue
        if rule.fits(item, clock):
            return rule
    return None
