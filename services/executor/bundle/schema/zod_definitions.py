"""Identifies zod's functions by the class they make and the definition they pass to it.

zod 4: ``new ZodRecord({type: "record", ..., mode: "loose"})`` or
``core._uuidv4(ZodUUID, params)``, which makes ``new Class({..., version: "v4"})``, where
``ZodRecord = $constructor("ZodRecord", ...)``. zod 3: ``new ZodString({..., typeName:
ZodFirstPartyTypeKind.ZodString})``. Bundlers rename variables, never these strings and keys.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from services.executor.bundle.evaluate.machine import Machine
from services.executor.bundle.evaluate.values import (
    CallValue,
    Constant,
    Env,
    Frame,
    FunctionValue,
    Value,
)
from services.executor.bundle.schema.zod_bodies import defined_in, result_of, text_of
from services.executor.bundle.syntax.syntax import FUNCTION_TYPES, Node, property_name

MAX_DEPTH = 3
_CLASS_NAME = re.compile(r"^\$?Zod(?:Mini)?([A-Z]\w*)$")
# Maps zod's name of a class, without "Zod", to the function that makes it, where that is not just
# the name with a lowercase first letter.
_OF_CLASS = {
    "BigInt": "bigint",
    "BigIntFormat": "int64",
    "Default": "_default",
    "IPv4": "ipv4",
    "IPv6": "ipv6",
    "ISODate": "iso.date",
    "ISODateTime": "iso.datetime",
    "ISOTime": "iso.time",
    "NaN": "nan",
    "NativeEnum": "nativeEnum",
    "Pipeline": "pipe",
    "URL": "url",
    "UUID": "uuid",
}
_FORMATS = {
    "safeint": "int",
    "int32": "int32",
    "uint32": "uint32",
    "float32": "float32",
    "float64": "float64",
    "int64": "int64",
    "uint64": "uint64",
}


@dataclass(frozen=True)
class Made:
    """A zod function by name, and whether it is from zod 3."""

    name: str
    is_v3: bool


@dataclass(frozen=True)
class _Definition:
    """The class's name without "Zod", and its definition."""

    name: str
    is_v3: bool
    constants: dict[str, object]
    keys: frozenset[str]
    catchall: Made | None = None


def made_by(machine: Machine, function: FunctionValue) -> Made | None:
    """Return which zod function ``function`` is; None if it does not make a zod class itself."""
    if function.node.body is None:
        return None
    found = _definition(machine, function, MAX_DEPTH)
    return None if found is None else Made(_name(found), found.is_v3)


def made_for_class(machine: Machine, call: CallValue) -> Made | None:
    """Return the zod function inlined as ``core._any(ZodAny, params)``, or None."""
    if call.opaque_arguments or not call.arguments or call.node.type != "CallExpression":
        return None
    if class_name(machine.value_of(call.arguments[0])) is None:
        return None
    found = _helped(machine, call.node, call.env)
    return None if found is None else Made(_name(found), found.is_v3)


def _definition(machine: Machine, function: FunctionValue, depth: int) -> _Definition | None:
    env = _inside(machine, function)
    result = result_of(function.node)
    if result is None:
        return None
    if result.type == "NewExpression":
        return _constructed(machine, function, result, env, depth)
    if result.type != "CallExpression":
        return None
    found = _helped(machine, result, env)
    if found is None and result.callee.type in FUNCTION_TYPES and depth > 0:
        inner = machine.evaluate(result.callee, env)  # `return function (...) {...}(...)`
        return _definition(machine, inner, depth - 1) if isinstance(inner, FunctionValue) else None
    return found


def _inside(machine: Machine, function: FunctionValue) -> Env:
    scope = machine.tree.of(function.node, function.env.scope)
    return Env(scope, Frame(scope, function.env.frame, None))


def _constructed(
    machine: Machine, function: FunctionValue, node: Node, env: Env, depth: int
) -> _Definition | None:
    """Read ``new ZodString({...})``, zod 4's by its class name, zod 3's by ``typeName``."""
    given = _literal(function.node, node)
    name = class_name(machine.evaluate(node.callee, env)) if _is_name(node.callee) else None
    if name is not None:
        return _told(machine, name, given, env, depth, is_v3=False)
    for prop in given.properties if given is not None else ():
        if prop.type == "Property" and _key(prop) == "typeName":
            name = _type_name(prop.value)
            if name is not None:
                return _told(machine, name, given, env, depth, is_v3=True)
    return None


def _literal(function: Node, construction: Node) -> Node | None:
    """Return the object literal passed to a construction, also by a name in the function."""
    given = construction.arguments[0] if construction.arguments else None
    if given is not None and given.type == "Identifier":
        given = defined_in(function, str(given.name))
    if given is not None and given.type == "ConditionalExpression":  # both are for the same class
        given = given.alternate
    return given if given is not None and given.type == "ObjectExpression" else None


