"""What a lint rule is, and what it finds.

A rule is one file with one class. Its code is stable: it never changes its meaning and is never given twice, so that
people can look it up, silence it and count it. This module is not for the rules themselves, nor for running them
(``jupyter_mlpipe.notebook.lint`` does that).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from jupyter_mlpipe.notebook.pipeline import Pipeline


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    """The pipeline cannot run, or would not do what the line says."""
    WARNING = "warning"
    """It runs, but a result, a cache hit or another machine may surprise."""
    INFO = "info"
    """It could be better."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a rule found."""

    code: str
    name: str
    severity: Severity
    message: str
    fix: str
    """What to do about it, in one line."""
    cell: int | None = None
    """Index into the notebook's cells; None where it concerns the notebook as a whole."""
    line: int | None = None
    """Line in the cell, from 1."""
    stage: str | None = None
    """The explicit stage that the cell belongs to."""

    def to_json(self) -> dict[str, Any]:
        """The shape in which ``mlpipe lint --json`` and editors receive it."""
        return {
            "code": self.code,
            "name": self.name,
            "severity": self.severity.value,
            "message": self.message,
            "fix": self.fix,
            "cell": self.cell,
            "line": self.line,
            "stage": self.stage,
        }


class Rule(ABC):
    """One check over a pipeline.

    Implementers must set the class attributes, must not run or import the notebook's code, must read no file, and must
    never put a secret's text into a message. A rule may be called for any pipeline that the reader makes, however odd.
    """

    code: ClassVar[str]
    """``ML`` and three digits."""
    name: ClassVar[str]
    """Words joined by hyphens."""
    severity: ClassVar[Severity]
    summary: ClassVar[str]
    """What it finds and why that matters, in one or two sentences; the reference page shows it."""
    fix: ClassVar[str]
    """What to do about it, where ``found`` is given nothing more exact."""
    example: ClassVar[str] = ""
    """Source of a cell that it finds."""

    @abstractmethod
    def check(self, pipeline: Pipeline) -> Iterable[Finding]:
        """Everything in the pipeline that this rule is about, in any order."""

    def found(self, message: str, cell: int | None = None, line: int | None = None, fix: str | None = None) -> Finding:
        """A finding of this rule. The stage is filled in by whoever runs the rules."""
        return Finding(self.code, self.name, self.severity, message, fix or self.fix, cell, line)
