"""Reading an ``.ipynb`` file: JSON with the parts that a pipeline needs, or an error with the way out.

Valid notebooks of format 4 are read as plain JSON, since ``nbformat`` takes longer to import than everything here takes
to run. Older formats are upgraded by ``nbformat``. This module is not for what the cells mean (``reader``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_mlpipe.errors import BrokenNotebookError

_PYTHON = frozenset({"python", "ipython", "python3", "python2"})
_RESAVE = "open it in JupyterLab and save it again, or restore it from version control"


def load_notebook(path: str | Path) -> dict[str, Any]:
    """The notebook at this path as format 4 JSON.

    Raises
    ------
    BrokenNotebookError
        The file is missing, cannot be read, or is not a notebook.
    """
    file = Path(path)
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        raise BrokenNotebookError(
            f"there is no notebook {str(path)!r}", hint="check the path", path=str(path)
        ) from None
    except IsADirectoryError:
        raise BrokenNotebookError(
            f"{str(path)!r} is a folder, not a notebook", hint="name the .ipynb file in it", path=str(path)
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BrokenNotebookError(
            f"the notebook {str(path)!r} cannot be read: {reason}",
            hint="check the path and its permissions",
            path=str(path),
        ) from None
    return parse_notebook(data, str(path))


def parse_notebook(data: bytes, name: str = "the notebook") -> dict[str, Any]:
    """Bytes of an ``.ipynb`` as format 4 JSON. Raises ``BrokenNotebookError``."""
    if not data.strip():
        raise BrokenNotebookError(f"{name!r} is empty", hint=_RESAVE, path=name)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in data[:4]:
        raise BrokenNotebookError(
            f"{name!r} is not UTF-8 text (it looks like UTF-16 or UTF-32)",
            hint="save it as UTF-8; PowerShell's `>` writes UTF-16",
            path=name,
        )
    try:
        parsed = json.loads(data.removeprefix(b"\xef\xbb\xbf").decode("utf-8"))
    except UnicodeDecodeError as error:
        raise BrokenNotebookError(
            f"{name!r} is not UTF-8 text: byte {error.start} cannot be decoded", hint="save it as UTF-8", path=name
        ) from None
    except json.JSONDecodeError as error:
        conflict = b"<<<<<<<" in data
        raise BrokenNotebookError(
            f"{name!r} is not JSON: {error.msg}, line {error.lineno}",
            hint="it holds Git conflict marks: resolve them first" if conflict else _RESAVE,
            path=name,
            line=error.lineno,
        ) from None
    except (RecursionError, ValueError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise BrokenNotebookError(f"{name!r} is not a notebook: {reason}", hint=_RESAVE, path=name) from None
    return check_notebook(parsed, name)


def check_notebook(parsed: Any, name: str = "the notebook") -> dict[str, Any]:
    """Check the parts of a parsed notebook that we read; older formats are upgraded. Raises ``BrokenNotebookError``."""
    if not isinstance(parsed, Mapping):
        raise BrokenNotebookError(
            f"{name!r} is not a notebook: it holds a JSON {_json_type(parsed)}", hint="name an .ipynb file", path=name
        )
    version = parsed.get("nbformat")
    if isinstance(version, int) and not isinstance(version, bool) and version in (1, 2, 3):
        parsed = _upgraded(parsed, name, version)
    elif version != 4 or isinstance(version, bool):
        if version is None:
            raise BrokenNotebookError(
                f"{name!r} is not a notebook: it has no nbformat", hint="name an .ipynb file", path=name
            )
        raise BrokenNotebookError(
            f"{name!r} has the unknown notebook format {str(version)[:40]!r}",
            hint="convert it to format 4 with the Jupyter that wrote it",
            path=name,
        )
    cells = parsed.get("cells")
    if not isinstance(cells, list):
        raise BrokenNotebookError(f"{name!r} is not a notebook: it has no list of cells", hint=_RESAVE, path=name)
    metadata = parsed.get("metadata", {})
    if not isinstance(metadata, Mapping):
        raise BrokenNotebookError(f"{name!r} is broken: its metadata is not an object", hint=_RESAVE, path=name)
    for index, cell in enumerate(cells):
        if not isinstance(cell, Mapping) or not isinstance(cell.get("cell_type"), str):
            raise BrokenNotebookError(
                f"{name!r} is broken: cell {index} is not a cell", hint=_RESAVE, path=name, cell=index
            )
        source = cell.get("source", "")
        if not isinstance(source, str) and not (
            isinstance(source, list) and all(isinstance(line, str) for line in source)
        ):
            raise BrokenNotebookError(
                f"{name!r} is broken: the source of cell {index} is not text", hint=_RESAVE, path=name, cell=index
            )
        if not isinstance(cell.get("metadata", {}), Mapping):
            raise BrokenNotebookError(
                f"{name!r} is broken: the metadata of cell {index} is not an object",
                hint=_RESAVE,
                path=name,
                cell=index,
            )
    _check_language(metadata, name)
    return dict(parsed)


def cell_source(cell: Mapping[str, Any]) -> str:
    """The source of a cell, which a file may hold as a list of lines."""
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def tags_of(metadata: Mapping[str, Any]) -> frozenset[str]:
    """The tags of a cell."""
    tags = metadata.get("tags")
    return frozenset(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else frozenset()


def kernel_name_of(notebook: Mapping[str, Any]) -> str:
    """The kernel that the notebook asks for; ``python3`` where it names none."""
    spec = notebook.get("metadata", {}).get("kernelspec")
    name = spec.get("name") if isinstance(spec, Mapping) else None
    return name if isinstance(name, str) and name else "python3"


def _check_language(metadata: Mapping[str, Any], name: str) -> None:
    spec, info = metadata.get("kernelspec"), metadata.get("language_info")
    language = None
    if isinstance(info, Mapping):
        language = info.get("name")
    if not isinstance(language, str) and isinstance(spec, Mapping):
        language = spec.get("language")
    if isinstance(language, str) and language and language.lower() not in _PYTHON:
        raise BrokenNotebookError(
            f"{name!r} is written in {language[:40]}; only Python notebooks are read",
            hint="choose a Python kernel for it",
            path=name,
            language=language[:40],
        )


def _upgraded(parsed: Mapping[str, Any], name: str, version: int) -> Mapping[str, Any]:
    import nbformat

    try:
        old = nbformat.versions[version].to_notebook_json(dict(parsed))
        upgraded: Mapping[str, Any] = json.loads(json.dumps(nbformat.convert(old, 4)))
    except Exception as error:  # noqa: BLE001 - whatever a broken old notebook makes nbformat raise
        raise BrokenNotebookError(
            f"{name!r} has notebook format {version} and cannot be upgraded: {error}",
            hint="run `jupyter nbconvert --to notebook --nbformat 4` on it",
            path=name,
        ) from None
    return upgraded


def _json_type(value: Any) -> str:
    return {list: "list", str: "string", bool: "boolean", type(None): "null"}.get(type(value), "number")
