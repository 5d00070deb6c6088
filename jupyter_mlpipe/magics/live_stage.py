"""One stage in a live kernel, from its stage line to the end of its last cell.

A stored result that stands for it is restored, and the body never runs. Otherwise the body runs in the user's own
namespace as the user wrote it, with the same watch around it that a run's kernel has, and what it made is published
under the key that a run would look for.

What the user sees of this is one line (``telling``); the outputs themselves are shown by ``capture``.
"""

from __future__ import annotations

import sys
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.errors import GateRefusedError, MlpipeError
from jupyter_mlpipe.execution import ambient
from jupyter_mlpipe.execution.ambient_state import Surroundings as AmbientSurroundings
from jupyter_mlpipe.execution.assignment import make_manifest
from jupyter_mlpipe.execution.hooks import StageContext, run_hooks
from jupyter_mlpipe.execution.hooks import Verdict as HookVerdict
from jupyter_mlpipe.execution.lookup import FileDigests, find_result
from jupyter_mlpipe.execution.name_changes import user_names
from jupyter_mlpipe.execution.oracle import Verdict
from jupyter_mlpipe.execution.outputs import OutputStore
from jupyter_mlpipe.execution.prologue import statement_step, take_steps_at_once
from jupyter_mlpipe.execution.recipe import RANDOM_STATES
from jupyter_mlpipe.execution.session import StageSession, apply
from jupyter_mlpipe.execution.stage_spec import stage_spec
from jupyter_mlpipe.execution.stage_task import StageOutcome
from jupyter_mlpipe.ledger.stages import latest_stage_run
from jupyter_mlpipe.magics.live_view import LiveView
from jupyter_mlpipe.notebook.effects import is_definition
from jupyter_mlpipe.store.artifacts import StageManifest
from jupyter_mlpipe.store.keys import Reason, explain

if TYPE_CHECKING:
    from jupyter_mlpipe.workspace import Workspace

_MOST_EXTRA_BYTES = 64 << 20
"""Values that no cell below reads are kept for the live kernel up to this size each."""


