"""Which stages to keep in notebook order because they may touch the same files.

Static and generous: it only spares stages from running twice. What a stage really read and wrote is proved at run
time, by ``file_watch``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from jupyter_mlpipe.notebook.pipeline import Stage

_WRITES = re.compile(
    r"\b(to_[a-z]\w*|write\w*|save\w*|dump|open|unlink|remove|rename|replace|mkdir|makedirs|rmtree|copy\w*|move|touch|"
    r"connect|memmap|ExcelWriter|ZipFile|FileHandler|symlink\w*|tofile|mkdtemp|chdir)\b|writefile"
)
_PROGRAMS = re.compile(
    r"get_ipython\(\)\.(system|getoutput)\(|run_cell_magic\('(bash|sh|script|!|writefile|system|sx|perl|ruby)'|\bsubprocess\b"
    r"|\bos\.(system|popen)\b|\bPopen\("
)


def starts_programs(stage: Stage) -> bool:
    """Whether the stage's own source starts other programs, whose reads and writes Python does not see."""
    return any(_PROGRAMS.search(statement.source) for statement in stage.statements)


def file_edges(stages: Sequence[Stage]) -> dict[str, frozenset[str]]:
    """For each stage, the stages above that it should follow because of files both name."""
    edges: dict[str, frozenset[str]] = {}
    readers: dict[str, list[str]] = {}
    writers: dict[str, list[str]] = {}
    touching: list[str] = []
    programs: list[str] = []
    for stage in stages:
        before: set[str] = set()
        paths = {path for statement in stage.statements for path in statement.paths}
        source = "\n".join(statement.source for statement in stage.statements)
        may_write = bool(_WRITES.search(source))
        program = starts_programs(stage)
        for path in paths:
            before.update(writers.get(path, ()))
            if may_write:
                before.update(readers.get(path, ()))
        if program:
            before.update(touching)
        elif paths or may_write:
            before.update(programs)
        edges[stage.name] = frozenset(before - {stage.name})
        for path in paths:
            (writers if may_write else readers).setdefault(path, []).append(stage.name)
        if program:
            programs.append(stage.name)
        if program or paths or may_write:
            touching.append(stage.name)
    return edges
