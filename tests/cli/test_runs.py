"""``caisson runs`` lists, watches, shows, stops and deletes runs; ``run --detach`` begins one."""

from __future__ import annotations

import asyncio
import signal

from llmock.pytest_plugin import LLMock

from services.executor import events
from services.executor.agent.scripted import HeldClock
from services.executor.conversation import SessionKey, TokenUsage
from services.executor.errors import ModelUnavailableError
from services.executor.events import Effects, ToolEffect, ToolOutcome
from services.executor.lifecycle_events import ResumeCause, RunResumed, StepRestarted
from services.executor.runs.memory import MemoryJournal
from tests.cli.command import TIMEOUT_S, Caisson, Result
from tests.cli.conftest import Files
from tests.cli.conftest import Served as Executor
from tests.runs.replicas import ABORT, FINISH, Made, Served, replica_of

STARTED = events.RunStarted("sha256:" + "0" * 64, "weather", "openai/gpt-x", "", (), "")
HELLO = (
    STARTED,
    events.Start("m"),
    events.StartStep(1),
    events.TextDelta("t", "Hello there."),
    events.TextEnd("t"),
)
NOON = 1_764_590_400.0


async def said(caisson: Caisson, served: Served, *arguments: str) -> Result:
    """Return what `caisson runs` says of a server that runs here."""
    command = ("runs", *arguments, "--server", served.address)
    return await asyncio.to_thread(caisson, *command)


async def test_runs_are_listed_and_shown(caisson: Caisson) -> None:
    clock = HeldClock(seconds=NOON)
    journal = MemoryJournal(clock)
    async with replica_of(journal) as served:
        assert "There are no such runs." in (await said(caisson, served, "list")).out
        for number in range(3):
            clock.seconds += 1
            run = Made(journal, f"run_{number}")
            await run.create(session=SessionKey("me", f"chat{number}"))
            if number < 2:
                clock.seconds += 90 * number + 2
                await run.say(*HELLO, ABORT if number else FINISH)
        listed = (await said(caisson, served, "list")).out.splitlines()
        assert [line.split()[0] for line in listed] == ["run_2", "run_1", "run_0"]
        assert "running · 0 events · weather · session chat2" in listed[0]
        assert "aborted · 1 min 32 s · 6 events" in listed[1]
        assert "completed · 2.0 s · 6 events" in listed[2]
        only = await said(caisson, served, "list", "--state", "aborted", "--state", "failed")
        assert len(only.out.splitlines()) == 1
        mine = await said(caisson, served, "list", "--session", "chat0", "--resource", "me")
        assert mine.out.startswith("run_0")
        cut = await said(caisson, served, "list", "--limit", "2")
        assert len(cut.out.splitlines()) == 2
        assert "There are more; --limit 4 shows more." in cut.err
        as_json = await said(caisson, served, "list", "--json")
        assert [run["runId"] for run in as_json.events] == ["run_2", "run_1", "run_0"]

        shown = await said(caisson, served, "show", "run_0")
        for words in ("run_0 · completed", "chat0 of me", "took", "2.0 s", "1 step · 12 tokens in"):
            assert words in shown.out
        stopped = await said(caisson, served, "show", "run_1")
        assert "The run was stopped: Somebody asked for it." in stopped.out
        one = await said(caisson, served, "show", "run_0", "--json")
        assert one.json["state"] == "RUN_STATE_COMPLETED"


async def test_watching_shows_what_running_shows(caisson: Caisson) -> None:
    journal = MemoryJournal(HeldClock())
    async with replica_of(journal) as served:
        run = Made(journal, tails=served.replica.tails)
        await run.create()
        await run.say(*HELLO[:4])
        watching = asyncio.create_task(said(caisson, served, "watch", "run_1"))
        while "1 subscribers" not in repr(served.replica.tails):  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.01)
        await run.say(
            StepRestarted(1, ("t",)),
            RunResumed(ResumeCause.EXECUTOR_LOST),
            events.StartStep(1),
            events.TextDelta("u", "Hello again."),
            FINISH,
        )
        watched = await watching
        assert watched.status == 0, watched.err
        for words in (
            "weather · openai/gpt-x · run run_1",
            "Hello there.\n↻ This answer was cut off: it is asked for again",
            "▶ The run goes on after its executor was lost",
            "Hello again.",
            "1 step · 12 tokens in, 3 out",
        ):
            assert words in watched.out
        as_json = await said(caisson, served, "watch", "run_1", "--json", "--after", "4")
        assert [int(event["sequence"]) for event in as_json.events] == [5, 6, 7, 8, 9]
        assert as_json.status == 0


async def test_exit_status_of_watching_is_that_of_the_run(caisson: Caisson) -> None:
    journal = MemoryJournal(HeldClock())
    effects = Effects(1, TokenUsage(), (ToolEffect("c", "send", ToolOutcome.UNFINISHED),))
    async with replica_of(journal) as served:
        failed, aborted = Made(journal, "run_1"), Made(journal, "run_2")
        await failed.create()
        await failed.say(STARTED, events.Error(ModelUnavailableError("It is away."), effects))
        await aborted.create()
        await aborted.say(STARTED, ABORT)
        watched = await said(caisson, served, "watch", "run_1")
        assert watched.status == 1
        assert "stopped while running, may have taken effect: send" in watched.out
        assert "It is away." in watched.err
        shown = await said(caisson, served, "show", "run_1")
        assert (shown.status, shown.out.splitlines()[-1]) == (0, "It is away.")
        assert (await said(caisson, served, "watch", "run_2")).status == 1
        assert (await said(caisson, served, "watch", "run_2", "--after", "1")).status == 1


