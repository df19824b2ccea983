"""A step that starts again: what was sent of it is complete, and named so that pages hide it."""

from __future__ import annotations

from caisson.executor.v1 import run_event_pb2 as pb
from services.ui_stream.message_stream import NOT_KEPT
from tests.ui_stream.reader import VERSIONS, Reader, happened
from tests.ui_stream.runs import STEP, checked, shown

BEGUN = (
    happened(start=pb.Start(message_id="m")),
    happened(start_step=pb.StartStep(step=1)),
    happened(text_start=pb.TextStart(id="t1")),
    happened(text_delta=pb.TextDelta(id="t1", delta="It is")),
    happened(tool_input_start=pb.ToolInputStart(tool_call_id="c1", tool_name="add")),
    happened(tool_input_delta=pb.ToolInputDelta(tool_call_id="c1", input_text_delta='{"a"')),
)
AGAIN = (
    happened(text_start=pb.TextStart(id="t2")),
    happened(text_delta=pb.TextDelta(id="t2", delta="Five.")),
    happened(text_end=pb.TextEnd(id="t2")),
    happened(finish_step=pb.FinishStep(step=1)),
    happened(run_ended=pb.RunEnded(finish=pb.Finish())),
)


def test_step_that_starts_again_is_named_in_the_message(reader: Reader) -> None:
    restarted = happened(
        step_restarted=pb.StepRestarted(step=1, part_ids=["t1"], tool_call_ids=["c1"])
    )
    restarted.event.sequence = 7
    for version in VERSIONS:
        seen = checked([*BEGUN, restarted, *AGAIN], reader, version)
        assert [part["type"] for part in seen.message["parts"]] == [
            "step-start",
            "text",
            "dynamic-tool",
            "data-caisson-step-restarted",
            "text",
        ]
        first, text, call, again, last = shown(seen)
        assert (first, text["text"], last["text"]) == (STEP, "It is", "Five.")
        assert (call["state"], call["errorText"]) == ("output-error", NOT_KEPT)
        (named,) = (part for part in seen.message["parts"] if part["type"] == again["type"])
        assert named["data"] == {"step": 1, "partIds": ["t1"], "toolCallIds": ["c1"]}
