"""Puts the pieces of tool calls together, as servers really send them.

No I/O. Two calls are never joined, and one is never torn: what is not plainly either stays an
invalid input, which the model is told of. A call is whole once its text is one JSON object.

Which call a piece belongs to:

- That of its index, or else of its id. OpenAI.
- That of its index, if it has no name, whatever its id. Poolside, some parsers of vLLM: each chunk
  has an id of its own.
- That of its index, or the last one, if it repeats the name and the call is not whole. Gateways
  that send the name with every chunk.
- That call, if its name and the one so far are the beginning of a tool's name.
- A new call, if it has a name and the call of its index is whole, or of another tool. Ollama: every
  call has the index 0 (ollama/ollama#15457).
- The last call, if it has neither index nor id nor name. Gemini's OpenAI form, older Ollama
  (openai/openai-python#2806, ollama/ollama#7881).
- The call before, if pieces of new indexes have no name and no other id, and are the rest of its
  input.
- None, if it repeats the input of a whole call; with an id of its own and no index, if no name for
  it comes to the end.

What the input of a call is, if its text is not one JSON object:

- The object, if it is there several times. Gateways that end with the whole input again.
- The last piece, if each begins with the one before. Qianfan's DeepSeek sends the input so far.
- The object in a JSON string. Parsers of vLLM that encode twice (vllm-project/vllm#54964).
- The object that follows an empty one. Gateways that begin each call with `{}`.
- The object before other text without one. Templates that leak the mark at their end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from services.executor.agent.deltas import CallPiece
from services.executor.conversation import NO_INPUT, ToolCall
from services.executor.errors import ModelRefusedError
from services.executor.events import ToolInputDelta, ToolInputStart

MAX_CALLS_PER_STEP = 128
# Longer inputs are taken as they are: reading one more often than once would hold the loop.
MOST_MENDED = 64 * 1024
# What the end of an object depends on; a backslash at the end of a piece escapes into the next one.
_MARK = re.compile(r"\\(?:.|\Z)|[\"{}\[\]]", re.DOTALL)
_DECODER = json.JSONDecoder()

CallEvent = ToolInputStart | ToolInputDelta


@dataclass(eq=False)
class _OpenCall:
    """A tool call in progress; ``id`` is ours, ``provider_id`` the provider's."""

    id: str
    provider_id: str
    index: int | None
    tool: str = ""
    pieces: list[str] = field(default_factory=list)
    signature: str = ""
    announced: bool = False
    begun_again: bool = False
    """Its name came once more after its input was whole: more input is another call's."""
    _looked_at: int = 0
    _depth: int = 0
    _in_text: bool = False
    _escapes: bool = False
    _is_closed: bool = False

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    @property
    def has_input(self) -> bool:
        return any(piece.strip() for piece in self.pieces)

    @property
    def is_whole(self) -> bool:
        """Whether the input ends where its first bracket closes; each piece is looked at once.

        The last piece may be all of it, where each is the input so far.
        """
        while self._looked_at < len(self.pieces) and not self._is_closed:
            piece = self.pieces[self._looked_at]
            self._looked_at += 1
            start, self._escapes = int(self._escapes), False
            for mark in _MARK.finditer(piece, start):
                self._follow(mark[0])
        return self._is_closed or _is_object(_so_far(self.pieces[-2:]))

    def is_over(self, text: str) -> bool:
        """Whether the input is whole, and a text that comes next is no more of it."""
        return self.is_whole and not self.grows_to(text)

    def grows_to(self, text: str) -> bool:
        """Whether a text is the input so far, and some more of it."""
        last = self.pieces[-1] if self.pieces else ""
        return bool(last) and text != last and text.startswith(last) and not _is_object(self.text)

    def _follow(self, mark: str) -> None:
        if mark[0] == "\\":
            self._escapes = len(mark) == 1
        elif mark == '"':
            self._in_text = not self._in_text
        elif not self._in_text:
            self._depth += 1 if mark in "{[" else -1
            self._is_closed = self._is_closed or self._depth <= 0


