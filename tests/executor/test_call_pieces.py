"""Tool calls in the pieces in which servers send them, by the rules of ``agent/call_pieces.py``."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.executor.agent.assembler import StepAssembler
from services.executor.agent.call_pieces import MAX_CALLS_PER_STEP, MOST_MENDED, OpenCalls
from services.executor.agent.deltas import CallPiece, Finished
from services.executor.conversation import FinishReason
from services.executor.errors import ModelRefusedError
from services.executor.events import ToolInputDelta, ToolInputStart

OSLO = '{"city":"Oslo"}'
ROME = '{"city":"Rome"}'
TOOLS = ("get_weather", "get_time", "now")


def piece(index: int | None, call_id: str, tool: str, text: str) -> CallPiece:
    return CallPiece(index, call_id, tool, text)


def put_together(*pieces: CallPiece, tools: tuple[str, ...] = TOOLS) -> list[tuple[str, str]]:
    """Return the tool and the input of each call, after checking what clients see of them."""
    numbers = iter(range(1000))
    calls = OpenCalls(lambda given: f"{given}-{next(numbers)}", tools)
    events = [event for each in pieces for event in calls.feed(each)] + calls.close()
    made = calls.calls()
    started = [event for event in events if isinstance(event, ToolInputStart)]
    assert {event.call_id: event.tool for event in started} == {call.id: call.tool for call in made}
    for call in made:
        of_call = [event for event in events if event.call_id == call.id]
        assert isinstance(of_call[0], ToolInputStart)
        assert all(isinstance(event, ToolInputDelta) for event in of_call[1:])
    return [(call.tool, call.input_text) for call in made]


W = "get_weather"
ONE = [(W, OSLO)]
TWO = [(W, OSLO), (W, ROME)]

CASES: dict[str, tuple[list[tuple[int | None, str, str, str]], list[tuple[str, str]]]] = {
    "in order": (
        [(0, "a", W, ""), (0, "", "", '{"city":'), (0, "", "", '"Oslo"}'), (1, "b", W, ROME)],
        TWO,
    ),
    "interleaved by index": (
        [
            *[(0, "a", W, ""), (1, "b", W, ""), (0, "", "", OSLO[:5]), (1, "", "", ROME[:7])],
            *[(0, "", "", OSLO[5:]), (1, "", "", ROME[7:])],
        ],
        TWO,
    ),
    "interleaved by id, without index": (
        [(None, "a", W, ""), (None, "b", W, ""), (None, "a", "", OSLO), (None, "b", "", ROME)],
        TWO,
    ),
    "without index and id": ([(None, "", W, OSLO[:6]), (None, "", "", OSLO[6:])], ONE),
    "two without index and id": ([(None, "", W, OSLO), (None, "", W, ROME)], TWO),
    "the same call twice, by ids": ([(0, "a", W, OSLO), (0, "b", W, OSLO)], [ONE[0], ONE[0]]),
    "every index is 0": ([(0, "a", W, OSLO), (0, "b", W, ROME)], TWO),
    "every index is 0, without ids": ([(0, "", W, OSLO), (0, "", W, ROME)], TWO),
    "every index is 0, one id for all": ([(0, "x", W, OSLO), (0, "x", W, ROME)], TWO),
    "every index is 0, of two tools": (
        [(0, "", W, OSLO), (0, "", "now", "{}")],
        [(W, OSLO), ("now", "{}")],
    ),
    "every index is 0, without inputs": (
        [(0, "a", "now", ""), (0, "b", "now", "")],
        [("now", ""), ("now", "")],
    ),
    "heads with ids, then inputs at index 0": (
        [(0, "a", W, ""), (0, "", "", OSLO), (0, "b", W, ""), (0, "", "", ROME)],
        TWO,
    ),
    "heads without ids, then inputs at index 0": (
        [(0, "", W, ""), (0, "", "", OSLO), (0, "", W, ""), (0, "", "", ROME)],
        TWO,
    ),
    "an id a piece": ([(0, "a", W, ""), (0, "b", "", OSLO[:4]), (0, "c", "", OSLO[4:])], ONE),
    "an id a piece, without index": (
        [(None, "a", W, ""), (None, "b", "", OSLO[:4]), (None, "c", "", OSLO[4:])],
        ONE,
    ),
    "an id and the name a piece": (
        [(0, "a", W, ""), (0, "b", W, OSLO[:4]), (0, "c", W, OSLO[4:])],
        ONE,
    ),
    "the name a piece": ([(0, "a", W, OSLO[:4]), (0, "a", W, OSLO[4:]), (0, "a", W, "")], ONE),
    "one id for two indexes": ([(0, "x", W, OSLO), (1, "x", W, ROME)], TWO),
    "indexes from 1": ([(1, "a", W, OSLO), (2, "b", W, ROME)], TWO),
    "an index a piece": ([(0, "a", W, ""), (1, "", "", OSLO[:4]), (2, "", "", OSLO[4:])], ONE),
    "the name after the input": ([(0, "a", "", OSLO), (0, "", W, "")], ONE),
    "the name after the input, by id": (
        [(None, "a", "", OSLO), (None, "a", W, ""), (None, "b", "", ROME), (None, "b", W, "")],
        TWO,
    ),
    "a split name": ([(0, "a", "get_", ""), (0, "", "weather", ""), (0, "", "", OSLO)], ONE),
    "a split name with an id a piece": (
        [(0, "a", "get_", ""), (0, "b", "weather", OSLO)],
        ONE,
    ),
    "a name so far": ([(0, "a", "get_", ""), (0, "a", W, ""), (0, "", "", OSLO)], ONE),
    "all of it again at the end": (
        [(0, "a", W, ""), (0, "", "", OSLO[:4]), (0, "", "", OSLO[4:]), (0, "a", W, OSLO)],
        ONE,
    ),
    "the input again at the end": (
        [(0, "a", W, ""), (0, "", "", OSLO[:4]), (0, "", "", OSLO[4:]), (0, "", "", OSLO)],
        ONE,
    ),
    "the input again, spaced otherwise": (
        [(0, "a", W, OSLO), (0, "", "", '{"city": "Oslo"}')],
        ONE,
    ),
    "all of it again under another id, without index": (
        [(None, "a", W, OSLO[:4]), (None, "b", "", OSLO[4:]), (None, "c", "", OSLO)],
        ONE,
    ),
    "the input so far in each piece": (
        [(0, "a", W, '{"ci'), (0, "", "", '{"city":"O'), (0, "", "", OSLO), (0, "", "", OSLO)],
        ONE,
    ),
    "encoded twice": ([(0, "a", W, json.dumps(OSLO))], ONE),
    "begun with an empty object": ([(0, "a", W, "{}"), (0, "", "", OSLO)], ONE),
    "a mark after the input": ([(0, "a", W, OSLO + "</tool_call>")], ONE),
    "a brace too many": ([(0, "a", W, OSLO + "}")], ONE),
    "two objects in one input": ([(0, "a", W, OSLO + ROME)], [(W, OSLO + ROME)]),
    "cut": ([(0, "a", W, OSLO[:-2])], [(W, OSLO[:-2])]),
    "blank": ([(0, "a", "now", " ")], [("now", " ")]),
    "null": ([(0, "a", "now", "null")], [("now", "null")]),
    "an unknown tool": (
        [(0, "a", "fly", OSLO), (0, "b", "fly", ROME)],
        [("fly", OSLO), ("fly", ROME)],
    ),
    "no name": ([(0, "a", "", OSLO)], [("", OSLO)]),
}


@pytest.mark.parametrize("name", CASES)
def test_pieces_become_the_calls_that_were_meant(name: str) -> None:
    pieces, right = CASES[name]
    assert put_together(*(piece(*each) for each in pieces)) == right


@pytest.mark.parametrize("name", CASES)
def test_pieces_mean_the_same_beside_another_call(name: str) -> None:
    """A whole call of another index and id before them changes nothing."""
    pieces, right = CASES[name]
    if any(index is None for index, *_ in pieces):
        pieces = [(None, *rest) for _, *rest in pieces]  # type: ignore[misc]
    first = piece(None if pieces[0][0] is None else 90, "first", "get_time", "{}")
    assert put_together(first, *(piece(*each) for each in pieces)) == [("get_time", "{}"), *right]


def test_too_many_calls_are_refused() -> None:
    pieces = [piece(at, f"c{at}", "now", "{}") for at in range(MAX_CALLS_PER_STEP + 1)]
    with pytest.raises(ModelRefusedError, match="more than 128 tool calls"):
        put_together(*pieces)


def test_long_inputs_are_taken_as_they_are() -> None:
    """Of a name in each of many long pieces, and of an input that is there twice."""
    long = json.dumps({"city": "}" * MOST_MENDED})
    assert put_together(piece(0, "a", W, long), piece(0, "", "", long)) == [(W, long + long)]
    many = ['{"city":"', *["}}}}" * 100] * 5000, '"}']
    assert put_together(*(piece(0, "a", W, each) for each in many)) == [(W, "".join(many))]


@dataclass(frozen=True)
class Manner:
    """How a server sends calls; each is one that the rules are for."""

    index: str
    ids: str
    names: str
    inputs: str

    @property
    def is_plain(self) -> bool:
        """Whether it tells one call from two: a head with a new id is a call's, if nothing else."""
        new_heads = self.ids == "other in each" and self.names != "first"
        return not new_heads or (self.index != "none" and self.inputs != "twice")


