from __future__ import annotations

import ast

import pytest

from jupyter_mlpipe.notebook.canonical import canonical_form, digest_of, digest_text
from jupyter_mlpipe.notebook.dataflow import read_source


def digest(source: str) -> str:
    return digest_of(ast.parse(source))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 1", "x=1  # why"),
        ("x = 1", "\n\nx = (1)\n"),
        ("f(a, b)", "f(\n    a,\n    b,\n)"),
        ("def f():\n  '''doc'''\n  return 1", "def f():\n    return 1"),
        ("def f(): 'one'", "def f(): 'two'"),
        ("class C:\n  '''a'''\n  x = 1", "class C:\n  '''b'''\n  x = 1"),
        ("x = 'a' 'b'", "x = 'ab'"),
        ("x = u'a'", "x = 'a'"),
        ("x = '''a'''", 'x = "a"'),
        ("x = 1_000", "x = 1000"),
        ("x = 0x10", "x = 16"),
        ("x = 1 # type: int", "x = 1"),
        ("if a:\n  pass\nelif b:\n  pass", "if a:\n  pass\nelse:\n  if b:\n    pass"),
        ("from a import (b,\n  c)", "from a import b, c"),
        ("'''module doc'''\nx = 1", "x = 1"),
    ],
)
def test_what_does_not_count(one: str, other: str) -> None:
    assert digest(one) == digest(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 1", "x = 2"),
        ("x = 1", "x = 1.0"),
        ("x = 1", "x = True"),
        ("x = 'a'", "x = b'a'"),
        ("x = '1'", "x = 1"),
        ("x = 0.0", "x = -0.0"),
        ("x = a", "x = b"),
        ("f(a=1)", "f(b=1)"),
        ("f(*a)", "f(**a)"),
        ("x = [1, 2]", "x = (1, 2)"),
        ("x = [1, 2]", "x = [2, 1]"),
        ("def f(a): pass", "def f(*, a): pass"),
        ("def f(a=1): pass", "def f(a=2): pass"),
        ("def f(): pass", "async def f(): pass"),
        ("def f(): return 'a'", "def f(): return 'b'"),
        ("def f():\n  'doc'\n  'two'", "def f():\n  'doc'"),
        ("@a\ndef f(): pass", "@b\ndef f(): pass"),
        ("class C: x = 1", "class C: x = 2"),
        ("import a", "import a as b"),
        ("from . import a", "from .. import a"),
        ("x: int = 1", "x = 1"),
        ("(x): int", "x: int"),
        ("{**a}", "{a: a}"),
        ("f'{x}'", "f'{x!r}'"),
        ("f'{x:3}'", "f'{x:4}'"),
        ("a + b", "a - b"),
        ("a < b < c", "a < b and b < c"),
        ("global a", "global b"),
        ("x = a.b", "x = a.c"),
        ("match s:\n  case C(a=1): pass", "match s:\n  case C(b=1): pass"),
        ("match s:\n  case None: pass", "match s:\n  case True: pass"),
        ("x = ...", "x = None"),
        ("'a'; 'b'", "'b'; 'a'"),
    ],
)
def test_what_counts(one: str, other: str) -> None:
    assert digest(one) != digest(other)


def test_the_form_holds_no_places_and_is_pinned() -> None:
    # Stored keys rest on this: a change here makes every stage run again.
    assert canonical_form(ast.parse("def f(a, *, b=1): return a[b:2]")) == (
        "Module(body=[FunctionDef(name='f';args=arguments(args=[arg(arg='a';)]kwonlyargs=[arg(arg='b';)]"
        "kw_defaults=[int:1;])body=[Return(value=Subscript(value=N:a;slice=Slice(lower=N:b;upper=int:2;)))])])"
    )
    assert digest_text("a") == "17762fddd969a453925d65717ac3eea21320b66b54342fde15128d6caf21215f"
    assert digest_text("\ud800") != digest_text("\udfff")


def test_python_under_cell_magics_is_normalised_and_other_text_is_not() -> None:
    def of(source: str) -> str:
        return read_source(source)[0].digest

    assert of("%%time\nx = 1") == of("%%time\nx=1  # why\n")
    assert of("%%time\nx = 1") != of("%%time\nx = 2")
    assert of("%%time\nx = 1") != of("%%timeit\nx = 1")
    assert of("%%bash\nls") != of("%%bash\nls  # why")
    assert of("%matplotlib inline") == of("%matplotlib inline  ")
