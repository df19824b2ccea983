"""Recognises zod: which of its functions a callee is, however a bundler has renamed it.

Evidence, the first that holds: an import from a package with "zod" in its name; a member of an
object whose keys are those of zod's namespace (bundlers keep them, since code asks for them by
name); a function that makes a class which zod itself names by a string:
``$constructor("ZodString", ...)`` in zod 4 (https://github.com/colinhacks/zod, in
packages/zod/src/v4/core/core.ts), ``typeName: ZodFirstPartyTypeKind.ZodString`` in zod 3. What the
function writes into that class's definition tells functions of one class apart
(``zod_definitions.py``).
"""

from __future__ import annotations

from dataclasses import dataclass

from services.executor.bundle.evaluate.machine import Machine
from services.executor.bundle.evaluate.values import (
    CallValue,
    FunctionValue,
    ImportRef,
    MemberValue,
    ObjectValue,
    Value,
)
from services.executor.bundle.schema.zod_definitions import made_by, made_for_class

_NAMESPACE = frozenset({"object", "string", "number", "array", "union"})
_ISO = frozenset({"datetime", "date", "time"})
_COERCE = frozenset({"string", "number", "boolean", "date"})
_WHOLE = frozenset({"z", "default", "zod"})
_ONLY_3 = frozenset({"ZodFirstPartyTypeKind", "ZodEffects", "oboolean", "ostring", "pipeline"})
_ONLY_4 = frozenset({"toJSONSchema", "prefault", "looseObject", "_default"})


@dataclass(frozen=True)
class ZodName:
    """A function of zod: ``name`` such as "object" or "iso.datetime"; ``is_v3`` for zod 3.

    ``skip`` are the arguments of the call before those of the function: the class, where a minifier
    left ``core._any(ZodAny)`` of ``z.any()``.
    """

    name: str
    is_v3: bool = False
    skip: int = 0


def zod_path(value: Value) -> tuple[str, ...] | None:
    """Return the members of zod that lead to ``value``; () is zod itself, None is no zod."""
    if isinstance(value, ImportRef):
        if "zod" not in value.specifier:
            return None
        path = value.path
        while path and path[0] in _WHOLE:
            path = path[1:]
        return path
    if isinstance(value, MemberValue):
        inner = zod_path(value.target)
        return None if inner is None else (*inner, value.key)
    if isinstance(value, ObjectValue):
        keys = value.entries().keys()
        if keys >= _NAMESPACE:
            return ()
        if keys >= _ISO and len(keys) < 20:
            return ("iso",)
        if keys >= _COERCE and "object" not in keys and len(keys) < 20:
            return ("coerce",)
    return None


def zod_function(machine: Machine, call: CallValue) -> ZodName | None:
    """Return which function of zod is called, None for none."""
    if call.receiver is not None and call.method is not None:
        receiver = machine.value_of(call.receiver)
        path = zod_path(receiver)
        if path is not None:
            return ZodName(".".join((*path, call.method)), _is_3(machine, receiver, call))
    callee = machine.value_of(call.callee)
    path = zod_path(callee) if isinstance(callee, ImportRef) else None
    if path:
        return ZodName(".".join(path), _is_3(machine, callee, call))
    if not isinstance(callee, FunctionValue) or call.is_new:
        return None
    found = made_by(machine, callee)
    if found is not None:
        return ZodName(found.name, found.is_v3)
    found = made_for_class(machine, call)
    return None if found is None else ZodName(found.name, found.is_v3, skip=1)


def _is_3(machine: Machine, holder: Value, call: CallValue) -> bool:
    """Tell whether zod's namespace, or its function that is called, is of zod 3."""
    if isinstance(holder, ImportRef):
        return "v3" in holder.specifier or "zod3" in holder.specifier
    if isinstance(holder, ObjectValue):
        keys = holder.entries().keys()
        if keys & _ONLY_3 and not keys & _ONLY_4:
            return True
        if keys & _ONLY_4 or "datetime" in keys:
            return False
    callee = machine.value_of(call.callee)
    found = made_by(machine, callee) if isinstance(callee, FunctionValue) else None
    return found is not None and found.is_v3


def foreign_library(machine: Machine, call: CallValue) -> str | None:
    """Return the package that a schema's call comes from, when it is an import that is not zod."""
    value: Value = call
    for _ in range(32):
        if isinstance(value, ImportRef):
            return None if "zod" in value.specifier else value.specifier
        if not isinstance(value, CallValue):
            return None
        thunk = value.receiver if value.receiver is not None else value.callee
        value = machine.value_of(thunk)
    return None
