"""Random valid answers in the streaming forms of providers, mangled as servers and networks do.

Everything comes from one seed: what is said, in which manner a server writes it, where its bytes
are split, and what breaks.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.executor.answers_openai import openai, openai_whole
from tests.executor.answers_own import (
    anthropic,
    cohere,
    converse,
    gemini,
    responses,
    responses_whole,
)
from tests.executor.answers_said import Said, Stream, said
from tests.providers.converse_form import frame

FORMS: dict[str, Callable[[Random, Said], Stream]] = {
    "openai": openai,
    "openai, whole": openai_whole,
    "anthropic": anthropic,
    "gemini": gemini,
    "responses": responses,
    "responses, whole": responses_whole,
    "converse": converse,
    "cohere": cohere,
}
# Kinds of damage: nothing, the end of the stream, a broken connection, and events between others.
DAMAGES = ("none",) * 6 + ("cut", "broken", "error", "garbage")


@dataclass(frozen=True)
class Case:
    """One mangled answer: its pieces of bytes, and what may come of them.

    ``may_fail``: an error is right, and so is the whole answer; ``must_fail``: only an error is.
    """

    answer: Said
    pieces: Sequence[bytes]
    counts: bool
    media_type: str
    breaks: bool
    may_fail: bool
    must_fail: bool


def case_of(form: str, seed: int) -> Case:
    """Return the case of a seed."""
    rng = Random(f"{form} {seed}")
    answer = said(rng)
    stream = FORMS[form](rng, answer)
    damage = rng.choice(DAMAGES)
    events, must_fail = list(stream.events), False
    if damage in ("error", "garbage") and not stream.is_whole:
        at = rng.randint(0, len(events))
        events.insert(at, _BAD[form if damage == "error" else damage](rng))
        must_fail = at <= stream.ends_at
    body = _body(rng, form, events, is_whole=stream.is_whole)
    if damage in ("cut", "broken"):
        body = body[: rng.randint(0, len(body))]
    return Case(
        answer,
        pieces_of(rng, body),
        stream.counts,
        _media_type(form, is_whole=stream.is_whole),
        breaks=damage == "broken",
        may_fail=damage != "none",
        must_fail=must_fail,
    )


def _media_type(form: str, *, is_whole: bool) -> str:
    if is_whole:
        return "application/json"
    return "application/vnd.amazon.eventstream" if form == "converse" else "text/event-stream"


def _openai_error(rng: Random) -> Any:
    said = {"message": "overloaded", "code": rng.choice((429, 503, "server_error", None))}
    return rng.choice(({"error": said}, {"error": "overloaded"}, {"object": "error", **said}))


def _anthropic_error(_: Random) -> Any:
    return {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}


def _gemini_error(_: Random) -> Any:
    return {"error": {"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}}


def _responses_error(rng: Random) -> Any:
    said = {"code": rng.choice(("server_error", "rate_limit_exceeded")), "message": "overloaded"}
    failed = {"id": "r", "object": "response", "status": "failed", "error": said, "output": []}
    return rng.choice(
        (
            {"type": "error", **said, "param": None},
            {"type": "error", "error": {"type": "server_error", **said}},
            {"type": "response.failed", "response": failed},
        )
    )


def _converse_error(rng: Random) -> Any:
    names = ("throttlingException", "modelStreamErrorException", "internalServerException")
    return {rng.choice(names): {"message": "overloaded"}}


def _cohere_error(_: Random) -> Any:
    return {"type": "message-end", "delta": {"error": "overloaded", "finish_reason": "ERROR"}}


_BAD: dict[str, Callable[[Random], Any]] = {
    "openai": _openai_error,
    "anthropic": _anthropic_error,
    "gemini": _gemini_error,
    "responses": _responses_error,
    "converse": _converse_error,
    "cohere": _cohere_error,
    "garbage": lambda rng: rng.choice(("<html>", "{", '{"choices": [', "null", "[]")),
}


def _body(rng: Random, form: str, events: Sequence[Any], *, is_whole: bool) -> bytes:
    if is_whole:
        return json.dumps(events[0]).encode()
    return b"".join(map(_frame, events)) if form == "converse" else sse(rng, events)


def _frame(event: Any) -> bytes:
    """Return an event as a frame of AWS; a text, which is no event, as it is."""
    if isinstance(event, str):
        return event.encode().ljust(12, b".")
    ((name, body),) = event.items()
    return frame(name, body)


def sse(rng: Random, events: Sequence[Any]) -> bytes:
    """Return events as bytes, in one of the ways in which servers write them."""
    end = rng.choice(("\n", "\r\n", "\r"))
    blank, plain = rng.choice(("", " ")), rng.random() < 0.5
    out = ["\ufeff"] if rng.random() < 0.1 else []
    for event in events:
        if rng.random() < 0.1:
            out.append(
                rng.choice((": keep-alive", ":", f":{end}{end}: OPENROUTER PROCESSING")) + end
            )
        if rng.random() < 0.2:
            out.append(rng.choice(("event: message", "id: 1", "retry: 3000", "x")) + end)
        if isinstance(event, str):
            lines = [event]
        else:
            indent = 1 if rng.random() < 0.05 else None
            lines = json.dumps(event, ensure_ascii=plain, indent=indent).split("\n")
        out += [f"data:{blank}{line}{end}" for line in lines]
        out.append(end * rng.choice((1, 1, 1, 2)))
    return "".join(out).encode()


def pieces_of(rng: Random, body: bytes) -> list[bytes]:
    """Return bytes as the pieces in which they arrive."""
    manner = rng.choice(("whole", "bytes", "some", "some"))
    if manner == "whole" or not body:
        return [body]
    if manner == "bytes" and len(body) < 1500:
        return [body[at : at + 1] for at in range(len(body))]
    cuts = sorted({rng.randint(0, len(body)) for _ in range(rng.randint(1, 40))})
    return [body[a:b] for a, b in itertools.pairwise([0, *cuts, len(body)])]
