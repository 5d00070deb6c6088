from __future__ import annotations

import argparse

import pytest

from jupyter_mlpipe.cli.opening import add_parameters, open_workspace, parameters_of
from jupyter_mlpipe.errors import UnknownParameterError, UsageError, WorkspaceError


def parsed(*words: str) -> dict:
    parser = argparse.ArgumentParser()
    add_parameters(parser)
    return parameters_of(parser.parse_args(words))


def test_values_are_json_where_they_can_be():
    assert parsed("-p", "a", "-0.5") == {"a": -0.5}
    given = parsed("-p", "a", "0.2", "-p", "b", "[1, 2]", "-p", "c", "2013-01", "-p", "d", "null", "-p", "e", '"3"')
    assert given == {"a": 0.2, "b": [1, 2], "c": "2013-01", "d": None, "e": "3"}


def test_papermill_s_words_mean_what_they_mean_there():
    assert parsed("-p", "a", "True", "-p", "b", "None") == {"a": True, "b": None}


def test_raw_values_stay_text():
    assert parsed("-r", "a", "0.2") == {"a": "0.2"}


@pytest.mark.parametrize("word", ["NaN", "Infinity"])
def test_what_json_does_not_have_is_refused(word):
    with pytest.raises(UnknownParameterError):
        parsed("-p", "a", word)


@pytest.mark.parametrize(("name", "text"), [("p.json", '{"a": 1, "b": [2]}'), ("p.yaml", "a: 1\nb: [2]\n")])
def test_a_file_comes_first_and_options_over_it(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert parsed("-f", str(tmp_path / name), "-p", "a", "5") == {"a": 5, "b": [2]}


@pytest.mark.parametrize("text", ["[1, 2]", "a: [", "{", "just words"])
def test_a_file_that_holds_no_parameters_is_wrong_usage(tmp_path, text):
    path = tmp_path / "p.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as raised:
        parsed("-f", str(path))
    assert raised.value.hint


def test_a_missing_file_is_wrong_usage(tmp_path):
    with pytest.raises(UsageError):
        parsed("-f", str(tmp_path / "none.json"))


def test_a_folder_without_a_workspace_is_said_to_be_one(tmp_path):
    with pytest.raises(WorkspaceError) as raised:
        open_workspace(argparse.Namespace(workspace=tmp_path))
    assert "no workspace" in raised.value.message
    assert not (tmp_path / ".mlpipe").exists()
