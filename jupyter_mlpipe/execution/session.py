"""A stage inside its kernel: put the notebook's state in place, watch the user's cells, prove what they changed.

In batch the first cell of the composed notebook calls `begin` and the last calls `end`; live, the magics hold a
`StageSession` around the user's cell in the user's own kernel. Both leave no name of ours in the user's namespace.

A session decides nothing: which versions a stage starts from, whether a value that cannot be stored matters, and
whether the run goes on are the runner's matters.
"""

from __future__ import annotations

import dataclasses
import functools
import io
import json
import os
import sys
import time
import types
from collections.abc import Awaitable, Collection, Coroutine, Generator, Mapping, MutableMapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe import STAGE_KERNEL
from jupyter_mlpipe.errors import ExecutionError, UndefinedNameError
from jupyter_mlpipe.execution import ambient
from jupyter_mlpipe.execution.ambient_state import Surroundings
from jupyter_mlpipe.execution.definitions import unchanged_definitions, with_sources
from jupyter_mlpipe.execution.file_watch import FileWatch
from jupyter_mlpipe.execution.hooks_in_kernel import run_in_kernel
from jupyter_mlpipe.execution.import_watch import ImportWatch
from jupyter_mlpipe.execution.name_changes import NameBaseline, numbers_of, shell_of, user_names
from jupyter_mlpipe.execution.project_files import put_in_place, write_atomically
from jupyter_mlpipe.execution.prologue import take_steps
from jupyter_mlpipe.execution.whole_outputs import keep_outputs_whole

if TYPE_CHECKING:
    from jupyter_mlpipe.store.artifacts import Artifact, ArtifactStore, StageManifest

RESULT_FILE = "result.json"
"""Where `end` writes what it found, beside the spec."""


