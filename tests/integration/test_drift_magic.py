"""``%drift`` in a real kernel: what it shows, what it returns, and what it says of mistakes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.live_kernels import LiveKernel, live, project, write

__all__ = ["live", "project"]

pytestmark = [pytest.mark.slow]

FRAMES = """
import numpy as np, pandas as pd
def month(shift, seed):
    random = np.random.default_rng(seed)
    distance = random.normal(700 + shift, 100, 2000)
    return pd.DataFrame({"distance": distance, "carrier": random.choice(["AA", "UA"], 2000)})
january, june = month(0, 1), month(200, 2)
"""


def test_two_frames_are_compared_and_mistakes_are_told(project: Path, live: Callable[..., LiveKernel]) -> None:
    kernel = live(write(project / "nb.ipynb", "%pipeline months", FRAMES, "%drift june --against january"))
    kernel.run(FRAMES)
    reply = kernel.run("%drift june --against january --by carrier")
    assert reply.status == "ok", reply.text
    kinds = [set(output["data"]) for output in reply.own]
    assert {"application/vnd.plotly.v1+json", "text/plain"} in kinds
    assert kinds[-1] == {"text/html", "text/plain"}
    assert "drift in 1 of 2 columns" in reply.text
    assert "carrier=AA" in reply.text
    assert kernel.run("print(_.report.drifted_columns[0].column)").text.strip() == "distance"
    assert "no drift" in kernel.run("%drift june --against january --columns carrier").text
    assert "january" in kernel.complete("%drift june --against ja")
    assert "carrier" in kernel.complete("%drift june --against january --by ca")
    said = {
        "%drift jun --against january": "june",
        "%drift june": "--against",
        "%drift june --against january --by weather": "weather",
        "%drift june --against delay@production": "no model delay",
        "%drift FRAMES --against january": "MP",
    }
    kernel.run("FRAMES = 3")
    for line, about in said.items():
        wrong = kernel.run(line)
        assert wrong.status == "error", line
        assert about in wrong.text, line
        assert len(wrong.text.splitlines()) < 6, wrong.text
