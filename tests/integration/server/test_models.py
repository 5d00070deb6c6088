"""The REST API's models against a real registry: registered by a run, promoted, refused, approved, rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.e2e.model_projects import BETTER, GOOD, MODEL, WRONG, write_models
from tests.jupyter_servers import JupyterServer, Reply

pytestmark = [pytest.mark.xdist_group("jupyter-server"), pytest.mark.slow]

POLICY = f"""
[tool.mlpipe]
workers = 1

[tool.mlpipe.models."{MODEL}".production]
approvals = 1

[tool.mlpipe.models."{MODEL}".staging]
"""


@dataclass(frozen=True)
class Registry:
    """A project whose notebook registers models, and the server that shows it."""

    server: JupyterServer
    folder: Path

    @property
    def path(self) -> str:
        return f"{self.folder.name}/delays.ipynb"

    def run(self, chosen: Any) -> None:
        write_models(self.folder, chosen)
        reply = self.server.call("POST", "/runs", {"path": self.path})
        assert reply.status == 200, reply.body
        self.server.wait_for_run(self.path, reply.json["run"])

    def models(self) -> Any:
        return self.server.call("GET", f"/models?path={self.path}").json["models"]

    def ask(self, what: str, **given: Any) -> Reply:
        return self.server.call("POST", f"/models/{quote(MODEL)}/{what}", {"path": self.path, **given})

    def check(self, version: int, target: str) -> Any:
        query = f"path={self.path}&target={target}"
        return self.server.call("GET", f"/models/{quote(MODEL)}/versions/{version}/check?{query}").json


@pytest.fixture(scope="module")
def registry(server: JupyterServer) -> Iterator[Registry]:
    """Three versions: a good one, a better one, and one that its gate refused."""
    found = Registry(server, server.folder / "delays")
    found.folder.mkdir()
    (found.folder / "pyproject.toml").write_text(POLICY, encoding="utf-8")
    for chosen in (GOOD, BETTER, WRONG):
        found.run(chosen)
    reply = server.call("POST", "/models/refresh", {"path": found.path})
    assert reply.status == 200, reply.body
    yield found
    server.stop_warm_processes(found.folder)


def test_models_go_through_their_lifecycle(registry: Registry):
    (model,) = registry.models()
    assert [version["version"] for version in model["versions"]] == [3, 2, 1]
    assert [version["passed"] for version in model["versions"]] == [False, True, True]

    refused = registry.ask("versions/3/promote", target="staging", reason="why not").json
    assert refused["decision"] == "refused"
    assert "at least 0.7 asked" in refused["reasons"][0]
    assert registry.check(3, "staging")["decision"] == "refused"

    assert registry.check(1, "staging")["decision"] == "allowed"
    for version in (1, 2):
        done = registry.ask(f"versions/{version}/promote", target="staging", reason="--to=production").json
        assert (done["decision"], done["target"]) == ("done", "staging"), done
    assert registry.models()[0]["aliases"] == {"staging": 2}

    waiting = registry.ask("versions/2/promote", target="production").json
    assert (waiting["decision"], len(waiting["reasons"])) == ("waiting", 1)
    own = registry.ask("versions/2/approve", target="production", comment="I like it").json
    assert own["decision"] == "refused", "who registered it may not approve it"

    back = registry.ask("rollback", target="staging", reason="-r").json
    assert (back["decision"], back["version"], back["before"]) == ("done", 1, 2)
    deprecated = registry.ask("versions/3/deprecate", reason="it learnt the opposite").json
    assert deprecated["decision"] == "done", deprecated
    in_use = registry.ask("versions/1/deprecate").json
    assert in_use["decision"] == "refused"

    (model,) = registry.models()
    assert model["aliases"] == {"staging": 1}
    assert [version["lifecycle"] for version in model["versions"]] == ["deprecated", "archived", "staging"]

    address = f"/models/{quote(MODEL)}/versions/2?path={registry.path}"
    detail = registry.server.call("GET", address).json
    assert [(move["action"], move["status"]) for move in detail["history"]] == [
        ("rollback", "done"),
        ("promote", "done"),
    ]
    assert detail["history"][1]["reason"] == "--to=production"
    assert detail["checks"][0]["stage"] == "measure"
    assert detail["notebook"] == registry.path
    assert detail["others"] == [3, 1]


def test_the_verdicts_of_a_stage_are_told_with_their_evidence(registry: Registry):
    newest = registry.server.call("GET", f"/runs?path={registry.path}").json["runs"][0]["run"]
    reply = registry.server.call("GET", f"/runs/{newest}/stages/measure/verdicts?path={registry.path}")
    (check,) = reply.json["checks"]
    assert (check["gate"], check["passed"], check["stage"]) == ("auc >= 0.7", False, "measure")
    assert check["evidence"]["value"] < 0.7
    assert registry.server.call("GET", f"/runs/none/stages/x/verdicts?path={registry.path}").code == "MP404"


@pytest.mark.parametrize("name", ["no.such model", "modèle/v1", "..", "$(touch x)"])
def test_names_are_taken_as_they_are(registry: Registry, name: str):
    reply = registry.server.call("GET", f"/models/{quote(name, safe='')}/versions/1?path={registry.path}")
    assert (reply.status, reply.code) == (404, "MP602")


def test_what_cannot_be_asked_says_so(registry: Registry):
    assert registry.ask("versions/x/promote", target="staging").code == "MP002"
    assert registry.ask("versions/1/promote", target="moon").status == 400
    assert registry.ask("versions/99/promote", target="staging").status == 404
    nowhere = registry.server.call("POST", "/models/refresh", {"path": "nowhere.ipynb"})
    assert nowhere.code == "MP400"
