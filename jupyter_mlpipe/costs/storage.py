"""What keeping costs: the store's bytes by the stage that made them, each byte once, and what a month of them costs.

This is the rate at which it costs now, and not a fact of usage: it is in no report and counts for no budget.

Not for taking anything away (``governance.retention``).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from jupyter_mlpipe.costs.cost_lines import exact
from jupyter_mlpipe.costs.money import to_amount
from jupyter_mlpipe.store.trash import taken_away

if TYPE_CHECKING:
    from jupyter_mlpipe.costs.prices import PriceBook
    from jupyter_mlpipe.store.artifacts import ArtifactStore

_GIB = Decimal(2**30)
STORE = "store"
OTHERS = (("(profiles)", ""), ("(trash)", ""), ("(nothing names it)", ""))
"""Stand for a pipeline and stage where there is none."""


@dataclass(frozen=True)
class Kept:
    """What one stage's results take."""

    pipeline: str
    stage: str
    blobs: int
    size: int
    """Bytes."""
    month: int | None
    """What a month costs, in billionths of the currency; None where there is no price."""

    def to_json(self) -> dict[str, Any]:
        """JSON values; the amount as exact decimal text."""
        month = None if self.month is None else exact(self.month)
        return {
            "pipeline": self.pipeline,
            "stage": self.stage,
            "blobs": self.blobs,
            "bytes": self.size,
            "month": month,
        }


def storage_costs(store: ArtifactStore, book: PriceBook, profiles: Collection[str] = ()) -> list[Kept]:
    """Measure the store.

    Parameters
    ----------
    store, book
        Of the workspace.
    profiles
        Digests of the blobs that are profiles.

    Returns
    -------
    list of Kept
        The largest first. A blob that several results share counts for the oldest of them.
    """
    sizes = {info.digest: info.size for info in store.blobs.list()}
    makers: dict[str, tuple[str, str]] = {}
    manifests = sorted(
        (manifest for _, manifest, _ in store.documents() if manifest is not None), key=lambda item: item.created
    )
    for manifest in manifests:
        for digest in manifest.blobs():
            makers.setdefault(digest, (manifest.pipeline, manifest.stage))
    for digest in profiles:
        makers.setdefault(digest, OTHERS[0])
    for _, taken in taken_away(store):
        for digest in taken.blobs() if taken is not None else ():
            makers.setdefault(digest, OTHERS[1])
    found: dict[tuple[str, str], list[int]] = {}
    for digest, size in sizes.items():
        found.setdefault(makers.get(digest, OTHERS[2]), []).append(size)
    price = book.storage_gib_month.get(STORE)
    kept = [
        Kept(*place, len(each), sum(each), None if price is None else to_amount(price * sum(each) / _GIB))
        for place, each in found.items()
    ]
    return sorted(kept, key=lambda item: (-item.size, item.pipeline, item.stage))
