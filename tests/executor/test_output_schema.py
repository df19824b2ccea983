"""An answer that has to fit a JSON Schema: validated, asked for once more, and told as JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.executor.agent.scripted import FixedBundles, ScriptedRunner
from services.executor.conversation import UserMessage
from services.executor.domain import JsonObject
from services.executor.errors import InvalidOutputError, RequestError
from services.executor.events import Error, Finish
from tests.executor.builders import (
    ADD_SCHEMA,
    add,
    agent,
    bundle,
    calls,
    of_kind,
    says,
    stage,
    tool,
)

SCHEMA: JsonObject = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "degrees": {"type": "integer"}},
    "required": ["city", "degrees"],
    "additionalProperties": False,
}
RIGHT = '{"city": "Oslo", "degrees": 3}'


@pytest.mark.parametrize("text", [RIGHT, f"```json\n{RIGHT}\n```", f"  {RIGHT}\n"])
async def test_valid_answer_is_emitted_as_json(text: str) -> None:
    scene = stage(says(text))
    finish = of_kind(await scene.run(output_schema=SCHEMA), Finish)[0]
    assert finish.output == ({"city": "Oslo", "degrees": 3},)
    assert scene.model.queries[0].output_schema == SCHEMA


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ('{"city": "Oslo"}', '"degrees" is a required property'),
        ('{"city": "Oslo", "degrees": "3"}', "answer.degrees"),
        ("It is cold.", "not valid JSON"),
        ('{"city": NaN}', "NaN is not a JSON number"),
    ],
)
async def test_model_gets_one_correction(wrong: str, words: str) -> None:
    scene = stage(says(wrong), says(RIGHT))
    finish = of_kind(await scene.run(output_schema=SCHEMA), Finish)[0]
    assert finish.output == ({"city": "Oslo", "degrees": 3},)
    told = scene.model.queries[1].messages[-1]
    assert isinstance(told, UserMessage)
    assert words in told.text
    assert finish.steps == 2


async def test_second_invalid_answer_is_an_error() -> None:
    scene = stage(says("no"), says("no"), says(RIGHT))
    error = of_kind(await scene.run(output_schema=SCHEMA), Error)[0].error
    assert isinstance(error, InvalidOutputError)
    assert "model's fault" in str(error)
    assert len(scene.model.queries) == 2


async def test_tools_run_before_answer_is_validated() -> None:
    scene = stage(
        calls(("c", "add", '{"a":1,"b":2}')),
        says(RIGHT),
        tools=[tool("add", ADD_SCHEMA)],
        runner=ScriptedRunner({"add": add}),
    )
    finish = of_kind(await scene.run(output_schema=SCHEMA), Finish)[0]
    assert finish.output is not None
    assert len(scene.runner.calls) == 1


async def test_request_schema_overrides_bundle_schema() -> None:
    def with_schema(*scripts: Any) -> Any:
        return stage(*scripts, bundles=FixedBundles(bundle(agent(output_schema=SCHEMA))))

    assert of_kind(await with_schema(says(RIGHT)).run(), Finish)[0].output is not None
    events = await with_schema(says('{"result":"free"}')).run(output_schema={"type": "string"})
    assert of_kind(events, Finish)[0].output == ("free",)


@pytest.mark.parametrize(
    ("schema", "member", "answer"),
    [
        ({"type": "array", "items": {"$ref": "#/$defs/n"}, "$defs": {"n": {"type": "integer"}}},
         "elements", [1, 2]),
        ({"type": "string", "enum": ["yes", "no"]}, "result", "yes"),
    ],
)  # fmt: skip
async def test_answer_that_is_no_object_is_asked_for_in_one(
    schema: JsonObject, member: str, answer: Any
) -> None:
    """Providers refuse schemas of anything else."""
    scene = stage(says(json.dumps(answer)), says(json.dumps({member: answer})))
    finish = of_kind(await scene.run(output_schema=schema), Finish)[0]
    assert finish.output == (answer,)
    assert finish.steps == 2
    asked = scene.model.queries[0].output_schema
    assert asked is not None
    assert (asked["type"], asked["required"]) == ("object", [member])


async def test_schema_that_refers_to_itself_is_not_moved() -> None:
    schema: JsonObject = {"type": "array", "items": {"$ref": "#"}}
    scene = stage(says("[[], [[]]]"))
    finish = of_kind(await scene.run(output_schema=schema), Finish)[0]
    assert finish.output == ([[], [[]]],)
    assert scene.model.queries[0].output_schema == schema


async def test_invalid_schema_is_refused() -> None:
    with pytest.raises(RequestError, match="answer's schema cannot be used") as caught:
        await stage(says("never")).run(output_schema={"type": "nonsense"})
    assert caught.value.violations[0].field == "spec.output_schema"


async def test_free_text_run_has_no_structured_output() -> None:
    assert of_kind(await stage(says(RIGHT)).run(), Finish)[0].output is None
