"""Which framework a callee belongs to: by its import, or by what its class can do.

Bundlers rename classes and functions, but not the members of a class: the framework's own code
calls them by name.
"""

from __future__ import annotations

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import (
    ClassValue,
    ImportRef,
    MemberValue,
    Value,
)
from services.executor.bundle.frameworks.framework import Framework
from services.executor.bundle.frameworks.members import members_of_class
from services.executor.bundle.frameworks.registry import FRAMEWORKS, framework_of_module


def framework_of(evaluator: Evaluator, callee: Value | None) -> Framework | None:
    """Return the framework whose agents ``callee`` makes, None when unknown."""
    for _ in range(4):
        if not isinstance(callee, MemberValue):
            break
        callee = callee.target
    match callee:
        case ImportRef():
            return framework_of_module(callee.specifier)
        case ClassValue():
            return class_framework(callee)
        case _:
            return None


def class_framework(made: ClassValue) -> Framework | None:
    """Return the framework whose agents a class of the bundle makes, None when unknown."""
    names = members_of_class(made)
    for framework in FRAMEWORKS:
        wanted = framework.agents.members
        if wanted and wanted <= names:
            return framework
    return None
