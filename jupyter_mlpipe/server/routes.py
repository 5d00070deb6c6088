"""The table of routes, and what a route is: a method, a path, who may use it, and the function that answers.

A route's function says the rest by its signature: parameters that stand in the path, ``body`` for the request's body,
all others for the query, and what it returns. Requests are checked against it, and OpenAPI is generated from it, so
neither can differ from what runs. Functions run in threads, one request each.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_type_hints

from jupyter_mlpipe.server.operations import alerts, artifacts, models, notebooks, panels, runs

Action = Literal["read", "write", "execute"]

API_ROOT = "/mlpipe/api/v1"


@dataclass(frozen=True)
class Route:
    """One method of one path."""

    method: Literal["GET", "POST"]
    path: str
    """Below `API_ROOT`, with ``{name}`` for its parameters."""
    action: Action
    """What Jupyter's authorizer is asked about the resource ``mlpipe``."""
    call: Callable[..., Any]
    waits: bool = False
    """Whether it waits for a process: such requests have threads of their own, so that others need not wait too."""

    @property
    def name(self) -> str:
        """Its function's name, which is the operation's id."""
        return self.call.__name__

    @cached_property
    def in_path(self) -> tuple[str, ...]:
        """Names of the parameters that stand in the path."""
        return tuple(re.findall(r"{(\w+)}", self.path))

    @cached_property
    def hints(self) -> dict[str, Any]:
        """Types of the function's parameters and of what it returns."""
        hints = get_type_hints(self.call, include_extras=True)
        hints.pop("desk")
        return hints

    @property
    def body(self) -> Any:
        """Type of the request's body; None where there is none."""
        return self.hints.get("body")

    @property
    def reply(self) -> Any:
        """Type of the reply."""
        return self.hints["return"]

    @cached_property
    def query(self) -> dict[str, tuple[Any, Any]]:
        """Type and default of each parameter of the query; ``inspect.Parameter.empty`` where it must be given."""
        given = inspect.signature(self.call).parameters
        left_out = {"desk", "body", *self.in_path}
        return {name: (self.hints[name], item.default) for name, item in given.items() if name not in left_out}

    @property
    def pattern(self) -> str:
        """The path as a regular expression."""
        return re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", self.path)


ROUTES = (
    Route("GET", "/server", "read", notebooks.server_info),
    Route("POST", "/analysis", "read", notebooks.analyse_notebook),
    Route("GET", "/stage-line", "read", notebooks.stage_line),
    Route("POST", "/tutorial", "write", notebooks.copy_tutorial),
    Route("POST", "/debug-notebook", "write", notebooks.write_debug_notebook),
    Route("GET", "/runs", "read", runs.list_runs),
    Route("POST", "/runs", "execute", runs.start_run),
    Route("GET", "/runs/{run}", "read", runs.show_run),
    Route("GET", "/runs/{run}/events", "read", runs.follow_run),
    Route("GET", "/runs/{run}/outputs", "read", runs.run_outputs),
    Route("POST", "/runs/{run}/cancel", "execute", runs.cancel_run),
    Route("POST", "/runs/{run}/notebook", "write", runs.copy_executed),
    Route("GET", "/runs/{run}/compare/{other}", "read", runs.compare_runs),
    Route("GET", "/runs/{run}/stages/{stage}/values", "read", artifacts.stage_values),
    Route("GET", "/runs/{run}/stages/{stage}/verdicts", "read", runs.stage_verdicts),
    Route("GET", "/stages/{stage}/versions", "read", artifacts.stage_versions),
    Route("GET", "/models", "read", models.list_models),
    Route("POST", "/models/refresh", "read", models.refresh_models, waits=True),
    Route("GET", "/models/{model}/versions/{version}", "read", models.show_model_version),
    Route("GET", "/models/{model}/versions/{version}/check", "read", models.check_promotion, waits=True),
    Route("POST", "/models/{model}/versions/{version}/promote", "write", models.promote_model, waits=True),
    Route("POST", "/models/{model}/versions/{version}/approve", "write", models.approve_model, waits=True),
    Route("POST", "/models/{model}/versions/{version}/deprecate", "write", models.deprecate_model, waits=True),
    Route("POST", "/models/{model}/rollback", "write", models.roll_back_model, waits=True),
    Route("GET", "/alerts", "read", alerts.list_alerts),
    Route("GET", "/alerts/{alert}", "read", alerts.show_alert),
    Route("POST", "/alerts/{alert}/acknowledge", "write", alerts.acknowledge_alert),
    Route("POST", "/alerts/{alert}/silence", "write", alerts.silence_alert),
    Route("GET", "/panels", "read", panels.list_panels),
    Route("GET", "/panels/{panel}", "read", panels.draw_panel),
)
