"""What a viewer in another process can follow of a run, and what that costs the ledger."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlpipe.ledger import Ledger, events, runs
from tests.faults.desk import Desk, wait_until

pytestmark = [pytest.mark.slow]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path / "project", tmp_path / "traces")
    (made.folder / ".mlpipe").mkdir(parents=True)
    made.traces.mkdir()
    return made


def ledger_of(desk: Desk) -> Ledger:
    return Ledger.open(f"sqlite:///{desk.folder / '.mlpipe' / 'ledger.db'}")


def heard(desk: Desk, run: str) -> list[dict[str, Any]]:
    with ledger_of(desk) as ledger:
        return [recorded.event for recorded in events.read(ledger, run, limit=100_000)]


def outputs_of(path: str | Path, cell: str) -> list[dict[str, Any]]:
    cells = json.loads(Path(path).read_text(encoding="utf-8"))["cells"]
    return list(next(found["outputs"] for found in cells if found["id"] == cell))


def test_a_run_says_first_which_cells_its_stages_are(desk: Desk) -> None:
    desk.write("import math", "%%stage a\nx = 1", "print(x)", "%%stage b\ny = x", "%%stage a\nz = x")
    document = json.loads((desk.folder / "nb.ipynb").read_text())
    del document["cells"][2]["id"]
    (desk.folder / "nb.ipynb").write_text(json.dumps(document))
    found = heard(desk, desk.run()["run"])
    assert found[0]["type"] == "run_started"
    assert found[0]["cells"] == ["c0", "c1", None, "c3", "c4"]
    assert found[0]["stages"] == [
        {"name": "a", "cells": [1, 4], "implicit": False},
        {"name": "cell-2", "cells": [2], "implicit": True},
        {"name": "b", "cells": [3], "implicit": False},
    ]
    printed = [event for event in found if event["type"] == "cell_output"]
    assert [(event["cell"], event["output"]["text"]) for event in printed] == [(2, "1\n")]


def test_what_a_viewer_sees_is_bounded_and_the_executed_notebook_is_whole(desk: Desk) -> None:
    desk.write(
        "%%stage loud\nfor n in range(3000):\n    print(f'{n:06999}', flush=n % 3 == 0)",
        "%%stage rich\nfrom IPython.display import HTML\nHTML('y' * 20_000_000)",
        "%%stage bad\nraise ValueError('v' * 20_000_000)",
    )
    done = json.loads(desk.mlpipe("run", "nb.ipynb", "--json", "--keep-going").stdout)
    with ledger_of(desk) as ledger, ledger.read() as connection:
        ((recorded, longest),) = (
            row.values() for row in connection.rows("SELECT sum(length(event)), max(length(event)) FROM events")
        )
        (failed,) = connection.rows("SELECT length(error) AS size FROM stage_runs WHERE stage = 'bad'")
    assert recorded < 1_500_000
    assert longest < 1_100_000
    assert failed["size"] < 1_000_000
    (printed,) = outputs_of(done["notebook"], "c0")
    assert "".join(printed["text"]) == "".join(f"{n:06999}\n" for n in range(3000))
    assert len("".join(outputs_of(done["notebook"], "c1")[0]["data"]["text/html"])) == 20_000_000
    told = "".join(str(event["output"].get("text")) for event in heard(desk, done["run"]) if "output" in event)
    assert "an output of 20 MB is not shown" in told
    assert "the rest of what this cell prints is not shown" in told


def test_a_display_that_is_cleared_and_drawn_again_takes_the_place_of_the_last(desk: Desk) -> None:
    desk.write(
        "%%stage live\nimport time\nfrom IPython.display import clear_output, display\nfor n in range(5):\n"
        "    clear_output(wait=True)\n    display(n)\n    time.sleep(0.1)"
    )
    run = desk.run()
    seen: list[Any] = []
    for event in heard(desk, run["run"]):
        if "outputs" in event:
            seen = event["outputs"]
        elif "output" in event:
            seen = [*seen, event["output"]]
    assert [output["data"]["text/plain"] for output in seen] == ["4"]


def test_a_change_of_state_can_be_seen_while_the_run_goes_on(desk: Desk) -> None:
    release = desk.traces / "go"
    desk.write(
        "%%stage first\nx = 1",
        f"%%stage waits\nimport os, time\nprint('here', x, flush=True)\n"
        f"while not os.path.exists({str(release)!r}):\n    time.sleep(0.05)",
    )
    running = desk.start("run", "nb.ipynb")

    def kinds() -> list[tuple[str, str]]:
        with ledger_of(desk) as ledger:
            found = runs.runs(ledger)
            return [
                (event["type"], event.get("stage", "")) for _, event in events.read(ledger, found[0].id)
            ] if found else []  # fmt: skip

    wait_until(lambda: ("cell_output", "waits") in kinds(), "the waiting stage is seen to print")
    assert ("stage_finished", "first") in kinds()
    assert ("stage_finished", "waits") not in kinds()
    release.touch()
    out, err = running.communicate(timeout=100)
    assert running.returncode == 0, out + err
    assert kinds()[-1] == ("run_finished", "")
