"""A history that is too long is cut, and stays one that providers take."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from services.executor.agent.compaction import HistoryBudget, compacted, message_bytes
from services.executor.agent.deltas import Finished, UsageReport
from services.executor.agent.ports import OnConsole
from services.executor.agent.scripted import ScriptedRunner
from services.executor.conversation import (
    AssistantMessage,
    FinishReason,
    MediaKind,
    MediaPart,
    Message,
    TextPart,
    TokenUsage,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from services.executor.domain import Json, JsonObject
from tests.executor.builders import calls, says, stage, tool
from tests.executor.test_cancellation import assert_every_call_is_answered


def exchange(number: int, results: Sequence[str], question: str = "?") -> list[Message]:
    ids = [f"c{number}-{at}" for at in range(len(results))]
    made = AssistantMessage("", tuple(ToolCall(call_id, "t", "{}") for call_id in ids))
    told = [ToolMessage(call_id, "t", text) for call_id, text in zip(ids, results, strict=True)]
    return [UserMessage(question), made, *told, AssistantMessage("done")]


def size(messages: Sequence[Message]) -> int:
    return sum(map(message_bytes, messages))


def test_history_that_fits_is_unchanged() -> None:
    history = exchange(1, ["x" * 100])
    assert compacted(history, HistoryBudget()) == tuple(history)


def test_oldest_results_are_dropped_first_and_leave_a_note() -> None:
    history = exchange(1, ["a" * 4000]) + exchange(2, ["b" * 4000]) + exchange(3, ["c" * 4000])
    kept = compacted(history, HistoryBudget(text_bytes=9000))
    texts = [item.text for item in kept if isinstance(item, ToolMessage)]
    note = "[result of 4000 bytes left out here]"
    assert texts == [note, note, "c" * 4000]
    assert len(kept) == len(history)
    assert size(kept) <= 9000 * 0.75


def test_media_is_dropped_before_whole_exchanges() -> None:
    image = MediaPart(MediaKind.IMAGE, "image/png", b"x" * 5000, filename="cat.png")
    history = [UserMessage("look", (image,)), AssistantMessage("a cat"), *exchange(2, ["r"])]
    kept = compacted(history, HistoryBudget(text_bytes=4000))
    assert kept[0] == UserMessage(
        "look", (TextPart("[image cat.png of 5000 bytes left out here]"),)
    )
    assert len(kept) == len(history)


def test_oldest_exchanges_are_dropped_whole_next() -> None:
    history = [part for at in range(10) for part in exchange(at, ["r"], "q" * 1000)]
    kept = compacted(history, HistoryBudget(text_bytes=5000))
    assert kept == tuple(history[-len(kept) :])
    assert isinstance(kept[0], UserMessage)
    assert 0 < len(kept) < len(history)


def test_too_many_messages_are_dropped_too() -> None:
    history = [part for at in range(10) for part in exchange(at, ["r"])]
    assert len(compacted(history, HistoryBudget(messages=20))) <= 15


def test_last_exchange_is_kept_whatever_its_size() -> None:
    history = [*exchange(1, ["r"]), UserMessage("q" * 9000)]
    assert compacted(history, HistoryBudget(text_bytes=1000)) == (history[-1],)


async def test_correction_does_not_evict_the_question() -> None:
    """A correction is told in the user's place, and begins no exchange of its own."""
    schema: JsonObject = {"type": "integer"}
    scene = stage(says("n" * 3000), says("7"), history=HistoryBudget(text_bytes=1000))
    await scene.run("How many?", output_schema=schema)
    assert scene.model.queries[1].messages[0] == UserMessage("How many?")


histories = st.lists(
    st.tuples(st.lists(st.text(max_size=300), max_size=4), st.text(max_size=200)),
    min_size=1,
    max_size=12,
)


@given(histories, st.integers(1, 4000), st.integers(1, 60))
def test_compacted_history_is_always_valid(
    parts: list[tuple[list[str], str]], room: int, most: int
) -> None:
    history = [
        message
        for number, (results, question) in enumerate(parts)
        for message in exchange(number, results, question)
    ]
    budget = HistoryBudget(most, room)
    kept = compacted(history, budget)
    assert_every_call_is_answered(kept)
    assert kept[-1] == history[-1]
    assert len(kept) <= len(history)
    assert compacted(kept, HistoryBudget(10_000, 10**9)) == kept


async def test_long_run_is_compacted_for_model_but_kept_whole() -> None:
    async def much(given: JsonObject, context: JsonObject, console: OnConsole) -> Json:
        return "r" * 3000

    many = [calls((f"c{at}", "much", "{}")) for at in range(8)]
    scene = stage(
        *many,
        [*says("done")[:-1], UsageReport(TokenUsage()), Finished(FinishReason.STOP)],
        tools=[tool("much")],
        runner=ScriptedRunner({"much": much}),
        history=HistoryBudget(text_bytes=12_000),
    )
    await scene.run("go", session_id="s")
    for query in scene.model.queries:
        assert size(query.messages) <= 12_000
        assert_every_call_is_answered(query.messages)
    beginnings = [query.messages[:3] for query in scene.model.queries if len(query.messages) > 6]
    changes = sum(first != second for first, second in itertools.pairwise(beginnings))
    assert changes <= 2  # a provider's cache of the prompt is broken once in a while only
    kept = next(iter(scene.sessions.kept.values()))
    assert sum(len(item.text) == 3000 for item in kept) == 8
