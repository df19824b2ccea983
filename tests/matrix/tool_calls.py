"""Calls every tool of a bundle in the sandbox, with the inputs that Node called it with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import jsonschema_rs

from services.executor.domain import Json, JsonObject, Manifest
from services.toolrunner.domain import FailureKind, Limits
from tests.guest.sandboxed import Loaded, Ran, Sandbox
from tests.matrix.cells import Cell
from tests.matrix.comparison import Difference

MIB = 1024 * 1024
# Today's Mastra is a bundle of 5 to 12 MB, which takes more than a call's usual 64 MiB to load.
LARGE = Limits(memory_bytes=256 * MIB, heap_bytes=256 * MIB)
SESSION = {"sessionId": "session-1", "resourceId": "resource-1"}


def limits_of(cell: Cell) -> Limits:
    """Return the limits under which a cell's tools run."""
    return LARGE if (cell.framework, cell.zod) == ("mastra", "zod4") else Limits()


def loaded(sandbox: Sandbox, cell: Cell, bundle: Path) -> Loaded:
    """Return the bundle after its load; the test fails when it did not load."""
    text = bundle.read_text()
    found = sandbox.load(text, module=cell.format == "esm", limits=limits_of(cell))
    failure = found.ran.outcome.failure
    assert failure is None, failure
    return found


def call_differences(
    program: Loaded, limits: Limits, manifest: Manifest, judged: JsonObject
) -> Iterator[Difference]:
    """Yield every call whose outcome is not Node's."""
    for agent_key, agent in manifest.agents.items():
        tools = _object(_object(judged[agent_key])["tools"])
        for key in agent.tools:
            calls = _object(tools[key])["calls"]
            assert isinstance(calls, list)
            for at, call in enumerate(map(_object, calls)):
                ran = program.call(
                    key, call["input"], agent=agent_key, context=SESSION, limits=limits
                )
                found = _outcome(ran)
                if call["outcome"] != found:
                    place = f"agents.{agent_key}.tools.{key}({at})"
                    yield Difference(place, call["outcome"], found)


def refused_inputs(manifest: Manifest, judged: JsonObject) -> Iterator[Difference]:
    """Yield the inputs that Node takes and the manifest's schema would not let through."""
    for agent_key, agent in manifest.agents.items():
        tools = _object(_object(judged[agent_key])["tools"])
        for key, tool in agent.tools.items():
            assert tool.input_schema is not None, f"{agent_key}.{key} is disabled"
            validator = jsonschema_rs.Draft202012Validator(tool.input_schema)
            calls = _object(tools[key])["calls"]
            assert isinstance(calls, list)
            for at, call in enumerate(map(_object, calls)):
                if call["taken"] and not validator.is_valid(call["input"]):
                    yield Difference(f"agents.{agent_key}.tools.{key}({at})", "taken", "refused")


def _outcome(ran: Ran) -> Json:
    failure = ran.outcome.failure
    if failure is None:
        value: Json = ran.value  # type: ignore[assignment]
        return {"value": value}
    if failure.kind is FailureKind.INVALID_INPUT:
        return {"invalid": True}
    if failure.kind is FailureKind.THROWN:
        return {"thrown": {"name": failure.name, "message": failure.message}}
    return {"failed": f"{failure.kind.name}: {failure.message}"}


def _object(value: Json) -> JsonObject:
    assert isinstance(value, dict), value
    return value
