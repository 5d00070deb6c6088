"""ML007: a global random state that is seeded in one place and drawn from in another stage."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_mlpipe.notebook.lint.base import Finding, Rule, Severity
from jupyter_mlpipe.notebook.lint.randomness import random_calls
from jupyter_mlpipe.notebook.lint.source import listed
from jupyter_mlpipe.notebook.pipeline import Pipeline


class SeedFarFromUse(Rule):
    """Finds seeds whose draws are in several stages."""

    code = "ML007"
    name = "seed-far-from-use"
    severity = Severity.INFO
    summary = (
        "A seeded global random state flows from stage to stage as a value: the stages that draw from it run one after "
        "another, and one more draw in the first changes all the others."
    )
    fix = "make a generator in each stage that draws: `rng = np.random.default_rng(0)`"
    example = (
        "import numpy as np\nnp.random.seed(0)\n\n"
        "%%stage one\na = np.random.rand()\n\n%%stage two\nb = np.random.rand()"
    )

    def check(self, pipeline: Pipeline) -> Iterator[Finding]:
        """One finding for each seed that two or more stages draw from."""
        calls = random_calls(pipeline)
        for at, seed in enumerate(calls):
            if not seed.seeds:
                continue
            stages: dict[str, None] = {}
            for call in calls[at + 1 :]:
                if call.state != seed.state:
                    continue
                if call.seeds:
                    break
                stage = pipeline.stage_of_cell.get(call.statement.cell)
                if stage is not None and not stage.implicit:
                    stages[stage.name] = None
            if len(stages) > 1:
                yield self.found(
                    f"stages {listed(list(stages))} draw from the random state that `{seed.call}` seeds here",
                    seed.statement.cell,
                    seed.line,
                )