@dataclass
class LiveStage:
    """A stage that is being executed cell by cell, or was."""

    workspace: Workspace
    seen: LiveView
    namespace: MutableMapping[str, object]
    reasons: tuple[Reason, ...] = ()
    why: str = ""
    manifest: StageManifest | None = None
    hit: bool = False
    outputs: list[list[dict[str, Any]]] = field(default_factory=list)
    """Outputs of its cells, in order."""
    lost: tuple[str, ...] = ()
    """On a hit: names that the stage bound and that were not kept."""
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    verdicts: tuple[HookVerdict, ...] = ()
    """What the stage hooks said of it."""
    _session: StageSession | None = None
    _before: frozenset[str] = frozenset()
    _set_aside: dict[str, object] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The stage's name."""
        return self.seen.stage.name

    @property
    def reason(self) -> str:
        """Why it runs."""
        return self.why or ", ".join(reason.text for reason in self.reasons)

    # -- a hit -----------------------------------------------------------------------------------------------------

    def find(self) -> bool:
        """Restore a stored result that stands for the stage; False where there is none, and then `reason` says why."""
        seen, store = self.seen, self.workspace.store
        if seen.obstacle:
            return False
        if not seen.stage.options.cache:
            self.why = "--no-cache"
            return False
        found = find_result(
            store,
            seen.key,
            wanted=seen.wanted_below,
            ambient=seen.view.ambient,
            files_before={},
            files=FileDigests(self.workspace.root),
            trust_programs=bool(seen.stage.options.files),
        )
        if found.manifest is None:
            self._explain(found.reason)
            return False
        try:
            self._restore(found.manifest)
        except MlpipeError as error:
            self.why = f"its stored result cannot be restored: {error.message}"
            return False
        return True

    def _restore(self, manifest: StageManifest) -> None:
        store = self.workspace.store
        outputs = OutputStore(store, self.seen.live.pipeline).load(manifest.outputs)
        take_steps_at_once(self._definitions(), self.namespace, store, self.name)
        bound = apply(manifest, store, self.namespace, project=self.workspace.root)
        self.lost = tuple(sorted(set(manifest.changed) - bound.keys()))
        for name in self.lost:
            self.namespace.pop(name, None)  # what an earlier execution left is not this stage's value
        self.outputs = [list(cell["outputs"]) for cell in outputs]
        self.manifest, self.hit, self.seconds = manifest, True, manifest.seconds

    def _definitions(self) -> list[dict[str, Any]]:
        pipeline = self.seen.live.pipeline
        return [statement_step(s) for s in self.seen.stage.statements if is_definition(pipeline, s)]

    def _explain(self, why: str) -> None:
        if why:
            self.why = why
            return
        last = latest_stage_run(self.workspace.ledger, self.seen.live.pipeline.name, self.name)
        self.reasons = tuple(explain(last.components if last is not None else None, self.seen.parts))
        if not self.reasons:
            self.why = "its stored result is gone"

    # -- a run -----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Make the kernel as a fresh one would be for this stage, and watch from here on."""
        seen = self.seen
        if seen.obstacle:
            return
        stale = seen.bound - seen.provided
        self._set_aside = {name: self.namespace.pop(name) for name in stale if name in self.namespace}
        try:
            self._set_random_states()
            self._session = StageSession.open(self._spec(), self.namespace, self.workspace.store)
            self._before = frozenset(user_names(self.namespace))
            self._session.start_watch()
        except BaseException:
            self.give_up()
            raise

    def give_up(self) -> None:
        """The body failed or was left: watch no more, and give names back that it did not come to bind."""
        if self._session is not None:
            self._session.stop_watch()
            self._session = None
        for name, value in self._set_aside.items():
            self.namespace.setdefault(name, value)
        self._set_aside = {}

    def finish(self, seconds: float) -> None:
        """The body ran: prove what it changed, keep it, and publish it.

        Raises
        ------
        StoreError
            It cannot be kept.
        """
        self._set_aside = {}
        self.seconds = seconds
        session, self._session = self._session, None
        if session is None:
            return
        seen, store = self.seen, self.workspace.store
        now = set(user_names(self.namespace))
        own = (seen.provided | seen.bound | (now - self._before)) & now
        wanted = seen.wanted_below
        session.spec = {**session.spec, "wanted": sorted(own if wanted is None else own & wanted)}
        result = session.collect()
        self._keep_extras(result)
        pipeline = seen.live.pipeline
        cells = [{"outputs": outputs, "metadata": {}} for outputs in self.outputs]
        outcome = StageOutcome("done", result, cells, seconds=seconds)
        verdict = Verdict(view=seen.view, parts=seen.parts, key=seen.key)
        digest = OutputStore(store, pipeline).save(cells)
        manifest = make_manifest(pipeline, seen.stage, verdict, outcome, digest)
        store.publish(manifest)
        self.manifest = manifest

    def check(self) -> None:
        """Ask the stage hooks what they say of the result.

        Raises
        ------
        GateRefusedError
            A gate does not hold.
        HookError
            A hook failed.
        """
        if self.manifest is None:
            return
        read = [artifact for _, _, artifact in self.seen.view.inputs()]
        context = StageContext.of(
            self.seen.stage, self.manifest, self.workspace.store, inputs=read, root=self.workspace.root
        )
        self.verdicts = tuple(run_hooks(self.workspace.hooks(), context))
        refused = [reason for verdict in self.verdicts if not verdict.passed for reason in verdict.reasons]
        if refused:
            raise GateRefusedError(
                f"stage `{self.name}` was refused: {'; '.join(refused)}",
                hint="its values are in the kernel; change the data, the code or the gate",
                stage=self.name,
                reasons=refused,
            )

    def _keep_extras(self, result: dict[str, Any]) -> None:
        """Keep values that no cell below reads, too, for the user who looks at them after a hit."""
        stored = {name for artifact in result["artifacts"] for name in artifact["names"]}
        more = [name for name in result["changed"] if name not in stored and name not in result["unstorable"]]
        values = {name: self.namespace[name] for name in more if _size(self.namespace[name]) <= _MOST_EXTRA_BYTES}
        if values:
            artifacts, _ = self.workspace.store.save_values(values, self.namespace)
            result["artifacts"] += [artifact.to_json() for artifact in artifacts]

    def _set_random_states(self) -> None:
        """Random generators as the cells above leave them, however often this stage has drawn from them before."""
        seeding = [{"run": s.source, "binds": [], "label": s.label} for s in self.seen.view.slice.statements if s.seeds]
        store = self.workspace.store
        take_steps_at_once(seeding, self.namespace, store, self.name)
        states = {name: state for name, state in self.seen.view.ambient.items() if name in RANDOM_STATES}
        ambient.restore(states, store, AmbientSurroundings(self.workspace.root, self.namespace))

    def _spec(self) -> dict[str, Any]:
        seen = self.seen
        known = stage_spec(seen.live.pipeline, seen.stage, seen.view, root=self.workspace.root, folder=Path.cwd())
        return {**known, "wanted": []}


def _size(value: Any) -> int:
    """Bytes that a value takes, roughly and quickly."""
    usage = getattr(value, "memory_usage", None)
    try:
        if callable(usage):
            total = usage()
            return int(total.sum() if hasattr(total, "sum") else total)
        return int(getattr(value, "nbytes", None) or sys.getsizeof(value))
    except Exception:  # noqa: BLE001 - a foreign object's answer to a polite question
        return 0
