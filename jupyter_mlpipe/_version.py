"""The one place that says which version this is. Not for anything else: the build reads it without importing us."""

__version__ = "0.1.0"