@dataclass
class StageSession:
    """One stage in one namespace.

    Use `open`, then `restore` (batch only), `start_watch`, run the user's cells, `collect`.
    """

    spec: Mapping[str, Any]
    namespace: MutableMapping[str, object]
    store: ArtifactStore
    around: Surroundings
    prologue_seconds: float = 0.0
    _names: NameBaseline | None = None
    _ambient: ambient.AmbientLook | None = None
    _watch: FileWatch | None = None
    _imports: ImportWatch | None = None
    _history: int = 0

    @classmethod
    def open(
        cls, spec: Mapping[str, Any], namespace: MutableMapping[str, object], store: ArtifactStore | None = None
    ) -> StageSession:
        """A session over a namespace; opens the store that the spec names unless one is given."""
        return cls(spec, namespace, store or _open_store(spec["store"]), Surroundings(Path(spec["project"]), namespace))

    async def restore(self) -> None:
        """Put in place what the notebook above the stage would have left: files, names, ambient states.

        Raises
        ------
        StageFailedError
            A statement of the prologue raised.
        StoreError
            A value or a file's content is not to be had.
        LinearMeaningError
            An ambient state cannot be had here.
        ExecutionError
            The notebook's folder is not on this machine.
        """
        started = time.perf_counter()
        _enter(self.spec["folder"])
        if "" not in sys.path:
            sys.path.insert(0, "")
        for location, version in self.spec.get("files", {}).items():
            put_in_place(self.around.project, location, version, self.store.blobs)
        await take_steps(self.spec.get("steps", ()), self.namespace, self.store, self.spec["stage"])
        ambient.restore(self.spec.get("ambient", {}), self.store, self.around)
        self.prologue_seconds = time.perf_counter() - started

    def start_watch(self) -> None:
        """Remember how everything is now, and see which files are touched from here on."""
        self._names = NameBaseline(self.namespace, self.spec.get("checked"), self.store)
        self._ambient = ambient.look(self.around, self.store)
        self._watch = FileWatch(str(self.around.project), self.spec.get("paths", ()))
        shell = shell_of(self.namespace)
        self._history = 0 if shell is None else len(shell.history_manager.input_hist_parsed)
        self._imports = ImportWatch(self.around, self.store)
        self._imports.start()
        self._watch.start()

    def stop_watch(self) -> None:
        """See no more, without finding out what changed (the stage failed)."""
        if self._watch is not None:
            self._watch.stop()
        if self._imports is not None:
            self._imports.stop()

    def collect(self) -> dict[str, Any]:
        """Prove what changed since `start_watch` and store what others want of it; the result document.

        Raises
        ------
        ExecutionError
            The watch was never started.
        StoreError
            The store cannot be written.
        """
        if self._names is None or self._watch is None or self._imports is None or self._ambient is None:
            raise ExecutionError(f"stage {self.spec['stage']} ended without having begun", hint="run the stage again")
        found = run_in_kernel(self.spec.get("in_kernel", {}), self.namespace)
        self.stop_watch()
        started = time.perf_counter()
        _flush_files(self.namespace)
        after = ambient.look(self.around, self.store)
        changes = self._names.compare(self.namespace, self.store)
        code = self._flows_as_code(changes.written)
        code |= _SHELLS_OWN - set(self.spec.get("wanted") or ())
        written = [name for name in changes.written if name not in code]
        unstorable: dict[str, Any] = {}
        artifacts = self._save(written, unstorable)
        states = ambient.changes(
            dataclasses.replace(
                self._ambient,
                readings=self._imports.settle(self._ambient.readings),
                modules={**self._imports.modules, **self._ambient.modules},
            ),
            after,
            self.around,
            self.store,
            earlier=self.spec.get("ambient", {}),
            seeded=[name for name, known in self.spec.get("seeded", {}).items() if known],
            seeds=bool(self.spec.get("seeds")),
        )
        unstorable.update({name: error.to_json() for name, error in states.unstorable.items()})
        files = self._watch.finish(self.store.blobs)
        new = [name for name in changes.new if name not in code]
        return {
            "artifacts": [artifact.to_json() for artifact in artifacts],
            "unstorable": unstorable,
            "deleted": list(changes.deleted),
            "changed": sorted({*written, *(name for artifact in artifacts for name in artifact.names)}),
            "new": new,
            "mutated": [name for name in changes.mutated if name not in code],
            "ambient": states.changed,
            "drawn": sorted(states.drawn),
            "files_read": dict(files.read),
            "files_written": {name: None if item is None else dict(item) for name, item in files.written.items()},
            "files_unsure": list(files.unsure),
            "numbers": numbers_of(self.namespace, [*self.spec.get("body_names", ()), *new]),
            "hooks": found,
            "spawned": list(files.spawned),
            "opaque": bool(files.spawned) or not files.complete,
            "prologue_seconds": self.prologue_seconds,
            "save_seconds": time.perf_counter() - started,
        }

    def _flows_as_code(self, written: Collection[str]) -> set[str]:
        """Names that later stages get by running the stage's own definitions and imports again."""
        pinned = set(self.spec.get("pinned", ()))
        if not written:
            return set()
        definitions = with_sources(self.spec.get("defined", ()), self._cells())
        return unchanged_definitions(definitions, self.namespace, self.store) - pinned

    def _cells(self) -> list[str]:
        """Sources of the cells that ran since the watch began; live, that is the very cell which began it."""
        shell = shell_of(self.namespace)
        history = [] if shell is None else shell.history_manager.input_hist_parsed
        return [str(cell) for cell in history[max(self._history - 1, 0) :]]

    def _save(self, written: Collection[str], unstorable: dict[str, Any]) -> list[Artifact]:
        """Store the written names that others want, together with all names that share their memory.

        A name that did not change but shares is written with them: later stages must find it in the same bundle.
        """
        from jupyter_mlpipe.store.sharing import bundles

        wanted = self.spec.get("wanted")
        pinned = set(self.spec.get("pinned", ()))
        names = set(user_names(self.namespace))
        for name in sorted(pinned - names):
            unstorable[name] = UndefinedNameError(
                f"stage {self.spec['stage']} pins the output {name}, but does not bind it",
                hint=f"bind {name} in the stage, or take it out of --out",
                name=name,
            ).to_json()
        asked = names if wanted is None else names & set(wanted)
        asked |= pinned & names
        dirty = (set(written) | pinned) & asked
        if not dirty:
            return []
        # Functions and classes that did not change flow as code; a value refers to them by name.
        mates = {name for name in asked if not isinstance(self.namespace[name], _CODE)}
        groups = bundles({name: self.namespace[name] for name in sorted(dirty | mates)}, self.namespace)
        values = {
            name: self.namespace[name] for group in groups if not dirty.isdisjoint(group) for name in sorted(group)
        }
        artifacts, errors = self.store.save_values(values, self.namespace, self._by_code())
        unstorable.update({name: error.to_json() for name, error in errors.items()})
        return artifacts

    def _by_code(self) -> set[str]:
        """Names that later stages get from their statements, whatever state they have come to have."""
        own = {name for item in self.spec.get("defined", ()) if isinstance(item, Mapping) for name in item["binds"]}
        kept = {
            name for name in self.spec.get("replayed", ()) if self._names and self._names.keeps(name, self.namespace)
        }
        return own | kept


def apply(
    manifest: StageManifest,
    store: ArtifactStore,
    namespace: MutableMapping[str, object],
    *,
    project: Path,
    names: Collection[str] | None = None,
) -> dict[str, object]:
    """Give a live namespace what a stage left: its values, deletions, files and ambient states.

    Values come first; when one of them cannot be had, the names are put back and nothing has changed.

    Parameters
    ----------
    project
        The root that the manifest's files and paths refer to.
    names
        Bind these only; None binds all.

    Returns
    -------
    dict
        The names bound, with their values.

    Raises
    ------
    StoreError
        A value or a file's content is not to be had.
    """
    around = Surroundings(project, namespace)
    loaded: dict[str, object] = {}
    before = dict(namespace)
    try:
        for artifact in _after_requirements(manifest.artifacts):
            values = store.load(artifact, namespace)
            loaded.update({name: value for name, value in values.items() if names is None or name in names})
            namespace.update(loaded)
        for location, version in manifest.files_written.items():
            put_in_place(project, location, version, store.blobs)
    except BaseException:
        for name in loaded:
            namespace.pop(name, None)
        namespace.update({name: before[name] for name in loaded if name in before})
        raise
    for name in manifest.deleted:
        if names is None or name in names:
            namespace.pop(name, None)
    ambient.restore(manifest.ambient, store, around)
    return loaded


