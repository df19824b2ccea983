"""A waiting tool is notified by its abort signal that its call ends, and may clean up."""

from __future__ import annotations

import pytest
from google.protobuf.duration_pb2 import Duration

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from tests.toolrunner.clients import Ended, Runner, opened_stream

# A cancel while the tool still runs stops it there, without the signal.
TRIES = 10
LISTENS = """
    context.abortSignal.addEventListener("abort", () => {
        const { name, message } = context.abortSignal.reason;
        console.log(name, message, context.abortSignal.aborted);
    });
    console.log("waits");
    await new Promise((resolve) => setTimeout(resolve, 60000));
"""
FETCHES = """
    try {
        await fetch("https://a.test/", { signal: context.abortSignal });
    } catch (error) {
        console.log("caught", error.name);
        return "too late";
    }
"""
CLINGS = """
    context.abortSignal.addEventListener("abort", () => { console.log("clings"); for (;;) {} });
    console.log("waits");
    await new Promise((resolve) => setTimeout(resolve, 60000));
"""


def program(body: str) -> bytes:
    return f"""
    import {{ createAgent }} from "lightfast/agent";
    const run = {{ execute: async (input, context) => {{ {body} }} }};
    export const agents = {{
      demo: createAgent({{ name: "demo", system: "", model: "m", tools: {{ run }} }}),
    }};
    """.encode()


async def ended_by(runner: Runner, body: str, how: str) -> Ended:
    """Start a call, end it while it waits, and return its end."""
    source = program(body)
    async with opened_stream(runner.address, source, capabilities=["fetch"]) as stream:
        if how == "deadline":
            limits = pb.Limits(timeout=Duration(nanos=400_000_000))
            call_id = await stream.start("run", limits=limits)
            return await stream.end(call_id)
        call_id = await stream.start("run")
        response = await stream.receive()
        assert response.WhichOneof("message") in {"console", "host_call"}
        await stream.send(cancel=pb.Cancel(call_id=call_id))
        return await stream.end(call_id)


async def heard(runner: Runner, body: str, how: str) -> Ended:
    """Return the end of a call whose listener ran: it has 20 ms for that, however busy all are."""
    end = await ended_by(runner, body, how)
    for _ in range(TRIES):
        if end.lines and end.lines[-1] != "waits":
            break
        end = await ended_by(runner, body, how)
    return end


@pytest.mark.parametrize(
    ("how", "kind", "said"),
    [
        ("cancel", "CANCELLED", "AbortError The call was cancelled by its caller. true"),
        ("deadline", "DEADLINE_EXCEEDED", "TimeoutError The call met its time limit. true"),
    ],
)
async def test_cancel_fires_abort_signal(runner: Runner, how: str, kind: str, said: str) -> None:
    end = await heard(runner, LISTENS, how)
    assert (end.kind, end.lines[-1]) == (kind, said)


async def test_fetch_with_abort_signal_is_aborted(runner: Runner) -> None:
    end = await heard(runner, FETCHES, "cancel")
    assert end.kind == "CANCELLED"
    assert end.lines == ["caught AbortError"]


@pytest.mark.parametrize("how", ["cancel", "deadline"])
async def test_endless_abort_listener_is_stopped(runner: Runner, how: str) -> None:
    end = await heard(runner, CLINGS, how)
    assert end.kind in {"CANCELLED", "DEADLINE_EXCEEDED"}
    assert end.lines[-1] == "clings"
    again = await ended_by(runner, LISTENS, "cancel")
    assert again.kind == "CANCELLED"
