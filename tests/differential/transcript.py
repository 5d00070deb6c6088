"""What an executed notebook shows, cell by cell, in a form that two runs can be compared by.

Left out: execution counts, memory addresses, the folder's path, the kernel's temporary file names, tracebacks' text,
and what a trap's ``normalise`` lines name. Not for deciding which differences matter: any difference that is left does.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.differential.trap import Trap

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{6,}")
_CELL_FILE = re.compile(r"(/\S*)?/ipykernel_\d+/\d+\.py:\d+|<ipython-input-[^>]*>(:\d+)?")
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_IDENTIFIER = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_COUNTED = re.compile(r"sk-(container|estimator)-id-\d+")  # scikit-learn numbers what a process has shown
_IGNORED = {".mlpipe", "__pycache__", ".ipynb_checkpoints"}


@dataclass(frozen=True)
class Transcript:
    """One entry a code cell: its streams and data, normalised. And the files left in the folder."""

    cells: tuple[tuple[str, ...], ...]
    files: Mapping[str, str]


def transcript(notebook: Mapping[str, Any], folder: Path, trap: Trap, beside: str) -> Transcript:
    """Reads an executed notebook.

    Parameters
    ----------
    folder
        Where it ran; its path is taken out of the outputs, and its files are listed.
    beside
        Name of the notebook file itself, which is not listed.
    """
    code = [
        cell
        for cell in notebook["cells"]
        if cell["cell_type"] == "code" and "injected-parameters" not in cell.get("metadata", {}).get("tags", ())
    ]
    cells = tuple(tuple(_entries(cell.get("outputs", ()), folder, trap)) for cell in code)
    return Transcript(cells, {} if trap.structure else folder_files(folder, beside))


def folder_files(folder: Path, beside: str) -> dict[str, str]:
    """Path and digest of each file that a run left, our own folders apart."""
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_file() and not _IGNORED.intersection(relative.parts) and relative.name != beside:
            found[str(relative)] = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    return found


def _entries(outputs: Sequence[Mapping[str, Any]], folder: Path, trap: Trap) -> list[str]:
    streams: dict[str, str] = {}
    data: list[str] = []
    for output in outputs:
        kind = output["output_type"]
        if kind == "stream":
            streams[output["name"]] = streams.get(output["name"], "") + _text(output["text"])
        elif kind == "error":
            data.append(f"error {output['ename']}: {output['evalue']}")
        else:
            for mime, content in sorted(output["data"].items()):
                data.append(f"{kind} {mime}: {_content(mime, content)}")
    shown = [f"{name}: {text}" for name, text in sorted(streams.items())] + data
    cleaned = (_normalised(text, folder, trap) for text in shown)
    return [text for text in cleaned if text.strip() not in ("stderr:", "stdout:")]


def _content(mime: str, content: Any) -> str:
    if mime.startswith("image/") and "svg" not in mime:
        return hashlib.sha256(_text(content).replace("\n", "").encode()).hexdigest()[:16]
    if mime.endswith("json"):
        return json.dumps(content, sort_keys=True)
    return _text(content)


def _text(content: Any) -> str:
    return "".join(content) if isinstance(content, list) else str(content)


def _normalised(text: str, folder: Path, trap: Trap) -> str:
    text = _ANSI.sub("", text).replace(str(folder), "<folder>")
    for pattern in trap.normalise:
        text = re.sub(pattern, "~", text)
    text = _COUNTED.sub("sk-id", text)
    text = _IDENTIFIER.sub("<id>", _CELL_FILE.sub("<cell>", _ADDRESS.sub("0x~", text)))
    return re.sub(r"\d+", "9", text) if trap.structure else text


def differences(plain: Transcript, ours: Transcript) -> list[str]:
    """What differs, one line each, nothing where they are equal."""
    found: list[str] = []
    if len(plain.cells) != len(ours.cells):
        found.append(f"{len(plain.cells)} code cells by papermill, {len(ours.cells)} by us")
    for index, (left, right) in enumerate(zip(plain.cells, ours.cells, strict=False)):
        if left != right:
            found.append(f"code cell {index}:\n    papermill {list(left)}\n    ours      {list(right)}")
    return found + [
        f"file {name}: papermill {plain.files.get(name)}, ours {ours.files.get(name)}"
        for name in sorted({*plain.files, *ours.files})
        if plain.files.get(name) != ours.files.get(name)
    ]
