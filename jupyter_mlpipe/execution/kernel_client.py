"""Runs a notebook's cells in a kernel, one after another, and keeps what they put out.

nbclient knows what kernel messages mean (outputs, display updates, ``clear_output``, expected errors), so its
``NotebookClient`` is the base here. What differs is the waiting: both sockets are polled together, and the watch over
the stage and the kernel's life is looked at all the while.

This module does not start or end kernels (``kernel_process``) and does not know stages or papermill.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping
from typing import Any

from jupyter_mlpipe.execution.kernel_process import KernelDeathError, LiveKernel, StageStoppedError, Watch
from jupyter_mlpipe.execution.quick_imports import quick_imports

with quick_imports():
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionComplete, CellExecutionError

__all__ = ["CellExecutionError", "CellRunner", "join_streams"]

_POLL_SECONDS = 0.05
_ALIVE_SECONDS = 0.2
_IOPUB_GRACE_SECONDS = 4.0


class CellRunner(NotebookClient):  # type: ignore[misc]  # nbclient is not type-checked
    """Runs the cells of one notebook in a `LiveKernel`, one after another.

    Parameters
    ----------
    nb
        The notebook; its cells get the outputs.
    kernel
        A ready kernel. It is not closed here.
    watch
        Looked at while a cell runs.
    on_outputs
        Called as ``on_outputs(cell index, output, replaced)``: `output` was appended, or, where the cell's outputs
        were cleared or updated, None and the whole list.
    """

    def __init__(
        self,
        nb: Any,
        kernel: LiveKernel,
        watch: Watch,
        on_outputs: Callable[[int, dict[str, Any] | None, list[dict[str, Any]] | None], None],
    ) -> None:
        super().__init__(nb, km=kernel.manager, record_timing=False)
        self.kc = kernel.client
        self._kernel = kernel
        self._watch = watch
        self._on_outputs = on_outputs

    def run_cell(self, cell: Any, index: int, *, silent: bool = False) -> None:
        """Run a code cell and fill its outputs and prompt number.

        Raises
        ------
        CellExecutionError
            The cell raised, and no ``raises-exception`` tag says that it should.
        KernelDeathError
            The kernel ended.
        StageStoppedError
            The watch says stop; the kernel has been killed.
        """
        cell.outputs = []
        self.clear_before_next_output = False
        expected = "raises-exception" in cell.metadata.get("tags", [])
        message_id = self._kernel.client.execute(
            cell.source, silent=silent, store_history=not silent, allow_stdin=False, stop_on_error=not expected
        )
        try:
            reply = self._listen(message_id, cell, index)
        except StageStoppedError:
            self._kernel.kill_process()
            raise
        finally:
            join_streams(cell.outputs)
        if reply["status"] != "ok" and not expected:
            raise CellExecutionError.from_cell_and_msg(cell, reply)

    def _listen(self, message_id: str, cell: Any, index: int) -> dict[str, Any]:
        reply: dict[str, Any] | None = None
        idle = False
        looked = heard = time.monotonic()
        while True:
            shell, iopub = self._kernel.poll(_POLL_SECONDS)
            now = time.monotonic()
            for message in iopub:
                if message["parent_header"].get("msg_id") == message_id:
                    idle = self._take(message, cell, index) or idle
            if iopub:  # a cell that prints much has ended long before the last of it is read
                heard = time.monotonic()
            for message in shell:
                if message["parent_header"].get("msg_id") == message_id:
                    reply, heard = message["content"], now
            self._watch.check()
            if not shell and not iopub and now - looked > _ALIVE_SECONDS:
                looked = now
                if reply is None:
                    self._check_death(message_id, cell, index)
            if reply is not None and (idle or now - heard > _IOPUB_GRACE_SECONDS):
                return reply

    def _check_death(self, message_id: str, cell: Any, index: int) -> None:
        try:
            self._kernel.check_alive()
        except KernelDeathError:
            for message in self._kernel.poll(0)[1]:  # what it printed last
                if message["parent_header"].get("msg_id") == message_id:
                    self._take(message, cell, index)
            raise

    def _take(self, message: dict[str, Any], cell: Any, index: int) -> bool:
        """Let nbclient process one message; True when it says that the cell is done."""
        kind = message["msg_type"]  # nbclient renames an update in place
        cleared = self.clear_before_next_output
        try:
            output = self.process_message(message, cell, index)
        except CellExecutionComplete:
            return True
        if output is not None and cleared and not self.clear_before_next_output:
            self._on_outputs(index, None, list(cell.outputs))
        elif output is not None:
            self._on_outputs(index, output, None)
        elif kind == "update_display_data":
            display_id = (message["content"].get("transient") or {}).get("display_id")
            for changed in self._display_id_map.get(display_id, {}):
                self._on_outputs(changed, None, list(self.nb.cells[changed].outputs))
        elif kind == "clear_output" and not self.clear_before_next_output:
            self._on_outputs(index, None, list(cell.outputs))
        return False


def join_streams(outputs: list[Any]) -> None:
    """Join neighbouring pieces of one stream in place: where they were cut is a matter of timing."""
    joined: list[Any] = []
    for name, run in itertools.groupby(outputs, key=_stream_of):
        pieces = list(run)
        if name is not None:
            # At once: adding piece to piece would copy what is there with each.
            pieces[0] = type(pieces[0])({**pieces[0], "text": "".join(piece["text"] for piece in pieces)})
            del pieces[1:]
        joined += pieces
    outputs[:] = joined


def _stream_of(output: Mapping[str, Any]) -> str | None:
    return str(output["name"]) if output["output_type"] == "stream" else None
