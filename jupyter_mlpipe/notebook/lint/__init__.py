"""Rules over a notebook, each with a stable code: what a run will stumble on, and what will cost hits or readers.

`lint_pipeline` runs them. A comment ``# mlpipe: ignore ML016`` silences a code for its line, or for its cell where it
stands on a line of its own. Nothing here runs the notebook's code or needs a kernel.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from jupyter_mlpipe.errors import BrokenNotebookError, NotebookError
from jupyter_mlpipe.notebook.directive import LineExtension
from jupyter_mlpipe.notebook.lint.absolute_path import AbsolutePath
from jupyter_mlpipe.notebook.lint.base import Finding, Rule, Severity
from jupyter_mlpipe.notebook.lint.duplicate_definition import DuplicateDefinition
from jupyter_mlpipe.notebook.lint.dynamic_code import DynamicCode
from jupyter_mlpipe.notebook.lint.hidden_shell_write import HiddenShellWrite
from jupyter_mlpipe.notebook.lint.interactive_call import InteractiveCall
from jupyter_mlpipe.notebook.lint.large_literal import LargeLiteral
from jupyter_mlpipe.notebook.lint.live_line import LiveLine
from jupyter_mlpipe.notebook.lint.missing_owner import MissingOwner
from jupyter_mlpipe.notebook.lint.secret_literal import SecretLiteral
from jupyter_mlpipe.notebook.lint.seed_far_from_use import SeedFarFromUse
from jupyter_mlpipe.notebook.lint.session_history import SessionHistory
from jupyter_mlpipe.notebook.lint.shadowed_builtin import ShadowedBuiltin
from jupyter_mlpipe.notebook.lint.shared_mutation import SharedMutation
from jupyter_mlpipe.notebook.lint.slow_plain_cell import SlowPlainCell
from jupyter_mlpipe.notebook.lint.split_stage import SplitStage
from jupyter_mlpipe.notebook.lint.star_import import StarImport
from jupyter_mlpipe.notebook.lint.unbound_gate import UnboundGate
from jupyter_mlpipe.notebook.lint.unbound_output import UnboundOutput
from jupyter_mlpipe.notebook.lint.undefined_input import UndefinedInput
from jupyter_mlpipe.notebook.lint.undefined_name import UndefinedName
from jupyter_mlpipe.notebook.lint.unknown_after import UnknownAfter
from jupyter_mlpipe.notebook.lint.unparsable_cell import UnparsableCell
from jupyter_mlpipe.notebook.lint.unseeded_draw import UnseededDraw
from jupyter_mlpipe.notebook.lint.unused_output import UnusedOutput
from jupyter_mlpipe.notebook.notebook_file import cell_source, load_notebook
from jupyter_mlpipe.notebook.pipeline import Pipeline
from jupyter_mlpipe.notebook.reader import read_pipeline

__all__ = ["RULES", "Finding", "Rule", "Severity", "lint_notebook", "lint_pipeline"]

RULES: tuple[Rule, ...] = (
    DynamicCode(),
    StarImport(),
    SessionHistory(),
    HiddenShellWrite(),
    UndefinedName(),
    ShadowedBuiltin(),
    SeedFarFromUse(),
    UnseededDraw(),
    MissingOwner(),
    UnboundOutput(),
    UnusedOutput(),
    SharedMutation(),
    SplitStage(),
    SlowPlainCell(),
    UnparsableCell(),
    AbsolutePath(),
    SecretLiteral(),
    LargeLiteral(),
    DuplicateDefinition(),
    UnknownAfter(),
    UnboundGate(),
    UndefinedInput(),
    InteractiveCall(),
    LiveLine(),
)
"""All rules, in the order of their codes."""

_IGNORE = re.compile(r"#\s*mlpipe:\s*ignore\s+(ML\d{3}(?:\s*,\s*ML\d{3})*)")


def lint_pipeline(pipeline: Pipeline, *, rules: Iterable[Rule] = RULES, ignore: Collection[str] = ()) -> list[Finding]:
    """What the rules find in a notebook.

    Parameters
    ----------
    pipeline
        The notebook as read.
    rules
        Rules to run.
    ignore
        Codes to leave out.

    Returns
    -------
    list of Finding
        In notebook order; what concerns the notebook as a whole comes first.
    """
    silenced = _silenced(pipeline)
    kept = []
    for rule in rules:
        if rule.code in ignore:
            continue
        for finding in rule.check(pipeline):
            quiet = silenced.get(finding.cell, {}) if finding.cell is not None else {}
            if finding.code in quiet.get(0, ()) or finding.code in quiet.get(finding.line or 0, ()):
                continue
            stage = pipeline.stage_of_cell.get(-1 if finding.cell is None else finding.cell)
            kept.append(replace(finding, stage=stage.name) if stage is not None and not stage.implicit else finding)
    return sorted(kept, key=lambda item: (-1 if item.cell is None else item.cell, item.line or 0, item.code))


def lint_notebook(
    path: str | Path,
    *,
    extend: Sequence[LineExtension] = (),
    rules: Iterable[Rule] = RULES,
    ignore: Collection[str] = (),
) -> list[Finding]:
    """What the rules find in a notebook file, even in one that cannot be read as a pipeline.

    Parameters
    ----------
    path
        The ``.ipynb`` file.
    extend
        Callables that add the options of stage hooks to the ``%%stage`` line's parser.
    rules, ignore
        As `lint_pipeline` takes them.

    Raises
    ------
    BrokenNotebookError
        There is no notebook to look at.
    """
    try:
        return lint_pipeline(read_pipeline(path, extend=extend), rules=rules, ignore=ignore)
    except BrokenNotebookError:
        raise
    except NotebookError as error:
        unparsable = UnparsableCell()
        bare = Pipeline(name=Path(path).stem, path=str(path), notebook=load_notebook(path), statements=(), stages=())
        return list(unparsable.check(bare)) or [unparsable.of_error(error)]


def _silenced(pipeline: Pipeline) -> Mapping[int, Mapping[int, set[str]]]:
    """Cell -> line -> codes; line 0 stands for the whole cell."""
    found: dict[int, dict[int, set[str]]] = {}
    for index, cell in enumerate(pipeline.notebook.get("cells", ())):
        source = cell_source(cell)
        if cell.get("cell_type") != "code" or "mlpipe:" not in source:
            continue
        for number, line in enumerate(source.splitlines(), 1):
            match = _IGNORE.search(line)
            if match is not None:
                place = 0 if line.lstrip().startswith("#") else number
                codes = {code.strip() for code in match[1].split(",")}
                found.setdefault(index, {}).setdefault(place, set()).update(codes)
    return found
