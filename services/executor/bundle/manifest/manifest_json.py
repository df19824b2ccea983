"""Manifests as JSON: for the parser process, the disk cache and ``caisson inspect --json``.

The names are part of the command line's contract; cached manifests depend on the reader's version.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TypeVar

from services.executor.agent_parts import (
    AgentHook,
    AgentLink,
    AgentPart,
    AskedPart,
    Factory,
    HookName,
    Insertion,
    SchemaSource,
    StepCount,
    StopCondition,
    ToolWasCalled,
    ValueSource,
)
from services.executor.domain import (
    AgentSpec,
    BundleFormat,
    Diagnostic,
    HeaderUse,
    Json,
    JsonObject,
    Manifest,
    Reach,
    ReachGap,
    Refusal,
    Severity,
    ToolChoice,
    ToolChoiceMode,
    ToolSpec,
    UnreadSchema,
)
from services.executor.long_json import SHORT, is_small, read_long, write_long

T = TypeVar("T")

# Measured: 6 bytes of memory per byte of text for a manifest full of schemas, 2 for a small one.
MEMORY_OF_TEXT = 6
MANIFEST_BYTES = 4096


def to_json(manifest: Manifest) -> JsonObject:
    """Return ``manifest`` as a JSON object."""
    insertions: list[Json] = [{"at": each.at, "text": each.text} for each in manifest.insertions]
    return {
        "digest": manifest.digest,
        "format": manifest.format.value,
        "agents": {key: _agent_json(agent) for key, agent in manifest.agents.items()},
        "metadata": dict(manifest.metadata),
        "diagnostics": [
            {
                "severity": each.severity.value,
                "path": each.path,
                "reason": each.reason,
                "line": each.line,
                "column": each.column,
            }
            for each in manifest.diagnostics
        ],
        "module": None if manifest.module is None else list(manifest.module),
        **({"insertions": insertions} if insertions else {}),
    }


def _agent_json(agent: AgentSpec) -> JsonObject:
    choice = agent.tool_choice
    return {
        "name": agent.name,
        "framework": agent.framework,
        "description": agent.description,
        "system": agent.system,
        "model": agent.model,
        "fallbackModels": list(agent.fallback_models),
        "settings": dict(agent.settings),
        "maxSteps": agent.max_steps,
        "stopConditions": [_stop_json(each) for each in agent.stop_conditions],
        "toolChoice": None if choice is None else _choice_json(choice),
        "activeTools": None if agent.active_tools is None else list(agent.active_tools),
        "outputSchema": agent.output_schema,
        "handoffs": [_link_json(link) for link in agent.handoffs],
        "agentTools": [_link_json(link) for link in agent.agent_tools],
        "metadata": dict(agent.metadata),
        "disabled": agent.disabled,
        "refusals": [_placed_json(each) for each in agent.refusals],
        "asked": [_asked_json(each) for each in agent.asked],
        **({} if agent.factory is None else {"factory": _factory_json(agent.factory)}),
        **({"isInner": True} if agent.is_inner else {}),
        **({"hooks": [_hook_json(each) for each in agent.hooks]} if agent.hooks else {}),
        "tools": {key: _tool_json(tool) for key, tool in agent.tools.items()},
    }


def _asked_json(asked: AskedPart) -> Json:
    return {
        **_placed_json(asked),
        "part": asked.part.value,
        "source": asked.source.value,
        "fromClock": asked.from_clock,
        "otherwise": asked.otherwise,
        "ifGranted": asked.if_granted,
        "isKnown": asked.is_known,
    }


def _hook_json(hook: AgentHook) -> Json:
    return {"name": hook.name.value, "path": hook.path, "line": hook.line, "column": hook.column}


def _factory_json(factory: Factory) -> JsonObject:
    return {"parameters": list(factory.parameters), "varies": factory.varies}


def _stop_json(condition: StopCondition) -> JsonObject:
    if isinstance(condition, StepCount):
        return {"stepCount": condition.steps}
    return {"anyToolCall": True} if condition.tool is None else {"toolCall": condition.tool}


def _choice_json(choice: ToolChoice) -> Json:
    if choice.mode is ToolChoiceMode.TOOL:
        return {"type": "tool", "toolName": choice.tool}
    mode: str = choice.mode.value
    return mode


def _link_json(link: AgentLink) -> Json:
    return {
        "agent": link.agent,
        "name": link.name,
        "tool": link.tool,
        "description": link.description,
        **({} if link.max_steps is None else {"maxSteps": link.max_steps}),
    }


def _tool_json(tool: ToolSpec) -> JsonObject:
    return {
        "description": tool.description,
        "inputSchema": tool.input_schema,
        "schemaSource": tool.schema_source.value if tool.schema_source else None,
        "outputSchema": tool.output_schema,
        "disabled": tool.disabled,
        "needsApproval": tool.needs_approval,
        "approvalAsked": tool.approval_asked,
        "gates": list(tool.gates),
        "parsesInput": tool.parses_input,
        "seesMessages": tool.sees_messages,
        "strict": tool.strict,
        "reach": None if tool.reach is None else _reach_json(tool.reach),
        "unreadSchema": None if tool.unread_schema is None else _placed_json(tool.unread_schema),
    }


def _placed_json(told: UnreadSchema | Refusal | AskedPart) -> JsonObject:
    return {
        "path": told.path,
        "reason": told.reason,
        "line": told.line,
        "column": told.column,
    }


def _reach_json(reach: Reach) -> JsonObject:
    headers: list[Json] = [{"env": each.env, "header": each.header} for each in reach.headers]
    return {
        **({"headers": headers} if headers else {}),
        **({"addresses": list(reach.addresses)} if reach.addresses else {}),
        "globals": list(reach.globals),
        "modules": list(reach.modules),
        "env": list(reach.env),
        "hosts": list(reach.hosts),
        "missing": list(reach.missing),
        "gaps": [
            {"reason": gap.reason, "line": gap.line, "column": gap.column} for gap in reach.gaps
        ],
    }


def dumps(manifest: Manifest) -> bytes:
    """Return ``manifest`` as UTF-8 JSON text; a large one is written in pure Python."""
    whole = to_json(manifest)
    if is_small(whole, 20_000, 256 * 1024):
        return json.dumps(whole, allow_nan=False).encode()
    return write_long(whole).encode()


def memory_size(manifest: Manifest) -> int:
    """Estimate how many bytes of memory a manifest takes: a few times its JSON text."""
    return MANIFEST_BYTES + MEMORY_OF_TEXT * len(dumps(manifest))


def loads(data: bytes) -> Manifest:
    """Return the manifest that ``dumps`` wrote.

    Raises:
        ValueError: the text is not what ``dumps`` writes.
    """
    try:
        return from_json(json.loads(data) if len(data) <= SHORT else read_long(data.decode()))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no manifest: {error!r}") from None


def from_json(whole: Json) -> Manifest:
    """Return the manifest of a JSON object; raises KeyError, TypeError or ValueError."""
    fields = _object(whole)
    agents = {key: _agent(key, _object(a)) for key, a in _object(fields["agents"]).items()}
    return Manifest(
        digest=_text(fields["digest"]),
        format=BundleFormat(fields["format"]),
        agents=agents,
        metadata=_object(fields["metadata"]),
        diagnostics=_each(fields["diagnostics"], _diagnostic),
        module=_unless_none(fields["module"], _span),
        insertions=_each(fields.get("insertions", []), _insertion),
    )


def _insertion(item: Json) -> Insertion:
    fields = _object(item)
    return Insertion(_whole(fields["at"]), _text(fields["text"]))


def _factory(item: Json) -> Factory:
    fields = _object(item)
    return Factory(_each(fields["parameters"], _text), fields["varies"] is True)


def _span(item: Json) -> tuple[int, int]:
    start, end = _each(item, _whole)
    return start, end


def _diagnostic(item: Json) -> Diagnostic:
    fields = _object(item)
    return Diagnostic(
        Severity(fields["severity"]),
        _text(fields["path"]),
        _text(fields["reason"]),
        _whole(fields["line"]),
        _whole(fields["column"]),
    )


def _agent(key: str, fields: Mapping[str, Json]) -> AgentSpec:
    active = fields["activeTools"]
    return AgentSpec(
        key=key,
        name=_text(fields["name"]),
        system=_text(fields["system"]),
        model=_unless_none(fields["model"], _text),
        tools={name: _tool(name, _object(t)) for name, t in _object(fields["tools"]).items()},
        description=_text(fields["description"]),
        settings=_object(fields["settings"]),
        max_steps=_unless_none(fields["maxSteps"], _whole),
        framework=_unless_none(fields["framework"], _text),
        fallback_models=_each(fields["fallbackModels"], _text),
        handoffs=_each(fields["handoffs"], _link),
        agent_tools=_each(fields["agentTools"], _link),
        tool_choice=_unless_none(fields["toolChoice"], _choice),
        active_tools=None if active is None else _each(active, _text),
        stop_conditions=_each(fields["stopConditions"], _stop),
        output_schema=_unless_none(fields["outputSchema"], _object),
        metadata=_object(fields["metadata"]),
        refusals=_each(fields["refusals"], lambda item: Refusal(*_placed(item))),
        asked=_each(fields["asked"], _asked),
        factory=_unless_none(fields.get("factory"), _factory),
        is_inner=fields.get("isInner") is True,
        hooks=_each(fields.get("hooks", []), _hook),
    )


def _asked(item: Json) -> AskedPart:
    fields = _object(item)
    return AskedPart(
        AgentPart(fields["part"]),
        *_placed(item),
        source=ValueSource(fields["source"]),
        from_clock=fields["fromClock"] is True,
        otherwise=_text(fields["otherwise"]),
        if_granted=fields["ifGranted"] is True,
        is_known=fields["isKnown"] is True,
    )


def _hook(item: Json) -> AgentHook:
    fields = _object(item)
    name, path = HookName(fields["name"]), _text(fields["path"])
    return AgentHook(name, path, _whole(fields["line"]), _whole(fields["column"]))


def _stop(item: Json) -> StopCondition:
    fields = _object(item)
    if "stepCount" in fields:
        return StepCount(_whole(fields["stepCount"]))
    return ToolWasCalled(None if "anyToolCall" in fields else _text(fields["toolCall"]))


def _choice(item: Json) -> ToolChoice:
    if isinstance(item, str):
        return ToolChoice(ToolChoiceMode(item))
    return ToolChoice(ToolChoiceMode.TOOL, _text(_object(item)["toolName"]))


def _link(item: Json) -> AgentLink:
    fields = _object(item)
    agent, name, tool, description = (
        _text(fields[name]) for name in ("agent", "name", "tool", "description")
    )
    most = fields.get("maxSteps")
    return AgentLink(agent, name, tool, description, most if isinstance(most, int) else None)


def _tool(key: str, fields: Mapping[str, Json]) -> ToolSpec:
    return ToolSpec(
        key=key,
        description=_text(fields["description"]),
        input_schema=_unless_none(fields["inputSchema"], _object),
        schema_source=_unless_none(fields["schemaSource"], SchemaSource),
        disabled=fields["disabled"] is True,
        reach=_unless_none(fields["reach"], _reach),
        output_schema=_unless_none(fields["outputSchema"], _object),
        needs_approval=fields["needsApproval"] is True,
        approval_asked=fields["approvalAsked"] is True,
        gates=_each(fields["gates"], _text),
        parses_input=fields["parsesInput"] is True,
        sees_messages=fields["seesMessages"] is True,
        strict=fields["strict"] is True,
        unread_schema=_unless_none(fields["unreadSchema"], lambda it: UnreadSchema(*_placed(it))),
    )


def _placed(item: Json) -> tuple[str, str, int, int]:
    fields = _object(item)
    path, reason = _text(fields["path"]), _text(fields["reason"])
    return path, reason, _whole(fields["line"]), _whole(fields["column"])


def _reach(item: Json) -> Reach:
    fields = _object(item)
    return Reach(
        globals=_each(fields["globals"], _text),
        modules=_each(fields["modules"], _text),
        env=_each(fields["env"], _text),
        hosts=_each(fields["hosts"], _text),
        missing=_each(fields["missing"], _text),
        gaps=_each(fields["gaps"], _gap),
        headers=_each(fields.get("headers", []), _header_use),
        addresses=_each(fields.get("addresses", []), _text),
    )


def _gap(item: Json) -> ReachGap:
    fields = _object(item)
    return ReachGap(_text(fields["reason"]), _whole(fields["line"]), _whole(fields["column"]))


def _header_use(item: Json) -> HeaderUse:
    fields = _object(item)
    return HeaderUse(_text(fields["env"]), _text(fields["header"]))


def _unless_none(value: Json, read: Callable[[Json], T]) -> T | None:
    return None if value is None else read(value)


def _each(value: Json, read: Callable[[Json], T]) -> tuple[T, ...]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return tuple(read(item) for item in value)


def _object(value: Json) -> JsonObject:
    if not isinstance(value, dict):
        raise TypeError("not an object")
    return value


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _whole(value: Json) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("not a whole number")
    return value
