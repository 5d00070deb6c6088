"""Lineage both ways, over facts of runs as they are recorded: on SQLite and on PostgreSQL."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlpipe.cli.lineage_text import Tree, heading, mermaid
from jupyter_mlpipe.errors import AmbiguousNameError, UnknownModelError, UnknownNameError, UnknownRunError
from jupyter_mlpipe.ledger import Ledger, runs, stages
from jupyter_mlpipe.ledger.file_uses import FileUse, file_uses
from jupyter_mlpipe.ledger.lineage import Input, Output
from jupyter_mlpipe.ledger.registrations import Registration, record_registration
from jupyter_mlpipe.ledger.stages import StageRun
from jupyter_mlpipe.ledger.transitions import Transition, begin_transition, end_transition, record_sightings
from jupyter_mlpipe.models.lineage import Lineage, trace
from jupyter_mlpipe.models.lineage_facts import lineage_facts, model_versions, source_files, steps_each_way

ROOT = Path("/project")


def digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()


class Project:
    """Writes facts as runs do: a stage is a hit where its key was there before."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._seen: set[str] = set()

    def begin(self, pipeline: str = "flights") -> str:
        time.sleep(0.002)  # ids sort by milliseconds
        return runs.start_run(self.ledger, pipeline=pipeline, notebook="n.ipynb", notebook_digest="d").id

    def stage(
        self,
        run: str,
        stage: str,
        *,
        key: str,
        used: Sequence[tuple[str, str, str | None]] = (),
        made: Sequence[tuple[str, str]] = (),
        files: Sequence[FileUse] = (),
        pipeline: str = "flights",
        status: str = "done",
    ) -> int:
        full = digest(pipeline, stage, key)
        hit = full in self._seen and status == "done"
        self._seen |= {full} if status == "done" else set()
        fact = StageRun(
            run=run, pipeline=pipeline, stage=stage, status="hit" if hit else status, hit=hit, key=full, numbers={}
        )
        outputs = [Output(name, content, "arrow", "pandas.DataFrame", 3, 2000) for name, content in made]
        return stages.record_stage(self.ledger, fact, outputs, [Input(*item) for item in used], files)

    def flights(self, data: str, alpha: float, *, features: str | None = None) -> str:
        """One run: load -> features -> train -> report; what train makes depends on the features and on alpha."""
        run = self.begin()
        frame, found = digest("frame", data), features or digest("features", data)
        model = digest("model", found, alpha)
        self.stage(run, "load", key=data, made=[("flights", frame)], files=[FileUse("data/flights.parquet", data)])
        self.stage(run, "clean", key=frame, used=[("flights", frame, "load")], made=[("features", found)])
        self.stage(run, "train", key=f"{found}{alpha}", used=[("features", found, "clean")], made=[("model", model)])
        report = FileUse("out/report.html", digest("report", model), written=True, bytes=10)
        self.stage(run, "report", key=model, used=[("model", model, "train")], files=[report])
        return run

    def register(self, version: int, run: str, content: str, model: str = "flight-delay", **more: Any) -> None:
        given = {"pipeline": "flights", "stage": "train", "name": "model", **more}
        record_registration(self.ledger, Registration(model=model, version=version, content=content, run=run, **given))

    def promote(self, version: int, target: str = "production", model: str = "flight-delay") -> None:
        asked = begin_transition(self.ledger, Transition(model=model, version=version, action="promote", target=target))
        end_transition(self.ledger, asked, "done")


@pytest.fixture
def project(ledger: Ledger) -> Project:
    return Project(ledger)


def names(lineage: Lineage, way: str) -> list[str]:
    up, down = steps_each_way(lineage)
    return [lineage.graph.nodes[node].name for node in (up if way == "up" else down)]


def versions(lineage: Lineage) -> list[int | None]:
    return [node.version for node in model_versions(lineage)]


