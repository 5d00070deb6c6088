"""ML008: random numbers that differ from run to run."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_mlpipe.notebook.lint.base import Finding, Rule, Severity
from jupyter_mlpipe.notebook.lint.randomness import random_calls
from jupyter_mlpipe.notebook.pipeline import Pipeline


class UnseededDraw(Rule):
    """Finds draws from random states that nothing above seeds."""

    code = "ML008"
    name = "unseeded-draw"
    severity = Severity.WARNING
    summary = (
        "A draw from a random state that is not seeded differs each time it runs. A cached stage keeps what it drew "
        "first, so a hit and a fresh run differ."
    )
    fix = "seed it: `np.random.default_rng(0)`, or `random_state=0` where the function takes it"
    example = "import random\nx = random.random()"

    def check(self, pipeline: Pipeline) -> Iterator[Finding]:
        """Draws in notebook order, once a statement and state."""
        seeded: set[str] = set()
        told: set[tuple[int, str]] = set()
        for call in random_calls(pipeline):
            if call.seeds:
                seeded.add(call.state)
            elif call.state not in seeded and (call.statement.position, call.call) not in told:
                told.add((call.statement.position, call.call))
                yield self.found(f"`{call.call}` draws without a seed", call.statement.cell, call.line)
