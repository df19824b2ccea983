"""Notes that models keep: told at the beginning of a run, revised by a tool, bounded, deleted."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from services.executor.adapters.database.session_room import RUN_BYTES
from services.executor.agent.scripted import (
    FixedBundles,
    MemorySessions,
    ScriptedModel,
    ScriptedRunner,
)
from services.executor.agent.state_json import from_text, to_text
from services.executor.agent.working_memory import MAX_NOTES_BYTES
from services.executor.agent_memory import AgentMemory, MemoryScope, WorkingMemory
from services.executor.clients import OWN_PROCESS, client_of
from services.executor.conversation import (
    AssistantMessage,
    Message,
    SessionKey,
    ToolMessage,
    UserMessage,
)
from services.executor.domain import InlineBundle, Json
from services.executor.errors import LimitError, RequestError
from services.executor.events import RunStarted, ToolOutputError
from services.executor.run_request import RunRequest
from tests.executor.builders import Stage, agent, bundle, calls, of_kind, says, tool
from tests.executor.kept_sessions import kept_sessions

SHARED = WorkingMemory(MemoryScope.RESOURCE, "# Name")
OWN = WorkingMemory(MemoryScope.SESSION, "# Name")
JSON = WorkingMemory(
    MemoryScope.RESOURCE,
    schema_json=json.dumps(
        {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "home": {"type": "object", "properties": {"city": {"type": "string"}}},
                "pets": {"type": "array", "items": {"type": "string"}},
            },
        }
    ),
)
SAVED = '{"success":true}'
BOTH = {"session_id": "s", "resource_id": "ada"}


def noting(working: WorkingMemory, *scripts: object, memory: int = 10) -> Stage:
    """A stage whose agent keeps notes."""
    made = agent(framework="mastra", memory=AgentMemory(memory, working))
    return Stage(ScriptedModel(scripts), FixedBundles(bundle(made)))  # type: ignore[arg-type]


def note(memory: object, call_id: str = "n1") -> list[object]:
    """An answer that revises the notes."""
    return [*calls((call_id, "updateWorkingMemory", json.dumps({"memory": memory})))]


async def test_notes_are_told_to_later_runs_of_the_resource() -> None:
    scene = noting(SHARED, note("# Name\nAda"), says("Hi"), says("Again"))
    await scene.run(**BOTH)
    await scene.run("B", session_id="other", resource_id="ada")
    first, second, third = scene.model.queries
    assert [each.key for each in first.tools] == ["updateWorkingMemory"]
    assert "<working_memory_data>\nnull\n" in first.system
    assert first.system.startswith("Be brief.\n\nWORKING_MEMORY_SYSTEM_INSTRUCTION:")
    assert second.system == first.system
    assert second.messages[-1] == ToolMessage("n1", "updateWorkingMemory", SAVED)
    assert "<working_memory_data>\n# Name\nAda\n" in third.system
    assert third.messages == (UserMessage("B"),)
    assert scene.runner.opened == 0


async def test_notes_of_a_session_are_its_own() -> None:
    scene = noting(OWN, note("mine"), says("Hi"), says("Again"))
    await scene.run(**BOTH)
    await scene.run(session_id="other", resource_id="ada")
    assert scene.sessions.noted == {SessionKey("ada", "s"): "mine"}
    assert "<working_memory_data>\nnull\n" in scene.model.queries[-1].system


async def test_notes_of_another_resource_are_not_told() -> None:
    scene = noting(SHARED, note("of Ada"), says("Hi"), says("Again"))
    await scene.run(**BOTH)
    await scene.run(session_id="s", resource_id="bob")
    assert "of Ada" not in scene.model.queries[-1].system


async def test_conversation_does_not_keep_calls_that_revise_notes() -> None:
    scene = noting(SHARED, note("secret"), says("Hi"))
    await scene.run(**BOTH)
    kept = scene.sessions.kept[SessionKey("ada", "s")]
    assert [type(each) for each in kept] == [UserMessage, AssistantMessage]
    assert "secret" not in repr(kept)


async def test_json_notes_are_merged() -> None:
    scene = noting(
        JSON,
        note({"pets": ["a"], "home": {"city": "Oslo"}}),
        note({"pets": ["b"], "name": "Ada"}, "n2"),
        note({"name": 5}, "n3"),
        says("Hi"),
    )
    await scene.run(**BOTH)
    (text,) = scene.sessions.noted.values()
    assert json.loads(text) == {"pets": ["b"], "home": {"city": "Oslo"}, "name": "Ada"}
    refused = scene.model.queries[-1].messages[-1].text
    assert "INVALID_INPUT" in refused


async def test_empty_template_does_not_replace_notes() -> None:
    scene = noting(SHARED, note("# Name\nAda"), note(" # Name ", "n2"), says("Hi"))
    await scene.run(**BOTH)
    assert list(scene.sessions.noted.values()) == ["# Name\nAda"]
    assert json.loads(scene.model.queries[-1].messages[-1].text)["success"] is False


async def test_run_without_session_neither_reads_nor_keeps_notes() -> None:
    scene = noting(SHARED, says("Hi"))
    scene.sessions.noted[SessionKey("ada", "")] = "of Ada"
    events = await scene.run(resource_id="ada")
    (query,) = scene.model.queries
    assert (query.system, query.tools) == ("Be brief.", ())
    (started,) = of_kind(events, RunStarted)
    assert [each.path for each in started.diagnostics] == ["agents.main.memory"]


async def test_tool_is_offered_in_sessions_only_though_schemas_are_cached() -> None:
    planner = noting(SHARED).planner()
    alone = RunRequest(InlineBundle(b""), "Hi")
    together = replace(alone, session_id="s", resource_id="ada")
    for request, offered in ((alone, []), (together, ["updateWorkingMemory"]), (alone, [])):
        plan = await planner.plan(request, OWN_PROCESS)
        assert list(plan.tools.offered) == offered
        assert not plan.needs_sandbox


async def test_notes_of_a_resource_need_one() -> None:
    with pytest.raises(RequestError, match=r"set `spec\.resource_id`"):
        await noting(SHARED).start(session_id="s")
    await noting(OWN).start(session_id="s")


async def test_notes_over_the_limit_are_refused_to_the_model() -> None:
    scene = noting(SHARED, note("x" * (MAX_NOTES_BYTES + 1)), note("é" * 40_000, "n2"), says("Hi"))
    events = await scene.run(**BOTH)
    assert scene.sessions.noted == {}
    failures = of_kind(events, ToolOutputError)
    assert len(failures) == 2
    assert all("keep less" in each.error_text for each in failures)


async def test_other_tools_run_in_the_sandbox() -> None:
    made = agent(tool("find"), framework="mastra", memory=AgentMemory(10, SHARED))
    script = [
        calls(("c1", "find", "{}"), ("n1", "updateWorkingMemory", '{"memory":"m"}')),
        says("Hi"),
    ]

    async def find(*_: object) -> Json:
        return "found"

    runner = ScriptedRunner({"find": find})
    scene = Stage(ScriptedModel(script), FixedBundles(bundle(made)), runner)
    await scene.run(**BOTH)
    shown = [each.text for each in scene.model.queries[-1].messages[-2:]]
    assert shown == ["found", SAVED]
    kept = scene.sessions.kept[SessionKey("ada", "s")]
    assert [call.tool for each in kept for call in getattr(each, "calls", ())] == ["find"]


async def test_resumed_run_tells_the_notes_of_its_beginning() -> None:
    scene = noting(SHARED, says("Hi"), says("Hi"))
    scene.sessions.noted[SessionKey("ada", "")] = "first"
    states = []

    async def keep(state: object, _: object) -> None:
        states.append(state)

    run = await scene.start(keep=keep, **BOTH)  # type: ignore[arg-type]
    async for _ in run.events():
        pass
    scene.sessions.noted[SessionKey("ada", "")] = "second"
    state = from_text(to_text(states[0]))  # type: ignore[arg-type]
    resumed = await scene.start(state=replace(state, asking=None), **BOTH)  # type: ignore[arg-type]
    async for _ in resumed.events():
        pass
    assert "<working_memory_data>\nfirst\n" in scene.model.queries[-1].system


ADA = SessionKey("ada", "")
SAID: list[Message] = [UserMessage("q"), AssistantMessage("a")]


async def test_notes_are_kept_and_deleted_with_the_last_session(place: Path | str) -> None:
    async with kept_sessions(place) as sessions:
        for name in ("s", "t"):
            await sessions.append(SessionKey("ada", name), SAID, OWN_PROCESS)
        await sessions.revise_notes(ADA, lambda _: "shared", OWN_PROCESS)
        await sessions.revise_notes(SessionKey("ada", "s"), lambda _: "own", OWN_PROCESS)
        assert [
            each.key.session_id for each in (await sessions.page("", "ada", 9, 0)).sessions
        ] == [
            "t",
            "s",
        ]
    async with kept_sessions(place) as sessions:
        assert await sessions.notes(ADA) == "shared"
        assert await sessions.notes(SessionKey("bob", "")) == ""
        await sessions.delete(SessionKey("ada", "s"))
        assert await sessions.notes(SessionKey("ada", "s")) == ""
        assert await sessions.notes(ADA) == "shared"
        await sessions.delete(SessionKey("ada", "t"))
        assert await sessions.notes(ADA) == ""


async def test_revision_that_fails_or_says_nothing_changes_nothing(place: Path | str) -> None:
    def fail(_: str) -> str:
        raise ValueError("no")

    async with kept_sessions(place) as sessions:
        await sessions.revise_notes(ADA, lambda _: "kept", OWN_PROCESS)
        with pytest.raises(ValueError, match="no"):
            await sessions.revise_notes(ADA, fail, OWN_PROCESS)
        await sessions.revise_notes(ADA, lambda _: None, OWN_PROCESS)
        assert await sessions.notes(ADA) == "kept"


async def test_revisions_at_the_same_time_lose_nothing(postgres_url: str) -> None:
    async with kept_sessions(postgres_url) as one, kept_sessions(postgres_url) as other:
        both = (one, other) * 20
        work = (each.revise_notes(ADA, lambda old: f"{old}x", OWN_PROCESS) for each in both)
        await asyncio.gather(*work)
        assert await one.notes(ADA) == "x" * 40


async def test_notes_count_as_stored(place: Path | str) -> None:
    flood, other = client_of("ipv4:10.0.0.1:1"), client_of("ipv4:10.0.0.2:1")
    async with kept_sessions(place, session_bytes=20_000, store_bytes=100_000) as sessions:
        with pytest.raises(LimitError, match="full"):
            await sessions.revise_notes(ADA, lambda _: "x" * 20_000, flood)
        await sessions.append(SessionKey("ada", "s"), SAID, other)
        await sessions.revise_notes(ADA, lambda _: "mine", other)
        for number in range(60):
            key = SessionKey(f"f{number}", "")
            await sessions.revise_notes(key, lambda _: "x" * (10_000 - RUN_BYTES), flood)
        assert await sessions.notes(ADA) == "mine"
        assert await sessions.notes(SessionKey("f0", "")) == ""
        assert await sessions.notes(SessionKey("f59", "")) != ""


async def test_scripted_store_keeps_notes_as_the_real_one() -> None:
    sessions = MemorySessions()
    await sessions.revise_notes(ADA, lambda old: f"{old}a", OWN_PROCESS)
    await sessions.revise_notes(ADA, lambda _: None, OWN_PROCESS)
    assert await sessions.notes(ADA) == "a"