MANNERS = st.builds(
    Manner,
    index=st.sampled_from(["right", "none", "zero"]),
    ids=st.sampled_from(["first", "none", "each", "other in each"]),
    names=st.sampled_from(["first", "each", "split"]),
    inputs=st.sampled_from(["pieces", "so far", "twice", "head first"]),
).filter(lambda manner: manner.is_plain)
OBJECTS = st.dictionaries(
    st.sampled_from(["a", "b", "}{", '"']),
    st.recursive(
        st.none() | st.integers(-9, 99) | st.text('{}"\\é :,[]', max_size=5),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.just("k"), inner),
        max_leaves=4,
    ),
    min_size=1,
    max_size=3,
)
CALLS = st.lists(st.tuples(st.sampled_from(TOOLS), OBJECTS), min_size=1, max_size=4)


@given(calls=CALLS, manner=MANNERS, data=st.data())
def test_calls_survive_every_manner_of_sending_them(
    calls: list[tuple[str, dict[str, Any]]], manner: Manner, data: st.DataObject
) -> None:
    """No call is invented, lost, joined with another or torn, wherever its text is split."""
    tells_equal_ones_apart = manner.index == "right" or manner.ids != "none"
    assume(tells_equal_ones_apart or all(a != b for a, b in itertools.pairwise(calls)))
    pieces = [
        each
        for at, (tool, value) in enumerate(calls)
        for each in _sent(at, tool, json.dumps(value), manner, data)
    ]
    found = put_together(*pieces)
    assert [(tool, json.loads(text)) for tool, text in found] == calls


