"""What the ledger knows of models: their versions, states, and where something is wrong. Asks no registry.

For whoever shows models without the seconds that MLflow's client takes to load. What MLflow itself says is in
``registry``; each look there is noted in the ledger, so that an alias which was moved behind our back shows here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from jupyter_mlpipe.errors import UnknownModelError
from jupyter_mlpipe.ledger import outbox, transitions
from jupyter_mlpipe.ledger.database import Ledger
from jupyter_mlpipe.ledger.registrations import Registration, registrations
from jupyter_mlpipe.ledger.transitions import Transition
from jupyter_mlpipe.models.lifecycle import TARGETS, Lifecycle
from jupyter_mlpipe.notebook.suggest import nearest

REGISTER = "register_model"
"""The kind of outbox messages that ask for a registration."""

_MOST_WAITING = 1000


@dataclass(frozen=True)
class KnownVersion:
    """A version of a model."""

    model: str
    version: int
    lifecycle: Lifecycle
    aliases: tuple[str, ...]
    """States that it holds: ``staging``, ``production`` or both."""
    registration: Registration
    """Who made it of what."""

    @property
    def metrics(self) -> Mapping[str, float]:
        """Numbers that the stages of its run bound."""
        metrics: Mapping[str, float] = self.registration.facts.get("metrics", {})
        return metrics


@dataclass(frozen=True)
class Waiting:
    """A registration that has not reached the registry."""

    model: str
    stage: str | None
    run: str | None
    failures: int
    error: str | None


@dataclass(frozen=True)
class KnownModel:
    """A model and all that is known of it."""

    name: str
    versions: tuple[KnownVersion, ...]
    """Newest first."""
    aliases: Mapping[str, int]
    """The version that each alias names, as we set it."""
    moved: tuple[str, ...] = ()
    """For each alias that was seen elsewhere in MLflow: a sentence."""
    waiting: tuple[Waiting, ...] = ()
    refused: tuple[Registration, ...] = ()
    history: tuple[Transition, ...] = field(default=(), repr=False)
    """Oldest first."""

    def version(self, number: int) -> KnownVersion:
        """A version. Raises `UnknownModelError`."""
        for found in self.versions:
            if found.version == number:
                return found
        known = ", ".join(str(found.version) for found in self.versions[:10]) or "none"
        raise UnknownModelError(f"{self.name} has no version {number}", hint=f"its versions are {known}")


def known_models(ledger: Ledger) -> list[KnownModel]:
    """All models, by name."""
    made: dict[str, list[Registration]] = {}
    for item in registrations(ledger):
        made.setdefault(item.model, []).append(item)
    moves: dict[str, list[Transition]] = {}
    for move in transitions.transitions(ledger):
        moves.setdefault(move.model, []).append(move)
    waiting: dict[str, list[Waiting]] = {}
    for asked in waiting_registrations(ledger):
        waiting.setdefault(asked.model, []).append(asked)
    seen = transitions.all_sightings(ledger)
    return [
        _model(name, made.get(name, ()), moves.get(name, ()), waiting.get(name, ()), seen.get(name, {}))
        for name in sorted({*made, *waiting})
    ]


def known_model(ledger: Ledger, name: str) -> KnownModel:
    """One model.

    Raises
    ------
    UnknownModelError
        Nothing of this name was ever registered from this workspace, nor waits to be.
    """
    made = registrations(ledger, name)
    waiting = [item for item in waiting_registrations(ledger) if item.model == name]
    if not made and not waiting:
        names = sorted({item.model for item in registrations(ledger)})
        raise UnknownModelError(f"there is no model {name!r} here", hint=nearest(name, names, "models are"), model=name)
    return _model(name, made, transitions.transitions(ledger, name), waiting, transitions.sightings(ledger, name))


def waiting_registrations(ledger: Ledger) -> list[Waiting]:
    """Registrations that have not reached the registry."""
    return [
        Waiting(
            message.payload["model"],
            message.payload.get("stage"),
            message.payload.get("run") or None,
            message.failures,
            message.error,
        )
        for message in outbox.pending(ledger, _MOST_WAITING, due_only=False)
        if message.kind == REGISTER
    ]


def aliases_of(moves: Iterable[Transition]) -> dict[str, int]:
    """The version that each alias names by what was done, oldest first."""
    found: dict[str, int] = {}
    for move in moves:
        if move.status == "done" and move.target in TARGETS:
            found[move.target] = move.version
    return found


def _model(
    name: str,
    made: Iterable[Registration],
    moves: Iterable[Transition],
    waiting: Iterable[Waiting],
    seen: Mapping[str, int | None],
) -> KnownModel:
    made, moves = list(made), list(moves)
    aliases = aliases_of(moves)
    deprecated = {move.version for move in moves if move.status == "done" and move.target == "deprecated"}
    under_way = {move.target for move in moves if move.status == "open"}
    settled = {alias: version for alias, version in seen.items() if alias not in under_way}
    served = {move.version for move in moves if move.status == "done" and move.target in TARGETS}
    versions = []
    for item in made:
        if item.version is not None:
            own = tuple(target for target in reversed(TARGETS) if aliases.get(target) == item.version)
            state = _lifecycle(own, item.version in deprecated, item.version in served)
            versions.append(KnownVersion(name, item.version, state, own, item))
    return KnownModel(
        name,
        tuple(sorted(versions, key=lambda found: -found.version)),
        aliases,
        tuple(moved_aliases(name, aliases, settled)) if moves or versions else (),
        tuple(waiting),
        tuple(item for item in made if item.version is None),
        tuple(moves),
    )


def _lifecycle(aliases: tuple[str, ...], deprecated: bool, served: bool) -> Lifecycle:
    if "production" in aliases:
        return "production"
    if "staging" in aliases:
        return "staging"
    if deprecated:
        return "deprecated"
    return "archived" if served else "candidate"


def moved_aliases(name: str, ours: Mapping[str, int], seen: Mapping[str, int | None]) -> list[str]:
    """A sentence for each alias that is not where we set it.

    Parameters
    ----------
    name
        The model.
    ours, seen
        The version that each alias names by our history, and as MLflow was last seen (None: it was not there).
    """
    found = []
    for alias in TARGETS:
        if alias not in seen or seen[alias] == ours.get(alias):
            continue
        if seen[alias] is None:
            found.append(f"{alias} of {name} was removed in MLflow; it named version {ours[alias]}")
        else:
            was = f"it named version {ours[alias]}" if alias in ours else "no version was ever promoted to it"
            found.append(f"{alias} of {name} was moved to version {seen[alias]} behind our back; {was}")
    return found
