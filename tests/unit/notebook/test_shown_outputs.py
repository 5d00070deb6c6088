"""Outputs cut to what an open notebook can bear."""

from __future__ import annotations

from jupyter_mlpipe.notebook.shown_outputs import Budget, whole_texts


def stream(text: str) -> dict[str, str]:
    return {"output_type": "stream", "name": "stdout", "text": text}


def html(size: int) -> dict[str, object]:
    return {"output_type": "display_data", "data": {"text/html": "x" * size}, "metadata": {}}


def test_what_fits_is_left_as_it_is():
    outputs = [stream("a\n"), html(100), stream("b\n")]
    assert Budget("it").of(outputs) == outputs


def test_a_stream_is_cut_and_says_how_much_is_missing():
    shown = Budget("run.ipynb", 10).of([stream("x" * 2_000_010)])
    assert shown[0]["text"] == "x" * 10
    assert shown[1]["text"] == "[2.0 MB more of this text is not shown here; run.ipynb has it]\n"


def test_a_large_output_is_left_out_and_smaller_ones_after_it_are_shown():
    shown = Budget("run.ipynb", 1000).of([html(50_000_000), stream("done\n")])
    assert [item["output_type"] for item in shown] == ["stream", "stream"]
    assert "an output of 50.0 MB is not shown here" in shown[0]["text"]
    assert shown[1]["text"] == "done\n"


def test_texts_of_a_file_are_joined_and_json_is_left_alone():
    data = {"text/html": ["<b>", "</b>"], "application/json": ["a", "b"], "image/png": "AAAA"}
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": ["a\n", "b"]},
        {"output_type": "display_data", "data": data},
    ]
    joined = whole_texts(outputs)
    assert joined[0]["text"] == "a\nb"
    assert joined[1]["data"] == {"text/html": "<b></b>", "application/json": ["a", "b"], "image/png": "AAAA"}
