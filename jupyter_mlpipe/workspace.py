"""The composition root: finds a workspace and opens its store, its ledger and its hooks, each when first asked for.

Holds no logic: what the parts do, they do themselves.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from jupyter_mlpipe.errors import HookError, ReadOnlyError, WorkspaceError
from jupyter_mlpipe.notebook.installed import entry_points
from jupyter_mlpipe.root import find_root
from jupyter_mlpipe.settings import Settings, load_settings

if TYPE_CHECKING:
    from jupyter_mlpipe.ledger import Ledger
    from jupyter_mlpipe.notebook.pipeline import Pipeline
    from jupyter_mlpipe.store.artifacts import ArtifactStore

HOOKS = "jupyter_mlpipe.hooks"
"""Entry point group from which stage hooks come."""


class Workspace:
    """A folder with its settings, store, ledger and hooks. Use ``Workspace.open``."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @classmethod
    def open(
        cls,
        path: Path | str,
        overrides: Mapping[str, Any] | None = None,
        *,
        environ: Mapping[str, str] | None = None,
        create: bool = True,
    ) -> Workspace:
        """Open the workspace that a notebook or a folder belongs to.

        Parameters
        ----------
        path
            A notebook, or any folder in the workspace.
        overrides
            Settings that stand over all others, such as command-line options.
        environ
            Environment variables; ``os.environ`` where None.
        create
            Make the ``.mlpipe`` folder where there is none. Without it nothing is written, and ``store`` and ``ledger``
            are there only if the folder is.

        Raises
        ------
        SettingsError
            A setting has an unknown name or a bad value.
        ReadOnlyError
            The folder cannot be made.
        """
        workspace = cls(load_settings(find_root(Path(path)), environ, overrides))
        if create:
            workspace.create()
        return workspace

    @property
    def root(self) -> Path:
        """The workspace's folder, which paths in facts are relative to."""
        return self.settings.root

    @property
    def folder(self) -> Path:
        """The ``.mlpipe`` folder."""
        return self.settings.folder

    @property
    def cache_dir(self) -> Path:
        """Local copies of what lives elsewhere; may be deleted at any time."""
        return self.settings.cache_dir

    @property
    def exists(self) -> bool:
        """Whether the ``.mlpipe`` folder is there."""
        return self.folder.is_dir()

    def run_folder(self, run_id: str) -> Path:
        """Return the folder for what a run leaves behind: its executed notebook."""
        return self.folder / "runs" / run_id

    def create(self) -> None:
        """Make the ``.mlpipe`` folder, closed to others and ignored by git."""
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            ignore = self.folder / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n", encoding="utf-8")
        except OSError as error:
            raise ReadOnlyError(
                f"the workspace's folder {self.folder} cannot be made: {error.strerror or error}",
                hint=f"make {self.root} writable, or work on a copy of the notebook in a folder that is",
                path=str(self.folder),
            ) from error

    @cached_property
    def store(self) -> ArtifactStore:
        """The artifact store."""
        from jupyter_mlpipe.store.artifacts import ArtifactStore

        self._must_exist()
        return ArtifactStore.of(self.settings)

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger."""
        from jupyter_mlpipe.ledger import Ledger

        self._must_exist()
        return Ledger.open(self.settings.ledger_url)

    def hooks(self) -> list[Any]:
        """Load the stage hooks of all installed packages, in the order of their names.

        Returns
        -------
        list
            Objects that follow the Protocol of ``execution/hooks.py``; an entry point may name such an object, or a
            class or function without arguments that makes one.

        Raises
        ------
        HookError
            A hook cannot be loaded; names the hook and its package.
        """
        return list(self._hooks)

    @cached_property
    def _hooks(self) -> tuple[Any, ...]:
        loaded = []
        for point in entry_points(HOOKS):
            try:
                hook = point.load()
                loaded.append(hook() if isinstance(hook, type) or _is_function(hook) else hook)
            except Exception as error:
                raise HookError(
                    f"the stage hook {point.name} of {point.distribution} cannot be loaded: "
                    f"{type(error).__name__}: {error}",
                    hint=f"repair or uninstall {point.distribution}",
                    hook=point.name,
                ) from error
        return tuple(loaded)

    def close(self) -> None:
        """Close the ledger, if it was opened."""
        ledger = self.__dict__.pop("ledger", None)
        if ledger is not None:
            ledger.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Workspace({os.fspath(self.root)!r})"

    def _must_exist(self) -> None:
        if not self.exists:
            raise WorkspaceError(
                f"there is no workspace in {self.root} yet", hint="run a notebook here first: `mlpipe run NOTEBOOK`"
            )

    def read(self, notebook: Path | str | Mapping[str, Any], path: Path | str | None = None) -> Pipeline:
        """Read a notebook with the options that this workspace's hooks add to the ``%%stage`` line."""
        from jupyter_mlpipe.notebook.reader import read_pipeline

        return read_pipeline(notebook, extend=self.hooks(), path=path)


def run_notebook(
    notebook: Mapping[str, Any],
    *,
    path: str | None = None,
    kernel_name: str | None = None,
    on_event: Callable[[dict[str, Any]], None] | None = None,
) -> dict[str, Any]:
    """Run a notebook's pipeline and return the executed notebook: what papermill's engine ``mlpipe`` calls.

    Parameters
    ----------
    notebook
        The notebook as JSON, with the parameters that papermill injected.
    path
        Where it was read from, if it is a local file. Kernels start in the working directory, as papermill's do.
    kernel_name
        The kernel to use instead of the notebook's own.
    on_event
        Called with each event.

    Raises
    ------
    MlpipeError
        No run took place. Where a stage failed, the executed notebook says so.
    """
    import json

    from jupyter_mlpipe.execution.runner import run_pipeline

    local = path if path and Path(path).is_file() else None
    overrides = {"kernel_name": kernel_name} if kernel_name else None
    with Workspace.open(local or Path.cwd(), overrides) as workspace:
        pipeline = workspace.read(notebook, local)
        result = run_pipeline(workspace, pipeline, on_event=on_event, folder=Path.cwd(), options={"door": "papermill"})
    executed: dict[str, Any] = json.loads(result.notebook.read_text(encoding="utf-8"))
    return executed


def _is_function(value: object) -> bool:
    return callable(value) and hasattr(value, "__code__")
