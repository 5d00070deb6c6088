"""Calls that draw from a random state, and calls that seed one.

Not a rule: `seed_far_from_use` and `unseeded_draw` look through this.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from jupyter_mlpipe.notebook.lint.source import every_node, imported_names, line_of, qualified
from jupyter_mlpipe.notebook.pipeline import Pipeline, Statement

_SEEDS = {
    "random.seed": "random",
    "numpy.random.seed": "numpy.random",
    "torch.manual_seed": "torch",
    "torch.random.manual_seed": "torch",
}
_NO_DRAW = {
    "random": {"seed", "getstate", "setstate", "Random", "SystemRandom"},
    "numpy.random": {"seed", "default_rng", "RandomState", "Generator", "SeedSequence", "get_state", "set_state",
                     "PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64", "BitGenerator"},
}  # fmt: skip
_TORCH_DRAWS = frozenset({"rand", "randn", "randint", "randperm", "normal", "bernoulli", "multinomial", "poisson",
                          "rand_like", "randn_like", "randint_like"})  # fmt: skip
_OWN_GENERATORS = frozenset({"numpy.random.default_rng", "numpy.random.RandomState", "random.Random"})
_SKLEARN_DRAWS = frozenset({
    "train_test_split", "shuffle", "resample", "ShuffleSplit", "StratifiedShuffleSplit", "KMeans", "MiniBatchKMeans",
    "RandomForestClassifier", "RandomForestRegressor", "ExtraTreesClassifier", "ExtraTreesRegressor",
    "GradientBoostingClassifier", "GradientBoostingRegressor", "DecisionTreeClassifier", "DecisionTreeRegressor",
    "SGDClassifier", "SGDRegressor", "MLPClassifier", "MLPRegressor", "IsolationForest", "BaggingClassifier",
    "BaggingRegressor",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class RandomCall:
    """A call that draws or seeds."""

    statement: Statement
    line: int
    call: str
    """The call as a message shows it: ``numpy.random.rand``."""
    state: str
    """The global state: ``random``, ``numpy.random``, ``torch``; empty for a generator of its own without a seed."""
    seeds: bool


def random_calls(pipeline: Pipeline) -> list[RandomCall]:
    """All calls that draw from or seed a random state, in notebook order."""
    imports = imported_names(pipeline)
    found = []
    for statement, node in every_node(pipeline):
        if isinstance(node, ast.Call):
            name = qualified(node.func, imports)
            state = _state(name, node)
            if state is not None:
                shown = name or f"….{node.func.attr}" if isinstance(node.func, ast.Attribute) else name
                found.append(RandomCall(statement, line_of(statement, node), shown, state, name in _SEEDS))
    return found


def _state(name: str, call: ast.Call) -> str | None:
    if name in _SEEDS:
        return _SEEDS[name]
    if name in _OWN_GENERATORS:
        return None if call.args or call.keywords else ""
    module, _, function = name.rpartition(".")
    if module in _NO_DRAW:
        return None if function in _NO_DRAW[module] else module
    if module == "torch" and function in _TORCH_DRAWS:
        return None if _has(call, "generator") else "torch"
    if module.startswith("sklearn.") and function in _SKLEARN_DRAWS:
        return None if _has(call, "random_state") else "numpy.random"
    if not name and isinstance(call.func, ast.Attribute) and call.func.attr == "sample":
        # DataFrame.sample: by its keywords, which random.sample does not have.
        return "numpy.random" if _has(call, "frac", "n") and not _has(call, "random_state", "seed") else None
    return None


def _has(call: ast.Call, *names: str) -> bool:
    return any(keyword.arg in names or keyword.arg is None for keyword in call.keywords)
