"""Which expressions give the same value wherever they run, and what a call on a module is for.

The decision tables stand here. An expression is *replayable* when everything in it is on a list: literals, operators,
containers, comprehensions, names that are replayable themselves, attributes of imported modules, and calls of pure
functions. Whatever is on no list runs exactly once.

A copy must not differ from the one object that the notebook means. So the lists also say how far a value can be shared
(``Value``): ``alias = items`` is not replayable where ``items`` is a list, since a copy of the list in another kernel
would no longer follow the first.

This module is not for names and scopes: ``scopes`` finds those.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from jupyter_mlpipe.notebook.known import Known, Value

FIXED, FLAT, DEEP, ITERATOR = Value.FIXED, Value.FLAT, Value.DEEP, Value.ITERATOR
_NO_LOCALS: frozenset[str] = frozenset()


def _table(value: Value, prefix: str, names: str) -> dict[str, Value]:
    return {f"{prefix}.{name}": value for name in names.split()}


def _methods(value: Value, names: str, prefix: str = "") -> dict[str, Value]:
    return {prefix + name: value for name in names.split()}


PURE_CALLS: dict[str, Value] = {
    **_table(FIXED, "builtins", "len range int float str bool bytes complex tuple frozenset slice min max sum abs "
             "round divmod pow ord chr hex oct bin repr ascii format any all isinstance issubclass callable type "
             "object property staticmethod classmethod"),
    **_table(FLAT, "builtins", "list dict set sorted bytearray"),
    **_table(ITERATOR, "builtins", "zip enumerate reversed iter map filter"),
    **_table(FIXED, "pathlib", "Path PurePath PosixPath PurePosixPath PureWindowsPath"),
    **_table(FIXED, "os.path", "join basename dirname splitext normpath split"),
    **_table(FIXED, "os", "fspath"),
    **_table(FIXED, "datetime", "date datetime time timedelta timezone datetime.strptime date.fromisoformat "
             "datetime.fromisoformat"),
    **_table(FIXED, "re", "compile escape"),
    **_table(FIXED, "decimal", "Decimal getcontext"),
    **_table(FIXED, "fractions", "Fraction"),
    **_table(FIXED, "uuid", "UUID"),
    **_table(FIXED, "zoneinfo", "ZoneInfo"),
    **_table(FIXED, "collections", "namedtuple"),
    **_table(FLAT, "collections", "OrderedDict Counter deque"),
    **_table(DEEP, "collections", "defaultdict ChainMap"),
    **_table(FIXED, "typing", "TypeVar NewType NamedTuple TypedDict ParamSpec cast"),
    **_table(FIXED, "typing_extensions", "TypeVar TypedDict NamedTuple"),
    **_table(FIXED, "enum", "Enum IntEnum StrEnum Flag auto"),
    **_table(FIXED, "dataclasses", "field make_dataclass"),
    **_table(FIXED, "functools", "partial"),
    **_table(FIXED, "operator", "itemgetter attrgetter methodcaller"),
    **_table(FIXED, "logging", "getLogger StreamHandler NullHandler Formatter"),
    **_table(FIXED, "math", "sqrt exp log log2 log10 floor ceil sin cos tan pi pow prod factorial gcd radians degrees "
             "hypot comb perm isclose fsum atan atan2 asin acos"),
    **_table(FIXED, "textwrap", "dedent indent"),
    **_table(FIXED, "string", "Template"),
    **_table(DEEP, "types", "SimpleNamespace"),
    **_table(FIXED, "types", "MappingProxyType"),
    **_table(DEEP, "numpy", "array asarray arange zeros ones empty linspace logspace geomspace full eye identity "
             "deg2rad"),
    **_table(FIXED, "numpy", "dtype float64 float32 int64 int32 datetime64 timedelta64 bool_ iinfo finfo sqrt exp log"),
    **_table(FIXED, "pandas", "Timestamp Timedelta DateOffset Interval Period CategoricalDtype to_timedelta"),
    **_table(FIXED, "pandas.tseries.offsets", "Day Hour MonthEnd BDay"),
    **_table(FIXED, "torch", "device Size"),
}  # fmt: skip
"""Functions whose result depends on their arguments alone, and how far the result can be shared."""

FOLDER_BOUND_CALLS = frozenset({"os.getcwd", "os.path.abspath", "os.path.realpath", "os.path.expanduser",
                                "pathlib.Path.cwd", "pathlib.Path.home"})  # fmt: skip
"""Depend on the folder a kernel starts in: allowed where ``sys.path`` is set, since imports need that first."""

PURE_METHODS: dict[str, Value] = {
    **_methods(FIXED, "strip lstrip rstrip lower upper title capitalize casefold swapcase join format replace "
               "startswith endswith removeprefix removesuffix zfill ljust rjust center encode decode count index find "
               "rfind isdigit isalpha joinpath with_suffix with_name with_stem relative_to as_posix as_uri date "
               "isoformat strftime total_seconds weekday bit_length is_integer hexdigest"),
    **_methods(FLAT, "split rsplit splitlines partition copy union intersection difference"),
    **_methods(ITERATOR, "items keys values"),
}  # fmt: skip
"""Methods that change nothing, when the receiver is a value of ours that cannot be shared wrongly."""

_CONSUMERS = frozenset(_methods(FIXED, "list tuple set frozenset dict sorted sum min max any all len str", "builtins."))
_COPIERS = (
    _CONSUMERS
    | _methods(FIXED, "zip enumerate reversed map filter range repr bool isinstance type", "builtins.").keys()
)
_CALLS_ITS_ARGUMENT = frozenset(_methods(FIXED, "map filter sorted min max iter", "builtins."))


def value_of(node: ast.AST, known: Known, local: Iterable[str] = _NO_LOCALS, *, folder: bool = False) -> Value | None:
    """How far the value of an expression can be shared; None where the expression is not replayable.

    Parameters
    ----------
    local
        Names bound by an enclosing comprehension, standing for values that cannot change.
    folder
        Whether calls that depend on the kernel's folder are allowed.
    """
    return _Judge(known, folder).value(node, frozenset(local))


def is_replayable(node: ast.AST, known: Known, *, folder: bool = False) -> bool:
    """Whether an expression gives the same value in any kernel, and shares no object that could change."""
    return value_of(node, known, folder=folder) not in (None, ITERATOR)


def dotted(node: ast.AST, known: Known) -> str | None:
    """Dotted origin of ``a.b.c`` where ``a`` was imported or is a builtin: ``matplotlib.pyplot.style.use``."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    origin = known.origin(node.id)
    return None if origin is None else ".".join([origin, *reversed(parts)])


