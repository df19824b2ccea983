"""What each zod function makes, such as ``z.string()`` and ``z.object({...})``."""

from __future__ import annotations

from collections.abc import Callable

from services.executor.bundle.evaluate.values import (
    CallValue,
    Constant,
    MemberValue,
    Undefined,
    Unsupported,
)
from services.executor.bundle.schema.model import (
    Check,
    UnreadableSchemaError,
    Zod,
    in_order,
    javascript_text,
)
from services.executor.bundle.schema.zod_arguments import Arguments
from services.executor.bundle.schema.zod_reader import Maker, ZodReader
from services.executor.bundle.schema.zod_texts import (
    ISO_FORMATS,
    TEXT_FORMATS,
    format_check,
)

SAFE = 2**53 - 1
FLOAT32 = 3.4028234663852886e38
FLOAT64 = 1.7976931348623157e308
NUMBER_RANGES: dict[str, tuple[float, float]] = {
    "int": (-SAFE, SAFE),
    "int32": (-(2**31), 2**31 - 1),
    "uint32": (0, 2**32 - 1),
    "float32": (-FLOAT32, FLOAT32),
    "float64": (-FLOAT64, FLOAT64),
}


def make(arguments: Arguments, kind: str, **fields: object) -> Zod:
    """Return a schema made by a call, with the metadata from its parameters in zod 3."""
    schema = Zod(kind, arguments.is_v3, arguments.node, arguments.path)
    for name, value in fields.items():
        setattr(schema, name, value)
    if arguments.is_v3:
        _describe_3(schema, arguments)
    return schema


def _describe_3(schema: Zod, arguments: Arguments) -> None:
    """Take ``{description}`` from the last argument, as zod 3 does."""
    if len(arguments):
        said = arguments.options(len(arguments) - 1).get("description")
        if isinstance(said, str) and arguments.option(len(arguments) - 1, "parse") is None:
            schema.meta = {"description": said}


def of(kind: str, *flags: str) -> Maker:
    """Return a maker of a type that takes no arguments."""

    def apply(_reader: ZodReader, arguments: Arguments) -> Zod:
        coerces = arguments.is_v3 and arguments.options(0).get("coerce") is True
        return make(arguments, kind, flags=frozenset((*flags, *(["coerce"] if coerces else []))))

    return apply


def make_text(name: str) -> Maker:
    """Return a maker of strings of a format."""

    def apply(_reader: ZodReader, arguments: Arguments) -> Zod:
        return make(arguments, "string", checks=(format_check(name, arguments),))

    return apply


def make_number(name: str) -> Maker:
    """Return a maker of numbers of a format."""

    def apply(_reader: ZodReader, arguments: Arguments) -> Zod:
        return make(arguments, "number", checks=(Check("number_format", format=name),))

    return apply


def make_object(*flags: str, rest: str = "") -> Maker:
    """Return a maker of objects whose further keys have the type ``rest``."""

    def apply(reader: ZodReader, arguments: Arguments) -> Zod:
        shape = reader.shape(arguments.value(0), arguments.path)
        more = Zod(rest, arguments.is_v3) if rest and not arguments.is_v3 else None
        flag = frozenset(flags) if arguments.is_v3 else frozenset()
        return make(arguments, "object", shape=shape, rest=more, flags=flag)

    return apply


def wrapper(kind: str, *, path: str = "", flags: tuple[str, ...] = ()) -> Maker:
    """Return a maker of types that hold one schema: optional, array, readonly, ..."""

    def apply(_reader: ZodReader, arguments: Arguments) -> Zod:
        return make(arguments, kind, inner=arguments.schema(0, path), flags=frozenset(flags))

    return apply


def make_tuple(_reader: ZodReader, arguments: Arguments) -> Zod:
    """Make ``z.tuple([a, b], rest)``."""
    items = arguments.schemas(0)
    given = arguments.value(1)  # what may be a schema is one, or the tuple is not known
    has_rest = not arguments.is_v3 and isinstance(given, (CallValue, MemberValue, Unsupported))
    rest = arguments.schema(1, "[...]") if has_rest else None
    return make(arguments, "tuple", options=items, rest=rest)


def make_record(*flags: str) -> Maker:
    """Return a maker of ``z.record(key, value)`` and ``z.record(value)``."""

    def apply(reader: ZodReader, arguments: Arguments) -> Zod:
        if not reader.is_schema(arguments.value(1)):
            _refuse_unread(reader, arguments, 1)
            key = Zod("string", arguments.is_v3, arguments.node, arguments.path)
            return make(arguments, "record", key=key, inner=arguments.schema(0, "[*]"))
        key, values = arguments.schema(0, "[key]"), arguments.schema(1, "[*]")
        return make(arguments, "record", key=key, inner=values, flags=frozenset(flags))

    return apply


def _refuse_unread(reader: ZodReader, arguments: Arguments, index: int) -> None:
    """Raise the error of an argument that is a schema but cannot be read."""
    value = reader.machine.forced(arguments.value(index))
    if not isinstance(value, (Undefined, Constant)) and not arguments.options(index):
        arguments.schema(index, "[*]")


def make_map(_reader: ZodReader, arguments: Arguments) -> Zod:
    """Make ``z.map(key, value)``."""
    key, values = arguments.schema(0, "[key]"), arguments.schema(1, "[*]")
    return make(arguments, "map", key=key, inner=values)


