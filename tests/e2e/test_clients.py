"""Clients that are not ours, made from the exported protos alone: grpcurl and Node."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import subprocess
import sysconfig
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.pair import SOURCE, asks, executor, pair
from tests.executor.fake_provider import STALL, FakeProvider, answer, text
from tests.executor.served import NO_RUNNER
from tests.npm import installed, node
from tools import lint_protos

ROOT = Path(__file__).resolve().parents[2]
NODE_CLIENT = Path(__file__).with_name("node_client")
EXECUTOR, SESSIONS = "ExecutorService", "SessionService"
PACKAGE = "caisson.executor.v1"
TIMEOUT_S = 60
BUNDLE = {"inline": base64.b64encode(SOURCE).decode()}
SPEC = {"bundle": BUNDLE, "agent": "calculator", "message": "2 + 40?"}
ADDING = asks(("add", '{"a":2,"b":40}'))


@dataclass
class Answer:
    """What a client got of one call."""

    responses: list[dict[str, Any]]
    code: int

    @property
    def events(self) -> list[dict[str, Any]]:
        return [each["event"] for each in self.responses if "event" in each]

    @property
    def text(self) -> str:
        deltas = (event["textDelta"]["delta"] for event in self.events if "textDelta" in event)
        return "".join(deltas)

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        return [event[kind] for event in self.events if kind in event]


Call = Callable[..., Awaitable[Answer]]


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make proto-export` writes."""
    folder = tmp_path_factory.mktemp("protos")
    lint_protos.export(folder)
    return folder


@pytest.fixture(scope="session")
def node_client() -> Path:
    """The Node client with its packages installed, and the functions of docs/grpc.md."""
    folder = installed(NODE_CLIENT, "node_client")
    document = (ROOT / "docs" / "grpc.md").read_text(encoding="utf-8")
    functions = document.partition("`json.mjs`:\n\n```js\n")[2].partition("```")[0]
    (folder / "json.mjs").write_text(functions, encoding="utf-8")
    return Path(shutil.copy(NODE_CLIENT / "client.mjs", folder))


def objects(printed: str) -> list[dict[str, Any]]:
    """The JSON objects of a text, in order."""
    decoder = json.JSONDecoder()
    found: list[dict[str, Any]] = []
    printed = printed.strip()
    while printed:
        value, end = decoder.raw_decode(printed)
        found.append(value)
        printed = printed[end:].strip()
    return found


