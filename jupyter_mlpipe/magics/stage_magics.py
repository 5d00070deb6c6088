"""Our magics: ``%%stage``, ``%%mlstage``, ``%pipeline``, ``%stages``, ``%stage_inputs``, ``%restore``, ``%drift``.

They parse, call and show. A stage line reaches its cell magic only where the transformer left it: then it says what is
wrong with it, or runs the cell through the transformer after all.
"""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from IPython.core.magic import no_var_expand

from jupyter_mlpipe.errors import DirectiveError
from jupyter_mlpipe.magics.shown_errors import shown
from jupyter_mlpipe.magics.stage_lines import HEAD_MAGIC
from jupyter_mlpipe.notebook.directive import parse_pipeline_line, parse_stage_line, pipeline_parser, stage_parser
from jupyter_mlpipe.notebook.syntax import split_cell

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from jupyter_mlpipe.magics.drift_magic import ShownDrift
    from jupyter_mlpipe.magics.live import LiveKernel
    from jupyter_mlpipe.magics.stage_table import StageTable


class StageMagics:
    """Our magics over one live kernel; plain methods, which `register` gives to the shell."""

    def __init__(self, kernel_of: Callable[[], LiveKernel]) -> None:
        self._kernel_of = kernel_of

    @property
    def kernel(self) -> LiveKernel:
        """The live kernel, made when first needed."""
        return self._kernel_of()

    def head(self, line: str) -> None:
        """What a ``%%stage`` line becomes. Not for use by hand."""
        self.kernel.head(line)

    def stage(self, line: str, cell: str) -> None:
        """Make this cell part of a stage of the pipeline."""
        parse_stage_line(line, self.kernel.extend)
        source = f"%%mlstage {line}\n{cell}"
        if split_cell(source).stage_line is None or not cell.strip():
            raise DirectiveError(f"the stage `{line}` has no code", hint="write its code under the stage line")
        self.kernel.shell.run_cell(source)

    def pipeline(self, line: str) -> None:
        """Name the pipeline that this notebook is."""
        parse_pipeline_line(line)

    def stages(self, line: str) -> StageTable:
        """Show the stages of this notebook: what a run would do with each, its version and its age.

        ``%stages`` lists the stages; ``%stages --all`` also the plain cells that run as units of their own.
        """
        from jupyter_mlpipe.magics.stage_table import stage_table

        return stage_table(self.kernel, everything="--all" in line.split())

    def stage_inputs(self, line: str) -> None:
        """Load what a stage read in a run into this kernel, to step through it here.

        ``%stage_inputs NAME`` takes the newest run of the stage, ``--run R`` the run with that id. Definitions and
        parameters that the stage uses are put in place too; the names loaded are shown.
        """
        from jupyter_mlpipe.magics.stage_inputs import load_inputs

        given = _words("%stage_inputs", line, "run")
        load_inputs(self.kernel, given.name, given.run)

    def restore(self, line: str) -> None:
        """Load the values of an earlier result of a stage into this kernel.

        ``%restore NAME`` takes the newest stored result, ``--key K`` the one whose key begins so, ``--run R`` the one
        that the stage had in that run. Only values are loaded: files and settings stay as they are.
        """
        from jupyter_mlpipe.magics.restored_version import restore_version

        given = _words("%restore", line, "key", "run")
        restore_version(self.kernel, given.name, key=given.key, run=given.run)

    def drift(self, line: str) -> ShownDrift:
        """Compare a frame with another one, or with what a model version learnt from, and show where they differ.

        ``%drift flights --against flight-delay@production`` or ``%drift flights --against january``; ``--by carrier``
        compares each carrier by itself, ``--columns a,b`` only these columns. The result's ``report`` is the report.
        """
        from jupyter_mlpipe.magics.drift_magic import show_drift

        return show_drift(self.kernel, line)


LINE_MAGICS = (HEAD_MAGIC, "pipeline", "stages", "stage_inputs", "restore", "drift")


def register(shell: InteractiveShell, kernel_of: Callable[[], LiveKernel], cell_magics: Sequence[str]) -> None:
    """Give the magics to a shell, the cell magics under the names given."""
    magics = StageMagics(kernel_of)
    functions = (magics.head, magics.pipeline, magics.stages, magics.stage_inputs, magics.restore, magics.drift)
    for name, function in zip(LINE_MAGICS, functions, strict=True):
        shell.register_magic_function(_magic(name, function), "line", name)
    for name in cell_magics:
        shell.register_magic_function(_magic(name, magics.stage), "cell", name)


def give_help(kernel: LiveKernel, cell_magics: Sequence[str]) -> None:
    """Let ``%%stage?`` and ``%pipeline?`` list all options, those of the installed hooks too."""
    registered = kernel.shell.magics_manager.magics
    for name in cell_magics:
        registered["cell"][name].__doc__ = _stage_help(kernel, name)
    line = registered["line"]["pipeline"]
    line.__doc__ = f"{StageMagics.pipeline.__doc__}\n\n{pipeline_parser().format_help()}"


def _magic(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A function as IPython takes it: its line as written, our errors shown as one message."""

    def magic(*given: str) -> Any:
        with shown():
            return function(*given)

    magic.__doc__ = function.__doc__
    magic.__name__ = name
    expanded: Callable[..., Any] = no_var_expand(magic)
    return expanded


def _stage_help(kernel: LiveKernel, name: str) -> str:
    try:
        options = stage_parser(kernel.extend).format_help()
    except Exception:  # noqa: BLE001 - a broken hook, or a folder that cannot be written, is told when a stage runs
        options = stage_parser().format_help()
    return (
        "Make this cell part of a stage of the pipeline.\n\n"
        "A stage is run, kept and restored as a whole. What it reads and makes is found from its code.\n\n"
        + options.replace("%%stage", f"%%{name}")
    )


class _LineParser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        raise DirectiveError(f"{self.prog}: {message}", hint=self.usage)


def _words(magic: str, line: str, *options: str) -> argparse.Namespace:
    """A stage's name and at most one of the options, each with a value."""
    shown = " | ".join(f"--{option} {option[0].upper()}" for option in options)
    parser = _LineParser(prog=magic, usage=f"{magic} NAME [{shown}]", add_help=False, allow_abbrev=False)
    parser.add_argument("name")
    one = parser.add_mutually_exclusive_group()
    for option in options:
        one.add_argument(f"--{option}")
    try:
        words = shlex.split(line)
    except ValueError as error:
        parser.error(str(error))
    return parser.parse_args(words)
