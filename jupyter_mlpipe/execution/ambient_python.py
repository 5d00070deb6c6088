"""Ambient states of Python itself: folder, environment, random numbers, warnings, limits, logging and others.

Each is read and written through the standard library only. Which of them changed, and how they travel, is the matter
of ``ambient``.
"""

# Paths travel as the text that the user wrote.
# ruff: noqa: PTH103, PTH109, PTH117

from __future__ import annotations

import base64
import decimal
import importlib
import json
import locale
import logging
import os
import random
import re
import struct
import sys
import time
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, cast

from jupyter_mlpipe.errors import LinearMeaningError
from jupyter_mlpipe.execution.ambient_state import AmbientState, Surroundings

_KERNELS_OWN = re.compile(
    r"(JPY_|MLPIPE_|DASK_|PYDEVD_|KMP_|IPYTHON|CUDA_MODULE_LOADING$|TORCHINDUCTOR_|LINES$|COLUMNS$|PWD$|OLDPWD$|_$)"
)
"""Variables that kernels and libraries set for themselves."""


# -- folder and environment ----------------------------------------------------------------------------------------


def _read_cwd(around: Surroundings) -> dict[str, Any]:
    try:
        return {"path": _portable(os.getcwd(), around)}
    except FileNotFoundError:
        return {"path": None}


def _write_cwd(value: Mapping[str, Any], around: Surroundings) -> None:
    if value.get("path") is None:
        return
    path = _local(value["path"], around)
    if value["path"].startswith("./"):
        os.makedirs(path, exist_ok=True)
    try:
        os.chdir(path)
    except OSError as error:
        raise LinearMeaningError(
            f"an earlier stage changes to the folder {path}, which cannot be entered here: {error.strerror}",
            hint="use a folder inside the project, or os.chdir in the stage that needs it",
            path=path,
        ) from error


def _portable(path: str, around: Surroundings) -> str:
    """A path as it is written down: below the project's root relative to it, with a leading ``./``."""
    for root in dict.fromkeys((str(around.project), os.path.realpath(around.project))):
        if path == root or path.startswith(root + os.sep):
            return "./" + os.path.relpath(path, root).replace(os.sep, "/")
    return path


def _local(path: str, around: Surroundings) -> str:
    return os.path.normpath(around.project / path) if path.startswith("./") else path


def _read_environ(_: Surroundings) -> dict[str, Any]:
    return {name: value for name, value in os.environ.items() if not _KERNELS_OWN.match(name)}


def _write_environ(value: Mapping[str, Any], _: Surroundings) -> None:
    for name, text in value.items():
        if text is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = text
    if "TZ" in value and hasattr(time, "tzset"):
        time.tzset()


def _read_path(around: Surroundings) -> list[str]:
    return [_portable(str(entry), around) if os.path.isabs(str(entry)) else str(entry) for entry in sys.path]


def _write_path(entries: Sequence[str], around: Surroundings) -> None:
    sys.path[:] = [_local(entry, around) for entry in entries]
    importlib.invalidate_caches()


# -- random numbers ------------------------------------------------------------------------------------------------


def _read_random(_: Surroundings) -> dict[str, Any]:
    version, words, gauss = random.getstate()
    return {
        "version": version,
        "words": base64.b64encode(struct.pack(f"<{len(words)}I", *words)).decode("ascii"),
        "gauss": gauss,
    }


def _write_random(value: Mapping[str, Any], _: Surroundings) -> None:
    data = base64.b64decode(value["words"])
    random.setstate((value["version"], struct.unpack(f"<{len(data) // 4}I", data), value["gauss"]))


# -- warnings ------------------------------------------------------------------------------------------------------


def _read_warnings(_: Surroundings) -> list[str]:
    return [json.dumps([_filter_part(part) for part in item]) for item in cast(Sequence[Any], warnings.filters)]


def _filter_part(part: Any) -> Any:
    if isinstance(part, re.Pattern):
        return {"regex": part.pattern, "flags": part.flags}
    if isinstance(part, type):
        return {"class": f"{part.__module__}:{part.__qualname__}"}
    return part


def _write_warnings(entries: Sequence[str], around: Surroundings) -> None:
    filters: list[Any] = []
    for entry in entries:
        try:
            filters.append(tuple(_filter_value(part, around) for part in json.loads(entry)))
        except (ImportError, AttributeError):
            # The category's library is not here, so nothing can warn with it.
            continue
    cast(list[Any], warnings.filters)[:] = filters
    getattr(warnings, "_filters_mutated", lambda: None)()