def text(lineage: Lineage, way: str, *, cut: bool = True) -> str:
    up, down = steps_each_way(lineage)
    tree = Tree(lineage.graph, "up" if way == "up" else "down", up if way == "up" else down, cut=cut)
    return "\n".join(tree.lines(lineage.anchors))


# -- both ways ----------------------------------------------------------------------------------------------------


def test_what_is_in_production_leads_up_to_the_files_it_was_made_of(project):
    first = project.flights("aa01", 0.1)
    second = project.flights("aa01", 0.2)
    for number, (run, alpha) in enumerate(((first, 0.1), (second, 0.2)), 1):
        project.register(number, run, digest("model", digest("features", "aa01"), alpha))
    project.promote(2)
    found = trace(project.ledger, ROOT, "flight-delay@production")
    assert heading(found) == "flight-delay@production is version 2 of flight-delay"
    assert names(found, "up") == [
        "production", "flight-delay", "model", "train", "features", "clean", "flights", "load", "data/flights.parquet",
    ]  # fmt: skip
    assert [(node.name, node.digest) for node in source_files(found)] == [("data/flights.parquet", "aa01")]
    # What the second run restored is shown with the run that made it.
    made = {node.name: node.run for node in found.graph.nodes.values() if node.kind == "stage"}
    assert made == {"load": first, "clean": first, "train": second, "report": second}
    assert versions(found) == [2]


def test_a_file_leads_down_to_the_models_trained_on_it_and_on_each_version_of_it(project):
    old, new = project.flights("aa01", 0.1), project.flights("bb02", 0.1)
    project.register(1, old, digest("model", digest("features", "aa01"), 0.1))
    project.register(2, new, digest("model", digest("features", "bb02"), 0.1))
    assert versions(trace(project.ledger, ROOT, "data/flights.parquet")) == [2, 1]
    assert versions(trace(project.ledger, ROOT, "flights.parquet")) == [2, 1]
    assert versions(trace(project.ledger, ROOT, "/project/data/flights.parquet")) == [2, 1]
    assert versions(trace(project.ledger, ROOT, "aa01")) == [1]
    assert versions(trace(project.ledger, ROOT, "flights.parquet", run=old)) == [1]


def test_equal_results_of_different_data_are_not_taken_for_one_another(project):
    """The second file changes nothing that matters, so `clean` makes the same; only one run went on from there."""
    same = digest("features", "same")
    project.flights("aa01", 0.1, features=same)
    second = project.flights("bb02", 0.2, features=same)
    project.register(1, second, digest("model", same, 0.2))
    assert versions(trace(project.ledger, ROOT, "aa01")) == []
    assert versions(trace(project.ledger, ROOT, "bb02")) == [1]
    data = [node.digest for node in source_files(trace(project.ledger, ROOT, "flight-delay@1"))]
    assert data == ["bb02"]


def test_a_version_hangs_on_every_artifact_of_its_content(project):
    """Training on other data gave the very same model; the registry keeps it as the version that was there."""
    content = digest("model", digest("features", "same"), 0.1)
    first = project.flights("aa01", 0.1, features=digest("features", "same"))
    project.flights("bb02", 0.1, features=digest("features", "same"))
    project.register(1, first, content)
    assert [versions(trace(project.ledger, ROOT, data)) for data in ("aa01", "bb02")] == [[1], [1]]


def test_a_file_that_one_pipeline_wrote_and_another_read_joins_them(project):
    project.flights("aa01", 0.1)
    report = digest("report", digest("model", digest("features", "aa01"), 0.1))
    other = project.begin("mailing")
    project.stage(
        other, "send", key="1", pipeline="mailing", files=[FileUse("out/report.html", report)], made=[("sent", "5e47")]
    )
    assert {"send", "sent"} <= set(names(trace(project.ledger, ROOT, "data/flights.parquet"), "down"))
    assert "data/flights.parquet" in names(trace(project.ledger, ROOT, "sent"), "up")


