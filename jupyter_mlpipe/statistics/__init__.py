"""Statistics: figures of predictions, rates of groups, and intervals for both, in plain NumPy.

Whoever decides (gates) and whoever watches (monitoring) takes the same figures from here. Not for what is asked of
them, nor for drift between two sets of data.
"""
