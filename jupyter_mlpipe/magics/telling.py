"""The one line that a stage says of itself in a live kernel: what happened, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from jupyter_mlpipe.magics.live_stage import LiveStage


def version(key: str) -> str:
    """How people call a stored result: ``v3f2a``."""
    return f"v{key[:4]}"


def duration(seconds: float) -> str:
    """Seconds as people say them: ``0 s``, ``0.4 s``, ``12 s``, ``3 min 20 s``, ``2 h 5 min``."""
    if seconds < 0.05:
        return "0 s"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def restored(stage: LiveStage) -> str:
    """The line of a hit."""
    line = f"{stage.name}: restored {version(stage.seen.key)}, {duration(stage.seconds)} saved"
    if stage.lost:
        names = ", ".join(f"`{name}`" for name in stage.lost)
        verb, them = ("was", "it") if len(stage.lost) == 1 else ("were", "them")
        line += f"; {names} {verb} not kept (no cell below reads {them})"
    return line


def ran(stage: LiveStage) -> str:
    """The line of a run that was kept."""
    because = f", because {stage.reason}" if stage.reason else ""
    return f"{stage.name}: ran{because}"


def ran_unkept(name: str, why: str) -> str:
    """The line of a run that was not kept."""
    return f"{name}: ran, and was not kept: {why}"


def tell(shell: InteractiveShell, line: str, **facts: Any) -> None:
    """Show a line in the current cell, with the facts for front ends that know us."""
    shell.display_pub.publish({"text/plain": line}, {"mlpipe": facts})
