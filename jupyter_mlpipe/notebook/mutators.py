"""Tables of calls that change an object in place, seed a random state, or reach the notebook's namespace.

They make the first plan good; they need not be complete, for the run proves what changed. A wrong entry costs
parallelism only. This module is not for calls without effect: ``purity`` lists those.
"""

from __future__ import annotations


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


METHODS = _names(
    """
    append extend insert remove pop clear sort reverse update add discard setdefault popitem appendleft popleft
    extendleft rotate move_to_end subtract difference_update intersection_update symmetric_difference_update fit
    partial_fit fit_transform fit_predict fit_resample fit_generator set_params compile load_weights
    load_state_dict load_state zero_grad step backward train eval requires_grad_ zero_ fill_ copy_
    register_buffer fill resize put itemset setflags write writelines push seed normal uniform choice
    random randint integers standard_normal permutation permuted shuffle poisson binomial exponential lognormal
    multivariate_normal
    """
)
"""Method names that change their receiver."""

PREFIXES = ("set_", "add_", "update_", "remove_", "register_")
NOT_MUTATORS = _names(
    """
    set_index set_axis set_flags add_prefix add_suffix add_categories set_categories remove_categories
    remove_unused_categories set_option
    """
)

CHANGES_FIRST_ARGUMENT = _names(
    """
    shuffle setattr delattr next anext heappush heappop heapify heapreplace heappushpop insort insort_left
    insort_right copyto putmask place put fill_diagonal put_along_axis
    """
)
"""Functions that change the object given first."""

RETURNS_PART = frozenset({"set_params", "get", "setdefault", "pop", "get_axes", "gca", "loc", "iloc"})
"""Methods whose result is a part of the receiver (or the receiver), so that changing it changes the receiver."""

SEEDERS = _names(
    """
    seed manual_seed manual_seed_all set_seed seed_everything set_random_seed setstate set_state set_rng_state
    seed_all fix_seed set_seeds
    """
)
"""Names of functions that set a random state."""

NAMESPACE_ATTRIBUTES = _names(
    """
    user_ns user_global_ns push ex ev run_cell run_code safe_execfile drop_by_id del_var reset user_ns_hidden
    history_manager
    """
)
"""Attributes of the IPython shell that reach any notebook name."""


def is_mutator(method: str) -> bool:
    """Whether a method of this name is known to change its receiver."""
    return method in METHODS or (method.startswith(PREFIXES) and method not in NOT_MUTATORS)
