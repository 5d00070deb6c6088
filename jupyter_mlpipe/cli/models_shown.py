"""What ``mlpipe models`` prints: models, versions, comparisons and history, as text and as JSON. It asks nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.cli.output import note, print_table
from jupyter_mlpipe.cli.runs import moment

if TYPE_CHECKING:
    from jupyter_mlpipe.ledger.transitions import Approval
    from jupyter_mlpipe.models.catalogue import KnownModel, KnownVersion
    from jupyter_mlpipe.models.evidence import StageVerdict

_MOST_METRICS = 4


def model_facts(model: KnownModel) -> dict[str, Any]:
    """A model under the names that ``--json`` gives it."""
    return {
        "model": model.name,
        "aliases": dict(model.aliases),
        "moved": list(model.moved),
        "versions": [version_facts(version) for version in model.versions],
        "waiting": [{"stage": item.stage, "run": item.run, "failures": item.failures, "error": item.error}
                    for item in model.waiting],
        "refused": [{"stage": item.stage, "run": item.run, "time": item.time, "error": item.error}
                    for item in model.refused],
    }  # fmt: skip


def version_facts(version: KnownVersion) -> dict[str, Any]:
    """A version under the names that ``--json`` gives it."""
    made = version.registration
    return {
        "model": version.model,
        "version": version.version,
        "lifecycle": version.lifecycle,
        "aliases": list(version.aliases),
        "registered": made.time,
        "user": made.user,
        "run": made.run,
        "pipeline": made.pipeline,
        "stage": made.stage,
        "name": made.name,
        "content": made.content,
        "digest": made.digest,
        "flavor": made.flavor,
        "safe": made.safe,
        **{key: made.facts.get(key) for key in _FACTS},
    }


_FACTS = ("metrics", "parameters", "inputs", "files", "environment", "signature", "owner", "team")


def print_models(models: Sequence[KnownModel], elsewhere: Mapping[str, Mapping[str, int]]) -> None:
    """One line a model."""
    if not models:
        note("no model is registered yet: put `--model NAME` on the stage that makes one")
    else:
        rows = [
            (
                model.name,
                str(model.aliases.get("production", "")),
                str(model.aliases.get("staging", "")),
                str(len(model.versions)),
                _newest(model),
            )
            for model in models
        ]
        print_table(("model", "production", "staging", "versions", "newest"), rows)
    for model in models:
        _print_warnings(model)
    others = sorted(elsewhere.keys() - {model.name for model in models})
    if others:
        note(f"MLflow has also models that were not registered from here: {', '.join(others)}")


def print_model(model: KnownModel) -> None:
    """A model's versions, newest first."""
    rows = [
        (
            str(version.version),
            version.lifecycle,
            moment(version.registration.time),
            version.registration.user,
            version.registration.stage or "",
            version.registration.run or "",
            "" if version.registration.safe else "pickle",
            _metrics(version.metrics),
        )
        for version in model.versions
    ]
    print(model.name)
    print_table(("version", "state", "registered", "by", "stage", "run", "", "metrics"), rows)
    _print_warnings(model)


def print_version(version: KnownVersion, verdicts: Iterable[StageVerdict]) -> None:
    """One version with what speaks for and against it."""
    facts = version_facts(version)
    print(f"{version.model} version {version.version}: {version.lifecycle}")
    origin = f"`{facts['name']}` of stage {facts['stage']} in run {facts['run']}"
    print(f"registered {moment(facts['registered'])} by {facts['user']}, from {origin}")
    print(f"{facts['flavor']}{'' if facts['safe'] else ', a pickle'}, files {str(facts['digest'])[:12]}, "
          f"{'with' if facts['signature'] else 'without'} a signature")  # fmt: skip
    for title in ("metrics", "parameters", "environment"):
        given = facts[title] or {}
        if given:
            print(f"{title}: " + ", ".join(f"{name}={_short(value)}" for name, value in given.items()))
    for item in facts["inputs"] or ():
        print(f"learnt from {item['name']} {item['digest'][:12]}" + (f" of {item['stage']}" if item["stage"] else ""))
    for path, digest in (facts["files"] or {}).items():
        print(f"read {path} {digest[:12]}")
    found = list(verdicts)
    for check in found:
        print(f"  {'passed ' if check.passed else 'refused'}  {check.stage}: {check.text or check.gate}")
    if not found:
        note("no gate was ever asked of it")


