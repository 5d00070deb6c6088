"""Rules of retention: what may stand there, and which item they speak of."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlpipe.errors import RetentionError, RetentionRuleError
from jupyter_mlpipe.governance.retention.items import Item
from jupyter_mlpipe.governance.retention.planning import decide
from jupyter_mlpipe.governance.retention.policy import Policy, read_policy
from jupyter_mlpipe.governance.retention.protection import Protection, checked_subject

DAY = 86400.0
NOW = 1_000 * DAY


def item(name: str = "a", days: float = 100, **about: Any) -> Item:
    given = {"kind": "result", "created": NOW - days * DAY, "used": NOW - days * DAY, "pipeline": "p", "stage": "s"}
    return Item(name=name, **given | about)


def policy(*rules: dict[str, Any], **top: Any) -> Policy:
    return read_policy({"rules": list(rules), "archive": "there", **top})


def taken(items: list[Item], *rules: dict[str, Any], protected: Protection | None = None) -> dict[str, str]:
    decisions = decide(items, policy(*rules), protected or Protection(), NOW)
    return {d.item.name: d.outcome for d in decisions if d.outcome != "keep"}


OLD = {"older-than": "90d", "action": "delete"}


def test_the_first_rule_that_fits_decides() -> None:
    keep = {"stage": "train*", "action": "keep"}
    items = [item("a"), item("b", stage="train-big"), item("c", days=80), item("d", kind="notebook")]
    assert taken(items, keep, {**OLD, "kind": "result"}) == {"a": "delete"}
    assert taken(items, {**OLD, "kind": ["result", "notebook"], "action": "archive"}) == dict.fromkeys("abd", "archive")


def test_the_newest_of_each_place_are_kept_whatever_their_age() -> None:
    items = [item(str(days), days=days) for days in (100, 200, 300)] + [item("other", stage="t")]
    assert taken(items, {**OLD, "keep-last": 1}) == {"200": "delete", "300": "delete"}
    assert taken(items, {**OLD, "keep-last": 3}) == {}


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        ({"alias": "production"}, "alias"),
        ({"alias": "*"}, "alias"),
        ({"label": {"team": "o*"}}, "label"),
        ({"tag": {"purpose": "test"}}, "tag"),
        ({"model": "flight-*"}, "model"),
        ({"referenced": True}, "referenced"),
        ({"unused-for": "90d", "older-than": "0d"}, "unused"),
    ],
)
def test_by_alias_label_tag_model_reference_and_use(rule: dict[str, Any], fits: str) -> None:
    items = [
        item("alias", aliases=("production",)),
        item("label", labels={"team": "ops"}),
        item("tag", tags={"purpose": "test"}),
        item("model", model="flight-delay"),
        item("referenced", referenced=True),
    ]
    items = [Item(**{**one.__dict__, "used": NOW}) for one in items] + [item("unused")]
    assert taken(items, {**OLD, **rule}) == {fits: "delete"}


def test_what_must_stay_stays_and_says_why() -> None:
    protected = Protection(
        runs={"r": "hold 1"},
        keys={"k": "in use"},
        places=(("q", "*", "audit"),),
        since=NOW - 50 * DAY,
        run_in_progress="x",
        profiles={"blob": "a reference"},
    )
    items = [
        item("run", run="r"),
        item("key", key="k"),
        item("place", pipeline="q"),
        item("used", used=NOW),
        item("blob", kind="profile"),
        item("free"),
    ]
    decisions = {d.item.name: d.why for d in decide(items, policy(OLD), protected, NOW)}
    assert decisions == {
        "run": "hold 1", "key": "in use", "place": "audit", "used": "run x is in progress", "blob": "a reference",
        "free": "",
    }  # fmt: skip


items_drawn = st.lists(
    st.builds(
        lambda number, days, stage, run, key: item(str(number), days, stage=stage, run=run, key=key),
        st.integers(0, 10**6), st.floats(0, 400), st.sampled_from("st"), st.sampled_from(["r", "q"]),
        st.sampled_from(["k", "l"]),
    ),
    max_size=30, unique_by=lambda one: one.name,
)  # fmt: skip


@given(items_drawn, st.integers(0, 3), st.floats(0, 300), st.booleans())
def test_nothing_is_decided_twice_and_nothing_protected_is_taken(
    items: list[Item], last: int, days: float, both: bool
) -> None:
    rules = [{"older-than": f"{days:.3f}d", "keep-last": last or 1, "action": "archive"}]
    if both:
        rules.insert(0, {"stage": "s", "keep-last": 1, "action": "delete"})
    protected = Protection(runs={"r": "held"}, keys={"k": "used"})
    decisions = list(decide(items, policy(*rules), protected, NOW))
    assert sorted(d.item.name for d in decisions) == sorted(one.name for one in items)
    for decision in decisions:
        if decision.outcome != "keep":
            assert decision.item.run != "r"
            assert decision.item.key != "k"
    for stage in "st":
        of_stage = sorted((d for d in decisions if d.item.stage == stage), key=lambda d: d.item.created, reverse=True)
        assert all(d.outcome == "keep" for d in of_stage[: min(last or 1, 1)]), "the newest is never taken"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"rules": [{"action": "delete"}]}, "it would take away what was made just now"),
        ({"rules": [{**OLD, "action": "remove"}]}, "keep, archive, delete"),
        ({"rules": [{**OLD, "kind": "results"}]}, "did you mean result?"),
        ({"rules": [{**OLD, "older-than": "a while"}]}, "a duration such as 90d"),
        ({"rules": [{**OLD, "keep-last": -1}]}, "0 or more"),
        ({"rules": [{**OLD, "keep_last": 1}]}, "did you mean keep-last?"),
        ({"rules": [{**OLD, "pipeline": 3}]}, "give a glob"),
        ({"rules": [{**OLD, "label": "team=ops"}]}, "a table of globs"),
        ({"rules": [{**OLD, "referenced": "no"}]}, "true or false"),
        ({"rules": [{**OLD, "action": "archive"}]}, "nothing says where to"),
        ({"rules": [{**OLD, "name": "a"}, {**OLD, "name": "a"}]}, "the same name"),
        ({"rules": OLD}, "must be tables"),
        ({"undo": "soon"}, "a duration such as 7d"),
        ({"archive": 3}, "a folder or a URL"),
        ({"rule": []}, "did you mean rules?"),
    ],
)
def test_what_means_nothing_is_refused_with_the_way_out(given: dict[str, Any], told: str) -> None:
    with pytest.raises(RetentionRuleError) as caught:
        read_policy(given)
    assert told in caught.value.message


@pytest.mark.parametrize("subject", ["run:01abc", "pipeline:f*", "stage:p/s", "model:m", "model:m@3"])
def test_what_can_be_held(subject: str) -> None:
    assert checked_subject(subject) == subject


@pytest.mark.parametrize("subject", ["everything", "run:", "stage:p", "model:m@production", "bucket:x"])
def test_what_cannot_be_held(subject: str) -> None:
    with pytest.raises(RetentionError):
        checked_subject(subject)
