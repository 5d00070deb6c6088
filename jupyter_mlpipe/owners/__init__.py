"""Who answers for a stage, a pipeline or a model: ``owners.toml`` at the workspace's root.

People and teams with their channels (apprise's URLs, with ``${VARIABLE}`` in the place of secrets), and whom to tell of
what, in which order. What a notebook's own lines say comes first (``notebook.pipeline.Answerable``).

Not for telling anybody (``monitoring.alerts``).
"""

from jupyter_mlpipe.owners.answers import FILE, Answer, Channel, Owners, Problem, Recipient
from jupyter_mlpipe.owners.reading import load_owners

__all__ = ["FILE", "Answer", "Channel", "Owners", "Problem", "Recipient", "load_owners"]
