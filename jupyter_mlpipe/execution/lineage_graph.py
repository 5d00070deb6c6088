"""Files, artifacts and stages of many runs as one graph: what came from what.

A node's id is a digest of all that it came from. So the same result in a thousand runs is one node, a restored artifact
is the node of the run that made it, and whatever can be reached upstream of a node really is what it was made of: two
results that only happen to be equal, made of different data, are two nodes.

Not for finding the runs to look at (``lineage_search``), nor for models (``models.lineage``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from blake3 import blake3

from jupyter_mlpipe.ledger import lineage_names
from jupyter_mlpipe.ledger.database import Ledger
from jupyter_mlpipe.ledger.file_uses import FileUse
from jupyter_mlpipe.ledger.lineage import Input, Output
from jupyter_mlpipe.ledger.stage_lineage import Making, StageLineage, makings, stage_lineages

Kind = Literal["file", "artifact", "stage", "version", "alias"]

_MOST_ORIGINS = 30
"""From how many other runs in a row an artifact's or file's origin is followed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Something in a lineage. What does not apply to its kind is None."""

    id: str
    kind: Kind
    name: str
    """A file's path, an artifact's or stage's name, a model's name, an alias."""
    pipeline: str | None = None
    stage: str | None = None
    """Of an artifact or a written file: the stage that made it."""
    run: str | None = None
    """The run that made it, not one that restored it."""
    time: float | None = None
    """When it was made, read or registered first: seconds since the epoch."""
    status: str | None = None
    """Of a stage: how it ended in that run; ``hit`` where the run that made it is not in this ledger."""
    digest: str | None = None
    """Of the content."""
    type: str | None = None
    rows: int | None = None
    bytes: int | None = None
    model: str | None = None
    version: int | None = None


class LineageGraph:
    """What is known of some runs, and of the runs that what they used came from."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.nodes: dict[str, Node] = {}
        self.upstream: dict[str, dict[str, None]] = {}
        """For each node, those directly before it."""
        self.downstream: dict[str, dict[str, None]] = {}
        self.runs: dict[str, set[str]] = {}
        """For each run that was looked at, the nodes in it."""
        self._made: dict[str, dict[tuple[str, str], list[tuple[StageLineage, str]]]] = {}
        self._written: dict[str, dict[tuple[str, str], list[tuple[int, str]]]] = {}
        self._outputs: dict[tuple[int, str], str] = {}
        self._origins = 0

    # -- building --------------------------------------------------------------------------------------------------

    def add_runs(self, run_ids: Iterable[str]) -> None:
        """Look at runs; those that were looked at before cost nothing."""
        fresh = [run_id for run_id in dict.fromkeys(run_ids) if run_id not in self.runs]
        found = stage_lineages(self.ledger, fresh)
        everything = [stage for stages in found.values() for stage in _last_attempts(stages)]
        made = makings(self.ledger, {stage.key for stage in everything if stage.hit and stage.key})
        written = lineage_names.written_paths(self.ledger, {use.path for stage in everything for use in stage.files})
        self.runs |= {run_id: set() for run_id in fresh}
        # In the order in which they ended, over all runs: what a stage used was made before.
        for stage in sorted(everything, key=lambda stage: stage.id):
            self._add_stage(stage, _maker(stage, made.get(stage.key or "", ())), written)

    def add(self, node: Node, upstream: Iterable[str] = ()) -> str:
        """Add a node after others; return its id. One that is there stays as it is."""
        self.nodes.setdefault(node.id, node)
        before = self.upstream.setdefault(node.id, {})
        self.downstream.setdefault(node.id, {})
        for other in upstream:
            before[other] = None
            self.downstream[other][node.id] = None
        return node.id

    def artifact(self, run_id: str, name: str, digest: str) -> str | None:
        """Return the artifact of a run with this content: of this name, else of any."""
        made = self._made.get(run_id, {})
        found = made.get((name, digest)) or [item for key, items in made.items() if key[1] == digest for item in items]
        return found[-1][1] if found else None

    def _add_stage(self, stage: StageLineage, maker: Making | None, written: Collection[str]) -> None:
        upstream = [self._input(stage, item) for item in stage.inputs]
        upstream += [self._read(stage, use, written) for use in stage.files if not use.written]
        made = sorted((output.name, output.digest) for output in stage.outputs)
        # That it was restored here, or ran elsewhere, makes no other result of it.
        status = None if stage.hit or stage.status == "done" else stage.status
        own = (stage.pipeline, stage.stage, stage.key or stage.id, status, stage.files_digest)
        identifier = _identifier("stage", *own, made, sorted(upstream))
        origin = maker or stage
        node = Node(
            id=identifier,
            kind="stage",
            name=stage.stage,
            pipeline=stage.pipeline,
            stage=stage.stage,
            run=origin.run,
            time=origin.ended,
            status="done" if maker is not None else stage.status,
        )
        self.add(node, upstream)
        here = self.runs[stage.run]
        here |= {identifier, *upstream}
        for output in stage.outputs:
            here.add(self._add_output(stage, output, self.nodes[identifier]))
        for use in stage.files:
            if use.written:
                here.add(self._add_written(stage, use, self.nodes[identifier]))

    def _add_output(self, stage: StageLineage, output: Output, maker: Node) -> str:
        node = Node(
            id=_identifier("artifact", maker.id, output.name),
            kind="artifact",
            name=output.name,
            pipeline=stage.pipeline,
            stage=stage.stage,
            run=maker.run,
            time=maker.time,
            digest=output.digest,
            type=output.type,
            rows=output.rows,
            bytes=output.bytes,
        )
        self.add(node, [maker.id])
        made = self._made.setdefault(stage.run, {})
        made.setdefault((output.name, output.digest), []).append((stage, node.id))
        self._outputs[stage.id, output.name] = node.id
        return node.id

    def _add_written(self, stage: StageLineage, use: FileUse, maker: Node) -> str:
        node = Node(
            id=_identifier("file", maker.id, use.path),
            kind="file",
            name=use.path,
            pipeline=stage.pipeline,
            stage=stage.stage,
            run=maker.run,
            time=maker.time,
            digest=use.digest,
            bytes=use.bytes,
        )
        self.add(node, [maker.id])
        self._written.setdefault(stage.run, {}).setdefault((use.path, use.digest), []).append((stage.id, node.id))
        return node.id

    # -- where what a stage used came from -------------------------------------------------------------------------

    def _input(self, stage: StageLineage, item: Input) -> str:
        found = self._made.get(stage.run, {}).get((item.name, item.digest), [])
        own = [node for maker, node in found if maker.stage == item.source] or [node for _, node in found]
        if own:
            return own[-1]
        earlier = lineage_names.by_content(self.ledger, stage.pipeline, item.name, item.digest, stage.id)
        if earlier is not None and self._look_at_run_of(earlier) and (earlier, item.name) in self._outputs:
            return self._outputs[earlier, item.name]
        return self.add(
            Node(
                id=_identifier("artifact", "", item.name, item.digest, stage.pipeline),
                kind="artifact",
                name=item.name,
                pipeline=stage.pipeline,
                stage=item.source,
                digest=item.digest,
            )
        )

    def _read(self, stage: StageLineage, use: FileUse, written: Collection[str]) -> str:
        version = (use.path, use.digest)
        if use.path in written:
            found = self._written.get(stage.run, {}).get(version)
            if found:
                return found[-1][1]
            writers = lineage_names.by_file_version(self.ledger, *version, written=True)
            earlier = max((writer for writer in writers if writer < stage.id), default=None)
            if earlier is not None:
                (run_id,) = lineage_names.runs_of(self.ledger, [earlier])
                self._look_at_run_of(earlier)
                made = [node for writer, node in self._written.get(run_id, {}).get(version, []) if writer == earlier]
                if made:
                    return made[0]
        identifier = _identifier("file", "", *version)
        return self.add(Node(id=identifier, kind="file", name=use.path, time=stage.ended, digest=use.digest))

    def _look_at_run_of(self, stage_run: int) -> bool:
        if self._origins >= _MOST_ORIGINS:
            return False
        self._origins += 1
        try:
            self.add_runs(lineage_names.runs_of(self.ledger, [stage_run]))
        finally:
            self._origins -= 1
        return True

    # -- asking ----------------------------------------------------------------------------------------------------

    def reach(self, start: Iterable[str], direction: Literal["up", "down"], depth: int | None = None) -> dict[str, int]:
        """Return the nodes that can be reached from some, each with the number of steps; the start has 0."""
        along = self.upstream if direction == "up" else self.downstream
        steps = dict.fromkeys(start, 0)
        front = list(steps)
        while front:
            step = steps[front[0]] + 1
            if depth is not None and step > depth:
                break
            following = [after for node in front for after in along[node] if after not in steps]
            front = list(dict.fromkeys(following))
            steps |= dict.fromkeys(front, step)
        return steps


def _maker(stage: StageLineage, made: Sequence[Making]) -> Making | None:
    """The stage run whose result a hit restored, where this ledger has it."""
    if not stage.hit:
        return None
    earlier = [making for making in made if making.id < stage.id]
    same = [making for making in earlier if making.files_digest == stage.files_digest]
    found = same or earlier
    return found[-1] if found else None


def _last_attempts(stages: Sequence[StageLineage]) -> list[StageLineage]:
    """Stage runs without the failed attempts that were followed by another."""
    last = {stage.stage: stage.id for stage in stages}
    return [stage for stage in stages if stage.status != "failed" or last[stage.stage] == stage.id]


def _identifier(kind: str, *parts: object) -> str:
    return f"{kind}:{blake3(repr(parts).encode('utf-8', 'surrogatepass')).hexdigest()[:24]}"