def _filter_value(part: Any, around: Surroundings) -> Any:
    if isinstance(part, dict) and "regex" in part:
        return re.compile(part["regex"], part["flags"])
    if isinstance(part, dict):
        module, _, names = part["class"].partition(":")
        found: Any = None if module == "__main__" else importlib.import_module(module)
        for name in names.split("."):
            found = _lookup(around, name) if found is None else getattr(found, name)
        return found
    return part


def _lookup(around: Surroundings, name: str) -> Any:
    try:
        return around.namespace[name]
    except KeyError:
        raise AttributeError(name) from None


# -- numbers, language, limits, logging ----------------------------------------------------------------------------


def _read_decimal(_: Surroundings) -> dict[str, Any]:
    context = decimal.getcontext()
    keys = ("prec", "rounding", "Emin", "Emax", "capitals", "clamp")
    traps = sorted(signal.__name__ for signal, on in context.traps.items() if on)
    return {**{key: getattr(context, key) for key in keys}, "traps": traps}


def _write_decimal(value: Mapping[str, Any], _: Surroundings) -> None:
    context = decimal.getcontext()
    for key, item in value.items():
        if key != "traps":
            setattr(context, key, item)
            continue
        for signal in context.traps:
            context.traps[signal] = signal.__name__ in item


_CATEGORIES = tuple(name for name in dir(locale) if re.fullmatch(r"LC_(?!ALL$)[A-Z]+", name))


def _read_locale(_: Surroundings) -> dict[str, Any]:
    return {name: locale.setlocale(getattr(locale, name)) for name in _CATEGORIES}


def _write_locale(value: Mapping[str, Any], _: Surroundings) -> None:
    for name, setting in value.items():
        try:
            locale.setlocale(getattr(locale, name), setting)
        except locale.Error as error:
            raise LinearMeaningError(
                f"an earlier stage sets the locale {name} to {setting!r}, which this machine does not have",
                hint="install the locale here, or format without it",
                locale=setting,
            ) from error


def _read_limits(_: Surroundings) -> dict[str, Any]:
    return {
        "recursion": sys.getrecursionlimit(),
        "integer digits": sys.get_int_max_str_digits(),
        "switch interval": sys.getswitchinterval(),
    }


def _write_limits(value: Mapping[str, Any], _: Surroundings) -> None:
    setters: Mapping[str, Any] = {
        "recursion": sys.setrecursionlimit,
        "integer digits": sys.set_int_max_str_digits,
        "switch interval": sys.setswitchinterval,
    }
    for key, number in value.items():
        setters[key](number)


def _read_logging(_: Surroundings) -> dict[str, Any]:
    return {
        "level": logging.root.level,
        "disable": logging.root.manager.disable,
        "handlers": [found for handler in logging.root.handlers if (found := _handler(handler)) is not None],
    }


def _handler(handler: logging.Handler) -> dict[str, Any] | None:
    stream = getattr(handler, "stream", None)
    name = "stderr" if stream is sys.stderr else "stdout" if stream is sys.stdout else None
    if name is None or type(handler) is not logging.StreamHandler:
        return None
    formatter = handler.formatter or logging.Formatter()
    return {
        "stream": name,
        "level": handler.level,
        "format": formatter._fmt,  # noqa: SLF001
        "dates": formatter.datefmt,
    }


def _write_logging(value: Mapping[str, Any], _: Surroundings) -> None:
    if "level" in value:
        logging.root.setLevel(value["level"])
    if "disable" in value:
        logging.disable(value["disable"])
    if "handlers" not in value:
        return
    for handler in list(logging.root.handlers):
        if _handler(handler) is not None:
            logging.root.removeHandler(handler)
    for entry in value["handlers"]:
        made = logging.StreamHandler(getattr(sys, entry["stream"]))
        made.setLevel(entry["level"])
        made.setFormatter(logging.Formatter(entry["format"], entry["dates"]))
        logging.root.addHandler(made)


STATES: tuple[AmbientState, ...] = (
    AmbientState("@environ", "os", _read_environ, _write_environ),
    AmbientState("@cwd", "os", _read_cwd, _write_cwd),
    AmbientState("@sys.path", "sys", _read_path, _write_path),
    AmbientState("@random", "random", _read_random, _write_random, random=True),
    AmbientState("@warnings", "warnings", _read_warnings, _write_warnings),
    AmbientState("@decimal", "decimal", _read_decimal, _write_decimal),
    AmbientState("@locale", "locale", _read_locale, _write_locale),
    AmbientState("@sys.limits", "sys", _read_limits, _write_limits),
    AmbientState("@logging", "logging", _read_logging, _write_logging),
)
