"""Which stages to keep in notebook order because of what they share outside the notebook's names.

A stage that starts too early only runs twice; but what it did to the disk meanwhile stays. So stages that may meet in
files, in the working directory or in the environment keep their order, read generously from the source. What they
really read and wrote is proved at run time, by ``file_watch`` and ``ambient``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from jupyter_mlpipe.notebook.pipeline import Kind, Stage

_WRITES = re.compile(
    r"\b(to_[a-z]\w*|write\w*|save\w*|dump|open|unlink|remove|removedirs|rename|replace|mkdir|makedirs|rmdir|rmtree|"
    r"copy\w*|move|touch|connect|memmap|ExcelWriter|ZipFile|make_archive|extractall|FileHandler|symlink\w*|tofile|"
    r"mkdtemp|logfile|create_engine)\b|writefile|shutil"
)
_READS = re.compile(
    r"\b(read\w*|load\w*|listdir|scandir|glob|rglob|iterdir|exists|is_file|is_dir|walk|stat|getsize|fromfile|genfromtxt|"
    r"imread|isfile|isdir|getmtime)\b"
)
_FOLDERS = re.compile(
    r"\b(listdir|scandir|i?glob|rglob|iterdir|walk|copytree|rmtree|move|make_archive|extractall|removedirs|chdir)\b|shutil"
)
"""Calls that meet files whose names they do not tell."""
_PROGRAMS = re.compile(
    r"get_ipython\(\)\.(system|getoutput)\(|run_cell_magic\('(bash|sh|script|!|writefile|system|sx|perl|ruby)'|"
    r"\bsubprocess\b|\bos\.(system|popen|exec\w*|spawn\w*)\b|\bPopen\("
)
_SURROUNDINGS = re.compile(
    r"\b(chdir|environ|putenv|unsetenv|umask|tzset|setlocale|setrecursionlimit|basicConfig)\b|"
    r"run_line_magic\('(cd|pushd|popd|env|set_env)'"
)
_NO_FILE = re.compile(r"\.(copy|replace|rename|remove)\(")
"""Methods of frames, lists and strings that share their names with file operations."""


@dataclass(frozen=True, slots=True)
class _Traits:
    name: str
    paths: frozenset[str]
    writes: bool
    touches: bool
    program: bool
    surroundings: bool

    @classmethod
    def of(cls, stage: Stage) -> _Traits:
        source = "\n".join(statement.source for statement in stage.statements)
        called = _NO_FILE.sub("(", source) if not re.search(r"\b(os|shutil|Path|pathlib)\b", source) else source
        paths = frozenset(path for statement in stage.statements for path in statement.paths)
        if _FOLDERS.search(called):
            paths = frozenset()
        writes = bool(_WRITES.search(called))
        return cls(
            name=stage.name,
            paths=paths,
            writes=writes,
            touches=writes or bool(paths) or bool(_READS.search(called)) or bool(_FOLDERS.search(called)),
            program=bool(_PROGRAMS.search(source)),
            surroundings=bool(_SURROUNDINGS.search(source))
            or any(statement.kind is Kind.CONFIGURE for statement in stage.statements),
        )

    def follows(self, other: _Traits) -> bool:
        """Whether this stage, which stands below the other, should wait for it."""
        if other.surroundings:
            return True
        if self.program or other.program:
            return (self.program or self.touches or self.surroundings) and (other.program or other.touches)
        if not (self.touches and other.touches and (self.writes or other.writes)):
            return False
        # Two stages that name all their files meet only in those; without a name there is no telling.
        return not (self.paths and other.paths) or bool(self.paths & other.paths)


def order_edges(stages: Sequence[Stage]) -> dict[str, frozenset[str]]:
    """For each stage, the stages above that it should follow whatever their names have to do with each other."""
    above: list[_Traits] = []
    edges: dict[str, frozenset[str]] = {}
    for stage in stages:
        traits = _Traits.of(stage)
        edges[stage.name] = frozenset(other.name for other in above if traits.follows(other))
        if traits.touches or traits.program or traits.surroundings:
            above.append(traits)
    return edges
