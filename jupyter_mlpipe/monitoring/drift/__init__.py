"""Drift: whether data is still what it was, on which columns, and by how much. Profiles in, a report out.

``compare`` is the way in. Not for who is told (``alerts``), nor for how well a model does (``quality``).
"""
