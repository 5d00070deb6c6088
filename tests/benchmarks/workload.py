"""What the stages compute: the same for every contestant, as cells and as scripts. Runs nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

IMPORTS = "import numpy as np\nimport pandas as pd\nfrom sklearn.linear_model import LinearRegression"
WORK = "float(LinearRegression().fit(np.eye(3), pd.Series([1.0, 2.0, {n}])).coef_.sum())"
EDITED = 7


@dataclass(frozen=True)
class Workload:
    """Small stages ``s0``, ``s1`` and on, which bind ``x0``, ``x1`` and on.

    With `linear`, each adds to the value of the one before; else none needs another. With `imports`, each uses
    scikit-learn. An edit is a number that goes into the code of stage ``s7`` alone.
    """

    stages: int = 20
    linear: bool = False
    imports: bool = False

    def __str__(self) -> str:
        kind = "linear" if self.linear else "independent"
        return f"{self.stages:,} {kind} stages{' that import scikit-learn' if self.imports else ''}"

    def needs(self, n: int) -> int | None:
        """The stage that stage `n` uses."""
        return n - 1 if self.linear and n else None

    def expression(self, n: int, edit: int = 0) -> str:
        """The value of stage `n`, given the one that it needs by name."""
        number = n + 1000 * edit if n == EDITED else n
        own = WORK.format(n=number) if self.imports else str(number)
        needed = self.needs(n)
        return own if needed is None else f"x{needed} + {own}"

    def assignment(self, n: int, edit: int = 0) -> str:
        """The statement that is all of stage `n`."""
        return f"x{n} = {self.expression(n, edit)}"

    def with_files(self, n: int, edit: int = 0) -> list[str]:
        """Stage `n` as cells that read what it needs from a file and leave its value in one, ``x7.txt``."""
        needed = self.needs(n)
        lines = [] if needed is None else [f"x{needed} = float(open('x{needed}.txt').read())"]
        lines += [self.assignment(n, edit), f"with open('x{n}.txt', 'w') as file:\n    file.write(str(x{n}))"]
        return [*([IMPORTS] if self.imports else []), "\n".join(lines)]

    def script(self, n: int, edit: int = 0) -> str:
        """The same as a script."""
        return "\n".join(self.with_files(n, edit)) + "\n"

    def values(self, edit: int = 0) -> dict[str, float]:
        """What each name must come to, from the statements in a row in this process."""
        names: dict[str, Any] = {}
        if self.imports:
            exec(IMPORTS, names)
        for n in range(self.stages):
            exec(self.assignment(n, edit), names)
        return {f"x{n}": float(names[f"x{n}"]) for n in range(self.stages)}
