"""``caisson deploy``, ``agents`` and ``rollback``, and ``caisson run @NAME``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from llmock.pytest_plugin import LLMock

from tests.cli.command import Caisson, Result
from tests.cli.conftest import Files, Served
from tests.cli.test_environment import bundle
from tests.e2e.test_fetch import echo

REACH = ("--allow-fetch", "api.example.com", "--secret", "KEY@api.example.com,header=x-key")


@pytest.fixture
def other(tmp_path: Path, files: Files) -> str:
    """The workshop with another description of a tool."""
    path = tmp_path / "other.js"
    text = Path(files.workshop).read_text(encoding="utf-8")
    path.write_text(text.replace("Adds two numbers.", "Adds two of them."), encoding="utf-8")
    return str(path)


def ok(result: Result) -> Result:
    assert result.status == 0, result.err
    return result


def test_agent_is_deployed_approved_labelled_and_run(
    caisson: Caisson, files: Files, served: Served, llmock: LLMock
) -> None:
    where = ("--server", served.executor)
    dry = ok(caisson.anew("deploy", files.workshop, "--name", "shop", "--dry-run", *REACH, *where))
    assert "shop@1" in dry.out
    assert "Nothing was deployed." in dry.err
    assert "There are no deployed agents." in ok(caisson("agents", "list", *where)).out
    refused = caisson("deploy", files.workshop, "--name", "shop", "--label", "production", *where)
    assert refused.status == 1
    assert "caisson agents approve shop 1" in refused.err
    approved = ok(caisson("agents", "approve", "shop", "1", *where))
    assert "approved" in approved.out
    labelled = ok(caisson("agents", "label", "shop", "production", "1", *where))
    assert "production → 1" in labelled.out
    llmock.reply("Hello there.")
    said = ok(caisson("run", "@shop", "Hello", *where))
    assert "worker · shop@1 · openai/" in said.out
    assert "Hello there." in said.out
    llmock.reply("Once more.")
    events = ok(caisson("run", "@shop@1", "Hello", "--json", *where)).events
    run_id = events[0]["runId"]
    assert (
        next(each["runStarted"] for each in events if "runStarted" in each)["deployed"] == "shop@1"
    )
    assert "shop@1" in ok(caisson("runs", "show", run_id, *where)).out
    ok(caisson("agents", "delete", "shop", "--yes", *where))


def test_versions_differ_and_labels_roll_back(
    caisson: Caisson, files: Files, served: Served, llmock: LLMock, other: str
) -> None:
    where = ("--server", served.executor)
    name = ("--name", "back")
    ok(caisson("deploy", files.workshop, *name, "--approve", "--label", "production", *where))
    second = ok(caisson("deploy", other, *name, "--label", "production", *where))
    for words in (
        "changes since back@1",
        "tool agents.worker.tools.add",
        "- Adds two numbers.",
        "+ Adds two of them.",
        "production → 2",
    ):
        assert words in second.out
    wider = ok(caisson("deploy", other, *name, *REACH, *where))
    assert "wider: new fetch rule api.example.com" in wider.out
    assert "wider: new secret KEY" in wider.out
    canary = ok(caisson("agents", "label", "back", "canary", "1", "--percent", "5", *where))
    assert "canary → 1 (5 %)" in canary.out
    assert "production → 1" in ok(caisson("rollback", "back", *where)).out
    assert "production → 2" in ok(caisson("rollback", "back", "2", *where)).out
    shown = ok(caisson("agents", "show", "back", *where)).out
    assert [line.split()[0] for line in shown.splitlines() if line.startswith("back@")] == [
        "back@3",
        "back@2",
        "back@1",
    ]
    assert "secret: KEY at api.example.com in x-key" in shown
    lines = ok(caisson("agents", "show", "back", "--json", *where)).events
    assert [line.get("latestVersion", line.get("version")) for line in lines] == [
        "3",
        "3",
        "2",
        "1",
    ]
    nothing = caisson("rollback", "back", "3", *where)
    assert nothing.status == 1
    assert "Nobody approved what back@3 may reach" in nothing.err
    ok(caisson("agents", "delete", "back", "3", "--yes", *where))
    ok(caisson("agents", "delete", "back", "--yes", *where))


WRONG: dict[str, tuple[Any, ...]] = {
    "is the name of an agent": ("agents", "show", "Weather"),
    'There is no deployed agent "nowhere"': ("agents", "show", "nowhere"),
    'There is no deployed agent "nowhere@production"': ("run", "@nowhere", "Hello"),
    "points at no version": ("rollback", "empty"),
    "There is no approved version": ("rollback", "single"),
}


@pytest.mark.parametrize("sentence", WRONG)
def test_what_is_not_there_is_the_commands_fault(
    sentence: str, caisson: Caisson, files: Files, served: Served
) -> None:
    where = ("--server", served.executor)
    for name, label in (("empty", ()), ("single", ("--label", "production"))):
        ok(caisson("deploy", files.workshop, "--name", name, "--approve", *label, *where))
    refused = caisson(*WRONG[sentence], *where)
    assert refused.status == 2
    assert sentence in refused.err


def test_options_that_do_not_go_together_are_refused(caisson: Caisson, files: Files) -> None:
    deploy = ("deploy", files.workshop, "--name", "shop")
    for options, words in (
        (("--dry-run", "--label", "production"), "--dry-run deploys nothing"),
        (("--secret", "KEY"), "not a secret binding"),
        (("--secret", "KEY@a.example,like=sk_live_..."), "like= is for the executor's own"),
    ):
        refused = caisson(*deploy, *options)
        assert refused.status == 2
        assert words in refused.err
    assert "--yes" in caisson("agents", "delete", "shop").err
    wrong = caisson("run", "@Shop", "Hello")
    assert wrong.status == 2
    assert "./@Shop" in wrong.err


def test_broken_bundle_is_not_deployed(caisson: Caisson, files: Files, served: Served) -> None:
    for path, words in ((files.syntax_error, "line"), (files.no_agents, "no")):
        refused = caisson("deploy", path, "--name", "broken", "--server", served.executor)
        assert refused.status == 2
        assert words in refused.err


def test_agents_are_in_the_state_folder_without_a_server(
    tmp_path: Path, files: Files, cache: Path, prepared_command: Any
) -> None:
    caisson = Caisson(tmp_path, cache=tmp_path / "own", prepared=prepared_command)
    deployed = caisson(
        "deploy", files.workshop, "--name", "shop", "--approve", "--label", "production"
    )
    assert "production → 1" in ok(deployed).out
    said = ok(caisson("run", "@shop", "Hello", "--offline"))
    assert "offline: llmock makes up" in said.out
    assert "shop@1" in said.out


def test_tools_of_a_version_reach_no_more_than_it_may(
    tmp_path: Path, prepared_command: Any
) -> None:
    given = {"API_KEY": "very-secret-key"}
    caisson = Caisson(tmp_path, given, tmp_path / "own", prepared=prepared_command)
    with echo() as (host, seen):
        path = bundle(
            tmp_path,
            "",
            f"async () => {{ const sent = await fetch('http://{host}/w', {{ headers: {{ 'x-k': "
            "process.env.API_KEY ?? 'none' } }); return [sent.status]; }",
        )
        grants = ("--allow-fetch", host, "--secret", f"API_KEY@{host},header=x-k")
        for name, reach in (
            ("all", grants),
            ("keyless", ("--allow-fetch", host)),
            ("bare", ()),
        ):
            label = ("--approve", "--label", "production")
            ok(caisson("deploy", path, "--name", name, *label, *reach))
            ok(caisson("run", f"@{name}", "Hello", "--offline", *grants))
        assert [each["headers"]["x-k"] for each in seen] == ["very-secret-key", "none"]
        ungranted = ok(caisson("run", "@all", "Hello", "--offline"))
        assert len(seen) == 2
        assert "was not granted" in ungranted.out or "is not defined" in ungranted.out
