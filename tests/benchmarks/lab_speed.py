"""How quickly JupyterLab shows what is so: badges after a keystroke or a stage, a large graph, Lab's own start."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.e2e.conftest import CHROMIUM_WORDS, chromium, front_end
from tests.e2e.lab import PATIENCE, Lab, opened_lab
from tests.jupyter_servers import TOKEN, JupyterServer, running_jupyter

DEBOUNCE = 0.150
"""Seconds that the front end waits after a keystroke: the pause that says that somebody stopped typing."""


@dataclass(frozen=True)
class Delays:
    """Seconds between something and its being shown, one each time."""

    title: str
    seconds: Mapping[str, Sequence[float]]

    def median(self, name: str) -> float:
        return statistics.median(self.seconds[name])

    def __str__(self) -> str:
        lines = [self.title]
        for name, seconds in self.seconds.items():
            worst = max(seconds)
            lines.append(f"  {name:<34} median {1000 * self.median(name):7.0f} ms   worst {1000 * worst:7.0f} ms")
        return "\n".join(lines)


def keystroke(place: Path, rounds: int = 15, cells: int = 100) -> Delays:
    """From a keystroke to the right badges, without the pause that is waited for."""
    with _lab(place) as lab:
        _write(place / "shown", _chain(cells))
        lab.open("many.ipynb")
        lab.expect_states(s1="never")
        last = _last_stage(cells)
        lab.server.call("POST", "/runs", {"path": "many.ipynb"})
        lab.expect_states(**{last: "cached/restored"}, timeout=10 * PATIENCE)
        measured = []
        for number in range(rounds):
            lab.page.wait_for_timeout(500)
            # An early stage changes, and the last one of the chain follows from it; then back again.
            wanted = "stale" if number % 2 == 0 else "cached|restored"
            source = f"%%stage s1\nv1 = {1 if number % 2 else number + 100}"
            measured.append(lab.page.evaluate(_EDIT_AND_WAIT, [0, source, last, wanted]) / 1000 - DEBOUNCE)
    return Delays(f"from a keystroke to the right badges, {cells} cells, after the pause", {"keystroke": measured})


def stage_change(place: Path, rounds: int = 10) -> Delays:
    """From the change of a stage's state, as the runner has it, to its badge."""
    with _lab(place) as lab:
        sources = [f"%%stage s{n}\nimport time\ntime.sleep(0.4)\nv{n} = {n}" for n in range(1, rounds + 1)]
        _write(place / "shown", sources)
        lab.open("many.ipynb")
        lab.expect_states(s1="never")
        lab.page.evaluate(_NOTE_CHANGES)
        run = lab.server.call("POST", "/runs", {"path": "many.ipynb"}).json["run"]
        lab.expect_states(**{f"s{rounds}": "cached"}, timeout=5 * PATIENCE)
        seen = lab.page.evaluate("window.mlpipeSeen")
        events = lab.server.call("GET", f"/runs/{run}/events?path=many.ipynb&limit=5000").json["events"]
    kinds = {"stage_started": "running", "stage_finished": "cached"}
    delays: dict[str, list[float]] = {"started": [], "finished": []}
    for event in events:
        state = kinds.get(event["type"])
        moment = seen.get(f"{event['stage']} {state}")
        if state and moment:
            delays["started" if state == "running" else "finished"].append(moment / 1000 - event["time"])
    return Delays("from a stage's change of state to its badge", delays)


def graph(place: Path, stages: int = 500) -> Delays:
    """The graph of many stages: until it is drawn, and the longest frame while it is scrolled."""
    with _lab(place) as lab:
        _write(place / "shown", _layers(stages))
        lab.open("many.ipynb")
        lab.expect_states(s1="never", timeout=5 * PATIENCE)
        begun = time.perf_counter()
        lab.start("mlpipe:open-graph")
        lab.page.wait_for_function(
            f"count => document.querySelectorAll('{_NODES}').length >= count",
            arg=stages,
            timeout=PATIENCE,
        )
        drawn = time.perf_counter() - begun
        frames = lab.page.evaluate(_SCROLL)
    return Delays(f"a graph of {stages} stages", {"until it is drawn": [drawn], "frames while scrolling": frames})


def start(place: Path, rounds: int = 7) -> Delays:
    """JupyterLab's start in the browser, with the extension and without, in turn."""
    delays: dict[str, list[float]] = {"without": [], "with": []}
    with sync_playwright() as driver, _started(driver.chromium) as browser:
        for name in ("one", "other"):
            _write(place / name, _chain(20))
        with (
            running_jupyter(place / "one", _state(place, "without"), lab=True, words=_NO_EXTENSION) as bare,
            running_jupyter(
                place / "other", state := _state(place, "with"), lab=True, words=[*front_end(state), _NO_OTHERS]
            ) as full,
        ):
            for number in range(rounds + 1):
                for name, server in (("without", bare), ("with", full)):
                    seconds = _start_of(browser, server)
                    if number:  # the first time fills caches
                        delays[name].append(seconds)
    return Delays("JupyterLab's start, until it is restored", delays)


