"""The hook behind --contract: what a line may say, and how what the kernel found is judged."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlpipe.data.contract_hook import Contract, ContractHook, parse_share, percent, usual_frame
from jupyter_mlpipe.errors import DirectiveError
from jupyter_mlpipe.execution.hooks import StageContext, StageHook, Verdict, run_hooks
from jupyter_mlpipe.notebook.directive import merge_stage_lines, parse_stage_line
from jupyter_mlpipe.notebook.pipeline import Stage, StageOptions
from jupyter_mlpipe.notebook.reader import pipeline_from_sources
from jupyter_mlpipe.store.artifacts import StageManifest

HOOK = ContractHook()


def options(line: str) -> StageOptions:
    return parse_stage_line(f"validate {line}", [HOOK]).options


def found(**changes: Any) -> dict[str, Any]:
    bad = [
        {"column": "distance", "check": "greater_than", "text": "distance must be greater than 0", "rows": 40},
        {"column": "carrier", "check": "not_nullable", "text": "carrier must not be null", "rows": 2},
    ]
    document = {"schema": "flights_schema", "frame": "flights", "problem": None, "rows": 336_776, "bad": 42}
    document |= {"failures": [{**item, "warns": False} for item in bad], "failures_left_out": 0, "sample": []}
    return {**document, "frame_is_wrong": False, **changes}


def judge(line: str, *documents: dict[str, Any]) -> Verdict:
    stage = Stage("validate", (1,), (), options(line))
    facts = {"contract": {"contracts": list(documents)}}
    manifest = StageManifest(key="k", pipeline="p", stage="validate", components={}, artifacts=(), hooks=facts)
    (verdict,) = run_hooks([HOOK], StageContext(stage, manifest=manifest))
    return verdict


BROKEN = (
    "42 of 336,776 rows of flights (0.012 %) break flights_schema: "
    "distance must be greater than 0 (40 rows), carrier must not be null (2 rows)"
)


def test_it_is_a_hook():
    assert isinstance(HOOK, StageHook)


@pytest.mark.parametrize(
    ("schema", "frame"),
    [
        ("flights_schema", "flights"),
        ("flights_2013_contract", "flights_2013"),
        ("FlightsSchema", "flights"),
        ("Flights", "flights"),
        ("RawFlightsModel", "raw_flights"),
        ("contracts/flights.yaml", "flights"),
        ("contracts/flights_schema.json", "flights"),
        ("schema", None),
        ("flights", None),
        ("_schema", None),
        ("contracts/2013-flights.yaml", None),
    ],
)
def test_the_frame_by_the_schemas_name(schema: str, frame: str | None):
    assert usual_frame(schema) == frame


@pytest.mark.parametrize(
    ("text", "contract"),
    [
        ("flights_schema", Contract("flights_schema", "flights")),
        ("flights = checks", Contract("checks", "flights", stated=True)),
        ("flights=contracts/a=b.json", None),
        ("planes=contracts/p.yml", Contract("contracts/p.yml", "planes", stated=True)),
        ("schema", None), ("a.b=c", None), ("=x_schema", None), ("flights=", None), ("flights=a b", None),
        ("x()", None), ("", None), ("x.toml", None),
    ],
)  # fmt: skip
def test_reads_a_contract_or_says_how_to_write_one(text: str, contract: Contract | None):
    if contract is None:
        with pytest.raises(DirectiveError, match="--contract"):
            options(f"--contract '{text}'")
    else:
        assert Contract.parse(text) == contract
        assert Contract.parse(str(contract)) == contract


@given(st.text(max_size=60))
def test_any_text_is_a_contract_or_refused_with_a_reason(text: str):
    frame, reason = "", ""
    try:
        frame = Contract.parse(text).frame
    except ValueError as error:
        reason = str(error)
    assert frame.isidentifier() != (0 < len(reason) < 400)


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("0", 0),
        ("1%", Fraction(1, 100)),
        ("0.7 %", Fraction(7, 1000)),
        ("0.25", Fraction(1, 4)),
        ("100%", 1),
        ("0%", 0),
    ],
)
def test_reads_a_share_exactly(text: str, share: Fraction):
    assert parse_share(text) == share


@pytest.mark.parametrize("text", ["1", "5", "101%", "-1%", "1e-3", "nan", "", "%", "1%%", "٣%", "1.0"])
def test_what_is_no_share_or_could_be_read_in_two_ways_is_refused(text: str):
    with pytest.raises(ValueError, match=r"write it as 1% or as 0\.01"):
        parse_share(text)
    with pytest.raises(DirectiveError, match="--max-bad"):
        options(f"--contract a_schema --max-bad='{text}'")


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_share_is_never_shown_as_none_or_all_where_it_is_not(bad: int, rows: int):
    share = Fraction(min(bad, rows), rows)
    assert (percent(share) == "0 %") == (share == 0)
    assert (percent(share) == "100 %") == (share == 1)


def test_names_and_binds():
    line = options("--contract flights_schema --contract planes=contracts/p.yaml")
    assert list(HOOK.names(line)) == ["flights_schema", "flights", "planes"]
    assert list(HOOK.binds(line)) == ["flights", "planes"]
    line = options("--contract flights_schema --on-violation quarantine")
    assert list(HOOK.names(line)) == ["flights_schema", "flights"]
    assert list(HOOK.binds(line)) == ["flights", "flights_quarantine"]
    assert HOOK.in_kernel(options("")) is None
    assert list(HOOK.binds(options(""))) == []


def test_limits_and_severity_are_not_in_the_kernels_part():
    first, second = options("--contract flights_schema"), options("--contract flights_schema --max-bad 1%")
    assert HOOK.in_kernel(first) == HOOK.in_kernel(second)
    assert HOOK.in_kernel(first) == HOOK.in_kernel(options("--contract flights_schema --on-violation warn"))
    assert HOOK.in_kernel(first) != HOOK.in_kernel(options("--contract flights_schema --on-violation quarantine"))


def test_a_limit_without_a_contract_is_an_error_of_the_line():
    for line in ("--max-bad 1%", "--on-violation warn"):
        with pytest.raises(DirectiveError, match="without a contract"):
            pipeline_from_sources([(f"%%stage validate {line}\nx = 1", {})], extend=[HOOK])
    with pytest.raises(DirectiveError, match="invalid choice"):
        options("--contract a_schema --on-violation ignore")


def test_lines_of_one_stage_add_their_contracts_up():
    lines = [parse_stage_line(f"v --contract {name}_schema", [HOOK]) for name in ("flights", "planes")]
    assert merge_stage_lines(*lines).options.extra["contract"] == ["flights_schema", "planes_schema"]


def test_what_reads_the_frame_below_waits_for_the_check_and_the_bad_rows_are_kept():
    cells = ["flights_schema = make()", "%%stage load\nflights = read()"]
    check = "%%stage validate --contract flights_schema --on-violation quarantine\npass"
    pipeline = pipeline_from_sources(
        [(cell, {}) for cell in (*cells, check, "%%stage train\nfit(flights)")], extend=[HOOK]
    )
    stage = pipeline.stage("validate")
    assert stage.guards == {"flights", "flights_quarantine"}
    assert "flights_quarantine" in stage.kept
    assert "flights_quarantine" not in stage.looked_at


def test_a_violation_stops():
    verdict = judge("--contract flights_schema", found())
    assert (verdict.passed, verdict.reasons) == (False, (BROKEN,))
    (check,) = verdict.facts["checks"]
    assert check["gate"] == "contract flights_schema on flights"
    assert (check["bad_rows"], check["rows"], check["severity"]) == (42, 336_776, "stop")
    assert check["share"] == pytest.approx(42 / 336_776)


def test_a_warning_passes_and_says_so():
    verdict = judge("--contract flights_schema --on-violation warn", found(frame_is_wrong=True))
    assert (verdict.passed, verdict.reasons) == (True, (BROKEN,))


def test_a_share_that_is_tolerated_passes_exactly_up_to_it():
    held = judge("--contract flights_schema --max-bad 0.7%", found(rows=1000, bad=7))
    assert held.passed
    assert "7 of 1,000 rows of flights (0.7 %, of which 0.7% is tolerated) break" in held.reasons[0]
    assert not judge("--contract flights_schema --max-bad 0.7%", found(rows=1000, bad=8)).passed


def test_of_two_contracts_only_the_one_that_refused_is_a_reason():
    verdict = judge("--contract flights_schema --max-bad 1%", found(), found(frame="planes", bad=9, rows=9))
    assert not verdict.passed
    assert [reason.partition(" break")[0] for reason in verdict.reasons] == ["9 of 9 rows of planes (100 %)"]
    assert [check["passed"] for check in verdict.facts["checks"]] == [True, False]


def test_a_quarantine_says_where_the_rows_are_and_holds_to_its_limit():
    line = "--contract flights_schema --on-violation quarantine"
    verdict = judge(f"{line} --max-bad 1%", found())
    assert verdict.passed
    assert verdict.reasons[0].endswith("(2 rows); they are kept as flights_quarantine")
    assert not judge(line, found()).passed
    whole = {"column": None, "check": "x", "text": "column dest is missing", "rows": None, "warns": False}
    wrong = judge(f"{line} --max-bad 100%", found(bad=0, failures=[whole], frame_is_wrong=True))
    assert (wrong.passed, wrong.reasons) == (False, ("flights breaks flights_schema: column dest is missing",))


def test_what_could_not_be_checked_does_not_hold_even_for_a_warning():
    problem = {"schema": "flights_schema", "frame": "flights", "problem": "flights is a Series, not a frame"}
    verdict = judge("--contract flights_schema --on-violation warn", problem)
    assert (verdict.passed, verdict.reasons) == (False, ("flights is a Series, not a frame",))
    assert not judge("--contract flights_schema").passed, "a result that says nothing of it"


def test_a_frame_that_holds_is_said_to():
    held = judge("--contract flights_schema", found(bad=0, failures=[]))
    assert (held.passed, held.reasons) == (True, ())
    assert held.facts["checks"][0]["text"] == "336,776 rows of flights hold to flights_schema"
    empty = judge("--contract flights_schema", found(bad=0, failures=[], rows=0))
    assert empty.facts["checks"][0]["text"] == "flights holds to flights_schema, but has no rows"
    soft = found(bad=0)
    soft["failures"] = [{**item, "warns": True} for item in soft["failures"][:1]]
    text = judge("--contract flights_schema", soft).facts["checks"][0]["text"]
    assert text.endswith("hold to flights_schema; warnings: distance must be greater than 0 (40 rows)")


def test_a_stage_without_a_contract_is_nothing_to_say():
    assert run_hooks([HOOK], StageContext(Stage("train", (1,), (), options("")))) == []


def test_importing_what_is_here_loads_no_library_of_frames():
    modules = sorted(path.stem for path in (Path(__file__).parents[3] / "jupyter_mlpipe" / "data").glob("*.py"))
    imports = "; ".join(f"import jupyter_mlpipe.data.{name}" for name in modules if name != "__init__")
    heavy = "{'pandas', 'polars', 'pandera', 'numpy'} & sys.modules.keys()"
    program = [sys.executable, "-c", f"import sys; {imports}; print({heavy})"]
    assert subprocess.check_output(program, text=True).strip() == "set()"
