"""What is worth an alert: one function a rule, each over the ledger's facts.

A rule reads facts that are newer than its cursor, and says what it found in them and what is over. It keeps nothing and
tells nobody. Others come by the entry point group ``jupyter_mlpipe.alert_rules``: a function like those here, under
the rule's name.

Not for asking the rules and keeping their cursors (``evaluation``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_mlpipe.ledger.alert_findings import Finding, Recovery
from jupyter_mlpipe.ledger.budget_events import budget_events
from jupyter_mlpipe.ledger.columns import from_json
from jupyter_mlpipe.ledger.database import Ledger, Row
from jupyter_mlpipe.ledger.drift_reports import drift_reports
from jupyter_mlpipe.ledger.performance import performance
from jupyter_mlpipe.ledger.runs import LIVE_KERNEL
from jupyter_mlpipe.monitoring.alerts.options import AlertOptions

PAGE = 500
_PATIENCE = 30.0
"""Seconds for which a verdict waits for its stage's own fact, which tells the owner."""


@dataclass(frozen=True)
class Look:
    """What a rule is given."""

    ledger: Ledger
    options: AlertOptions
    after: float
    """Position of the last fact that was read."""
    clock: float
    """Seconds since the epoch."""


@dataclass(frozen=True)
class Read:
    """A fact that a rule has read."""

    position: float
    """Where it stands in the order of its kind: its id."""
    time: float
    """Seconds since the epoch."""
    found: tuple[Finding | Recovery, ...] = ()


Rule = Callable[[Look], Sequence[Read]]
"""At most `PAGE` facts, in the order of their positions; fewer say that there are no more for now."""


# -- runs ---------------------------------------------------------------------------------------------------------


def stage_failed(look: Look) -> list[Read]:
    """A stage failed, and did not succeed after that in the same run."""
    rows = _rows(look, _STAGES)
    return [Read(row["id"], row["ended"], _of_stage(row)) for row in rows]


def _of_stage(row: Row) -> tuple[Finding | Recovery, ...]:
    about: dict[str, Any] = {"rule": "stage-failed", "kind": "stage", "subject": f"{row['pipeline']}/{row['stage']}"}
    if row["status"] not in ("done", "hit", "failed") or _is_live(row):
        return ()
    if row["status"] != "failed":
        return (Recovery(**about, text=f"{row['stage']} succeeded in run {row['run']}", time=row["ended"]),)
    if row["again"]:
        return ()
    error = from_json(row["error"]) or {}
    return (
        Finding(
            **about,
            title=f"{about['subject']} failed",
            text=_lines(error.get("message"), error.get("hint")),
            severity="critical",
            source=f"stage_runs/{row['id']}",
            facts={"code": error.get("code")},
            time=row["ended"],
            **_answerable(row),
        ),
    )


def run_failed(look: Look) -> list[Read]:
    """A run failed or was interrupted, and no stage of it tells why."""
    rows = _rows(look, _RUNS)
    return [Read(row["ended"], row["ended"], _of_run(row)) for row in rows]


def _of_run(row: Row) -> tuple[Finding | Recovery, ...]:
    about: dict[str, Any] = {"rule": "run-failed", "kind": "pipeline", "subject": row["pipeline"]}
    if _is_live(row):
        return ()
    if row["status"] == "done":
        return (Recovery(**about, text=f"run {row['run']} succeeded", time=row["ended"]),)
    if row["status"] not in ("failed", "interrupted") or row["told"]:
        return ()
    error = from_json(row["error"]) or {}
    interrupted = "its process ended without saying so: it was killed, or its machine was lost"
    failed = row["status"] == "failed"
    return (
        Finding(
            **about,
            title=f"a run of {row['pipeline']} {'failed' if failed else 'was interrupted'}",
            text=_lines(error.get("message"), error.get("hint")) if failed else interrupted,
            severity="critical",
            source=f"run_ends/{row['run']}",
            facts={"code": error.get("code"), "status": row["status"]},
            time=row["ended"],
            **_answerable(row),
        ),
    )


