"""Answers of Bedrock's ConverseStream, in the binary frames of AWS event streams.

A frame is its length and that of its headers, a checksum of both, the headers, the payload, and a
checksum of all before it (https://smithy.io/2.0/aws/amazon-eventstream.html).
"""

from __future__ import annotations

import binascii
import json
import struct
from collections.abc import Iterator
from typing import Any

from tests.executor.provider_forms import Spoken
from tests.providers.facts import Facts, Stop

TEXT_HEADER = 7
Event = tuple[str, dict[str, Any]]


def converse_frames(facts: Facts, spoken: Spoken, stop: Stop) -> list[bytes]:
    """Return the frames of an answer."""
    return [frame(name, body) for name, body in _events(facts, spoken, stop)]


def frame(name: str, body: dict[str, Any]) -> bytes:
    """Return one event, or one exception if its name says so, as a frame."""
    kind = "exception" if name.endswith("Exception") else "event"
    headers = b"".join(
        _header(*each)
        for each in (
            (f":{kind}-type", name),
            (":content-type", "application/json"),
            (":message-type", kind),
        )
    )
    payload = json.dumps(body).encode()
    prelude = struct.pack("!II", len(headers) + len(payload) + 16, len(headers))
    begun = prelude + struct.pack("!I", binascii.crc32(prelude)) + headers + payload
    return begun + struct.pack("!I", binascii.crc32(begun))


def _header(name: str, value: str) -> bytes:
    return (
        struct.pack("!B", len(name))
        + name.encode()
        + struct.pack("!BH", TEXT_HEADER, len(value))
        + value.encode()
    )


def _events(facts: Facts, spoken: Spoken, stop: Stop) -> Iterator[Event]:
    yield "messageStart", {"role": "assistant"}
    for at, (begin, deltas) in enumerate(_blocks(facts, spoken)):
        if begin:
            yield "contentBlockStart", {"contentBlockIndex": at, "start": begin}
        for delta in deltas:
            yield "contentBlockDelta", {"contentBlockIndex": at, "delta": delta}
        yield "contentBlockStop", {"contentBlockIndex": at}
    yield "messageStop", {"stopReason": facts.stops[stop]}
    yield "metadata", {"usage": facts.counts, "metrics": {"latencyMs": 1}}


def _blocks(facts: Facts, spoken: Spoken) -> Iterator[tuple[dict[str, Any], list[Any]]]:
    if spoken.reasoning:
        thoughts = [{"reasoningContent": {"text": word}} for word in spoken.reasoning]
        yield {}, [*thoughts, {"reasoningContent": {"signature": "proof"}}]
    if spoken.words:
        yield {}, [{"text": word} for word in spoken.words]
    for at, call in enumerate(spoken.calls):
        begin = {"toolUse": {"toolUseId": facts.ids.format(at), "name": call.tool}}
        yield begin, [{"toolUse": {"input": piece}} for piece in call.pieces]