def comparison(first: KnownVersion, second: KnownVersion) -> dict[str, Any]:
    """What differs between two versions, under the names that ``--json`` gives it."""
    one, other = version_facts(first), version_facts(second)
    return {
        "model": first.model,
        "first": first.version,
        "second": second.version,
        "same_value": one["content"] == other["content"],
        "metrics": _both(one["metrics"], other["metrics"], same=True),
        "parameters": _both(one["parameters"], other["parameters"]),
        "inputs": _both(_digests(one["inputs"]), _digests(other["inputs"])),
        "files": _both(one["files"], other["files"]),
        "environment": _both(one["environment"], other["environment"]),
    }


def print_comparison(facts: Mapping[str, Any]) -> None:
    """Two versions side by side."""
    first, second = f"version {facts['first']}", f"version {facts['second']}"
    if facts["same_value"]:
        note("both versions hold the same model")
    rows = []
    for kind in ("metrics", "parameters", "inputs", "files", "environment"):
        for name, (one, other) in facts[kind].items():
            numbers = isinstance(one, int | float) and isinstance(other, int | float)
            change = f"{other - one:+.4g}" if kind == "metrics" and numbers else ""
            rows.append((kind, name, _short(one), _short(other), change))
    print_table(("", facts["model"], first, second, "change"), rows)


def history(model: KnownModel, approvals: Iterable[Approval]) -> list[dict[str, Any]]:
    """Everything that happened to a model, oldest first."""
    found: list[dict[str, Any]] = [
        {"time": item.registration.time, "action": "register", "version": item.version, "user": item.registration.user,
         "status": "done", "text": f"version {item.version} registered from stage {item.registration.stage}"}
        for item in model.versions
    ]  # fmt: skip
    found += [
        {"time": move.time, "action": move.action, "version": move.version, "target": move.target, "user": move.user,
         "before": move.before, "status": move.status, "text": move.note, "reason": move.reason,
         "evidence": dict(move.evidence)}
        for move in model.history
    ]  # fmt: skip
    found += [
        {"time": item.time, "action": "approve" if item.approved else "reject", "version": item.version,
         "target": item.target, "user": item.user, "status": "done", "text": item.comment}
        for item in approvals
    ]  # fmt: skip
    return sorted(found, key=lambda item: item["time"])


def print_history(found: Iterable[Mapping[str, Any]]) -> None:
    """One line for each thing that happened."""
    rows = [
        (
            moment(item["time"]),
            item["action"],
            str(item["version"]),
            item.get("target", ""),
            item["status"],
            item["user"],
            "; ".join(text for text in (item["text"], item.get("reason", "")) if text),
        )
        for item in found
    ]
    print_table(("when", "what", "version", "state", "outcome", "by", "why"), rows)


def _print_warnings(model: KnownModel) -> None:
    for text in model.moved:
        note(f"warning: {text}; `mlpipe models rollback {model.name}` puts it back")
    for item in model.waiting:
        tried = f", tried {item.failures} times" if item.failures else ""
        note(
            f"a registration of {model.name} from stage {item.stage} is waiting{tried}: {item.error or 'not yet sent'}"
        )
    if model.refused:
        newest = model.refused[0]
        note(f"{model.name} from stage {newest.stage} was not registered: {(newest.error or {}).get('message', '')}")


def _newest(model: KnownModel) -> str:
    if not model.versions:
        return ""
    newest = model.versions[0]
    return f"version {newest.version} ({newest.lifecycle}) {_metrics(newest.metrics)}".rstrip()


def _metrics(metrics: Mapping[str, float]) -> str:
    shown = [f"{name}={value:.4g}" for name, value in list(metrics.items())[:_MOST_METRICS]]
    return ", ".join(shown) + (" …" if len(metrics) > _MOST_METRICS else "")


def _digests(inputs: Iterable[Mapping[str, Any]] | None) -> dict[str, str]:
    return {item["name"]: item["digest"] for item in inputs or ()}


def _both(first: Mapping[str, Any] | None, second: Mapping[str, Any] | None, *, same: bool = False) -> dict[str, Any]:
    one, other = first or {}, second or {}
    names = dict.fromkeys([*one, *other])
    return {name: [one.get(name), other.get(name)] for name in names if same or one.get(name) != other.get(name)}


def _short(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    text = str(value)
    return text if len(text) <= 40 else f"{text[:12]}…"
