"""Profiles the frames that stages asked for, from the store, in the courier. Not for how (``profiling``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

from jupyter_mlpipe.errors import MlpipeError
from jupyter_mlpipe.execution.hooks import StoredValues
from jupyter_mlpipe.ledger import stages
from jupyter_mlpipe.ledger.database import Ledger
from jupyter_mlpipe.ledger.outbox import Message
from jupyter_mlpipe.ledger.profiles import ProfileFact, Role, record_profile
from jupyter_mlpipe.monitoring.profile_store import ProfileStore, config
from jupyter_mlpipe.settings import Settings
from jupyter_mlpipe.store.artifacts import Artifact, ArtifactStore

PROFILE = "profile_frames"
"""The kind of its messages; see `profile_hook` for their payload."""


class Profiler:
    """Makes the profiles of one workspace's runs."""

    kinds: ClassVar[frozenset[str]] = frozenset({PROFILE})

    def __init__(self, settings: Settings, ledger: Ledger) -> None:
        self._settings = settings
        self._ledger = ledger

    @cached_property
    def _artifacts(self) -> ArtifactStore:
        return ArtifactStore.of(self._settings)

    @cached_property
    def _profiles(self) -> ProfileStore:
        return ProfileStore(self._settings)

    def answers(self) -> bool:
        """It needs no other system."""
        return True

    def deliver(self, messages: Sequence[Message]) -> None:
        """Profile what the messages ask for. A frame that cannot be is recorded with the reason."""
        for message in messages:
            asked: Mapping[str, Any] = message.payload
            found = self._by_content(asked)
            roles: tuple[Role, ...] = ("input", "output")
            for role in roles:
                for name, content in asked["frames"][role].items():
                    if content in found:
                        self._record(asked, role, name, found[content])

    def _by_content(self, asked: Mapping[str, Any]) -> dict[str, Artifact]:
        """Trusted values of the run's stages that hold no code, by digest."""
        ran = stages.stage_runs(self._ledger, asked["run"]) if asked["run"] else []
        keys = dict.fromkeys([asked["key"], *(item.key for item in ran if item.key)])
        manifests = [manifest for key in keys for manifest in self._artifacts.find(key)]
        return {item.content: item for manifest in manifests for item in manifest.artifacts if item.safe}

    def _record(self, asked: Mapping[str, Any], role: Role, name: str, artifact: Artifact) -> None:
        there = {str(column) for column in artifact.meta.get("columns") or ()}
        # One line is for all frames of the stage: each has the columns that it has.
        by = asked["by"] if set(asked["by"]) <= there else []
        pii = [column for column in asked["pii"] if column in there]
        value = StoredValues([artifact], self._artifacts)[artifact.names[0]]
        about = {
            "content": artifact.content,
            "config": config(by, pii),
            "role": role,
            "name": name,
            "run": asked["run"] or None,
            "pipeline": asked["pipeline"],
            "stage": asked["stage"],
        }
        try:
            made, blob = self._profiles.of_value(self._ledger, value, by=by, pii=pii)
        except MlpipeError as error:
            facts = {"error": error.to_json()}
            record_profile(
                self._ledger, ProfileFact(blob="", rows=artifact.meta.get("rows") or 0, facts=facts, **about)
            )
            return
        record_profile(
            self._ledger,
            ProfileFact(blob=blob, rows=made.rows, window_start=made.start, window_end=made.end, **about),
        )
