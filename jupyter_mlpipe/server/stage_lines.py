"""What may stand on a ``%%stage`` line, for an editor that completes and checks it without a kernel."""

from __future__ import annotations

import argparse
from typing import Literal

from jupyter_mlpipe.notebook.directive import STAGE_MAGICS, stage_parser
from jupyter_mlpipe.server.shapes.notebook import StageLineInfo, StageOption
from jupyter_mlpipe.workspace import Workspace

_WORDS: dict[str, Literal["stages", "names"]] = {"after": "stages", "inputs": "names", "outputs": "names"}


def stage_line_of(workspace: Workspace) -> StageLineInfo:
    """The options of the line, those of installed hooks too."""
    parser = stage_parser(workspace.hooks())
    options = [_option(action) for action in parser._actions if action.option_strings]  # noqa: SLF001 - no public way
    return StageLineInfo(magics=STAGE_MAGICS, options=tuple(options))


def _option(action: argparse.Action) -> StageOption:
    takes_value = action.nargs != 0
    value = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    return StageOption(
        flags=tuple(action.option_strings),
        value=value if takes_value else None,
        help=action.help or "",
        repeatable=action.nargs is None and type(action).__name__ in ("_Listed", "_AppendAction"),
        values=_WORDS.get(action.dest),
    )
