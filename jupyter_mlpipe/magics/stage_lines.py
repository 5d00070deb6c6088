"""The ``%%stage`` line in a live kernel: rewritten in place, so that the body stays the user's own code.

The line becomes a call, on the same line; the body is left as it is. So ``await`` works, an error is shown once with
true line numbers, and a trailing ``;`` counts. Whether the body runs is decided later, on the syntax tree.

IPython transforms a cell more than once (to see whether it is complete, whether it awaits), so this must be pure: it
looks nothing up and changes nothing. What the call does is ``live``'s matter.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection

from jupyter_mlpipe.errors import DirectiveError
from jupyter_mlpipe.notebook.syntax import split_cell

HEAD_MAGIC = "mlpipe_stage"
"""The line magic that the call goes to."""

_STAGE_LINE = re.compile(r"%%(stage|mlstage)(?:[ \t]|$)")


def rewriter(names: Collection[str]) -> Callable[[list[str]], list[str]]:
    """A cleanup transformer for IPython's input.

    Parameters
    ----------
    names
        The cell magics that are ours: ``mlstage``, and ``stage`` unless another extension has it. Looked at each time.
    """

    def rewrite(lines: list[str]) -> list[str]:
        return rewrite_lines(lines, names)

    return rewrite


def rewrite_lines(lines: list[str], names: Collection[str]) -> list[str]:
    """The lines with the stage line as a call; unchanged where there is none, or where it is not for us to say."""
    found = next((at for at, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#")), None)
    match = None if found is None else _STAGE_LINE.match(lines[found].rstrip())
    if found is None or match is None or match[1] not in names:
        # Under another cell magic (%%time) this is called again, by that magic, with its body alone.
        return lines
    try:
        split = split_cell("".join(lines))
    except DirectiveError:
        return lines  # the registered cell magic says what is wrong
    if split.stage_line is None:
        return lines
    rewritten = split.body.splitlines(keepends=True)
    rewritten[found] = head_call(split.stage_line) + "\n"
    following = next((at for at in range(found + 1, len(rewritten)) if rewritten[at].strip()), None)
    if following is not None and rewritten[following].startswith("%%"):
        from IPython.core.inputtransformer2 import cell_magic

        return [*rewritten[:following], *cell_magic(rewritten[following:])]
    return rewritten


def head_call(line: str) -> str:
    """The call that stands for a stage line."""
    return f"get_ipython().run_line_magic({HEAD_MAGIC!r}, {line!r})"


def head_line(tree: ast.AST) -> str | None:
    """What the stage line of a cell says, from its syntax tree; None where the cell has none."""
    if not isinstance(tree, ast.Module) or not tree.body or not isinstance(tree.body[0], ast.Expr):
        return None
    call = tree.body[0].value
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or len(call.args) != 2:
        return None
    name, line = call.args
    if call.func.attr != "run_line_magic" or not isinstance(name, ast.Constant) or name.value != HEAD_MAGIC:
        return None
    return str(line.value) if isinstance(line, ast.Constant) else None
