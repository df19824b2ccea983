"""A secret cannot be guessed: nothing that a tool sees tells a right guess from a wrong one."""

from __future__ import annotations

import asyncio
import base64
import json
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.executor.egress.needles import Needle, Needles
from services.executor.egress.redaction import RedactedStream, Redactor
from services.executor.egress.response_body import FetchBounds
from services.executor.egress.scripted import ScriptedExchange, ScriptedResponse
from services.executor.errors import FetchFailedError
from tests.egress.brokers import Asking, Heard, asking, ok, says, server

VALUE = "c0ffee11"
OTHER = "0ddba115"
ALPHABET = "0123456789abcdef"
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
ELSEWHERE = "bound.example.com"
ATTACKER = "https://attacker.example.com/"


@asynccontextmanager
async def attacker() -> AsyncIterator[Any]:
    """Yield a server that answers ``/GUESS`` with the guess, and then holds its answer open."""

    async def answer(heard: Heard, writer: asyncio.StreamWriter) -> None:
        guess = heard.target[1:].encode()
        writer.write(CHUNKED + f"{len(guess):x}\r\n".encode() + guess + b"\r\n")
        await writer.drain()
        await heard.reader.read()

    async with server(answer) as wire:
        yield wire


async def held_back(tool: Asking, url: str, guess: str) -> bool:
    """Tell whether less than the whole guess is seen while the server holds its answer open."""
    body = ok(await tool.ask(op="request", url=f"{url}{guess}"))["body"]
    number, seen = body["id"], base64.b64decode(body["data"])
    try:
        while seen != guess.encode():
            async with asyncio.timeout(2.0):
                more = ok(await tool.ask(op="read", body=number))
            seen += base64.b64decode(more["data"])
    except TimeoutError:
        return True
    finally:
        await tool.ask(op="close", body=number)
    return False


async def test_tool_cannot_guess_secret_from_its_own_host() -> None:
    """The attack: extend what is known of the value by the letter that is held back."""
    async with (
        server(says()) as bound,
        attacker() as wire,
        asking(wire.authority, secrets=[("KEY", VALUE, bound.authority)]) as tool,
    ):
        known = ""
        for _ in VALUE:
            for letter in ALPHABET:
                if await held_back(tool, wire.url(), known + letter):
                    known += letter
                    break
            else:
                break
        assert known == ""
        # With all but the last letter known, and with the whole value, there is nothing to see.
        for guess in (VALUE[:-1], VALUE, OTHER):
            assert not await held_back(tool, wire.url(), guess)


async def test_response_of_other_host_passes_unchanged() -> None:
    texts = [VALUE, VALUE.upper(), VALUE.encode().hex(), base64.b64encode(VALUE.encode()).decode()]
    body = " ".join(texts).encode()
    async with (
        server(says(body, f"x-{VALUE}: {VALUE}", status=f"403 {VALUE}")) as wire,
        asking(wire.authority, secrets=[("KEY", VALUE, ELSEWHERE)]) as tool,
    ):
        got = await tool.fetch(wire.url(f"/{VALUE}?{VALUE}"))
        assert got["content"] == body
        assert got["statusText"] == VALUE
        assert [f"x-{VALUE}", VALUE] in got["headers"]
        assert got["url"] == wire.url(f"/{VALUE}?{VALUE}")
        assert VALUE in tool.records[0].path


async def test_errors_about_other_hosts_are_unredacted() -> None:
    async with (
        server(says(b"x", f"location: http://{VALUE}:99999/", status="302 x")) as wire,
        asking(wire.authority, secrets=[("KEY", VALUE, ELSEWHERE)]) as tool,
    ):
        _, message = await tool.refused(wire.url())
        assert VALUE in message
        assert VALUE in tool.records[0].error


async def test_redaction_depends_on_responding_host() -> None:
    """From the bound host to another, whose words pass; and back, where they do not."""
    async with (
        server(says(VALUE.encode())) as other,
        server(says(b"", f"location: {other.url()}", status="302 x")) as bound,
        asking(bound.authority, other.authority, secrets=[("KEY", VALUE, bound.authority)]) as tool,
    ):
        assert (await tool.fetch(bound.url()))["content"] == VALUE.encode()
    async with (
        server(says(VALUE.encode())) as bound,
        server(says(b"", f"location: {bound.url()}", status="302 x")) as other,
        asking(bound.authority, other.authority, secrets=[("KEY", VALUE, bound.authority)]) as tool,
    ):
        key = tool.run.secrets.env["KEY"].encode()
        assert (await tool.fetch(other.url()))["content"] == key


async def transcript(
    answer: ScriptedResponse, host: str, value: str, bounds: FetchBounds
) -> list[str]:
    """Return all that a tool and its client see of one answer, time left out."""
    exchange = ScriptedExchange({ATTACKER: answer})
    async with asking(
        "attacker.example.com",
        secrets=[("KEY", value, host)],
        bounds=bounds,
        exchange=exchange,
    ) as tool:
        seen = [await tool.ask(op="request", url=ATTACKER)]
        while seen[-1].failure is None:
            body = json.loads(seen[-1].output_json).get("body", json.loads(seen[-1].output_json))
            if body is None or body["done"]:
                break
            seen.append(await tool.ask(op="read", body=1))
        key = tool.run.secrets.env["KEY"]
        told = [replace(each, seconds=0.0) for each in tool.records]
        return [str(each).replace(key, "KEY") for each in (*seen, *told)]


