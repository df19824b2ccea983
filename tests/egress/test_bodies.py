"""Bodies of every bad kind meet the bound that applies, with a clear error and bounded memory."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import tracemalloc
import zlib

import pytest

from services.executor.egress.host_calls import HostCall, HostResult
from services.executor.egress.response_body import FetchBounds
from tests.egress.brokers import Answer, Heard, asking, ok, says, server, silent, whole

MIB = 1024 * 1024
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


def raw(*pieces: bytes, forever: bytes = b"", pause_s: float = 0.0) -> Answer:
    """Answer with these bytes, then with ``forever`` again and again, then close."""

    async def answer(_: Heard, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        while forever:
            writer.write(forever)
            await writer.drain()
            await asyncio.sleep(pause_s)
        writer.close()

    return answer


async def test_response_of_100_mb_stops_at_limit() -> None:
    piece = b"x" * MIB
    head = f"HTTP/1.1 200 OK\r\ncontent-length: {100 * MIB}\r\n\r\n".encode()
    async with server(raw(head, *[piece] * 100)) as wire:
        tracemalloc.start()
        async with asking(wire.authority, bounds=FetchBounds(response_bytes=4 * MIB)) as tool:
            kind, message = await tool.refused(wire.url())
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert kind == "THROWN"
    assert message == (
        "the response is over the limit of 4 MiB (CAISSON_EXECUTOR_TOOL_FETCH_RESPONSE_BYTES); "
        "ask for less of it"
    )
    assert peak < 16 * MIB
    assert "over the limit of 4 MiB" in tool.records[0].error


async def test_large_response_within_limit_streams() -> None:
    body = bytes(range(256)) * 4096 * 3
    async with server(says(body)) as wire, asking(wire.authority) as tool:
        head = ok(await tool.ask(op="request", url=wire.url()))["body"]
        assert not head["done"]
        content, reads = base64.b64decode(head["data"]), 0
        while True:
            more = ok(await tool.ask(op="read", body=head["id"]))
            content += base64.b64decode(more["data"])
            reads += 1
            assert len(base64.b64decode(more["data"])) <= 256 * 1024
            if more["done"]:
                break
    assert content == body
    assert reads >= 10
    assert [(each.status, each.response_bytes) for each in tool.records] == [(200, len(body))]


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
async def test_decompression_bomb_stops_at_decoded_limit(coding: str) -> None:
    plain = bytes(64 * MIB)
    bomb = gzip.compress(plain) if coding == "gzip" else zlib.compress(plain)
    bounds = FetchBounds(decoded_bytes=2 * MIB)
    async with server(says(bomb, f"content-encoding: {coding}")) as wire:
        del plain
        tracemalloc.start()
        async with asking(wire.authority, bounds=bounds) as tool:
            _, message = await tool.refused(wire.url())
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert message == (
        "the decoded body is over the limit of 2 MiB "
        "(CAISSON_EXECUTOR_TOOL_FETCH_DECODED_BYTES); ask for less of it"
    )
    assert peak < 8 * MIB


@pytest.mark.parametrize(
    ("coding", "compressed"),
    [
        ("gzip", gzip.compress(b"hello" * 1000, mtime=0)),
        ("x-gzip", gzip.compress(b"hello" * 1000, mtime=0)),
        ("deflate", zlib.compress(b"hello" * 1000)),
        ("deflate", zlib.compress(b"hello" * 1000, wbits=-15)),
        ("gzip", b"".join(gzip.compress(b"hello" * 250, mtime=0) for _ in range(4))),
        ("gzip", gzip.compress(b"hello" * 1000, mtime=0) + bytes(10)),
        ("gzip, gzip", gzip.compress(gzip.compress(b"hello" * 1000, mtime=0), mtime=0)),
        ("gzip, aws-chunked", b"hello" * 1000),
        ("utf-8", b"hello" * 1000),
        ("identity", b"hello" * 1000),
        ("", b"hello" * 1000),
    ],
)
async def test_content_codings_are_decoded(coding: str, compressed: bytes) -> None:
    async with (
        server(says(compressed, f"content-encoding: {coding}")) as wire,
        asking(wire.authority) as tool,
    ):
        assert (await tool.fetch(wire.url()))["content"] == b"hello" * 1000


TROUBLE = {
    "cut gzip": (says(gzip.compress(b"x" * 9999)[:-6], "content-encoding: gzip"), "truncated"),
    "broken gzip": (says(b"nonsense", "content-encoding: gzip"), "corrupt"),
    "unknown coding": (says(b"x", "content-encoding: br"), "not requested"),
    "corrupt inside": (says(gzip.compress(b"nonsense"), "content-encoding: gzip, gzip"), "corrupt"),
    "unknown inside": (says(gzip.compress(b"x"), "content-encoding: br, gzip"), "not requested"),
    "too many": (says(b"x", "content-encoding: " + ", ".join(["gzip"] * 6)), "limit is 5"),
    "garbage behind": (
        says(gzip.compress(b"x") + b"yyyyyyyyyy", "content-encoding: gzip"),
        "corrupt",
    ),
    "truncated": (
        raw(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc"),
        "broke off its response",
    ),
    "broken chunk": (raw(CHUNKED, b"5\r\nhello\r\nzz\r\n"), "broke off its response"),
    "endless chunk": (raw(CHUNKED, b"fffffffffffffffffffff\r\nhello"), "broke off its response"),
    "cut chunks": (raw(CHUNKED, b"5\r\nhello\r\n"), "broke off its response"),
    "no HTTP": (raw(b"220 mail.example.com ESMTP\r\n"), "does not speak HTTP"),
    "nothing": (raw(b""), "closed the connection before it answered"),
    "two lengths": (
        raw(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"),
        "does not speak HTTP",
    ),
    "long head": (raw(b"HTTP/1.1 200 OK\r\nx: ", forever=b"y" * 65536), "does not speak HTTP"),
}


@pytest.mark.parametrize("name", TROUBLE)
async def test_network_failure_is_a_clear_error(name: str) -> None:
    answer, said = TROUBLE[name]
    async with server(answer) as wire, asking(wire.authority) as tool:
        kind, message = await tool.refused(wire.url())
        assert kind == "THROWN"
        assert said in message or "broke off" in message
        assert len(tool.records) == 1
        assert tool.records[0].error


@pytest.mark.parametrize(
    "answer",
    [
        raw(b"HTTP/1.1 200 OK\r\n\r\n", forever=b"x", pause_s=0.05),
        raw(CHUNKED, forever=b"1\r\nx\r\n", pause_s=0.05),
        raw(b"HTTP/1.1 200 OK\r\nx: ", forever=b"y", pause_s=0.05),
        raw(
            b"HTTP/1.1 100 Continue\r\n\r\n", forever=b"HTTP/1.1 100 Continue\r\n\r\n", pause_s=0.05
        ),
    ],
)
async def test_slow_or_endless_response_times_out(answer: Answer) -> None:
    async with (
        server(answer) as wire,
        asking(wire.authority, bounds=FetchBounds(timeout_s=0.4)) as tool,
    ):
        kind, message = await tool.refused(wire.url())
    assert kind == "THROWN"
    assert "0.4 s" in message


async def test_closed_body_releases_its_connection() -> None:
    async with (
        server(raw(b"HTTP/1.1 200 OK\r\n\r\n", forever=b"x" * 1000)) as wire,
        asking(wire.authority) as tool,
    ):
        head = ok(await tool.ask(op="request", url=wire.url()))
        assert ok(await tool.ask(op="close", body=head["body"]["id"])) == {}
        async with asyncio.timeout(60):
            await wire.left.wait()
        assert [each.error for each in tool.records] == [""]
        answer = await tool.ask(op="read", body=head["body"]["id"])
        assert answer.failure is not None


async def test_request_is_aborted_by_id() -> None:
    async with server(silent) as wire, asking(wire.authority) as tool:
        asked = asyncio.create_task(tool.ask(op="request", url=wire.url()))
        async with asyncio.timeout(60):
            await wire.arrived.wait()
        assert ok(await tool.ask(op="abort", request=1)) == {}
        answer = await asked
        assert answer.failure is not None
        assert answer.failure.kind.name == "CANCELLED"


async def test_total_and_concurrent_requests_are_limited() -> None:
    bounds = FetchBounds(requests=3, at_once=1, timeout_s=2.0)
    body = b"x" * 2_000_000
    async with server(says(body)) as wire, asking(wire.authority, bounds=bounds) as tool:
        first = ok(await tool.ask(op="request", url=wire.url()))
        assert not first["body"]["done"]
        kind, message = await tool.refused(wire.url())
        assert kind == "THROWN"
        assert message.startswith(f"{wire.authority} did not answer within 2 s (CAISSON_")
        await tool.ask(op="close", body=first["body"]["id"])
        assert len((await tool.fetch(wire.url()))["content"]) == len(body)
        kind, message = await tool.refused(wire.url())
        assert message == (
            "the run made 3 requests, the limit (CAISSON_EXECUTOR_TOOL_FETCH_REQUESTS)"
        )


async def test_request_body_over_limit_is_refused() -> None:
    async with server(says()) as wire:
        async with asking(wire.authority, bounds=FetchBounds(request_bytes=100)) as tool:
            body = base64.b64encode(b"x" * 101).decode()
            _, message = await tool.refused(wire.url(), method="POST", body=body)
        assert "over the limit of 100 bytes" in message
        assert wire.connections == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"method": "CONNECT"}, "cannot use the method"),
        ({"method": "tRaCe"}, "cannot use the method"),
        ({"method": "GET / HTTP/1.1\r\nx: y\r\n\r\n"}, "an HTTP token"),
        ({"method": "GET", "body": "eA=="}, "cannot have a body"),
        ({"method": 7}, "an HTTP token"),
        ({"redirect": "sideways"}, "redirect mode"),
        ({"headers": [["a", "b\r\nc: d"]]}, "invalid characters"),
        ({"headers": [["a", "b\nc"]]}, "invalid characters"),
        ({"headers": [["a", "\x00"]]}, "invalid characters"),
        ({"headers": [["a", "\u2713"]]}, "invalid characters"),
        ({"headers": [["a b", "c"]]}, "HTTP token"),
        ({"headers": [["", "c"]]}, "HTTP token"),
        ({"headers": [["a:", "c"]]}, "HTTP token"),
        ({"headers": [["a"]]}, "a name and a value"),
        ({"headers": "a: b"}, "at most 200 headers"),
        ({"headers": [["a", "b"]] * 201}, "at most 200 headers"),
        ({"headers": [["a", "b" * 70_000]]}, "headers have"),
        ({"method": "POST", "body": "&&&"}, "not base64"),
        ({"method": "POST", "body": 5}, "not base64"),
        ({"url": 5}, "needs a URL"),
        ({"url": "http://" + "a" * 40_000}, "at most 32 KiB"),
        ({"op": "explode"}, "does not support"),
    ],
)
async def test_invalid_request_arguments_are_refused(words: dict[str, object], said: str) -> None:
    async with server(says()) as wire, asking(wire.authority) as tool:
        answer = await tool.ask(**{"op": "request", "url": wire.url(), **words})
        assert answer.failure is not None
        assert said in answer.failure.message
        assert wire.connections == 0


async def test_arguments_must_be_an_object() -> None:
    async with asking("example.com") as tool:
        for text in ("", "[]", "null", "{", "[" * 100_000, '"x"'):
            answer = await tool.ask_text(text)
            assert answer.failure is not None
        answer = await tool.ask_text(json.dumps({"op": "request"}), "files")
        assert answer.failure is not None
        assert "was not granted the capability 'files'" in answer.failure.message


async def test_framing_headers_are_set_by_broker() -> None:
    smuggled = [
        ["Host", "evil.example"],
        ["Content-Length", "3"],
        ["Transfer-Encoding", "chunked"],
        ["Connection", "keep-alive, X-Kept"],
        ["Upgrade", "h2c"],
        ["Expect", "100-continue"],
        ["TE", "trailers"],
        ["Proxy-Authorization", "Basic eA=="],
        ["Accept-Encoding", "br"],
        ["X-Kept", "yes"],
    ]
    async with server(says()) as wire, asking(wire.authority) as tool:
        body = base64.b64encode(b"hello").decode()
        await tool.fetch(wire.url(), method="POST", headers=smuggled, body=body)
    (heard,) = wire.heard
    assert heard.headers == {
        "host": wire.authority,
        "x-kept": "yes",
        "user-agent": "caisson",
        "accept": "*/*",
        "accept-encoding": "gzip, deflate",
        "content-length": "5",
    }
    assert heard.body == b"hello"


async def test_empty_body_yields_nothing() -> None:
    for status in ("204 No Content", "304 Not Modified"):
        async with (
            server(raw(f"HTTP/1.1 {status}\r\ncontent-encoding: br\r\n\r\n".encode())) as wire,
            asking(wire.authority) as tool,
        ):
            got = await tool.fetch(wire.url())
            assert (got["content"], got["body"]) == (b"", None)
    async with (
        server(says(b"", "content-encoding: gzip", "x: y")) as wire,
        asking(wire.authority) as tool,
    ):
        got = await tool.fetch(wire.url(), method="HEAD")
        assert ["x", "y"] in got["headers"]


def test_response_arrives_whole() -> None:
    assert whole(b"x").endswith(b"\r\n\r\nx")


async def test_undelivered_responses_count_against_run_buffer() -> None:
    """Pieces of bodies count until somebody has taken them, also of bodies that have ended."""
    bounds = FetchBounds(at_once=2)
    async with server(says(b"x" * 1000)) as wire, asking(wire.authority, bounds=bounds) as tool:
        words = json.dumps({"op": "request", "url": wire.url()})
        taken = [asyncio.Event() for _ in range(8)]
        handed_on: asyncio.Queue[int] = asyncio.Queue()

        def ask(number: int) -> None:
            async def reply(result: HostResult) -> None:
                assert result.failure is None
                handed_on.put_nowait(number)
                await taken[number].wait()

            tool.broker.ask(HostCall("call-1", number, "fetch", words), reply)

        for number in range(8):
            ask(number)
        begun = [await handed_on.get(), await handed_on.get()]
        await asyncio.sleep(0.1)
        assert handed_on.empty()
        taken[begun[0]].set()
        begun.append(await handed_on.get())
        for event in taken:
            event.set()
        begun += [await handed_on.get() for _ in range(5)]
        assert sorted(begun) == list(range(8))


async def test_answered_call_is_not_aborted() -> None:
    """An abort that crosses the result changes nothing: each host call has one result."""
    async with server(says(b"x")) as wire, asking(wire.authority) as tool:
        taken, results = asyncio.Event(), asyncio.Queue[HostResult]()

        async def reply(result: HostResult) -> None:
            results.put_nowait(result)
            await taken.wait()
            results.put_nowait(result)

        text = json.dumps({"op": "request", "url": wire.url()})
        tool.broker.ask(HostCall("call-1", 77, "fetch", text), reply)
        assert (await results.get()).failure is None
        assert ok(await tool.ask(op="abort", request=77)) == {}
        taken.set()
        assert (await results.get()).failure is None


async def test_closed_broker_leaves_no_host_call_open() -> None:
    """Neither one whose request is under way, nor one whose result nobody takes."""
    async with server(silent) as wire, server(says(b"x")) as other:
        results = asyncio.Queue[HostResult]()

        async def reply(result: HostResult) -> None:
            results.put_nowait(result)
            await asyncio.Event().wait()

        before = asyncio.all_tasks()
        async with asking(wire.authority, other.authority) as tool:
            for number, url in enumerate((wire.url(), other.url())):
                text = json.dumps({"op": "request", "url": url})
                tool.broker.ask(HostCall("call-1", number, "fetch", text), reply)
            await wire.arrived.wait()
            assert (await results.get()).failure is None
            asked = [task for task in asyncio.all_tasks() - before if "_answer" in repr(task)]
            assert len(asked) == 2
            await tool.broker.close()
            assert all(task.cancelled() for task in asked)
            assert results.empty()
