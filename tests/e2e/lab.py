"""JupyterLab in Chromium, as tests use it: open a notebook, look at its badges, click, wait."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from playwright.sync_api import Browser, Locator, Page, Request, expect

from tests.jupyter_servers import TOKEN, JupyterServer

CHROMIUM_WORDS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 60_000.0
"""Milliseconds that a test waits for what takes long on a busy machine."""

_NOTEBOOK_READY = """() => {
  const panel = window.jupyterapp && window.jupyterapp.shell.currentWidget;
  return Boolean(panel && panel.context && panel.context.isReady && panel.content && panel.content.widgets.length);
}"""
_THEME = "name => window.jupyterapp.commands.execute('apputils:change-theme', { theme: name })"


@dataclass
class Lab:
    """One browser page with JupyterLab."""

    server: JupyterServer
    page: Page
    foreign: list[str] = field(default_factory=list)
    """Addresses on other hosts that were asked for."""
    complaints: list[str] = field(default_factory=list)
    """What went wrong in our own code in the browser."""

    def open(self, path: str) -> None:
        """Open a notebook, alone in a fresh workspace."""
        self.page.goto(f"{self.server.url}/lab/tree/{path}?token={TOKEN}&reset")
        self.page.wait_for_function(_NOTEBOOK_READY, timeout=PATIENCE)

    def execute(self, command: str, arguments: dict[str, Any] | None = None) -> Any:
        """Execute a command of JupyterLab."""
        script = "([name, given]) => window.jupyterapp.commands.execute(name, given)"
        return self.page.evaluate(script, [command, arguments or {}])

    def start(self, command: str, arguments: dict[str, Any] | None = None) -> None:
        """Execute a command that ends only when a dialog of it does."""
        script = "([name, given]) => { void window.jupyterapp.commands.execute(name, given); }"
        self.page.evaluate(script, [command, arguments or {}])

    def badge(self, stage: str) -> Locator:
        """The full badge of a stage."""
        return self.page.locator(f'.jp-NotebookPanel:visible [data-mlpipe-stage="{stage}"]').first

    def state(self, stage: str) -> str | None:
        """The state that a badge shows."""
        return self.badge(stage).get_attribute("data-mlpipe-state")

    def expect_states(self, timeout: float = PATIENCE, **states: str) -> None:
        """Wait until badges show these states."""
        for stage, state in states.items():
            pattern = "|".join(state.split("/"))
            self.expect_attribute(self.badge(stage), "data-mlpipe-state", pattern, timeout)

    @staticmethod
    def expect_attribute(locator: Locator, name: str, pattern: str, timeout: float = PATIENCE) -> None:
        """Wait until an attribute matches a regular expression as a whole."""
        import re

        expect(locator).to_have_attribute(name, re.compile(f"^(?:{pattern})$"), timeout=timeout)

    def cell(self, index: int) -> Locator:
        """A cell of the notebook by its place."""
        return self.page.locator(f'.jp-NotebookPanel:visible .jp-Cell[data-windowed-list-index="{index}"]')

    def edit(self, index: int, source: str) -> None:
        """Replace a code cell's source, as an editor would."""
        script = """([index, source]) => {
          window.jupyterapp.shell.currentWidget.content.widgets[index].model.sharedModel.setSource(source);
        }"""
        self.page.evaluate(script, [index, source])

    def outputs(self, index: int) -> str:
        """The text of a cell's outputs, from the notebook's model."""
        script = """index => {
          const model = window.jupyterapp.shell.currentWidget.content.widgets[index].model;
          return model.outputs ? JSON.stringify(model.outputs.toJSON()) : '';
        }"""
        return str(self.page.evaluate(script, index))

    def wait_for(self, true: Callable[[], bool], seconds: float = 60.0, what: str = "it") -> None:
        """Wait until something is true."""
        deadline = time.monotonic() + seconds
        while not true():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what} did not happen within {seconds} s")
            self.page.wait_for_timeout(100)

    def in_both_themes(self) -> Iterator[str]:
        """Light, then dark."""
        for name, theme in (("light", "JupyterLab Light"), ("dark", "JupyterLab Dark")):
            self.page.evaluate(_THEME, theme)
            self.page.wait_for_function(
                "light => document.body.dataset.jpThemeLight === light",
                arg=str(name == "light").lower(),
                timeout=PATIENCE,
            )
            self.page.wait_for_timeout(300)
            yield name
        self.page.evaluate(_THEME, "JupyterLab Light")

    def screenshots(self, folder: Path, name: str, part: Locator | None = None) -> None:
        """Pictures of the page, or of a part of it, in both themes."""
        folder.mkdir(parents=True, exist_ok=True)
        for theme in self.in_both_themes():
            (part or self.page).screenshot(path=folder / f"{name}-{theme}.png")


@contextmanager
def opened_lab(browser: Browser, server: JupyterServer, *, width: int = 1440, height: int = 900) -> Iterator[Lab]:
    """A page of its own, with a profile of its own, whose requests are watched."""
    context = browser.new_context(viewport={"width": width, "height": height}, locale="en-GB")
    page = context.new_page()
    lab = Lab(server, page)
    host = urlparse(server.url).netloc

    def note(request: Request) -> None:
        place = urlparse(request.url)
        if place.scheme in ("http", "https", "ws", "wss") and place.netloc != host:
            lab.foreign.append(request.url)

    page.on("request", note)
    page.on("pageerror", lambda error: lab.complaints.append(str(error)))
    try:
        yield lab
    finally:
        context.close()
