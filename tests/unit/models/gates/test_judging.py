"""Gates on numbers: what holds, what does not, what cannot be checked, and what is said of it."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlpipe.errors import DirectiveError, GateSyntaxError, RegistryUnavailableError, UnmeasurableError
from jupyter_mlpipe.execution.hooks import StageContext, Verdict
from jupyter_mlpipe.models.gates import (
    Estimate,
    GateHook,
    Measure,
    Parameter,
    judge,
    known_measures,
    measures,
    parse_gate,
)
from jupyter_mlpipe.models.gates.estimates import absolute, combined, greatest, least, negative
from jupyter_mlpipe.notebook.directive import parse_stage_line
from jupyter_mlpipe.notebook.pipeline import Stage, StageOptions
from tests.unit.models.gates.evidence import Bound, check


def ask(gate: str | list[str], **numbers: float) -> Verdict | None:
    gates = [gate] if isinstance(gate, str) else gate
    stage = Stage("evaluate", (3,), (), StageOptions(extra={"gate": gates} if gates else {}))
    return GateHook().after_stage(StageContext(stage, numbers))


@pytest.fixture
def plug_in(monkeypatch: pytest.MonkeyPatch):
    """Installs measures as other distributions would."""

    def install(**found: object) -> None:
        points = tuple(Point(name, value) for name, value in found.items())
        monkeypatch.setattr(measures, "entry_points", lambda _group: points)

    return install


class Point:
    distribution = "acme-gates 1.0"

    def __init__(self, name: str, value: object) -> None:
        self.name, self._value = name, value

    def load(self) -> object:
        if isinstance(self._value, Exception):
            raise self._value
        return self._value


def given_estimate(name: str = "acme", **parts: object) -> Measure:
    found = Estimate(**parts)  # type: ignore[arg-type]
    return Measure(name, "for tests", (), lambda _taken, _evidence: found)


@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(allow_nan=False),
    st.sampled_from([">=", "<=", "==", "!=", ">", "<"]),
)
def test_compares_as_python_does(limit: float, value: float, operator: str) -> None:
    expected = eval(f"value {operator} limit")
    assert check(f"x {operator} {limit!r}", numbers={"x": value}).passed is expected
    assert check(f"not x {operator} {limit!r}", numbers={"x": value}).passed is not expected


def test_a_gate_that_holds() -> None:
    verdict = ask(["auc >= 0.75", "loss < 1 and n == 3"], auc=0.75, loss=0.5, n=3)
    assert verdict is not None
    assert (verdict.passed, verdict.reasons) == (True, ())
    one, other = verdict.facts["checks"]
    assert (one["gate"], one["passed"], one["text"]) == ("auc >= 0.75", True, "auc is 0.75, at least 0.75 asked")
    assert (one["name"], one["operator"], one["limit"], one["value"]) == ("auc", ">=", 0.75, 0.75)
    assert other["text"] == "loss is 0.5, less than 1 asked; n is 3, exactly 3 asked"
    assert [(item["name"], item["value"], item["passed"]) for item in other["comparisons"]] == [
        ("loss", 0.5, True),
        ("n", 3.0, True),
    ]
    assert one["seconds"] >= 0


@pytest.mark.parametrize(
    ("gate", "numbers", "reason"),
    [
        ("auc >= 0.75", {"auc": 0.7}, "auc >= 0.75 does not hold: auc is 0.7, at least 0.75 asked"),
        ("0.75 <= auc", {"auc": 0.7}, "0.75 <= auc does not hold: auc is 0.7, at least 0.75 asked"),
        ("auc > 0.75", {"auc": 0.75}, "auc > 0.75 does not hold: auc is 0.75, more than 0.75 asked"),
        ("auc < 1", {"auc": -math.inf}, None),
        ("auc < 1", {"auc": math.inf}, "auc < 1 does not hold: auc is inf, less than 1 asked"),
        ("auc >= base + 0.02", {"auc": 0.7, "base": 0.69},
         "auc >= base + 0.02 does not hold: auc is 0.7, at least base + 0.02 (0.71) asked"),
        ("0.7 <= auc <= 0.9", {"auc": 0.95}, "auc <= 0.9 does not hold: auc is 0.95, at most 0.9 asked"),
        ("auc in [0.7, 0.9)", {"auc": 0.9}, "auc in [0.7, 0.9) does not hold: auc is 0.9, within [0.7, 0.9) asked"),
        ("auc not in [0.7, 0.9)", {"auc": 0.9}, None),
        ("seconds <= 50ms", {"seconds": 0.2}, "seconds <= 50ms does not hold: seconds is 200 ms, at most 50ms asked"),
        ("a > 1 or b > 1", {"a": 0, "b": 1},
         "a > 1 or b > 1 does not hold: a is 0, more than 1 asked; b is 1, more than 1 asked"),
        ("not (a > 1 or b > 1)", {"a": 0, "b": 0}, None),
        ("abs(a - b) / max(a, b) <= 10%", {"a": 9, "b": 10}, None),
        ("min(a, b) > 1", {"a": 0, "b": 10}, "min(a, b) > 1 does not hold: min(a, b) is 0, more than 1 asked"),
    ],
)  # fmt: skip
def test_says_why_it_does_not_hold(gate: str, numbers: dict[str, float], reason: str | None) -> None:
    found = check(gate, numbers=numbers)
    assert found.reasons == (() if reason is None else (reason,))
    assert found.passed is (reason is None)


def test_shows_as_many_digits_as_it_takes_to_tell_a_value_from_its_limit() -> None:
    assert check("auc >= 0.75", numbers={"auc": 0.7499999999}).text == "auc is 0.7499999999, at least 0.75 asked"


@pytest.mark.parametrize(
    ("gate", "said"),
    [
        ("nan != 1", "nan is NaN"),
        ("auk >= 0.75", "no number named auk is bound; did you mean `auc`? (numbers: auc, nan)"),
        ("zzz >= 0.75", "no number named zzz is bound; numbers are: auc, nan"),
        ("label >= 0.75", "label is str, no number"),
        ("nothing >= 0.75", "nothing is None"),
        ("column >= 0.75", "column is list, no number"),
        ("auc / (auc - auc) > 1", "it divides by zero"),
        ("size(modell) < 1MB", "there is no value named modell; did you mean `model`?"),
        ("mae(frame.lat, frame.late) < 1", "frame has no column lat; did you mean `late`?"),
        ("mae(model.late, model.late) < 1", "model is bytes, which has no columns"),
        ("mae(pickled, pickled) < 1", "pickled is stored as a pickle, and loading it here could run code; bind its"),
    ],
)  # fmt: skip
def test_what_cannot_be_checked_does_not_hold_and_says_why(gate: str, said: str) -> None:
    values = {"label": "good", "nothing": None, "column": [1], "model": b"", "frame": {"late": [1.0]}, "pickled": [1]}
    evidence = Bound(values, {"auc": 0.8, "nan": math.nan}, pickled=["pickled"])
    for text in (gate, f"not ({gate})"):
        (found,) = judge([text], evidence)
        assert not found.passed
        assert len(found.reasons) == 1
        assert "cannot be checked" in found.reasons[0]
        assert said in found.reasons[0]
        json.dumps(found.to_json(), allow_nan=False)
    assert "pickled" not in evidence.loaded


def test_without_any_number_it_says_so() -> None:
    assert "there are no numbers" in check("auc > 1").text


def test_with_or_the_other_side_may_still_hold() -> None:
    assert check("missing > 1 or auc > 0.5", numbers={"auc": 0.8}).passed
    assert not check("missing > 1 or auc > 0.9", numbers={"auc": 0.8}).passed
    assert not check("missing > 1 and auc > 0.5", numbers={"auc": 0.8}).passed


def test_a_number_that_is_only_stored_is_read() -> None:
    assert check("auc > 0.5", auc=0.8).passed


def test_every_gate_that_fails_is_told() -> None:
    verdict = ask(["a > 1 and b > 1", "c > 1"], a=0, b=2, c=0)
    assert verdict is not None
    assert [reason.split()[0] for reason in verdict.reasons] == ["a", "c"]


def test_a_stage_without_gates_gets_no_verdict() -> None:
    assert ask([], auc=1.0) is None


# -- intervals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gate", "passed"),
    [
        ("acme() >= 0.7", True),
        ("acme() >= 0.72", False),
        ("acme() <= 0.8", True),
        ("acme() <= 0.78", False),
        ("0.72 <= acme()", False),
        ("acme() in [0.7, 0.8]", True),
        ("acme() in [0.72, 0.8]", False),
        ("not acme() > 0.78", False),
        ("not acme() > 0.8", True),
        ("acme() not in [0.75, 2]", False),
        ("acme() not in [0.9, 2]", True),
        ("acme() != 0.75", False),
        ("acme() == 0.75", False),
        ("acme() - 0.1 >= 0.6", True),
        ("-acme() <= -0.7", True),
        ("2 * acme() >= 1.45", False),
        ("1 / acme() <= 1.43", True),
        ("acme() >= acme()", False),
    ],
)
def test_a_gate_on_an_interval_holds_only_where_the_bound_does(gate: str, passed: bool, plug_in) -> None:
    plug_in(acme=given_estimate(value=0.75, low=0.7, high=0.8, confidence=0.95))
    assert check(gate).passed is passed


def test_an_interval_is_shown(plug_in) -> None:
    plug_in(acme=given_estimate(value=0.713, low=0.7012, high=0.7251, confidence=0.95))
    found = check("acme() >= 0.72")
    assert found.text == "acme is 0.713 (95 % interval 0.701 to 0.725), at least 0.72 asked of the lower end"
    assert found.facts["estimates"][0]["low"] == 0.7012
    assert (found.facts["value"], found.facts["low"], found.facts["high"]) == (0.713, 0.7012, 0.7251)


def test_an_end_that_is_not_known_holds_nothing(plug_in) -> None:
    plug_in(acme=given_estimate(value=0.01, low=0.005, unit="s", note="5 calls are too few"))
    found = check("acme() <= 1h")
    assert not found.passed
    assert "5 calls are too few" in found.text
    assert check("acme() >= 1ms").passed


ends = st.floats(-100, 100).map(lambda value: round(value, 3))
estimates = st.tuples(ends, ends, ends).map(sorted).map(lambda three: Estimate(three[1], three[0], three[2]))


@given(estimates, estimates, st.floats(0, 1), st.floats(0, 1))
def test_arithmetic_keeps_every_result_of_the_intervals(
    one: Estimate, other: Estimate, at: float, where: float
) -> None:
    x = one.lowest + at * (one.highest - one.lowest)
    y = other.lowest + where * (other.highest - other.lowest)
    for operator, result in (("+", x + y), ("-", x - y), ("*", x * y)):
        found = combined(operator, one, other)
        assert found.lowest - 1e-6 <= result <= found.highest + 1e-6
    if other.lowest > 0.01 or other.highest < -0.01:
        found = combined("/", one, other)
        assert found.lowest - 1e-6 <= x / y <= found.highest + 1e-6
    for found, result in (
        (negative(one), -x),
        (absolute(one), abs(x)),
        (least([one, other]), min(x, y)),
        (greatest([one, other]), max(x, y)),
    ):
        assert found.lowest - 1e-9 <= result <= found.highest + 1e-9


def test_a_figure_whose_interval_holds_zero_divides_nothing(plug_in) -> None:
    plug_in(acme=given_estimate(value=0.1, low=-0.1, high=0.3))
    assert "it divides by a figure whose interval holds zero" in check("1 / acme() > 1").text


# -- measures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gate", "said"),
    [
        ("roc_acu(y, p) > 1", "there is no measure roc_acu; did you mean `roc_auc`?"),
        ("roc_auc(y) > 1", "roc_auc needs y_score too: roc_auc(y_true, y_score, positive=None"),
        ("roc_auc(y, p, 1, 0.9, 100, 3) > 1", "takes 5 arguments at most"),
        ("roc_auc(y, p, confidnce=0.9) > 1", "roc_auc has no confidnce; did you mean `confidence`?"),
        ("roc_auc(y, p, y_true=y) > 1", "gets y_true twice"),
        ("roc_auc(y, 0.5) > 1", "y_score of roc_auc is the name of a value, or frame.column, not 0.5"),
        ("roc_auc(y, p, confidence=95) > 1", "confidence of roc_auc is a number from 0.5 to 0.9999, not 95"),
        ("roc_auc(y, p, resamples=100.5) > 1", "a whole number from 100 to 100000, not 100.5"),
        ("roc_auc(y, p, positive=good) > 1", "a number, or a text in quotation marks, not good"),
        ("f1(y, p, average='mean') > 1", 'average of f1 is "binary" or "macro" or "weighted" or "micro"'),
        ("improvement(auc, m, X, y) > 0", 'metric of improvement is "accuracy"'),
        ("size(test.model) < 1MB", "model of size is the name of a value"),
        ("roc_auc(y, p)", "roc_auc gives a number: compare it, as in roc_auc(y, p) >= 0.75"),
        ("latency(m, X) <= 20MB", "latency(m, X) is a time and 20MB is a size in bytes"),
        ("size(m) + latency(m, X) > 0", "cannot be compared"),
    ],
)
def test_calls_are_checked_when_they_are_read(gate: str, said: str) -> None:
    with pytest.raises(GateSyntaxError) as caught:
        parse_gate(gate)
    assert said in caught.value.message


def test_all_measures_say_what_they_take() -> None:
    found = known_measures()
    assert {"roc_auc", "demographic_parity_difference", "latency", "size", "accepts", "improvement"} <= set(found)
    for item in found.values():
        assert item.doc
        assert all(parameter.doc for parameter in item.parameters)


def test_measures_of_others_are_found_and_cannot_replace_ours(plug_in) -> None:
    asked: list[object] = []

    def call(taken: object, evidence: object) -> Estimate:
        asked.append((taken["x"].text, taken["x"].value, taken["k"].value))  # type: ignore[index]
        return Estimate(2.0, evidence={"seen": math.inf})

    mine = Measure("acme", "a test", (Parameter("x", "value", "rows"), Parameter("k", "number", "how many", 3)), call)
    plug_in(acme=mine, roc_auc=given_estimate(value=1.0))
    found = check("acme(y.a, k=4) == 2", y={"a": [1, 2]})
    assert found.passed
    assert asked == [("y.a", [1, 2], 4)]
    assert found.facts["evidence"] == {"acme(y.a, k=4)": {"seen": None}}
    assert "the measure" not in check("roc_auc(y, y) >= 0", y=[0, 1, 1]).text


@pytest.mark.parametrize(
    ("broken", "said"),
    [(ImportError("no acme"), "cannot be loaded: ImportError: no acme"), (object(), "is object, not a Measure")],
)
def test_a_broken_plug_in_is_named(broken: object, said: str, plug_in) -> None:
    plug_in(acme=broken)
    with pytest.raises(GateSyntaxError) as caught:
        parse_gate("acme() > 1")
    assert "acme-gates 1.0" in caught.value.message
    assert said in caught.value.message


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (ZeroDivisionError("oh"), "acme failed: ZeroDivisionError: oh"),
        (UnmeasurableError("it rains", hint="wait"), "it rains; wait"),
    ],
)
def test_a_measure_that_fails_is_no_crash(raised: Exception, said: str, plug_in) -> None:
    def call(_taken: object, _evidence: object) -> Estimate:
        raise raised

    plug_in(acme=Measure("acme", "a test", (), call))
    found = check("acme() > 1")
    assert not found.passed
    assert said in found.text


def test_a_registry_that_does_not_answer_is_no_verdict(plug_in) -> None:
    def call(_taken: object, _evidence: object) -> Estimate:
        raise RegistryUnavailableError("MLflow is away")

    plug_in(acme=Measure("acme", "a test", (), call))
    with pytest.raises(RegistryUnavailableError):
        check("acme() > 1")


def test_values_are_loaded_and_measured_once_for_all_gates() -> None:
    evidence = Bound({"y": [0, 1, 1, 0], "p": [0.1, 0.8, 0.7, 0.2]})
    found = judge(["roc_auc(y, p) >= 0", "roc_auc(y, p) <= 1 and brier(y, p) < 1"], evidence)
    assert all(item.passed for item in found)
    assert sorted(evidence.loaded) == ["p", "y"]


def test_our_measures_need_no_entry_point() -> None:
    assert measures.measure("roc_auc").name == "roc_auc"


# -- the hook ---------------------------------------------------------------------------------------------------------


def test_the_stage_line() -> None:
    extend = [GateHook()]
    line = parse_stage_line('%%stage evaluate --gate "auc >= 0.75" --gate "b <  1"', extend)
    assert line.options.extra["gate"] == ["auc >= 0.75", "b < 1"]
    spaced = parse_stage_line("""%%stage evaluate --gate 'f1(y, p, positive="a  b")  > 1'""", extend)
    assert spaced.options.extra["gate"] == ['f1(y, p, positive="a  b")  > 1']
    assert "gate" not in parse_stage_line("%%stage evaluate", extend).options.extra
    with pytest.raises(DirectiveError) as caught:
        parse_stage_line('%%stage evaluate --gate "auc => 1"', extend)
    assert "'=>' is no operator; write >=" in caught.value.message
    with pytest.raises(DirectiveError) as caught:
        parse_stage_line('%%stage evaluate --gate "roc_acu(y, p) >= 1"', extend)
    assert "did you mean `roc_auc`" in caught.value.message


def test_the_hook_looks_at_the_values_that_measures_need_and_at_no_number() -> None:
    gates = ["auc >= 0.75", "roc_auc(y, test.p) >= base", "accepts(model, test)"]
    assert tuple(GateHook().names(StageOptions(extra={"gate": gates}))) == ("test", "y", "model")
    assert tuple(GateHook().names(StageOptions())) == ()
