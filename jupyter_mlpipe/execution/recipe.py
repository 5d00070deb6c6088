"""The parts of a stage's key: all that its result depends on, as far as it is known before it runs.

Runs and live kernels come here alike, so that they share one cache. What a stage reads beyond this (files, random
states) is found while it runs; its manifest lists that, and ``lookup`` compares it.

This module computes no key from its parts (``store.keys`` does), and looks nothing up.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_mlpipe.notebook.environment import distributions_for
from jupyter_mlpipe.notebook.modules import ModuleSource, local_closure, search_folders
from jupyter_mlpipe.notebook.pipeline import STAR, Kind, Pipeline, Stage, Statement
from jupyter_mlpipe.notebook.slicing import SetParameter, Slice
from jupyter_mlpipe.store.artifacts import Artifact
from jupyter_mlpipe.store.keys import stage_key

RANDOM_STATES = frozenset({"@random", "@numpy.random", "@torch.random"})
"""Ambient states that only those stages read that draw from them; found at run time, so not part of a key."""

_VERSION = 1


@dataclass(frozen=True)
class Surroundings:
    """Where a pipeline's code lives."""

    folder: Path
    """The notebook's folder: modules beside it are the project's own."""
    root: Path
    """The workspace's root."""
    memo: dict[frozenset[str], tuple[dict[str, Any], dict[str, str]]] = field(default_factory=dict, compare=False)
    """The code that sets of imports reach."""

    def written(self, locations: Iterable[str]) -> None:
        """Look at the project's modules again where a stage has written some."""
        if any(location.endswith(".py") for location in locations):
            self.memo.clear()


@dataclass(frozen=True, slots=True)
class InputValue:
    """An input as the key sees it."""

    label: str
    name: str
    content: str
    columns: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, label: str, name: str, artifact: Artifact) -> InputValue:
        """The input that a stored value makes."""
        content = artifact.content if len(artifact.names) == 1 else f"{artifact.content}/{name}"
        columns = artifact.meta.get("columns", {})
        return cls(label, name, content, columns if isinstance(columns, Mapping) else {})


def notebook_digest(pipeline: Pipeline) -> str:
    """Digest of a notebook's code, whatever its layout: what the ledger keeps of it."""
    return stage_key({"cells": [statement.digest for statement in pipeline.statements]})


def components(
    pipeline: Pipeline,
    stage: Stage,
    piece: Slice,
    *,
    inputs: Iterable[InputValue],
    ambient: Mapping[str, Mapping[str, Any]],
    parameters: Mapping[str, Any],
    surroundings: Surroundings,
) -> dict[str, Any]:
    """The parts of a stage's key, as JSON values.

    Parameters
    ----------
    pipeline, stage, piece
        The notebook, the stage and its slice.
    inputs
        The stored values that it loads.
    ambient
        Ambient states that differ from a fresh kernel's.
    parameters
        Values given for this run; defaults come from the notebook.
    surroundings
        Where its modules are.

    Notes
    -----
    The slice stands in an order of its own (:func:`canonical_order`): moving a definition that nothing near it cares
    about changes no key. The stage's name, its options and the notebook's path are not parts: a renamed stage, or
    the same notebook elsewhere, is a hit.
    """
    body = [s for s in stage.statements if s.kind is not Kind.DIRECTIVE]
    given: dict[str, Any] = {}
    kept: list[Statement] = []
    literal = {p.name: p.default for p in pipeline.parameters if p.literal}
    for statement in piece.statements:
        names = statement.binds & literal.keys()
        if statement.cell == pipeline.parameters_cell and len(statement.binds) == 1 and names:
            name = next(iter(names))
            given.setdefault(name, literal[name])
        else:
            kept.append(statement)
    given.update({step.name: parameters[step.name] for step in piece.steps if isinstance(step, SetParameter)})
    reached = _code_reached((*kept, *body), surroundings, pipeline)
    modules, distributions = reached
    return {
        "version": _VERSION,
        "stage_code": [_named(s) for s in body],
        "slice": [_named(s) for s in canonical_order(kept)],
        "parameters": dict(sorted(given.items())),
        "inputs": {
            value.label: {"digest": value.content, **({"columns": dict(value.columns)} if value.columns else {})}
            for value in sorted(inputs, key=lambda value: value.label)
        },
        "ambient": {name: state["digest"] for name, state in sorted(ambient.items()) if name not in RANDOM_STATES},
        "modules": modules,
        "distributions": distributions,
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "files": declared_files(stage, surroundings.folder),
    }


def canonical_order(statements: Sequence[Statement]) -> list[Statement]:
    """Statements in an order that is the same for every equivalent order of them.

    Two statements keep their order where one binds or changes a name that the other binds, changes or reads, and where
    both configure; among those that are free, the one with the smallest digest comes first.
    """
    waiting = list(statements)
    ordered: list[Statement] = []
    while waiting:
        free = [
            statement
            for at, statement in enumerate(waiting)
            if not any(_must_keep(earlier, statement) for earlier in waiting[:at])
        ]
        chosen = min(free, key=lambda statement: statement.digest)
        waiting.remove(chosen)
        ordered.append(chosen)
    return ordered


def _must_keep(first: Statement, second: Statement) -> bool:
    if first.kind is Kind.CONFIGURE and second.kind is Kind.CONFIGURE:
        return True
    writes, other_writes = first.binds | first.mutates | first.deletes, second.binds | second.mutates | second.deletes
    if STAR in writes or STAR in other_writes:
        return first.kind is not Kind.DEFINE or second.kind is not Kind.DEFINE
    return bool(writes & (other_writes | second.reads) or other_writes & first.reads)


def declared_files(stage: Stage, folder: Path) -> dict[str, str | None]:
    """Content digests of the files a stage declares with ``--file``; None for a pattern that finds nothing."""
    from blake3 import blake3

    found: dict[str, str | None] = {}
    for pattern in stage.options.files:
        paths = sorted(folder.glob(pattern)) if any(c in pattern for c in "*?[") else [folder / pattern]
        files = [path for path in paths if path.is_file()]
        if not files:
            found[pattern] = None
        for path in files:
            hasher = blake3(max_threads=blake3.AUTO)
            hasher.update_mmap(path)
            found[path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)] = (
                hasher.hexdigest()
            )
    return found


def _named(statement: Statement) -> dict[str, str]:
    return {"label": statement.label, "digest": statement.digest}


def _code_reached(
    statements: Iterable[Statement], surroundings: Surroundings, pipeline: Pipeline
) -> tuple[dict[str, Any], dict[str, str]]:
    names = frozenset(name for statement in statements for name in statement.modules)
    if names not in surroundings.memo:
        search = search_folders(pipeline.statements)
        local: Mapping[str, ModuleSource] = local_closure(names, surroundings.folder, surroundings.root, search=search)
        outside = {name for name in names if name not in local}
        for module in local.values():
            outside |= set(module.imports)
        surroundings.memo[names] = (
            {
                name: {"digest": module.digest, "definitions": dict(module.definitions)}
                for name, module in sorted(local.items())
            },
            dict(sorted(distributions_for(outside - local.keys()).items())),
        )
    return surroundings.memo[names]
