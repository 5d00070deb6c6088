"""The cell tagged ``parameters``, and the values that papermill injected below it.

A parameter is a plain name with a default, as papermill reads it. This module is not for setting parameters: the run
gives their values to the kernel.
"""

from __future__ import annotations

import ast
import json
import math
import re
from collections.abc import Mapping
from typing import Any

from jupyter_mlpipe.notebook.pipeline import Parameter

PARAMETERS_TAG = "parameters"
INJECTED_TAG = "injected-parameters"
_TYPE_COMMENT = re.compile(r"type:\s*(\S+)\s*")


def read_parameters(text: str, tree: ast.Module) -> tuple[Parameter, ...]:
    """Parameters of the tagged cell, in order; a name bound twice has its last default."""
    lines = text.splitlines()
    found: dict[str, Parameter] = {}
    for node in tree.body:
        if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
            continue
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names, annotation = [node.target.id], ast.unparse(node.annotation).strip("'\"")
        elif isinstance(node, ast.Assign) and all(isinstance(target, ast.Name) for target in node.targets):
            names, annotation = [target.id for target in node.targets if isinstance(target, ast.Name)], None
        else:
            continue
        help_text = _comment_after(lines, node)
        typed = _TYPE_COMMENT.match(help_text or "")
        if typed is not None:
            annotation = annotation or typed[1]
            help_text = (help_text or "")[typed.end() :] or None
        try:
            default, literal = json_value(ast.literal_eval(node.value)), True
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            default, literal = None, False
        for name in names:
            found[name] = Parameter(name, ast.get_source_segment(text, node.value) or ast.unparse(node.value), default,
                                    literal, annotation, help_text)  # fmt: skip
    return tuple(found.values())


def read_injected(tree: ast.Module) -> dict[str, Any]:
    """Values of the cell that papermill wrote; statements that are not plain assignments of literals are left out."""
    found: dict[str, Any] = {}
    for node in tree.body:
        if not (isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)):
            continue
        value = node.value
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "float":
            value = value.args[0] if value.args else value  # papermill writes float('nan')
            try:
                found[node.targets[0].id] = float(ast.literal_eval(value))
            except (ValueError, TypeError):
                continue
            continue
        try:
            found[node.targets[0].id] = ast.literal_eval(value)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            continue
    return found


def json_value(value: Any) -> Any:
    """The value itself if JSON has it without loss. Raises ``ValueError``."""
    if value is None or isinstance(value, (bool, str)):
        if isinstance(value, str):
            value.encode()  # lone surrogates are no text
        return value
    if isinstance(value, int):
        json.dumps(value)
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("not a JSON number")
        return value
    if isinstance(value, list):
        return [json_value(item) for item in value]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: json_value(item) for key, item in value.items()}
    raise ValueError(f"JSON has no {type(value).__name__}")


def _comment_after(lines: list[str], node: ast.stmt) -> str | None:
    line = lines[(node.end_lineno or node.lineno) - 1]
    rest = line.encode()[node.end_col_offset or 0 :].decode(errors="replace").lstrip(" \t;")
    return rest[1:].strip() or None if rest.startswith("#") else None
