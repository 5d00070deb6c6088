"""Personal values in profiles: which texts look personal, and the keyed digests that stand for them.

Not for a workspace's key (``profile_store``).
"""

from __future__ import annotations

from collections.abc import Sequence

from blake3 import blake3

DEFAULT_KEY = blake3(b"jupyter_mlpipe: digests of personal values").digest()
"""For digests outside of a workspace. It is no secret: a workspace has a key of its own."""

LONGEST = 128
"""Characters of a text; of a longer one the beginning and a digest are kept."""

_MAIL = r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}"


def looks_personal(words: Sequence[str]) -> bool:
    """Whether an e-mail address is among the texts, wherever in one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return bool(pc.any(pc.match_substring_regex(pa.array(words, pa.large_string()), _MAIL)).as_py())


def digest(word: str, key: bytes) -> str:
    """What stands for a personal value: 16 hex digits that only the key's holder could guess a value from."""
    return blake3(word.encode("utf-8", "surrogatepass"), key=key).hexdigest(8)


def key_name(key: bytes) -> str:
    """By what a key is told from others, without telling it."""
    return blake3(key).hexdigest(8)


def shortened(word: str) -> str:
    """A text as a profile keeps it."""
    if len(word) <= LONGEST:
        return word
    return f"{word[: LONGEST - 20]}…{blake3(word.encode('utf-8', 'surrogatepass')).hexdigest(8)}"
