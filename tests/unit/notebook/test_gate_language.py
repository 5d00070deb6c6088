"""The language of gates: what it reads, its canonical text, and what it refuses in which words."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from jupyter_mlpipe.errors import GateSyntaxError
from jupyter_mlpipe.notebook.gate_language import read_condition
from jupyter_mlpipe.notebook.gate_language.syntax import (
    All,
    Argument,
    Arithmetic,
    Call,
    Column,
    Comparison,
    Either,
    Flag,
    Function,
    Group,
    Name,
    Negative,
    Not,
    Number,
    Predicate,
    Text,
    Within,
    number_names,
    value_names,
)
from jupyter_mlpipe.notebook.gate_language.units import UNITS, shown

auc = Name("auc")


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("auc >= 0.75", Comparison((auc, Number(0.75)), (">=",))),
        ("auc>=.75", Comparison((auc, Number(0.75)), (">=",))),
        ("0.7 <= auc < 0.9", Comparison((Number(0.7), auc, Number(0.9)), ("<=", "<"))),
        ("auc in [0.7, 0.9)", Within(auc, Number(0.7), Number(0.9), True, False)),
        ("auc not in (0, 1)", Not(Within(auc, Number(0), Number(1), False, False))),
        ("Δ != -2", Comparison((Name("Δ"), Number(-2)), ("!=",))),
        ("t <= 50ms", Comparison((Name("t"), Number(50, "ms")), ("<=",))),
        ("t <= 50 μs", Comparison((Name("t"), Number(50, "µs")), ("<=",))),
        ("b <= 5%", Comparison((Name("b"), Number(5, "%")), ("<=",))),
        (
            "auc - base >= 0.01",
            Comparison((Arithmetic("-", auc, Name("base")), Number(0.01)), (">=",)),
        ),
        ("-auc * 2 > 1", Comparison((Arithmetic("*", Negative(auc), Number(2)), Number(1)), (">",))),
        ("max(a, b) > 1", Comparison((Function("max", (Name("a"), Name("b"))), Number(1)), (">",))),
        (
            "a > 1 and b > 1 or not c > 1",
            Either(
                (
                    All((Comparison((Name("a"), Number(1)), (">",)), Comparison((Name("b"), Number(1)), (">",)))),
                    Not(Comparison((Name("c"), Number(1)), (">",))),
                )
            ),
        ),
        ("accepts(model, X)", Predicate(Call("accepts", (Argument(Name("model")), Argument(Name("X")))))),
        (
            "f(test.late, by=(sex, test.\"age group\"), positive='good', exact=True, low=-1) > 0",
            Comparison(
                (
                    Call(
                        "f",
                        (
                            Argument(Column("test", "late")),
                            Argument(Group((Name("sex"), Column("test", "age group"))), "by"),
                            Argument(Text("good"), "positive"),
                            Argument(Flag(True), "exact"),
                            Argument(Number(-1), "low"),
                        ),
                    ),
                    Number(0),
                ),
                (">",),
            ),
        ),
        (
            "improvement(roc_auc, model, X, y) >= 0",
            read_condition('improvement("roc_auc", model, X, y) >= 0'),
        ),
    ],
)
def test_reads(text: str, condition: object) -> None:
    assert read_condition(text) == condition
    assert read_condition(str(condition)) == condition


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        ("", 1, "there is nothing"),
        ("auc", 1, "is no condition: compare it"),
        ("auc >=", 7, "the gate ends where a name or a number is expected"),
        ("auc => 0.75", 5, "write >="),
        ("auc = 0.75", 5, "write =="),
        ("auc >= 0.75 and", 16, "the gate ends"),
        ("auc >= 0.75 && b > 1", 13, "write and"),
        ("and > 1", 1, "there is 'and'"),
        ("auc >= 1e999", 8, "larger than any number"),
        ("auc >= 0x10", 8, "'0x10' is no number"),
        ("auc >= 1_000", 8, "'1_000' is no number"),
        ("auc >= 5 sec", 10, "'sec' is no unit; did you mean `s`?"),
        ("auc.item() > 1", 4, "only a measure takes columns"),
        ("__import__('os').system('id') > 1", 17, "only a measure takes columns"),
        ("a > 1; import os", 6, "';' belongs to nothing"),
        ("a[0] > 1", 2, "there is '['"),
        ("a > ٣", 5, "'٣' belongs to nothing"),
        ("a > 1 < 2", 7, "a chain goes one way"),
        ("a in [2, 1]", 6, "write the lower end first"),
        ("(a > 1) + 1 > 2", 1, "is a condition where a number is needed"),
        ("f(g(x)) > 1", 3, "g(…) cannot be an argument"),
        ("f(a=1, b) > 1", 8, "arguments without a keyword come first"),
        ("f(a=1, a=2) > 1", 8, "a is given twice"),
        ("abs(a, b) > 1", 1, "abs takes one quantity"),
        ("max(a) > 1", 1, "max takes two quantities or more"),
        ("f('a > 1", 3, "has no end"),
        ("50ms >= 3MB", 6, "50ms is a time and 3MB is a size in bytes"),
        ("a > 5ms + 3MB", 9, "cannot be compared"),
        ("a > 5ms * 3s", 9, "a time cannot be multiplied by a time"),
        ("t in [1s, 3MB]", 6, "cannot be compared"),
        ("(" * 60 + "a > 1" + ")" * 60, 32, "levels deep"),
        ("not " * 60 + "a > 1", 125, "levels deep"),
        ("a" + " + a" * 300 + " > 1", 601, "too long"),
    ],
)
def test_refuses_and_says_where_and_how_to_write_it(text: str, column: int, said: str) -> None:
    with pytest.raises(GateSyntaxError) as caught:
        read_condition(text)
    assert said in caught.value.message
    assert caught.value.details["column"] == column


def test_refuses_a_text_without_end() -> None:
    with pytest.raises(GateSyntaxError, match="a gate of 3,000 characters is too long"):
        read_condition("x" * 3000)


def test_a_plain_number_may_be_compared_with_anything() -> None:
    for text in ("t <= 50ms", "latency <= 50ms and latency >= 0", "2 * t + 1 <= 3s", "3MB / 1kB > 2", "5 > 3MB"):
        read_condition(text)


@pytest.mark.parametrize(
    ("text", "numbers", "values"),
    [
        ("auc - base >= 0 and loss < 1", {"auc", "base", "loss"}, set()),
        ("f(y, test.p, by=(sex, t.age), positive='x') > limit", {"limit"}, {"y", "test", "sex", "t"}),
        ("improvement(roc_auc, model, X, y) > 0", set(), {"model", "X", "y"}),
        ("not (a in [b, max(c, d)]) or accepts(m, X)", {"a", "b", "c", "d"}, {"m", "X"}),
    ],
)
def test_tells_the_names_that_it_needs(text: str, numbers: set[str], values: set[str]) -> None:
    assert number_names(read_condition(text)) == numbers
    assert value_names(read_condition(text)) == values


def test_units_are_exact_where_decimals_are() -> None:
    assert Number(7, "%").quantity == 0.07
    assert Number(3, "ms").quantity == 0.003
    assert Number(1, "GiB").quantity == 2**30


@pytest.mark.parametrize(
    ("value", "dimension", "text"),
    [
        (0.0123, "time", "12.3 ms"),
        (90, "time", "1.5 min"),
        (0, "time", "0 s"),
        (2e7, "size", "20 MB"),
        (0.5, None, "0.5"),
    ],
)
def test_quantities_are_shown_in_the_unit_that_fits(value: float, dimension: str | None, text: str) -> None:
    assert shown(value, dimension) == text  # type: ignore[arg-type]


names = st.sampled_from(["auc", "loss", "Δ", "min", "s", "ms", "_x1"]).map(Name)
numbers = st.builds(
    Number,
    st.floats(min_value=0, allow_nan=False, allow_infinity=False) | st.integers(-99, 99).map(float),
    st.sampled_from([None, *(unit for unit in UNITS if unit != "KB")]),
)
plain = st.builds(Number, st.floats(allow_nan=False, allow_infinity=False))
given_values = st.recursive(
    names
    | numbers
    | st.builds(Flag, st.booleans())
    | st.builds(Text, st.text("abc 'Δ,)", max_size=5) | st.text('ab "', max_size=5))
    | st.builds(Column, st.sampled_from(["test", "X"]), st.sampled_from(["late", "age group", "and", "1"])),
    lambda inner: st.builds(Group, st.lists(inner, min_size=1, max_size=3).map(tuple)),
    max_leaves=4,
)
measured = st.builds(
    lambda name, first, later: Call(
        name, (*map(Argument, first), *(Argument(value, key) for key, value in later.items()))
    ),
    st.sampled_from(["roc_auc", "size"]),
    st.lists(given_values, max_size=3),
    st.dictionaries(st.sampled_from(["by", "positive"]), given_values, max_size=2),
)
quantities = st.recursive(
    names | plain | measured,
    lambda inner: (
        st.builds(Negative, inner.filter(lambda node: not isinstance(node, Number)))
        | st.builds(Arithmetic, st.sampled_from("+-*/"), inner, inner)
        | st.builds(Function, st.sampled_from(["min", "max"]), st.lists(inner, min_size=2, max_size=3).map(tuple))
    ),
    max_leaves=6,
)
compared = (
    st.builds(
        lambda a, b, sign: Comparison((a, b), (sign,)),
        quantities,
        quantities,
        st.sampled_from([">=", "<=", "==", "!=", ">", "<"]),
    )
    | st.builds(
        lambda a, b, c, signs: Comparison((a, b, c), signs),
        quantities,
        quantities,
        quantities,
        st.tuples(st.sampled_from(["<", "<="]), st.sampled_from(["<", "<="])),
    )
    | st.builds(Within, quantities, names, quantities, st.booleans(), st.booleans())
    | st.builds(Predicate, measured)
)
conditions = st.recursive(
    compared,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(All, st.lists(inner, min_size=2, max_size=3).map(tuple))
        | st.builds(Either, st.lists(inner, min_size=2, max_size=3).map(tuple))
    ),
    max_leaves=4,
)


@given(conditions)
def test_canonical_text_is_read_as_the_same_condition(condition: object) -> None:
    text = str(condition)
    try:
        found = read_condition(text)
    except GateSyntaxError as error:
        assume("too long" not in error.message and "levels deep" not in error.message)
        raise
    assert found == condition
    assert str(found) == text


@given(st.text(max_size=80) | st.text("auc0.1<>=!()[], +-*/%'\"msMB", max_size=60))
def test_any_text_is_read_or_refused_with_a_reason(text: str) -> None:
    try:
        found = read_condition(text)
    except GateSyntaxError as error:
        refused = error.message
    else:
        assert read_condition(str(found)) == found
        return
    assert 0 < len(refused) < 600
