"""Stage keys, and why two of them differ.

A key is the BLAKE3 of the canonical JSON of a stage's components. Not for gathering the components: the plan does
that.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jupyter_mlpipe.store.digests import digest_bytes


@dataclass(frozen=True, slots=True)
class Reason:
    """One difference between the components of two keys."""

    kind: str
    """``code``, ``slice``, ``parameter``, ``input``, ``ambient``, ``module``, ``package``, ``python``, ``file``,
    ``option``, ``new`` or ``version``."""
    name: str
    text: str
    """For people: ``package pandas 3.0.6 → 3.1.1``."""


def canonical_json(value: Any) -> bytes:
    """The one JSON encoding of a value: sorted keys, no spaces, ASCII; NaN and infinities as tagged strings.

    Raises
    ------
    TypeError
        The value is not made of JSON's types (tuples count as lists).
    """
    try:
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return text.encode("ascii")


def stage_key(components: Mapping[str, Any]) -> str:
    """The key (64 hex digits) of a stage with these components."""
    return digest_bytes(b"stage-key 1\n" + canonical_json(components))


def explain(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> list[Reason]:
    """Why a stage with `new` components is not a hit of one with `old`; empty where nothing differs.

    Most telling first: code, then what it uses, then data, then the environment.
    """
    if old is None:
        return [Reason("new", "", "it has not run before")]
    reasons = [
        *_statements("code", old.get("stage_code", ()), new.get("stage_code", ())),
        *_statements("slice", old.get("slice", ()), new.get("slice", ())),
        *_modules(old.get("modules", {}), new.get("modules", {})),
        *_values("parameter", old.get("parameters", {}), new.get("parameters", {})),
        *_inputs(old.get("inputs", {}), new.get("inputs", {})),
        *_changed("file", old.get("files", {}), new.get("files", {})),
        *_changed("ambient", old.get("ambient", {}), new.get("ambient", {})),
        *_values("package", old.get("distributions", {}), new.get("distributions", {}), quote=False),
        *_values("option", old.get("options", {}), new.get("options", {})),
    ]
    if old.get("python") != new.get("python"):
        reasons.append(Reason("python", "python", f"Python {old.get('python')} → {new.get('python')}"))
    if old.get("version") != new.get("version"):
        reasons.append(Reason("version", "", "the way keys are made changed with jupyter_mlpipe"))
    return reasons or ([] if canonical_json(old) == canonical_json(new) else [Reason("code", "", "its key changed")])


def _statements(kind: str, old: Any, new: Any) -> list[Reason]:
    """Differences between two lists of labelled statements: by label where labels match, else added and removed."""
    before, after = _by_label(old), _by_label(new)
    place = " in its setup" if kind == "slice" else ""
    reasons = [
        Reason(kind, label, f"{label} changed") for label in after if label in before and after[label] != before[label]
    ]
    reasons += [Reason(kind, label, f"{label} added{place}") for label in after if label not in before]
    reasons += [Reason(kind, label, f"{label} removed{place}") for label in before if label not in after]
    if not reasons and [item["digest"] for item in old] != [item["digest"] for item in new]:
        reasons.append(Reason(kind, "", f"the order of its statements{place} changed"))
    return reasons


def _by_label(statements: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for statement in statements:
        found.setdefault(statement["label"], []).append(statement["digest"])
    return {label: sorted(digests) for label, digests in found.items()}


def _modules(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Reason]:
    reasons: list[Reason] = []
    for name in _names(old, new):
        if name not in old:
            reasons.append(Reason("module", name, f"module {name} added"))
        elif name not in new:
            reasons.append(Reason("module", name, f"module {name} removed"))
        elif old[name] != new[name]:
            before, after = old[name].get("definitions") or {}, new[name].get("definitions") or {}
            inside = [
                Reason("module", f"{name}.{label}", f"{label} of module {name} {word}")
                for label, word in _differences(before, after)
            ]
            reasons += inside or [Reason("module", name, f"module {name} changed")]
    return reasons


def _inputs(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Reason]:
    reasons: list[Reason] = []
    for name in _names(old, new):
        if name not in old or name not in new:
            reasons.append(Reason("input", name, f"input {name} {'added' if name in new else 'removed'}"))
        elif old[name].get("digest") != new[name].get("digest"):
            before, after = old[name].get("columns"), new[name].get("columns")
            inside: list[Reason] = []
            if before and after:
                inside = [
                    Reason("input", f"{name}.{column}", f"column {column} of {name} {word}")
                    for column, word in _differences(before, after)
                ]
            reasons += inside or [Reason("input", name, f"input {name} changed")]
    return reasons


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (name, "added" if name not in old else "removed" if name not in new else "changed")
        for name in _names(old, new)
        if name not in old or name not in new or old[name] != new[name]
    ]


def _changed(kind: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Reason]:
    titles = {
        "@cwd": "the working directory",
        "@environ": "the environment variables",
        "@random": "the state of `random`",
        "@numpy.random": "the random state of NumPy",
        "@torch.random": "the random state of PyTorch",
        "@warnings": "the warnings filters",
        "@rcparams": "matplotlib's rcParams",
        "@pandas.options": "the options of pandas",
        "@sys.path": "`sys.path`",
    }
    reasons: list[Reason] = []
    for name, word in _differences(old, new):
        title = titles.get(name, name) if kind == "ambient" else f"{kind} {name.removeprefix('file:')}"
        reasons.append(Reason(kind, name, f"{title} {word}"))
    return reasons


def _values(kind: str, old: Mapping[str, Any], new: Mapping[str, Any], *, quote: bool = True) -> list[Reason]:
    show = _short if quote else str
    reasons: list[Reason] = []
    for name, word in _differences(old, new):
        change = {"added": f"{kind} {name} added", "removed": f"{kind} {name} removed"}.get(word)
        reasons.append(Reason(kind, name, change or f"{kind} {name} {show(old[name])} → {show(new[name])}"))
    return reasons


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _names(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    return [*new, *(name for name in old if name not in new)]


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return {"$number": repr(value)}
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
