"""What Python's audit events tell of a program that is about to start: its command line and the files it names.

Used by ``file_watch`` only. It starts nothing and judges nothing.
"""

# Paths are text here; frames are looked at through sys._getframe.
# ruff: noqa: PTH119, SLF001

from __future__ import annotations

import os
import shlex
import sys
from dataclasses import dataclass
from types import FrameType
from typing import Any

EVENTS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty")

_PROBES = frozenset(
    {
        "uname", "ldconfig", "gcc", "cc", "ld", "objdump", "fc-list", "fc-cache", "lscpu", "lsb_release", "arch",
        "nvidia-smi", "ninja", "sysctl", "getconf",
    }
)  # fmt: skip
"""Programs that libraries ask about the machine; they touch no file of a project."""


@dataclass(frozen=True)
class Program:
    """A program about to start."""

    text: str
    """Its command line, for people."""
    words: tuple[str, ...]
    """Words of the command line that may name files."""
    cwd: str | None = None


def describe(event: str, args: tuple[Any, ...]) -> Program | None:
    """The program that an audit event announces, or None for one that only asks about the machine."""
    cwd: str | None = None
    if event == "subprocess.Popen":
        command = args[1] if args[1] is not None else args[0]
        cwd = None if args[2] is None else os.fsdecode(args[2])
    elif event in ("os.exec", "os.posix_spawn"):
        command = args[1]
    elif event == "os.system":
        command = args[0]
    elif event == "os.forkpty":
        command = _pexpect_command()
    else:
        return Program("python (fork)", ())
    parts = [command] if isinstance(command, str | bytes | os.PathLike) else list(command)
    texts = [os.fsdecode(part) for part in parts]
    if not texts or os.path.basename(texts[0]) in _PROBES:
        return None
    text = texts[0] if len(texts) == 1 else shlex.join(texts)
    if len(texts) == 3 and texts[1] == "-c" and os.path.basename(texts[0]) in ("sh", "bash", "zsh", "dash"):
        text = texts[2]
    return Program(text, tuple(_words(texts)), cwd)


def _words(texts: list[str]) -> list[str]:
    words: list[str] = []
    for text in texts:
        words.append(text)
        lexer = shlex.shlex(text, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        try:
            words.extend(part for word in lexer for part in (word, word.partition("=")[2]) if part)
        except ValueError:
            words.extend(text.split())
    return [word for word in dict.fromkeys(words) if len(word) < 4096 and "\0" not in word]


def _pexpect_command() -> list[str]:
    """The command of IPython's ``!cmd``, which starts programs on a pseudo-terminal: no event names it."""
    frame: FrameType | None = sys._getframe(1)
    for _ in range(20):
        if frame is None:
            break
        if frame.f_code.co_filename.endswith("pty_spawn.py") and "command" in frame.f_locals:
            local = frame.f_locals
            if local["command"] is not None:
                return [local["command"], *(local.get("args") or [])]
        frame = frame.f_back
    return ["a program on a pseudo-terminal"]
