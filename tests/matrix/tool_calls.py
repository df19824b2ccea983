"""Calls every tool of a bundle in the sandbox, with the inputs that Node called it with."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import jsonschema_rs

from services.executor.domain import Json, JsonObject, Manifest
from services.toolrunner.domain import FailureKind, Limits
from tests.guest.sandboxed import Loaded, Ran, Sandbox
from tests.matrix.cells import Cell
from tests.matrix.comparison import Difference

MIB = 1024 * 1024
# A call's usual 64 MiB are too few to load the bundles of Mastra 0.24 that are not minified (3 to
# 5 MB), and those of today's Mastra (5 to 13 MB).
LARGE = Limits(memory_bytes=512 * MIB, heap_bytes=512 * MIB)
# A class of the OpenAI Agents SDK whose name is all that tells it: minified, Node says another name
# as well, the one that the minifier gave it.
UNNAMED_CLASS = "InvalidToolInputError"
SESSION: JsonObject = {"sessionId": "session-1", "resourceId": "resource-1"}


def limits_of(cell: Cell) -> Limits:
    """Return the limits under which a cell's tools run."""
    return LARGE if cell.framework == "mastra" else Limits()


def loaded(sandbox: Sandbox, cell: Cell, bundle: Path, text: str | None = None) -> Loaded:
    """Return the bundle after its load; the test fails when it did not load.

    ``text`` is loaded in place of the whole bundle.
    """
    text = bundle.read_text() if text is None else text
    found = sandbox.load(text, module=cell.format == "esm", limits=limits_of(cell))
    failure = found.ran.outcome.failure
    assert failure is None, failure
    return found


def call_differences(
    program: Loaded, cell: Cell, manifest: Manifest, judged: JsonObject
) -> Iterator[Difference]:
    """Yield every call whose outcome is not Node's."""
    limits = limits_of(cell)
    for agent, tool, calls in calls_of(manifest, judged):
        for at, call in enumerate(calls):
            ran = program.call(tool, call["input"], agent=agent, context=SESSION, limits=limits)
            found = _outcome(ran)
            if not _is_same(call["outcome"], found, cell):
                yield Difference(f"agents.{agent}.tools.{tool}({at})", call["outcome"], found)


def schema_differences(manifest: Manifest, judged: JsonObject) -> Iterator[Difference]:
    """Yield the inputs that Node's schema and the manifest's do not both take or both refuse."""
    for agent, tool, calls in calls_of(manifest, judged):
        read = manifest.agents[agent].tools[tool].input_schema
        assert read is not None, f"{agent}.{tool} is disabled"
        ours = jsonschema_rs.Draft202012Validator(read, validate_formats=True)
        judge = _object(_tool(judged, agent, tool)["inputSchema"])
        theirs = jsonschema_rs.validator_for(judge, validate_formats=True)
        for at, call in enumerate(calls):
            expected, found = theirs.is_valid(call["input"]), ours.is_valid(call["input"])
            if expected != found:
                yield Difference(f"agents.{agent}.tools.{tool}({at})", expected, found)


def calls_of(manifest: Manifest, judged: JsonObject) -> Iterator[tuple[str, str, list[JsonObject]]]:
    """Yield each tool of the manifest by agent and key, with the calls that Node made."""
    for agent, spec in manifest.agents.items():
        called = {link.tool for link in spec.agent_tools}
        for tool in () if spec.inner else spec.tools.keys() - called:
            calls = _tool(judged, agent, tool)["calls"]
            assert isinstance(calls, list)
            yield agent, tool, [_object(call) for call in calls]


def _tool(judged: JsonObject, agent: str, tool: str) -> JsonObject:
    return _object(_object(_object(judged[agent])["tools"])[tool])


def _is_same(expected: Json, found: Json, cell: Cell) -> bool:
    if expected == found:
        return True
    said = json.dumps(expected)
    if cell.size != "min" or UNNAMED_CLASS not in said:
        return False
    return (
        re.fullmatch(re.escape(said).replace(UNNAMED_CLASS, r"[\w$]+"), json.dumps(found))
        is not None
    )


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
