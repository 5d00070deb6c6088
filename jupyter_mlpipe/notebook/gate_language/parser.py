"""Reads a gate's text: recursive descent, one method a rule of the grammar.

::

    condition  = all {"or" all}                     all   = negation {"and" negation}
    negation   = "not" negation | comparison
    comparison = sum [{operator sum} | ["not"] "in" ("[" | "(") sum "," sum ("]" | ")")]
    sum        = product {("+" | "-") product}      product = signed {("*" | "/") signed}
    signed     = {"-" | "+"} atom
    atom       = number [unit] | name | name "(" [argument {"," argument}] ")" | "(" condition ")"
    argument   = [name "="] given
    given      = ["-" | "+"] number [unit] | text | name ["." (name | text)] | "(" given {"," given} ")"

Not for knowing measures and what they take (``models.gates``).
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable

from jupyter_mlpipe.notebook.gate_language import syntax
from jupyter_mlpipe.notebook.gate_language.dimensions import check_dimensions
from jupyter_mlpipe.notebook.gate_language.syntax import (
    FUNCTIONS,
    KEYWORDS,
    All,
    Argument,
    Arithmetic,
    Call,
    Column,
    Comparison,
    Condition,
    Either,
    Flag,
    Function,
    Given,
    Group,
    Name,
    Negative,
    Not,
    Number,
    Predicate,
    Quantity,
    Text,
    Within,
)
from jupyter_mlpipe.notebook.gate_language.tokens import EXAMPLE, Token, quoted, refusal, tokens
from jupyter_mlpipe.notebook.gate_language.units import UNITS
from jupyter_mlpipe.notebook.suggest import nearest

DEEPEST = 30
MOST_TOKENS = 300
NAMES_A_MEASURE = ("improvement",)
"""Measures whose first argument names another measure, with or without quotation marks."""

_RISING, _FALLING = ("<", "<="), (">", ">=")


def read_condition(text: str) -> Condition:
    """Read a gate.

    Returns
    -------
    Condition
        Its ``str`` is the gate's canonical text, which is read as the same condition.

    Raises
    ------
    GateSyntaxError
        It is not in the language, compares quantities of different dimension, or is too long or too deep; says in which
        column and how to write it.
    """
    condition = _Parser(text).whole()
    check_dimensions(condition, text)
    return condition


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokens(text)
        if len(self._tokens) > MOST_TOKENS:
            raise refusal(
                text, self._tokens[MOST_TOKENS].start, "the gate is too long from here on; write several gates"
            )
        self._at = 0
        self._depth = 0

    # -- conditions --------------------------------------------------------------------------------------------------

    def whole(self) -> Condition:
        if self._peek().kind == "end":
            raise self._refusal(self._peek(), f"there is nothing; {EXAMPLE}")
        begun = self._peek()
        condition = self._condition(self._either(), begun)
        if self._peek().kind != "end":
            raise self._unexpected("an operator, and, or")
        return condition

    def _either(self) -> Condition | Quantity:
        return self._joined("or", self._all, Either)

    def _all(self) -> Condition | Quantity:
        return self._joined("and", self._negation, All)

    def _joined(
        self, word: str, read: Callable[[], Condition | Quantity], kind: type[All | Either]
    ) -> Condition | Quantity:
        begun = self._peek()
        first = read()
        if not self._is(word):
            return first
        parts = [self._condition(first, begun)]
        while self._take(word):
            begun = self._peek()
            parts.append(self._condition(read(), begun))
        return kind(tuple(parts))

    def _negation(self) -> Condition | Quantity:
        if not self._take("not"):
            return self._comparison()
        begun = self._peek()
        self._enter()
        condition = Not(self._condition(self._negation(), begun))
        self._depth -= 1
        return condition

    def _comparison(self) -> Condition | Quantity:
        begun = self._peek()
        first = self._sum()
        if self._is("in") or (self._is("not") and self._tokens[self._at + 1].text == "in"):
            negated = self._take("not")
            self._take("in")
            within = self._interval(self._quantity(first, begun))
            return Not(within) if negated else within
        if self._peek().kind != "sign" or self._peek().text not in (*_RISING, *_FALLING, "==", "!="):
            return first
        operands = [self._quantity(first, begun)]
        operators: list[syntax.Operator] = []
        start = self._peek().start
        while self._peek().kind == "sign" and self._peek().text in (*_RISING, *_FALLING, "==", "!="):
            sign = self._advance()
            operators.append(sign.text)  # type: ignore[arg-type]
            if not (set(operators) <= set(_RISING) or set(operators) <= set(_FALLING) or len(operators) == 1):
                raise self._refusal(sign, "a chain goes one way, as in 0.7 <= auc <= 0.9; join others by and")
            begun = self._peek()
            operands.append(self._quantity(self._sum(), begun))
        return Comparison(tuple(operands), tuple(operators), start)

    def _interval(self, operand: Quantity) -> Within:
        start = self._peek().start
        opened = self._one_of("[(", "an interval, as in auc in [0.7, 0.9)")
        low = self._bound()
        self._one_of(",", "a comma and the interval's upper end")
        high = self._bound()
        closed = self._one_of("])", "] or ), which end the interval")
        if isinstance(low, Number) and isinstance(high, Number) and low.quantity > high.quantity:
            raise refusal(self._text, start, f"the interval from {low} to {high} is empty; write the lower end first")
        return Within(operand, low, high, opened == "[", closed == "]", start)

    def _bound(self) -> Quantity:
        begun = self._peek()
        return self._quantity(self._sum(), begun)

    # -- quantities --------------------------------------------------------------------------------------------------

    def _sum(self) -> Condition | Quantity:
        begun = self._peek()
        left = self._product()
        while self._peek().kind == "sign" and self._peek().text in "+-":
            sign, after = self._advance(), self._peek()
            right = self._quantity(self._product(), after)
            left = Arithmetic(sign.text, self._quantity(left, begun), right, sign.start)  # type: ignore[arg-type]
        return left

    def _product(self) -> Condition | Quantity:
        begun = self._peek()
        left = self._signed()
        while self._peek().kind == "sign" and self._peek().text in "*/":
            sign, after = self._advance(), self._peek()
            right = self._quantity(self._signed(), after)
            left = Arithmetic(sign.text, self._quantity(left, begun), right, sign.start)  # type: ignore[arg-type]
        return left

    def _signed(self) -> Condition | Quantity:
        if not (self._peek().kind == "sign" and self._peek().text in "+-"):
            return self._atom()
        sign, begun = self._advance(), self._peek()
        self._enter()
        operand = self._quantity(self._signed(), begun)
        self._depth -= 1
        if sign.text == "+":
            return operand
        return Number(-operand.value, operand.unit) if isinstance(operand, Number) else Negative(operand)

    def _atom(self) -> Condition | Quantity:
        token = self._peek()
        if token.kind == "number":
            return self._number()
        if token.kind == "word" and token.text not in KEYWORDS:
            name = self._name("a name")
            return self._call(name, token) if self._take("(") else Name(name)
        if self._take("("):
            self._enter()
            inner = self._either()
            self._one_of(")", "a closing )")
            self._depth -= 1
            return inner
        raise self._unexpected("a name or a number")

    def _number(self) -> Number:
        token = self._advance()
        value = float(token.text)
        if math.isinf(value):
            raise self._refusal(token, f"{quoted(token.text)} is larger than any number a stage can bind")
        after = self._peek()
        unit = after.text.replace("μ", "µ")  # the Greek letter, as many keyboards write the micro sign
        if after.text == "%" or (after.kind == "word" and after.text not in KEYWORDS):
            if unit not in UNITS:
                raise self._refusal(after, f"{quoted(unit)} is no unit; {nearest(unit, list(UNITS), 'units are')}")
            self._advance()
            return Number(value, "kB" if unit == "KB" else unit)
        return Number(value)

    # -- measures ----------------------------------------------------------------------------------------------------

    def _call(self, name: str, token: Token) -> Function | Call:
        self._enter()
        found = self._function(name, token) if name in FUNCTIONS else self._measure(name, token)
        self._depth -= 1
        return found

    def _function(self, name: str, token: Token) -> Function:
        operands = [self._bound()]
        while self._take(","):
            operands.append(self._bound())
        self._one_of(")", "a comma or a closing )")
        if (len(operands) == 1) != (name == "abs"):
            what = "one quantity" if name == "abs" else "two quantities or more"
            raise self._refusal(token, f"{name} takes {what}")
        return Function(name, tuple(operands), token.start)

    def _measure(self, name: str, token: Token) -> Call:
        arguments: list[Argument] = []
        while not self._is(")"):
            begun = self._peek()
            keyword = None
            if begun.kind == "word" and self._tokens[self._at + 1].text == "=":
                keyword = self._name("a keyword")
                self._advance()
            value = self._given()
            if not arguments and name in NAMES_A_MEASURE and isinstance(value, Name):
                value = Text(value.name)
            if keyword is None and arguments and arguments[-1].keyword is not None:
                raise self._refusal(begun, "arguments without a keyword come first")
            if keyword is not None and any(other.keyword == keyword for other in arguments):
                raise self._refusal(begun, f"{keyword} is given twice")
            arguments.append(Argument(value, keyword))
            if not self._take(","):
                break
        self._one_of(")", "a comma or a closing )")
        return Call(name, tuple(arguments), token.start)

    def _given(self) -> Given:
        token = self._peek()
        if token.kind == "text":
            return Text(self._advance().text[1:-1])
        if token.text in ("True", "False"):
            return Flag(self._advance().text == "True")
        if token.kind == "number":
            return self._number()
        if token.text in ("-", "+") and self._tokens[self._at + 1].kind == "number":
            sign, number = self._advance(), self._number()
            return Number(-number.value, number.unit) if sign.text == "-" else number
        if self._take("("):
            return self._group()
        if token.kind == "word" and token.text not in KEYWORDS:
            name = self._name("a name")
            if self._is("("):
                raise self._refusal(token, f"{name}(…) cannot be an argument; bind it in the stage and give its name")
            if not self._take("."):
                return Name(name)
            if self._peek().kind == "text":
                return Column(name, self._advance().text[1:-1])
            return Column(name, self._name(f"a column of {name}"))
        raise self._unexpected("an argument: a name, frame.column, a number or a quoted text")

    def _group(self) -> Group:
        self._enter()
        items = [self._given()]
        while self._take(",") and not self._is(")"):
            items.append(self._given())
        self._one_of(")", "a comma or a closing )")
        self._depth -= 1
        return Group(tuple(items))

    # -- tokens ------------------------------------------------------------------------------------------------------

    def _peek(self) -> Token:
        return self._tokens[self._at]

    def _advance(self) -> Token:
        token = self._peek()
        self._at += 1
        return token

    def _is(self, text: str) -> bool:
        return self._peek().text == text and self._peek().kind in ("sign", "word")

    def _take(self, text: str) -> bool:
        taken = self._is(text)
        self._at += taken
        return taken

    def _one_of(self, signs: str, what: str) -> str:
        if self._peek().kind != "sign" or self._peek().text not in signs:
            raise self._unexpected(what)
        return self._advance().text

    def _name(self, what: str) -> str:
        token = self._peek()
        # As Python reads names, so that those of the notebook are found.
        name = unicodedata.normalize("NFKC", token.text)
        if token.kind != "word" or not name.isidentifier() or name in KEYWORDS:
            raise self._unexpected(what)
        self._advance()
        return name

    def _enter(self) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._refusal(self._peek(), f"the gate is more than {DEEPEST} levels deep")

    # -- errors ------------------------------------------------------------------------------------------------------

    def _condition(self, node: Condition | Quantity, token: Token) -> Condition:
        if isinstance(node, Call):
            return Predicate(node)
        if self._peek().kind == "sign" and self._peek().text not in "),":
            raise self._unexpected("a comparison")
        if isinstance(node, Number | Name | Negative | Arithmetic | Function):
            raise self._refusal(token, f"{quoted(str(node))} is no condition: compare it, as in auc >= 0.75")
        return node

    def _quantity(self, node: Condition | Quantity, token: Token) -> Quantity:
        if isinstance(node, Number | Name | Negative | Arithmetic | Function | Call):
            return node
        raise self._refusal(token, f"{quoted(str(node))} is a condition where a number is needed")

    def _unexpected(self, wanted: str) -> Exception:
        token = self._peek()
        if token.text == "=":
            return self._refusal(token, "'=' is no comparison; write ==, or >= and <=")
        if token.text == ".":
            return self._refusal(token, "only a measure takes columns, as in mae(test.delay, predicted)")
        there = "the gate ends" if token.kind == "end" else f"there is {quoted(token.text)}"
        return self._refusal(token, f"{there} where {wanted} is expected; {EXAMPLE}")

    def _refusal(self, token: Token, what: str) -> Exception:
        return refusal(self._text, token.start, what)
