"""What several commands begin with: options that name a notebook or a workspace, and opening what they name.

Not for what a command does with it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.errors import UnknownParameterError, UsageError, WorkspaceError

if TYPE_CHECKING:
    from jupyter_mlpipe.notebook.pipeline import Pipeline
    from jupyter_mlpipe.workspace import Workspace


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add ``--json``."""
    parser.add_argument("--json", action="store_true", help="print facts as JSON (docs/reference/json.md)")


def add_workspace(parser: argparse.ArgumentParser) -> None:
    """Add ``--workspace``, for commands that take no notebook."""
    parser.add_argument(
        "--workspace", metavar="DIR", type=Path, default=Path(), help="a folder in the workspace (default: this one)"
    )


def add_parameters(parser: argparse.ArgumentParser) -> None:
    """Add the ways to give parameters."""
    parser.add_argument(
        "-p", "--parameter", nargs=2, action="append", default=[], metavar=("NAME", "VALUE"),
        help="set a parameter; VALUE is JSON where it can be, else text",
    )  # fmt: skip
    parser.add_argument(
        "-r", "--raw-parameter", nargs=2, action="append", default=[], metavar=("NAME", "TEXT"),
        help="set a parameter to this very text",
    )  # fmt: skip
    parser.add_argument(
        "-f", "--parameters-file", metavar="FILE", type=Path, help="read parameters from a JSON or YAML file"
    )


def parameters_of(arguments: argparse.Namespace) -> dict[str, Any]:
    """The parameters given, those of the file first.

    Raises
    ------
    UsageError
        The file cannot be read or holds no mapping.
    """
    values = dict(_from_file(arguments.parameters_file)) if arguments.parameters_file else {}
    values |= {name: _value(name, text) for name, text in arguments.parameter}
    values |= dict(arguments.raw_parameter)
    return values


def _value(name: str, text: str) -> Any:
    # papermill reads Python's words here, and its users will type them.
    words = {"True": True, "False": False, "None": None}
    if text in words:
        return words[text]

    def refuse(word: str) -> Any:
        raise UnknownParameterError(
            f"the value of parameter `{name}` is {word}, which JSON does not have",
            hint=f"give a finite number, or the text with `-r {name} {word}`",
            parameter=name,
        )

    try:
        return json.loads(text, parse_constant=refuse)
    except ValueError:
        return text


def _from_file(path: Path) -> Mapping[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
        values = json.loads(text) if path.suffix == ".json" else _from_yaml(text)
    except (OSError, ValueError) as error:
        first = (str(error).splitlines() or [""])[0]
        raise UsageError(
            f"the parameters in {path} cannot be read: {first}", hint="give a JSON or YAML file", path=str(path)
        ) from error
    if not isinstance(values, Mapping):
        raise UsageError(
            f"{path} holds no parameters by name", hint='write it as {"alpha": 0.1} or as `alpha: 0.1`', path=str(path)
        )
    return values


def _from_yaml(text: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


def open_notebook(
    arguments: argparse.Namespace, overrides: Mapping[str, Any] | None = None, *, create: bool = True
) -> tuple[Workspace, Pipeline]:
    """Open the workspace of ``arguments.notebook`` and read the notebook.

    Raises
    ------
    NotebookError
        It cannot be read. Then no workspace was made either.
    """
    from jupyter_mlpipe.notebook.reader import read_pipeline
    from jupyter_mlpipe.workspace import Workspace

    workspace = Workspace.open(arguments.notebook, overrides, create=False)
    pipeline = read_pipeline(arguments.notebook, extend=workspace.hooks())
    if create:
        workspace.create()
    return workspace, pipeline


def open_workspace(arguments: argparse.Namespace) -> Workspace:
    """Open the workspace of ``arguments.workspace``, which must be there.

    Raises
    ------
    WorkspaceError
        There is none.
    """
    from jupyter_mlpipe.workspace import Workspace

    workspace = Workspace.open(arguments.workspace, create=False)
    if not workspace.exists:
        raise WorkspaceError(
            f"there is no workspace in {workspace.root} or above it",
            hint="run a notebook first, or name its folder with --workspace",
        )
    return workspace
