"""Keeps what Jupyter's libraries import for nothing out of the way while they are imported.

Only imports that are optional to the importer are kept out, and only for that moment: whoever wants such a module later
gets it. This module imports nothing itself.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_SLOW_IMPORTS = ("rfc3987_syntax", "isoduration")
_UNUSED_BY_WORKERS = ("boto3", "pyarrow", "azure", "gcsfs")


@contextmanager
def quick_imports(*, worker: bool = False) -> Iterator[None]:
    """Import nbclient, nbformat or papermill inside this, quickly.

    jsonschema compiles a grammar at import (a second) to check IRIs, and loads a library of dates to check durations;
    no notebook has any. With `worker` papermill's
    readers for S3, HDFS and Azure are kept out too: a worker only sees notebooks in local files.
    """
    names = _SLOW_IMPORTS + (_UNUSED_BY_WORKERS if worker else ())
    blocked = [name for name in names if name not in sys.modules]
    for name in blocked:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        for name in blocked:
            if sys.modules.get(name, blocked) is None:
                del sys.modules[name]
