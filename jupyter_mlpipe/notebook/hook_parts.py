"""What stage hooks add to what a stage means: values they look at, and what they do in its kernel.

A hook's part in the kernel is one more statement at the end of the stage's last cell: it reads, it may bind, and its
digest is in the stage's key, as if the user had written it. Not for a hook's verdict (``execution.hooks``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from blake3 import blake3

from jupyter_mlpipe.notebook.directive import LineExtension
from jupyter_mlpipe.notebook.pipeline import Kind, StageOptions, Statement


def looked_at(options: StageOptions, hooks: Sequence[LineExtension]) -> tuple[str, ...]:
    """Names that any of the hooks looks at or may bind, each once."""
    return tuple(dict.fromkeys(name for hook in hooks for name in (*hook.names(options), *hook.binds(options))))


def in_kernel(options: StageOptions, hooks: Sequence[LineExtension]) -> dict[str, Any]:
    """What the hooks do in the stage's kernel, by the hook's name."""
    parts = {hook.name: hook.in_kernel(options) for hook in hooks}
    return {name: part for name, part in parts.items() if part is not None}


def statement(options: StageOptions, hooks: Sequence[LineExtension], parts: Mapping[str, Any]) -> Statement:
    """The statement that stands for what the hooks do in the kernel; its place is set by `placed`."""
    document = json.dumps(parts, sort_keys=True, ensure_ascii=True).encode()
    acting = [hook for hook in hooks if hook.name in parts]
    return Statement(
        position=-1,
        cell=-1,
        line=1,
        source="",
        digest=blake3(document).hexdigest(),
        kind=Kind.EFFECT,
        label=f"checks ({', '.join(parts)})",
        binds=frozenset(name for hook in acting for name in hook.binds(options)),
        reads=frozenset(name for hook in acting for name in hook.names(options)),
    )


def placed(statements: Sequence[Statement], ends: Mapping[int, Statement]) -> list[Statement]:
    """All statements in notebook order, with those in `ends` at the end of the cells that they belong to."""
    if not ends:
        return list(statements)
    added = [replace(item, cell=cell) for cell, item in ends.items()]
    ordered = sorted([*statements, *added], key=lambda item: (item.cell, item.position < 0, item.position))
    return [replace(item, position=position) for position, item in enumerate(ordered)]


def split(
    names: Iterable[str], own: Sequence[Statement], statements: Sequence[Statement]
) -> tuple[frozenset[str], tuple[str, ...]]:
    """Tell names that a stage binds or changes from those that something above it binds.

    A name that neither does is in none: its hook says so when it looks for it.
    """
    changed = {name for item in own for name in item.binds | item.mutates}
    bound = {name for item in own for name in item.binds}
    start = own[0].position if own else -1
    above = {name for item in statements if item.position < start for name in item.binds | item.deferred_binds}
    names = list(names)
    return frozenset(name for name in names if name in changed), tuple(
        name for name in names if name not in bound and name in above
    )