async def test_interrupting_the_watching_leaves_the_run(caisson: Caisson) -> None:
    journal = MemoryJournal(HeldClock())
    async with replica_of(journal) as served:
        run = Made(journal, tails=served.replica.tails)
        await run.create()
        await run.say(*HELLO)
        arguments = ("runs", "watch", "run_1", "--server", served.address)
        with caisson.started(*arguments) as process:
            while "1 subscribers" not in repr(served.replica.tails):  # noqa: ASYNC110 - no event
                await asyncio.sleep(0.01)
            process.send_signal(signal.SIGINT)
            out, err = await asyncio.to_thread(process.communicate, timeout=TIMEOUT_S)
        assert process.returncode == 130
        assert (out.splitlines()[-1], err) == (
            "You stopped watching; the run goes on.",
            "interrupted\n",
        )
        assert not served.replica.stopped
        assert await journal.cancels("boot_1") == []


async def test_watching_goes_on_at_another_executor(caisson: Caisson) -> None:
    journal = MemoryJournal(HeldClock())
    async with replica_of(journal) as served:
        run = Made(journal, tails=served.replica.tails)
        await run.create()
        await run.say(*HELLO)
        watching = asyncio.create_task(said(caisson, served, "watch", "run_1", "--json"))
        while "1 subscribers" not in repr(served.replica.tails):  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.01)
        served.replica.tails.close()  # as an executor does that is being stopped
        served.replica.reopen()
        await run.say(FINISH)
        watched = await watching
        assert watched.status == 0, watched.err
        assert [int(event["sequence"]) for event in watched.events] == [1, 2, 3, 4, 5, 6]


async def test_runs_are_stopped_and_deleted(caisson: Caisson) -> None:
    journal = MemoryJournal(HeldClock())
    async with replica_of(journal) as served:
        run = Made(journal)
        await run.create()
        assert "is being stopped" in (await said(caisson, served, "cancel", "run_1")).out
        early = await said(caisson, served, "delete", "run_1", "--yes")
        assert early.status == 1
        assert "`caisson runs cancel`" in early.err
        await run.say(ABORT)
        again = await said(caisson, served, "cancel", "run_1")
        assert "has ended: aborted" in again.out
        unsure = await said(caisson, served, "delete", "run_1")
        assert (unsure.status, "--yes" in unsure.err) == (2, True)
        assert (await said(caisson, served, "delete", "run_1", "--yes")).status == 0
        for what in (("show",), ("watch",), ("cancel",), ("delete", "--yes")):
            gone = await said(caisson, served, what[0], "run_1", *what[1:])
            assert gone.status == 2
            assert 'no run "run_1"' in gone.err


async def test_detached_run_is_begun_and_named(caisson: Caisson, files: Files) -> None:
    async with replica_of(MemoryJournal(HeldClock())) as served:
        command = ("run", files.workshop, "Hello", "--detach", "--server", served.address)
        begun = await asyncio.to_thread(caisson, *command)
        assert (begun.status, begun.out) == (0, "run_made\n")
        assert f"caisson runs watch run_made --server {served.address}" in begun.err
        watched = await said(caisson, served, "watch", "run_made")
        assert "Hello" in watched.out
        as_json = await asyncio.to_thread(caisson, *command, "--json")
        assert as_json.json["runId"] == "run_made"


def test_detaching_needs_an_executor_that_stays(caisson: Caisson, files: Files) -> None:
    refused = caisson("run", files.workshop, "Hello", "--detach")
    assert refused.status == 2
    assert "--detach works only with --server" in refused.err


def test_run_of_an_executor_is_watched_listed_and_deleted(
    caisson: Caisson, files: Files, served: Executor, llmock: LLMock
) -> None:
    where = ("--server", served.executor)
    llmock.call_tool("add", {"a": 2, "b": 3}).reply("It is five.")
    begun = caisson("run", files.workshop, "Add 2 and 3.", "--detach", *where)
    assert begun.status == 0, begun.err
    run_id = begun.out.strip()
    watched = caisson("runs", "watch", run_id, *where)
    assert watched.status == 0, watched.err
    for words in ('→ add {"a":', "It is five.", run_id):
        assert words in watched.out
    again = caisson("runs", "watch", run_id, "--json", *where)
    numbers = [int(event["sequence"]) for event in again.events]
    assert numbers == list(range(1, len(numbers) + 1))
    listed = caisson("runs", "list", "--state", "completed", *where)
    assert run_id in listed.out
    assert f"{run_id} · completed" in caisson("runs", "show", run_id, *where).out
    assert caisson("runs", "delete", run_id, "--yes", *where).status == 0
    assert caisson("runs", "show", run_id, *where).status == 2


def test_runs_without_server_come_from_the_state_folder(caisson: Caisson) -> None:
    listed = caisson("runs", "list")
    assert listed.status == 0, listed.err
    assert "There are no such runs." in listed.out
