"""The extension for IPython: stages in a live kernel, on the same cache as runs.

It may be loaded in every kernel of an environment, those of runs included, so loading costs next to nothing: what does
the work (``live``) is imported with the first cell that is the user's. This module registers and unregisters.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.magics.stage_lines import head_line, rewriter

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult, InteractiveShell

    from jupyter_mlpipe.magics.live import LiveKernel

_ATTRIBUTE = "_mlpipe_extension"


@dataclass
class _Extension:
    """What was put into a shell, so that it can be taken out again."""

    shell: InteractiveShell
    folder: Path
    names: list[str]
    rewrite: Callable[[list[str]], list[str]] = field(init=False)
    transformer: _TreeTransformer = field(init=False)
    matcher: Callable[[Any], Any] = field(init=False)

    def __post_init__(self) -> None:
        self.rewrite = rewriter(self.names)
        self.transformer = _TreeTransformer(self)

    @cached_property
    def kernel(self) -> LiveKernel:
        from jupyter_mlpipe.magics.live import LiveKernel
        from jupyter_mlpipe.magics.stage_magics import give_help

        kernel = LiveKernel(self.shell, self.folder)
        give_help(kernel, self.names)
        return kernel

    def before_cell(self, info: ExecutionInfo) -> None:
        self.kernel.before_cell(info)

    def after_cell(self, result: ExecutionResult | None) -> None:
        if "kernel" in self.__dict__:
            self.kernel.after_cell(result)


class _TreeTransformer(ast.NodeTransformer):
    def __init__(self, extension: _Extension) -> None:
        self.extension = extension

    def visit(self, node: ast.AST) -> ast.AST:
        if head_line(node) is None:
            return node
        return self.extension.kernel.visit(node)


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Register the magics; a second time does nothing."""
    if hasattr(shell, _ATTRIBUTE):
        return
    from jupyter_mlpipe.magics.completion import matcher
    from jupyter_mlpipe.magics.stage_magics import register

    names = ["mlstage"]
    other = shell.magics_manager.magics["cell"].get("stage")
    if other is None:
        names.append("stage")
    extension = _Extension(shell, Path.cwd(), names)
    extension.matcher = matcher(lambda: extension.kernel)
    register(shell, lambda: extension.kernel, names)
    shell.input_transformers_cleanup.append(extension.rewrite)
    shell.ast_transformers.append(extension.transformer)
    shell.events.register("pre_run_cell", extension.before_cell)
    shell.events.register("post_run_cell", extension.after_cell)
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
    shell.events.unregister("pre_run_cell", extension.before_cell)
    shell.events.unregister("post_run_cell", extension.after_cell)
    shell.Completer.custom_matchers.remove(extension.matcher)
    from jupyter_mlpipe.magics.stage_magics import LINE_MAGICS

    for kind, names in (("cell", extension.names), ("line", LINE_MAGICS)):
        for name in names:
            shell.magics_manager.magics[kind].pop(name, None)
    if "kernel" in extension.__dict__:
        extension.kernel.close()


def _home(magic: Any) -> str:
    module = getattr(magic, "__module__", None) or type(getattr(magic, "__self__", magic)).__module__
    return str(module).partition(".")[0]
