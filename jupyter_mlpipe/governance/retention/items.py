"""What there is to keep: results in the store, executed notebooks, profiles, runs in MLflow.

Not for what must stay (``protection``), nor for what becomes of it (``planning``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlpipe.ledger.columns import from_json

if TYPE_CHECKING:
    from jupyter_mlpipe.ledger import Ledger
    from jupyter_mlpipe.store.artifacts import ArtifactStore

KINDS = ("result", "notebook", "profile", "mlflow-run")


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing that can be kept, archived or deleted."""

    kind: str
    """One of `KINDS`."""
    name: str
    """A document of the store, a run, a blob's digest, or a run's id in MLflow."""
    created: float
    """Seconds since the epoch."""
    used: float
    """When a run used it last."""
    pipeline: str | None = None
    stage: str | None = None
    model: str | None = None
    run: str | None = None
    key: str | None = None
    """Of a result."""
    size: int = 0
    """Bytes, shared ones among them."""
    blobs: Mapping[str, int] = field(default_factory=dict)
    """Digests in the store, and their bytes."""
    aliases: tuple[str, ...] = ()
    """Of the model versions that it made, or that it is a reference of."""
    labels: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    referenced: bool = False
    """Whether it is the newest of its pipeline and stage, or belongs to a registered version."""

    @property
    def about(self) -> str:
        """For people."""
        where = "/".join(filter(None, (self.pipeline, self.stage)))
        return " ".join(filter(None, (where, self.run and f"run {self.run}", self.model and f"model {self.model}")))


@dataclass(frozen=True)
class Surroundings:
    """What the ledger knows of all items: read once."""

    used: Mapping[str, float]
    """By a result's key, when a run used it last."""
    labels: Mapping[str, Mapping[str, str]]
    """By a result's key."""
    run_labels: Mapping[str, Mapping[str, str]]
    aliases_of_key: Mapping[str, tuple[str, ...]]
    """By the key of the stage that made a registered version."""
    aliases_of_run: Mapping[str, tuple[str, ...]]
    aliases_of_version: Mapping[tuple[str, int], tuple[str, ...]]
    registered_keys: frozenset[str]
    registered_runs: frozenset[str]

    @classmethod
    def of(cls, ledger: Ledger) -> Surroundings:
        """Read it."""
        from jupyter_mlpipe.governance.retention.aliases import aliases_of_versions
        from jupyter_mlpipe.ledger.registrations import registrations

        with ledger.read() as connection:
            uses = connection.rows("SELECT key, max(ended) AS used FROM stage_runs WHERE key IS NOT NULL GROUP BY key")
            labelled = connection.rows(
                "SELECT DISTINCT key, run, labels FROM usage WHERE labels IS NOT NULL AND key IS NOT NULL"
            )
        aliases = aliases_of_versions(ledger)
        of_key: dict[str, set[str]] = {}
        of_run: dict[str, set[str]] = {}
        made = [item for item in registrations(ledger) if item.version is not None]
        for item in made:
            found = aliases.get((item.model, item.version or 0), ())
            if item.key:
                of_key.setdefault(item.key, set()).update(found)
            if item.run:
                of_run.setdefault(item.run, set()).update(found)
        return cls(
            used={row["key"]: row["used"] for row in uses},
            labels={row["key"]: from_json(row["labels"]) for row in labelled},
            run_labels={row["run"]: from_json(row["labels"]) for row in labelled},
            aliases_of_key={key: tuple(sorted(found)) for key, found in of_key.items()},
            aliases_of_run={run: tuple(sorted(found)) for run, found in of_run.items()},
            aliases_of_version=aliases,
            registered_keys=frozenset(of_key),
            registered_runs=frozenset(of_run),
        )


def results(store: ArtifactStore, known: Surroundings) -> list[Item]:
    """All results in the store, whoever signed them."""
    found = []
    sizes = {info.digest: info.size for info in store.blobs.list()}
    newest: dict[tuple[str, str], float] = {}
    for name, manifest, _ in store.documents():
        if manifest is None:
            continue
        created = _moment(manifest.created)
        place = manifest.pipeline, manifest.stage
        newest[place] = max(created, newest.get(place, 0.0))
        found.append((name, manifest, created, {digest: sizes.get(digest, 0) for digest in manifest.blobs()}))
    return [
        Item(
            kind="result",
            name=name,
            created=created,
            used=max(created, known.used.get(manifest.key, 0.0)),
            pipeline=manifest.pipeline,
            stage=manifest.stage,
            key=manifest.key,
            size=sum(blobs.values()),
            blobs=blobs,
            aliases=known.aliases_of_key.get(manifest.key, ()),
            labels=known.labels.get(manifest.key, {}),
            referenced=manifest.key in known.registered_keys or created >= newest[manifest.pipeline, manifest.stage],
        )
        for name, manifest, created, blobs in found
    ]


def notebooks(folder: Path, ledger: Ledger, known: Surroundings) -> Iterator[Item]:
    """All executed notebooks, with what else their runs left in their folders."""
    with ledger.read() as connection:
        runs = {row["id"]: row for row in connection.rows("SELECT id, pipeline, started FROM runs")}
    newest: dict[str, str] = {}
    for row in runs.values():
        newest[row["pipeline"]] = max(row["id"], newest.get(row["pipeline"], ""))
    for place in sorted(folder.iterdir()) if folder.is_dir() else ():
        run = runs.get(place.name)
        if run is None or not place.is_dir():
            continue
        files = [path for path in place.rglob("*") if path.is_file()]
        yield Item(
            kind="notebook",
            name=place.name,
            created=run["started"],
            used=run["started"],
            pipeline=run["pipeline"],
            run=place.name,
            size=sum(path.stat().st_size for path in files),
            aliases=known.aliases_of_run.get(place.name, ()),
            labels=known.run_labels.get(place.name, {}),
            referenced=place.name in known.registered_runs or newest[run["pipeline"]] == place.name,
        )


def profiles(store: ArtifactStore, ledger: Ledger, known: Surroundings) -> Iterator[Item]:
    """All profiles that were not taken away."""
    from jupyter_mlpipe.errors import MissingBlobError
    from jupyter_mlpipe.ledger.profiles import profile_blobs, profiles_after
    from jupyter_mlpipe.ledger.retention import removed_items

    with ledger.read() as connection:
        there = profile_blobs(ledger) - removed_items(connection, "profile")
    merged: dict[str, Item] = {}
    after = 0
    while facts := profiles_after(ledger, after):
        after = facts[-1].id
        for fact in facts:
            if fact.blob not in there:
                continue
            before = merged.get(fact.blob)
            version = (fact.model or "", fact.version or 0)
            merged[fact.blob] = Item(
                kind="profile",
                name=fact.blob,
                created=min(fact.time, before.created) if before else fact.time,
                used=fact.time,
                pipeline=fact.pipeline or (before.pipeline if before else None),
                stage=fact.stage or (before.stage if before else None),
                model=fact.model or (before.model if before else None),
                run=fact.run,
                aliases=known.aliases_of_version.get(version, before.aliases if before else ()),
                referenced=bool(fact.model) or (before.referenced if before else False),
            )
    for item in merged.values():
        try:
            size = store.blobs.size(item.name)
        except MissingBlobError:
            continue
        yield replace(item, size=size, blobs={item.name: size})


def _moment(created: str) -> float:
    try:
        moment = dt.datetime.fromisoformat(created)
    except ValueError:
        return 0.0
    return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp()
