"""Which modules a fork server should import before the kernels of a pipeline are forked from it.

These are the installed modules that the notebook imports, in its order, as long as nothing before an import may change
what importing does: a notebook that sets ``OMP_NUM_THREADS`` before it imports NumPy means it. Whether an import can be
done ahead safely is seen when it is done (``module_shelf``).
"""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from jupyter_mlpipe.execution.recipe import Surroundings
from jupyter_mlpipe.notebook.modules import ModuleSource, local_closure, search_folders
from jupyter_mlpipe.notebook.pipeline import Pipeline, Statement

_CHANGES_IMPORTS = re.compile(
    r"\b(environ|putenv|unsetenv|setenv|load_dotenv|set_env|sys\.path|path_hooks|meta_path|sys\.modules|addsitedir)\b"
    r"|run_line_magic\(\s*['\"](env|set_env|pip|conda|uv)\b|\bpip\b.*\binstall\b"
)


def imports_ahead(pipeline: Pipeline, surroundings: Surroundings) -> tuple[str, ...]:
    """Installed modules that are worth importing once for all stages, in the notebook's order.

    Modules of the project are left out, with what they import counted in their place.
    """
    ahead: dict[str, None] = {}
    search = search_folders(pipeline.statements)
    for statement in pipeline.statements:
        if _CHANGES_IMPORTS.search(statement.source):
            break
        names = _as_written(statement)
        local = local_closure(names, surroundings.folder, surroundings.root, search) if names else {}
        if any(_CHANGES_IMPORTS.search(_source(module)) for module in local.values()):
            break
        tops = {name.partition(".")[0] for name in local}
        ahead.update(dict.fromkeys(name for name in names if name.partition(".")[0] not in tops))
        for module in local.values():
            ahead.update(dict.fromkeys(sorted(module.imports)))
    return tuple(ahead)


def _as_written(statement: Statement) -> list[str]:
    """Its modules in the order of its text, packages before what is in them."""
    return sorted(statement.modules, key=lambda name: (statement.source.find(name.rpartition(".")[2]), name))


def _source(module: ModuleSource) -> str:
    with suppress(OSError, UnicodeDecodeError):
        return Path(module.path).read_text(encoding="utf-8") if module.path.endswith(".py") else ""
    return ""
