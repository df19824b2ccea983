"""From a program to a manifest: finds the agents and reads their parts."""

from __future__ import annotations

from collections.abc import Mapping

from services.executor.bundle.agent_settings import read_max_steps, read_settings
from services.executor.bundle.diagnostics import Diagnostics
from services.executor.bundle.evaluate import Evaluator
from services.executor.bundle.exports import Exports, exports_of
from services.executor.bundle.extract_tools import read_tools
from services.executor.bundle.frameworks.ai_sdk import ai_sdk_agents
from services.executor.bundle.frameworks.found import FoundAgent, FoundAgents
from services.executor.bundle.frameworks.lightfast import lightfast_agents
from services.executor.bundle.literals import NotLiteralError, json_of
from services.executor.bundle.models import UnknownModelNameError, read_model
from services.executor.bundle.parse import ParsedProgram
from services.executor.bundle.syntax import Node, span
from services.executor.bundle.values import (
    Constant,
    FunctionValue,
    Undefined,
    Unsupported,
    Value,
)
from services.executor.domain import AgentSpec, BundleFormat, Json, Manifest
from services.executor.errors import NoAgentsError

MAX_AGENTS = 200
MAX_SHOWN_EXPORTS = 8
_RECOGNISERS = (lightfast_agents, ai_sdk_agents)


def extract_manifest(
    digest: str,
    parsed: ParsedProgram,
    *,
    wrapper_metadata: Mapping[str, Json] | None = None,
) -> Manifest:
    """Return what the program declares.

    Args:
        digest: of the bundle, ``sha256:`` and hexadecimal digits.
        parsed: the program, unwrapped where it was wrapped.
        wrapper_metadata: the metadata of the wrapped form; None for other forms.

    Raises:
        NoAgentsError: no agent was found; the message tells what the exports are.
    """
    evaluator = Evaluator(parsed.tree)
    exports = exports_of(evaluator, is_module=parsed.is_module)
    found = _found(evaluator, exports)
    diagnostics = Diagnostics()
    agents = {
        agent.key: _agent(evaluator, agent, diagnostics) for agent in found.agents[:MAX_AGENTS]
    }
    for key, value in found.unknown:
        _unknown_agent(key, value, diagnostics)
    if not agents:
        raise NoAgentsError(_no_agents(evaluator, exports, found))
    metadata = _metadata(evaluator, found, diagnostics)
    for reason, node in evaluator.notes:
        diagnostics.info("", reason, node)
    form = exports.format if wrapper_metadata is None else BundleFormat.WRAPPED
    return Manifest(
        digest, form, agents, {**metadata, **(wrapper_metadata or {})}, diagnostics.sorted()
    )


def _found(evaluator: Evaluator, exports: Exports) -> FoundAgents:
    for recognise in _RECOGNISERS:
        found = recognise(evaluator, exports.names)
        if found is not None:
            return found
    return FoundAgents(())


def _agent(evaluator: Evaluator, agent: FoundAgent, diagnostics: Diagnostics) -> AgentSpec:
    path = f"agents.{agent.key}"
    return AgentSpec(
        key=agent.key,
        name=_text(evaluator, agent.name, f"{path}.name", diagnostics) or agent.key,
        system=_system(evaluator, agent, path, diagnostics),
        model=_model(evaluator, agent, path, diagnostics),
        tools=read_tools(evaluator, agent.tools, f"{path}.tools", diagnostics),
        description=_text(evaluator, agent.description, f"{path}.description", diagnostics),
        settings=read_settings(evaluator, agent, path, diagnostics),
        max_steps=read_max_steps(evaluator, agent, path, diagnostics),
    )


def _system(evaluator: Evaluator, agent: FoundAgent, path: str, diagnostics: Diagnostics) -> str:
    value = agent.system
    if isinstance(value, FunctionValue):
        reason = "it is a function: Caisson calls none, so the agent runs without a system prompt"
        diagnostics.warning(f"{path}.system", reason, value.node)
        return ""
    return _text(evaluator, value, f"{path}.system", diagnostics)


def _text(evaluator: Evaluator, value: Value | None, path: str, diagnostics: Diagnostics) -> str:
    if value is None:
        return ""
    value = evaluator.forced(value)
    if isinstance(value, Constant) and isinstance(value.value, str):
        return value.value
    if isinstance(value, Undefined):
        return ""
    reason = value.reason if isinstance(value, Unsupported) else "it is no text that is constant"
    node = value.node
    diagnostics.warning(path, f"{reason}; it is left empty", node)
    return ""


def _model(
    evaluator: Evaluator, agent: FoundAgent, path: str, diagnostics: Diagnostics
) -> str | None:
    if agent.model is None or isinstance(agent.model, Undefined):
        diagnostics.warning(f"{path}.model", "it has none: a request must name one", agent.node)
        return None
    try:
        model = read_model(evaluator, agent.model)
    except UnknownModelNameError as error:
        reason = f"{error.reason}; a request must name a model"
        diagnostics.warning(f"{path}.model", reason, _or(error.node, agent.node))
        return None
    for reason, node in model.notes:
        diagnostics.info(f"{path}.model", reason, node)
    return model.name


def _metadata(
    evaluator: Evaluator, found: FoundAgents, diagnostics: Diagnostics
) -> dict[str, Json]:
    if found.metadata is None or isinstance(found.metadata, Undefined):
        return {}
    try:
        metadata = json_of(evaluator, found.metadata)
    except NotLiteralError as error:
        diagnostics.warning(f"metadata{error.path}", f"{error.reason}; left out", error.node)
        return {}
    return metadata if isinstance(metadata, dict) else {}


def _unknown_agent(key: str, value: Value, diagnostics: Diagnostics) -> None:
    if isinstance(value, Unsupported):
        reason = value.reason
    else:
        reason = "it is no agent that is understood, such as `createAgent({model, system, tools})`"
    diagnostics.error(f"agents.{key}", reason, value.node)


def _no_agents(evaluator: Evaluator, exports: Exports, found: FoundAgents) -> str:
    """Return what was looked for and what was there instead."""
    if found.unknown:
        key, value = found.unknown[0]
        reason = value.reason if isinstance(value, Unsupported) else "it is no agent"
        where = span(value.node)
        there = f"agents.{key} (line {where.line}, column {where.column}): {reason}."
    elif not exports.names:
        there = "This bundle exports nothing."
    else:
        shown = list(exports.names.items())[:MAX_SHOWN_EXPORTS]
        parts = [f"`{name}` is {_what(evaluator.value_of(thunk))}" for name, thunk in shown]
        more = len(exports.names) - len(shown)
        there = "Of its exports, " + ", ".join(parts) + (f", and {more} more." if more else ".")
    return (
        "The bundle declares no agent that can be read. Export "
        "`createLightfast({agents: {key: createAgent({model, system, tools})}})` as default, or "
        f"AI SDK agents (`new ToolLoopAgent({{model, instructions, tools}})`) by name. {there}"
    )


def _what(value: Value) -> str:
    if isinstance(value, Unsupported):
        where = span(value.node)
        return f"not known (line {where.line}, column {where.column}: {value.reason})"
    return _KINDS.get(type(value).__name__, "something else")


def _or(node: Node, other: Node) -> Node:
    return node if node is not None else other


_KINDS = {
    "ArrayValue": "an array",
    "CallValue": "the result of a call that is no agent",
    "ClassValue": "a class",
    "Constant": "a constant",
    "FunctionValue": "a function",
    "ImportRef": "of another module",
    "ObjectValue": "an object without agents",
    "Undefined": "undefined",
}
