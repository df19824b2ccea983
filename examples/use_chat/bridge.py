"""A bridge from ``useChat`` of the AI SDK to an executor, which answers ``POST /api/chat``.

    .venv/bin/python -m examples.use_chat.bridge BUNDLE [--agent KEY] [--model M]
        [--executor ADDR] [--port N]

A chat is a session of the executor, so only its latest message is sent. When the browser
disconnects, as it does on ``stop()``, the run is cancelled. The bridge authenticates nobody: put a
public one behind a login and use its user as the ``resource_id``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from http import HTTPStatus
from importlib import resources
from pathlib import Path
from typing import Any

import grpc

from caisson.executor import v1
from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from caisson.executor.v1.run_pb2 import SESSION_POLICY_QUEUE, BundleSource, RunSpec
from examples.use_chat.small_http import Refused, Response, posted, serving, while_connected
from services.ui_stream.message_stream import DONE, HEADERS, UiMessageStream, sse_line

# The retries that caisson-client brings; keepalive finds a connection that is dead.
SERVICE_CONFIG = (resources.files(v1) / "service_config.json").read_text(encoding="utf-8")
CHANNEL_OPTIONS = (
    ("grpc.service_config", SERVICE_CONFIG),
    ("grpc.per_rpc_retry_buffer_size", 64 * 1024 * 1024),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.http2.ping_timeout_ms", 10_000),
    ("grpc.http2.max_pings_without_data", 0),
)
PATH = "/api/chat"
RESOURCE = "visitor"
LOST = "The agent cannot be reached, or was lost on the way. Try again later."
NO_CHAT = "The body must be a chat of the AI SDK, with a message of its user in text."
STATUSES = {
    grpc.StatusCode.INVALID_ARGUMENT: HTTPStatus.BAD_REQUEST,
    grpc.StatusCode.PERMISSION_DENIED: HTTPStatus.FORBIDDEN,
    grpc.StatusCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    grpc.StatusCode.FAILED_PRECONDITION: HTTPStatus.CONFLICT,
    grpc.StatusCode.ALREADY_EXISTS: HTTPStatus.CONFLICT,
    grpc.StatusCode.RESOURCE_EXHAUSTED: HTTPStatus.TOO_MANY_REQUESTS,
    grpc.StatusCode.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}


def request_of(chat: bytes, bundle: BundleSource, agent: str, model: str) -> pb.ExecuteAgentRequest:
    """Return the request for a run that answers the chat's latest user message."""
    try:
        said = json.loads(chat)
        parts = [each for each in said["messages"] if each["role"] == "user"][-1]["parts"]
        spec = RunSpec(
            bundle=bundle,
            agent=agent,
            model=model,
            message="\n".join(part["text"] for part in parts),
            session_id=said["id"],
            resource_id=RESOURCE,
            session_policy=SESSION_POLICY_QUEUE,  # a run that was just stopped may still save
        )
        return pb.ExecuteAgentRequest(spec=spec)
    except (ValueError, LookupError, TypeError):
        raise Refused(HTTPStatus.BAD_REQUEST, NO_CHAT) from None


async def body_of(run: Any) -> AsyncGenerator[bytes, None]:
    """Yield the body of the response; raises Refused first if the run cannot start."""
    stream = UiMessageStream()
    begun = False
    try:
        async for response in run:
            begun = True
            yield b"".join(sse_line(part) for part in stream.feed(response))
    except grpc.aio.AioRpcError as error:
        if not begun:
            raise refusal_of(error) from None
    finally:
        run.cancel()
    yield b"".join(sse_line(part) for part in stream.cut(LOST)) + DONE


def refusal_of(error: grpc.aio.AioRpcError) -> Refused:
    """Return the refusal of a run that cannot start."""
    ours = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin")
    text = (error.details() or LOST) if ours else LOST
    return Refused(STATUSES.get(error.code(), HTTPStatus.BAD_GATEWAY), text)


@asynccontextmanager
async def listening(
    executor: str, bundle: BundleSource, agent: str = "", model: str = "", port: int = 0
) -> AsyncIterator[str]:
    """Answer chats on loopback with runs of a bundle; yields the address to post them to.

    ``agent`` may be empty if the bundle has only one.
    """

    async def answer(request: pb.ExecuteAgentRequest, response: Response) -> None:
        async with aclosing(body_of(stub.ExecuteAgent(request))) as pieces:
            async for piece in pieces:
                await response.send(piece)
        await response.end()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        response = Response(writer, HEADERS)
        with suppress(ConnectionError, EOFError):
            try:
                request = request_of(await posted(reader, PATH), bundle, agent, model)
                await while_connected(reader, answer(request, response))
            except Refused as refused:
                await response.refuse(refused)

    async with grpc.aio.insecure_channel(executor, CHANNEL_OPTIONS) as channel:
        stub: Any = ExecutorServiceStub(channel)
        async with serving(serve, port) as own_port:
            yield f"http://127.0.0.1:{own_port}{PATH}"


def bundle_of(where: str) -> BundleSource:
    """Return the bundle at a URL or a path; raises OSError when there is no such file."""
    if where.startswith(("http://", "https://")):
        return BundleSource(url=where)
    return BundleSource(inline=Path(where).read_bytes())


async def answer_chats(bundle: BundleSource, arguments: argparse.Namespace) -> None:
    """Answer chats until interrupted."""
    chosen = arguments.agent, arguments.model
    async with listening(arguments.executor, bundle, *chosen, arguments.port) as address:
        print(f"Chats are answered at {address}", flush=True)
        await asyncio.Event().wait()


def main() -> int:
    """Answer chats as the arguments say; return the exit status."""
    parser = argparse.ArgumentParser(description="Answers chats of useChat with an agent.")
    parser.add_argument("bundle", help="the agent's bundle: a path or an http(s) URL")
    parser.add_argument("--agent", default="", help="its key; optional if there is only one")
    parser.add_argument("--executor", default="127.0.0.1:50051", help="where the executor listens")
    parser.add_argument("--model", default="", help="used instead of the bundle's own")
    parser.add_argument("--port", type=int, default=8000, help="port on loopback to listen on")
    arguments = parser.parse_args()
    try:
        asyncio.run(answer_chats(bundle_of(arguments.bundle), arguments))
    except OSError as error:
        print(f"{error.filename or f'port {arguments.port}'}: {error.strerror}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
