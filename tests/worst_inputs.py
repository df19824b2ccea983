"""The worst that outsiders may send, and the code that works on it: for a test and a bench.

Each item prepares its input first, which is not measured. ``work`` is then what an event loop is
asked to do with it; the loop must go on meanwhile.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1 import message_pb2, run_pb2
from caisson.toolrunner.v1 import tool_runner_service_pb2 as runner_pb
from caisson.toolrunner.worker.v1 import worker_pb2
from services.executor.adapters.bundle_cache import NoManifestCache
from services.executor.adapters.database.database import open_database
from services.executor.adapters.database.sessions import LoadBounds
from services.executor.adapters.litellm.streams import parsed_aside
from services.executor.adapters.rpc_methods import RequestBytes
from services.executor.adapters.toolrunner.wire import CallResult, result_of
from services.executor.agent.shown_results import shown
from services.executor.agent_parts import HeaderUse
from services.executor.bundle.intake.questions import has_questions
from services.executor.bundle.intake.reader import CachingBundleReader
from services.executor.bundle.process.parse_wire import manifest_response, read_response
from services.executor.clients import OWN_PROCESS
from services.executor.conversation import (
    AssistantMessage,
    MediaKind,
    MediaPart,
    SessionKey,
    ToolCall,
    UserMessage,
)
from services.executor.domain import (
    BundleFormat,
    Diagnostic,
    InlineBundle,
    JsonObject,
    Manifest,
    Severity,
    ToolSpec,
    ToolUsage,
)
from services.executor.egress.grants import warnings_of
from services.executor.errors import ExecutorError
from services.executor.events import RunEvent, ToolOutputAvailable
from services.executor.runs.responses import ResponseWriter
from services.executor.side_thread import SIDE
from services.executor.tool_reach import Reach
from services.executor.wire.inspection import InspectRequest
from services.executor.wire.json_values import to_json_value
from services.executor.wire.manifest_pages import ManifestPages
from services.executor.wire.page_tokens import PageTokens
from services.executor.wire.requests import from_execute_request
from services.executor.wire.value_bytes import delimited
from services.toolrunner.checks import check_json
from services.toolrunner.domain import Limits
from services.toolrunner.parsing_wire import parsed_request
from services.toolrunner.pool.link import WorkerLink
from services.toolrunner.pool.wire import HEADER, load_frame
from services.toolrunner.upload import CHUNK_BYTES, Upload
from tests.executor.builders import agent
from tests.executor.served import user

MIB = 1024 * 1024
DIGEST = "sha256:" + "0" * 64
KEY = SessionKey("r", "s")


@dataclass(frozen=True)
class Worst:
    """One input; ``work`` is given what ``prepare`` returned."""

    name: str
    prepare: Callable[[], Any]
    work: Callable[[Any], Awaitable[object]]

    def __str__(self) -> str:
        return self.name


async def _request(data: bytes) -> None:
    try:
        await RequestBytes(data).read(from_execute_request)
    except ExecutorError:
        return  # refused, which is one way not to work on it


def _asks(**fields: Any) -> bytes:
    source = run_pb2.BundleSource(digest=DIGEST)
    said = {} if "messages" in fields else {"message": "x"}
    spec = run_pb2.RunSpec(**{"bundle": source, **said, **fields})
    return pb.ExecuteAgentRequest(spec=spec).SerializeToString()


def _of_empty_messages(count: int) -> bytes:
    """A request with so many empty messages: `spec` is field 1, `messages` 6, and 1 in it."""
    return _asks() + delimited(1, delimited(6, b"\x0a\x00" * count))


def _long_history() -> bytes:
    call = message_pb2.ToolCall(tool_call_id="c", tool_name="t", input=to_json_value({"a": "b"}))
    history = message_pb2.Messages()
    for at in range(650):
        call.tool_call_id = f"c{at}"
        result = message_pb2.ToolResult(tool_call_id=f"c{at}", output=to_json_value([1, "x" * 50]))
        for role, part in (
            (message_pb2.ROLE_USER, message_pb2.Part(text="x" * 100)),
            (message_pb2.ROLE_ASSISTANT, message_pb2.Part(tool_call=call)),
            (message_pb2.ROLE_TOOL, message_pb2.Part(tool_result=result)),
        ):
            history.messages.append(message_pb2.Message(role=role, parts=[part]))
    return _asks(messages=history)


async def _inspection(data: bytes) -> None:
    try:
        await RequestBytes(data).read(InspectRequest)
    except ExecutorError:
        return


def _growing_history() -> bytes:
    return _calls_with(b"\x1a" + _sized(b"\0" * (3 * MIB - 100)), 6)


def _history_of_nulls() -> bytes:
    return _calls_with(b"\x32" + _sized(b"\x0a\x00" * (MIB + MIB // 2 - 100)), 6)


def _sized(data: bytes) -> bytes:
    return delimited(1, data)[1:]


def _calls_with(value: bytes, count: int) -> bytes:
    history = delimited(1, b"\x08\x01" + delimited(2, delimited(1, b"x")))
    for at in range(count):
        asked = delimited(1, b"c%d" % at) + delimited(2, b"t") + delimited(3, delimited(1, value))
        history += delimited(1, b"\x08\x02" + delimited(2, delimited(5, asked)))
        result = delimited(1, b"c%d" % at) + delimited(4, b"x")
        history += delimited(1, b"\x08\x03" + delimited(2, delimited(6, result)))
    return _asks(messages=message_pb2.Messages()) + delimited(1, delimited(6, history))


async def _inline(data: bytes) -> None:
    reader = CachingBundleReader(cast("Any", None), _Parser(), NoManifestCache())
    await reader.read(InlineBundle(data), OWN_PROCESS)


class _Parser:
    async def parse(self, digest: str, source: bytes) -> Manifest:
        return Manifest(digest, BundleFormat.ESM, {}, {}, ())

    async def close(self) -> None:
        return


def _manifest(pad: int = 1200) -> bytes:
    schema: JsonObject = {
        "type": "object",
        "properties": {"a": {"type": "string", "pad": "x" * pad}},
    }
    tools = {
        f"t{at}": ToolSpec(f"t{at}", "Does.", schema, None, disabled=True) for at in range(2000)
    }
    noted = tuple(
        Diagnostic(Severity.ERROR, f"agents.main.tools.t{at}.inputSchema", "no", 1, 1)
        for at in range(2000)
    )
    main = agent(*tools.values())
    found = manifest_response(Manifest(DIGEST, BundleFormat.ESM, {"main": main}, {}, noted))
    assert len(found) > 2 * MIB
    return found


async def _read_manifest(response: bytes) -> None:
    manifest = await SIDE.run(0, lambda: read_response(response))
    has_questions(manifest)
    request = InspectRequest(_inspects())
    await SIDE.run_steps(0, request.response(manifest, ManifestPages(), PageTokens(), ""))


def _inspects() -> bytes:
    bundle = run_pb2.BundleSource(digest=DIGEST)
    return pb.InspectBundleRequest(bundle=bundle).SerializeToString()


def _many_names() -> list[ToolSpec]:
    names = tuple("A_" * 30 + f"K{at}" for at in range(480))
    reach = Reach(hosts=("a.io",), env=names, headers=tuple(HeaderUse(n, "x") for n in names))
    return [ToolSpec(f"t{at}", "", {}, None, reach=reach) for at in range(300)]


async def _warned(tools: list[ToolSpec]) -> None:
    list(warnings_of("main", tools, ()))


def _event_of(piece: bytes, count: int) -> bytes:
    return b'{"a":[' + piece * count + b"0]}"


async def _event(data: bytes) -> None:
    try:
        await parsed_aside(data)
    except ValueError:
        return


async def _result(text: str) -> None:
    result = await result_of(CallResult("c", text, None, ToolUsage()))
    await shown(result)
    event = ToolOutputAvailable("c", result.output, len(result.output_json))
    await ResponseWriter().written(RunEvent("run", 1, 1, event))


class _Context:
    def time_remaining(self) -> None:
        return None

    async def write(self, message: Any) -> None:
        if not isinstance(message, bytes):
            message.SerializeToString()


async def _conversation(messages: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(Path(folder), LoadBounds(10**6, 10**9))
        await database.sessions.append(KEY, messages, OWN_PROCESS)
        await database.sessions.load(KEY)
        await database.close()


def _attachment() -> Any:
    return (
        UserMessage("x", (MediaPart(MediaKind.IMAGE, "image/png", b"\xff" * 20 * MIB, "", ""),)),
    )


def _many_calls() -> Any:
    calls = tuple(ToolCall(f"c{at}", "t", "{}", "") for at in range(128))
    return (UserMessage("x", ()), *[AssistantMessage("", calls, ())] * 200)


async def _runner_request(data: bytes) -> None:
    parsed_request(data)


async def _host_result(text: str) -> None:
    check_json("host_result.output_json", text)


def _program() -> tuple[bytes, str]:
    source = ("\u00e9" * (8 * MIB)).encode()
    return source, "sha256:" + hashlib.sha256(source).hexdigest()


async def _upload(program: tuple[bytes, str]) -> None:
    source, digest = program
    upload = Upload(digest, True, 16 * MIB)
    for start in range(0, len(source), CHUNK_BYTES):
        upload.add(source[start : start + CHUNK_BYTES], last=start + CHUNK_BYTES >= len(source))
        await asyncio.sleep(0)  # each is a message of its own
    load_frame(1, upload.program(), Limits())


def _console_frames() -> bytes:
    line = worker_pb2.WorkerResponse(
        console=worker_pb2.WorkConsole(work_id=1, level=runner_pb.CONSOLE_LEVEL_LOG, text="")
    )
    body = line.SerializeToString()
    return (HEADER.pack(len(body)) + body) * 50_000


async def _burst(data: bytes) -> None:
    seen = 0
    done = asyncio.Event()

    def take(_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == 50_000:
            done.set()

    link = WorkerLink(take, lambda: None)
    link.connection_made(cast("Any", _Transport()))
    link.data_received(data)
    await done.wait()


class _Transport:
    def pause_reading(self) -> None:
        return

    def resume_reading(self) -> None:
        return


WORST = [
    Worst("request: 28 MiB of tiny values", lambda: _asks(
        request_context=to_json_value({"a": [None] * 1000})
    ) + delimited(1, b"\x72\x00" * (14 * MIB)), _request),
    Worst("request: 7 million messages", lambda: _of_empty_messages(7_000_000), _request),
    Worst("request: a history of 1,950 messages", _long_history, _request),
    Worst("request: 20 MiB of inputs that become 120 MiB", _growing_history, _request),
    Worst("request: calls with 3 MiB of nulls", _history_of_nulls, _request),
    Worst("request: 27 MiB of a name", lambda: _asks(agent="x" * 27 * MIB), _request),
    Worst("inspection: 27 MiB of page token", lambda: pb.InspectBundleRequest(
        bundle=run_pb2.BundleSource(digest=DIGEST), page_token="x" * 27 * MIB
    ).SerializeToString(), _inspection),
    Worst("request: 32 KiB of empty parts", lambda: b"".join([
        _asks(), delimited(1, delimited(6, b"".join([
            delimited(1, b"\x08\x01" + delimited(2, b"\x38\x01") * 1000)] * 5)))
    ]), _request),
    Worst("request: 256 KiB of context and schema", lambda: _asks(
        request_context=to_json_value({"a": [None] * 60_000}),
        output_schema=to_json_value({f"k{at}": None for at in range(18_000)}),
    ), _request),
    Worst("request: 16 MiB inline", lambda: _asks(
        bundle=run_pb2.BundleSource(inline=b"x" * 16 * MIB)
    ), _request),
    Worst("request: 20 MiB attached", lambda: _asks(
        messages=user(message_pb2.Part(
            image=message_pb2.Media(data=b"x" * 20 * MIB, media_type="image/png")
        ))
    ), _request),
    Worst("bundle: 16 MiB", lambda: b"x" * 16 * MIB, _inline),
    Worst("manifest: 2,000 disabled tools", _manifest, _read_manifest),
    Worst("manifest: as large as is read", lambda: _manifest(7500), _read_manifest),
    Worst("run: 300 tools that read 480 names", _many_names, _warned),
    Worst("model: one event of 4 MiB of numbers", lambda: _event_of(b"0,", 2 * MIB - 8), _event),
    Worst("model: one event of 60,000 values", lambda: _event_of(b"{},", 60_000), _event),
    Worst("tool: 1 MiB of numbers", lambda: "[" + "0," * (MIB // 2 - 1) + "0]", _result),
    Worst("tool: 60,000 values", lambda: json.dumps([{"id": at} for at in range(30_000)]), _result),
    Worst("tool: 3 MiB of text", lambda: json.dumps("x" * (3 * MIB - 2)), _result),
    Worst("conversation: 20 MiB attached", _attachment, _conversation),
    Worst("conversation: 25,600 calls", _many_calls, _conversation),
    Worst("toolrunner: 4 MiB of capabilities", lambda: runner_pb.RunToolsRequest(
        open=runner_pb.Open(capabilities=[""] * (2 * MIB - 16))
    ).SerializeToString(), _runner_request),
    Worst("toolrunner: 3 MiB host result", lambda: "[" + "{}," * MIB + "0]", _host_result),
    Worst("toolrunner: 16 MiB program", _program, _upload),
    Worst("toolrunner: 50,000 console lines at once", _console_frames, _burst),
]  # fmt: skip