_NO_OTHERS = "--LabApp.labextensions_path=/nonexistent"
"""Leaves out what is installed in the environment, our own extension among it."""
_NO_EXTENSION = ("--ServerApp.jpserver_extensions=jupyter_mlpipe=False", "--LabApp.news_url=", _NO_OTHERS)

_NODES = ".jp-MainAreaWidget:not(.lm-mod-hidden) [data-mlpipe-node]"

_EDIT_AND_WAIT = """([cell, source, stage, wanted]) => new Promise(done => {
  const right = new RegExp(`^(?:${wanted})$`);
  const panel = window.jupyterapp.shell.currentWidget;
  const badge = panel.node.querySelector(`[data-mlpipe-stage="${stage}"]`);
  const begun = performance.now();
  const look = () => {
    if (right.test(badge.dataset.mlpipeState)) {
      watch.disconnect();
      done(performance.now() - begun);
    }
  };
  const watch = new MutationObserver(look);
  watch.observe(badge, { attributes: true });
  panel.content.widgets[cell].model.sharedModel.setSource(source);
})"""

_NOTE_CHANGES = """() => {
  window.mlpipeSeen = {};
  const note = badge => {
    const key = `${badge.dataset.mlpipeStage} ${badge.dataset.mlpipeState}`;
    window.mlpipeSeen[key] ??= Date.now();
  };
  const watch = new MutationObserver(found => found.forEach(change => note(change.target)));
  for (const badge of document.querySelectorAll('[data-mlpipe-stage]')) {
    watch.observe(badge, { attributes: true, attributeFilter: ['data-mlpipe-state'] });
  }
}"""

_SCROLL = """() => new Promise(done => {
  const node = document.querySelector('NODES');
  let area = node;
  while (area && area.scrollHeight <= area.clientHeight + 1) { area = area.parentElement; }
  const frames = [];
  let last = performance.now();
  let count = 0;
  const step = now => {
    frames.push((now - last) / 1000);
    last = now;
    if (area) { area.scrollTop += 40; }
    count += 1;
    if (count < 120) { requestAnimationFrame(step); } else { done(frames.slice(1)); }
  };
  requestAnimationFrame(step);
})""".replace("NODES", _NODES)


def _start_of(browser: Browser, server: JupyterServer) -> float:
    with opened_lab(browser, server) as lab:
        begun = time.perf_counter()
        lab.page.goto(f"{server.url}/lab/tree/many.ipynb?token={TOKEN}&reset")
        lab.page.wait_for_function("window.jupyterapp && window.jupyterapp.started", timeout=PATIENCE)
        lab.page.evaluate("window.jupyterapp.restored.then(() => undefined)")
        return time.perf_counter() - begun


@contextmanager
def _lab(place: Path) -> Iterator[Lab]:
    shown, state = place / "shown", _state(place, "s")
    shown.mkdir()
    with (
        sync_playwright() as driver,
        _started(driver.chromium) as browser,
        running_jupyter(shown, state, lab=True, words=front_end(state)) as server,
        opened_lab(browser, server) as lab,
    ):
        yield lab


@contextmanager
def _started(kind: object) -> Iterator[Browser]:
    browser = kind.launch(executable_path=chromium(), args=list(CHROMIUM_WORDS))  # type: ignore[attr-defined]
    try:
        yield browser
    finally:
        browser.close()


def _state(place: Path, name: str) -> Path:
    folder = place / name
    folder.mkdir()
    return folder


def _chain(cells: int) -> list[str]:
    """Stages that follow from one another, with a plain cell between each two."""
    sources = ["%%stage s1\nv1 = 1"]
    for number in range(2, cells + 1):
        if number % 2:
            sources.append(f"%%stage s{number}\nv{number} = [v{number - 2}, {number}][0] + 1\nprint(v{number})")
        else:
            sources.append(f"# a plain cell\ndef helper_{number}(x):\n    return x + {number}")
    return sources


def _last_stage(cells: int) -> str:
    return f"s{cells if cells % 2 else cells - 1}"


def _layers(stages: int, width: int = 10) -> list[str]:
    """Layers of stages, each of which follows from two of the layer above."""
    sources = []
    for number in range(1, stages + 1):
        above = [number - width, number - width + 1] if number > width else []
        read = " + ".join(f"v{other}" for other in above) or "0"
        sources.append(f"%%stage s{number}\nv{number} = {read} + 1")
    return sources


def _write(folder: Path, sources: Sequence[str]) -> None:
    (folder / ".mlpipe").mkdir(parents=True, exist_ok=True)
    cells = [
        {
            "cell_type": "code",
            "id": f"c{index}",
            "metadata": {},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
        for index, source in enumerate(sources)
    ]
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    document = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": cells}
    (folder / "many.ipynb").write_text(json.dumps(document), encoding="utf-8")
