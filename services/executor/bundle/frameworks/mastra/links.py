"""The agents that Mastra offers to an agent as tools, ``agents: {key: agent}``."""

from __future__ import annotations

from services.executor.agent_parts import AgentLink, SchemaSource
from services.executor.bundle.evaluate.values import ObjectValue, Undefined, is_nullish
from services.executor.bundle.frameworks.agent_calls import AgentCallForm, AgentTool
from services.executor.bundle.frameworks.framework import AgentLookup, FoundAgent, Links
from services.executor.bundle.frameworks.links import MAX_LINKS, NOT_KNOWN, say_too_many
from services.executor.bundle.frameworks.parts import part
from services.executor.bundle.syntax.diagnostics import Diagnostics
from services.executor.domain import JsonObject, ToolSpec

PREFIX = "agent-"
CALLS = AgentCallForm(
    prompt="prompt",
    instructions="instructions",
    max_steps="maxSteps",
    with_conversation=True,
    failure="[Agent:{caller}] - Failed agent tool execution for {key}",
    is_apart=True,
    in_object=True,
    cut_answers=True,
)

_NOT_LISTED = "which agents it may call is not known from source"


def _nullable(description: str, *types: str) -> JsonObject:
    return {"description": description, "anyOf": [{"type": each} for each in (*types, "null")]}


_PROPERTIES: JsonObject = {
    "prompt": {"type": "string", "description": "The prompt to send to the agent"},
    "threadId": _nullable("Thread ID for conversation continuity for memory messages", "string"),
    "resourceId": _nullable("Resource/user identifier for memory messages", "string"),
    "instructions": _nullable(
        "Additional instructions to append to the agent instructions. Only provide if you have "
        "specific guidance beyond what the agent already knows. Leave empty in most cases.",
        "string",
    ),
    "maxSteps": _nullable(
        "Maximum number of execution steps for the sub-agent (integer, minimum 3)",
        "number",
        "string",
    ),
    # Nothing is ever suspended here; Mastra offers them with every agent.
    "suspendedToolCallId": _nullable("The toolCallId of the suspended tool to resume", "string"),
    "suspendedToolRunId": _nullable("The runId of the suspended tool", "string"),
    "resumeData": {
        "description": "The resumeData object created from the resumeSchema of suspended tool"
    },
}
# What Mastra's own code gives the model, so that it is the framework's to the letter.
SCHEMA: JsonObject = {"type": "object", "properties": _PROPERTIES, "required": ["prompt"]}


def read_links(lookup: AgentLookup, agent: FoundAgent, diagnostics: Diagnostics) -> Links:
    """Return the agents that this one may call; those that are not known are refused with it."""
    path = f"agents.{agent.key}.agents"
    evaluator = lookup.evaluator
    value = part(evaluator, agent.config, "agents", "subAgents")
    whole = None if value is None else evaluator.forced(value)
    if whole is None or isinstance(whole, Undefined) or is_nullish(whole):
        return Links()
    if not isinstance(whole, ObjectValue) or whole.opaque() or whole.uncertain:
        diagnostics.refuse(path, _NOT_LISTED, whole.node)
        return Links()
    found: list[AgentTool] = []
    say_too_many(len(whole.entries()), path, whole, diagnostics)
    for key, thunk in list(whole.entries().items())[:MAX_LINKS]:
        link = lookup.link(evaluator.value_of(thunk), called=True)
        if link is None:
            reason = "it is not an agent Caisson understands: the tool is not offered"
            diagnostics.error(f"{path}.{key}", reason, thunk.node)
            continue
        if not link.agent:
            diagnostics.error(f"{path}.{key}", NOT_KNOWN, thunk.node)
        tool = f"{PREFIX}{key}"
        described = link.description or f"Agent: {key}"
        spec = ToolSpec(tool, described, SCHEMA, SchemaSource.STATIC, disabled=not link.agent)
        found.append(AgentTool(AgentLink(link.agent, link.name, tool, described), spec))
    return Links(agent_tools=tuple(found))
