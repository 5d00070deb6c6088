"""Who answers for what: ``owners.toml``, its mistakes, and whose word counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_mlpipe.errors import ChannelError, OwnersError
from jupyter_mlpipe.owners import Owners, load_owners

FILE = """
[defaults]
owner = "desk"
escalate = ["lead"]
ack_timeout = "20m"
[defaults.critical]
ack_timeout = "5m"

[people.ana]
channels = ["mailto://${SMTP_USER}:${SMTP_PASSWORD}@mail.example.org?to=ana@example.org"]
[people.bo.channels]
mail = "mailto://bo@example.org"
pager = { url = "${BO_PAGER}", severity = "critical" }
[people.lead]
channels = "json://hooks.example.org/lead"

[teams.desk]
channels = ["slack://a/b/c", "slack://d/e/f"]
[teams.ml]
members = ["ana", "bo"]
[teams.all]
members = ["ml", "lead"]

[stages."flights/*"]
owner = "ml"
[stages."flights/train"]
owner = "ana"
escalate = ["ml", "lead"]
[pipelines.flights]
ack_timeout = "1h"
[models."flight-*"]
owner = "bo"
escalate = []
"""


def read(tmp_path: Path, text: str = FILE) -> Owners:
    (tmp_path / "owners.toml").write_text(text, encoding="utf-8")
    return load_owners(tmp_path)


def names(owners: Owners, kind: str, subject: str, severity: str = "warning", **line: object) -> list[str]:
    answer = owners.answer(kind, subject, severity, **line)  # type: ignore[arg-type]
    assert answer.problems == ()
    return [level.name for level in answer.levels]


def test_the_most_specific_table_decides_each_thing_by_itself(tmp_path: Path) -> None:
    owners = read(tmp_path)
    assert owners.problems == ()
    assert names(owners, "stage", "flights/train") == ["ana", "ml", "lead"]
    assert names(owners, "stage", "flights/load") == ["ml", "lead"]
    assert names(owners, "stage", "other/load") == ["desk", "lead"]
    assert names(owners, "model", "flight-delay") == ["bo"]
    assert owners.answer("stage", "flights/load").ack_timeout == 3600.0
    assert owners.answer("stage", "other/load").ack_timeout == 1200.0
    assert owners.answer("stage", "other/load", "critical").ack_timeout == 300.0


def test_what_the_notebook_says_stands_over_the_file(tmp_path: Path) -> None:
    owners = read(tmp_path)
    assert names(owners, "stage", "flights/train", owner="bo") == ["bo", "ml", "lead"]
    assert names(owners, "stage", "flights/train", owner="bo", escalate=("ana", "bo")) == ["bo", "ana"]
    assert owners.answer("stage", "flights/train", team="ml").team == "ml"


def test_a_team_is_reached_by_its_channels_or_its_members(tmp_path: Path) -> None:
    owners = read(tmp_path)
    assert [one.name for one in owners.recipient("desk").channels] == ["desk/slack", "desk/slack-2"]
    assert [one.name for one in owners.recipient("all").channels] == ["ana/mailto", "bo/mail", "bo/pager", "lead/json"]


def test_a_channel_for_critical_alerts_is_left_alone_below(tmp_path: Path) -> None:
    owners = read(tmp_path)
    assert [one.name for one in owners.recipient("bo", "warning").channels] == ["bo/mail"]
    assert [one.name for one in owners.recipient("bo", "critical").channels] == ["bo/mail", "bo/pager"]
    only = read(tmp_path, '[people.x]\nchannels = [{ url = "json://h", severity = "critical" }]')
    assert [one.name for one in only.recipient("x", "info").channels] == ["x/json"]


def test_an_owner_who_does_not_exist_is_said_and_the_defaults_are_told(tmp_path: Path) -> None:
    owners = read(tmp_path)
    answer = owners.answer("stage", "other/load", owner="zed", escalate=("nobody", "ana"))
    assert [level.name for level in answer.levels] == ["desk", "ana"]
    assert answer.problems == ("zed is not in owners.toml", "nobody is not in owners.toml")


def test_without_a_file_nobody_is_told_and_that_is_said(tmp_path: Path) -> None:
    answer = load_owners(tmp_path).answer("stage", "p/s", owner="ana")
    assert answer.levels == ()
    assert answer.owner == "ana"
    assert "ana: there is no owners.toml" in answer.problems
    assert "nobody is told of p/s" in answer.problems[-1]


def test_secrets_come_from_the_environment_and_are_shown_nowhere(tmp_path: Path) -> None:
    (channel,) = read(tmp_path).recipient("ana").channels
    environ = {"SMTP_USER": "ana@example.org", "SMTP_PASSWORD": "p@ss/word"}
    url = "mailto://ana%40example.org:p%40ss%2Fword@mail.example.org?to=ana@example.org"
    assert channel.url(environ) == url
    assert "example.org" not in repr(channel)
    with pytest.raises(ChannelError, match=r"ana/mailto needs the environment variable SMTP_PASSWORD") as raised:
        channel.url({"SMTP_USER": "x"})
    assert raised.value.code == "MP732"
    pager = read(tmp_path).recipient("bo").channels[1]
    assert pager.url({"BO_PAGER": "pagerduty://a@b"}) == "pagerduty://a@b"
    with pytest.raises(ChannelError, match="is no URL") as raised:
        pager.url({"BO_PAGER": "hunter2"})
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        ('[teams.ml]\nmembers = ["ana"]', "line 1, [teams.ml]", "ana is neither under [people] nor under [teams]"),
        ('\n[teams.a]\nmembers = ["b"]\n[teams.b]\nmembers = ["a"]', "line 2, [teams.a]", "a member of itself"),
        ('[people.ana]\nchannels = ["nowhere"]', "line 2, [people.ana]", "channel channel is no URL"),
        ("[people.ana]", "line 1, [people.ana]", "no channel reaches ana"),
        ('[people.ana]\nchanels = "json://h"', "line 2, [people.ana]", "did you mean channels?"),
        ('[people.ana]\nchannels = "json://h"\n[defaults]\nowner = "anna"', "[defaults]", "did you mean ana?"),
        ('[defaults]\nack_timeout = "soon"', "line 2, [defaults]", "'soon' is not a duration"),
        ("[defaults]\nescalate = 3", "line 2, [defaults]", "must be a list of names"),
        ("[defaults]\nowner = 3", "line 2, [defaults]", "owner is 3, not a name"),
        ("people = 3", "line 1", "people must be a table"),
        ('[stages."a/b"]\nowner = "x"', 'line 1, [stages."a/b"]', "x is neither"),
        ("[peoples.ana]", "peoples", "did you mean people?"),
        ('[people.a]\nchannels = [{ url = "json://h", severity = "high" }]', "[people.a]", "one of info, warning"),
        ('[people.a]\nchannels = 3', "line 2", "channels must be a list"),
        ('[people.a]\nchannels = "json://h"\n[teams.a]\nchannels = "json://h"', "[teams.a]", "a person and a team"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place(tmp_path: Path, text: str, where: str, said: str) -> None:
    problems = read(tmp_path, text).problems
    assert any(where in f"{one.where} {one.text}" and said in one.text for one in problems), problems


def test_a_mistake_keeps_nobody_else_from_being_told(tmp_path: Path) -> None:
    text = FILE + '[teams.loop]\nmembers = ["loop", "zed", "ana"]\n[people.odd]\nchannels = 7\n'
    owners = read(tmp_path, text)
    assert len(owners.problems) >= 3
    assert [one.name for one in owners.recipient("loop").channels] == ["ana/mailto"]
    assert names(owners, "stage", "flights/train") == ["ana", "ml", "lead"]


@pytest.mark.parametrize("text", [b"[people", b"\xff\xfe"])
def test_what_is_not_toml_is_refused_with_its_line(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "owners.toml").write_bytes(text)
    with pytest.raises(OwnersError, match=r"owners\.toml") as raised:
        load_owners(tmp_path)
    assert raised.value.code == "MP730"
