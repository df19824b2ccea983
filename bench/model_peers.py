"""Other ways to read a model's stream, each in its own process, measured beside ours.

``python -m bench.model_peers litellm|httpx URL MODEL STREAMS COUNT`` prints the processor time for
each chunk in microseconds.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable

import httpx

from services.executor.settings import keep_litellm_quiet

MESSAGES = [{"role": "user", "content": "hi"}]


async def by_litellm(url: str, model: str) -> int:
    """Read an answer with LiteLLM; return its pieces."""
    import litellm

    stream = await litellm.acompletion(
        model=f"openai/{model}",
        api_base=url,
        api_key="bench",
        messages=MESSAGES,
        stream=True,
        stream_options={"include_usage": True},
        num_retries=0,
        max_retries=0,
    )
    pieces = 0
    async for chunk in stream:
        pieces += bool(chunk.choices and chunk.choices[0].delta.content)
    return pieces


async def by_httpx(url: str, model: str) -> int:
    """Read an answer with httpx and json alone; return its pieces."""
    body = {"model": model, "messages": MESSAGES, "stream": True}
    pieces, rest = 0, b""
    async with (
        httpx.AsyncClient(timeout=60.0) as client,
        client.stream("POST", f"{url}/chat/completions", json=body) as response,
    ):
        async for data in response.aiter_bytes():
            *events, rest = (rest + data).split(b"\n\n")
            for event in events:
                if event != b"data: [DONE]":
                    choices = json.loads(event[6:])["choices"]
                    pieces += bool(choices and choices[0]["delta"].get("content"))
    return pieces


async def measure(
    read: Callable[[str, str], Awaitable[int]], url: str, model: str, streams: int, count: int
) -> float:
    """Return the microseconds of processor time for each chunk, after a first answer."""
    await read(url, "paced-0-10")
    began = time.process_time()
    pieces = await asyncio.gather(*(read(url, model) for _ in range(streams)))
    used = time.process_time() - began
    if set(pieces) != {count}:
        raise SystemExit(f"a stream had {sorted(set(pieces))} pieces, not {count}")
    return used / (streams * count) * 1e6


def main() -> None:
    """Measure one peer."""
    keep_litellm_quiet()
    peer, url, model, streams, count = sys.argv[1:]
    read = {"litellm": by_litellm, "httpx": by_httpx}[peer]
    print(round(asyncio.run(measure(read, url, model, int(streams), int(count))), 1))


if __name__ == "__main__":
    main()
