"""Carries out a plan of retention, undoes it, brings back what was archived, and empties the trash.

What is taken away goes to the trash first, and stays there, whole, for as long as it can be undone: whoever reads it
goes on reading. The trash is emptied no sooner than the runs have ended that were in progress when something went
there, and a blob is removed only where nothing that is left names it and nobody has put it again.

Killed at any moment, an action is carried out again or undone: what it meant to do was written down first.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from jupyter_mlpipe.errors import MissingBlobError, RetentionError
from jupyter_mlpipe.governance.retention.archive import Archive
from jupyter_mlpipe.governance.retention.planning import RetentionPlan, plan_retention
from jupyter_mlpipe.governance.retention.protection import protection
from jupyter_mlpipe.ledger import leases
from jupyter_mlpipe.ledger.profiles import profile_blobs
from jupyter_mlpipe.ledger.retention import (
    RetentionAction,
    RetentionItem,
    Verb,
    add_event,
    begin_action,
    items_of,
    retention_actions,
)
from jupyter_mlpipe.ledger.runs import new_run_id
from jupyter_mlpipe.ledger.runs import runs as all_runs
from jupyter_mlpipe.store.blobs import YOUNG
from jupyter_mlpipe.store.trash import put_back, remove_for_good, take_away, taken_away

if TYPE_CHECKING:
    from jupyter_mlpipe.governance.retention.policy import Policy
    from jupyter_mlpipe.ledger import Ledger
    from jupyter_mlpipe.settings import Settings
    from jupyter_mlpipe.store.artifacts import ArtifactStore

_LEASE = "retention"
_LEASE_SECONDS = 3600.0
"""A holder whose process has ended on this machine is not waited for."""
_FOLDER = "trash"
"""In ``.mlpipe``: executed notebooks that were taken away."""


@dataclass(frozen=True)
class Purged:
    """What was removed for good."""

    actions: int
    items: int
    blobs: int
    size: int
    """Bytes."""
    waiting: int
    """Actions that cannot be purged yet: they can be undone, or a run may still read what they took away."""


class Retention:
    """Retention in one workspace.

    Parameters
    ----------
    store, ledger, settings
        Of the workspace.
    policy
        Its rules.
    """

    def __init__(self, store: ArtifactStore, ledger: Ledger, settings: Settings, policy: Policy) -> None:
        self.store = store
        self.ledger = ledger
        self.settings = settings
        self.policy = policy

    def plan(self, clock: float | None = None) -> RetentionPlan:
        """What would become of everything now."""
        return plan_retention(self.store, self.ledger, self.settings, self.policy, clock)

    def apply(self, plan: RetentionPlan) -> RetentionAction:
        """Carry out a plan. What has come to be protected since it was made is spared.

        Raises
        ------
        RetentionError
            Something could not be archived; nothing is taken away that is not.
        """
        with self._alone():
            return self._apply(plan)

    def _apply(self, plan: RetentionPlan) -> RetentionAction:
        protected = protection(self.ledger)
        taken = [decision for decision in plan.taken if not protected.why(decision.item)]
        action = RetentionAction(
            id=new_run_id(), plan=plan.digest, until=time.time() + self.policy.undo, archive=self.policy.archive
        )
        items = [
            RetentionItem(
                kind=decision.item.kind,
                name=decision.item.name,
                verb=cast(Verb, decision.outcome),
                rule=decision.rule,
                about=decision.item.about,
                size=decision.item.size,
            )
            for decision in taken
        ]
        begin_action(self.ledger, action, items)
        self._carry_out(items, action.archive)
        add_event(self.ledger, action.id, "applied")
        return next(each for each in retention_actions(self.ledger) if each.id == action.id)

    def resume(self) -> list[RetentionAction]:
        """Carry out to the end what was interrupted, but for what has come to be protected; return the actions."""
        with self._alone():
            return self._resume()

    def _resume(self) -> list[RetentionAction]:
        interrupted = [action for action in retention_actions(self.ledger) if not action.events]
        for action in interrupted:
            protected = protection(self.ledger)
            runs, keys = protected.runs, protected.keys
            items = [
                item
                for item in items_of(self.ledger, action.id)
                if item.name not in runs and _key(item) not in keys and item.name not in protected.profiles
            ]
            self._carry_out(items, action.archive)
            add_event(self.ledger, action.id, "applied")
        return interrupted

    def undo(self, action: RetentionAction) -> int:
        """Put back what an action took away; how many items.

        Raises
        ------
        RetentionError
            It is too late: it was purged; or it was undone already.
        """
        if action.state in ("undone", "purged"):
            hint = "`mlpipe retention restore` brings archived things back" if action.state == "purged" else ""
            raise RetentionError(f"action {action.id} was {action.state} already", hint=hint)
        with self._alone():
            items = items_of(self.ledger, action.id)
            self._put_back(items)
            add_event(self.ledger, action.id, "undone")
        return len(items)

    def restore(self, action: RetentionAction, items: Sequence[RetentionItem]) -> int:
        """Bring archived items back, byte for byte; how many.

        Raises
        ------
        RetentionError
            The archive does not have them whole.
        """
        if action.archive is None:
            raise RetentionError(f"action {action.id} archived nothing", hint="`mlpipe retention list` shows which did")
        archive = Archive(action.archive)
        archived = [item for item in items if item.verb == "archive"]
        with self._alone():
            for item in archived:
                self._restore(item, archive)
                add_event(self.ledger, action.id, "restored", [item.id])
        return len(archived)

    def purge(self, clock: float | None = None) -> Purged:
        """Remove for good what cannot be undone any more."""
        with self._alone():
            return self._purge(time.time() if clock is None else clock)

    def _purge(self, clock: float) -> Purged:
        open_since = min(
            (run.started for run in all_runs(self.ledger, status="running", limit=10_000)), default=float("inf")
        )
        actions = [action for action in retention_actions(self.ledger) if action.state == "applied"]
        due = [action for action in actions if action.until <= clock and action.time < open_since]
        if not due:
            return Purged(0, 0, 0, 0, len(actions))
        items = {action.id: items_of(self.ledger, action.id) for action in due}
        blobs, size = self._purge_blobs([item for found in items.values() for item in found], due)
        for action in due:
            self._purge_rest(items[action.id])
            add_event(self.ledger, action.id, "purged")
        return Purged(len(due), sum(map(len, items.values())), blobs, size, len(actions) - len(due))

    # -- taking away -----------------------------------------------------------------------------------------------

    def _carry_out(self, items: Iterable[RetentionItem], archive_url: str | None) -> None:
        items = list(items)
        archive = Archive(archive_url) if archive_url and any(item.verb == "archive" for item in items) else None
        for item in items:
            if archive is not None and item.verb == "archive":
                self._archive(item, archive)
            if item.kind == "result":
                take_away(self.store, [item.name])
            elif item.kind == "notebook":
                _move(self._run_folder(item.name), self._trashed_folder(item.name))
            elif item.kind == "mlflow-run":
                self._mlflow("delete_run", item.name)

    def _archive(self, item: RetentionItem, archive: Archive) -> None:
        if item.kind == "result":
            raw = self.store.blobs.get_document(item.name)
            manifest = self.store.read(raw) if raw is not None else None
            if raw is None or manifest is None:
                return  # it is in the trash: an interrupted action has archived it before
            for digest in sorted(manifest.blobs()):
                self._archive_blob(digest, archive)
            archive.keep_document(item.name, raw)
        elif item.kind == "profile":
            self._archive_blob(item.name, archive)
        elif item.kind == "notebook" and self._run_folder(item.name).is_dir():
            archive.keep_folder(item.name, self._run_folder(item.name))

    def _archive_blob(self, digest: str, archive: Archive) -> None:
        try:
            archive.keep_blob(digest, lambda: self.store.blobs.get(digest))
        except MissingBlobError as error:
            raise RetentionError(
                f"blob {digest[:12]} is not in the store and cannot be archived", hint="`mlpipe store verify --repair`"
            ) from error

    # -- bringing back ---------------------------------------------------------------------------------------------

    def _put_back(self, items: Iterable[RetentionItem]) -> None:
        for item in items:
            if item.kind == "result":
                put_back(self.store, [item.name])
            elif item.kind == "notebook":
                _move(self._trashed_folder(item.name), self._run_folder(item.name))
            elif item.kind == "mlflow-run":
                self._mlflow("restore_run", item.name)

    def _restore(self, item: RetentionItem, archive: Archive) -> None:
        if item.kind == "result":
            raw = archive.document(item.name)
            manifest = self.store.read(raw)
            if manifest is None:
                raise RetentionError(f"{item.about} is damaged in the archive {archive.url}", hint="it is lost")
            for digest in sorted(manifest.blobs()):
                self.store.blobs.put(archive.blob(digest))
            self.store.blobs.put_document(item.name, raw)
            remove_for_good(self.store, [item.name])
        elif item.kind == "profile":
            self.store.blobs.put(archive.blob(item.name))
        elif item.kind == "notebook":
            if self._trashed_folder(item.name).is_dir():
                _move(self._trashed_folder(item.name), self._run_folder(item.name))
            elif not self._run_folder(item.name).is_dir():
                archive.folder(item.name, self._run_folder(item.name))

    # -- emptying the trash ----------------------------------------------------------------------------------------

    def _purge_blobs(self, items: Sequence[RetentionItem], due: Sequence[RetentionAction]) -> tuple[int, int]:
        """Remove blobs of these items that nothing else names, before their documents: killed, it is done again."""
        going = {item.name for item in items if item.kind == "result"}
        doomed = {item.name for item in items if item.kind == "profile"}
        used = set(profile_blobs(self.ledger)) - doomed
        for name, manifest in taken_away(self.store):
            if manifest is not None:
                (doomed if name in going else used).update(manifest.blobs())
        for name, manifest, _ in self.store.documents():
            if manifest is not None:
                used |= manifest.blobs()
                going.discard(name)
        count = size = 0
        # What is younger may be somebody's who has not named it yet; a sweep takes it later.
        before = min(max(action.time for action in due), time.time() - YOUNG)
        for digest in sorted(doomed - used):
            try:
                weight = self.store.blobs.size(digest)
            except MissingBlobError:
                continue
            if self.store.blobs.delete_unused(digest, before):
                count, size = count + 1, size + weight
        return count, size

    def _purge_rest(self, items: Iterable[RetentionItem]) -> None:
        for item in items:
            if item.kind == "result":
                remove_for_good(self.store, [item.name])
            elif item.kind == "notebook":
                shutil.rmtree(self._trashed_folder(item.name), ignore_errors=True)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else changes what is kept meanwhile. Raises `RetentionError` where somebody does."""
        holder = new_run_id()
        if not leases.acquire(self.ledger, _LEASE, holder, _LEASE_SECONDS):
            raise RetentionError("somebody else is archiving or deleting here now", hint="try again in a while")
        try:
            yield
        finally:
            leases.release(self.ledger, _LEASE, holder)

    # -- places ----------------------------------------------------------------------------------------------------

    def _run_folder(self, run: str) -> Path:
        return self.settings.folder / "runs" / run

    def _trashed_folder(self, run: str) -> Path:
        return self.settings.folder / _FOLDER / run

    def _mlflow(self, what: str, run: str) -> None:
        from jupyter_mlpipe.governance.retention.mlflow_runs import carry_out

        carry_out(self.settings, what, run)


def _key(item: RetentionItem) -> str:
    """The key that a result's document stands under."""
    return item.name.split("/")[-2] if item.kind == "result" else ""


def _move(source: Path, target: Path) -> None:
    """Move a folder; nothing where it has been moved already."""
    if source.is_dir() and not target.exists():
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        source.rename(target)
