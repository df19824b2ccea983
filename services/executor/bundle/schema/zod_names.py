"""Recognises zod: which of its functions a callee is, however a bundler has renamed it.

Evidence, the first that holds: an import from a package with "zod" in its name; a member of an
object whose keys are those of zod's namespace (bundlers keep them, since code asks for them by
name); a function that makes a class which zod itself names by a string:
``$constructor("ZodString", ...)`` in zod 4 (https://github.com/colinhacks/zod, in
packages/zod/src/v4/core/core.ts), ``typeName: ZodFirstPartyTypeKind.ZodString`` in zod 3.
"""

from __future__ import annotations

import re

from services.executor.bundle.machine import Machine
from services.executor.bundle.syntax import Node, descendants
from services.executor.bundle.values import (
    CallValue,
    FunctionValue,
    GlobalRef,
    ImportRef,
    ObjectValue,
    Unsupported,
    Value,
)

FUNCTION_NODES = 600
_CLASS_NAME = re.compile(r"^\$?Zod(?:Mini)?([A-Z]\w*)$")
_NAMESPACE = frozenset({"object", "string", "number", "array", "union"})
_ISO = frozenset({"datetime", "date", "time"})
_COERCE = frozenset({"string", "number", "boolean", "date"})
_WHOLE = frozenset({"z", "default", "zod"})
# zod's own name of a class, without "Zod", to the function that makes it, where it is not just
# the name with a small first letter.
_OF_CLASS = {
    "BigInt": "bigint",
    "CIDRv4": "cidrv4",
    "CIDRv6": "cidrv6",
    "CUID": "cuid",
    "CUID2": "cuid2",
    "Default": "_default",
    "GUID": "guid",
    "IPv4": "ipv4",
    "IPv6": "ipv6",
    "ISODate": "iso.date",
    "ISODateTime": "iso.datetime",
    "ISODuration": "iso.duration",
    "ISOTime": "iso.time",
    "JWT": "jwt",
    "KSUID": "ksuid",
    "NaN": "nan",
    "NanoID": "nanoid",
    "ULID": "ulid",
    "URL": "url",
    "UUID": "uuid",
    "XID": "xid",
    "Effects": "effects",
    "CheckLessThan": "lte",
    "CheckGreaterThan": "gte",
    "NativeEnum": "enum",
    "CustomStringFormat": "stringFormat",
}
_NUMBER_FORMATS = {
    "safeint": "int",
    "int32": "int32",
    "uint32": "uint32",
    "float32": "float32",
    "float64": "float64",
}


def zod_path(value: Value) -> tuple[str, ...] | None:
    """Return the members of zod that lead to ``value``; () is zod itself, None is no zod."""
    if isinstance(value, ImportRef):
        if "zod" not in value.specifier:
            return None
        path = value.path
        while path and path[0] in _WHOLE:
            path = path[1:]
        return path
    if isinstance(value, ObjectValue):
        keys = value.entries().keys()
        if keys >= _NAMESPACE:
            return ()
        if keys >= _ISO and len(keys) < 20:
            return ("iso",)
        if keys >= _COERCE and "object" not in keys and len(keys) < 20:
            return ("coerce",)
    return None


def zod_function(machine: Machine, call: CallValue) -> str | None:
    """Return the name of the zod function that is called, such as "object" or "iso.datetime"."""
    if call.receiver is not None and call.method is not None:
        path = zod_path(machine.value_of(call.receiver))
        if path is not None:
            return ".".join((*path, call.method))
    callee = machine.value_of(call.callee)
    path = zod_path(callee) if isinstance(callee, ImportRef) else None
    if path:
        return ".".join(path)
    return _made_by(machine, callee) if isinstance(callee, FunctionValue) else None


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


def is_unknown_root(value: Value) -> bool:
    """Tell whether nothing at all is known of ``value``."""
    return isinstance(value, (Unsupported, GlobalRef))


def _made_by(machine: Machine, function: FunctionValue) -> str | None:
    """Return the zod function that ``function`` is, by the class that it makes."""
    name: str | None = None
    for node in descendants(function.node.body, FUNCTION_NODES):
        if node.type in ("NewExpression", "CallExpression"):
            candidates = [node.callee] if node.type == "NewExpression" else node.arguments[:1]
            for candidate in candidates:
                if candidate.type == "Identifier":
                    name = name or _class_name(machine, function, candidate)
        elif node.type == "Property" and node.key.name == "typeName":
            name = name or _type_name(node.value)
        if name is not None:
            break
    if name is None:
        return None
    return _function_of(machine, function, name)


def _class_name(machine: Machine, function: FunctionValue, identifier: Node) -> str | None:
    scope = machine.tree.of(function.node, function.env.scope)
    binding = scope.lookup(str(identifier.name))
    if binding is None or binding.steps:
        return None
    value = binding.value
    if value is None and len(binding.writes) == 1:
        value = binding.writes[0].value
    if value is None or value.type != "CallExpression" or not value.arguments:
        return None
    first = value.arguments[0]
    match = _CLASS_NAME.match(str(first.value)) if first.type == "Literal" else None
    return match[1] if match else None


def _type_name(node: Node) -> str | None:
    if node.type != "MemberExpression" or node.computed:
        return None
    match = _CLASS_NAME.match(str(node.property.name))
    return match[1] if match else None


def _function_of(machine: Machine, function: FunctionValue, name: str) -> str:
    if name == "NumberFormat":
        return _number_format(machine, function)
    if name == "Object":
        return _object_function(machine, function)
    if name in _OF_CLASS:
        return _OF_CLASS[name]
    name = name.removeprefix("Check")
    return name[:1].lower() + name[1:]


def _number_format(machine: Machine, function: FunctionValue) -> str:
    """Return which of ``int``, ``int32``, ... a function is, by a string in what it calls."""
    bodies = [function.node.body]
    scope = machine.tree.of(function.node, function.env.scope)
    for node in descendants(function.node.body, FUNCTION_NODES):
        if node.type == "CallExpression" and node.callee.type == "Identifier":
            binding = scope.lookup(str(node.callee.name))
            if binding is not None and binding.value is not None:
                bodies.append(binding.value)
    for body in bodies:
        for node in descendants(body, FUNCTION_NODES):
            if node.type == "Literal" and str(node.value) in _NUMBER_FORMATS:
                return _NUMBER_FORMATS[str(node.value)]
    return "number"


def _object_function(machine: Machine, function: FunctionValue) -> str:
    """Tell ``object`` from ``strictObject`` and ``looseObject``, by the catch-all that it sets."""
    for node in descendants(function.node.body, FUNCTION_NODES):
        if node.type != "Property" or node.key.name != "catchall":
            continue
        if node.value.type != "CallExpression" or node.value.callee.type != "Identifier":
            continue
        callee = machine.evaluate(node.value.callee, function.env)
        made = _made_by(machine, callee) if isinstance(callee, FunctionValue) else None
        if made in ("never", "unknown"):
            return "strictObject" if made == "never" else "looseObject"
    return "object"
