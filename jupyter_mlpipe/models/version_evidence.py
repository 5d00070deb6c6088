"""What the gates of a policy may look at: what a version's run measured and stored, and the version's own model.

Not for the verdicts on its stages (``evidence``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from jupyter_mlpipe.errors import UnmeasurableError, UntrustedModelError
from jupyter_mlpipe.execution.context import RunContext
from jupyter_mlpipe.execution.stage_values import stored_values
from jupyter_mlpipe.execution.tracking import numbers_of_run
from jupyter_mlpipe.ledger.stages import stage_runs
from jupyter_mlpipe.models.catalogue import KnownVersion
from jupyter_mlpipe.models.champion import production_model
from jupyter_mlpipe.models.loading import load_model
from jupyter_mlpipe.store.artifacts import Artifact

CANDIDATE = "candidate"
"""The name under which a policy's gates find the version's own model, whatever its notebook called it."""


class VersionEvidence:
    """What there is of one version.

    Parameters
    ----------
    context
        The workspace.
    known
        The version.
    """

    def __init__(self, context: RunContext, known: KnownVersion) -> None:
        self._context = context
        self._known = known

    @cached_property
    def numbers(self) -> Mapping[str, float]:
        """Numbers that the run's stages bound, and those given with the registration."""
        run = self._known.registration.run
        return {**self._known.metrics, **(numbers_of_run(stage_runs(self._context.ledger, run)) if run else {})}

    @cached_property
    def _artifacts(self) -> Mapping[str, Artifact]:
        made = self._known.registration
        stored = stored_values(self._context, made.run) if made.run else {}
        found = {name: item for (name, _), item in stored.items()}
        own = stored.get((made.name, made.content))
        return found if own is None else {**found, CANDIDATE: own}

    def value(self, name: str) -> Any:
        """Load a value from the store; the version's own model from the registry, verified."""
        made = self._known.registration
        if name == CANDIDATE or self._artifacts[name].content == made.content:
            try:
                return load_model(self._context.settings, f"{made.model}@{made.version}")
            except UntrustedModelError as error:
                raise UnmeasurableError(error.message, hint=error.hint) from error
        return self._context.store.load(self._artifacts[name], {})[name]

    def size(self, name: str) -> int:
        """Bytes in the store."""
        return self._artifacts[name].size

    def safe(self, name: str) -> bool:
        """Whether loading it runs no code."""
        made = self._known.registration
        if name == CANDIDATE or self._artifacts[name].content == made.content:
            return made.safe
        return self._artifacts[name].safe

    def names(self) -> Sequence[str]:
        """Names that have a value."""
        return sorted({*self._artifacts, CANDIDATE})

    def production(self, model_name: str | None) -> Any | None:
        """The model in production."""
        return production_model(self._context.settings, model_name or self._known.model)
