"""Manifests as JSON: for the parser process, the disk cache and ``caisson inspect --json``.

The names are part of the command line's contract; cached manifests depend on the reader's version.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from services.executor.agent_parts import (
    AgentHook,
    AgentLink,
    AgentPart,
    AskedPart,
    Factory,
    HeaderUse,
    HookName,
    Insertion,
    SchemaSource,
    StepCount,
    StopCondition,
    ToolWasCalled,
    ValueSource,
)
from services.executor.bundle.manifest.json_parts import (
    each_of,
    object_of,
    text_of,
    unless_none,
    whole_of,
)
from services.executor.bundle.manifest.memory_json import memory_from_json, memory_to_json
from services.executor.bundle.manifest.servers_json import server_json, server_of
from services.executor.domain import (
    AgentSpec,
    BundleFormat,
    Diagnostic,
    Json,
    JsonObject,
    Manifest,
    Refusal,
    Severity,
    ToolChoice,
    ToolChoiceMode,
    ToolSpec,
    UnreadSchema,
)
from services.executor.long_json import SHORT, is_small, read_long, write_long
from services.executor.tool_reach import Reach, ReachGap

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
        **({"hooks": [_hook_json(each) for each in agent.hooks]} if agent.hooks else {}),
        **({"inner": True} if agent.inner else {}),
        **memory_to_json(agent.memory),
        **({"mcpServers": list(map(server_json, agent.mcp_servers))} if agent.mcp_servers else {}),
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
        **({"asked": True} if link.asked else {}),
        **({} if link.max_steps is None else {"maxSteps": link.max_steps}),
        **({"varies": True} if link.varies else {}),
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
        "idempotent": tool.idempotent,
        "clientSide": tool.client_side,
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
    fields = object_of(whole)
    agents = {key: _agent(key, object_of(a)) for key, a in object_of(fields["agents"]).items()}
    return Manifest(
        digest=text_of(fields["digest"]),
        format=BundleFormat(fields["format"]),
        agents=agents,
        metadata=object_of(fields["metadata"]),
        diagnostics=each_of(fields["diagnostics"], _diagnostic),
        module=unless_none(fields["module"], _span),
        insertions=each_of(fields.get("insertions", []), _insertion),
    )


def _insertion(item: Json) -> Insertion:
    fields = object_of(item)
    return Insertion(whole_of(fields["at"]), text_of(fields["text"]))


def _factory(item: Json) -> Factory:
    fields = object_of(item)
    return Factory(each_of(fields["parameters"], text_of), fields["varies"] is True)


def _span(item: Json) -> tuple[int, int]:
    start, end = each_of(item, whole_of)
    return start, end


def _diagnostic(item: Json) -> Diagnostic:
    fields = object_of(item)
    return Diagnostic(
        Severity(fields["severity"]),
        text_of(fields["path"]),
        text_of(fields["reason"]),
        whole_of(fields["line"]),
        whole_of(fields["column"]),
    )


def _agent(key: str, fields: Mapping[str, Json]) -> AgentSpec:
    active = fields["activeTools"]
    return AgentSpec(
        key=key,
        name=text_of(fields["name"]),
        system=text_of(fields["system"]),
        model=unless_none(fields["model"], text_of),
        tools={name: _tool(name, object_of(t)) for name, t in object_of(fields["tools"]).items()},
        description=text_of(fields["description"]),
        settings=object_of(fields["settings"]),
        max_steps=unless_none(fields["maxSteps"], whole_of),
        framework=unless_none(fields["framework"], text_of),
        fallback_models=each_of(fields["fallbackModels"], text_of),
        handoffs=each_of(fields["handoffs"], _link),
        agent_tools=each_of(fields["agentTools"], _link),
        tool_choice=unless_none(fields["toolChoice"], _choice),
        active_tools=None if active is None else each_of(active, text_of),
        stop_conditions=each_of(fields["stopConditions"], _stop),
        output_schema=unless_none(fields["outputSchema"], object_of),
        metadata=object_of(fields["metadata"]),
        refusals=each_of(fields["refusals"], lambda item: Refusal(*_placed(item))),
        asked=each_of(fields["asked"], _asked),
        factory=unless_none(fields.get("factory"), _factory),
        hooks=each_of(fields.get("hooks", []), _hook),
        inner=fields.get("inner") is True,
        memory=memory_from_json(fields.get("memory")),
        mcp_servers=each_of(fields.get("mcpServers", []), server_of),
    )


def _asked(item: Json) -> AskedPart:
    fields = object_of(item)
    return AskedPart(
        AgentPart(fields["part"]),
        *_placed(item),
        source=ValueSource(fields["source"]),
        from_clock=fields["fromClock"] is True,
        otherwise=text_of(fields["otherwise"]),
        if_granted=fields["ifGranted"] is True,
        is_known=fields["isKnown"] is True,
    )


def _hook(item: Json) -> AgentHook:
    fields = object_of(item)
    name, path = HookName(fields["name"]), text_of(fields["path"])
    return AgentHook(name, path, whole_of(fields["line"]), whole_of(fields["column"]))


def _stop(item: Json) -> StopCondition:
    fields = object_of(item)
    if "stepCount" in fields:
        return StepCount(whole_of(fields["stepCount"]))
    return ToolWasCalled(None if "anyToolCall" in fields else text_of(fields["toolCall"]))


def _choice(item: Json) -> ToolChoice:
    if isinstance(item, str):
        return ToolChoice(ToolChoiceMode(item))
    return ToolChoice(ToolChoiceMode.TOOL, text_of(object_of(item)["toolName"]))


def _link(item: Json) -> AgentLink:
    fields = object_of(item)
    names = ("agent", "name", "tool", "description")
    agent, name, tool, description = (text_of(fields[name]) for name in names)
    is_asked, varies = (fields.get(each) is True for each in ("asked", "varies"))
    most = fields.get("maxSteps")
    return AgentLink(
        agent,
        name,
        tool,
        description,
        is_asked,
        varies,
        max_steps=most if isinstance(most, int) else None,
    )


def _tool(key: str, fields: Mapping[str, Json]) -> ToolSpec:
    return ToolSpec(
        key=key,
        description=text_of(fields["description"]),
        input_schema=unless_none(fields["inputSchema"], object_of),
        schema_source=unless_none(fields["schemaSource"], SchemaSource),
        disabled=fields["disabled"] is True,
        reach=unless_none(fields["reach"], _reach),
        output_schema=unless_none(fields["outputSchema"], object_of),
        needs_approval=fields["needsApproval"] is True,
        approval_asked=fields["approvalAsked"] is True,
        gates=each_of(fields["gates"], text_of),
        parses_input=fields["parsesInput"] is True,
        sees_messages=fields["seesMessages"] is True,
        strict=fields["strict"] is True,
        idempotent=fields["idempotent"] is True,
        unread_schema=unless_none(fields["unreadSchema"], lambda it: UnreadSchema(*_placed(it))),
        client_side=fields["clientSide"] is True,
    )


def _placed(item: Json) -> tuple[str, str, int, int]:
    fields = object_of(item)
    path, reason = text_of(fields["path"]), text_of(fields["reason"])
    return path, reason, whole_of(fields["line"]), whole_of(fields["column"])


def _reach(item: Json) -> Reach:
    fields = object_of(item)
    return Reach(
        globals=each_of(fields["globals"], text_of),
        modules=each_of(fields["modules"], text_of),
        env=each_of(fields["env"], text_of),
        hosts=each_of(fields["hosts"], text_of),
        missing=each_of(fields["missing"], text_of),
        gaps=each_of(fields["gaps"], _gap),
        headers=each_of(fields.get("headers", []), _header_use),
        addresses=each_of(fields.get("addresses", []), text_of),
    )


def _gap(item: Json) -> ReachGap:
    fields = object_of(item)
    return ReachGap(text_of(fields["reason"]), whole_of(fields["line"]), whole_of(fields["column"]))


def _header_use(item: Json) -> HeaderUse:
    fields = object_of(item)
    return HeaderUse(text_of(fields["env"]), text_of(fields["header"]))
