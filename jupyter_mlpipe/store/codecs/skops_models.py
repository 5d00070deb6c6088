"""Estimators of scikit-learn and its relatives in the skops format, which runs no code when it is loaded.

Only where skops trusts every type in the estimator, and where what it gives back has the same content as what was
saved. Large estimators are left to pickle: skops takes seconds for what pickle does in milliseconds.
"""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Mapping
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
            if skops.io.get_untrusted_types(data=data):
                return None
            again = skops.io.loads(data, trusted=[])
        if type(again) is not type(value) or content_digest("", again, {}) != content_digest("", value, {}):
            return None
    except Exception:  # noqa: BLE001 - whatever skops cannot do, pickle tries next
        return None
    return Encoded({"data": data})


def decode(meta: Mapping[str, Any], parts: Parts) -> Any:
    """The estimator. Types that skops does not trust are refused by it."""
    del meta
    return skops.io.loads(parts.bytes("data"), trusted=[])
