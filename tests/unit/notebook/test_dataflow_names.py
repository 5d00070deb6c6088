"""Names that statements bind, read, change and delete: one row for each rule of Python's scoping."""

from __future__ import annotations

import sys

import pytest

from jupyter_mlpipe.notebook.dataflow import BUILTINS, Known, read_source
from jupyter_mlpipe.notebook.pipeline import STAR, Statement


def one(source: str, before: str = "") -> Statement:
    """The last statement of the source, read after ``before``."""
    return read_source(f"{before}\n{source}" if before else source)[-1]


def names(text: str) -> frozenset[str]:
    return frozenset(text.split())


@pytest.mark.parametrize(
    ("source", "binds", "reads"),
    [
        ("x = 1", "x", ""),
        ("x = y", "x", "y"),
        ("x = x + 1", "x", "x"),
        ("a, (b, *c) = d", "a b c", "d"),
        ("[a, b] = c", "a b", "c"),
        ("a = b = c", "a b", "c"),
        ("x: int = y", "x", "int y"),
        ("x: int", "", "int"),
        ("x += y", "x", "x y"),
        ("x[i] = y", "", "x i y"),
        ("x.a.b = y", "", "x y"),
        ("x[i] += y", "", "x i y"),
        ("del x", "", "x"),
        ("del x[i]", "", "x i"),
        ("(y := f(x))", "y", "f x"),
        ("print(z := 3, z)", "z", "print"),
        ("[y for x in xs if (y := x)]", "y", "xs"),
        ("[x for x in xs]", "", "xs"),
        ("[x for x in x]", "", "x"),
        ("[a for b in c for a in b]", "", "c"),
        ("{k: v + d for k, v in m.items()}", "", "m d"),
        ("sum(x * k for x in xs)", "", "sum xs k"),
        ("[i async for i in aiter()]", "", "aiter"),
        ("f = lambda x: x + k", "f", ""),
        ("f = lambda x=d: x", "f", "d"),
        ("g(lambda r: r + k)", "", "g k"),
        ("g(lambda a, *b, c=d, **e: (a, b, c, e))", "", "g d"),
        ("import a", "a", ""),
        ("import a.b", "a", ""),
        ("import a.b as c", "c", ""),
        ("import a, b as c", "a c", ""),
        ("from a import b, c as d", "b d", ""),
        ("from a import *", STAR, ""),
        ("def f(): return x", "f", ""),
        ("def f(a=b, *, c=d): pass", "f", "b d"),
        ("def f(a: A, *b: B, **c: C) -> R: pass", "f", "A B C R"),
        ("@dec(arg)\ndef f(): pass", "f", "dec arg"),
        ("async def f(): await g()", "f", ""),
        ("class C(Base, metaclass=M): pass", "C", "Base M"),
        ("class C:\n  x = y", "C", "y"),
        ("class C:\n  x = 1\n  z = x", "C", ""),
        ("class C:\n  x = x", "C", "x"),
        ("class C:\n  def m(self, a=d): return g", "C", "d"),
        ("class C:\n  n = 3\n  xs = [n for _ in range(n)]", "C", "range n"),
        ("class C:\n  global G\n  G = 1", "C G", ""),
        ("class C:\n  y: T = 1", "C", "T"),
        ("for i in xs: print(i, k)", "i", "xs print k"),
        ("for i in xs:\n  t = i\nelse:\n  u = t", "i t u", "xs t"),
        ("for a, b.c in xs: pass", "a", "b xs"),
        ("async for i in xs: pass", "i", "xs"),
        ("while n: n = n - 1", "n", "n"),
        ("while (m := f()): g(m)", "m", "f g"),
        ("if c: x = 1\nelse: x = 2", "x", "c"),
        ("if c:\n  x = 1\n  y = x", "x y", "c"),
        ("if c:\n  x = 1\nelse:\n  y = x", "x y", "c x"),
        ("with a as b, c as (d, e): f(b, d)", "b d e", "a c f"),
        ("async with a as b: pass", "b", "a"),
        ("try:\n  x = f()\nexcept E as e:\n  x = e\nfinally:\n  print(x)", "x", "f E print"),
        ("try:\n  x = f()\nexcept E:\n  print(x)", "x", "f E print x"),
        ("try:\n  x = f()\nexcept* E:\n  raise", "x", "f E"),
        (
            "match s:\n  case [a, *b]: t = a\n  case {'k': v, **r}: pass\n  case P(x=q) as p: pass",
            "a b t v r q p",
            "s P",
        ),
        ("match s:\n  case K.A: pass\n  case int() | str(): pass\n  case _ if g: pass", "", "s K int str g"),
        ("f'{x!r:>{w}}'", "", "x w"),
        ("x if c else y", "", "x c y"),
        ("a and (b := c) and b", "b", "a c"),
        ("{**a, 'k': b}", "", "a b"),
        ("f(*a, **b)", "", "f a b"),
        ("x[a:b, ...]", "", "x a b"),
        ("assert c, m", "", "c m"),
        ("raise E(x) from y", "", "E x y"),
        ("global q", "", ""),
        ("pass", "", ""),
        ("await f(x)", "", "f x"),
        ("print(__name__, __file__)", "", "print"),
        ("eval('a + b')", "", "eval a b"),
        ("exec('c = d')", "c", "exec d"),
        ("def f(): return 1\nf()", "", "f"),
        ("if True:\n  def f(): return k\n  y = f()", "f y", "k"),
        ("%time x = f(y)", "x", "f y"),
        ("%timeit x = f(y)", "", "f y"),
        ("%%time\nx = f(y)\nz = x", "x z", "f y"),
        ("%%timeit s = y\nx = f(s)", "", "f y"),
        ("%%capture out --no-stderr\nx = 1", "out x", ""),
        ("%%prun -q\nx = y", "x", "y"),
        ("%%bash --out o --err e\necho $x", "o e", ""),
        ("x = !ls", "x", ""),
        ("x = %pwd", "x", ""),
        ("%%time\n%%capture c\nx = y", "c x", "y"),
    ],
)
def test_binds_and_reads(source: str, binds: str, reads: str) -> None:
    statement = one(source)
    assert statement.binds == names(binds)
    assert statement.reads - {"get_ipython"} == names(reads)


