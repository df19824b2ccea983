"""Recognises zod's functions, however a bundler has renamed them.

Evidence, the first that holds: an import from a package with "zod" in its name; a member of an
object whose keys are those of zod's namespace (bundlers keep them, since code looks them up by
name); a function that makes a class which zod itself names by a string:
``$constructor("ZodString", ...)`` in zod 4 (https://github.com/colinhacks/zod, in
packages/zod/src/v4/core/core.ts), ``typeName: ZodFirstPartyTypeKind.ZodString`` in zod 3. What the
function writes into that class's definition distinguishes functions of one class
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
    """A zod function: ``name`` is e.g. "object" or "iso.datetime"; ``is_v3`` is true for zod 3.

    ``skip`` counts the call's arguments before the function's own: the class, where a minifier
    reduced ``z.any()`` to ``core._any(ZodAny)``.
    """

    name: str
    is_v3: bool = False
    skip: int = 0


def zod_path(value: Value) -> tuple[str, ...] | None:
    """Return the members of zod that lead to ``value``; () is zod itself, None is not zod."""
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
    """Return which zod function is called, or None."""
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
    """Return whether zod's namespace, or the called function, is from zod 3."""
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
    """Return the package that a schema's call comes from, if it is an import other than zod."""
    value: Value = call
    for _ in range(32):
        if isinstance(value, ImportRef):
            return None if "zod" in value.specifier else value.specifier
        if not isinstance(value, CallValue):
            return None
        thunk = value.receiver if value.receiver is not None else value.callee
        value = machine.value_of(thunk)
    return None
