"""ML017: a password or key in the notebook's text."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from jupyter_mlpipe.notebook.lint.base import Finding, Rule, Severity
from jupyter_mlpipe.notebook.lint.source import every_node, line_of
from jupyter_mlpipe.notebook.pipeline import Pipeline

_NAMED = re.compile(
    r"(?:^|[_\W])(?:passw(?:or)?d|passwd|pwd|secret|api_?key|access_?key|auth_?key|private_?key|client_?secret"
    r"|(?:access|auth|api|bearer|refresh|session|id|hf|github|slack)_?token|token|credentials?)(?:$|_(?:key|value|id)?$)",
    re.IGNORECASE,
)
_SHAPED = re.compile(
    r"(?:AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{30,}|sk-[A-Za-z0-9_-]{20,}|hf_[A-Za-z0-9]{30,}"
    r"|xox[abprs]-[A-Za-z0-9-]{10,}|AIza[0-9A-Za-z_-]{35}|glpat-[\w-]{20}|dapi[0-9a-f]{32}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"
)
_IN_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s:@]+:([^/\s@{]+)@")
_PLACEHOLDER = re.compile(
    r"\s*|<.*>|\.{3}|x+|\*+|(?:your|my|the)[-_ ].*|change[-_ ]?me|none|null|todo|\$\{?\w+\}?|\{.*\}", re.IGNORECASE
)


class SecretLiteral(Rule):
    """Finds literals that look like secrets, by their name or their shape."""

    code = "ML017"
    name = "secret-literal"
    severity = Severity.WARNING
    summary = (
        "A literal looks like a password, token or key. It is stored with the notebook, in every executed notebook and "
        "in the stage's record, and everyone who can read those has it."
    )
    fix = "read it from the environment (`os.environ[…]`), revoke this one, and clear it from the history"
    example = "password = 'correct-horse'"

    def check(self, pipeline: Pipeline) -> Iterator[Finding]:
        """Named literals first, then literals by shape; a place is told once, and never its text."""
        told: set[tuple[int, int]] = set()
        for statement, node in every_node(pipeline):
            message = ""
            name = _named_secret(node)
            if name:
                message = f"`{name}` is given a secret as a literal"
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                url = _IN_URL.search(node.value)
                if _SHAPED.search(node.value) or (url is not None and not _PLACEHOLDER.fullmatch(url[1])):
                    message = "a literal here has the shape of a secret"
            place = (statement.cell, line_of(statement, node))
            if message and place not in told:
                told.add(place)
                yield self.found(message, *place)


def _named_secret(node: ast.AST) -> str:
    """The secret's name where a node gives a literal to it."""
    pairs: list[tuple[str, ast.AST | None]] = []
    if isinstance(node, ast.Assign):
        pairs = [(_name(target), node.value) for target in node.targets]
    elif isinstance(node, ast.AnnAssign):
        pairs = [(_name(node.target), node.value)]
    elif isinstance(node, ast.keyword) and node.arg:
        pairs = [(node.arg, node.value)]
    elif isinstance(node, ast.Dict):
        pairs = [
            (str(key.value), value)
            for key, value in zip(node.keys, node.values, strict=True)
            if isinstance(key, ast.Constant)
        ]
    for name, value in pairs:
        text = value.value if isinstance(value, ast.Constant) else None
        if isinstance(text, str) and _NAMED.search(name) and len(text) > 3 and not _PLACEHOLDER.fullmatch(text):
            return name
    return ""


def _name(target: ast.AST) -> str:
    if isinstance(target, ast.Name):
        return target.id
    if isinstance(target, ast.Attribute):
        return target.attr
    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        return str(target.slice.value)
    return ""