async def grpcurl(*arguments: str, said: str = "") -> tuple[str, str, int]:
    """What grpcurl prints, its errors, and its exit status."""
    program = Path(sysconfig.get_path("scripts")) / "grpcurl"
    process = await asyncio.create_subprocess_exec(
        program,
        *arguments,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    async with asyncio.timeout(TIMEOUT_S):
        printed, errors = await process.communicate(said.encode())
    return printed.decode(), errors.decode(), process.returncode or 0


@asynccontextmanager
async def by_grpcurl(protos: Path, address: str) -> AsyncIterator[Call]:
    async def call(service: str, method: str, request: dict[str, Any], wait_s: float = 0) -> Answer:
        files = [f"{PACKAGE.replace('.', '/')}/{name}_service.proto" for name in FILES]
        given = [*(f"-import-path={protos}",), *(f"-proto={file}" for file in files)]
        limit = [f"-max-time={wait_s}"] if wait_s else []
        printed, errors, status = await grpcurl(
            *("-plaintext", *given, *limit, "-d", "@", address, f"{PACKAGE}.{service}/{method}"),
            said=json.dumps(request),
        )
        assert status == 0 or wait_s, errors
        return Answer(objects(printed), status and status - 64)

    yield call


FILES = ("executor", "session")


@asynccontextmanager
async def by_node(client: Path, protos: Path, address: str) -> AsyncIterator[Call]:
    process = await asyncio.create_subprocess_exec(
        *(node(), str(client), str(protos), address),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        limit=64 * 2**20,
    )

    async def call(service: str, method: str, request: dict[str, Any], wait_s: float = 0) -> Answer:
        assert process.stdin is not None
        assert process.stdout is not None
        name = method[0].lower() + method[1:]
        asked: dict[str, Any] = {"service": service, "method": name, "request": request}
        asked |= {"cancelAfter": "textDelta"} if wait_s else {}
        process.stdin.write(json.dumps(asked).encode() + b"\n")
        async with asyncio.timeout(TIMEOUT_S):
            line = await process.stdout.readline()
        assert line, "the Node client has died; it says why on stderr"
        answered = json.loads(line)
        assert answered["code"] == 0 or wait_s, answered["details"]
        return Answer(answered["responses"], answered["code"])

    try:
        yield call
    finally:
        assert process.stdin is not None
        process.stdin.close()
        async with asyncio.timeout(TIMEOUT_S):
            await process.wait()


@pytest.fixture(params=["grpcurl", "node"])
def calling(request: pytest.FixtureRequest, exported: Path) -> Callable[[str], Any]:
    """A client of an address."""
    if request.param == "grpcurl":
        return lambda address: by_grpcurl(exported, address)
    client = request.getfixturevalue("node_client")
    return lambda address: by_node(client, exported, address)


async def test_run_with_tools_and_its_transcript_are_complete(
    calling: Callable[[str], Any],
) -> None:
    async with (
        pair(ADDING, answer("It is 42."), answer("Sure.")) as (client, _),
        calling(client.address) as call,
    ):
        session = {"sessionId": "s", "resourceId": "r"}
        request = {"spec": {**SPEC, **session}, "requestId": "one"}
        run = await call(EXECUTOR, "ExecuteAgent", request)
        await call(EXECUTOR, "ExecuteAgent", {"spec": {**SPEC, **session, "message": "Sure?"}})
        pages = await transcript(call, session, page_size=2)
        listed = await call(SESSIONS, "ListSessions", {"resourceId": "r"})
        await call(SESSIONS, "DeleteSession", session)
    assert [int(event["sequence"]) for event in run.events] == list(range(1, len(run.events) + 1))
    assert run.events[0]["runStarted"]["requestId"] == "one"
    assert run.text == "It is 42."
    (output,) = run.of_kind("toolOutputAvailable")
    assert number_of(output["output"]["value"], "sum") == 42
    (ended,) = run.of_kind("runEnded")
    assert ended["state"] == "RUN_STATE_COMPLETED"
    assert ended["effects"]["sessionSaved"] is True
    assert [len(page) for page in pages] == [2, 2, 2]
    roles = [message["role"].removeprefix("ROLE_") for page in pages for message in page]
    assert roles == ["USER", "ASSISTANT", "TOOL", "ASSISTANT", "USER", "ASSISTANT"]
    result = pages[1][0]["parts"][0]["toolResult"]
    assert number_of(result["output"]["value"], "sum") == 42
    (told,) = listed.responses[0]["sessions"]
    assert told["title"] == "2 + 40?"


def number_of(value: dict[str, Any], key: str) -> float:
    """A number of an object, as grpcurl writes a `Value` or as Node does."""
    if "structValue" not in value:
        return float(value[key])
    return float(value["structValue"]["fields"][key]["numberValue"])


async def transcript(
    call: Call, session: dict[str, str], page_size: int
) -> list[list[dict[str, Any]]]:
    """What was said, page by page."""
    pages, token = [], ""
    while True:
        asked = {**session, "pageSize": page_size, "pageToken": token}
        page = (await call(SESSIONS, "ListMessages", asked)).responses[0]
        pages.append(page["messages"])
        token = page.get("nextPageToken", "")
        if not token:
            return pages


async def test_node_reads_and_writes_plain_json_as_the_docs_say(
    node_client: Path, exported: Path
) -> None:
    tenant = {"plan": "gold", "seats": 3, "tags": ["a", None, True, 0.5], "none": {}}
    async with (
        pair(ADDING, answer("It is 42.")) as (client, _),
        by_node(node_client, exported, client.address) as call,
    ):
        request = {"spec": {**SPEC}, "plainContext": {"tenant": tenant}}
        run = await call(EXECUTOR, "ExecuteAgent", request)
    assert run.of_kind("toolInputAvailable")[0]["plain"] == {"a": 2, "b": 40}
    returned = run.of_kind("toolOutputAvailable")[0]["plain"]
    assert (returned["sum"], returned["tenant"]) == (42, tenant)


IMAGE = {"data": base64.b64encode(b"png").decode(), "mediaType": "image/png"}
HISTORY = [
    {"role": "ROLE_USER", "parts": [{"text": "Look."}, {"image": IMAGE}]},
    {
        "role": "ROLE_ASSISTANT",
        "parts": [
            {
                "toolCall": {
                    "toolCallId": "c1",
                    "toolName": "add",
                    "input": {"jsonText": '{"a":1,"b":2}'},
                }
            }
        ],
    },
    {
        "role": "ROLE_TOOL",
        "parts": [{"toolResult": {"toolCallId": "c1", "output": {"jsonText": '{"sum":3}'}}}],
    },
    {"role": "ROLE_ASSISTANT", "parts": [{"text": "It is 3."}]},
    {"role": "ROLE_USER", "parts": [{"text": "As JSON?"}]},
]
SCHEMA = {"type": "object", "properties": {"sum": {"type": "integer"}}, "required": ["sum"]}


async def test_client_side_history_attachment_and_schema_work(
    calling: Callable[[str], Any],
) -> None:
    spec: dict[str, Any] = {**SPEC, "messages": {"messages": HISTORY}}
    del spec["message"]
    spec["outputSchema"] = {"jsonText": json.dumps(SCHEMA)}
    async with pair(answer('{"sum":3}')) as (client, model), calling(client.address) as call:
        run = await call(EXECUTOR, "ExecuteAgent", {"spec": spec})
    (ended,) = run.of_kind("runEnded")
    assert number_of(ended["finish"]["output"]["value"], "sum") == 3
    said = model.requests[0]["messages"][1:]
    assert [message["role"] for message in said] == [
        "user",
        "assistant",
        "tool",
        "assistant",
        "user",
    ]
    assert said[0]["content"][1]["image_url"]["url"] == f"data:image/png;base64,{IMAGE['data']}"
    assert said[2] == {"role": "tool", "tool_call_id": "c1", "content": '{"sum":3}'}


async def test_disconnected_clients_run_is_cancelled(calling: Callable[[str], Any]) -> None:
    async with pair([text("Hel"), STALL]) as (client, model), calling(client.address) as call:
        for wait_s in (3, 12, 45):  # a busy machine needs the longer ones to reach the model
            model.scripts[:] = [[text("Hel"), STALL]]
            model.gone.clear()
            run = await call(EXECUTOR, "ExecuteAgent", {"spec": SPEC}, wait_s=wait_s)
            if run.text:
                break
        await gone(model)
    assert run.text == "Hel"
    assert run.code in {1, 4}  # CANCELLED, or for grpcurl DEADLINE_EXCEEDED


async def gone(model: FakeProvider) -> None:
    async with asyncio.timeout(TIMEOUT_S):
        await model.gone.wait()


MANY = [f"t{at:03}" for at in reversed(range(460))]
LARGE = """
import { ToolLoopAgent, tool } from "ai";
import { z } from "zod";
const description = "TEXT", inputSchema = z.object({}), execute = () => 1;
export const helper = new ToolLoopAgent({ model: "openai/m", instructions: "x", tools: {TOOLS} });
""".replace("TEXT", "x" * 12_000).replace(
    "TOOLS", ", ".join(f"{key}: tool({{ description, inputSchema, execute }})" for key in MANY)
)


async def test_manifest_over_4_mib_is_read_in_pages(calling: Callable[[str], Any]) -> None:
    async with executor(NO_RUNNER) as client, calling(client.address) as call:
        inline = base64.b64encode(LARGE.encode()).decode()
        request: dict[str, Any] = {"bundle": {"inline": inline}}
        keys: list[str] = []
        pages = size = 0
        while True:
            (page,) = (await call(EXECUTOR, "InspectBundle", request)).responses
            pages, size = pages + 1, size + len(json.dumps(page["manifest"]))
            for agent in page["manifest"]["agents"]:
                keys += [tool["key"] for tool in agent.get("tools", [])]
            if not page.get("nextPageToken"):
                break
            request["pageToken"] = page["nextPageToken"]
    assert (pages, keys) == (2, MANY)
    assert size > 4 * 2**20


async def test_grpcurl_finds_everything_by_reflection() -> None:
    async with pair(ADDING, answer("It is 42.")) as (client, _):
        at = ("-plaintext", client.address)
        services = (await grpcurl(*at, "list"))[0].split()
        assert {f"{PACKAGE}.{EXECUTOR}", f"{PACKAGE}.{SESSIONS}"} <= {*services}
        assert "grpc.health.v1.Health" in services
        health, _, _ = await grpcurl(*at, "grpc.health.v1.Health/Check")
        assert json.loads(health) == {"status": "SERVING"}
        request = json.dumps({"spec": SPEC})
        printed, errors, status = await grpcurl(
            "-plaintext", "-d", request, client.address, f"{PACKAGE}.{EXECUTOR}/ExecuteAgent"
        )
    assert status == 0, errors
    # By reflection grpcurl names fields as the descriptors do, which leave the JSON names out.
    assert "run_ended" in objects(printed)[-1]["event"]
