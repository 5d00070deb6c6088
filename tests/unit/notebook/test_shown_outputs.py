"""Outputs held to what an open notebook can bear."""

from __future__ import annotations

from jupyter_mlpipe.notebook.shown_outputs import MOST_PRINTED, Bounds, whole_texts


def stream(text: str) -> dict[str, str]:
    return {"output_type": "stream", "name": "stdout", "text": text}


def html(size: int) -> dict[str, object]:
    return {"output_type": "display_data", "data": {"text/html": "x" * size}, "metadata": {}}


def test_what_fits_is_left_as_it_is():
    outputs = [stream("a\n"), html(100), stream("b\n")]
    assert Bounds().take(outputs) == outputs


def test_pieces_of_one_stream_are_joined():
    assert Bounds().take([stream("a"), stream("b")]) == [stream("ab")]


def test_a_stream_is_cut_and_says_so():
    bounds = Bounds()
    shown = bounds.take([stream("x" * 2_000_000)])
    assert MOST_PRINTED - 10 < len(shown[0]["text"]) <= MOST_PRINTED
    assert shown[1]["text"] == "\n[the rest of what this cell prints is not shown here; the executed notebook has it]\n"
    assert bounds.take([stream("more")]) == []
    assert bounds.left_out == 2_000_004 - len(shown[0]["text"])


def test_a_large_output_is_left_out_and_smaller_ones_after_it_are_shown():
    shown = Bounds().take([html(50_000_000), html(10)])
    assert shown[0]["text"] == "[an output of 50 MB is not shown here; the executed notebook has it]\n"
    assert shown[1] == html(10)


def test_many_outputs_are_cut_once():
    shown = Bounds().take([html(900_000)] * 10)
    assert [item["output_type"] for item in shown] == ["display_data"] * 4 + ["stream"]


def test_texts_of_a_file_are_joined_and_json_is_left_alone():
    data = {"text/html": ["<b>", "</b>"], "application/json": ["a", "b"], "image/png": "AAAA"}
    printed = {"output_type": "stream", "name": "stdout", "text": ["a\n", "b"]}
    joined = whole_texts([printed, {"output_type": "display_data", "data": data}])
    assert joined[0]["text"] == "a\nb"
    assert joined[1]["data"] == {"text/html": "<b></b>", "application/json": ["a", "b"], "image/png": "AAAA"}
