"""Data contracts in real runs and live kernels: data that breaks them goes nowhere, and the evidence is kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlpipe.errors import UndefinedNameError
from jupyter_mlpipe.execution.hooks_in_kernel import GROUP
from jupyter_mlpipe.execution.runner import run_pipeline
from jupyter_mlpipe.ledger import gates
from jupyter_mlpipe.notebook.installed import entry_points
from jupyter_mlpipe.workspace import Workspace
from tests.integration.live_kernels import LiveKernel, live, project, write

__all__ = ["live", "project"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not any(point.name == "contract" for point in entry_points(GROUP)),
        reason="the package was installed before it had contracts",
    ),
]

SCHEMA = """import pandas as pd
import pandera.pandas as pa

flights_schema = pa.DataFrameSchema(
    {
        "distance": pa.Column("int64", pa.Check.gt(0)),
        "carrier": pa.Column("str", pa.Check.isin(["UA", "AA", "B6"])),
    }
)"""
LOAD = """%%stage load
flights = pd.DataFrame({"distance": [100, 0, 300, 400], "carrier": ["UA", "AA", None, "B6"]}, index=[7, 8, 9, 9])"""
TRAIN = "%%stage train -o model\nmodel = int(flights.distance.sum())\nopen('trained.txt', 'a').write('x')"


class Ran:
    """What a run came to."""

    def __init__(self, notebook: Path) -> None:
        with Workspace.open(notebook, {"tracking": False, "workers": 1}) as workspace:
            heard: list[dict[str, Any]] = []
            self.result = run_pipeline(workspace, workspace.read(notebook), on_event=heard.append)
            self.notices = [event["text"] for event in heard if event["type"] == "notice"]
            self.verdicts = gates.verdicts(workspace.ledger, self.result.run_id)
            self.status = {stage.name: stage.status for stage in self.result.stages if not stage.implicit}
            self.ran = {stage.name for stage in self.result.stages if stage.runs}
            self.values: dict[str, Any] = {}
            for report in self.result.stages:
                for manifest in workspace.store.find(report.key) if report.key else ():
                    for artifact in manifest.artifacts:
                        if report.status in ("done", "hit", "refused"):
                            self.values.update(workspace.store.load(artifact, {}))


@pytest.fixture
def flights(project: Path) -> Callable[..., Path]:
    def made(line: str, *, setup: str = SCHEMA, load: str = LOAD) -> Path:
        return write(project / "demo.ipynb", setup, load, f"%%stage validate {line}", TRAIN)

    return made


def test_training_does_not_start_on_rows_that_break_the_contract_and_a_hit_is_refused_again(flights, project: Path):
    notebook = flights("--contract flights_schema")
    first = Ran(notebook)
    assert first.status == {"load": "done", "validate": "refused", "train": "skipped"}
    assert not (project / "trained.txt").exists()
    (verdict,) = first.verdicts
    assert (verdict.gate, verdict.passed) == ("contract flights_schema on flights", False)
    assert verdict.text == (
        "2 of 4 rows of flights (50 %) break flights_schema: "
        "distance must be greater than 0 (1 row), carrier must not be null (1 row)"
    )
    (check,) = verdict.facts["checks"]
    assert [(item["row"], item["column"], item["value"]) for item in check["sample"]] == [
        (1, "distance", "0"),
        (2, "carrier", "nan"),
    ]
    second = Ran(notebook)
    assert second.status == {"load": "hit", "validate": "refused", "train": "skipped"}
    assert "validate" in first.ran
    assert not second.ran


def test_a_limit_is_changed_without_running_the_check_again(flights):
    Ran(flights("--contract flights_schema"))
    again = Ran(flights("--contract flights_schema --max-bad 50%"))
    assert (again.status["validate"], again.status["train"]) == ("hit", "done")
    assert again.values["model"] == 800
    warned = Ran(flights("--contract flights_schema --on-violation warn"))
    assert (warned.status["validate"], warned.status["train"]) == ("hit", "hit")
    assert warned.notices == [f"validate: {warned.verdicts[0].text}"]


def test_a_quarantine_hands_on_the_good_rows_and_keeps_the_bad_ones(flights):
    notebook = flights("--contract flights_schema --on-violation quarantine --max-bad 60%")
    for validated in ("done", "hit"):
        ran = Ran(notebook)
        assert (ran.status["validate"], ran.status["load"]) == (validated, "done" if validated == "done" else "hit")
        assert ran.values["model"] == 500
        assert ran.values["flights"].index.tolist() == [7, 9]
        kept = ran.values["flights_quarantine"]
        assert kept["violations"].tolist() == ["distance must be greater than 0", "carrier must not be null"]
        assert ran.verdicts[0].passed
    assert Ran(flights("--contract flights_schema --on-violation quarantine")).status["train"] == "skipped"


def test_a_model_class_is_a_schema_and_flows_on_as_code(flights):
    setup = SCHEMA.partition("flights_schema")[0] + (
        "class Flights(pa.DataFrameModel):\n"
        "    distance: int = pa.Field(gt=0)\n"
        "    carrier: str = pa.Field(nullable=True)"
    )
    ran = Ran(flights("--contract flights=Flights --max-bad 25%", setup=setup))
    assert ran.status == {"load": "done", "validate": "done", "train": "done"}
    assert ran.verdicts[0].text.startswith("1 of 4 rows of flights (25 %, of which 25% is tolerated) breaks Flights:")


def test_a_schema_that_changed_is_held_to_again(flights):
    assert Ran(flights("--contract flights_schema")).status["validate"] == "refused"
    mended = SCHEMA.replace("gt(0)", "ge(0)").replace('"B6"]))', '"B6"]), nullable=True)')
    again = Ran(flights("--contract flights_schema", setup=mended))
    assert again.status == {"load": "hit", "validate": "done", "train": "done"}


def test_a_schema_in_a_file_is_read_again_when_it_changed(flights, project: Path):
    text = json.dumps({"schema_type": "dataframe", "columns": {"distance": {"dtype": "int64", "checks": {"ge": 0}}}})
    (project / "contracts").mkdir()
    path = project / "contracts" / "flights.json"
    path.write_text(text.replace('"ge"', '"greater_than_or_equal_to"'))
    notebook = flights("--contract contracts/flights.json")
    assert Ran(notebook).status["train"] == "done"
    assert Ran(notebook).status["validate"] == "hit"
    path.write_text(path.read_text().replace("greater_than_or_equal_to", "greater_than"))
    assert Ran(notebook).status == {"load": "hit", "validate": "refused", "train": "skipped"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--contract flights=pd", "pd is a module, not a DataFrameSchema"),
        ("--contract flights=contracts/none.yaml", "contracts/none.yaml cannot be read"),
    ],
)
def test_a_contract_that_cannot_be_looked_at_is_refused_with_a_reason(flights, line: str, said: str):
    ran = Ran(flights(line))
    assert ran.status["train"] == "skipped"
    assert said in ran.verdicts[0].text
    assert "Traceback" not in ran.verdicts[0].text


def test_a_schema_that_is_not_there_starts_nothing(flights):
    with pytest.raises(UndefinedNameError, match=r"the stage's line asks for it: checks \(contract\)"):
        Ran(flights("--contract flights=nothing_schema"))


def test_live_cells_are_held_to_the_same_contract(flights, live: Callable[..., LiveKernel]):
    notebook = flights("--contract flights_schema")
    kernel = live(notebook)
    for expected in ("c2", "c2"):
        kernel.cell("c0"), kernel.cell("c1")
        reply = kernel.cell(expected)
        assert reply.status == "error"
        assert "2 of 4 rows of flights (50 %) break flights_schema" in reply.text
        assert "Traceback" not in reply.text
    assert Ran(notebook).status["validate"] == "refused"
    kernel = live(flights("--contract flights_schema --on-violation quarantine --max-bad 60%"))
    replies = kernel.all()
    assert [reply.status for reply in replies.values()] == ["ok"] * 4
    assert "validate: 2 of 4 rows of flights (50 %, of which 60% is tolerated) break" in replies["c2"].told
    assert kernel.value("[model, flights_quarantine.index.tolist()]") == [500, [8, 9]]


def test_a_stage_is_held_to_a_schema_of_a_module_for_what_it_binds_itself(project: Path):
    module = project / "contracts.py"
    near = "pa.Check(lambda frame: frame.distance < 400, error='is near')"
    module.write_text(f"{SCHEMA}\nflights_schema.checks = [{near}]")
    line = "%%stage load --contract flights_schema --on-violation quarantine --max-bad 75%"
    cells = ["import pandas as pd\nfrom contracts import flights_schema", LOAD.replace("%%stage load", line), TRAIN]
    notebook = write(project / "demo.ipynb", *cells)
    first = Ran(notebook)
    assert first.status == {"load": "done", "train": "done"}
    assert first.values["model"] == 100
    assert first.values["flights_quarantine"]["violations"].tolist()[-1] == "each row must satisfy “is near”"
    module.write_text(SCHEMA)
    second = Ran(notebook)
    assert second.status == {"load": "done", "train": "done"}
    assert second.values["model"] == 500


def test_a_check_that_uses_a_function_of_the_notebook_is_made_anew_when_that_changes(flights):
    def setup(limit: int) -> str:
        made = SCHEMA.replace("pa.Check.gt(0)", "pa.Check(lambda column: near(column), error='is near')")
        return f"def near(column):\n    return column < {limit}\n\n" + made

    line = "--contract flights_schema --on-violation quarantine --max-bad 75%"
    assert Ran(flights(line, setup=setup(400))).values["model"] == 100
    assert Ran(flights(line, setup=setup(500))).values["model"] == 500
    assert Ran(flights(line, setup=setup(400))).values["model"] == 100
