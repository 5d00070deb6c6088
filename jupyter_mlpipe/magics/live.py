"""A live kernel with our magics: what happens before, in and after each cell.

The order of things in a cell with a stage line: IPython transforms it (``stage_lines``), parses it, and shows the
syntax tree to `LiveKernel.visit`, which looks for a stored result; where there is one, the body is taken out of the
tree. Then the call that stands for the stage line runs, and after the cell `LiveKernel.after_cell` keeps what the body
made.
"""

from __future__ import annotations

import ast
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.errors import CancelledError, DirectiveError, MlpipeError, NotebookError
from jupyter_mlpipe.execution.recipe import Surroundings
from jupyter_mlpipe.magics import telling
from jupyter_mlpipe.magics.capture import OutputCapture, show_again
from jupyter_mlpipe.magics.live_ambient import by_import, differences, read_states
from jupyter_mlpipe.magics.live_notebook import CellRecord, LiveNotebook, StateChange, notebook_path
from jupyter_mlpipe.magics.live_record import LiveRecord
from jupyter_mlpipe.magics.live_stage import LiveStage
from jupyter_mlpipe.magics.live_view import look
from jupyter_mlpipe.magics.shown_errors import ShownError, shown_error
from jupyter_mlpipe.magics.stage_lines import head_line
from jupyter_mlpipe.notebook.directive import parse_stage_line
from jupyter_mlpipe.notebook.pipeline import Stage
from jupyter_mlpipe.root import find_root

if TYPE_CHECKING:
    from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult, InteractiveShell

    from jupyter_mlpipe.workspace import Workspace


@dataclass
class _Cell:
    """A cell between its start and its end."""

    record: CellRecord
    modules: int = 0
    """How many modules were loaded when it started."""
    member: int = -1
    """Its place among the cells of its stage; -1 where it is none of a stage that takes part."""
    line: str = ""
    skipped: bool = False
    shown: bool = False
    begun: float = 0.0
    cpu_begun: float = 0.0
    unkept: str = ""


@dataclass
class _Group:
    """A stage whose cells are executed one after another."""

    stage: LiveStage
    digests: tuple[str, ...]
    next_member: int = 0
    seconds: float = 0.0
    capture: OutputCapture | None = None
    broken: str = ""
    cells: Sequence[int] = field(default_factory=tuple)


