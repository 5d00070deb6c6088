"""One Jupyter server with a small project for all tests of the REST API."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.jupyter_servers import JupyterServer, running_jupyter

HELPER = "def double(numbers):\n    return [2 * number for number in numbers]\n"
CELLS = (
    ("%load_ext jupyter_mlpipe\n%pipeline numbers --owner ana@example.com", ()),
    ("factor = 3  # by how much\nname: str = 'x'\nsizes = [1, 2]", ("parameters",)),
    ("import pandas as pd\nfrom helper import double", ()),
    ("%%stage load\nnumbers = pd.DataFrame({'n': range(40)})\nprint('loaded')", ()),
    ("%%stage train --memory 1GB --owner bo@example.com\nmodel = double(list(numbers['n']))[factor]\nmodel", ()),
    ("%%stage report --gate 'score > 1'\nscore = model / 2\nprint('score', score)", ()),
)


@dataclass(frozen=True)
class Project:
    """A notebook with its helper, in a folder of a server."""

    server: JupyterServer
    name: str

    @property
    def path(self) -> str:
        return f"{self.name}/numbers.ipynb"

    @property
    def folder(self) -> Path:
        return self.server.folder / self.name

    def cells(self, changes: dict[int, str] | None = None) -> list[dict[str, Any]]:
        """The code cells as an editor would send them, with other sources for some."""
        return [
            {"id": f"c{index}", "index": index, "source": (changes or {}).get(index, source), "tags": list(tags)}
            for index, (source, tags) in enumerate(CELLS)
        ]

    def write(self, cells: Sequence[dict[str, Any]] | None = None) -> None:
        document = {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
            "cells": [
                {"cell_type": "code", "id": cell["id"], "metadata": {"tags": cell["tags"]}, "source": cell["source"],
                 "outputs": [], "execution_count": None}
                for cell in cells or self.cells()
            ],
        }  # fmt: skip
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "numbers.ipynb").write_text(json.dumps(document), encoding="utf-8")
        (self.folder / "helper.py").write_text(HELPER, encoding="utf-8")

    def analyse(self, changes: dict[int, str] | None = None, **more: Any) -> Any:
        body = {"path": self.path, "cells": self.cells(changes), **more}
        reply = self.server.call("POST", "/analysis", body)
        assert reply.status == 200, reply.body
        return reply.json

    def states(self, changes: dict[int, str] | None = None) -> dict[str, str]:
        return {stage["name"]: stage["state"] for stage in self.analyse(changes)["stages"]}

    def start(self, **asked: Any) -> str:
        reply = self.server.call("POST", "/runs", {"path": self.path, **asked})
        assert reply.status == 200, reply.body
        return str(reply.json["run"])

    def run(self, **asked: Any) -> str:
        """Run and wait; the run's id."""
        run = self.start(**asked)
        self.server.wait_for_run(self.path, run)
        return run

    def get(self, path: str, **query: Any) -> Any:
        given = "&".join(f"{name}={value}" for name, value in {"path": self.path, **query}.items())
        reply = self.server.call("GET", f"{path}?{given}")
        assert reply.status == 200, reply.body
        return reply.json


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    folder, state = tmp_path_factory.mktemp("shown"), tmp_path_factory.mktemp("state")
    with running_jupyter(folder, state) as running:
        yield running


@pytest.fixture(scope="module")
def ran(server: JupyterServer) -> tuple[Project, str]:
    """A project whose pipeline has run once, and that run; not to be changed."""
    project = Project(server, "ran")
    project.folder.mkdir()
    (project.folder / ".mlpipe").mkdir()
    project.write()
    return project, project.run()


@pytest.fixture
def project(server: JupyterServer, request: pytest.FixtureRequest) -> Iterator[Project]:
    """A project of the test's own, in which nothing has run."""
    made = Project(server, request.node.name[:40].replace("[", "-").replace("]", ""))
    made.folder.mkdir()
    (made.folder / "pyproject.toml").write_text("[tool.mlpipe]\nworkers = 1\n", encoding="utf-8")
    made.write()
    yield made
    server.stop_warm_processes(made.folder)
