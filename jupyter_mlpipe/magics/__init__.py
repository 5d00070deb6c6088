"""The extension for IPython: stages in a live kernel, on the same cache as runs.

This module registers and unregisters; ``live`` says what happens in a cell.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell

    from jupyter_mlpipe.magics.live import LiveKernel

_ATTRIBUTE = "_mlpipe_extension"


@dataclass
class _Extension:
    """What was put into a shell, so that it can be taken out again."""

    kernel: LiveKernel
    transformer: _TreeTransformer
    rewrite: Callable[[list[str]], list[str]]
    matcher: Callable[[Any], Any]
    names: list[str] = field(default_factory=list)


class _TreeTransformer(ast.NodeTransformer):
    def __init__(self, kernel: LiveKernel) -> None:
        self.kernel = kernel

    def visit(self, node: ast.AST) -> ast.AST:
        return self.kernel.visit(node)


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Register the magics; a second time does nothing."""
    if hasattr(shell, _ATTRIBUTE):
        return
    from jupyter_mlpipe.magics.completion import matcher
    from jupyter_mlpipe.magics.live import LiveKernel
    from jupyter_mlpipe.magics.stage_lines import rewriter
    from jupyter_mlpipe.magics.stage_magics import register

    kernel = LiveKernel(shell)
    names = ["mlstage"]
    other = shell.magics_manager.magics["cell"].get("stage")
    if other is None:
        names.append("stage")
    extension = _Extension(kernel, _TreeTransformer(kernel), rewriter(names), matcher(kernel), names)
    register(kernel, names)
    shell.input_transformers_cleanup.append(extension.rewrite)
    shell.ast_transformers.append(extension.transformer)
    shell.events.register("pre_run_cell", kernel.before_cell)
    shell.events.register("post_run_cell", kernel.after_cell)
    shell.Completer.custom_matchers.append(extension.matcher)
    setattr(shell, _ATTRIBUTE, extension)
    if other is not None:
        owner = _home(other)
        print(f"%%stage belongs to {owner} in this kernel; use %%mlstage, which means the same as our %%stage")


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Take everything out again."""
    extension: _Extension | None = getattr(shell, _ATTRIBUTE, None)
    if extension is None:
        return
    delattr(shell, _ATTRIBUTE)
    shell.input_transformers_cleanup.remove(extension.rewrite)
    shell.ast_transformers.remove(extension.transformer)
    shell.events.unregister("pre_run_cell", extension.kernel.before_cell)
    shell.events.unregister("post_run_cell", extension.kernel.after_cell)
    shell.Completer.custom_matchers.remove(extension.matcher)
    from jupyter_mlpipe.magics.stage_magics import LINE_MAGICS

    for kind, names in (("cell", extension.names), ("line", LINE_MAGICS)):
        for name in names:
            shell.magics_manager.magics[kind].pop(name, None)
    extension.kernel.close()


def _home(magic: Any) -> str:
    module = getattr(magic, "__module__", None) or type(getattr(magic, "__self__", magic)).__module__
    return str(module).partition(".")[0]