class LiveKernel:
    """Our part of one IPython shell.

    Parameters
    ----------
    shell
        The kernel's shell.
    folder
        Where the kernel started: the notebook's folder, unless its file is known.
    """

    def __init__(self, shell: InteractiveShell, folder: Path) -> None:
        self.shell = shell
        self.folder = folder
        self.notebook = LiveNotebook()
        self._workspace: Workspace | None = None
        self._record: LiveRecord | None = None
        self._surroundings: Surroundings | None = None
        self._cell: _Cell | None = None
        self._group: _Group | None = None
        self._depth = 0

    # -- where this is ---------------------------------------------------------------------------------------------

    @property
    def path(self) -> Path | None:
        """The notebook's file, where it is known."""
        return notebook_path(self.shell.user_ns, os.environ)

    @property
    def project(self) -> Path:
        """The workspace's root; nothing is made for asking."""
        return find_root(self.path or self.folder)

    @property
    def workspace(self) -> Workspace:
        """The notebook's workspace, opened when first needed."""
        from jupyter_mlpipe.workspace import Workspace

        place = self.path or self.folder
        if self._workspace is None or self._workspace.root != find_root(place):
            self._workspace = Workspace.open(place)
            self._record = None
            self._surroundings = None
        return self._workspace

    @property
    def record(self) -> LiveRecord:
        """Where facts go."""
        if self._record is None:
            self._record = LiveRecord(self.workspace, lambda line: telling.tell(self.shell, line))
        return self._record

    @property
    def extend(self) -> list[Any]:
        """The stage hooks, which have a part in what a stage line may say."""
        from jupyter_mlpipe.workspace import Workspace

        opened = self._workspace or Workspace.open(self.path or self.folder, create=False)
        return opened.hooks()

    @property
    def surroundings(self) -> Surroundings:
        """Where the project's modules are."""
        folder = (self.path.parent if self.path else self.folder).resolve()
        if self._surroundings is None or self._surroundings.folder != folder:
            self._surroundings = Surroundings(folder, self.workspace.root)
        self._surroundings.memo.clear()  # modules beside the notebook may have been edited
        return self._surroundings

    def close(self) -> None:
        """The extension is unloaded."""
        if self._record is not None:
            self._record.finish()
        if self._workspace is not None:
            self._workspace.close()
            self._workspace = None

    # -- around each cell ------------------------------------------------------------------------------------------

    def before_cell(self, info: ExecutionInfo) -> None:
        """IPython is about to run a cell."""
        self._depth += 1
        if self._depth > 1:
            return
        source = str(info.raw_cell or "")
        record = self.notebook.executed(source, getattr(info, "cell_id", None))
        record.before = read_states(self.project, self.shell.user_ns)
        self._cell = _Cell(record, len(sys.modules))

    def after_cell(self, result: ExecutionResult | None) -> None:
        """IPython has run a cell, displays and figures included."""
        self._depth = max(0, self._depth - 1)
        cell = self._cell
        if self._depth or cell is None:
            return
        self._cell = None
        group = self._group
        try:
            if cell.member >= 0 and group is not None:
                self._end_member(cell, group, result)
            elif group is not None and not group.stage.hit and not group.broken:
                group.broken = "another cell ran between its cells"
                group.stage.give_up()
            if cell.unkept and result is not None and result.success:
                telling.tell(self.shell, cell.unkept)
        except MlpipeError as error:
            self._show_after(error, result)
        except Exception as error:  # noqa: BLE001 - whatever fails in us, the user's cell has run
            self._leave_group()
            telling.tell(self.shell, _own_fault(error))
        finally:
            if _never_started(result):
                self.notebook.forget(cell.record)
            else:
                self._note_states(cell)

    def _note_states(self, cell: _Cell) -> None:
        record = cell.record
        record.after = read_states(self.project, self.shell.user_ns)
        record.loaded = len(sys.modules) > cell.modules
        for name, (before, _) in differences(record.before, record.after).items():
            if not by_import(name, loaded=record.loaded, source=record.source):
                self.notebook.changes.append(StateChange(record.identity, name, before))

    def _show_after(self, error: MlpipeError, result: ExecutionResult | None) -> None:
        """Show an error that became known after the cell, and make it the cell's own, so that queued cells stop."""
        shown = shown_error(error)
        try:
            raise shown
        except ShownError:
            self.shell.showtraceback()
        if result is not None and result.error_in_exec is None:
            result.error_in_exec = shown

    # -- the stage line --------------------------------------------------------------------------------------------

    def visit(self, tree: ast.AST) -> ast.AST:
        """IPython's AST transformer: take the body out where a stored result stands for it."""
        line = head_line(tree)
        if line is None or self._cell is None or self._cell.line:
            return tree
        try:
            self._cell.line = line or " "
            if self._decide(line, self._cell) and isinstance(tree, ast.Module):
                tree.body = tree.body[:1]
        except MlpipeError as error:
            self._leave_group()
            self.notebook.forget(self._cell.record)
            raise shown_error(error) from None
        except KeyboardInterrupt:
            self._leave_group()
            raise shown_error(CancelledError("interrupted while the store was asked", hint="")) from None
        except Exception as error:  # noqa: BLE001 - whatever fails in us, the user's cell runs
            self._leave_group()
            self._cell.member = -1
            self._cell.unkept = _own_fault(error)
        return tree

    def head(self, _line: str) -> None:
        """The call that stands for the stage line."""
        cell, group = self._cell, self._group
        if cell is None or cell.shown or cell.member < 0 or group is None:
            return
        cell.shown = True
        cell.begun = time.perf_counter()
        stage = group.stage
        if cell.skipped:
            if cell.member == 0:
                telling.tell(self.shell, telling.restored(stage), stage=stage.name, status="hit", key=stage.seen.key)
            outputs = stage.outputs[cell.member] if cell.member < len(stage.outputs) else []
            show_again(self.shell, outputs)
            return
        if cell.member == 0:
            stage.start()
        group.capture = OutputCapture(self.shell)
        group.capture.start()
        cell.begun, cell.cpu_begun = time.perf_counter(), _cpu_seconds()

    def _decide(self, line: str, cell: _Cell) -> bool:
        """Find out what to do with the stage of the current cell; whether its body is to be skipped."""
        name = parse_stage_line(line, self.extend).name
        live = self.notebook.pipeline(cell.record, self.path, self.extend)
        stage = live.pipeline.stage_of_cell.get(live.cell)
        if stage is None or stage.implicit or stage.name != name:
            raise DirectiveError(f"the stage line `{line}` was not found in this cell", hint="put it on the first line")
        digests = tuple(statement.digest for statement in stage.statements)
        member = stage.cells.index(live.cell)
        if member:
            return self._next_member(cell, stage, member, digests)
        self._leave_group()
        now = read_states(self.project, self.shell.user_ns)
        seen = look(live, stage, self.shell.user_ns, self.workspace, surroundings=self.surroundings, now=now)
        found = LiveStage(self.workspace, seen, self.shell.user_ns)
        self._group = _Group(found, digests, cells=stage.cells)
        cell.member = 0
        cell.skipped = found.find()
        return cell.skipped

    def _next_member(self, cell: _Cell, stage: Stage, member: int, digests: tuple[str, ...]) -> bool:
        group = self._group
        same = group is not None and group.stage.name == stage.name and group.digests == digests
        if group is None or not same or group.next_member != member or group.broken:
            why = (group.broken if group is not None and same else "") or "its cells did not run one after another"
            self._leave_group()
            cell.unkept = telling.ran_unkept(stage.name, why)
            return False
        cell.member = member
        cell.skipped = group.stage.hit
        return cell.skipped

    def _leave_group(self) -> None:
        if self._group is not None and not self._group.stage.hit:
            self._group.stage.give_up()
        self._group = None

    def _end_member(self, cell: _Cell, group: _Group, result: ExecutionResult | None) -> None:
        stage = group.stage
        if group.capture is not None:
            outputs = group.capture.stop()
            group.capture = None
            if not cell.skipped:
                stage.outputs.append(outputs)
        if not cell.skipped:
            group.seconds += time.perf_counter() - cell.begun
            stage.cpu_seconds += _cpu_seconds() - cell.cpu_begun
        group.next_member = cell.member + 1
        if result is None or not result.success:
            stage.seconds = group.seconds
            self._leave_group()
            if not cell.skipped and stage.seen.key:
                self.record.stage(stage, "failed")
            return
        cell.record.manifest = stage.manifest
        if group.next_member < len(group.cells):
            return
        self._finish(group, cell)

    def _finish(self, group: _Group, cell: _Cell) -> None:
        """All cells of the stage have run, or were restored."""
        stage = group.stage
        if not stage.hit:
            if stage.seen.obstacle:
                self._group = None
                telling.tell(self.shell, telling.ran_unkept(stage.name, stage.seen.obstacle))
                return
            stage.finish(group.seconds)
            cell.record.manifest = stage.manifest
            line = telling.ran(stage)
            telling.tell(self.shell, line, stage=stage.name, status="done", key=stage.seen.key)
        self._group = None
        try:
            stage.check()
        except MlpipeError as error:
            self.record.stage(stage, "refused", error)
            raise
        for reason in (reason for verdict in stage.verdicts for reason in verdict.reasons):
            telling.tell(self.shell, f"{stage.name}: {reason}", stage=stage.name)
        self.record.stage(stage, "hit" if stage.hit else "done")


def _cpu_seconds() -> float:
    """CPU time of this process and of the children that it has waited for."""
    return time.process_time() + sum(os.times()[2:4])


def _never_started(result: ExecutionResult | None) -> bool:
    """Whether nothing of a cell ran: it is no Python, or a line of ours in it is wrong."""
    if result is None:
        return False
    return result.error_before_exec is not None or isinstance(
        getattr(result.error_in_exec, "error", None), NotebookError
    )


def _own_fault(error: Exception) -> str:
    return f"this cell ran, and was not kept: jupyter_mlpipe itself failed ({type(error).__name__}: {error})"
