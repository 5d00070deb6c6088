"""Stage hooks: how gates, contracts, profiles and meters take part in a run.

A hook may add options to the ``%%stage`` line, look at a stage before it starts and after it has a result, and return a
verdict that stops what is downstream. Hooks run in the runner's process, for a stage that ran and for one whose result
was stored alike: a gate holds whoever made the model.

A hook that fails is reported as its own fault, never as the stage's. This module is not for watching a run from the
outside: panels, alerts and reports read the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self, runtime_checkable

from jupyter_mlpipe.errors import HookError
from jupyter_mlpipe.execution.hooks_in_kernel import FAILED
from jupyter_mlpipe.notebook.directive import LineExtension
from jupyter_mlpipe.notebook.pipeline import Stage, StageOptions

if TYPE_CHECKING:
    from jupyter_mlpipe.store.artifacts import Artifact, ArtifactStore, StageManifest


@dataclass(frozen=True)
class Verdict:
    """What a hook says of a stage."""

    passed: bool
    """False stops every stage downstream."""
    reasons: tuple[str, ...] = ()
    """Whole sentences for people: why it did not pass; of one that passed, what they should know of all the same."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """JSON values for the ledger: what was compared with what."""
    messages: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    """Kind and payload of each message for the ledger's outbox (``deliveries``); a run puts them in when it ends."""
    hook: str = ""
    """The hook's name; set by `run_hooks`."""


@dataclass(frozen=True)
class StoredValue:
    """A value of a stage that is read from the store only when it is asked for."""

    name: str
    artifact: Artifact
    _store: ArtifactStore = field(repr=False)

    def load(self) -> Any:
        """Load the value.

        Raises
        ------
        StoreError
            Its bytes are missing or damaged, or its codec's library is not installed here.
        """
        return self._store.load(self.artifact, {})[self.name]


class StoredValues(Mapping[str, StoredValue]):
    """Values by name; nothing is read until one is loaded."""

    def __init__(self, artifacts: Iterable[Artifact], store: ArtifactStore) -> None:
        self._by_name = {name: artifact for artifact in artifacts for name in artifact.names}
        self._store = store

    def __getitem__(self, name: str) -> StoredValue:
        return StoredValue(name, self._by_name[name], self._store)

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)


@dataclass(frozen=True)
class StageContext:
    """What a hook sees of a stage."""

    stage: Stage
    numbers: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """Numbers that the stage bound at top level; empty before it has a result."""
    artifacts: Mapping[str, StoredValue] = field(default_factory=lambda: MappingProxyType({}))
    """Before: its inputs. After: what it made. By name."""
    inputs: Mapping[str, StoredValue] = field(default_factory=lambda: MappingProxyType({}))
    """After: what it read. By name."""
    manifest: StageManifest | None = None
    """After: everything recorded about the result."""
    run: str = ""
    """Id of the run; empty in a live kernel."""
    root: Path = Path()
    """The workspace's folder."""

    @property
    def options(self) -> StageOptions:
        """The options of its ``%%stage`` line; those that hooks added are in ``extra``."""
        return self.stage.options

    @property
    def kernel_facts(self) -> Mapping[str, Any]:
        """After: what the hooks' parts in the kernel returned, by the hook's name."""
        return self.manifest.hooks if self.manifest is not None else MappingProxyType({})

    @classmethod
    def before(cls, stage: Stage, inputs: Iterable[Artifact], store: ArtifactStore) -> Self:
        """The context for ``before_stage``."""
        return cls(stage, artifacts=StoredValues(inputs, store))

    @classmethod
    def of(
        cls,
        stage: Stage,
        manifest: StageManifest,
        store: ArtifactStore,
        *,
        inputs: Iterable[Artifact] = (),
        run: str = "",
        root: Path = Path(),
    ) -> Self:
        """The context for ``after_stage``."""
        made, read = StoredValues(manifest.artifacts, store), StoredValues(inputs, store)
        return cls(stage, manifest.numbers, made, read, manifest, run, root)


@runtime_checkable
class StageHook(LineExtension, Protocol):
    """Takes part in a run. Found by the entry point group ``jupyter_mlpipe.hooks``.

    Implementers must ensure that a call returns in reasonable time (the run waits for it), that it changes nothing in
    the store, and that what it says depends on the context alone: it is asked again whenever the stage is a hit.
    """

    def before_stage(self, context: StageContext) -> None:
        """Look at the stage and its inputs before it starts on a worker. Not called for a hit."""

    def after_stage(self, context: StageContext) -> Verdict | None:
        """Look at what it made, on a hit too. None means nothing to say."""


class _Named:
    """Gives the name of a hook that may have broken even that."""

    def __init__(self, hook: object) -> None:
        self._hook = hook

    @cached_property
    def name(self) -> str:
        return str(getattr(self._hook, "name", None) or type(self._hook).__name__)


def run_hooks(
    hooks: Iterable[StageHook], context: StageContext, moment: Literal["before", "after"] = "after"
) -> list[Verdict]:
    """Ask every hook, and collect what they say.

    Parameters
    ----------
    hooks
        Asked in this order.
    context
        Made by `StageContext.before` or `StageContext.of`.
    moment
        Whether ``before_stage`` or ``after_stage`` is called.

    Returns
    -------
    list of Verdict
        Of the hooks that had something to say; empty before a stage.

    Raises
    ------
    HookError
        A hook raised, or returned something that is not a verdict; names it and its stage.
    """
    verdicts = []
    for hook in hooks:
        name = _Named(hook).name
        try:
            if moment == "before":
                hook.before_stage(context)
                continue
            failed = context.kernel_facts.get(name, {}).get(FAILED)
            if failed is not None:
                raise RuntimeError(f"in the kernel, {failed}")
            verdict = hook.after_stage(context)
        except Exception as error:  # a hook is anybody's code
            raise HookError(
                f"the stage hook {name} failed {moment} stage {context.stage.name}: {type(error).__name__}: {error}",
                hint=f"the stage itself is not at fault; repair or uninstall the package that brings {name}",
                hook=name,
                stage=context.stage.name,
            ) from error
        if verdict is None:
            continue
        if not isinstance(verdict, Verdict):
            raise HookError(
                f"the stage hook {name} gave {type(verdict).__name__} for stage {context.stage.name}, not a verdict",
                hint="after_stage must return a jupyter_mlpipe.execution.hooks.Verdict, or None",
                hook=name,
                stage=context.stage.name,
            )
        verdicts.append(replace(verdict, hook=verdict.hook or name))
    return verdicts
