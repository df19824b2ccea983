"""Queries of tools to models, as they arrive from the sandbox.

Everything in them comes from the bundle: what cannot be honoured is refused with a sentence.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from services.executor.agent.hook_changes import MAX_INSTRUCTIONS, DishonouredError, query_settings
from services.executor.agent.hook_messages import SeenMessages
from services.executor.agent.ports import ModelQuery
from services.executor.bundle.frameworks.registry import framework_named
from services.executor.bundle.intake.agent_answers import UntoldPartError, model_name
from services.executor.bundle.manifest.agent_settings import tool_choice_of
from services.executor.bundle.schema.model import UnreadableSchemaError
from services.executor.bundle.syntax.syntax import clean_text
from services.executor.conversation import Message, ModelRoute
from services.executor.domain import Json, JsonObject, ToolChoice, ToolSpec
from services.executor.errors import RequestError

MAX_TOOLS = 256
MAX_TOOL_NAME = 128
NO_ROUTE = ModelRoute("")

SchemaOf: TypeAlias = Callable[[str], Awaitable[JsonObject]]
"""Reads a schema as the sandbox tells it, JSON text; raises UnreadableSchemaError."""


@dataclass(frozen=True)
class AskedQuery:
    """What a tool asks: ``query`` lacks its route.

    ``model`` is the name in the bundle, empty for none; ``framework`` is that of the code.
    """

    model: str
    framework: str
    query: ModelQuery

    def routed(self, routes: Sequence[ModelRoute]) -> ModelQuery:
        """Return the query with the models to ask, in order."""
        return replace(self.query, route=routes[0], fallbacks=tuple(routes[1:]))


async def read_query(
    asked: Mapping[str, Json], answers: Sequence[Message], schema_of: SchemaOf
) -> AskedQuery:
    """Return the query of a host call.

    Args:
        asked: its arguments.
        answers: earlier answers to the same tool call, which its messages may refer to.
        schema_of: reads the schemas in it.

    Raises:
        RequestError: it cannot be honoured.
    """
    try:
        return await _read(asked, answers, schema_of)
    except (DishonouredError, UnreadableSchemaError) as error:
        raise RequestError(f"The model cannot be asked: {error}.") from None


async def _read(
    asked: Mapping[str, Json], answers: Sequence[Message], schema_of: SchemaOf
) -> AskedQuery:
    framework = framework_of(asked)
    tools = await _tools(asked.get("tools"), schema_of)
    output = asked.get("output")
    query = ModelQuery(
        route=NO_ROUTE,
        system=_instructions(asked.get("instructions")),
        messages=_messages(asked.get("messages"), answers),
        tools=tools,
        settings=query_settings(asked.get("settings") or {}, framework),
        tool_choice=_choice(asked.get("toolChoice"), tools),
        output_schema=None if output is None else await schema_of(json.dumps(output)),
    )
    return AskedQuery(named_model(asked.get("model")), framework, query)


def framework_of(asked: Mapping[str, Json]) -> str:
    """Return the name of the framework that asks; raises DishonouredError."""
    framework = asked.get("framework")
    known = framework_named(framework if isinstance(framework, str) else "")
    if known is None:
        raise DishonouredError("its framework is not known")
    return known.name


def named_model(value: Json) -> str:
    """Return the name of a model, empty for none; raises DishonouredError."""
    if value is None:
        return ""
    try:
        return model_name(value)
    except UntoldPartError as error:
        raise DishonouredError(f"its model: {error}") from None


def _instructions(value: Json) -> str:
    text = "" if value is None else value
    if not isinstance(text, str):
        raise DishonouredError("its instructions are no text")
    if len(text) > MAX_INSTRUCTIONS:
        raise DishonouredError(f"its instructions have more than {MAX_INSTRUCTIONS} characters")
    return clean_text(text)


def _messages(value: Json, answers: Sequence[Message]) -> tuple[Message, ...]:
    messages = SeenMessages(answers).read(value)
    if not messages:
        raise DishonouredError("it has no message")
    return messages


async def _tools(value: Json, schema_of: SchemaOf) -> tuple[ToolSpec, ...]:
    given = [] if value is None else value
    if not isinstance(given, list) or len(given) > MAX_TOOLS:
        raise DishonouredError(f"its tools are no list of at most {MAX_TOOLS}")
    found = {tool.key: tool for tool in [await _tool(each, schema_of) for each in given]}
    if len(found) < len(given):
        raise DishonouredError("two of its tools have the same name")
    return tuple(found.values())


async def _tool(value: Json, schema_of: SchemaOf) -> ToolSpec:
    fields = value if isinstance(value, dict) else {}
    name, text = fields.get("name"), fields.get("description")
    if not isinstance(name, str) or not 0 < len(name) <= MAX_TOOL_NAME:
        raise DishonouredError(f"a tool has no name of at most {MAX_TOOL_NAME} characters")
    description = clean_text(text) if isinstance(text, str) else ""
    schema = await schema_of(json.dumps(fields.get("schema")))
    strict = fields.get("strict") is True
    return ToolSpec(clean_text(name), description, schema, None, strict=strict)


def _choice(value: Json, tools: Sequence[ToolSpec]) -> ToolChoice | None:
    if value is None:
        return None
    choice = tool_choice_of(value)
    if choice is None:
        raise DishonouredError("its `toolChoice` is no valid choice")
    if choice.tool and choice.tool not in {tool.key for tool in tools}:
        raise DishonouredError(f"it has no tool `{choice.tool[:100]}`, which must be called")
    return choice
