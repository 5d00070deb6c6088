"""``%%stage load --profile``: the stage hook that has a stage's frames profiled.

It only says what is to be profiled; the courier does it after the run (``profiler``), so that no stage waits, and none
runs again because it is to be profiled. Not for comparing profiles (``drift_hook``).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.errors import DirectiveError
from jupyter_mlpipe.execution.hooks import StageHook, Verdict
from jupyter_mlpipe.monitoring.profiler import PROFILE

if TYPE_CHECKING:
    from jupyter_mlpipe.execution.hooks import StageContext
    from jupyter_mlpipe.notebook.pipeline import StageOptions

EVERY = "*"
"""Stands for every frame that the stage reads or hands on: what no stage uses is not stored unless it is named."""


class ProfileHook(StageHook):
    """The stage hook behind ``--profile``."""

    name = "profile"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add ``--profile``, ``--profile-by`` and ``--pii``."""
        parser.add_argument(
            "--profile",
            nargs="?",
            const=(EVERY,),
            type=_names,
            default=argparse.SUPPRESS,
            metavar="FRAMES",
            help="profile these frames after the run: flights,weather (default: all that it reads or hands on)",
        )
        parser.add_argument(
            "--profile-by",
            type=_names,
            default=argparse.SUPPRESS,
            metavar="COLUMNS",
            help="profile the segments that these columns make, too: carrier,origin",
        )
        parser.add_argument(
            "--pii",
            type=_names,
            default=argparse.SUPPRESS,
            metavar="COLUMNS",
            help="columns with personal values, which no profile may hold: email,name",
        )

    def names(self, options: StageOptions) -> Iterable[str]:
        """Frames that the line names. Raises `DirectiveError` where the options do not go together."""
        if "profile_by" in options.extra and "profile" not in options.extra:
            raise DirectiveError("--profile-by is given without --profile", hint="add --profile, or take it out")
        return tuple(name for name in options.extra.get("profile") or () if name != EVERY)

    def before_stage(self, context: StageContext) -> None:
        """Nothing to look at before there are frames."""

    def after_stage(self, context: StageContext) -> Verdict | None:
        """Ask for the profiles; say where a name is no frame."""
        wanted = tuple(context.options.extra.get("profile") or ())
        if not wanted or context.manifest is None:
            return None
        frames = {"input": _frames(context.inputs), "output": _frames(context.artifacts)}
        reasons = []
        if EVERY not in wanted:
            known = {*frames["input"], *frames["output"]}
            lost = [name for name in wanted if name not in known]
            reasons = [f"`{name}` is no frame that this stage reads or makes: it is not profiled" for name in lost]
            frames = {
                role: {name: content for name, content in found.items() if name in wanted}
                for role, found in frames.items()
            }
        personal = tuple(context.options.extra.get("pii") or ())
        unknown = [column for column in personal if column not in _columns(context, frames)]
        if unknown:
            # Most likely misspelt: a profile would then hold the very values that it must not.
            text = f"no frame has the column {unknown[0]!r} of --pii: none is profiled until that is corrected"
            return Verdict(True, (*reasons, text), {"checks": []})
        message: dict[str, Any] = {
            "run": context.run,
            "pipeline": context.manifest.pipeline,
            "stage": context.stage.name,
            "key": context.manifest.key,
            "frames": frames,
            "by": list(context.options.extra.get("profile_by") or ()),
            "pii": list(personal),
        }
        return Verdict(True, tuple(reasons), {"checks": []}, ((PROFILE, message),))


def _frames(values: Any) -> dict[str, str]:
    """Digests of those values that are frames, by name."""
    return {name: item.artifact.content for name, item in values.items() if item.artifact.meta.get("columns")}


def _columns(context: StageContext, frames: Mapping[str, Mapping[str, str]]) -> set[str]:
    """All columns of the frames that are to be profiled."""
    values = [context.inputs[name] for name in frames["input"]] + [context.artifacts[name] for name in frames["output"]]
    return {str(column) for value in values for column in value.artifact.meta.get("columns") or ()}


def _names(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(part.strip() for part in text.split(",")))
    if not all(names):
        raise argparse.ArgumentTypeError("an empty name between commas")
    return names
