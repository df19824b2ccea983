"""Which framework a callee belongs to: by its import, or by what its class can do.

Bundlers rename classes and functions, but not the members of a class: the framework's own code
calls them by name.
"""

from __future__ import annotations

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import (
    ClassValue,
    FunctionValue,
    ImportRef,
    MemberValue,
    Value,
)
from services.executor.bundle.syntax.syntax import property_name
from services.executor.domain import Framework

_PACKAGES = {
    "@mastra/core": Framework.MASTRA,
    "@openai/agents": Framework.OPENAI_AGENTS,
    "@openai/agents-core": Framework.OPENAI_AGENTS,
    "@openai/agents-realtime": Framework.OPENAI_AGENTS,
    "ai": Framework.AI_SDK,
    "lightfast": Framework.LIGHTFAST,
}
# Members that an agent's class of each framework has, in all of its releases.
_MEMBERS = (
    (frozenset({"asTool", "getSystemPrompt"}), Framework.OPENAI_AGENTS),
    (frozenset({"getInstructions", "getDescription"}), Framework.MASTRA),
    (frozenset({"generate", "stream", "tools"}), Framework.AI_SDK),
)


def package_of(specifier: str) -> str:
    """Return the package of a specifier: ``@mastra/core`` for ``@mastra/core/agent``."""
    count = 2 if specifier.startswith("@") else 1
    return "/".join(specifier.split("/")[:count])


def framework_of_import(reference: ImportRef) -> Framework | None:
    """Return the framework that a module belongs to, or None."""
    return _PACKAGES.get(package_of(reference.specifier))


def framework_of(evaluator: Evaluator, callee: Value | None) -> Framework | None:
    """Return the framework whose agents ``callee`` makes, None when it does not say."""
    for _ in range(4):
        if not isinstance(callee, MemberValue):
            break
        callee = callee.target
    match callee:
        case ImportRef():
            return framework_of_import(callee)
        case ClassValue():
            return _framework_of_class(callee)
        case FunctionValue():
            return None
        case _:
            return None


def _framework_of_class(made: ClassValue) -> Framework | None:
    names = members_of_class(made)
    for wanted, framework in _MEMBERS:
        if wanted <= names:
            return framework
    return None


def members_of_class(made: ClassValue) -> frozenset[str]:
    """Return the names of the members that instances of a class have by it."""
    names = (
        property_name(element.key, computed=bool(element.computed))
        for element in made.node.body.body
        if element.key is not None and not element.static
    )
    return frozenset(name for name in names if name is not None)
