"""Facts of monitoring: profiles, drift reports, performance."""

from __future__ import annotations

from jupyter_mlpipe.ledger import Ledger
from jupyter_mlpipe.ledger.drift_reports import DriftFact, drift_reports, record_drift
from jupyter_mlpipe.ledger.performance import PerformanceFact, performance, record_performance
from jupyter_mlpipe.ledger.profiles import (
    ProfileFact,
    profile_blobs,
    profile_of_content,
    profile_series,
    profiles_after,
    profiles_of_version,
    record_profile,
)


def _profile(run: str, content: str, **more: object) -> ProfileFact:
    given = {"blob": f"b-{content}", "role": "output", "name": "flights", "rows": 3, "pipeline": "p", "stage": "load"}
    return ProfileFact(run=run, content=content, config={"by": ["carrier"]}, **given | more)


def test_a_profile_is_found_by_its_content_its_series_and_its_version(ledger: Ledger) -> None:
    facts = [_profile("r1", "c1"), _profile("r2", "c2"), _profile("r2", "c2", role="reference", model="m", version=3)]
    for fact in facts:
        record_profile(ledger, fact)
    found = profile_of_content(ledger, "c2", {"by": ["carrier"]})
    assert found is not None
    assert (found.run, found.config) == ("r2", {"by": ["carrier"]})
    assert profile_of_content(ledger, "c2", {}) is None
    assert [fact.content for fact in profile_series(ledger, "p", "load", "flights", limit=2)] == ["c2", "c2"]
    assert [fact.version for fact in profiles_of_version(ledger, "m", 3)] == [3]
    assert profile_blobs(ledger) == {"b-c1", "b-c2"}


def test_what_a_run_says_twice_of_a_data_set_is_one_fact(ledger: Ledger) -> None:
    for _ in range(2):
        record_profile(ledger, _profile("r1", "c1"))
    assert len(profiles_after(ledger, 0)) == 1


def test_reports_come_newest_or_after_a_fact(ledger: Ledger) -> None:
    record_drift(
        ledger,
        [
            DriftFact(name=name, rows=10, drifted=index == 1, columns_drifted=index, report={"n": index}, model="m")
            for index, name in enumerate(["january", "february", "march"])
        ],
    )
    assert [fact.name for fact in drift_reports(ledger, model="m", limit=2)] == ["february", "march"]
    assert [fact.name for fact in drift_reports(ledger, after=0, limit=2)] == ["january", "february"]
    brief = drift_reports(ledger, name="february", with_report=False)
    assert [(fact.drifted, fact.report) for fact in brief] == [(True, {})]
    assert drift_reports(ledger, model="another") == []


def test_measures_keep_what_cannot_be_said(ledger: Ledger) -> None:
    record_performance(
        ledger,
        [
            PerformanceFact(model="m", measure="roc_auc", rows=5, value=None, facts={"reason": "one class only"}),
            PerformanceFact(model="m", measure="rmse", rows=5, value=1.5, low=1.0, high=2.0, estimated=True),
        ],
    )
    first, second = performance(ledger, model="m", after=0)
    assert (first.value, first.facts["reason"], first.estimated) == (None, "one class only", False)
    assert (second.low, second.high, second.estimated, second.breached) == (1.0, 2.0, True, False)