def gate_refused(look: Look) -> list[Read]:
    """A gate refused a stage."""
    return _verdicts(look, "gate-refused", contracts=False)


def contract_violated(look: Look) -> list[Read]:
    """Data did not hold to its contract."""
    return _verdicts(look, "contract-violated", contracts=True)


def _verdicts(look: Look, rule: str, *, contracts: bool) -> list[Read]:
    reads = []
    for row in _rows(look, _GATES):
        wanted = ('"hook":"contract"' in row["facts"]) is contracts and not _is_live(row)
        if wanted and not row["passed"] and row["status"] is None and row["time"] > look.clock - _PATIENCE:
            break
        reads.append(Read(row["id"], row["time"], _of_verdict(row, rule) if wanted else ()))
    return reads


def _of_verdict(row: Row, rule: str) -> tuple[Finding | Recovery, ...]:
    subject = f"{row['pipeline']}/{row['stage']}"
    about: dict[str, Any] = {"rule": rule, "kind": "stage", "subject": subject, "detail": row["gate"]}
    if row["passed"]:
        return (Recovery(**about, text=f"{row['gate']} held in run {row['run']}", time=row["time"]),)
    what = "was refused by" if rule == "gate-refused" else "broke the contract"
    return (
        Finding(
            **about,
            title=f"{subject} {what} {row['gate']}",
            text=row["text"],
            source=f"gates/{row['id']}",
            facts={"gate": row["gate"]},
            time=row["time"],
            **_answerable(row),
        ),
    )


# -- data and models ----------------------------------------------------------------------------------------------


def drift(look: Look) -> list[Read]:
    """Data drifted from its reference."""
    reads = []
    for fact in drift_reports(look.ledger, after=int(look.after), limit=PAGE):
        kind, subject = _subject(fact.pipeline, fact.stage, fact.model, fact.name)
        about: dict[str, Any] = {"rule": "drift", "kind": kind, "subject": subject, "detail": fact.name}
        against = f" from what {fact.model} version {fact.version} learnt on" if fact.model else ""
        found: Finding | Recovery
        if fact.drifted:
            found = Finding(
                **about,
                title=f"{fact.name} drifted{against}",
                text=_lines(*(fact.report.get("reasons") or [f"{fact.columns_drifted} columns drifted"])),
                source=f"drift_reports/{fact.id}",
                facts={
                    "model": fact.model,
                    "version": fact.version,
                    "columns_drifted": fact.columns_drifted,
                    "window_start": fact.window_start,
                    "window_end": fact.window_end,
                },
                run=fact.run,
                owner=fact.owner,
                team=fact.team,
                time=fact.time,
            )
        else:
            found = Recovery(**about, text=f"{fact.name} does not drift any more", time=fact.time)
        reads.append(Read(fact.id, fact.time, (found,)))
    return reads


def quality(look: Look) -> list[Read]:
    """A model performs worse than it may."""
    reads = []
    for fact in performance(look.ledger, after=int(look.after), limit=PAGE):
        measure = f"{fact.measure}{' (estimated)' if fact.estimated else ''}"
        detail = " ".join(filter(None, (measure, fact.segment, fact.name)))
        about: dict[str, Any] = {"rule": "quality", "kind": "model", "subject": fact.model, "detail": detail}
        found: tuple[Finding | Recovery, ...] = ()
        if fact.breached:
            where = f" where {fact.segment}" if fact.segment else ""
            value = "" if fact.value is None else f" is {fact.value:.4g}"
            title = f"{fact.model}: {measure}{value}{where}"
            found = (
                Finding(
                    **about,
                    title=title,
                    text=str(fact.facts.get("reason") or title),
                    source=f"performance/{fact.id}",
                    facts={"version": fact.version, "measure": fact.measure, "value": fact.value, "rows": fact.rows},
                    owner=fact.owner,
                    team=fact.team,
                    time=fact.time,
                ),
            )
        elif fact.value is not None:
            found = (Recovery(**about, text=f"{measure} is {fact.value:.4g}", time=fact.time),)
        reads.append(Read(fact.id, fact.time, found))
    return reads


# -- costs --------------------------------------------------------------------------------------------------------


