"""Agents that an exported function makes: ``createHelper()``, with arguments from the request.

The function is read as if it was called: without arguments where it needs none, else with
arguments that are not known.
"""

from __future__ import annotations

from dataclasses import replace

from services.executor.bundle.evaluate.calls import settled_function
from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import CallValue, FunctionValue, Thunk, Unsupported
from services.executor.bundle.frameworks.agents import agent_of
from services.executor.bundle.frameworks.framework import FoundAgent, FoundFactory
from services.executor.bundle.frameworks.parts import part
from services.executor.bundle.syntax.syntax import Node

# The function itself says one of them, or it is the framework's own, such as ``createAgent``.
_SAID = ("name", "id", "instructions", "system", "model", "tools")


def factory_of(evaluator: Evaluator, path: str, function: FunctionValue) -> FoundAgent | None:
    """Return the agent that a function makes, None when it makes none; its key ends with ``()``."""
    parameters = tuple(_name(parameter) for parameter in function.node.params)
    unknown = _made(evaluator, path, function, None)
    if unknown is None or not _says_something(evaluator, unknown):
        return None
    needs_none = all(_is_optional(parameter) for parameter in function.node.params)
    usual = _made(evaluator, path, function, ()) if needs_none else unknown
    return replace(usual or unknown, factory=FoundFactory(parameters, unknown))


def _made(
    evaluator: Evaluator,
    path: str,
    function: FunctionValue,
    arguments: tuple[Thunk, ...] | None,
) -> FoundAgent | None:
    value = settled_function(evaluator, function, arguments, function.node)
    return agent_of(evaluator, f"{path}()", value) if isinstance(value, CallValue) else None


def _says_something(evaluator: Evaluator, agent: FoundAgent) -> bool:
    said = (part(evaluator, agent.config, name) for name in _SAID)
    return any(value is not None and not isinstance(value, Unsupported) for value in said)


def _is_optional(parameter: Node) -> bool:
    return parameter.type in ("AssignmentPattern", "RestElement")


def _name(parameter: Node) -> str:
    """Return what a parameter is called; a pattern has no name."""
    inner = parameter.left if parameter.type == "AssignmentPattern" else parameter
    inner = inner.argument if inner.type == "RestElement" else inner
    return str(inner.name) if inner.type == "Identifier" else ""