def _sent(at: int, tool: str, text: str, manner: Manner, data: st.DataObject) -> list[CallPiece]:
    cuts = sorted(data.draw(st.sets(st.integers(1, max(1, len(text) - 1)), max_size=4)))
    parts = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    if manner.inputs == "so far":
        parts = [text[:cut] for cut in [*cuts, len(text)]]
    elif manner.inputs == "twice":
        parts.append(text)
    elif manner.inputs == "head first":
        parts.insert(0, "")
    names = ["", *parts[1:]] and [
        tool if manner.names == "each" or n == 0 else "" for n in range(len(parts))
    ]
    if manner.names == "split":
        half = len(tool) // 2
        names[0] = tool[half:]
        names.insert(0, tool[:half])
        parts.insert(0, "")
    sent = []
    for n, (name, part) in enumerate(zip(names, parts, strict=True)):
        index = {"right": at, "none": None, "zero": 0}[manner.index]
        call_id = {
            "first": f"c{at}" if n == 0 else "",
            "none": "",
            "each": f"c{at}",
            "other in each": f"c{at}-{n}",
        }[manner.ids]
        sent.append(CallPiece(index, call_id, name, part))
    return sent


@pytest.mark.parametrize(
    "more",
    [piece(1, "", "", '"Oslo"}'), piece(None, "other", "", OSLO)],
    ids=["rest under an index of its own", "input once more"],
)
def test_run_makes_the_calls_that_the_client_sees(more: CallPiece) -> None:
    """The answer has its calls joined, whether or not its last events were asked for before."""
    head = '{"city":' if more.index else OSLO
    step = StepAssembler(1, lambda given: given, tools=TOOLS)
    first = CallPiece(0 if more.index else None, "c", "get_weather", head)
    events = [
        event
        for delta in (first, more, Finished(FinishReason.TOOL_CALLS))
        for event in step.feed(delta)
    ]
    made = step.answer().message.calls
    started = [each for each in events + step.close() if isinstance(each, ToolInputStart)]
    assert [call.id for call in made] == [event.call_id for event in started] == ["c"]
    assert made[0].input_text == OSLO
