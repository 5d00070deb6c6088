"""Notebooks that are put beside another one, under a name that nothing has yet."""

from __future__ import annotations

from pathlib import Path

from jupyter_mlpipe.errors import ExistingFileError, ReadOnlyError

_MOST = 99


def write_beside(source: Path, purpose: str, data: bytes) -> Path:
    """Write a notebook's bytes as ``SOURCE.PURPOSE.ipynb``, with a number where that is taken; the path.

    Raises
    ------
    ExistingFileError
        There are very many already.
    ReadOnlyError
        The folder cannot be written.
    """
    for number in range(1, _MOST + 1):
        target = source.with_name(f"{source.stem}.{purpose}{'' if number == 1 else f'-{number}'}.ipynb")
        try:
            with target.open("xb") as file:
                file.write(data)
        except FileExistsError:
            continue
        except OSError as error:
            raise ReadOnlyError(
                f"{target.name} cannot be written: {error.strerror}", hint=f"make the folder {target.parent} writable"
            ) from error
        return target
    raise ExistingFileError(f"there are {_MOST} notebooks {source.stem}.{purpose} already", hint="delete some of them")
