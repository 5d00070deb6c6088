"""The ledger's tables of monitoring: profiles, drift, performance, alerts. The others are in ``tables``."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text

from jupyter_mlpipe.ledger.table_types import Double, Identifier, metadata

profiles = Table(
    "profiles",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("blob", Text, nullable=False, comment="digest of its bytes in the store"),
    Column("content", Text, nullable=False, comment="digest of what was profiled"),
    Column("config", Text, nullable=False, comment="JSON: how it was profiled"),
    Column("role", Text, nullable=False, comment="input, output, reference, window"),
    Column("name", Text, nullable=False, comment="the notebook's name of the frame, or of the data set"),
    Column("rows", BigInteger, nullable=False),
    Column("run", Text),
    Column("pipeline", Text),
    Column("stage", Text),
    Column("model", Text),
    Column("version", Integer),
    Column("window_start", Double),
    Column("window_end", Double),
    Column("facts", Text, nullable=False, comment="JSON"),
    Column("time", Double, nullable=False),
    Index(None, "content", "config"),
    Index(None, "pipeline", "stage", "name", "id"),
    Index(None, "model", "version"),
    Index(None, "run", "stage", "role", "name", "config", unique=True),
    Index(None, "blob"),
)

drift_reports = Table(
    "drift_reports",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("name", Text, nullable=False, comment="of the data set"),
    Column("model", Text, comment="whose reference it is"),
    Column("version", Integer),
    Column("run", Text),
    Column("pipeline", Text),
    Column("stage", Text),
    Column("reference", Text, comment="digest of the reference's profile"),
    Column("profile", Text, comment="digest of the profile that was compared"),
    Column("window_start", Double),
    Column("window_end", Double),
    Column("rows", BigInteger, nullable=False),
    Column("drifted", Boolean, nullable=False),
    Column("columns_drifted", Integer, nullable=False),
    Column("report", Text, nullable=False, comment="JSON: the whole report"),
    Column("owner", Text),
    Column("team", Text),
    Column("time", Double, nullable=False),
    Index(None, "model", "version", "id"),
    Index(None, "pipeline", "stage", "name", "id"),
    Index(None, "run"),
)

performance = Table(
    "performance",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("model", Text, nullable=False),
    Column("version", Integer),
    Column("name", Text, nullable=False, comment="of the data set"),
    Column("measure", Text, nullable=False),
    Column("segment", Text, nullable=False, comment="column=value; empty for all rows"),
    Column("window_start", Double),
    Column("window_end", Double),
    Column("rows", BigInteger, nullable=False),
    Column("labelled", Double, comment="share of the rows that have a label"),
    Column("value", Double, comment="null where it cannot be said"),
    Column("low", Double),
    Column("high", Double),
    Column("reference", Double, comment="the same measure on the reference"),
    Column("estimated", Boolean, nullable=False, comment="without labels"),
    Column("breached", Boolean, nullable=False),
    Column("facts", Text, nullable=False, comment="JSON"),
    Column("owner", Text),
    Column("team", Text),
    Column("time", Double, nullable=False),
    Index(None, "model", "measure", "id"),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False, comment="digest of what makes two findings the same"),
    Column("rule", Text, nullable=False),
    Column("severity", Text, nullable=False, comment="info, warning, critical"),
    Column("kind", Text, nullable=False, comment="of the subject: pipeline, stage, model, data, channel"),
    Column("subject", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("facts", Text, nullable=False, comment="JSON"),
    Column("run", Text),
    Column("owner", Text),
    Column("team", Text),
    Column("escalate", Text, nullable=False, comment="JSON: whom to tell after the owner"),
    Column("time", Double, nullable=False),
    Index(None, "fingerprint", "time"),
    Index(None, "subject", "time"),
    Index(None, "time"),
)

alert_events = Table(
    "alert_events",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("alert", Text, ForeignKey("alerts.id"), nullable=False),
    Column("event", Text, nullable=False),
    Column("source", Text, comment="names what it follows from, so that it counts once"),
    Column("level", Integer, comment="of escalation; 0 is the owner"),
    Column("recipient", Text),
    Column("channel", Text, comment="its name, never its URL"),
    Column("text", Text, nullable=False),
    Column("user", Text),
    Column("host", Text),
    Column("time", Double, nullable=False),
    Index(None, "alert", "event", "id"),
    Index(None, "source", unique=True),
)

open_alerts = Table(
    "open_alerts",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("alert", Text, nullable=False),
    Index(None, "alert"),
)

alert_cursors = Table(
    "alert_cursors",
    metadata,
    Column("name", Text, primary_key=True),
    Column("position", Double, nullable=False),
)

silences = Table(
    "silences",
    metadata,
    Column("id", Text, primary_key=True),
    Column("subject", Text, nullable=False, comment="a glob"),
    Column("rule", Text, nullable=False, comment="a glob"),
    Column("reason", Text, nullable=False),
    Column("starts", Double, nullable=False),
    Column("ends", Double, nullable=False),
    Column("user", Text, nullable=False),
    Column("host", Text, nullable=False),
    Index(None, "ends"),
)

silence_ends = Table(
    "silence_ends",
    metadata,
    Column("silence", Text, ForeignKey("silences.id"), primary_key=True),
    Column("user", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("time", Double, nullable=False),
)