def test_an_input_that_its_run_did_not_make_comes_from_the_run_before(project):
    first, later = project.begin(), project.begin()
    project.stage(first, "load", key="1", made=[("flights", "f1")], files=[FileUse("a.csv", "aa")])
    project.stage(later, "train", key="2", used=[("flights", "f1", "load")], made=[("model", "m1")])
    project.stage(later, "lonely", key="3", used=[("unknown", "u1", None)], made=[("other", "o1")])
    assert names(trace(project.ledger, ROOT, "model"), "up") == ["model", "train", "flights", "load", "a.csv"]
    assert names(trace(project.ledger, ROOT, "other"), "up") == ["other", "lonely", "unknown"]


def test_failed_attempts_count_only_where_no_other_followed(project):
    run = project.begin()
    project.stage(run, "load", key="1", made=[("x", "f1")])
    project.stage(run, "train", key="2", used=[("x", "f1", "load")], status="failed")
    project.stage(run, "train", key="2", used=[("x", "f1", "load")], made=[("m", "m1")])
    project.stage(run, "check", key="3", used=[("m", "m1", "train")], status="failed")
    project.stage(run, "after", key="4", status="skipped")
    found = trace(project.ledger, ROOT, run)
    assert heading(found) == f"run {run}, 3 stages"
    ended = {(node.name, node.status) for node in found.graph.nodes.values() if node.kind == "stage"}
    assert ended == {("load", "done"), ("train", "done"), ("check", "failed")}


# -- names --------------------------------------------------------------------------------------------------------


def test_a_name_that_means_several_things_is_told_how_to_say_which(project):
    run = project.flights("aa01", 0.1)
    project.register(1, run, digest("model", digest("features", "aa01"), 0.1), model="model")
    project.stage(run, "model", key="x", made=[("y", "1")])
    with pytest.raises(AmbiguousNameError) as caught:
        trace(project.ledger, ROOT, "model")
    assert caught.value.details["meanings"] == ["model:model", "artifact:model", "stage:model"]
    for spelled in caught.value.details["meanings"]:
        assert trace(project.ledger, ROOT, spelled).kind == spelled.partition(":")[0]


def test_a_name_that_is_nothing_is_told_the_nearest(project):
    project.flights("aa01", 0.1)
    with pytest.raises(UnknownNameError, match=r"data/flights\.parquet"):
        trace(project.ledger, ROOT, "flihgts.parquet")
    with pytest.raises(UnknownNameError, match=r"features \(an artifact\)"):
        trace(project.ledger, ROOT, "featurs")
    for odd in ("", "?", "stage:", "a@b", "data/", "../x", "ß/ü.parquet", "'; DROP TABLE runs", "%", "nothing:at all"):
        with pytest.raises(UnknownNameError):
            trace(project.ledger, ROOT, odd)
    with pytest.raises(UnknownRunError):
        trace(project.ledger, ROOT, "train", run="nosuchrun")


def test_an_unknown_version_or_alias_is_told_those_there_are(project):
    run = project.flights("aa01", 0.1)
    project.register(1, run, digest("model", digest("features", "aa01"), 0.1))
    for wrong in ("flight-delay@2", "flight-delay@production", "flight-delay@", "flight-delay@²"):
        with pytest.raises(UnknownModelError, match="versions are 1; it has no alias"):
            trace(project.ledger, ROOT, wrong)


def test_an_alias_that_was_moved_in_the_registry_is_where_it_was_last_seen(project):
    for number, alpha in enumerate((0.1, 0.2), 1):
        run = project.flights("aa01", alpha)
        project.register(number, run, digest("model", digest("features", "aa01"), alpha))
    project.promote(1)
    assert versions(trace(project.ledger, ROOT, "flight-delay@production")) == [1]
    record_sightings(project.ledger, {"flight-delay": {"production": 2, "staging": None}})
    assert versions(trace(project.ledger, ROOT, "flight-delay@production")) == [2]
    assert versions(trace(project.ledger, ROOT, "flight-delay")) == [2, 1]


