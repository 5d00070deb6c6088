"""A few words that name a statement to people: ``function fit``, ``import pandas``, ``alpha``.

This module is not for deciding anything by them.
"""

from __future__ import annotations

import ast

from jupyter_mlpipe.notebook import magic_calls

_BLOCKS: dict[type[ast.stmt], str] = {
    ast.For: "for loop",
    ast.AsyncFor: "for loop",
    ast.While: "while loop",
    ast.With: "with block",
    ast.AsyncWith: "with block",
    ast.Try: "try block",
    ast.TryStar: "try block",
    ast.If: "if block",
    ast.Match: "match block",
}


def label_of(node: ast.stmt) -> str:
    """The label of a top-level statement."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return f"function {node.name}"
    if isinstance(node, ast.ClassDef):
        return f"class {node.name}"
    if isinstance(node, ast.Import):
        return _short("import " + ", ".join(alias.name for alias in node.names))
    if isinstance(node, ast.ImportFrom):
        names = ", ".join(alias.name for alias in node.names)
        return _short(f"import {names} from {'.' * node.level}{node.module or ''}")
    if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return _short(", ".join(ast.unparse(target).removeprefix("(").removesuffix(")") for target in targets))
    if isinstance(node, ast.Expr):
        call = magic_calls.shell_call(node.value)
        if call is not None:
            sign = {"run_cell_magic": "%%", "run_line_magic": "%"}.get(call.method, "!")
            return _short(f"{sign}{call.name} {call.line}".replace("! ", "!").strip())
    word = _BLOCKS.get(type(node))
    if word is not None:
        return word
    try:
        return _short(ast.unparse(node))
    except (RecursionError, ValueError):
        return type(node).__name__.lower()


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:57] + "..."
