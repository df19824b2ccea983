"""Makes an agent whole with what the sandbox said of its parts: text of an untrusted bundle.

The answer is an object with ``{"value": ...}`` or ``{"error": ...}`` for each part, in the form of
the toolrunner's protocol. Nothing in it is trusted: every value is checked here, and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from services.executor.agent_parts import AgentPart, AskedPart
from services.executor.bundle.frameworks.registry import HOSTED_TYPES, framework_named
from services.executor.bundle.intake.answered_schemas import AnsweredSchemas
from services.executor.bundle.intake.answered_settings import (
    RefusedSettingError,
    approves_all,
    lost_settings,
    with_settings,
)
from services.executor.bundle.manifest.extract_tools import BY_CLIENT, NO_EXECUTE, PLAIN_TYPES
from services.executor.bundle.manifest.instructions import BETWEEN_TEXTS
from services.executor.bundle.manifest.tool_list import MAX_TOOLS, SAME_NAME
from services.executor.bundle.schema.answers import parsed_answer
from services.executor.bundle.schema.model import UnreadableSchemaError
from services.executor.bundle.syntax.syntax import clean_text
from services.executor.clients import Client
from services.executor.domain import (
    AgentSpec,
    Diagnostic,
    Json,
    JsonObject,
    Severity,
    ToolSpec,
)

MAX_TEXTS = 1000
MAX_INSTRUCTIONS = 1024 * 1024
MAX_DESCRIPTION = 64 * 1024
MAX_NAME = 1024
MAX_ERROR = 600
# What providers' objects call themselves, where the manifest has another name.
_PROVIDERS = {"azure-openai": "azure"}


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
            agent = replace(agent, tools=await tools.read(told[part].value))
            notes += tools.notes
        elif part is AgentPart.SETTINGS:
            found = _settings(agent, asked, told[part])
            agent, notes = found.agent, [*notes, *found.diagnostics]
        else:
            agent = _READERS[part](agent, told[part].value)
    said = told.get(AgentPart.SETTINGS)
    if said and isinstance(said.value, dict) and approves_all(said.value, _code(said)):
        agent = replace(agent, tools={key: _held(tool) for key, tool in agent.tools.items()})
    return Answered(agent, tuple(notes))


def _held(tool: ToolSpec) -> ToolSpec:
    return replace(tool, needs_approval=True, approval_asked=False)


@dataclass(frozen=True)
class _Told:
    """The value of a part, and the names of its members that JSON cannot express, or not whole."""

    value: Json
    code: Json


def _told(text: str, parts: Sequence[AgentPart]) -> dict[AgentPart, _Told]:
    """Return the values of the parts."""
    try:
        answer = parsed_answer(text)
    except UnreadableSchemaError as error:
        raise UntoldPartError(parts[0], error.reason) from None
    found: dict[AgentPart, _Told] = {}
    for part in parts:
        said = answer.get(part.value) if isinstance(answer, dict) else None
        if not isinstance(said, dict) or not said.keys() & {"value", "error"}:
            raise UntoldPartError(part, "the sandbox did not tell it")
        if "value" not in said:
            thrown = clean_text(str(said["error"]))[:MAX_ERROR]
            raise UntoldPartError(part, f"the code failed: {thrown}")
        found[part] = _Told(said["value"], said.get("code", []))
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
    names = [model_name(each) for each in value] if isinstance(value, list) else []
    if not names:
        raise UntoldPartError(AgentPart.MODEL, "it names no model")
    return replace(agent, model=names[0], fallback_models=tuple(names[1:]))


def model_name(value: Json) -> str:
    """Return a model under the name that the manifest has for it: ``provider/id``.

    Raises UntoldPartError.
    """
    fields = value if isinstance(value, dict) else {}
    name, provider = _text(fields.get("id")), _text(fields.get("provider"))
    if not name or max(len(name), len(provider or "")) > MAX_NAME:
        raise UntoldPartError(AgentPart.MODEL, "it has no id that can be a model's")
    if not provider:
        return name
    provider = provider.partition(".")[0]
    return f"{_PROVIDERS.get(provider, provider)}/{name}"


def _code(told: _Told) -> frozenset[str]:
    return frozenset(_texts(AgentPart.SETTINGS, told.code))


def _settings(agent: AgentSpec, asked: Sequence[AskedPart], told: _Told) -> Answered:
    framework = framework_named(agent.framework)
    if not isinstance(told.value, dict) or framework is None:
        raise UntoldPartError(AgentPart.SETTINGS, "they are not an object")
    code = _code(told)
    values = {name: _clean(value) for name, value in told.value.items()}
    wanted = [each for each in asked if each.part is AgentPart.SETTINGS]
    try:
        made = with_settings(agent, framework, wanted, values, code)
    except RefusedSettingError as error:
        raise UntoldPartError(AgentPart.SETTINGS, str(error)) from None
    return Answered(made, lost_settings(agent, framework, wanted, values, code))


_READERS: Mapping[AgentPart, Callable[[AgentSpec, Json], AgentSpec]] = {
    AgentPart.INSTRUCTIONS: _instructions,
    AgentPart.DESCRIPTION: _description,
    AgentPart.MODEL: _model,
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
        agents = [link.tool for link in self._agent.agent_tools]
        found: dict[str, ToolSpec] = {}
        for item in value:
            fields = item if isinstance(item, dict) else {}
            key = _text(fields.get("key"))
            if key is None or len(key) > MAX_NAME:
                raise UntoldPartError(AgentPart.TOOLS, "one has no usable key")
            if fields.get("isEnabled") is False:
                continue
            static = self._agent.tools.get(key)
            if key in agents:
                found |= {} if static is None else {key: static}
                continue
            if key in found:
                self._warn(key, SAME_NAME)
            if fault := _text(fields.get("fault")):
                tool = static or ToolSpec(key, "", None, None)
                found[key] = self._disabled(tool, self._path(key), fault[:MAX_ERROR])
                continue
            described = self._description(key, fields, static)
            if static is not None and static.unread_schema is None:
                found[key] = replace(static, description=described)
                continue
            found[key] = await self._tool(key, described, fields, static)
        return {**found, **self._apart(agents)}

    def _apart(self, agents: Iterable[str]) -> dict[str, ToolSpec]:
        """Return the tools that are agents which the sandbox does not list among the others."""
        framework, static = framework_named(self._agent.framework), self._agent.tools
        if framework is None or not framework.agent_calls.is_apart:
            return {}
        return {key: static[key] for key in agents if key in static}

    def _description(self, key: str, fields: JsonObject, static: ToolSpec | None) -> str:
        """Return what source says of a tool, else what the sandbox does."""
        if static is not None and static.description:
            return static.description
        described = _text(fields.get("description")) or ""
        if len(described) > MAX_DESCRIPTION:
            self._warn(key, f"its description is cut at {MAX_DESCRIPTION} characters")
        return described[:MAX_DESCRIPTION]

    def _path(self, key: str) -> str:
        return f"agents.{self._agent.key}.tools.{key}"

    def _warn(self, key: str, reason: str) -> None:
        self.notes.append(Diagnostic(Severity.WARNING, self._path(key), reason))

    async def _tool(
        self, key: str, description: str, fields: JsonObject, static: ToolSpec | None
    ) -> ToolSpec:
        tool = static or self._unread(key, description, fields)
        if not tool.needs_approval and fields.get("needsApproval") is not False:
            tool = replace(tool, needs_approval=True, approval_asked=True)
        path = self._path(key)
        if fields.get("hasExecute") is not True or fields.get("type") in HOSTED_TYPES:
            framework = framework_named(self._agent.framework)
            may = framework is not None and framework.tools.client_side
            if not may or fields.get("type") not in PLAIN_TYPES:
                return self._disabled(tool, path, NO_EXECUTE)
            tool = replace(tool, client_side=True, gates=())
            self.notes.append(Diagnostic(Severity.INFO, path, BY_CLIENT))
        if not isinstance(fields.get("inputSchema"), dict):
            problem = (_text(fields.get("problem")) or "it has none")[:MAX_ERROR]
            return self._disabled(tool, f"{path}.inputSchema", problem)
        try:
            text = json.dumps(fields["inputSchema"])
            read = await self._schemas.read(text, self._client)
        except UnreadableSchemaError as error:
            return self._disabled(tool, f"{path}.inputSchema", error.reason)
        self.notes += [
            Diagnostic(Severity.WARNING, f"{path}.inputSchema", note) for note in read.notes
        ]
        return read.of(tool)

    def _unread(self, key: str, description: str, fields: JsonObject) -> ToolSpec:
        """Return a tool of which source says nothing."""
        is_strict = fields.get("strict") is True
        return ToolSpec(key, description, None, None, disabled=True, strict=is_strict)

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
