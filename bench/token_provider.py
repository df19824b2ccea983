"""A provider in its own process that streams like OpenAI.

The model's name says how: ``paced-GAP_MS-COUNT`` sends COUNT chunks with a gap before each,
``silent`` one chunk and then nothing. The text of each chunk is the time it was written, on a clock
shared by all processes. It prints its port, and exits at the end of its input.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time

LIFETIME_S = 900.0
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"


def event(data: str) -> bytes:
    """Return one event as an HTTP chunk."""
    line = f"data: {data}\n\n".encode()
    return b"%x\r\n%s\r\n" % (len(line), line)


def chunk(delta: dict[str, str], finish: str | None = None) -> bytes:
    """Return one chunk of an answer."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
    about = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return event(json.dumps({**about, "choices": [choice]}))


def stamped() -> bytes:
    """Return a chunk that contains the current time."""
    return chunk({"content": f"{time.perf_counter_ns():019d} "})


def usage(count: int) -> bytes:
    """Return the chunk with the usage."""
    counts = {"prompt_tokens": 3, "completion_tokens": count, "total_tokens": count + 3}
    about = {"id": "c", "object": "chat.completion.chunk", "choices": []}
    return event(json.dumps({**about, "usage": counts}))


async def answer(model: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Stream one answer."""
    writer.write(HEAD + chunk({"role": "assistant", "content": ""}))
    if model == "silent":
        writer.write(stamped())
        await reader.read(1)
        return
    _, gap_ms, count = model.split("-")
    due = asyncio.get_running_loop().time()
    for _ in range(int(count)):
        if gap_s := int(gap_ms) / 1000:
            due += gap_s
            await asyncio.sleep(due - asyncio.get_running_loop().time())
        writer.write(stamped())
        await writer.drain()
    writer.write(chunk({}, "stop") + usage(int(count)) + event("[DONE]") + END)
    await writer.drain()


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the requests of one connection."""
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = head.partition("content-length:")[2].split("\r\n")[0]
            request = json.loads(await reader.readexactly(int(length)))
            await answer(request["model"], reader, writer)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main() -> None:
    """Serve until standard input ends, for at most 15 minutes."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin, ended.set)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(ended.wait(), LIFETIME_S)
    server.close()


if __name__ == "__main__":
    asyncio.run(main())