class OpenCalls:
    """The tool calls of one answer.

    Args:
        unique_id: takes the provider's id of a call, which may be empty or repeated, and returns
            one that is unique in the run.
        tools: names of the tools that were offered; they tell where a split name ends.
    """

    def __init__(self, unique_id: Callable[[str], str], tools: Collection[str] = ()) -> None:
        self._unique_id = unique_id
        self._tools = tools
        self._calls: list[_OpenCall] = []

    def __len__(self) -> int:
        return len(self._calls)

    def __repr__(self) -> str:
        return f"OpenCalls({len(self._calls)})"

    def feed(self, piece: CallPiece) -> list[CallEvent]:
        """Take the next piece and return its events.

        Raises:
            ModelRefusedError: the answer has too many calls.
        """
        known = self._known(piece)
        is_whole = known is not None and bool(piece.tool) and known.is_over(piece.input_text)
        if known is None or self._begins_another(known, piece, is_whole=is_whole):
            name = known.tool if known is not None and not piece.tool else ""
            known = self._begun(piece, name)
        elif is_whole and known.tool:
            # Either its input once more, or the head of another call of the same tool.
            known.begun_again = not piece.input_text.strip()
            return []
        known.provider_id = known.provider_id or piece.id
        known.signature = known.signature or piece.signature
        if not known.announced:
            known.tool = _joined(known.tool, piece.tool)
        return self._written(known, piece.input_text)

    def close(self) -> list[CallEvent]:
        """Join what had indexes only, and return the events of calls that were not announced."""
        events: list[CallEvent] = []
        joined: list[_OpenCall] = []
        for call, rest in _with_their_rest(self._calls):
            if not call.tool and joined and _repeats(call, joined[-1]):
                continue
            joined.append(call)
            events += _announced(call)
            for text in rest:
                call.pieces.append(text)
                events.append(ToolInputDelta(call.id, text))
        self._calls = joined
        return events

    def calls(self) -> tuple[ToolCall, ...]:
        """Return the calls, in the order in which they began."""
        return tuple(
            ToolCall(call.id, call.tool, _mended(call.pieces), call.signature)
            for call in self._calls
        )

    def _known(self, piece: CallPiece) -> _OpenCall | None:
        """Return the call that a piece goes on with, unless it begins another one."""
        if piece.index is not None:
            return self._latest(lambda call: call.index == piece.index)
        by_id = self._latest(lambda call: call.provider_id == piece.id) if piece.id else None
        return by_id or self._last_for(piece)

    def _last_for(self, piece: CallPiece) -> _OpenCall | None:
        """Return the last call for a piece without an index, whose id is of no call."""
        last = self._calls[-1] if self._calls else None
        if last is None or not piece.id or not last.provider_id:
            return last
        return None if piece.tool or last.is_over(piece.input_text) else last

    def _latest(self, fits: Callable[[_OpenCall], bool]) -> _OpenCall | None:
        return next((call for call in reversed(self._calls) if fits(call)), None)

    def _begins_another(self, known: _OpenCall, piece: CallPiece, *, is_whole: bool) -> bool:
        """Return whether a piece at the place of ``known`` is the beginning of another call."""
        brings = piece.input_text.strip()
        if not piece.tool:
            return known.begun_again and bool(brings)
        if not known.tool:
            return False
        other_id = bool(piece.id and known.provider_id and piece.id != known.provider_id)
        if not known.has_input:
            is_other = piece.tool != known.tool or (other_id and not brings)
            return is_other and not self._goes_on(known.tool, piece.tool)
        if piece.tool != known.tool:
            return True
        if is_whole:
            return other_id or bool(brings and not _is_same(known.text, brings))
        if not other_id or known.grows_to(piece.input_text):
            return False
        # Only a head: any text may be more of an input that is not whole.
        return not piece.input_text

    def _goes_on(self, name: str, more: str) -> bool:
        """Return whether ``more`` is the rest of a name, or the name as it is so far."""
        if name in self._tools:
            return False
        return any(tool.startswith(_joined(name, more)) for tool in self._tools)

    def _begun(self, piece: CallPiece, name: str) -> _OpenCall:
        if len(self._calls) >= MAX_CALLS_PER_STEP:
            raise ModelRefusedError(
                f"The model asked for more than {MAX_CALLS_PER_STEP} tool calls in one step, "
                "which is the limit. Ask it for less, or use another model."
            )
        call = _OpenCall(self._unique_id(piece.id), piece.id, piece.index, name)
        self._calls.append(call)
        return call

    def _written(self, call: _OpenCall, text: str) -> list[CallEvent]:
        if text:
            call.pieces.append(text)
        if call.announced:
            return [ToolInputDelta(call.id, text)] if text else []
        # The rest of a name comes before any input.
        if call.tool in self._tools or (call.tool and (text or not self._tools)):
            return _announced(call)
        return []


