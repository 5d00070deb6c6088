"""The model that is in production now, for gates that compare with it. Not for serving it (``loading``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.errors import RegistryUnavailableError, UnmeasurableError, UntrustedModelError

if TYPE_CHECKING:
    from jupyter_mlpipe.execution.hooks import StageContext
    from jupyter_mlpipe.settings import Settings


def production_model(settings: Settings, model: str) -> Any | None:
    """The model in production, verified and loaded; None where there is none yet.

    Raises
    ------
    UnmeasurableError
        It may not be loaded, or MLflow does not answer: what is compared with it cannot be checked.
    """
    from jupyter_mlpipe.models.loading import load_model
    from jupyter_mlpipe.models.registry import Registry

    try:
        if "production" not in Registry(settings).aliases(model):
            return None
        return load_model(settings, f"{model}@production")
    except (RegistryUnavailableError, UntrustedModelError) as error:
        raise UnmeasurableError(
            f"{model} in production cannot be compared with: {error.message}", hint=error.hint
        ) from error


def champion_of(context: StageContext, model: str | None) -> Any | None:
    """The model in production that a stage's gate means: of this name, or of the one name on the stage's ``--model``.

    Raises
    ------
    UnmeasurableError
        The stage registers no model or several; and as `production_model`.
    """
    from jupyter_mlpipe.settings import load_settings

    named = [text.partition("=")[0] for text in context.options.extra.get("model") or ()]
    if model is None and len(set(named)) != 1:
        raise UnmeasurableError(
            "which model is meant is not said", hint="name it in the gate: of='flight-delay', or gate the promotion"
        )
    return production_model(load_settings(context.root), model or named[0])
