"""What a cell prints and displays, gathered while it is shown, and shown again on a hit.

The shape is nbformat's, as a run's executed notebook has it, so that a live result and a batch result are one. Nothing
is held back from the front end.
"""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

Output = dict[str, Any]

_WIDGET = "application/vnd.jupyter.widget-view+json"


class OutputCapture:
    """Gathers the outputs of a shell from `start` to `stop`.

    Streams are gathered where they are written, displays where they are published; both objects stay in place, since
    a logging handler may hold them.
    """

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell
        self.outputs: list[Output] = []
        self._displays: dict[str, list[Output]] = {}
        self._clear_next = False
        self._within = 0
        self._restore: list[Callable[[], None]] = []

    def start(self) -> None:
        """Begin to gather."""
        if self._restore:
            return
        for name in ("stdout", "stderr"):
            self._tee(getattr(sys, name), "write", self._stream(name))
        self._tee(self.shell.display_pub, "publish", self._published)
        self._tee(self.shell.display_pub, "clear_output", self._cleared)
        self._tee(self.shell.displayhook, "write_format_data", self._result)

    def stop(self) -> list[Output]:
        """Gather no more; the outputs so far. May be called twice."""
        while self._restore:
            self._restore.pop()()
        return self.outputs

    def _tee(self, owner: Any, name: str, seen: Callable[..., None]) -> None:
        original = getattr(owner, name, None)
        if original is None:
            return
        before = vars(owner).get(name) if hasattr(owner, "__dict__") else None

        def tee(*args: Any, **kwargs: Any) -> Any:
            if not self._within:
                with suppress(Exception):  # what cannot be gathered is still shown
                    seen(*args, **kwargs)
            # A terminal's displays are printed: what they print is no output of its own.
            self._within += 1
            try:
                return original(*args, **kwargs)
            finally:
                self._within -= 1

        def restore() -> None:
            if before is None:
                vars(owner).pop(name, None)
            else:
                vars(owner)[name] = before

        with suppress(TypeError, AttributeError):
            vars(owner)[name] = tee
            self._restore.append(restore)

    # -- what is seen ----------------------------------------------------------------------------------------------

    def _stream(self, name: str) -> Callable[..., None]:
        def write(text: Any, *_: Any) -> None:
            if not isinstance(text, str) or not text:
                return
            self._before_output()
            last = self.outputs[-1] if self.outputs else None
            if last is not None and last["output_type"] == "stream" and last["name"] == name:
                last["text"] += text
            else:
                self.outputs.append({"output_type": "stream", "name": name, "text": text})

        return write

    def _published(
        self,
        data: Mapping[str, Any],
        metadata: Mapping[str, Any] | None = None,
        *_: Any,
        transient: Mapping[str, Any] | None = None,
        update: bool = False,
        **__: Any,
    ) -> None:
        display = (transient or {}).get("display_id")
        bundle = _plain_bundle(data)
        if update:
            for output in self._displays.get(display or "", ()):
                output["data"], output["metadata"] = copy.deepcopy(bundle), dict(metadata or {})
            return
        self._before_output()
        output = {"output_type": "display_data", "data": bundle, "metadata": dict(metadata or {})}
        self.outputs.append(output)
        if display:
            self._displays.setdefault(display, []).append(output)

    def _result(self, data: Mapping[str, Any], metadata: Mapping[str, Any] | None = None) -> None:
        self._before_output()
        output = {"output_type": "execute_result", "data": _plain_bundle(data), "metadata": dict(metadata or {})}
        self.outputs.append({**output, "execution_count": None})

    def _cleared(self, wait: bool = False) -> None:
        if wait:
            self._clear_next = True
        else:
            self.outputs.clear()

    def _before_output(self) -> None:
        if self._clear_next:
            self._clear_next = False
            self.outputs.clear()


def show_again(shell: InteractiveShell, outputs: Sequence[Mapping[str, Any]]) -> None:
    """Show outputs in the current cell as they were shown when it ran."""
    for output in outputs:
        kind = output["output_type"]
        if kind == "stream":
            stream = sys.stderr if output["name"] == "stderr" else sys.stdout
            stream.write("".join(output["text"]))
            stream.flush()
        elif kind in ("display_data", "execute_result"):
            data = {mime: value for mime, value in output["data"].items() if mime != _WIDGET}
            if not data:
                continue
            data = {mime: "".join(value) if _is_lines(mime, value) else value for mime, value in data.items()}
            if kind == "display_data":
                shell.display_pub.publish(data, dict(output.get("metadata") or {}))
            else:
                _show_result(shell, data, dict(output.get("metadata") or {}))


def _show_result(shell: InteractiveShell, data: dict[str, Any], metadata: dict[str, Any]) -> None:
    hook = shell.displayhook
    hook.start_displayhook()
    hook.write_output_prompt()
    hook.write_format_data(data, metadata)
    hook.finish_displayhook()


def _is_lines(mime: str, value: Any) -> bool:
    return isinstance(value, list) and not mime.endswith("json") and all(isinstance(line, str) for line in value)


def _plain_bundle(data: Mapping[str, Any]) -> dict[str, Any]:
    """Display data as a notebook file has it: images as base64, the rest as JSON."""
    import base64

    bundle: dict[str, Any] = {}
    for mime, value in data.items():
        if isinstance(value, bytes):
            bundle[mime] = base64.b64encode(value).decode("ascii")
        else:
            bundle[mime] = json.loads(json.dumps(value, default=str))
    return bundle
