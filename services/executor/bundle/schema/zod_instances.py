"""Reads ``new ZodEnum({type: "enum", entries})``, to which minifiers reduce ``z.enum(entries)``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from services.executor.bundle.evaluate.machine import Machine
from services.executor.bundle.evaluate.values import CallValue, ObjectValue, Undefined
from services.executor.bundle.schema.zod_definitions import class_name

# Maps a class to its zod function and the keys of its definition that are the arguments.
_CLASSES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "Any": ("any", ()),
    "Array": ("array", ("element",)),
    "Boolean": ("boolean", ()),
    "Date": ("date", ()),
    "DiscriminatedUnion": ("discriminatedUnion", ("discriminator", "options")),
    "Enum": ("enum", ("entries",)),
    "Intersection": ("intersection", ("left", "right")),
    "Literal": ("literal", ("values",)),
    "Map": ("map", ("keyType", "valueType")),
    "Never": ("never", ()),
    "Null": ("null", ()),
    "Nullable": ("nullable", ("innerType",)),
    "Number": ("number", ()),
    "Object": ("object", ("shape",)),
    "Optional": ("optional", ("innerType",)),
    "Promise": ("promise", ("innerType",)),
    "Readonly": ("readonly", ("innerType",)),
    "Record": ("record", ("keyType", "valueType")),
    "Set": ("set", ("valueType",)),
    "String": ("string", ()),
    "TemplateLiteral": ("templateLiteral", ("parts",)),
    "Transform": ("transform", ("transform",)),
    "Tuple": ("tuple", ("items",)),
    "Undefined": ("undefined", ()),
    "Union": ("union", ("options",)),
    "Unknown": ("unknown", ()),
    "Void": ("void", ()),
}


@dataclass(frozen=True)
class MadeInstance:
    """A zod function by name, and a call with the arguments it would have had."""

    name: str
    call: CallValue


def made_instance(machine: Machine, call: CallValue) -> MadeInstance | None:
    """Return the zod call that a construction of a zod class stands for, or None.

    A definition with more than the function's arguments is not recognised.
    """
    if not call.is_new or call.opaque_arguments or len(call.arguments) != 1:
        return None
    known = _CLASSES.get(class_name(machine.value_of(call.callee)) or "")
    if known is None:
        return None
    name, keys = known
    given = machine.forced(machine.value_of(call.arguments[0]))
    if not isinstance(given, ObjectValue) or given.uncertain:
        return None
    entries = given.entries()
    if entries.keys() != {"type", *keys} or not _says_nothing_more(machine, given):
        return None
    return MadeInstance(name, replace(call, arguments=tuple(entries[key] for key in keys)))


def _says_nothing_more(machine: Machine, given: ObjectValue) -> bool:
    """Return whether the only spread is ``...normalizeParams(undefined)``."""
    for rest in given.opaque():
        if not isinstance(rest.value, CallValue) or rest.value.opaque_arguments:
            return False
        values = [machine.value_of(argument) for argument in rest.value.arguments]
        if not all(isinstance(value, Undefined) for value in values):
            return False
    return True
