"""ML004: programs that may write files unseen."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from jupyter_mlpipe.notebook.lint.base import Finding, Rule, Severity
from jupyter_mlpipe.notebook.lint.source import every_node, every_shell_call, imported_names, line_of, qualified
from jupyter_mlpipe.notebook.pipeline import Pipeline

_LOOKS_ONLY = re.compile(
    r"\s*(?:(?:ls|cat|head|tail|pwd|wc|du|df|env|printenv|whoami|date|uname|grep|which|type|echo|nvidia-smi|free|nproc"
    r"|lscpu|file|stat|hostname|id|sort|uniq|diff|tree)(?:\s|\Z)"
    r"|git\s+(?:status|log|diff|show|rev-parse|describe)\b"
    r"|(?:python3?\s+-m\s+)?pip3?\s+(?:list|show|freeze|--version)|\S+\s+(?:--version|-V)\s*\Z)"
)
_REDIRECT = re.compile(r"(?<![0-9&])>(?!&)|\btee\b|&>")
_SHELL_MAGICS = frozenset({"bash", "sh", "script", "system", "sx", "cmd", "ruby", "perl", "python", "python3"})
_PROGRAMS = frozenset({
    "os.system", "os.popen", "subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.check_output",
    "subprocess.Popen", "subprocess.getoutput", "subprocess.getstatusoutput",
})  # fmt: skip


class HiddenShellWrite(Rule):
    """Finds shell lines and started programs other than those that only look."""

    code = "ML004"
    name = "hidden-shell-write"
    severity = Severity.WARNING
    summary = (
        "Files that Python opens are seen, and become inputs and edges. What a program started from the notebook reads "
        "and writes is not seen: on a hit it is not written again, and nobody waits for it."
    )
    fix = "read and write the files in Python, or name them: `--file` on the stage that reads, one stage for both"
    example = "!wget -q https://example.com/data.csv"

    def check(self, pipeline: Pipeline) -> Iterator[Finding]:
        """Shell lines, shell cell magics, and calls that start programs."""
        for statement, call, line in every_shell_call(pipeline):
            shell = call.method in ("system", "getoutput") or call.name in _SHELL_MAGICS
            text = call.body if call.method == "run_cell_magic" else call.line
            commands = [command for command in re.split(r"[\n;]|&&|\|\|?", text) if command.strip()]
            looks = all(_LOOKS_ONLY.match(command) for command in commands) and not _REDIRECT.search(text)
            if shell and not looks:
                shown = next(iter(commands), "").strip()[:60]
                yield self.found(f"what `{shown}` reads and writes is not seen", statement.cell, line)
        imports = imported_names(pipeline)
        for statement, node in every_node(pipeline):
            if isinstance(node, ast.Call) and (name := qualified(node.func, imports)) in _PROGRAMS:
                yield self.found(
                    f"what the program started by `{name}` reads and writes is not seen",
                    statement.cell,
                    line_of(statement, node),
                )
