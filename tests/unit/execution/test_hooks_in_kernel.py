"""What hooks do in a stage's kernel, and what becomes of one that breaks there."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any

import pytest

from jupyter_mlpipe.errors import HookError
from jupyter_mlpipe.execution import hooks_in_kernel
from jupyter_mlpipe.execution.hooks import StageContext, StageHook, Verdict, run_hooks
from jupyter_mlpipe.execution.hooks_in_kernel import run_in_kernel
from jupyter_mlpipe.notebook.pipeline import Stage
from jupyter_mlpipe.store.manifests import StageManifest


def halve(namespace: MutableMapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    namespace[given["name"]] //= 2
    return {"now": namespace[given["name"]]}


class Halving(StageHook):
    name = "halving"

    def add_options(self, parser: object) -> None: ...

    def before_stage(self, context: StageContext) -> None: ...

    def after_stage(self, context: StageContext) -> Verdict:
        return Verdict(context.kernel_facts["halving"]["now"] < 10)


@pytest.fixture(autouse=True)
def _installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks_in_kernel, "_load", {"halving": halve}.__getitem__)


def context_of(found: Mapping[str, Any]) -> StageContext:
    manifest = StageManifest("k", "a", "p", {}, (), hooks=found)
    return StageContext(Stage("a", (0,), ()), manifest=StageManifest.from_json(manifest.to_json()))


def test_a_part_changes_the_namespace_and_what_it_returns_reaches_the_verdict() -> None:
    namespace = {"x": 30}
    found = run_in_kernel({"halving": {"name": "x"}}, namespace)
    assert namespace == {"x": 15}
    assert [verdict.passed for verdict in run_hooks([Halving()], context_of(found))] == [False]


def test_a_part_that_fails_or_is_not_installed_is_the_hooks_own_fault() -> None:
    found = run_in_kernel({"halving": {"name": "nowhere"}, "other": {}}, {})
    assert found["other"]["failed"].startswith("KeyError")
    with pytest.raises(HookError, match=r"halving failed after stage a: .*in the kernel, KeyError: 'nowhere'"):
        run_hooks([Halving()], context_of(found))


def test_manifests_written_before_hooks_had_a_part_are_still_read() -> None:
    data = StageManifest("k", "a", "p", {}, ()).to_json()
    del data["hooks"]
    assert StageManifest.from_json(data).hooks == {}