def begin(spec_path: str) -> Any:
    """First cell of a composed notebook: restore, then watch.

    Returns an awaitable only where a statement of the prologue awaits; the composed cell then awaits it.
    """
    os.environ.pop(STAGE_KERNEL, None)
    keep_outputs_whole()
    path = Path(spec_path)
    session = StageSession.open(json.loads(path.read_text("utf-8")), _user_namespace())
    return _drive(_begin(session, spec_path))


def end(spec_path: str) -> None:
    """Last cell of a composed notebook: collect, and write the result beside the spec."""
    session = _sessions.pop(spec_path, None)
    if session is None:
        raise ExecutionError("the stage's last cell ran without its first", hint="run the stage again")
    result = session.collect()
    write_atomically(Path(spec_path).with_name(RESULT_FILE), json.dumps(result).encode())


def current_stage() -> tuple[str, str, str]:
    """Run id, stage and pipeline of the stage that runs in this kernel; empty where none does."""
    spec = next((session.spec for session in _sessions.values()), {})
    return spec.get("run", ""), spec.get("stage", ""), spec.get("pipeline", "")


# -- the two cells -------------------------------------------------------------------------------------------------

_SHELLS_OWN = frozenset({"_exit_code"})
"""Names that IPython binds when a cell starts a program; they count only where somebody reads them."""

_CODE = (type, types.FunctionType, types.ModuleType)

_sessions: dict[str, StageSession] = {}
"""Sessions between their first and last cell, by the spec's path."""


async def _begin(session: StageSession, spec_path: str) -> None:
    await session.restore()
    session.start_watch()
    _sessions[spec_path] = session


def _drive(work: Coroutine[Any, Any, None]) -> Awaitable[None] | None:
    """Run work that most often awaits nothing; what does await is handed on to the kernel's event loop."""
    try:
        pending = work.send(None)
    except StopIteration:
        return None
    return _Rest(work, pending)


class _Rest:
    """The rest of a coroutine that has been driven up to its first real wait."""

    def __init__(self, work: Coroutine[Any, Any, None], pending: Any) -> None:
        self._work = work
        self._pending = pending

    def __await__(self) -> Generator[Any, Any, None]:
        pending = self._pending
        while True:
            try:
                answer = yield pending
            except BaseException as error:  # noqa: BLE001
                step = functools.partial(self._work.throw, error)
            else:
                step = functools.partial(self._work.send, answer)
            try:
                pending = step()
            except StopIteration:
                return


def _user_namespace() -> MutableMapping[str, object]:
    module: Any = sys.modules.get("IPython")
    shell = None if module is None else module.get_ipython()
    namespace: MutableMapping[str, object] = sys.modules["__main__"].__dict__ if shell is None else shell.user_ns
    return namespace


def _open_store(about: Mapping[str, Any]) -> ArtifactStore:
    from jupyter_mlpipe.store.artifacts import ArtifactStore
    from jupyter_mlpipe.store.signing import Signer

    return ArtifactStore.open(
        about["url"],
        cache_dir=Path(about["cache_dir"]),
        signer=Signer(Path(about["signing_key"])),
        trusted=about.get("trusted", ()),
    )


def _enter(folder: str) -> None:
    try:
        os.chdir(folder)
    except OSError as error:
        raise ExecutionError(
            f"the notebook's folder {folder} cannot be entered here: {error.strerror}",
            hint="stages need the project at the same path on every worker; share it, or run on this machine",
            folder=folder,
        ) from error


def _flush_files(namespace: Mapping[str, object]) -> None:
    """Let files that the notebook still holds open have on disk what was written to them."""
    for value in list(namespace.values()):
        if isinstance(value, io.IOBase) and not value.closed and value.writable():
            with suppress(OSError, ValueError):
                value.flush()


def _after_requirements(artifacts: Sequence[Artifact]) -> list[Artifact]:
    """Artifacts in an order in which each comes after the functions and classes it needs."""
    waiting = list(artifacts)
    made = {name for artifact in artifacts for name in artifact.names}
    ordered: list[Artifact] = []
    while waiting:
        ready = next((item for item in waiting if made.isdisjoint(set(item.requires) - set(item.names))), waiting[0])
        waiting.remove(ready)
        made.difference_update(ready.names)
        ordered.append(ready)
    return ordered
