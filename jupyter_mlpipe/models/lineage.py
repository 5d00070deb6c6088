"""Lineage both ways: what something was made of, and what was made of it, up to model versions and their aliases.

A version hangs on every artifact of its content; aliases hang on the versions that they name now. Asks the ledger only:
no registry, no store. Not for showing it (``cli``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from jupyter_mlpipe.errors import AmbiguousNameError, UnknownModelError, UnknownNameError
from jupyter_mlpipe.execution.lineage_graph import LineageGraph, Node
from jupyter_mlpipe.execution.lineage_search import MEANINGS, Meaning, Subject, chosen_runs, subjects
from jupyter_mlpipe.execution.run_facts import find_run
from jupyter_mlpipe.ledger import lineage_names, registrations
from jupyter_mlpipe.ledger.database import Ledger
from jupyter_mlpipe.ledger.registrations import Registration
from jupyter_mlpipe.ledger.transitions import sightings, transitions
from jupyter_mlpipe.models.catalogue import aliases_of

RUNS = 200
"""How many runs are looked at, unless all are asked for: those that registered models, then the newest."""

_MOST_VERSIONS = 50
_ROUNDS = 5
"""How many times files lead from the runs of one pipeline to those of the next."""
_SHOWN = 10

Kind = Literal["model", "version", "alias", "artifact", "file", "stage", "run", "digest"]


@dataclass(frozen=True)
class Lineage:
    """What is known of a name."""

    kind: Kind
    name: str
    """In full."""
    graph: LineageGraph
    anchors: tuple[str, ...]
    """The nodes that the name means, newest first."""
    looked_at: int
    """How many runs were looked at."""
    left_out: int
    """How many further stage runs (of a model: versions) have to do with the name and were not looked at."""


def trace(ledger: Ledger, root: Path, text: str, *, run: str | None = None, everything: bool = False) -> Lineage:
    """Find what a name means, and follow it.

    Parameters
    ----------
    root
        The workspace's folder, which files are relative to.
    text
        A model (``flight-delay``), a version (``flight-delay@3``), an alias (``flight-delay@production``), an artifact,
        a file, a stage, a run's id, or a content's digest or its beginning; ``stage:train`` where a name means several.
    run
        Only what is in this run.
    everything
        Look at all runs, however many.

    Raises
    ------
    UnknownNameError
        It means nothing; the hint has the nearest names.
    AmbiguousNameError
        It means several things; the hint says how to name each.
    UnknownRunError
        There is no such run.
    """
    only = find_run(ledger, run).id if run is not None else None
    prefix, separator, rest = text.partition(":")
    if separator and prefix in MEANINGS:
        kind: Meaning = prefix
        found, models = subjects(ledger, root, rest, kind), []
    elif separator and prefix == "model":
        found, models = [], _models(ledger, rest)
    else:
        found, models = subjects(ledger, root, text), _models(ledger, text)
    if len(found) + len(models) > 1:
        spelled = [f"model:{text}" for _ in models] + [subject.spelled for subject in found]
        shown = spelled[:_SHOWN] + ([f"{len(spelled) - _SHOWN} more"] if len(spelled) > _SHOWN else [])
        raise AmbiguousNameError(
            f"{text!r} means several things", hint=f"name one of them: {', '.join(shown)}", meanings=spelled
        )
    if models:
        return _of_model(ledger, models[0], only, everything=everything)
    if not found:
        raise _unknown(ledger, text)
    return _of_subject(ledger, found[0], only, everything=everything)


# -- from a name to nodes -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Model:
    """A model, one version of it, or an alias."""

    name: str
    text: str
    version: int | None = None
    alias: str | None = None


def _models(ledger: Ledger, text: str) -> list[_Model]:
    known = registrations.registered_models(ledger)
    if text in known:
        return [_Model(text, text)]
    name, separator, which = text.rpartition("@")
    if not separator or name not in known:
        return []
    aliases = current_aliases(ledger, name)
    if which in aliases:
        return [_Model(name, text, aliases[which], which)]
    if which.isascii() and which.isdigit() and registrations.registration(ledger, name, int(which)) is not None:
        return [_Model(name, text, int(which))]
    versions = [item.version for item in registrations.registrations(ledger, name) if item.version is not None]
    shown = [*map(str, versions[:_SHOWN]), *(["..."] if len(versions) > _SHOWN else [])]
    named = f", its aliases {', '.join(sorted(aliases))}" if aliases else "; it has no alias"
    raise UnknownModelError(
        f"{name} has no version or alias {which!r}",
        hint=f"its versions are {', '.join(shown)}{named}",
        model=name,
    )


def current_aliases(ledger: Ledger, model: str) -> dict[str, int]:
    """The version that each alias names: as we set it, or as MLflow was last seen where that differs."""
    seen = sightings(ledger, model)
    ours = aliases_of(transitions(ledger, model))
    return {alias: version for alias, version in (ours | seen).items() if version is not None}


def _of_model(ledger: Ledger, model: _Model, run: str | None, *, everything: bool) -> Lineage:
    aliases = current_aliases(ledger, model.name)
    made = [item for item in registrations.registrations(ledger, model.name) if item.version is not None]
    if model.version is not None:
        made = [item for item in made if item.version == model.version]
    if run is not None:
        made = [item for item in made if item.run == run]
    made.sort(key=lambda item: (item.version not in aliases.values(), -(item.version or 0)))
    chosen = made if everything else made[:_MOST_VERSIONS]
    graph = LineageGraph(ledger)
    graph.add_runs(filter(None, (_run_of(ledger, item) for item in chosen)))
    _add_models(graph, chosen)
    anchors = [_version_id(item) for item in chosen]
    if model.alias is not None:
        anchors = [_alias_id(model.name, model.alias)]
    kind: Kind = "alias" if model.alias else "model" if model.version is None else "version"
    return Lineage(kind, model.text, graph, tuple(anchors), len(graph.runs), len(made) - len(chosen))


def _run_of(ledger: Ledger, item: Registration) -> str | None:
    if item.run is not None:
        return item.run
    made = lineage_names.runs_of(ledger, [max(lineage_names.by_digest(ledger, item.content), default=0)])
    return made[0] if made else None


def _of_subject(ledger: Ledger, subject: Subject, run: str | None, *, everything: bool) -> Lineage:
    limit = None if everything else RUNS
    graph = LineageGraph(ledger)
    stage_runs = set(subject.stage_runs)
    if run is not None:
        stage_runs &= lineage_names.stage_runs_of_runs(ledger, [run])
    preferred = _runs_of_models(ledger)
    graph.add_runs(chosen_runs(ledger, stage_runs, limit, preferred))
    is_meant = _test(subject)
    anchors = [node.id for node in graph.nodes.values() if is_meant(node)]
    if run is not None:
        anchors = [anchor for anchor in anchors if anchor in graph.runs.get(run, ())]
    elif subject.kind == "run":
        anchors = [anchor for anchor in graph.runs[subject.name] if graph.nodes[anchor].kind == "stage"]
    else:
        _follow_files(graph, anchors, limit, preferred)
    if not anchors:
        raise UnknownNameError(
            f"{subject.spelled} is not in run {run}",
            hint="leave out --run, or see `mlpipe show RUN`",
            name=subject.name,
        )
    _add_models(graph, ())
    anchors.sort(key=lambda anchor: -(graph.nodes[anchor].time or 0.0))
    unseen = stage_runs - lineage_names.stage_runs_of_runs(ledger, graph.runs)
    return Lineage(subject.kind, subject.name, graph, tuple(anchors), len(graph.runs), len(unseen))


def _runs_of_models(ledger: Ledger) -> list[str]:
    """The runs that registered models: those of versions that an alias names first, then the newest."""
    named = [
        registrations.registration(ledger, model, version)
        for model in registrations.registered_models(ledger)
        for version in sorted(set(current_aliases(ledger, model).values()))
    ]
    first = [item.run for item in named if item is not None and item.run is not None]
    return [*first, *registrations.registering_runs(ledger)]


def _test(subject: Subject) -> Callable[[Node], bool]:
    """Whether a node is what the subject means."""
    if subject.kind == "digest":
        return lambda node: node.digest == subject.name
    return lambda node: node.kind == subject.kind and node.name == subject.name


def _follow_files(graph: LineageGraph, anchors: Iterable[str], limit: int | None, preferred: Sequence[str]) -> None:
    """Look at the runs of other pipelines that read what was written downstream."""
    followed: set[str] = set()
    for _ in range(_ROUNDS):
        below = graph.reach(anchors, "down")
        written = [graph.nodes[node] for node in below if graph.nodes[node].kind == "file" and graph.nodes[node].run]
        readers: set[int] = set()
        for file in written:
            if file.id not in followed and file.digest is not None:
                followed.add(file.id)
                readers |= lineage_names.by_file_version(graph.ledger, file.name, file.digest, written=False)
        left = None if limit is None else limit - len(graph.runs)
        if not readers or (left is not None and left <= 0):
            return
        graph.add_runs(chosen_runs(graph.ledger, readers, left, preferred))


# -- models in the graph ------------------------------------------------------------------------------------------


def _add_models(graph: LineageGraph, registered: Iterable[Registration]) -> None:
    """Hang versions on the artifacts of their content, and aliases on the versions."""
    artifacts: dict[str, list[Node]] = {}
    for node in graph.nodes.values():
        if node.kind == "artifact" and node.digest is not None:
            artifacts.setdefault(node.digest, []).append(node)
    found = [*registered, *registrations.registrations_of_contents(graph.ledger, artifacts)]
    for item in found:
        if item.version is None:
            continue
        same = artifacts.get(item.content, ())
        own = [node.id for node in same if item.pipeline in (None, node.pipeline) and item.name == node.name]
        node = Node(
            id=_version_id(item),
            kind="version",
            name=item.model,
            pipeline=item.pipeline,
            stage=item.stage,
            run=item.run,
            time=item.time,
            digest=item.content,
            type=item.flavor,
            model=item.model,
            version=item.version,
        )
        graph.add(node, own or [node.id for node in same])
    for model in dict.fromkeys(item.model for item in found):
        for alias, version in sorted(current_aliases(graph.ledger, model).items()):
            named = f"version:{model}@{version}"
            if named in graph.nodes:
                identifier = _alias_id(model, alias)
                graph.add(Node(id=identifier, kind="alias", name=alias, model=model, version=version), [named])


def _version_id(item: Registration) -> str:
    return f"version:{item.model}@{item.version}"


def _alias_id(model: str, alias: str) -> str:
    return f"alias:{model}@{alias}"


def _unknown(ledger: Ledger, text: str) -> UnknownNameError:
    import difflib

    prefix, separator, rest = text.partition(":")
    word = rest if separator and prefix in (*MEANINGS, "model") else text
    known = lineage_names.known_names(ledger)
    names = {name: f"{name} (a model)" for name in registrations.registered_models(ledger)}
    for kind, some in known.items():
        for name in some:
            names.setdefault(name, f"{name} ({'an' if kind == 'artifact' else 'a'} {kind})")
    # The end of a path is what people remember of it.
    ends = {name.rpartition("/")[2]: name for name in known["file"]}
    near = difflib.get_close_matches(word, [*names, *ends], n=3, cutoff=0.5)
    shown = dict.fromkeys(names[ends.get(name, name) if name not in names else name] for name in near)
    hint = (
        f"did you mean {' or '.join(shown)}?"
        if shown
        else "give a model, model@version, model@alias, an artifact, a file, a stage, a run or a digest"
    )
    return UnknownNameError(f"no run read, made or registered {text!r}", hint=hint, name=text)