@pytest.mark.parametrize(
    ("source", "deferred"),
    [
        ("def f(): return x + y", "x y"),
        ("def f(x): return x + y", "y"),
        ("def f():\n  x = 1\n  return x", ""),
        ("def f():\n  def g(): return x\n  return g", "x"),
        ("def f():\n  x = 1\n  def g(): return x\n  return g", ""),
        ("def f(n): return f(n - 1)", "f"),
        ("def f():\n  import a\n  return a.b", ""),
        ("def f():\n  for i in xs: t = i\n  return t, i", "xs"),
        ("def f():\n  with o() as h: return h", "o"),
        ("def f():\n  try: pass\n  except E as e: return e", "E"),
        ("def f(x):\n  match x:\n    case [a, *b]: return a, b, c", "c"),
        ("def f(): return [y for x in xs if (y := x)], y", "xs"),
        ("def f():\n  global x\n  x = y", "y"),
        ("def f():\n  x = 1\n  def g():\n    nonlocal x\n    x += k\n  return g", "k"),
        ("def f():\n  def g(a=b): pass\n  b = 1", ""),
        ("class C:\n  def m(self): return self.x + K", "K"),
        ("class C:\n  K = 1\n  def m(self): return K", "K"),
        ("class C:\n  f = lambda self: q", "q"),
        ("f = lambda x: x + k", "k"),
        ("g = (x * k for x in xs)", "k"),
        ("fs = [lambda: i + k for i in xs]", "k"),
        ("async def f():\n  async with a as b:\n    return b, c", "a c"),
    ],
)
def test_names_read_when_a_function_is_called(source: str, deferred: str) -> None:
    assert one(source).deferred == names(deferred)


