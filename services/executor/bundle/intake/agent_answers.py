"""Makes an agent whole with what the sandbox said of its parts: text of an untrusted bundle.

The answer is an object with ``{"value": ...}`` or ``{"error": ...}`` for each part, in the form of
the toolrunner's protocol. Nothing in it is trusted: every value is checked here, and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from services.executor.agent_parts import AgentPart, AskedPart
from services.executor.bundle.frameworks.registry import (
    HOSTED_TYPES,
    framework_named,
    setting_names,
)
from services.executor.bundle.intake.answered_schemas import AnsweredSchemas
from services.executor.bundle.manifest.agent_settings import tool_choice_of, wrong_setting
from services.executor.bundle.manifest.instructions import BETWEEN_TEXTS
from services.executor.bundle.manifest.tool_list import MAX_TOOLS
from services.executor.bundle.schema.answers import parsed_answer
from services.executor.bundle.schema.model import UnreadableSchemaError
from services.executor.bundle.syntax.syntax import clean_text
from services.executor.clients import Client
from services.executor.domain import (
    AgentSpec,
    Diagnostic,
    Json,
    JsonObject,
    SchemaSource,
    Severity,
    StepCount,
    ToolSpec,
)

MAX_TEXTS = 1000
MAX_INSTRUCTIONS = 1024 * 1024
MAX_DESCRIPTION = 64 * 1024
MAX_NAME = 1024
MAX_ERROR = 600
# What providers' objects call themselves, where the manifest has another name.
_PROVIDERS = {"azure-openai": "azure"}
_NO_EXECUTE = "it has no `execute`: tools of the client or of the provider are not run here"


@dataclass(eq=False)
class UntoldPartError(Exception):
    """The sandbox cannot tell a part of an agent; the reason is a clause."""

    part: AgentPart
    reason: str

    def __str__(self) -> str:
        """Return the reason."""
        return self.reason


@dataclass(frozen=True)
class Answered:
    """An agent with what the sandbox said, and what is to be told of it."""

    agent: AgentSpec
    diagnostics: tuple[Diagnostic, ...] = ()


async def answered(
    agent: AgentSpec,
    asked: Sequence[AskedPart],
    text: str,
    schemas: AnsweredSchemas,
    client: Client,
) -> Answered:
    """Return the agent with the parts that the sandbox was asked for.

    Args:
        agent: as its source says.
        asked: those of its parts that were asked for.
        text: the answer, as JSON.
        schemas: reads the schemas in it.
        client: the client that their checks are scheduled for.

    Raises:
        UntoldPartError: the bundle could not tell a part, or told something else.
    """
    parts = tuple(dict.fromkeys(each.part for each in asked))
    told = _told(text, parts)
    known = tuple(replace(each, is_known=True) if each in asked else each for each in agent.asked)
    agent = replace(agent, asked=known)
    notes: list[Diagnostic] = []
    for part in parts:
        if part is AgentPart.TOOLS:
            tools = _Tools(agent, schemas, client)
            agent = replace(agent, tools=await tools.read(told[part]))
            notes = tools.notes
        else:
            agent = _READERS[part](agent, told[part])
    return Answered(agent, tuple(notes))


def _told(text: str, parts: Sequence[AgentPart]) -> dict[AgentPart, Json]:
    """Return the values of the parts."""
    try:
        answer = parsed_answer(text)
    except UnreadableSchemaError as error:
        raise UntoldPartError(parts[0], error.reason) from None
    found: dict[AgentPart, Json] = {}
    for part in parts:
        said = answer.get(part.value) if isinstance(answer, dict) else None
        if not isinstance(said, dict) or not said.keys() & {"value", "error"}:
            raise UntoldPartError(part, "the sandbox did not tell it")
        if "value" not in said:
            thrown = clean_text(str(said["error"]))[:MAX_ERROR]
            raise UntoldPartError(part, f"the code failed: {thrown}")
        found[part] = said["value"]
    return found


def _instructions(agent: AgentSpec, value: Json) -> AgentSpec:
    texts = _texts(AgentPart.INSTRUCTIONS, value)
    if len(texts) > MAX_TEXTS or sum(map(len, texts)) > MAX_INSTRUCTIONS:
        most = f"{MAX_TEXTS} texts or {MAX_INSTRUCTIONS} characters"
        raise UntoldPartError(AgentPart.INSTRUCTIONS, f"they have more than {most}")
    return replace(agent, system=BETWEEN_TEXTS.join(texts))


def _description(agent: AgentSpec, value: Json) -> AgentSpec:
    text = _text(value)
    if text is None or len(text) > MAX_DESCRIPTION:
        most = f"a text of at most {MAX_DESCRIPTION} characters"
        raise UntoldPartError(AgentPart.DESCRIPTION, f"it is not {most}")
    return replace(agent, description=text)


def _model(agent: AgentSpec, value: Json) -> AgentSpec:
    names = [_model_name(each) for each in value] if isinstance(value, list) else []
    if not names:
        raise UntoldPartError(AgentPart.MODEL, "it names no model")
    return replace(agent, model=names[0], fallback_models=tuple(names[1:]))


def _model_name(value: Json) -> str:
    """Return a model under the name that the manifest has for it: ``provider/id``."""
    fields = value if isinstance(value, dict) else {}
    name, provider = _text(fields.get("id")), _text(fields.get("provider"))
    if not name or max(len(name), len(provider or "")) > MAX_NAME:
        raise UntoldPartError(AgentPart.MODEL, "it has no id that can be a model's")
    if not provider:
        return name
    provider = provider.partition(".")[0]
    return f"{_PROVIDERS.get(provider, provider)}/{name}"


def _settings(agent: AgentSpec, value: Json) -> AgentSpec:
    framework = framework_named(agent.framework)
    if not isinstance(value, dict) or framework is None:
        raise UntoldPartError(AgentPart.SETTINGS, "they are not an object")
    found = dict(agent.settings)
    for name, modern in setting_names(framework).query.items():
        if name in value:
            if wrong := wrong_setting(modern, value[name]):
                raise UntoldPartError(AgentPart.SETTINGS, f"`{name}`: {wrong}")
            found[modern] = _clean(value[name])
    choice, active = agent.tool_choice, agent.active_tools
    if value.get("toolChoice") is not None:
        choice = tool_choice_of(_clean(value["toolChoice"]))
        if choice is None:
            raise UntoldPartError(AgentPart.SETTINGS, "`toolChoice` is not a valid choice")
    names = value.get("activeTools", value.get("experimental_activeTools"))
    if names is not None:
        active = tuple(_texts(AgentPart.SETTINGS, names))
    agent = replace(agent, settings=found, tool_choice=choice, active_tools=active)
    return _limited(agent, value.get("maxSteps"))


def _limited(agent: AgentSpec, steps: Json) -> AgentSpec:
    """Return the agent with the number of steps that its default options say, if they do."""
    if steps is None or agent.max_steps is not None:
        return agent
    if not isinstance(steps, int) or isinstance(steps, bool) or steps < 1:
        raise UntoldPartError(AgentPart.SETTINGS, "`maxSteps` is not a number of steps")
    stops = (*agent.stop_conditions, StepCount(steps))
    return replace(agent, max_steps=steps, stop_conditions=stops)


_READERS: Mapping[AgentPart, Callable[[AgentSpec, Json], AgentSpec]] = {
    AgentPart.INSTRUCTIONS: _instructions,
    AgentPart.DESCRIPTION: _description,
    AgentPart.MODEL: _model,
    AgentPart.SETTINGS: _settings,
}


class _Tools:
    """Reads the tools of one answer; one that cannot be used is disabled, with a note."""

    def __init__(self, agent: AgentSpec, schemas: AnsweredSchemas, client: Client) -> None:
        self._agent = agent
        self._schemas = schemas
        self._client = client
        self.notes: list[Diagnostic] = []

    async def read(self, value: Json) -> dict[str, ToolSpec]:
        """Return the tools by key; what is read from source of a tool stays."""
        if not isinstance(value, list) or len(value) > MAX_TOOLS:
            raise UntoldPartError(AgentPart.TOOLS, f"they are not at most {MAX_TOOLS} tools")
        agents = {link.tool for link in self._agent.agent_tools}
        found: dict[str, ToolSpec] = {}
        for item in value:
            fields = item if isinstance(item, dict) else {}
            key = _text(fields.get("key"))
            if key is None or len(key) > MAX_NAME:
                raise UntoldPartError(AgentPart.TOOLS, "one has no usable key")
            if key in found or key in agents or fields.get("isEnabled") is False:
                continue
            static = self._agent.tools.get(key)
            described = _text(fields.get("description")) or ""
            if static is not None and static.unread_schema is None:
                text = static.description or described[:MAX_DESCRIPTION]
                found[key] = replace(static, description=text)
                continue
            found[key] = await self._tool(key, described, fields, static)
        return found

    async def _tool(
        self, key: str, description: str, fields: JsonObject, static: ToolSpec | None
    ) -> ToolSpec:
        tool = static or ToolSpec(key, description[:MAX_DESCRIPTION], None, None, disabled=True)
        needs_approval = tool.needs_approval or fields.get("needsApproval") is not False
        tool = replace(tool, needs_approval=needs_approval)
        path = f"agents.{self._agent.key}.tools.{key}"
        if fields.get("hasExecute") is not True or fields.get("type") in HOSTED_TYPES:
            return self._disabled(tool, path, _NO_EXECUTE)
        if not isinstance(fields.get("inputSchema"), dict):
            problem = (_text(fields.get("problem")) or "it has none")[:MAX_ERROR]
            return self._disabled(tool, f"{path}.inputSchema", problem)
        try:
            text = json.dumps(fields["inputSchema"])
            schema, notes = await self._schemas.read(text, self._client)
        except UnreadableSchemaError as error:
            return self._disabled(tool, f"{path}.inputSchema", error.reason)
        self.notes += [Diagnostic(Severity.WARNING, f"{path}.inputSchema", note) for note in notes]
        return replace(
            tool,
            input_schema=schema,
            schema_source=SchemaSource.SANDBOX,
            disabled=False,
            unread_schema=None,
        )

    def _disabled(self, tool: ToolSpec, path: str, reason: str) -> ToolSpec:
        reason = f"{reason}; the tool is disabled"
        self.notes.append(Diagnostic(Severity.ERROR, path, reason))
        return replace(tool, disabled=True)


def _texts(part: AgentPart, value: Json) -> list[str]:
    texts = [_text(each) for each in value] if isinstance(value, list) else [None]
    found = [text for text in texts if text is not None]
    if len(found) != len(texts):
        raise UntoldPartError(part, "they are not all texts")
    return found


def _text(value: Json) -> str | None:
    return clean_text(value) if isinstance(value, str) else None


def _clean(value: Json) -> Json:
    """Return a value whose texts UTF-8 can carry."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, list):
        return [_clean(each) for each in value]
    if isinstance(value, dict):
        return {clean_text(key): _clean(each) for key, each in value.items()}
    return value