def pieces(body: bytes, cuts: Sequence[int]) -> list[bytes]:
    """Return a body in pieces."""
    found, at = [], 0
    for cut in cuts:
        found.append(body[at : at + cut])
        at += cut
    return [each for each in (*found, body[at:]) if each]


GUESSES = st.sampled_from(
    [VALUE[:size] for size in range(len(VALUE) + 1)] + [OTHER, VALUE.encode().hex(), "%63%30"]
)
CUTS = st.lists(st.integers(min_value=1, max_value=9), max_size=12)


@settings(max_examples=60, deadline=None)
@given(st.lists(GUESSES, max_size=6), GUESSES, CUTS, st.booleans(), st.integers(1, 60))
def test_response_of_other_host_is_independent_of_secret(
    guesses: list[str], said: str, cuts: list[int], breaks: bool, most: int
) -> None:
    """Contents, chunks, lengths, numbers of calls, errors, limits and events are the same."""
    body: list[bytes | Exception] = [*pieces("".join(guesses).encode(), cuts)]
    if breaks:
        body.append(FetchFailedError("the connection broke"))
    answer = ScriptedResponse(200, (("x-said", said), ("location", f"/{said}")), body, reason=said)
    bounds = FetchBounds(decoded_bytes=most)
    seen = [asyncio.run(transcript(answer, ELSEWHERE, each, bounds)) for each in (VALUE, OTHER)]
    assert seen[0] == seen[1]


def lengths(value: str, body: bytes, cuts: Sequence[int], *, by_lines: bool = False) -> list[int]:
    """Return how much of a bound host's answer is given out after each piece."""
    stream = RedactedStream(Redactor([(value, "(it)")]), by_lines=by_lines)
    return [len(stream.feed(piece)) for piece in pieces(body, cuts)] + [len(stream.finish())]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from([VALUE[:size] for size in range(8)] + ["%63", "\\u0063", "YzBm"])),
    st.lists(st.integers(1, 200), max_size=20),
    st.booleans(),
)
def test_delay_of_bound_host_depends_only_on_lengths(
    guesses: list[str], cuts: list[int], by_lines: bool
) -> None:
    """As long as it holds no whole value, even where it holds almost one."""
    body = " ".join(guesses * 5).encode()
    for other in (b"." * len(body), body[::-1]):
        assert lengths(VALUE, body, cuts, by_lines=by_lines) == lengths(
            VALUE, other, cuts, by_lines=by_lines
        )
    assert lengths(VALUE, body, cuts) == lengths(OTHER, body, cuts)


def test_lines_from_bound_host_arrive_when_complete() -> None:
    """Where the lines end says nothing of a value: no shape of one has a line end in it."""
    stream = RedactedStream(Redactor([(VALUE, "(it)")]), by_lines=True)
    assert stream.feed(b"data: 1\n\nda") == b"data: 1\n\n"
    assert stream.feed(f"ta: {VALUE[:4]}".encode()) == b""
    assert stream.feed(f"{VALUE[4:]}\n".encode()) == b"data: (it)\n"
    assert stream.finish() == b""


async def test_events_from_bound_host_are_not_delayed() -> None:
    async def answer(heard: Heard, writer: asyncio.StreamWriter) -> None:
        head = CHUNKED.replace(b"\r\n\r\n", b"\r\ncontent-type: text/event-stream\r\n\r\n")
        writer.write(head + b"9\r\ndata: 1\n\n\r\n")
        await writer.drain()
        await heard.reader.read()

    async with (
        server(answer) as wire,
        asking(wire.authority, secrets=[("KEY", VALUE, wire.authority)]) as tool,
    ):
        body = ok(await tool.ask(op="request", url=wire.url()))["body"]
        seen = base64.b64decode(body["data"])
        async with asyncio.timeout(60):
            while not seen:
                more = ok(await tool.ask(op="read", body=body["id"]))
                seen += base64.b64decode(more["data"])
        assert seen == b"data: 1\n\n"
        await tool.ask(op="close", body=body["id"])


TIMED = "k7Qz0wXv3mB9sT1yLr5uJ8eN"
TIMED_SHAPES = {
    "plain": TIMED,
    "hex": TIMED.encode().hex(),
    "base64": base64.b64encode(TIMED.encode()).decode(),
}


@pytest.mark.parametrize("shape", TIMED_SHAPES)
@pytest.mark.parametrize("known", [8, 16])
def test_search_time_is_independent_of_guess(shape: str, known: int) -> None:
    """What a bound host repeats of a tool's words is searched: the time must not tell.

    The bound is generous. A search that stops at the first byte that differs takes several times
    as long for the good guess.
    """
    whole, redactor = TIMED_SHAPES[shape], Redactor([(TIMED, "(it)")])
    right = whole[:known]
    good, bad = ((guess * 3000)[:60_000].encode() for guess in (right, right[::-1]))
    ratios = []
    for _ in range(15):
        times = []
        for text in (good, bad):
            began = time.process_time()
            assert redactor.redacted(text) == text
            times.append(time.process_time() - began)
        ratios.append(times[0] / times[1])
    assert 0.6 < statistics.median(ratios) < 1.6


@settings(max_examples=200, deadline=None)
@given(st.binary(min_size=4, max_size=40), st.binary(max_size=99), st.binary(max_size=99))
def test_search_finds_every_match(text: bytes, before: bytes, after: bytes) -> None:
    plain = bytes(range(256))
    data = before + text + after + text
    needle = Needle(text, plain)
    expected = [(needle, at) for at in range(len(data)) if data.startswith(text, at)]
    assert list(Needles([needle]).found_in(data)) == expected
