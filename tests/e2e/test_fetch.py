"""A tool's fetch through the broker, end to end: rules, secrets, events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import grpc
import pytest

from caisson.executor.v1 import run_pb2 as pb
from tests.e2e.pair import asks, events_of, pair
from tests.executor.fake_provider import answer

FETCHING = pb.BundleSource(inline=Path(__file__).with_name("fetching.js").read_bytes())
SECRET = "sk-live-5f0c8a3b9d"


class Echo(BaseHTTPRequestHandler):
    """Answers with what it was sent, credentials included, and keeps it."""

    seen: list[dict[str, Any]]

    def do_GET(self) -> None:
        size = int(self.headers.get("content-length", 0))
        sent = {
            "method": self.command,
            "path": self.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "body": self.rfile.read(size).decode(),
        }
        self.seen.append(sent)
        body = json.dumps(sent).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@contextmanager
def echo() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Serve; yield the authority and what was received."""
    seen: list[dict[str, Any]] = []
    handler = type("Handler", (Echo,), {"seen": seen})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}", seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def asked(**arguments: str) -> list[Any]:
    return asks(("get", json.dumps(arguments)))


async def test_granted_request_is_made_and_reported() -> None:
    with echo() as (host, seen):
        script = asked(url=f"http://{host}/a/b?q=1")
        async with pair(script, answer("Done."), allow_fetch=(host,)) as (client, _):
            outcome = await client.run(bundle=FETCHING)
    assert outcome.code is grpc.StatusCode.OK
    assert [each["path"] for each in seen] == ["/a/b?q=1"]
    (output,) = events_of(outcome, "tool_output_available")
    assert output["output"]["status"] == 200
    (request,) = events_of(outcome, "tool_request")
    about = {name: request.get(name) for name in ("method", "host", "path", "status", "errorText")}
    assert about == {
        "method": "GET",
        "host": host,
        "path": "/a/b",
        "status": 200,
        "errorText": None,
    }
    assert int(request["responseBytes"]) > 0
    assert request["toolCallId"] == "c0"


async def test_nothing_is_granted_by_default() -> None:
    with echo() as (host, seen):
        async with pair(asked(url=f"http://{host}/"), answer("No.")) as (client, _):
            outcome = await client.run(bundle=FETCHING)
    (failed,) = events_of(outcome, "tool_output_error")
    assert failed["kind"] == "CAPABILITY_DENIED"
    assert host in failed["errorText"]
    assert seen == []


async def test_request_narrows_deployment_grants() -> None:
    with echo() as (host, seen):
        script = asked(url=f"http://{host}/")
        async with pair(script, answer("No."), allow_fetch=(host,)) as (client, _):
            outcome = await client.run(
                bundle=FETCHING, egress=pb.Egress(allow_fetch=["api.example.com"])
            )
    (failed,) = events_of(outcome, "tool_output_error")
    assert failed["kind"] == "CAPABILITY_DENIED"
    (request,) = events_of(outcome, "tool_request")
    assert "was not granted" in request["errorText"]
    assert seen == []


async def test_only_the_broker_sees_a_secret(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("API_KEY", SECRET)
    caplog.set_level("DEBUG")
    with echo() as (host, seen):
        script = asked(url=f"http://{host}/", method="POST", body="x")
        settings = {"allow_fetch": (host,), "secrets": (f"API_KEY@{host}",)}
        async with pair(script, answer("Done."), **settings) as (client, model):
            outcome = await client.run(bundle=FETCHING)
    (sent,) = seen
    assert sent["headers"]["authorization"] == f"Bearer {SECRET}"
    (output,) = events_of(outcome, "tool_output_available")
    placeholder = output["output"]["key"]
    assert placeholder.startswith("caisson_secret_")
    assert f"Bearer {placeholder}" in output["output"]["text"]
    assert sent["headers"]["idempotency-key"] == output["output"]["idempotencyKey"]
    everything = "".join(map(str, outcome.events)) + json.dumps(model.requests) + caplog.text
    assert SECRET not in everything
