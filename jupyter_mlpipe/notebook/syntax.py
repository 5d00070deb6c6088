"""The text of a code cell: its stage line, and Python source as IPython transforms it.

IPython leaves valid Python as it is, so a body that parses needs no transformation, and IPython is not imported for it.
Whole-line magics, shell lines and cell magics are transformed here exactly as IPython does; whatever else is left goes
through IPython's own ``TransformerManager``.

This module is not for what the source means: ``dataflow`` reads that.
"""

from __future__ import annotations

import ast
import re
import textwrap
import warnings
from dataclasses import dataclass

from jupyter_mlpipe.errors import DirectiveError, UnparsableCellError

PYTHON_CELL_MAGICS = frozenset(
    {"time", "timeit", "capture", "prun", "memit", "mprun", "scalene", "snakeviz", "pyinstrument"}
)
"""Cell magics whose body is Python that runs in the notebook's namespace."""

_STAGE_LINE = re.compile(r"%%(stage|mlstage)(?:[ \t]+(.*))?\Z")
_CELL_MAGIC = re.compile(r"%%(\w+)(?:\s|\Z)")
_SIMPLE_MAGIC = re.compile(r"%([A-Za-z_][\w.]*)(?: (.*))?\Z")
_PROMPT = re.compile(r"^\s*(>>>|\.{3,}:?|In \[\d+\]:)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class CellSource:
    """A code cell, split into its stage line and the rest."""

    stage_line: str | None
    """What stands after ``%%stage``, or None where the cell has no stage line."""
    body: str
    """The cell without its stage line; an empty line stands in its place, so that line numbers stay."""


def split_cell(source: str, cell: int | None = None) -> CellSource:
    """Find the stage line of a cell.

    Comments, blank lines and cell magics with a Python body (``%%time``) may stand above it.

    Raises
    ------
    DirectiveError
        The cell has two stage lines.
    """
    if "%%" not in source:
        return CellSource(None, source)
    lines = source.splitlines(keepends=True)
    found: tuple[int, int, str] | None = None
    magic_seen = False
    comments: list[int] = []
    index = 0
    while index < len(lines):
        text = lines[index].rstrip()
        match = _STAGE_LINE.match(text)
        if match is not None:
            if found is not None:
                raise DirectiveError(
                    f"{_place(cell)} has two stage lines: {lines[found[0]].strip()!r} and {text!r}",
                    hint="split the cell: a cell belongs to one stage",
                    cell=cell,
                )
            end = index
            while lines[end].rstrip().endswith("\\") and end + 1 < len(lines):
                end += 1
            joined = " ".join(line.strip().removesuffix("\\") for line in lines[index : end + 1])
            found = (index, end, joined.partition("stage")[2].strip())
            index = end
        elif text.lstrip().startswith("#"):
            if not magic_seen:
                comments.append(index)
        elif text and not text.isspace():
            magic = _CELL_MAGIC.match(text)
            if magic is None:
                break
            magic_seen = True
            if found is not None:
                # IPython takes a cell magic only on the first line that is not blank.
                for above in comments:
                    lines[above] = "\n"
            if magic[1] not in PYTHON_CELL_MAGICS:
                break
        index += 1
    if found is None:
        return CellSource(None, source)
    for taken in range(found[0], found[1] + 1):
        lines[taken] = "\n"
    return CellSource(found[2], "".join(lines))


def python_source(body: str, cell: int | None = None) -> str:
    """The Python that a kernel compiles for this body.

    Raises
    ------
    UnparsableCellError
        The body is not Python after IPython's transformation.
    """
    return parse_body(body, cell)[0]


def parse_body(body: str, cell: int | None = None) -> tuple[str, ast.Module]:
    """The Python source of a body and its syntax tree. Raises ``UnparsableCellError``."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes warn again where the cell runs
        lead = body.lstrip("\n \t\r\f")
        # A pasted prompt, ``In [1]: x = 1``, is valid Python too: an annotation.
        if not lead.startswith(("%%", "!", "?", "In [")):
            try:
                return body, ast.parse(body)
            except (SyntaxError, ValueError):
                pass
            except (RecursionError, MemoryError):
                raise _unparsable(body, cell, None, "it is nested too deeply") from None
        try:
            simple = _transformed_simply(body)
            if simple is not None:
                return simple, ast.parse(simple)
        except (SyntaxError, ValueError):
            pass
        source = _transformed_by_ipython(body, cell)
        try:
            return source, ast.parse(source)
        except SyntaxError as error:
            raise _unparsable(source, cell, error.lineno, error.msg) from None
        except ValueError as error:  # null bytes, lone surrogates
            raise _unparsable(source, cell, None, str(error)) from None
        except (RecursionError, MemoryError):
            raise _unparsable(source, cell, None, "it is nested too deeply") from None


def ends_with_semicolon(source: str) -> bool:
    """Whether the last statement of the source ends with ``;``, which hides its value."""
    if ";" not in source:
        return False
    import io
    import tokenize

    last = ""
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type not in (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER, tokenize.DEDENT):
                last = token.string
    except (tokenize.TokenError, SyntaxError):
        return source.rstrip().endswith(";")
    return last == ";"


def _transformed_simply(body: str) -> str | None:
    """The transformed body where only whole-line magics, shell lines or a cell magic are in it; None where not sure."""
    if _PROMPT.search(body):
        return None
    lines = body.splitlines(keepends=True)
    while lines and lines[0].isspace():
        lines.pop(0)
    if lines and lines[0].startswith("%%"):
        if re.match(r"%%\w+\?", lines[0]):
            return None
        text = textwrap.dedent("".join(lines) if lines[-1].endswith("\n") else "".join(lines) + "\n")
        first, *rest = text.splitlines(keepends=True)
        name, _, arguments = first[2:].rstrip().partition(" ")
        return f"get_ipython().run_cell_magic({name!r}, {arguments!r}, {''.join(rest)!r})\n"
    if '"""' in body or "'''" in body:
        return None
    changed = False
    continued = False
    for index, line in enumerate(lines):
        text = line.rstrip()
        if text[:1] in ("%", "!"):
            if continued or text.endswith(("\\", "?")):
                return None
            call = _line_call(text)
            if call is None:
                return None
            lines[index] = call + "\n"
            changed = True
        continued = text.endswith("\\")
    return "".join(lines) if changed else None


def _line_call(text: str) -> str | None:
    if text.startswith("!!"):
        return f"get_ipython().getoutput({text[2:]!r})"
    if text.startswith("!"):
        return f"get_ipython().system({text[1:]!r})"
    match = _SIMPLE_MAGIC.match(text)
    if match is None:
        return None
    return f"get_ipython().run_line_magic({match[1]!r}, {match[2] or ''!r})"


def _transformed_by_ipython(body: str, cell: int | None) -> str:
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        return str(TransformerManager().transform_cell(body))
    except SyntaxError as error:
        raise _unparsable(body, cell, error.lineno, error.msg) from None
    except (RuntimeError, ValueError, IndexError) as error:
        raise _unparsable(body, cell, None, str(error)) from None


def _unparsable(source: str, cell: int | None, line: int | None, reason: str) -> UnparsableCellError:
    lines = source.splitlines()
    shown = lines[line - 1].strip()[:120] if line and 0 < line <= len(lines) else ""
    where = f"{_place(cell)}, line {line}" if line else _place(cell)
    return UnparsableCellError(
        f"{where} is not Python: {reason}" + (f"\n    {shown}" if shown else ""),
        hint="correct the cell, or make it a raw or Markdown cell",
        cell=cell,
        line=line,
        text=shown,
    )


def _place(cell: int | None) -> str:
    return "the cell" if cell is None else f"cell {cell}"
