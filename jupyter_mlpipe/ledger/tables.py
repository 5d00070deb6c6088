"""The ledger's schema, as SQLAlchemy Core tables.

Alembic's migrations create and change it; a test holds both together. Times are seconds since the epoch, columns whose
comment says JSON hold JSON as text, and no row that states a fact is ever changed. Five tables hold no facts but
coordinate processes: ``leases``, ``outbox``, ``open_alerts``, ``alert_cursors`` and ``open_usage``.

Loaded only for migrations and for queries in SQLAlchemy: the modules of facts speak SQL.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text

from jupyter_mlpipe.ledger import cost_tables, monitoring_tables, retention_tables
from jupyter_mlpipe.ledger.table_types import Double, Identifier, metadata

__all__ = ["cost_tables", "metadata", "monitoring_tables", "retention_tables"]

runs = Table(
    "runs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("pipeline", Text, nullable=False),
    Column("notebook", Text, nullable=False),
    Column("notebook_digest", Text, nullable=False),
    Column("parameters", Text, nullable=False, comment="JSON"),
    Column("options", Text, nullable=False, comment="JSON"),
    Column("started", Double, nullable=False),
    Column("user", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("cluster", Text),
    Column("git_commit", Text),
    Column("versions", Text, nullable=False, comment="JSON"),
    Column("owner", Text),
    Column("team", Text),
    Column("resumed", Text, comment="id of the run that this one resumes"),
    Column("executed", Text, comment="path of the executed notebook"),
    Column("escalate", Text, comment="JSON: whom to tell after the owner"),
    Index(None, "pipeline", "id"),
)

run_ends = Table(
    "run_ends",
    metadata,
    Column("run", Text, ForeignKey("runs.id"), primary_key=True),
    Column("status", Text, nullable=False),
    Column("ended", Double, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("error", Text, comment="JSON"),
    Index(None, "ended"),
)

run_requests = Table(
    "run_requests",
    metadata,
    Column("run", Text, ForeignKey("runs.id"), primary_key=True),
    Column("request", Text, primary_key=True),
    Column("user", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("time", Double, nullable=False),
)

stage_runs = Table(
    "stage_runs",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("run", Text, ForeignKey("runs.id"), nullable=False),
    Column("pipeline", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("key", Text),
    Column("status", Text, nullable=False),
    Column("hit", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("reasons", Text, nullable=False, comment="JSON"),
    Column("components", Text, comment="JSON: the parts of the key"),
    Column("manifest", Text, comment="digest"),
    Column("seconds", Double, nullable=False),
    Column("saved_seconds", Double, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("worker", Text),
    Column("owner", Text),
    Column("team", Text),
    Column("numbers", Text, nullable=False, comment="JSON"),
    Column("error", Text, comment="JSON"),
    Column("started", Double, nullable=False),
    Column("ended", Double, nullable=False),
    Column("files", Text, comment="what it read and wrote: in file_uses"),
    Column("escalate", Text, comment="JSON: whom to tell after the owner"),
    Index(None, "run"),
    Index(None, "pipeline", "stage", "status", "id"),
    Index(None, "key"),
    Index(None, "key", "status"),
    Index(None, "files"),
)

artifacts = Table(
    "artifacts",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("stage_run", Identifier, ForeignKey("stage_runs.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("codec", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("rows", BigInteger),
    Column("bytes", BigInteger),
    Index(None, "stage_run"),
    Index(None, "digest"),
    Index(None, "name"),
)

inputs = Table(
    "inputs",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("stage_run", Identifier, ForeignKey("stage_runs.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("source", Text, comment="the stage that made it"),
    Index(None, "stage_run"),
    Index(None, "digest"),
)

file_uses = Table(
    "file_uses",
    metadata,
    Column("files", Text, primary_key=True, comment="digest of all that one stage run read and wrote"),
    Column("written", Boolean, primary_key=True),
    Column("path", Text, primary_key=True, comment="relative to the workspace"),
    Column("digest", Text, nullable=False),
    Column("bytes", BigInteger),
    Index(None, "path"),
    Index(None, "digest"),
)

gates = Table(
    "gates",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("run", Text, ForeignKey("runs.id"), nullable=False),
    Column("stage", Text, nullable=False),
    Column("gate", Text, nullable=False, comment="as the user wrote it"),
    Column("passed", Boolean, nullable=False),
    Column("text", Text, nullable=False),
    Column("facts", Text, nullable=False, comment="JSON: the numbers it saw"),
    Column("time", Double, nullable=False),
    Index(None, "run"),
    Index(None, "stage"),
)

registrations = Table(
    "registrations",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("model", Text, nullable=False),
    Column("version", Integer, comment="null where it was refused"),
    Column("run", Text),
    Column("pipeline", Text),
    Column("stage", Text),
    Column("key", Text),
    Column("name", Text, nullable=False, comment="the notebook's name of the value"),
    Column("content", Text, nullable=False, comment="digest of the value"),
    Column("digest", Text, comment="of the files in the registry"),
    Column("flavor", Text),
    Column("safe", Boolean, nullable=False),
    Column("facts", Text, nullable=False, comment="JSON"),
    Column("error", Text, comment="JSON: why it was refused"),
    Column("user", Text, nullable=False),
    Column("time", Double, nullable=False),
    Index(None, "model", "version", unique=True),
    Index(None, "content"),
    Index(None, "run"),
)

transitions = Table(
    "transitions",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("model", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("action", Text, nullable=False),
    Column("target", Text, nullable=False, comment="the lifecycle state asked for"),
    Column("before", Integer, comment="the version that the alias named"),
    Column("user", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("evidence", Text, nullable=False, comment="JSON"),
    Column("time", Double, nullable=False),
    Index(None, "model", "id"),
)

transition_ends = Table(
    "transition_ends",
    metadata,
    Column("transition", Identifier, ForeignKey("transitions.id"), primary_key=True),
    Column("status", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("time", Double, nullable=False),
)

approvals = Table(
    "approvals",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("model", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("target", Text, nullable=False),
    Column("approved", Boolean, nullable=False),
    Column("digest", Text, nullable=False, comment="of the files that were approved"),
    Column("comment", Text, nullable=False),
    Column("user", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("time", Double, nullable=False),
    Index(None, "model", "version"),
)

alias_sightings = Table(
    "alias_sightings",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("model", Text, nullable=False),
    Column("alias", Text, nullable=False),
    Column("version", Integer, comment="null where the alias was gone"),
    Column("time", Double, nullable=False),
    Index(None, "model", "alias", "id"),
)

findings = Table(
    "findings",
    metadata,
    Column("code_digest", Text, primary_key=True),
    Column("finding", Text, primary_key=True, comment="canonical JSON"),
    Column("time", Double, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("run", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("stage", Text),
    Column("time", Double, nullable=False),
    Column("event", Text, nullable=False, comment="JSON: the whole event"),
    Index(None, "run", "id"),
)

leases = Table(
    "leases",
    metadata,
    Column("key", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("machine", Text, nullable=False),
    Column("process", Text, nullable=False, comment="process id and start time on that machine"),
    Column("acquired", Double, nullable=False),
    Column("expires", Double, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("payload", Text, nullable=False, comment="JSON"),
    Column("created", Double, nullable=False),
    Column("sent", Double),
    Column("failures", Integer, nullable=False),
    Column("error", Text, comment="of the newest failure"),
    Column("due", Double, nullable=False, comment="not to be tried again before"),
    Index(None, "sent", "id"),
)