def budget(look: Look) -> list[Read]:
    """A budget is nearly spent, will not last, is exceeded, or kept a run from going on."""
    reads = []
    for event in budget_events(look.ledger, after=int(look.after), limit=PAGE):
        title = _BUDGET_TITLES.get(event.event)
        found = Finding(
            rule="budget",
            kind="budget",
            subject=event.budget,
            detail="exceeded" if event.event in _BEYOND else "ahead",
            title=f"budget {event.budget} {title}",
            text=event.text,
            severity="critical" if event.event in _BEYOND else "warning",
            source=f"budget_events/{event.id}",
            facts={"event": event.event, "spent": event.spent, "amount": event.amount, "currency": event.currency},
            run=event.run,
            owner=event.owner,
            team=event.team,
            time=event.time,
        )
        reads.append(Read(event.id, event.time, (found,) if title else ()))
    return reads


_BUDGET_TITLES = {
    "warned": "is nearly spent",
    "forecast": "will not last",
    "exceeded": "is exceeded",
    "refused": "keeps runs from going on",
}
_BEYOND = ("exceeded", "refused")


RULES: Mapping[str, Rule] = {
    "stage-failed": stage_failed,
    "run-failed": run_failed,
    "gate-refused": gate_refused,
    "contract-violated": contract_violated,
    "drift": drift,
    "quality": quality,
    "budget": budget,
}


# -- facts --------------------------------------------------------------------------------------------------------

_STAGES = """
SELECT stage_runs.id, run, stage_runs.pipeline, stage, status, ended, stage_runs.error, stage_runs.owner,
    stage_runs.team, stage_runs.escalate, runs.options,
    status = 'failed' AND EXISTS (
        SELECT 1 FROM stage_runs later
        WHERE later.run = stage_runs.run AND later.stage = stage_runs.stage AND later.id > stage_runs.id
    ) AS again
FROM stage_runs JOIN runs ON runs.id = stage_runs.run
WHERE stage_runs.id > :after ORDER BY stage_runs.id LIMIT :limit
"""
_RUNS = """
SELECT run_ends.run, pipeline, status, ended, error, owner, team, escalate, options, EXISTS (
    SELECT 1 FROM stage_runs WHERE stage_runs.run = run_ends.run AND stage_runs.status IN ('failed', 'refused')
) AS told
FROM run_ends JOIN runs ON runs.id = run_ends.run
WHERE ended > :after ORDER BY ended, run_ends.run LIMIT :limit
"""
_GATES = """
SELECT gates.id, gates.run, gates.stage, gates.gate, gates.passed, gates.text, gates.facts, gates.time, runs.pipeline,
    runs.options, coalesce(made.owner, runs.owner) AS owner, coalesce(made.team, runs.team) AS team,
    coalesce(made.escalate, runs.escalate) AS escalate, made.status
FROM gates JOIN runs ON runs.id = gates.run
LEFT JOIN stage_runs made ON made.id = (
    SELECT max(id) FROM stage_runs WHERE stage_runs.run = gates.run AND stage_runs.stage = gates.stage
)
WHERE gates.id > :after ORDER BY gates.id LIMIT :limit
"""


def _rows(look: Look, query: str) -> list[Row]:
    with look.ledger.read() as connection:
        return connection.rows(query, after=look.after, limit=PAGE)


def _is_live(row: Row) -> bool:
    """Whether somebody was trying things out in a notebook's own kernel: they see for themselves."""
    return LIVE_KERNEL in row["options"] and from_json(row["options"]).get("door") == LIVE_KERNEL


def _answerable(row: Row) -> dict[str, Any]:
    return {
        "run": row["run"],
        "owner": row["owner"],
        "team": row["team"],
        "escalate": tuple(from_json(row["escalate"]) or ()),
    }


def _subject(pipeline: str | None, stage: str | None, model: str | None, name: str) -> tuple[str, str]:
    if pipeline and stage:
        return "stage", f"{pipeline}/{stage}"
    return ("model", model) if model else ("data", name)


def _lines(*parts: Any) -> str:
    return "\n".join(str(part) for part in parts if part)[:4000]
