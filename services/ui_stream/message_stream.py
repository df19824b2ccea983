"""A run as the AI SDK's UI message stream, version 1: what ``useChat`` of a browser reads.

No I/O: ``UiMessageStream.feed`` takes the next event and returns the parts that it causes,
``sse_line`` makes a server-sent event of a part. ``HEADERS`` come before the stream, and ``DONE``
ends it. ``parts.py`` maps each kind of event.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import cast

from caisson.executor.v1 import run_event_pb2 as pb
from caisson.executor.v1.executor_service_pb2 import ExecuteAgentResponse
from services.ui_stream.parts import Parts, heartbeat_part, input_error_part, ui_parts
from services.ui_stream.plain_json import JsonObject

# Those that the AI SDK sends, except `connection`, which is up to the server.
HEADERS = {
    "content-type": "text/event-stream",
    "cache-control": "no-cache",
    "x-vercel-ai-ui-message-stream": "v1",
    "x-accel-buffering": "no",
}
DONE = b"data: [DONE]\n\n"

# The parts that begin a text, each with the one that completes it.
TEXT_STARTS = {"text-start": "text-end", "reasoning-start": "reasoning-end"}
CALL_ENDS = {"tool-input-error", "tool-output-available", "tool-output-error", "tool-output-denied"}
LAST = {"finish", "abort", "error"}
NOT_MADE = "The run ended before this call was complete, so it was not made."
NOT_BEGUN = "The run ended before this call began."
NOT_KEPT = "The answer with this call was cut off and is asked for again, so it was not made."
NOT_ENDED = "The run ended before this call did. It may have had effects."


def sse_line(part: JsonObject) -> bytes:
    """Return ``part`` as one server-sent event."""
    text = json.dumps(part, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return b"data: " + text.encode("utf-8", "replace") + b"\n\n"


@dataclass(eq=False)
class _OpenCall:
    """A tool call that has no result yet; ``pieces`` is None once its input is complete."""

    tool: str
    pieces: list[str] | None = field(default_factory=list)


class UiMessageStream:
    """Puts the parts of one run in the order that the AI SDK's reader requires.

    It keeps metadata from before ``start`` for that part, since a reader that gets metadata earlier
    creates a separate message for it. When a run is cut off, it closes open parts, so that no text
    or tool call stays open on the page.
    """

    def __init__(self) -> None:
        self._metadata: JsonObject = {}
        self._started = False
        self._ended = False
        self._open_texts: dict[str, str] = {}
        self._open_calls: dict[str, _OpenCall] = {}

    def __repr__(self) -> str:
        open_parts = [*self._open_texts, *self._open_calls]
        return f"UiMessageStream(started={self._started}, ended={self._ended}, open={open_parts})"

    @property
    def ended(self) -> bool:
        """True once the last part has been returned; ``DONE`` comes next."""
        return self._ended

    def feed(self, response: ExecuteAgentResponse) -> Parts:
        """Take what the run says next and return the parts that it causes, in order."""
        if self._ended:
            return []
        if response.HasField("heartbeat"):
            return self._followed([heartbeat_part()])
        event = response.event
        parts = ui_parts(event)
        if event.HasField("step_restarted") and not event.scope_id:
            parts = [*self._taken_back(event.step_restarted), *parts]
        if event.HasField("run_ended") and not event.run_ended.HasField("finish"):
            parts = [*self._completed(event.run_ended.effects), *parts]
        return self._followed(parts)

    def cut(self, error_text: str) -> Parts:
        """Return the parts that end the stream when the events end without a last one.

        ``error_text`` is what the user reads. Nothing comes of it once the stream has ended.
        """
        if self._ended:
            return []
        return self._followed(
            [*self._completed(pb.Effects()), {"type": "error", "errorText": error_text}]
        )

    def _taken_back(self, restarted: pb.StepRestarted) -> Parts:
        """Return the parts that complete those of a step which starts again, as far as open."""
        texts: Parts = [
            {"type": self._open_texts[part_id], "id": part_id}
            for part_id in restarted.part_ids
            if part_id in self._open_texts
        ]
        calls = [
            _refused(call_id, self._open_calls[call_id], NOT_KEPT)
            for call_id in restarted.tool_call_ids
            if call_id in self._open_calls
        ]
        return [*texts, *calls]

    def _completed(self, effects: pb.Effects) -> Parts:
        """Return the parts that complete what is open, by what is known of the calls."""
        outcomes = {item.tool_call_id: item.outcome for item in effects.tool_calls}
        texts: Parts = [{"type": end, "id": part_id} for part_id, end in self._open_texts.items()]
        calls = [
            _given_up(call_id, call, outcomes.get(call_id))
            for call_id, call in self._open_calls.items()
        ]
        return [*texts, *calls]

    def _followed(self, parts: Parts) -> Parts:
        """Return the parts that can be sent now, and note what they begin and complete."""
        sent: Parts = []
        for part in parts:
            self._note(part)
            if part["type"] == "start":
                sent.append({**part, "messageMetadata": self._metadata})
            elif self._started or part["type"] != "message-metadata":
                sent.append(part)
        return sent

    def _note(self, part: JsonObject) -> None:
        kind = str(part["type"])
        if kind in TEXT_STARTS:
            self._open_texts[str(part["id"])] = TEXT_STARTS[kind]
        elif kind in TEXT_STARTS.values():
            self._open_texts.pop(str(part["id"]), None)
        elif kind.startswith("tool-"):
            self._note_call(kind, part)
        elif kind == "start":
            self._started = True
        elif kind == "message-metadata" and not self._started:
            self._metadata |= cast("JsonObject", part["messageMetadata"])
        elif kind in LAST:
            self._ended = True

    def _note_call(self, kind: str, part: JsonObject) -> None:
        call_id = str(part["toolCallId"])
        if kind == "tool-input-start":
            self._open_calls[call_id] = _OpenCall(str(part["toolName"]))
        elif kind == "tool-input-available":
            self._open_calls[call_id] = _OpenCall(str(part["toolName"]), None)
        elif kind == "tool-input-delta":
            call = self._open_calls.get(call_id)
            if call is not None and call.pieces is not None:
                call.pieces.append(str(part["inputTextDelta"]))
        elif kind in CALL_ENDS:
            self._open_calls.pop(call_id, None)


def _given_up(call_id: str, call: _OpenCall, outcome: pb.ToolOutcome | None) -> JsonObject:
    """Return the part that completes a call of a run that was cut off."""
    if call.pieces is not None:
        return _refused(call_id, call, NOT_MADE)
    return _refused(
        call_id, call, NOT_BEGUN if outcome == pb.TOOL_OUTCOME_NOT_STARTED else NOT_ENDED
    )


def _refused(call_id: str, call: _OpenCall, why: str) -> JsonObject:
    """Return the part that completes a call with an error."""
    if call.pieces is not None:
        return input_error_part(call_id, call.tool, "".join(call.pieces), why)
    return {"type": "tool-output-error", "toolCallId": call_id, "errorText": why, "dynamic": True}
