"""What tools say about their calls holds in a run: approvals, what the model is shown, and more."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from services.executor.agent.scripted import FixedBundles, ScriptedRunner
from services.executor.agent.seen_messages import MAX_CHARACTERS, seen_messages
from services.executor.agent.shown_parts import MAX_IMAGE_BYTES, MAX_PARTS, parts_of
from services.executor.conversation import (
    AssistantMessage,
    ContentPart,
    MediaKind,
    MediaPart,
    Message,
    ResultForm,
    TextPart,
    ToolCall,
    ToolMessage,
    UserMessage,
)
from services.executor.domain import Json, JsonObject, ToolSpec
from services.executor.events import (
    ToolInputAvailable,
    ToolInputError,
    ToolOutputAvailable,
)
from tests.executor.builders import (
    ADD_SCHEMA,
    Stage,
    add,
    agent,
    bundle,
    calls,
    kinds,
    of_kind,
    says,
    stage,
    tool,
)

OUTPUT: JsonObject = {"count": 1, "rows": ["private"]}


async def rows(*_: Any) -> Json:
    """A tool whose output has private parts."""
    return dict(OUTPUT)


def scene_of(spec: ToolSpec, text: str = "{}", **runner: Any) -> Stage:
    """A run in which the model calls the tool once, with this input."""
    answers = (calls(("c", spec.key, text)), says("done"))
    parts = {"tools": {"rows": rows, "add": add}, **runner}
    bundles = FixedBundles(bundle(agent(spec)))
    return stage(*answers, bundles=bundles, runner=ScriptedRunner(**parts))


def told_to_the_model(scene: Stage) -> str:
    """What the last query says of the tool's result."""
    message = scene.model.queries[-1].messages[-1]
    assert isinstance(message, ToolMessage)
    return message.text


async def test_call_that_needs_a_person_waits_and_is_not_made() -> None:
    scene = scene_of(replace(tool("rows"), needs_approval=True))
    events = await scene.run()
    assert [each.key for each in scene.model.queries[0].tools] == ["rows"]
    assert of_kind(events, ToolInputAvailable)
    assert kinds(events)[-1] == "InputRequired"
    assert not scene.runner.calls


async def test_sandbox_decides_on_calls_where_the_bundle_says_which() -> None:
    spec = replace(tool("rows"), needs_approval=True, approval_asked=True, gates=("x",))
    scene = scene_of(spec)
    await scene.run()
    (made,) = scene.runner.calls
    assert (made.gated, made.approved) == (True, False)


SHOWN = [
    ({"type": "text", "value": "1 row"}, "1 row", ResultForm.TEXT),
    ({"type": "json", "value": {"rows": 1}}, '{"rows":1}', ResultForm.JSON),
    ({"type": "error-text", "value": "no rows"}, '{"error":"no rows"}', ResultForm.FAILURE),
    ({"type": "error-json", "value": [1]}, '{"error":[1]}', ResultForm.FAILURE),
    ({"type": "content", "value": [{"type": "text", "text": "a"}]}, None, ResultForm.JSON),
    ({"type": "execution-denied", "reason": "not now"}, "not now", ResultForm.FAILURE),
]


@pytest.mark.parametrize(("says", "text", "form"), SHOWN, ids=[str(s[0]) for s in SHOWN])
async def test_model_is_shown_what_the_tool_says_and_clients_the_output(
    says: Json, text: str | None, form: ResultForm
) -> None:
    scene = scene_of(tool("rows"), shown={"rows": says})
    events = await scene.run()
    (available,) = of_kind(events, ToolOutputAvailable)
    assert available.output == OUTPUT
    message = scene.model.queries[-1].messages[-1]
    assert message.form is form
    assert "private" not in repr(scene.model.queries)
    if text is not None:
        assert message.text == text


PIXEL = b"\x89PNG"
DATA = base64.b64encode(PIXEL).decode()
IMAGE = MediaPart(MediaKind.IMAGE, "image/png", PIXEL)


def image_as(kind: str, data: Json) -> JsonObject:
    """A part with an image."""
    return {"type": kind, "mediaType": "image/png", "data": data}


PARTS: list[tuple[str, Json, ContentPart | str]] = [
    ("text", {"type": "text", "text": "a"}, TextPart("a")),
    *((kind, image_as(kind, DATA), IMAGE) for kind in ("file", "file-data", "image-data", "media")),
    ("tagged", image_as("file", {"type": "data", "data": DATA}), IMAGE),
    ("link", image_as("file", {"type": "url", "url": "https://a.b"}), "https://a.b"),
    ("no image", {"type": "media", "mediaType": "text/html", "data": DATA}, "[left out: "),
    ("no base64", image_as("media", "%%%%"), "[left out: "),
    ("nothing", {"type": "media", "mediaType": "image/png"}, '{"type":"media"'),
    ("a number", 7, "7"),
    ("unknown", {"type": "sound", "of": "\ud800"}, '{"type":"sound","of":"\\ud800"}'),
]


