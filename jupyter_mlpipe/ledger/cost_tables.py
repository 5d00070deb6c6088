"""The ledger's tables of costs: usage, prices in force, estimates, budgets. The others are in ``tables``."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from jupyter_mlpipe.ledger.table_types import Double, Identifier, metadata

usage = Table(
    "usage",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("task", Text, nullable=False, comment="names what was used, so that it counts once"),
    Column("kind", Text, nullable=False, comment="attempt, hit, idle, live"),
    Column("outcome", Text, nullable=False),
    Column("run", Text, nullable=False),
    Column("pipeline", Text, nullable=False),
    Column("stage", Text, comment="null for what no stage used"),
    Column("attempt", Integer, nullable=False),
    Column("key", Text),
    Column("model", Text, comment="that the stage registers"),
    Column("owner", Text),
    Column("team", Text),
    Column("environment", Text),
    Column("labels", Text, comment="JSON; null where there are none"),
    Column("started", Double, nullable=False),
    Column("ended", Double, nullable=False),
    Column("seconds", Double, nullable=False, comment="by a clock that does not jump"),
    Column("cpus", Double, nullable=False, comment="reserved"),
    Column("cpu_seconds", Double, nullable=False),
    Column("memory", BigInteger, nullable=False, comment="bytes reserved"),
    Column("memory_peak", BigInteger, nullable=False),
    Column("memory_byte_seconds", Double, nullable=False),
    Column("gpus", Double, nullable=False, comment="reserved"),
    Column("gpu_seconds", Double, nullable=False, comment="busy"),
    Column("gpu_memory_peak", BigInteger, nullable=False),
    Column("bytes_read", BigInteger, nullable=False),
    Column("bytes_written", BigInteger, nullable=False),
    Column("bytes_stored", BigInteger, nullable=False),
    Column("energy", Double, comment="joules"),
    Column("rows", BigInteger, comment="of the largest frame it read"),
    Column("machine", Text, nullable=False, comment="its class"),
    Column("purchase", Text, nullable=False),
    Column("worker", Text),
    Column("measured", Text, comment="JSON: how it was measured"),
    Column("currency", Text, nullable=False),
    Column("amount", BigInteger, comment="billionths of the currency; null where it is unknown"),
    Column("unknown", Text, comment="why it is"),
    Column("terms", Text, comment="digest of the prices in force"),
    Column("saved", BigInteger, comment="billionths of the currency that were not spent"),
    Index(None, "task", unique=True),
    Index(None, "run"),
    Index(None, "key", "kind", "outcome"),
    Index(None, "pipeline", "stage", "id"),
    Index(None, "ended"),
)

price_terms = Table(
    "price_terms",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("terms", Text, nullable=False, comment="JSON: rates, their validity and where they come from"),
)

open_usage = Table(
    "open_usage",
    metadata,
    Column("task", Text, primary_key=True),
    Column("run", Text, nullable=False),
    Column("usage", Text, nullable=False, comment="JSON: the row of usage, as far as it is known"),
    Column("currency", Text, nullable=False),
    Column("expected", BigInteger, nullable=False, comment="billionths of the currency"),
    Column("started", Double, nullable=False),
    Index(None, "run"),
)

run_estimates = Table(
    "run_estimates",
    metadata,
    Column("run", Text, primary_key=True),
    Column("currency", Text, nullable=False),
    Column("low", BigInteger, nullable=False),
    Column("expected", BigInteger, nullable=False),
    Column("high", BigInteger, nullable=False),
    Column("saved", BigInteger, nullable=False),
    Column("unknown", Text, nullable=False, comment="JSON: stages without history or price"),
    Column("time", Double, nullable=False),
)

budget_events = Table(
    "budget_events",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("budget", Text, nullable=False),
    Column("event", Text, nullable=False, comment="warned, refused, accepted, exceeded"),
    Column("source", Text, nullable=False, comment="names what it follows from, so that it counts once"),
    Column("period", Double, nullable=False, comment="when it began"),
    Column("period_end", Double, nullable=False),
    Column("spent", BigInteger, nullable=False),
    Column("amount", BigInteger, nullable=False, comment="that the budget allows"),
    Column("currency", Text, nullable=False),
    Column("run", Text),
    Column("pipeline", Text),
    Column("stage", Text),
    Column("owner", Text),
    Column("team", Text),
    Column("text", Text, nullable=False),
    Column("user", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("time", Double, nullable=False),
    Index(None, "source", unique=True),
    Index(None, "budget", "id"),
)
