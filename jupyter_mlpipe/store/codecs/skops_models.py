"""Estimators of scikit-learn and its relatives in the skops format, which runs no code when it is loaded.

Only where skops trusts every type in the estimator, or the type is a class of scikit-learn's own, and where what it
gives back has the same content as what was saved. Large estimators are left to pickle: skops takes seconds for what
pickle does in milliseconds.
"""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

import skops.io
from sklearn.base import BaseEstimator

from jupyter_mlpipe.store.codecs import Encoded, Parts, Scratch
from jupyter_mlpipe.store.content import content_digest

SAFE = True

_LARGEST = 2 << 20


def encode(value: Any, scratch: Scratch) -> Encoded | None:
    """A skops file, or None where it would need trust, take long, or not come back exactly."""
    del scratch
    if not isinstance(value, BaseEstimator):
        return None
    try:
        if len(pickle.dumps(value, 5)) > _LARGEST:
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            data = skops.io.dumps(value)
            types = skops.io.get_untrusted_types(data=data)
            if foreign_types(types):
                return None
            again = skops.io.loads(data, trusted=types)
        if type(again) is not type(value) or content_digest("", again, {}) != content_digest("", value, {}):
            return None
    except Exception:  # noqa: BLE001 - whatever skops cannot do, pickle tries next
        return None
    return Encoded({"data": data})


def decode(meta: Mapping[str, Any], parts: Parts) -> Any:
    """The estimator. Types that are neither trusted by skops nor scikit-learn's own are refused by skops."""
    del meta
    data = parts.bytes("data")
    types = skops.io.get_untrusted_types(data=data)
    foreign = set(foreign_types(types))
    return skops.io.loads(data, trusted=[name for name in types if name not in foreign])


def foreign_types(types: Iterable[str]) -> list[str]:
    """Those of the types that skops does not trust which are no classes of scikit-learn's own.

    skops leaves out the compiled classes of trees, neighbours and kernels, without which most models cannot be kept.
    Their constructors and ``__setstate__`` run no code that a file could bring.
    """
    return [name for name in types if not _scikit_learns_own(name)]


_HARMLESS = frozenset({"functools.partial", "numpy.dtype", "sklearn.utils.validation.check_array"})
"""What gradient boosting and column transformers keep beside classes."""


def _scikit_learns_own(name: str) -> bool:
    if name in _HARMLESS:
        return True
    module, _, attribute = name.rpartition(".")
    if module.partition(".")[0] != "sklearn":
        return False
    try:
        found = getattr(import_module(module), attribute, None)
    except ImportError:
        return False
    return isinstance(found, type) and found.__module__.partition(".")[0] == "sklearn"
