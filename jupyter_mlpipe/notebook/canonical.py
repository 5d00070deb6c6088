"""The normalised form of Python source, and its digest.

Two pieces of source have one digest when they differ only in comments, layout, docstrings, type comments or string
prefixes such as ``u""``. The form is our own rather than ``ast.dump``'s, because that one changes between Python
versions; fields that are empty are left out, so that a field which a newer Python adds does not change old digests.

This module is not for keys of stages: the store makes those, out of digests like these.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from blake3 import blake3

_SKIPPED = frozenset({"ctx", "type_comment", "kind", "type_ignores", "lineno", "col_offset"})
_WITH_DOCSTRING = (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_FIELDS: dict[type[ast.AST], tuple[str, ...]] = {}


def canonical_form(nodes: ast.AST | Iterable[ast.AST]) -> str:
    """The normalised text of one node, or of several in order."""
    out: list[str] = []
    if isinstance(nodes, ast.AST):
        _write(nodes, out)
    else:
        for node in nodes:
            _write(node, out)
    return "".join(out)


def digest_of(nodes: ast.AST | Iterable[ast.AST]) -> str:
    """BLAKE3 (64 hex digits) of the normalised form."""
    return digest_text(canonical_form(nodes))


def digest_text(text: str) -> str:
    """BLAKE3 (64 hex digits) of a text; lone surrogates are kept apart from each other."""
    return blake3(text.encode("utf-8", "surrogatepass")).hexdigest()


def without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements of a body after its docstring."""
    if body:
        first = body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            return body[1:]
    return body


def _write(node: ast.AST, out: list[str]) -> None:
    cls = node.__class__
    if cls is ast.Constant:
        value = node.value  # type: ignore[attr-defined]
        out.append(f"{value.__class__.__name__}:{value!r};")
        return
    if cls is ast.Name:
        out.append(f"N:{node.id};")  # type: ignore[attr-defined]
        return
    fields = _FIELDS.get(cls)
    if fields is None:
        fields = _FIELDS[cls] = tuple(name for name in cls._fields if name not in _SKIPPED)
    out.append(cls.__name__)
    out.append("(")
    for name in fields:
        value = getattr(node, name, None)
        if value is None:
            continue
        if isinstance(value, ast.AST):
            out.append(name + "=")
            _write(value, out)
        elif isinstance(value, list):
            if name == "body" and isinstance(node, _WITH_DOCSTRING):
                value = without_docstring(value)
            if not value:
                continue
            out.append(name + "=[")
            for item in value:
                if isinstance(item, ast.AST):
                    _write(item, out)
                else:  # None in a dict's keys, str in global and MatchClass
                    out.append(f"{item!r};")
            out.append("]")
        else:
            out.append(f"{name}={value!r};")
    out.append(")")
