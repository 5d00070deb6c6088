"""What viewers see of a cell that runs: all of it where it is small, a bounded part with a word on it where not."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from jupyter_mlpipe.execution.live_outputs import LiveOutputs
from jupyter_mlpipe.execution.stage_events import StageEvents
from jupyter_mlpipe.notebook.shown_outputs import MOST_OF_CELL, MOST_OF_OUTPUT, MOST_PRINTED


def stream(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def display(size: int, mime: str = "text/html") -> dict[str, Any]:
    return {"output_type": "display_data", "data": {mime: "y" * size}, "metadata": {}}


def shown(events: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The outputs that a viewer has who follows the events."""
    outputs: list[dict[str, Any]] = []
    for event in events:
        if "outputs" in event:
            outputs = list(event["outputs"])
        elif "output" in event:
            outputs.append(event["output"])
    return outputs


def size(found: Any) -> int:
    return len(json.dumps(found))


def test_small_outputs_are_shown_as_they_are_and_streams_joined() -> None:
    cell = LiveOutputs(0.0)
    given = [stream("a"), stream("b"), display(3), stream("c"), stream("d", "stderr")]
    for output in given:
        cell.add(output)
    assert shown(cell.draw(0.0)) == [stream("ab"), display(3), stream("c"), stream("d", "stderr")]
    assert not cell.waiting
    assert cell.draw(0.0) == []


def test_an_output_that_is_too_large_gives_way_to_a_line() -> None:
    cell = LiveOutputs(0.0)
    cell.add(display(48_000_000))
    (told,) = shown(cell.draw())
    assert told["output_type"] == "stream"
    assert "48 MB" in told["text"]
    assert "the executed notebook has it" in told["text"]
    cell.add(display(MOST_OF_OUTPUT - 100))
    assert shown(cell.draw()) == [display(MOST_OF_OUTPUT - 100)]


def test_a_large_error_keeps_its_name() -> None:
    cell = LiveOutputs(0.0)
    cell.add({"output_type": "error", "ename": "ValueError", "evalue": "v" * 2_000_000, "traceback": ["t" * 2_000_000]})
    (told,) = shown(cell.draw())
    assert (told["output_type"], told["ename"]) == ("error", "ValueError")
    assert size(told) < 2000


@pytest.mark.parametrize(
    "piece", ["x" * 99 + "\n", "é\n" * 50, "\x1b[31m\U0001f600" * 20], ids=["ascii", "é", "colour"]
)
def test_a_cell_that_prints_without_end_is_cut_once_with_a_word(piece: str) -> None:
    cell = LiveOutputs(0.0)
    events: list[dict[str, Any]] = []
    for batch in range(100):
        for _ in range(1000):
            cell.add(stream(piece))
        events += cell.draw(batch * 0.05)
    first, told = shown([{"outputs": []}, *joined(events)])
    assert told["name"] == "stderr"
    assert "executed notebook" in told["text"]
    assert MOST_PRINTED * 0.9 < size(first["text"]) <= MOST_PRINTED + 100
    assert (piece * 100_000).startswith(first["text"])
    assert cell.left_out == 100_000 * len(piece) - len(first["text"])


def joined(events: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    cell = LiveOutputs(0.0)
    for event in events:
        cell.add(event["output"])
    return cell.draw()


def test_many_displays_are_cut_too() -> None:
    cell = LiveOutputs(0.0)
    for _ in range(100):
        cell.add(display(100_000))
    events = cell.draw()
    assert "further outputs" in shown(events)[-1]["text"]
    assert size(events) < MOST_OF_CELL * 1.1


def test_a_display_that_changes_all_the_time_is_shown_now_and_then_and_at_the_end() -> None:
    cell = LiveOutputs(0.0)
    events: list[dict[str, Any]] = []
    for frame in range(2000):  # 100 seconds, 20 frames a second, 50 kB each
        cell.replace([stream(f"frame {frame}"), display(50_000)])
        events += cell.draw(frame * 0.05)
    assert 40 < len(events) < 80
    assert size(events) < 3_500_000
    assert cell.waiting
    events += cell.draw()
    assert shown(events)[0] == stream("frame 1999")


def test_small_changes_are_never_held() -> None:
    cell = LiveOutputs(0.0)
    for step in range(10_000):
        cell.replace([stream(f"{step} of 10000 done")])
        assert cell.draw(step * 0.05)


def test_clearing_a_cell_that_was_cut_shows_what_comes_next() -> None:
    cell = LiveOutputs(0.0)
    cell.add(stream("x" * 3_000_000))
    cell.draw(0.0)
    cell.replace([])
    cell.add(stream("after"))
    assert shown(cell.draw()) == [stream("after")]


# -- on the way -----------------------------------------------------------------------------------------------------


class Heard:
    """Batches as a worker logs them."""

    def __init__(self) -> None:
        self.batches: list[list[dict[str, Any]]] = []
        self.came = threading.Event()

    def __call__(self, batch: list[dict[str, Any]]) -> None:
        self.batches.append(batch)
        self.came.set()

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for batch in self.batches for event in batch]


def cell_event(kind: str, cell: int = 3, **more: Any) -> dict[str, Any]:
    return {"type": f"cell_{kind}", "cell": cell, "time": time.time(), **more}


def test_a_burst_of_prints_is_one_event_and_the_order_holds() -> None:
    heard = Heard()
    events = StageEvents({"run": "r", "stage": "s"}, heard)
    events(cell_event("started"))
    for n in range(5000):
        events(cell_event("output", output=stream(f"{n}\n")))
    events(cell_event("finished", status="done"))
    events(cell_event("started", cell=4))
    events(cell_event("output", cell=4, output=stream("next")))
    events.flush()
    kinds = [(event["type"], event["cell"]) for event in heard.events]
    assert [kind for kind in kinds if kind[0] != "cell_output"] == [
        ("cell_started", 3), ("cell_finished", 3), ("cell_started", 4)
    ]  # fmt: skip
    assert kinds.index(("cell_finished", 3)) > max(at for at, kind in enumerate(kinds) if kind == ("cell_output", 3))
    assert kinds[-1] == ("cell_output", 4)
    assert len(kinds) < 100
    text = "".join(event["output"]["text"] for event in heard.events if event["cell"] == 3 and "output" in event)
    assert text == "".join(f"{n}\n" for n in range(5000))
    assert all((event["run"], event["stage"]) == ("r", "s") for event in heard.events)


def test_events_come_without_being_asked_for() -> None:
    heard = Heard()
    events = StageEvents({}, heard)
    events(cell_event("output", output=stream("now")))
    assert heard.came.wait(10)


def test_the_end_of_a_cell_says_how_much_was_left_out() -> None:
    heard = Heard()
    events = StageEvents({}, heard, at_once=True)
    events(cell_event("output", output=stream("x" * (MOST_PRINTED + 500))))
    events(cell_event("finished", status="done"))
    assert 500 <= heard.events[-1]["left_out"] <= 600
    assert "left_out" not in StageEvents({}, heard)._left_out(9)


def test_what_was_held_is_sent_at_the_end() -> None:
    heard = Heard()
    events = StageEvents({}, heard)
    for frame in range(60):
        events(cell_event("output", outputs=[display(900_000, f"text/{frame}")]))
        events._flush(time.monotonic())
    assert len(heard.events) <= 3
    events(cell_event("finished", status="done"))
    events.flush()
    assert shown(heard.events)[0]["data"].keys() == {"text/59"}
