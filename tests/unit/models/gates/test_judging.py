"""Gates: their grammar, what they refuse, and what they say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlpipe.errors import DirectiveError
from jupyter_mlpipe.execution.hooks import StageContext, Verdict
from jupyter_mlpipe.models.gates import OPERATORS, Comparison, GateHook, parse_gate
from jupyter_mlpipe.notebook.directive import parse_stage_line
from jupyter_mlpipe.notebook.pipeline import Stage, StageOptions


def ask(gate: str | list[str], **numbers: float) -> Verdict | None:
    gates = [gate] if isinstance(gate, str) else gate
    stage = Stage("evaluate", (3,), (), StageOptions(extra={"gate": gates} if gates else {}))
    return GateHook().after_stage(StageContext(stage, numbers))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("auc >= 0.75", [("auc", ">=", 0.75)]),
        ("auc>=.75", [("auc", ">=", 0.75)]),
        ("  loss  <  1e-3 ", [("loss", "<", 0.001)]),
        ("Δ != -2", [("Δ", "!=", -2.0)]),
        ("a > 1 and b <= +2. and c == 3", [("a", ">", 1.0), ("b", "<=", 2.0), ("c", "==", 3.0)]),
        ("band > 1 and andy < 2", [("band", ">", 1.0), ("andy", "<", 2.0)]),
    ],
)
def test_reads(text: str, expected: list[tuple[str, str, float]]) -> None:
    assert [(found.name, found.operator, found.limit) for found in parse_gate(text)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "auc", "auc >=", ">= 0.75", "auc => 0.75", "auc = 0.75", "0.75 <= auc", "auc >= 0.75 or loss < 1",
        "auc >= 0.75 and", "and > 1", "auc >= nan", "auc >= inf", "auc >= 1e999", "auc >= 0x10", "auc >= 1_000",
        "auc >= limit", "auc.item() > 1", "a.b > 1", "__import__('os').system('id') > 1", "a > 1; import os",
        "a > 1\nimport os", "a[0] > 1", "-a > 1", "a > ٣", "a > 1 > 2", "x" * 2000 + " > 1",
    ],
)  # fmt: skip
def test_refuses_what_is_not_in_the_grammar(text: str) -> None:
    with pytest.raises(ValueError, match=r"write it as|too long|larger than"):
        parse_gate(text)


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused_with_a_reason(text: str) -> None:
    try:
        found = parse_gate(text)
    except ValueError as error:
        found, reason = (), str(error)
    else:
        reason = ""
    assert bool(found) != bool(reason)
    assert len(reason) < 300
    assert all(comparison.name.isidentifier() for comparison in found)


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False), st.sampled_from(sorted(OPERATORS)))
def test_compares_as_python_does(limit: float, value: float, operator: str) -> None:
    [comparison] = parse_gate(f"x {operator} {limit!r}")
    assert comparison == Comparison("x", operator, limit)
    assert (comparison.refusal({"x": value}) is None) == OPERATORS[operator](value, limit)


def test_a_gate_that_holds() -> None:
    verdict = ask(["auc >= 0.75", "loss < 1 and n == 3"], auc=0.75, loss=0.5, n=3)
    assert verdict is not None
    assert (verdict.passed, verdict.reasons) == (True, ())
    assert [(check["name"], check["value"], check["passed"]) for check in verdict.facts["checks"]] == [
        ("auc", 0.75, True),
        ("loss", 0.5, True),
        ("n", 3.0, True),
    ]


@pytest.mark.parametrize(
    ("gate", "numbers", "reason"),
    [
        ("auc >= 0.75", {"auc": 0.7}, "auc >= 0.75 does not hold: auc is 0.7"),
        ("auc >= 0.75", {"auc": 0.7499999999}, "auc >= 0.75 does not hold: auc is 0.7499999999"),
        ("auc > 0.75", {"auc": 0.75}, "auc > 0.75 does not hold: auc is 0.75"),
        ("auc != 1", {"auc": float("nan")}, "auc != 1 cannot be checked: auc is NaN"),
        ("auc < 1", {"auc": float("-inf")}, None),
        ("auc < 1", {"auc": float("inf")}, "auc < 1 does not hold: auc is inf"),
        (
            "auc >= 0.75",
            {"loss": 1, "acc": 2},
            "auc >= 0.75 cannot be checked: the stage binds no number named auc (numbers it binds: acc, loss)",
        ),
        (
            "auc >= 0.75",
            {},
            "auc >= 0.75 cannot be checked: the stage binds no number named auc (numbers it binds: none)",
        ),
    ],
)
def test_says_why_it_does_not_hold(gate: str, numbers: dict[str, float], reason: str | None) -> None:
    verdict = ask(gate, **numbers)
    assert verdict is not None
    assert verdict.reasons == (() if reason is None else (reason,))
    assert verdict.passed is (reason is None)


def test_every_gate_that_fails_is_told() -> None:
    verdict = ask(["a > 1 and b > 1", "c > 1"], a=0, b=2, c=0)
    assert verdict is not None
    assert [reason.split()[0] for reason in verdict.reasons] == ["a", "c"]


def test_a_stage_without_gates_gets_no_verdict() -> None:
    assert ask([], auc=1.0) is None


def test_the_stage_line() -> None:
    extend = [GateHook()]
    line = parse_stage_line('%%stage evaluate --gate "auc >= 0.75" --gate "b <  1"', extend)
    assert line.options.extra["gate"] == ["auc >= 0.75", "b < 1"]
    assert "gate" not in parse_stage_line("%%stage evaluate", extend).options.extra
    with pytest.raises(DirectiveError) as caught:
        parse_stage_line('%%stage evaluate --gate "auc => 1"', extend)
    assert "'auc => 1' is no comparison" in caught.value.message
