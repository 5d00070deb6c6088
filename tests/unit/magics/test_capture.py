from __future__ import annotations

import logging
import sys
from collections.abc import Iterator

import pytest
from IPython.core.interactiveshell import InteractiveShell

from jupyter_mlpipe.magics.capture import OutputCapture, show_again


@pytest.fixture
def shell(tmp_path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    made = InteractiveShell()
    hook, sys.displayhook = sys.displayhook, made.displayhook
    yield made
    sys.displayhook = hook
    made.history_manager.end_session()


def test_outputs_are_gathered_in_order_while_they_are_shown(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
):
    capture = OutputCapture(shell)
    capture.start()
    print("a")
    print("b")
    print("c", file=sys.stderr)
    shell.display_pub.publish({"text/plain": "d", "image/png": b"png"}, {"k": 1})
    outputs = capture.stop()
    print("later")
    assert [output["output_type"] for output in outputs] == ["stream", "stream", "display_data"]
    assert outputs[0]["text"] == "a\nb\n"
    assert outputs[2] == {
        "output_type": "display_data",
        "data": {"text/plain": "d", "image/png": "cG5n"},
        "metadata": {"k": 1},
    }
    assert "a\nb\n" in capsys.readouterr().out


def test_clearing_and_updating_count(shell: InteractiveShell):
    capture = OutputCapture(shell)
    capture.start()
    print("old")
    shell.display_pub.clear_output(wait=True)
    shell.display_pub.publish({"text/plain": "1"}, transient={"display_id": "x"})
    shell.display_pub.publish({"text/plain": "2"}, transient={"display_id": "x"}, update=True)
    outputs = capture.stop()
    assert [output["data"] for output in outputs] == [{"text/plain": "2"}]


def test_streams_stay_the_same_objects(shell: InteractiveShell):
    before = sys.stdout
    capture = OutputCapture(shell)
    capture.start()
    handler = logging.StreamHandler(sys.stdout)
    assert sys.stdout is before
    capture.stop()
    assert handler.stream is before
    assert "write" not in vars(sys.stdout)


def test_outputs_are_shown_again(shell: InteractiveShell, capsys: pytest.CaptureFixture[str]):
    show_again(
        shell,
        [
            {"output_type": "stream", "name": "stdout", "text": ["a\n", "b\n"]},
            {"output_type": "display_data", "data": {"application/vnd.jupyter.widget-view+json": {}}, "metadata": {}},
            {"output_type": "display_data", "data": {"text/plain": ["x\n", "y"]}, "metadata": {}},
        ],
    )
    assert capsys.readouterr().out == "a\nb\nx\ny\n"