def make_enum(_reader: ZodReader, arguments: Arguments) -> Zod:
    """Make ``z.enum([...])``, ``z.enum({...})`` and ``z.nativeEnum({...})``."""
    given = arguments.json(0)
    if isinstance(given, list):
        entries = {str(value): value for value in given}
    elif isinstance(given, dict):
        entries = given
    else:
        raise UnreadableSchemaError("its values are not known", arguments.node, arguments.path)
    if not arguments.is_v3 or isinstance(given, dict):  # zod 4 turns a list into an object, too
        entries = dict(in_order(entries))
    return make(arguments, "enum", entries=entries)


def make_native_enum(reader: ZodReader, arguments: Arguments) -> Zod:
    """Make ``z.nativeEnum({...})``."""
    return make_enum(reader, arguments).having(flags=frozenset({"native"}))


def make_literal(_reader: ZodReader, arguments: Arguments) -> Zod:
    """Make ``z.literal(value)`` and ``z.literal([a, b])``."""
    return make(arguments, "literal", values=arguments.literals(0))


def make_union(_reader: ZodReader, arguments: Arguments) -> Zod:
    """Make ``z.union([a, b])``."""
    return make(arguments, "union", options=arguments.schemas(0))


def make_discriminated(_reader: ZodReader, arguments: Arguments) -> Zod:
    """Make ``z.discriminatedUnion("key", [a, b])``."""
    flags = frozenset() if arguments.is_v3 else frozenset({"exclusive"})
    return make(arguments, "union", options=arguments.schemas(1), flags=flags)


def make_intersection(_reader: ZodReader, arguments: Arguments) -> Zod:
    """Make ``z.intersection(a, b)``."""
    return make(arguments, "intersection", options=(arguments.schema(0), arguments.schema(1)))


def with_value(kind: str) -> Callable[[ZodReader, Zod, Arguments, int], Zod]:
    """Return a function that adds an argument as default or as fallback for bad input."""

    def apply(reader: ZodReader, inner: Zod, arguments: Arguments, index: int) -> Zod:
        constant, value = arguments.json_or_none(index)
        if not constant and not isinstance(arguments.value(index), Undefined):
            word = "what stands in for bad input" if kind == "catch" else "its default"
            reader.note(f"{word} is computed and not shown", arguments.path, arguments.node)
        flags = frozenset({"valued"}) if constant else frozenset()
        made = Zod(kind, inner.is_v3, arguments.node, arguments.path, inner=inner)
        return made.having(value=value, flags=flags)

    return apply


def make_preprocess(reader: ZodReader, arguments: Arguments) -> Zod:
    """Make ``z.preprocess(change, schema)``; shown as the schema after the change."""
    reader.note(
        "what `preprocess` changes first is not known; shown is the schema after it",
        arguments.path,
        arguments.node,
    )
    first = make(arguments, "transform")
    if arguments.is_v3:
        return make(arguments, "effects", inner=arguments.schema(1), flags=frozenset({"changes"}))
    return make(arguments, "pipe", inner=first, out=arguments.schema(1))


def make_template(reader: ZodReader, arguments: Arguments) -> Zod:
    """Make ``z.templateLiteral(["a-", z.number()])``."""
    parts: list[Zod | str] = []
    for index, thunk in enumerate(arguments.thunks(0)):
        value = reader.machine.value_of(thunk)
        if reader.is_schema(value):
            parts.append(reader.read(value, f"{arguments.path}[{index}]"))
        else:
            parts.append(_part_text(arguments, value, reader))
    return make(arguments, "template_literal", parts=tuple(parts))


def _part_text(arguments: Arguments, value: object, reader: ZodReader) -> str:
    if isinstance(value, Undefined):
        return "undefined"
    if isinstance(value, Constant):
        return javascript_text(value.value)
    raise UnreadableSchemaError("a part of it is not known", arguments.node, arguments.path)


def _plain() -> dict[str, Maker]:
    plain = (
        "any bigint boolean date file nan never null string number symbol undefined unknown void"
    )
    coerced = ("bigint", "boolean", "date", "number", "string")
    names: dict[str, Maker] = {name: of(name) for name in plain.split()}
    return {
        **names,
        **{f"coerce.{name}": of(name, "coerce") for name in coerced},
        **{f"iso.{name}": make_text(f"iso.{name}") for name in ISO_FORMATS},
        **{name: make_text(name) for name in TEXT_FORMATS},
        **{name: make_number(name) for name in NUMBER_RANGES},
    }


MAKERS: dict[str, Maker] = {
    **_plain(),
    "array": wrapper("array", path="[]"),
    "discriminatedUnion": make_discriminated,
    "enum": make_enum,
    "function": of("function"),
    "instanceof": of("instanceof"),
    "int64": of("bigint"),
    "intersection": make_intersection,
    "literal": make_literal,
    "looseObject": make_object("passthrough", rest="unknown"),
    "map": make_map,
    "nativeEnum": make_native_enum,
    "nullable": wrapper("nullable"),
    "object": make_object(),
    "optional": wrapper("optional"),
    "partialRecord": make_record("partial"),
    "preprocess": make_preprocess,
    "promise": wrapper("promise"),
    "readonly": wrapper("readonly"),
    "record": make_record(),
    "set": wrapper("set", path="[]"),
    "strictObject": make_object("strict", rest="never"),
    "templateLiteral": make_template,
    "transform": of("transform"),
    "tuple": make_tuple,
    "uint64": of("bigint"),
    "union": make_union,
}
