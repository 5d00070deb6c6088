"""What is asked of the model registry: the command line in a process of its own, which is waited for.

The registry's library takes seconds to import, and the server never does. Whatever may be done with a model is decided
by that command and by nobody here, so that all doors have one lock.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_mlpipe.errors import ExecutionError
from jupyter_mlpipe.server.told_errors import told_error

_LONGEST_SECONDS = 120.0


def ask_registry(root: Path, action: str, options: Mapping[str, Any], names: Sequence[Any] = ()) -> dict[str, Any]:
    """Carry out ``mlpipe models ACTION`` in a workspace and return what it says.

    Parameters
    ----------
    root
        The workspace's folder.
    action
        ``promote``, ``check``, …
    options
        Options by name. True for one without a value; None, False and an empty text leave it out.
    names
        What is given without an option's name: the model, the version.

    Raises
    ------
    MlpipeError
        What the command told as an error.
    ExecutionError
        It ended without an answer, or took too long.
    """
    try:
        ended = subprocess.run(
            # Without -P modules of this folder would be imported in the place of installed ones.
            [sys.executable, "-P", "-m", "jupyter_mlpipe.cli.main", *command_words(root, action, options, names)],
            cwd=root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_LONGEST_SECONDS,
            check=False,
            start_new_session=True,
        )
    except subprocess.TimeoutExpired as error:
        raise ExecutionError(
            f"the model registry took longer than {_LONGEST_SECONDS:.0f} s",
            hint="look whether MLflow's server answers; the model's history says whether anything was changed",
        ) from error
    try:
        answer = json.loads(ended.stdout)
    except ValueError:
        answer = None
    told = told_error(answer)
    if told is not None:
        raise told
    if not isinstance(answer, dict):
        last = ended.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise ExecutionError(
            f"`mlpipe models {action}` ended with {ended.returncode} and no answer" + (f": {last[0]}" if last else ""),
            hint="run it in a terminal to see all that it says",
        )
    return answer


def command_words(root: Path, action: str, options: Mapping[str, Any], names: Sequence[Any]) -> list[str]:
    """The words of the command line: behind ``=`` or ``--`` nothing is an option, whatever it begins with."""
    given = [
        f"--{name}" if value is True else f"--{name}={value}"
        for name, value in options.items()
        if value not in (None, False, "")
    ]
    return ["models", action, "--json", f"--workspace={root}", *given, *(("--", *map(str, names)) if names else ())]
