"""The type of NumPy's arrays in signatures. Not for arrays themselves: NumPy is imported where it is used."""

from __future__ import annotations

from typing import Any, TypeAlias

Array: TypeAlias = Any
"""A NumPy array. NumPy's own types say Any of most results, so that a stricter one would be claimed, not checked."""