@pytest.mark.parametrize(("part", "shown"), [each[1:] for each in PARTS], ids=[p[0] for p in PARTS])
async def test_models_are_shown_the_texts_and_images_of_results(
    part: Json, shown: ContentPart | str
) -> None:
    """What is neither is told as JSON, without data: nothing is lost in silence."""
    content: Json = [{"type": "text", "text": ""}, part]
    scene = scene_of(tool("rows"), shown={"rows": {"type": "content", "value": content}})
    await scene.run()
    message = scene.model.queries[-1].messages[-1]
    assert isinstance(message, ToolMessage)
    (told,) = message.parts
    if isinstance(shown, str):
        assert isinstance(told, TextPart)
        assert shown in told.text
    else:
        assert told == shown


async def test_images_of_a_result_are_bounded() -> None:
    half = base64.b64encode(b"x" * (MAX_IMAGE_BYTES // 2 + 1)).decode()
    part = image_as("media", half)
    first, second = parts_of([part, part])
    assert isinstance(first, MediaPart)
    assert second == TextPart(
        f'{{"type":"media","mediaType":"image/png","data":"[left out: {len(half)} characters]"}}'
    )
    assert not parts_of([part] * (MAX_PARTS + 1))


@pytest.mark.parametrize(
    "says",
    [None, 1, "text", [], {}, {"type": "text"}, {"type": "text", "value": 1}, {"type": "odd"}],
    ids=str,
)
async def test_output_is_not_shown_where_the_tool_says_nothing_of_use(says: Json) -> None:
    scene = scene_of(tool("rows"), shown={"rows": says})
    await scene.run()
    assert "`toModelOutput` returned nothing that a model can be shown" in told_to_the_model(scene)
    assert "private" not in repr(scene.model.queries)


async def test_long_data_is_left_out_of_what_is_shown() -> None:
    image = {"type": "image-data", "data": "x" * 5000, "mediaType": "image/png"}
    scene = scene_of(tool("rows"), shown={"rows": {"type": "content", "value": [image]}})
    await scene.run()
    (part,) = json.loads(told_to_the_model(scene))
    assert part == {**image, "data": "[left out: 5000 characters]"}


@pytest.mark.parametrize("text", ["", " ", "null", "\n"])
async def test_input_that_is_blank_is_empty(text: str) -> None:
    scene = scene_of(tool("rows"), text)
    await scene.run()
    assert [made.input_json for made in scene.runner.calls] == ["{}"]


async def test_tools_own_schema_decides_on_inputs() -> None:
    spec = replace(tool("rows", ADD_SCHEMA), parses_input=True)
    scene = scene_of(spec, '{"a": "1"}')
    await scene.run()
    assert [made.input_json for made in scene.runner.calls] == ['{"a":"1"}']
    broken = scene_of(spec, '{"a": ')
    events = await broken.run()
    assert "not valid JSON" in of_kind(events, ToolInputError)[0].error_text


async def test_json_schema_decides_where_it_is_all_there_is() -> None:
    scene = scene_of(tool("rows", ADD_SCHEMA), '{"a": "1"}')
    events = await scene.run()
    assert of_kind(events, ToolInputError)
    assert not scene.runner.calls


async def test_conversation_is_sent_to_tools_that_look_at_it() -> None:
    for sees, expected in ((True, [{"role": "user", "content": "Hello"}]), (False, None)):
        scene = scene_of(replace(tool("rows"), sees_messages=sees))
        await scene.run()
        (made,) = scene.runner.calls
        assert (json.loads(made.messages_json) if made.messages_json else None) == expected


def test_conversation_has_the_form_of_the_ai_sdk() -> None:
    call = ToolCall("c1", "add", '{"a": 1}')
    image = MediaPart(MediaKind.IMAGE, "image/png", b"x" * 100, filename="a.png")
    seen = seen_messages(
        [
            UserMessage("look", (image,)),
            AssistantMessage("Well.", (call,)),
            ToolMessage("c1", "add", '{"sum": 1}', ResultForm.JSON),
            UserMessage("and now"),
            AssistantMessage("", (ToolCall("c2", "add", "{}"),)),
        ]
    )
    assert json.loads(seen) == [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "look"},
                {"type": "file", "mediaType": "image/png", "filename": "a.png"},
            ],
        },
        {
            "role": "assistant",
            "content": [
                {"type": "text", "text": "Well."},
                {"type": "tool-call", "toolCallId": "c1", "toolName": "add", "input": {"a": 1}},
            ],
        },
        {
            "role": "tool",
            "content": [
                {
                    "type": "tool-result",
                    "toolCallId": "c1",
                    "toolName": "add",
                    "output": {"type": "json", "value": {"sum": 1}},
                }
            ],
        },
        {"role": "user", "content": "and now"},
    ]


def test_conversation_is_cut_at_its_beginning() -> None:
    long: list[Message] = [UserMessage(f"{number} " + "x" * 100_000) for number in range(10)]
    seen = seen_messages([*long, AssistantMessage("", (ToolCall("c", "t", "{}"),))])
    assert len(seen) <= MAX_CHARACTERS
    assert [each["content"][0] for each in json.loads(seen)] == ["8", "9"]
    assert seen_messages([UserMessage("x" * 300_000), AssistantMessage("")]) == "[]"