def _helped(machine: Machine, node: Node, env: Env) -> _Definition | None:
    """Read ``core._email(ZodEmail, params)``: the definition is in the called function."""
    first = node.arguments[0] if node.arguments else None
    if first is None or not _is_name(first):
        is_stringbool = {"Boolean", "String"} <= _keys(first)
        return _Definition("Stringbool", False, {}, frozenset()) if is_stringbool else None
    name = class_name(machine.evaluate(first, env))
    helper = machine.evaluate(node.callee, env) if name is not None else None
    if name is None or not isinstance(helper, FunctionValue):
        return None
    result = result_of(helper.node)
    if result is None or result.type != "NewExpression":
        return None
    inner = _inside(machine, helper)
    found = _told(machine, name, _literal(helper.node, result), inner, 0, is_v3=False)
    second = text_of(node.arguments[1]) if len(node.arguments) > 1 else None
    if second is not None:
        found.constants.setdefault("format", second)
    return found


def _keys(node: Node) -> set[str | None]:
    if node is None or node.type != "ObjectExpression":
        return set()
    return {_key(prop) for prop in node.properties if prop.type == "Property"}


def _told(
    machine: Machine, name: str, given: Node, env: Env, depth: int, *, is_v3: bool
) -> _Definition:
    constants: dict[str, object] = {}
    keys: set[str] = set()
    catchall: Made | None = None
    for prop in given.properties if given is not None else ():
        key = _key(prop) if prop.type == "Property" else None
        if key is None:
            continue
        keys.add(key)
        if key == "catchall" and prop.value.type == "CallExpression" and depth > 0 and not is_v3:
            callee = machine.evaluate(prop.value.callee, env)
            if isinstance(callee, FunctionValue):
                catchall = made_by(machine, callee)
        elif key == "effect" and prop.value.type == "ObjectExpression":
            constants |= {"effect": _effect_type(prop.value)}
        elif prop.value.type in ("Literal", "TemplateLiteral", "UnaryExpression"):
            value = machine.evaluate(prop.value, env)
            if isinstance(value, Constant):
                constants[key] = value.value
    return _Definition(name, is_v3, constants, frozenset(keys), catchall)


def _effect_type(node: Node) -> object:
    for prop in node.properties:
        if prop.type == "Property" and _key(prop) == "type":
            return text_of(prop.value)
    return None


def _is_name(node: Node) -> bool:
    return node.type == "Identifier" or (node.type == "MemberExpression" and not node.computed)


def class_name(value: Value) -> str | None:
    """Return "String" for ``$constructor("ZodString", ...)``."""
    if not isinstance(value, CallValue) or not value.arguments:
        return None
    first = value.arguments[0].node
    text = None if first is None else text_of(first)
    match = None if text is None else _CLASS_NAME.match(text)
    return match[1] if match else None


def _type_name(node: Node) -> str | None:
    text = text_of(node)
    if text is None and node.type == "MemberExpression" and not node.computed:
        text = str(node.property.name)
    match = None if text is None else _CLASS_NAME.match(text)
    return match[1] if match else None


def _key(prop: Node) -> str | None:
    return property_name(prop.key, computed=bool(prop.computed))


def _name(found: _Definition) -> str:
    name, told = found.name, found.constants
    if told.get("coerce") is True:
        return f"coerce.{_OF_CLASS.get(name, name[:1].lower() + name[1:])}"
    refined = _REFINED.get(name)
    if refined is not None:
        return refined(found)
    if name in _OF_CLASS:
        return _OF_CLASS[name]
    return _OF_CLASS.get(name, name[:1].lower() + name[1:])


def _object(found: _Definition) -> str:
    if found.is_v3:
        unknown = found.constants.get("unknownKeys")
        return "strictObject" if unknown == "strict" else "object"
    made = found.catchall.name if found.catchall else ""
    otherwise = "object with a catchall" if "catchall" in found.keys else "object"
    return {"never": "strictObject", "unknown": "looseObject"}.get(made, otherwise)


def _record(found: _Definition) -> str:
    if found.constants.get("partial") is True:
        return "partialRecord"
    return "looseRecord" if found.constants.get("mode") == "loose" else "record"


def _union(found: _Definition) -> str:
    if "discriminator" in found.keys:
        return "discriminatedUnion"
    return "xor" if found.constants.get("inclusive") is False else "union"


def _uuid(found: _Definition) -> str:
    return f"uuid{found.constants.get('version', '')}"


def _url(found: _Definition) -> str:
    return "httpUrl" if "hostname" in found.keys else "url"


def _by_format(found: _Definition) -> str:
    return _FORMATS.get(str(found.constants.get("format", "")), "number")


def _pipe(found: _Definition) -> str:
    return "codec" if "reverseTransform" in found.keys else "pipe"


def _effects(found: _Definition) -> str:
    return "preprocess" if found.constants.get("effect") == "preprocess" else "effects"


_REFINED: dict[str, Callable[[_Definition], str]] = {
    "BigIntFormat": _by_format,
    "Codec": _pipe,
    "DiscriminatedUnion": lambda _found: "discriminatedUnion",
    "Effects": _effects,
    "NumberFormat": _by_format,
    "Object": _object,
    "Pipe": _pipe,
    "Record": _record,
    "URL": _url,
    "UUID": _uuid,
    "Union": _union,
    "Xor": lambda _found: "xor",
}