def test_names_of_any_script_are_names(project):
    run = project.begin("flüge / déparь")
    project.stage(run, "训练", key="1", pipeline="flüge / déparь", made=[("модель", "c0de")])
    project.register(
        1, run, "c0de", model="delay.of-flights v2", name="модель", pipeline="flüge / déparь", stage="训练"
    )
    assert names(trace(project.ledger, ROOT, "delay.of-flights v2@1"), "up")[1:] == ["модель", "训练"]
    assert versions(trace(project.ledger, ROOT, "训练")) == [1]
    assert "训练 of flüge / déparь" in text(trace(project.ledger, ROOT, "модель"), "up")


# -- how it is shown ----------------------------------------------------------------------------------------------


def test_a_depth_bounds_the_arrows_but_not_the_answers(project):
    run = project.flights("aa01", 0.1)
    project.register(1, run, digest("model", digest("features", "aa01"), 0.1))
    found = trace(project.ledger, ROOT, "features")
    up, down = steps_each_way(found, depth=1)
    assert {found.graph.nodes[node].name for node in {*up, *down}} == {"features", "clean", "train"}
    facts = lineage_facts(found, up, down)
    assert facts["data"] == [{"path": "data/flights.parquet", "digest": "aa01"}]
    assert facts["models"] == [{"model": "flight-delay", "version": 1, "aliases": []}]
    assert steps_each_way(found, up=False)[0] == {}


def test_what_is_wide_is_cut_and_a_model_in_production_is_not_cut_away(project):
    run_of = {}
    for number in range(30):
        run_of[number] = project.flights("aa01", number)
        project.register(number + 1, run_of[number], digest("model", digest("features", "aa01"), number))
    project.promote(3)
    found = trace(project.ledger, ROOT, "data/flights.parquet")
    shown = text(found, "down")
    assert "flight-delay version 3 (production)" in shown
    assert "more: --all shows them" in shown
    assert len(shown.splitlines()) < 80
    whole = text(found, "down", cut=False)
    assert all(f"flight-delay version {number + 1}" in whole for number in range(30))
    assert "more" not in whole


def test_only_so_many_runs_are_looked_at_those_with_models_first(project, monkeypatch):
    monkeypatch.setattr("jupyter_mlpipe.models.lineage.RUNS", 3)
    for number in range(6):
        run = project.flights("aa01", number)
        if number in (0, 1):
            project.register(number + 1, run, digest("model", digest("features", "aa01"), number))
    project.promote(1)
    found = trace(project.ledger, ROOT, "data/flights.parquet")
    assert (found.looked_at, found.left_out) == (3, 3)
    assert versions(found) == [1, 2]
    everything = trace(project.ledger, ROOT, "data/flights.parquet", everything=True)
    assert (everything.looked_at, everything.left_out) == (6, 0)


def test_mermaid_is_one_chart_whatever_names_hold(project):
    run = project.begin('a "quoted" name')
    project.stage(run, 'say "hi"', key="1", pipeline='a "quoted" name', made=[("x", "c0de")])
    found = trace(project.ledger, ROOT, "x")
    up, _ = steps_each_way(found)
    chart = mermaid(found, dict.fromkeys(up))
    assert chart.count("-->") == 1
    assert '"hi"' not in chart


def test_the_files_of_a_result_are_written_down_once(project):
    uses = [FileUse(f"images/{number}.png", digest("image", number)) for number in range(1000)]
    identifiers = [project.stage(project.begin(), "load", key="1", made=[("x", "c0de")], files=uses) for _ in range(3)]
    found = {stages.stage_run(project.ledger, identifier).files for identifier in identifiers}
    assert len(found) == 1
    assert len(file_uses(project.ledger, found)[found.pop()]) == 1000
    assert trace(project.ledger, ROOT, "images/7.png").looked_at == 3
    assert "… " in text(trace(project.ledger, ROOT, "x"), "up")
