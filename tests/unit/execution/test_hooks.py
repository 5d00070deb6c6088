"""Stage hooks: what they see, what they say, and whose fault it is when one breaks."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlpipe.errors import HookError, MissingBlobError
from jupyter_mlpipe.execution.hooks import StageContext, StageHook, Verdict, run_hooks
from jupyter_mlpipe.models.gates import GateHook
from jupyter_mlpipe.notebook.pipeline import Stage, StageOptions
from jupyter_mlpipe.store.artifacts import ArtifactStore
from jupyter_mlpipe.store.signing import Signer


class Recording(StageHook):
    name = "recording"

    def __init__(self, answer: Any = None) -> None:
        self.answer = answer
        self.seen: list[tuple[str, StageContext]] = []

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--record", action="store_true", default=argparse.SUPPRESS)

    def before_stage(self, context: StageContext) -> None:
        self.seen.append(("before", context))

    def after_stage(self, context: StageContext) -> Any:
        self.seen.append(("after", context))
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


STAGE = Stage("train", (1,), (), StageOptions(extra={"record": True}))


def test_hooks_follow_the_protocol() -> None:
    assert isinstance(Recording(), StageHook)
    assert isinstance(GateHook(), StageHook)


def test_verdicts_are_collected_in_order_and_carry_the_hooks_name() -> None:
    silent, passing, refusing = Recording(), Recording(Verdict(True)), Recording(Verdict(False, ("too low",)))
    context = StageContext(STAGE, {"auc": 0.5})
    verdicts = run_hooks([silent, passing, refusing], context)
    assert [(verdict.passed, verdict.reasons, verdict.hook) for verdict in verdicts] == [
        (True, (), "recording"),
        (False, ("too low",), "recording"),
    ]
    assert silent.seen == [("after", context)]
    assert context.options.extra["record"] is True


def test_before_a_stage_only_before_stage_is_called() -> None:
    hook = Recording(Verdict(False))
    assert run_hooks([hook], StageContext(STAGE), "before") == []
    assert [moment for moment, _ in hook.seen] == ["before"]


def test_a_failing_hook_is_named_and_the_stage_is_not_blamed() -> None:
    with pytest.raises(HookError) as caught:
        run_hooks([Recording(ZeroDivisionError("division by zero"))], StageContext(STAGE))
    assert "recording" in caught.value.message
    assert "ZeroDivisionError" in caught.value.message
    assert caught.value.details == {"hook": "recording", "stage": "train"}
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_something_else_than_a_verdict_is_the_hooks_fault() -> None:
    with pytest.raises(HookError) as caught:
        run_hooks([Recording(True)], StageContext(STAGE))
    assert "bool" in caught.value.message


def test_an_interrupt_is_not_swallowed() -> None:
    with pytest.raises(KeyboardInterrupt):
        run_hooks([Recording(KeyboardInterrupt())], StageContext(STAGE))


def test_values_are_read_only_when_they_are_loaded(tmp_path: Path) -> None:
    store = ArtifactStore.open(str(tmp_path / "store"), cache_dir=tmp_path / "cache", signer=Signer(tmp_path / "key"))
    artifacts, errors = store.save_values({"kept": [1, 2], "lost": {"a": 1}}, {})
    assert errors == {}
    context = StageContext.before(STAGE, artifacts, store)
    assert sorted(context.artifacts) == ["kept", "lost"]
    lost = context.artifacts["lost"]
    for blob in lost.artifact.blobs:
        store.blobs.delete(blob.digest)
    assert context.artifacts["kept"].load() == [1, 2]
    with pytest.raises(MissingBlobError):
        lost.load()
    with pytest.raises(KeyError):
        context.artifacts["unknown"]