class _Judge:
    def __init__(self, known: Known, folder: bool) -> None:
        self.known = known
        self.folder = folder

    def value(self, node: ast.AST, local: frozenset[str]) -> Value | None:
        if isinstance(node, ast.Constant):
            return FIXED
        if isinstance(node, ast.Name):
            return self.name(node.id, local)
        if isinstance(node, (ast.UnaryOp, ast.BinOp, ast.Compare, ast.FormattedValue, ast.JoinedStr, ast.Slice)):
            return self.computed(node, local)
        if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
            return self.container(node.elts, local, fixed=isinstance(node, ast.Tuple))
        if isinstance(node, ast.Dict):
            values = [key for key in node.keys if key is not None] + list(node.values)
            return self.container(values, local, fixed=False)
        if isinstance(node, (ast.BoolOp, ast.IfExp)):
            return self.choice(node, local)
        if isinstance(node, ast.Attribute):
            return self.attribute(node, local)
        if isinstance(node, ast.Subscript):
            return self.subscript(node, local)
        if isinstance(node, ast.Call):
            return self.call(node, local)
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            return self.comprehension(node, local)
        if isinstance(node, ast.Lambda):
            defaults = [item for item in [*node.args.defaults, *node.args.kw_defaults] if item is not None]
            return FIXED if all(self.value(item, local) is FIXED for item in defaults) else None
        if isinstance(node, ast.Starred):
            return FIXED if self.shared(node.value, local) in (FIXED, FLAT, ITERATOR) else None
        return None

    def name(self, name: str, local: frozenset[str]) -> Value | None:
        if name in local:
            return FIXED
        known = self.known
        constant = known.constants.get(name)
        if constant is not None:
            return FIXED if constant is FIXED else None  # sharing it would alias it
        if name in known.definitions or known.origin(name) is not None:
            return FIXED
        return FIXED if name == "__name__" else None

    def shared(self, node: ast.AST, local: frozenset[str]) -> Value | None:
        """Like ``value``, where the place only looks at the value and keeps no part of it that can change."""
        if isinstance(node, ast.Name) and node.id not in local:
            constant = self.known.constants.get(node.id)
            if constant in (FIXED, FLAT):
                return constant
        return self.value(node, local)

    def computed(self, node: ast.AST, local: frozenset[str]) -> Value | None:
        values = [self.shared(child, local) for child in ast.iter_child_nodes(node)
                  if isinstance(child, ast.expr)]  # fmt: skip
        if any(value is None or value is ITERATOR for value in values):
            return None
        if isinstance(node, ast.BinOp):
            return DEEP if DEEP in values else FLAT if FLAT in values else FIXED
        return FIXED

    def container(self, parts: list[ast.expr], local: frozenset[str], *, fixed: bool) -> Value | None:
        values = [self.value(part, local) for part in parts]
        if any(value is None or value is ITERATOR for value in values):
            return None
        if all(value is FIXED for value in values):
            return FIXED if fixed else FLAT
        return DEEP

    def choice(self, node: ast.BoolOp | ast.IfExp, local: frozenset[str]) -> Value | None:
        if isinstance(node, ast.IfExp):
            if self.shared(node.test, local) is None:
                return None
            parts = [node.body, node.orelse]
        else:
            parts = node.values
        values = [self.value(part, local) for part in parts]
        if None in values or ITERATOR in values:
            return None
        return FIXED if all(value is FIXED for value in values) else DEEP

    def attribute(self, node: ast.Attribute, local: frozenset[str]) -> Value | None:
        origin = dotted(node, self.known)
        if origin is not None:
            return None if origin.startswith(_CHANGING_ATTRIBUTES) else FIXED
        return FIXED if self.value(node.value, local) is FIXED else None

    def subscript(self, node: ast.Subscript, local: frozenset[str]) -> Value | None:
        if self.value(node.slice, local) is None:
            return None
        value = self.shared(node.value, local)
        if value is FLAT:
            return FLAT if isinstance(node.slice, ast.Slice) else FIXED
        return FIXED if value is FIXED else None

    def call(self, node: ast.Call, local: frozenset[str]) -> Value | None:
        origin = dotted(node.func, self.known)
        if origin is not None and isinstance(node.func, ast.Name) and node.func.id in local:
            origin = None
        if origin is not None:
            result = PURE_CALLS.get(origin)
            if result is None and self.folder and origin in FOLDER_BOUND_CALLS:
                result = FIXED
            if result is not None:
                return self.known_call(node, origin, result, local)
            if not isinstance(node.func, ast.Attribute):
                return None
        if isinstance(node.func, ast.Attribute):
            return self.method(node, node.func, local)
        return None

    def known_call(self, node: ast.Call, origin: str, result: Value, local: frozenset[str]) -> Value | None:
        if origin.startswith("datetime.") and not node.args and not node.keywords:
            return None
        if origin in _CALLS_ITS_ARGUMENT and any(self.is_own_callable(item) for item in
                                                 (*node.args, *(word.value for word in node.keywords))):  # fmt: skip
            return None
        if origin == "builtins.type" and len(node.args) != 1:
            return None
        look = self.shared if origin in _COPIERS else self.value
        values = [look(argument, local) for argument in node.args]
        values += [self.value(word.value, local) for word in node.keywords]
        if None in values or (ITERATOR in values and origin not in _CONSUMERS and result is not ITERATOR):
            return None
        if DEEP in values and origin not in ("builtins.len", "builtins.str", "builtins.isinstance"):
            # The result may hold parts of it; a fresh argument makes a fresh, deep result.
            return DEEP if result in (FLAT, DEEP) or origin in ("builtins.tuple", "functools.partial") else None
        if origin == "functools.partial" and FLAT in values:
            return DEEP
        return result

    def is_own_callable(self, node: ast.expr) -> bool:
        """Whether this is a function of the notebook, whose call may do anything."""
        return isinstance(node, ast.Lambda) or (isinstance(node, ast.Name) and node.id in self.known.definitions)

    def method(self, node: ast.Call, func: ast.Attribute, local: frozenset[str]) -> Value | None:
        result = PURE_METHODS.get(func.attr)
        if func.attr in ("resolve", "absolute") and self.folder:
            result = FIXED
        if result is None:
            return None
        if dotted(func.value, self.known) is not None and not isinstance(func.value, ast.Call):
            return None  # a function of a module that is on no list
        receiver = self.shared(func.value, local)
        values = [self.value(argument, local) for argument in node.args]
        values += [self.value(word.value, local) for word in node.keywords]
        if func.attr == "join":
            values = [FIXED if value in (FLAT, ITERATOR) else value for value in values]
        if receiver not in (FIXED, FLAT) or any(value is not FIXED and value is not FLAT for value in values):
            return None
        return result

    def comprehension(self, node: ast.AST, local: frozenset[str]) -> Value | None:
        for generator in node.generators:  # type: ignore[attr-defined]
            if generator.is_async or self.shared(generator.iter, local) not in (FIXED, FLAT, ITERATOR):
                return None
            targets = [item for item in ast.walk(generator.target) if not isinstance(item, ast.expr_context)]
            if not all(isinstance(item, (ast.Name, ast.Tuple, ast.List, ast.Starred)) for item in targets):
                return None
            local = local | {item.id for item in targets if isinstance(item, ast.Name)}
            if any(self.shared(test, local) is None for test in generator.ifs):
                return None
        parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]  # type: ignore[attr-defined]
        values = [self.value(part, local) for part in parts]
        if None in values or ITERATOR in values:
            return None
        if isinstance(node, ast.GeneratorExp):
            return ITERATOR
        return FLAT if all(value is FIXED for value in values) else DEEP


_CHANGING_ATTRIBUTES = ("os.environ", "sys.argv", "sys.path", "sys.modules", "matplotlib.pyplot.rcParams")
"""Parts of modules that other statements change: what they hold is read where it stands."""
