"""A workspace with models in it, made without a kernel: real store, real ledger, real MLflow."""

from __future__ import annotations

import io
import itertools
import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from blake3 import blake3

from jupyter_mlpipe.cli.main import main, report
from jupyter_mlpipe.errors import MlpipeError
from jupyter_mlpipe.execution.courier import Courier
from jupyter_mlpipe.ledger import Ledger, gates, outbox, runs, stages
from jupyter_mlpipe.ledger.lineage import Input, Output
from jupyter_mlpipe.ledger.transitions import Transition, transitions
from jupyter_mlpipe.models import promotion
from jupyter_mlpipe.models.catalogue import REGISTER, KnownModel, known_model
from jupyter_mlpipe.models.registrar import RegistrationRequest
from jupyter_mlpipe.settings import Settings, load_settings
from jupyter_mlpipe.store.artifacts import Artifact, ArtifactStore, StageManifest

SECRET = 123454321.0
"""A value of the training data that must not get into the registry."""
_COUNT = itertools.count(1)


@dataclass
class Desk:
    """A workspace, as promotion and the courier see one."""

    root: Path
    tracking_uri: str
    environ: Mapping[str, str] = field(default_factory=dict)
    model: str = field(default_factory=lambda: f"flight-delay-{os.getpid()}-{next(_COUNT)}")

    @cached_property
    def settings(self) -> Settings:
        self.folder.mkdir(exist_ok=True)
        return load_settings(self.root, environ=self.variables)

    @property
    def variables(self) -> dict[str, str]:
        own = {
            "MLPIPE_TRACKING_URI": self.tracking_uri,
            "MLPIPE_SIGNING_KEY": str(self.root / "key" / "signing.pem"),
            "MLPIPE_TRACKING": "false",
        }
        return {**own, **self.environ}

    @property
    def folder(self) -> Path:
        return self.root / ".mlpipe"

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger.open(self.settings.ledger_url)

    @cached_property
    def store(self) -> ArtifactStore:
        return ArtifactStore.of(self.settings)

    def hooks(self) -> Sequence[Any]:
        return ()

    def close(self) -> None:
        if "ledger" in self.__dict__:
            self.ledger.close()

    def policy(self, **states: Mapping[str, Any]) -> None:
        """Write the model's policy; settings are read again."""
        models = {self.model: {state: dict(table) for state, table in states.items()}}
        self.environ = {**self.environ, "MLPIPE_MODELS": json.dumps(models)}
        self.__dict__.pop("settings", None)

    # -- what happened in the workspace ----------------------------------------------------------------------------

    def run(self, pipeline: str = "flights") -> str:
        started = runs.start_run(
            self.ledger, pipeline=pipeline, notebook=f"{pipeline}.ipynb", notebook_digest="d" * 64,
            parameters={"alpha": 0.1},
        )  # fmt: skip
        runs.finish_run(self.ledger, started.id, "done")
        return started.id

    def stage(
        self,
        run: str,
        name: str,
        values: Mapping[str, Any] | None = None,
        reads: Mapping[str, tuple[str, Artifact]] | None = None,
        *,
        gates_: Iterable[tuple[str, bool]] = (),
        frame: str | None = None,
        status: str = "done",
        key: str = "",
        numbers: Mapping[str, float] | None = None,
        namespace: Mapping[str, object] | None = None,
        error: Mapping[str, Any] | None = None,
    ) -> Made:
        """Record a stage: what it made, read (name: stage and value), and what its gates said."""
        saved, _ = self.store.save_values(values or {}, namespace or {})
        artifacts = {item: artifact for artifact in saved for item in artifact.names}
        digests = sorted((item, artifact.content) for item, artifact in artifacts.items())
        key = key or blake3(repr((name, digests, sorted(reads or {}))).encode()).hexdigest()
        parts = {"distributions": {"scikit-learn": "1.9.1"}, "parameters": {"depth": 3}, "python": "3.11"}
        if artifacts and not self.store.find(key):
            manifest = StageManifest(key, name, "flights", parts, tuple(saved), numbers=dict(numbers or {}))
            self.store.publish(manifest)
        fact = stages.StageRun(
            run=run, pipeline=runs.run(self.ledger, run).pipeline, stage=name, status=status, key=key,
            hit=status == "hit", numbers=dict(numbers or {}), error=error,
        )  # fmt: skip
        made = [
            Output(item, artifact.content, artifact.codec, artifact.type, rows=artifact.meta.get("rows"))
            for item, artifact in artifacts.items()
        ]
        used = [Input(item, artifact.content, source) for item, (source, artifact) in (reads or {}).items()]
        stages.record_stage(self.ledger, fact, made, used)
        check = {"frame": frame} if frame else {}
        verdicts = [
            gates.Verdict(
                run=run, stage=name, gate=gate, passed=passed, text=f"{gate}: {'yes' if passed else 'no'}",
                facts={"checks": [{"gate": gate, "passed": passed, "text": gate, **check}]},
            )
            for gate, passed in gates_
        ]  # fmt: skip
        gates.record_verdicts(self.ledger, verdicts)
        return Made(key, artifacts)

    def ask(self, run: str, made: Made, stage: str = "train", name: str = "model", **about: Any) -> None:
        """Ask for a registration, as the stage hook does."""
        request = RegistrationRequest(
            model=about.pop("model", self.model), name=name, content=made.values[name].content, run=run,
            pipeline="flights", stage=stage, keys=(made.key,), **about,
        )  # fmt: skip
        outbox.put(self.ledger, REGISTER, asdict(request))

    def deliver(self) -> Any:
        return Courier(self.settings, self.ledger).send_all()

    def train(
        self,
        seed: int = 0,
        *,
        gate: bool | None = True,
        value: Any = None,
        namespace: Mapping[str, object] | None = None,
        **about: Any,
    ) -> int:
        """One run: load, train, evaluate with a gate; its model registered. Returns the version (0: none)."""
        run, fitted, frame = self.run(), value if value is not None else estimator(seed), training_frame(seed)
        load = self.stage(run, "load", {"flights": frame})
        reads = {"flights": ("load", load.values["flights"])}
        train = self.stage(run, "train", {"model": fitted}, reads, numbers={"loss": 0.1}, namespace=namespace)
        judged = [] if gate is None else [("auc >= 0.75", gate)]
        self.stage(
            run, "evaluate", {"auc": 0.8}, {"model": ("train", train.values["model"])}, gates_=judged,
            numbers={"auc": 0.8}, status="done" if gate is not False else "refused",
        )  # fmt: skip
        self.ask(run, train, **about)
        self.deliver()
        self.last_run, self.last_train, self.last_load = run, train, load
        known = self.known(about.get("model"))
        return known.versions[0].version if known.versions else 0

    # -- what is known -----------------------------------------------------------------------------------------------

    def known(self, model: str | None = None) -> KnownModel:
        return known_model(self.ledger, model or self.model)

    def history(self) -> list[Transition]:
        return transitions(self.ledger, self.model)

    def promote(self, version: int, target: str = "production", **about: Any) -> promotion.Move:
        return promotion.promote(self, self.model, version, target, **about)

    def ship(self, version: int) -> None:
        self.promote(version, "staging")
        self.promote(version, "production")

    def alias(self, target: str = "production") -> int | None:
        """Where MLflow has it."""
        found = self.client.get_registered_model(self.model).aliases.get(target)
        return None if found is None else int(found)

    @cached_property
    def client(self) -> Any:
        from mlflow import MlflowClient

        return MlflowClient(self.tracking_uri)

    def files(self, version: int) -> Path:
        """The folder in which MLflow keeps a version's files."""
        source = self.client.get_model_version(self.model, str(version)).source
        identifier = next(part for part in reversed(Path(source).parts) if part.startswith("m-"))
        home = self.folder if self.tracking_uri.startswith("sqlite") else Path(os.environ["TEST_SERVER_ARTIFACTS"])
        return next(path for path in home.rglob(identifier) if path.is_dir()) / "artifacts"

    def call(self, *words: str, user: str = "", code: int | None = None) -> Answer:
        """``mlpipe`` with these words, in the workspace; in this process, since loading MLflow takes seconds."""
        out, err = io.StringIO(), io.StringIO()
        before, folder = dict(os.environ), Path.cwd()
        os.environ.update(self.variables | ({"LOGNAME": user} if user else {}))
        os.chdir(self.root)
        try:
            with redirect_stdout(out), redirect_stderr(err):
                try:
                    returned = main([*words, "--debug"] if code in (0, None) else words)
                except SystemExit as exit_:
                    returned = int(exit_.code or 0)
                except MlpipeError as error:
                    returned = report(error, as_json="--json" in words)
        finally:
            os.chdir(folder)
            os.environ.clear()
            os.environ.update(before)
        answer = Answer(returned, out.getvalue(), err.getvalue())
        assert code is None or returned == code, answer
        return answer


@dataclass(frozen=True)
class Answer:
    """What a command said."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)


@dataclass(frozen=True)
class Made:
    """What a stage left."""

    key: str
    values: Mapping[str, Artifact]


def training_frame(seed: int = 0) -> Any:
    import numpy as np
    import pandas as pd

    random = np.random.default_rng(seed)
    frame = pd.DataFrame({"distance": random.normal(size=60) * 1000, "dep_delay": random.normal(size=60)})
    frame.loc[7, "distance"] = SECRET
    return frame


def estimator(seed: int = 0) -> Any:
    from sklearn.linear_model import LogisticRegression

    frame = training_frame(seed)
    return LogisticRegression(C=1 + seed).fit(frame / 1000, frame["dep_delay"] > 0)


def copied(database: Path, to: Path) -> str:
    shutil.copy(database, to)
    return f"sqlite:///{to}"
