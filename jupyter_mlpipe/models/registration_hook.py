"""``%%stage register --model flight-delay``: the stage hook that hands a stage's model to the registry.

It only says what is to be registered; the courier does it after the run (``registrar``), so that no stage waits for
MLflow. Not for promoting anything: a new version is a candidate.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.errors import ModelNameError
from jupyter_mlpipe.execution.hooks import StageHook, Verdict
from jupyter_mlpipe.models.catalogue import REGISTER
from jupyter_mlpipe.models.evidence import HANDED_OVER
from jupyter_mlpipe.models.registrar import RegistrationRequest
from jupyter_mlpipe.notebook.model_names import check_model_name

if TYPE_CHECKING:
    from jupyter_mlpipe.execution.hooks import StageContext, StoredValue
    from jupyter_mlpipe.notebook.pipeline import StageOptions

DEFAULT_NAME = "model"
"""The variable that is registered where ``--model`` names none."""


class RegistrationHook(StageHook):
    """The stage hook behind ``--model``."""

    name = "model"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add ``--model NAME`` or ``--model NAME=VARIABLE``, and ``--allow-pickle``."""

        def checked(text: str) -> str:
            try:
                model, _ = _parts(text)
            except ModelNameError as error:
                raise argparse.ArgumentTypeError(error.message.replace("%", "%%")) from error
            return text if "=" in text else f"{model}={DEFAULT_NAME}"

        parser.add_argument(
            "--model",
            action="append",
            type=checked,
            default=argparse.SUPPRESS,
            metavar="NAME",
            help=f"register the variable `{DEFAULT_NAME}`, or NAME=VARIABLE, as a version of this model; repeatable",
        )
        parser.add_argument(
            "--allow-pickle",
            action="store_true",
            default=argparse.SUPPRESS,
            help="register a model for which there is no other format as a pickle; the version is marked",
        )

    def names(self, options: StageOptions) -> Iterable[str]:
        """The variables to register."""
        return [variable for _, variable in _asked(options)]

    def before_stage(self, context: StageContext) -> None:
        """Nothing to look at before there is a model."""

    def after_stage(self, context: StageContext) -> Verdict | None:
        """Ask for the registrations; refuse where there is no such value."""
        asked = _asked(context.options)
        if not asked:
            return None
        reasons: list[str] = []
        checks: list[dict[str, Any]] = []
        messages = []
        for model, variable in asked:
            found = context.artifacts.get(variable) or context.inputs.get(variable)
            text = f"`{variable}` is handed to the registry as a version of {model}"
            if found is None:
                text = f"there is no `{variable}` to register as {model}: {_way_out(context, variable)}"
                reasons.append(text)
            else:
                messages.append((REGISTER, _request(context, model, found)))
            checks.append({"gate": f"model {model}", "passed": found is not None, "text": text, HANDED_OVER: True})
        return Verdict(not reasons, tuple(reasons), {"checks": checks}, tuple(messages))


def _request(context: StageContext, model: str, value: StoredValue) -> dict[str, Any]:
    manifest = context.manifest
    request = RegistrationRequest(
        model=model,
        name=value.name,
        content=value.artifact.content,
        run=context.run,
        pipeline=manifest.pipeline if manifest is not None else "",
        stage=context.stage.name,
        keys=(manifest.key,) if manifest is not None else (),
        pickle=bool(context.options.extra.get("allow_pickle")),
        owner=context.options.owner,
        team=context.options.team,
        personal=tuple(context.options.extra.get("pii") or ()),
    )
    return asdict(request)


def _way_out(context: StageContext, variable: str) -> str:
    unstorable = context.manifest.unstorable.get(variable) if context.manifest is not None else None
    if unstorable is not None:
        return str(unstorable.get("message", "it cannot be stored"))
    made = ", ".join(sorted({*context.artifacts, *context.inputs})) or "nothing"
    return f"bind it in the stage or above, or name another with --model NAME=VARIABLE (the stage has: {made})"


def _asked(options: StageOptions) -> list[tuple[str, str]]:
    return [_parts(text) for text in options.extra.get("model") or ()]


def _parts(text: str) -> tuple[str, str]:
    model, _, variable = text.partition("=")
    variable = variable or DEFAULT_NAME
    if not variable.isidentifier():
        raise ModelNameError(f"{variable!r} is no name of a variable", hint="write --model NAME=VARIABLE")
    return check_model_name(model), variable