def _with_their_rest(calls: list[_OpenCall]) -> Iterator[tuple[_OpenCall, list[str]]]:
    """Yield each call with the texts of those after it that are the rest of its input."""
    at = 0
    while at < len(calls):
        call, end = calls[at], at + 1
        while end < len(calls) and _may_be_rest(calls[end], call):
            end += 1
        rest = [each.text for each in calls[at + 1 : end]]
        if rest and not call.is_whole and _is_object(call.text + "".join(rest)):
            yield call, rest
            at = end
        else:
            yield call, []
            at += 1


def _may_be_rest(call: _OpenCall, before: _OpenCall) -> bool:
    return not call.tool and call.provider_id in ("", before.provider_id)


def _repeats(call: _OpenCall, before: _OpenCall) -> bool:
    return call.index is None and before.is_whole and _is_same(before.text, call.text)


def _announced(call: _OpenCall) -> list[CallEvent]:
    """Announce a call to the client, with its input so far."""
    if call.announced:
        return []
    call.announced = True
    started, written = ToolInputStart(call.id, call.tool), call.text
    return [started, ToolInputDelta(call.id, written)] if written else [started]


def _joined(name: str, more: str) -> str:
    """Return a name with the rest of it, or with the name as it is so far."""
    return more if more.startswith(name) else name + more


def _mended(pieces: list[str]) -> str:
    """Return the input that a call's text holds, by the rules above; the text where none fits."""
    text = "".join(pieces)
    if text.strip() in NO_INPUT or len(text) > MOST_MENDED:
        return text
    first = _read(text)
    if first is None:
        last = _so_far(pieces)
        return last if _is_object(last) else text
    value, rest = first
    if not rest:
        return value if isinstance(value, str) and _is_object(value) else text
    if not isinstance(value, dict):
        return text
    whole = text.strip().removesuffix(rest).strip()
    if not value and _is_object(rest):
        return rest
    while (again := _read(rest)) is not None and again[0] == value:
        rest = again[1]
    return text if "{" in rest else whole


def _so_far(pieces: list[str]) -> str:
    """Return the last piece if each begins with the one before, else nothing."""
    is_so_far = all(map(str.startswith, pieces[1:], pieces[:-1]))
    return pieces[-1] if len(pieces) > 1 and is_so_far else ""


def _read(text: str) -> tuple[Any, str] | None:
    """Return the JSON value at the beginning of a text, and the rest; None without one."""
    stripped = text.strip()
    try:
        value, end = _DECODER.raw_decode(stripped)
    except (ValueError, RecursionError):
        return None
    return value, stripped[end:].strip()


def _is_object(text: str) -> bool:
    """Return whether a text, if it is not too long to be looked at, is one JSON object."""
    if len(text) > MOST_MENDED or not text.rstrip().endswith("}"):
        return False
    read = _read(text)
    return read is not None and isinstance(read[0], dict) and not read[1]


def _is_same(text: str, other: str) -> bool:
    """Return whether two inputs, of which the first is whole, are the same."""
    if len(text) > MOST_MENDED or len(other) > MOST_MENDED:
        return text.strip() == other.strip()
    read, more = _read(text), _read(other)
    return read is not None and read == more