@pytest.mark.parametrize(
    ("source", "mutates"),
    [
        ("x[0] = 1", "x"),
        ("x.a = 1", "x"),
        ("x.a.b[0].c = 1", "x"),
        ("x += 1", "x"),
        ("x[0] += 1", "x"),
        ("del x[0], y.a", "x y"),
        ("x.append(1)", "x"),
        ("x['a'].append(1)", "x"),
        ("x.setdefault('k', []).append(1)", "x"),
        ("model.set_params(a=1).fit(X, y)", "model"),
        ("df.sort_values('a', inplace=True)", "df"),
        ("df.sort_values('a', inplace=False)", ""),
        ("df = df.sort_values('a')", ""),
        ("df.set_index('a')", ""),
        ("ax.set_title('t')", "ax"),
        ("fig.add_trace(t)", "fig"),
        ("random.shuffle(x)", "random x"),
        ("import random\nrandom.shuffle(x)", "x"),
        ("import numpy as np\nnp.copyto(a, b)", "a"),
        ("import numpy as np\nnp.multiply(b, 2, out=a)", "a"),
        ("first = next(it)", "it"),
        ("setattr(x, 'a', 1)", "x"),
        ("heapq.heappush(h, 1)", "h"),
        ("y = x.copy().sort()", ""),
        ("for row in rows: row['a'] = 1", "rows"),
        ("for i, row in enumerate(rows): row.append(i)", "rows"),
        ("for k, v in table.items(): v.clear()", "table"),
        ("with open('f') as f: f.write('x')", ""),
        ("def f(): cache.append(1)\nf()", "cache"),
        ("def g(): cache.append(1)\ndef f(): g()\nf()", "cache"),
        ("def f(cache): cache.append(1)\nf([])", ""),
        ("x = [1]\nx.sort()", "x"),
        ("import mod\nmod.x = 1", ""),
        ("%time x.append(1)", "x"),
        ("torch.nn.init.zeros_(w)", ""),
        ("loss.backward()", "loss"),
        ("def handles(k):\n  def note(f): table[k] = f\n  return note\n@handles('a')\ndef g(): pass", "table"),
        (
            "from functools import singledispatch\n@singledispatch\ndef s(x): pass\n@s.register(int)\ndef _(x): pass",
            "s",
        ),
        ("class P:\n  def __init_subclass__(cls): P.t.append(cls)\nclass Q(P): pass", "P"),
        ("class P: pass\nclass Q(P): pass", ""),
    ],
)
def test_what_changes_in_place(source: str, mutates: str) -> None:
    assert one(source).mutates == names(mutates)


@pytest.mark.parametrize(
    ("source", "certain"),
    [
        ("x = 1", True),
        ("if c: x = 1", False),
        ("if c: x = 1\nelse: x = 2", True),
        ("if c: x = 1\nelse: raise E", True),
        ("for i in xs: pass", False),
        ("while c: x = 1", False),
        ("try: x = 1\nexcept E: pass", False),
        ("try: x = 1\nexcept E: x = 2", True),
        ("try: x = 1\nexcept E: raise", True),
        ("try: pass\nfinally: x = 1", True),
        ("with a as b: x = 1", True),
        ("match s:\n  case 1: x = 1\n  case _: x = 2", True),
        ("match s:\n  case 1: x = 1", False),
        ("def f(): pass", True),
        ("%time x = 1", True),
    ],
)
def test_whether_the_names_are_surely_bound(source: str, certain: bool) -> None:
    assert one(source).certain is certain


@pytest.mark.parametrize(
    ("source", "deletes"),
    [("del x", "x"), ("del x, y[0]", "x"), ("if c: del x", "x"), ("def f():\n  x = 1\n  del x", ""), ("x = 1", "")],
)
def test_deleted_names(source: str, deletes: str) -> None:
    assert one(source).deletes == names(deletes)


def test_globals_assigned_by_functions() -> None:
    assert one("def f():\n  global a, b\n  a = 1\n  return b").deferred_binds == names("a")
    assert one("def f():\n  def g():\n    global a\n    a = 1").deferred_binds == names("a")
    assert one("def f():\n  global a\n  import a").deferred_binds == names("a")


@pytest.mark.parametrize(
    ("source", "opaque"),
    [
        ("exec(code)", True),
        ("exec('x = 1')", False),
        ("eval(text)", True),
        ("globals()['x'] = 1", True),
        ("locals()", True),
        ("vars()", True),
        ("vars(x)", False),
        ("def f(): return locals()", False),
        ("def f(): return globals()", False),
        ("def f(): return globals()\nf()", True),
        ("def g(): exec(x)\ndef f(): g()\nf()", True),
        ("%run other.ipynb", True),
        ("%store -r x", True),
        ("%who", True),
        ("%matplotlib inline", False),
        ("get_ipython().user_ns['x'] = 1", True),
        ("get_ipython().push({'x': 1})", True),
        ("import __main__", True),
        ("__import__('__main__').x", True),
        ("%%cython\ncdef int f(): pass", True),
        ("%time exec(code)", True),
    ],
)
def test_statements_that_may_touch_any_name(source: str, opaque: bool) -> None:
    assert one(source).opaque is opaque


