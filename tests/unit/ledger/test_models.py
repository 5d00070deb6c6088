"""Registrations, transitions, approvals and sightings are facts: added, in order, never changed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from jupyter_mlpipe.ledger import Ledger
from jupyter_mlpipe.ledger import registrations as registered
from jupyter_mlpipe.ledger import transitions as moved
from jupyter_mlpipe.ledger.registrations import Registration
from jupyter_mlpipe.ledger.transitions import Approval, Transition


def version(number: int | None, **about: object) -> Registration:
    given = {"model": "flight-delay", "version": number, "name": "model", "content": f"c{number}", **about}
    return Registration(**given)  # type: ignore[arg-type]


def test_a_registration_comes_back_as_it_was_and_a_version_is_recorded_once(ledger: Ledger) -> None:
    first = version(1, facts={"metrics": {"auc": 0.7}}, run="r1", stage="train", safe=False)
    registered.record_registration(ledger, first)
    registered.record_registration(ledger, version(1, content="other"))
    found = registered.registration(ledger, "flight-delay", 1)
    assert found is not None
    assert (found.content, found.facts, found.safe, found.error) == ("c1", {"metrics": {"auc": 0.7}}, False, None)
    assert registered.registrations_of_content(ledger, "c1") == [found]
    assert registered.registrations_of_run(ledger, "r1") == [found]
    assert registered.registration(ledger, "flight-delay", 2) is None


def test_refused_registrations_have_no_version_and_may_be_many(ledger: Ledger) -> None:
    for _ in range(2):
        registered.record_registration(ledger, version(None, error={"code": "MP603"}))
    registered.record_registration(ledger, version(None, model="other"))
    assert [item.error for item in registered.registrations(ledger, "flight-delay")] == [{"code": "MP603"}] * 2
    assert len(registered.registrations(ledger)) == 3


def test_a_transition_is_open_until_its_end_and_the_first_end_stays(ledger: Ledger) -> None:
    asked = Transition(model="m", version=2, action="promote", target="production", before=1, evidence={"a": [1]})
    identifier = moved.begin_transition(ledger, asked)
    (found,) = moved.transitions(ledger, "m")
    assert (found.status, found.evidence, found.before, found.ended) == ("open", {"a": [1]}, 1, None)
    moved.end_transition(ledger, identifier, "done", "production is version 2")
    moved.end_transition(ledger, identifier, "abandoned")
    moved.record_refusal(ledger, asked, "auc >= 0.9 does not hold")
    assert [(item.status, item.note) for item in moved.transitions(ledger)] == [
        ("done", "production is version 2"),
        ("refused", "auc >= 0.9 does not hold"),
    ]
    assert moved.transitions(ledger, "other") == []


def test_approvals_are_kept_in_order(ledger: Ledger) -> None:
    for approved in (False, True):
        moved.record_approval(
            ledger, Approval(model="m", version=1, target="production", approved=approved, digest="d", user="lead")
        )
    assert [item.approved for item in moved.approvals(ledger, "m", 1)] == [False, True]
    assert moved.approvals(ledger, "m", 2) == []


def test_sightings_keep_the_last_and_write_only_what_differs(ledger: Ledger) -> None:
    moved.record_sightings(ledger, {"m": {"production": 1, "staging": 2}})
    moved.record_sightings(ledger, {"m": {"production": 1, "staging": None}})
    moved.record_sightings(ledger, {"m": {"production": 3}})
    assert moved.sightings(ledger, "m") == {"production": 3, "staging": None}
    with ledger.read() as connection:
        (row,) = connection.rows("SELECT count(*) AS n FROM alias_sightings")
    assert row["n"] == 4


def test_what_was_seen_before_a_move_is_not_recorded_after_it(ledger: Ledger) -> None:
    since = moved.last_moves(ledger)
    identifier = moved.begin_transition(
        ledger, Transition(model="m", version=2, action="promote", target="production", before=1)
    )
    moved.end_transition(ledger, identifier, "done", model="m", seen={"production": 2})
    moved.record_sightings(ledger, {"m": {"production": 1}, "n": {"production": 1}}, since=since)
    assert moved.all_sightings(ledger) == {"m": {"production": 2}, "n": {"production": 1}}
    moved.record_sightings(ledger, {"m": {"production": 1}}, since=moved.last_moves(ledger))
    assert moved.sightings(ledger, "m") == {"production": 1}


def test_only_transitions_without_an_end_are_open(ledger: Ledger) -> None:
    first = moved.begin_transition(ledger, Transition(model="m", version=1, action="promote", target="staging"))
    moved.begin_transition(ledger, Transition(model="n", version=1, action="promote", target="staging"))
    moved.end_transition(ledger, first, "done")
    assert [item.model for item in moved.open_transitions(ledger)] == ["n"]
    assert moved.open_transitions(ledger, "m") == []


def test_transitions_of_many_writers_are_all_there(ledger: Ledger) -> None:
    def one(number: int) -> int:
        asked = Transition(model="m", version=number, action="promote", target="staging")
        return moved.begin_transition(ledger, asked)

    with ThreadPoolExecutor(8) as pool:
        identifiers = list(pool.map(one, range(40)))
    found = moved.transitions(ledger, "m")
    assert sorted(item.version for item in found) == list(range(40))
    assert [item.id for item in found] == sorted(identifiers)
