"""Traps: small notebooks in a readable text form, and their conversion to ``.ipynb`` with and without stage lines.

A trap is an ``.ipy`` file. The comment lines on top are its header::

    # What the trap is about.
    # expect: equal                      (the default; or e.g. ``refused MP203 handle | equal``)
    # compare: structure                 (digits are not compared)
    # normalise: REGEX                   (what matches is not compared; may stand several times)
    # cached: reruns                     (starts programs whose reads nobody sees: stages may run again)
    # requires: torch                    (skipped where the module is absent)

Cells follow: ``# %%`` starts a code cell, ``# %% tags: a, b`` one with tags, ``# %% [markdown]`` a text cell, and
``# %% [file] name`` gives a file that lies beside the notebook. Magics stand as they are.

This module is not for running anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "traps"

_CELL = re.compile(r"^# %%(?: \[(?P<kind>markdown|file)\])?(?: tags: (?P<tags>.+)| (?P<name>\S+))?$")
_FIELD = re.compile(r"^# (expect|compare|normalise|cached|requires): (.+)$")


@dataclass(frozen=True)
class Outcome:
    """One way in which a trap may end: ``equal``, or ``refused`` with a code and the variable the message names."""

    kind: str
    code: str = ""
    variable: str = ""


@dataclass(frozen=True)
class Cell:
    source: str
    kind: str = "code"
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trap:
    """A notebook with the files beside it and what may come of it."""

    name: str
    title: str
    cells: tuple[Cell, ...]
    files: dict[str, bytes] = field(default_factory=dict)
    expect: tuple[Outcome, ...] = (Outcome("equal"),)
    structure: bool = False
    reruns: bool = False
    normalise: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()


def read_trap(path: Path) -> Trap:
    """Reads one ``.ipy`` file."""
    title, fields, blocks = _split(path.read_text(encoding="utf-8"))
    cells: list[Cell] = []
    files: dict[str, bytes] = {}
    for kind, name, tags, body in blocks:
        if kind == "file":
            files[name] = (body + "\n").encode()
        elif kind == "markdown":
            cells.append(Cell("\n".join(line.removeprefix("#").strip() for line in body.splitlines()), "markdown"))
        else:
            cells.append(Cell(body, "code", tags))
    expect = tuple(Outcome(*text.split()) for text in fields.get("expect", ["equal"])[0].split("|"))
    return Trap(
        name=path.stem,
        title=title,
        cells=tuple(cells),
        files=files,
        expect=expect,
        structure="structure" in fields.get("compare", []),
        reruns="reruns" in fields.get("cached", []),
        normalise=tuple(fields.get("normalise", [])),
        requires=tuple(fields.get("requires", [])),
    )


def all_traps() -> list[Trap]:
    return [read_trap(path) for path in sorted(FOLDER.glob("*.ipy"))]


def notebook_trap(path: Path) -> Trap:
    """Any notebook as a trap, with the small files of its folder beside it."""
    import nbformat

    notebook = nbformat.read(path, as_version=4)
    cells = tuple(
        Cell(cell.source, cell.cell_type, tuple(cell.metadata.get("tags", ())))
        for cell in notebook.cells
        if cell.cell_type in ("code", "markdown")
    )
    beside = (found for found in sorted(path.parent.rglob("*")) if found.is_file() and found.suffix != ".ipynb")
    files = {
        str(found.relative_to(path.parent)): found.read_bytes()
        for found in beside
        if found.stat().st_size < 64 << 20 and not any(part.startswith(".") for part in found.parts[1:])
    }
    return Trap(name=path.stem, title=f"{path.name}", cells=cells, files=files)


def _split(text: str) -> tuple[str, dict[str, list[str]], list[tuple[str, str, tuple[str, ...], str]]]:
    title = ""
    fields: dict[str, list[str]] = {}
    blocks: list[tuple[str, str, tuple[str, ...], list[str]]] = []
    for line in text.splitlines():
        start = _CELL.match(line)
        if start:
            tags = tuple(tag.strip() for tag in (start["tags"] or "").split(",") if tag.strip())
            blocks.append((start["kind"] or "code", start["name"] or "", tags, []))
        elif blocks:
            blocks[-1][3].append(line)
        elif found := _FIELD.match(line):
            fields.setdefault(found[1], []).append(found[2])
        elif line.startswith("# ") and not title:
            title = line.removeprefix("# ")
    return title, fields, [(kind, name, tags, "\n".join(body).strip("\n")) for kind, name, tags, body in blocks]


def to_notebook(trap: Trap, staging: str = "none") -> dict[str, Any]:
    """The trap as nbformat 4 JSON.

    Parameters
    ----------
    staging
        ``none``: as it stands; ``cells``: every code cell is a stage of its own; ``sections``: one stage for each
        run of cells under a heading, or for each two code cells where there are no headings. A cell tagged
        ``parameters`` is never a stage.
    """
    names = _stage_names(trap, staging)
    cells: list[dict[str, Any]] = []
    for index, cell in enumerate(trap.cells):
        entry: dict[str, Any] = {
            "id": f"cell-{index}",
            "cell_type": cell.kind,
            "metadata": {"tags": list(cell.tags)} if cell.tags else {},
            "source": f"%%stage {names[index]}\n{cell.source}" if index in names else cell.source,
        }
        if cell.kind == "code":
            entry |= {"outputs": [], "execution_count": None}
        cells.append(entry)
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def _stage_names(trap: Trap, staging: str) -> dict[int, str]:
    code = [i for i, cell in enumerate(trap.cells) if cell.kind == "code" and "parameters" not in cell.tags]
    if staging == "none":
        return {}
    if staging == "cells":
        return {index: f"c{index}" for index in code}
    headings = [i for i, cell in enumerate(trap.cells) if cell.kind == "markdown" and cell.source.startswith("#")]
    if headings:
        return {index: f"s{sum(heading < index for heading in headings)}" for index in code}
    return {index: f"s{place // 2}" for place, index in enumerate(code)}