@pytest.mark.parametrize(
    ("source", "reads"),
    [
        ("!echo {x} $y", "x y"),
        ("!echo $HOME ${PATH}", ""),
        ("!awk '{print $1}' f", ""),
        ("!echo {x[0].a} {y + 1}", "x y"),
        ("!echo $$x", ""),
        ("%cd {x}", "x"),
        ("out = !ls {x}", "x"),
        ("%%bash -s {x}\necho {y}", "x"),
    ],
)
def test_names_that_magics_and_shell_lines_fill_in(source: str, reads: str) -> None:
    statement = read_source(source, known=Known(bound={"x", "y"}))[-1]
    assert statement.reads - {"get_ipython"} == names(reads)


@pytest.mark.parametrize(
    ("source", "modules"),
    [
        ("import a.b.c", "a.b.c"),
        ("import a as x, b", "a b"),
        ("from a.b import c", "a.b a.b.c"),
        ("from a import *", "a"),
        ("def f():\n  import lazy", "lazy"),
        ("importlib.import_module('plug.in')", "plug.in"),
        ("try:\n  import fast\nexcept ImportError:\n  import slow", "fast slow"),
        ("%%time\nimport a", "a"),
    ],
)
def test_imported_modules(source: str, modules: str) -> None:
    assert one(source).modules == names(modules)


@pytest.mark.parametrize(
    ("source", "paths"),
    [
        ("pd.read_csv('data.csv')", ["data.csv"]),
        ("open('/tmp/x')", ["/tmp/x"]),
        ("open('data/raw/x')", ["data/raw/x"]),
        ("f(f'data/raw/{n}.csv')", ["data/raw/"]),
        ("f('https://example.com/a.csv')", []),
        ("f('a sentence. And more')", []),
        ("f('plain')", []),
        ("f('2.5')", []),
        ("f('%Y/%m/%d')", []),
        ("f('my data.parquet')", ["my data.parquet"]),
        ("f('x' * 3, 'a' * 300 + '.csv')", []),
        ("!cat double.csv", ["double.csv"]),
        ("%%writefile a.py\nx = 1", ["a.py"]),
        ("glob('data/*.csv')", ["data/*.csv"]),
    ],
)
def test_strings_that_could_name_files(source: str, paths: list[str]) -> None:
    assert one(source).paths - {".csv"} == set(paths)


@pytest.mark.parametrize(
    ("source", "seeds"),
    [
        ("random.seed(0)", True),
        ("np.random.seed(0)", True),
        ("torch.manual_seed(0)", True),
        ("def f(): np.random.seed(0)", False),
        ("def f(): np.random.seed(0)\nf()", True),
        ("def f(): np.random.seed(0)\ndef g(): f()\ng()", True),
        ("rng = np.random.default_rng(0)", False),
    ],
)
def test_seeding(source: str, seeds: bool) -> None:
    assert one(source).seeds is seeds


@pytest.mark.parametrize(
    ("source", "displays"),
    [("x", True), ("x;", False), ("x = 1", False), ("x\ny = 1", False), ("y = 1\nx  # c", True), ("f();  # c", False)],
)
def test_what_a_cell_displays(source: str, displays: bool) -> None:
    assert one(source).displays is displays


def test_builtins_stay_reads_and_are_known() -> None:
    assert "len" in one("len(x)").reads
    assert {"len", "print", "display", "get_ipython", "ExceptionGroup"} <= BUILTINS


def test_source_and_lines_are_those_of_the_statement() -> None:
    statements = read_source("# c\nx = 'ü'; y = 2\n\n@dec\n# why\ndef f():\n    return 'é'\n")
    assert [item.source for item in statements] == ["x = 'ü'", "y = 2", "@dec\n# why\ndef f():\n    return 'é'"]
    assert [item.line for item in statements] == [2, 2, 6]
    assert [item.position for item in statements] == [0, 1, 2]


def test_future_annotations_defer_annotations() -> None:
    statement = one("def f(a: Later) -> Never: pass", "from __future__ import annotations")
    assert statement.reads == frozenset()
    assert statement.deferred == names("Later Never")


@pytest.mark.skipif(sys.version_info < (3, 12), reason="syntax of Python 3.12")
def test_type_parameters_and_aliases() -> None:
    assert one("def f[T: Bound](x: T, y: U) -> T: return T").reads == names("U")
    assert one("class C[T](Base[T]): pass").reads == names("Base")
    alias = one("type Pair[T] = tuple[T, Other]")
    assert (alias.binds, alias.deferred) == (names("Pair"), names("tuple Other"))
