"""``caisson sessions`` lists, shows and deletes conversations."""

from __future__ import annotations

from llmock.pytest_plugin import LLMock

from tests.cli.command import Caisson
from tests.cli.conftest import Files, Served


def talk(caisson: Caisson, files: Files, served: Served, message: str, session: str) -> None:
    options = ("--server", served.executor, "--session", session, "--resource", "me")
    assert caisson("run", files.workshop, message, *options).status == 0


def test_session_is_listed_shown_and_deleted(
    caisson: Caisson, files: Files, served: Served, llmock: LLMock
) -> None:
    where = ("--server", served.executor, "--resource", "me")
    llmock.call_tool("add", {"a": 2, "b": 3}).reply("It is five.").reply("Still five.")
    talk(caisson, files, served, "Add 2 and 3.", "sums")
    talk(caisson, files, served, "Sure?", "sums")

    listed = caisson.anew("sessions", "list", *where)
    assert listed.status == 0, listed.err
    assert "sums" in listed.out
    assert "2 runs, 6 messages" in listed.out
    assert "Add 2 and 3." in listed.out
    assert caisson("sessions", "list", *where, "--json").json["runCount"] == 2

    shown = caisson("sessions", "show", "sums", *where)
    for words in ("Add 2 and 3.", '→ add {"a": 2, "b": 3}', '{"sum": 5}', "Still five."):
        assert words in shown.out
    assert len(caisson("sessions", "show", "sums", *where, "--json").events) == 6

    unsure = caisson("sessions", "delete", "sums", *where)
    assert unsure.status == 2
    assert "--yes" in unsure.err
    assert caisson("sessions", "delete", "sums", *where, "--yes").status == 0
    gone = caisson("sessions", "show", "sums", *where)
    assert gone.status == 2
    assert 'has no session "sums"' in gone.err


def test_sessions_of_another_resource_are_hidden(caisson: Caisson, served: Served) -> None:
    listed = caisson("sessions", "list", "--server", served.executor, "--resource", "nobody")
    assert listed.status == 0
    assert "There are no sessions of nobody." in listed.out


def test_sessions_without_server_come_from_the_state_folder(caisson: Caisson) -> None:
    listed = caisson("sessions", "list")
    assert listed.status == 0, listed.err
    assert "There are no sessions." in listed.out
