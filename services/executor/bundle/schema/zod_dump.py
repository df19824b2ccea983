"""A zod schema from the definition the sandbox returns (``zod-definition.js`` of the prelude).

The definition comes from the bundle's own code: every part is checked, and nothing is assumed.
"""

from __future__ import annotations

from services.executor.bundle.schema.model import (
    Absent,
    BigLiteral,
    Check,
    Deferred,
    Literal,
    Pattern,
    UnreadableSchemaError,
    Zod,
)
from services.executor.bundle.schema.zod_arguments import whole_numbers
from services.executor.bundle.schema.zod_formats import CIDR_3, FORMATS_3
from services.executor.bundle.schema.zod_texts import escaped
from services.executor.domain import Json, JsonObject

MAX_NODES = 5_000
_TYPES_3 = {
    "ZodBigInt": "bigint",
    "ZodDiscriminatedUnion": "union",
    "ZodNaN": "nan",
    "ZodNativeEnum": "enum",
    "ZodPipeline": "pipe",
}
_SINGLE = {"innerType", "element", "schema", "valueType", "in"}
_NUMBER_FORMATS = {"safeint": "int"}
_BOUNDS_3 = {
    "minLength": "min_length",
    "minSize": "min_length",
    "maxLength": "max_length",
    "maxSize": "max_length",
    "exactLength": "length_equals",
}


def zod_of(definition: Json) -> Zod:
    """Return the schema of a definition ``{isV3, nodes}``.

    Raises:
        UnreadableSchemaError: it is not the definition of a zod schema.
    """
    nodes = definition.get("nodes") if isinstance(definition, dict) else None
    if not isinstance(nodes, list) or not nodes or len(nodes) > MAX_NODES:
        raise UnreadableSchemaError("the sandbox did not return a zod schema definition")
    assert isinstance(definition, dict)
    return _Dump(nodes, is_v3=definition.get("isV3") is True).schema(0)


class _Dump:
    def __init__(self, nodes: list[Json], *, is_v3: bool) -> None:
        self._nodes = nodes
        self._is_v3 = is_v3
        self._made: dict[int, Zod] = {}

    def schema(self, index: Json) -> Zod:
        """Return the schema of a node, which others may refer to while it is being built."""
        if isinstance(index, bool) or not isinstance(index, int):
            raise _broken()
        if not 0 <= index < len(self._nodes):
            raise _broken()
        found = self._made.get(index)
        if found is not None:
            return found
        node = self._nodes[index]
        if not isinstance(node, dict):
            raise _broken()
        found = self._made[index] = Zod("", self._is_v3)
        self._fill(found, node)
        return found

    def _fill(self, schema: Zod, node: JsonObject) -> None:
        schema.type = self._type(node)
        schema.flags = self._flags(node)
        schema.checks = _checks(node, is_v3=self._is_v3)
        meta = node.get("meta")
        schema.meta = dict(meta) if isinstance(meta, dict) else {}
        for name in sorted(_SINGLE & node.keys()):
            schema.inner = self.schema(node[name])
        if schema.type == "lazy" and schema.inner is not None:
            inner = schema.inner
            schema.lazy = Deferred(lambda: inner)
        schema.out = self._maybe(node, "out")
        schema.key = self._maybe(node, "keyType")
        schema.rest = self._maybe(node, "rest") or self._catchall(node)
        schema.options = self._options(node)
        schema.shape = self._shape(node)
        self._fill_values(schema, node)

    def _type(self, node: JsonObject) -> str:
        if not self._is_v3:
            kind = str(node.get("type", ""))
            return "instanceof" if kind == "custom" and "class" in _texts(node, "flags") else kind
        name = str(node.get("typeName", ""))
        return _TYPES_3.get(name, name.removeprefix("Zod").lower())

    def _flags(self, node: JsonObject) -> frozenset[str]:
        flags = set(_texts(node, "flags"))
        if node.get("inclusive") is False or (node.get("discriminator") and not self._is_v3):
            flags.add("exclusive")
        for name, value in (("partial", True), ("mode", "loose"), ("coerce", True)):
            if node.get(name) == value:
                flags.add("loose" if name == "mode" else name)
        if node.get("unknownKeys") in ("strict", "passthrough"):
            flags.add(str(node["unknownKeys"]))
        if node.get("typeName") == "ZodNativeEnum":
            flags.add("native")
        if node.get("effect") == "refinement":
            flags.add("checked")
        if "value" in node:
            flags.add("valued")
        return frozenset(flags)

    def _maybe(self, node: JsonObject, name: str) -> Zod | None:
        return self.schema(node[name]) if name in node else None

    def _catchall(self, node: JsonObject) -> Zod | None:
        found = self._maybe(node, "catchall")
        return None if found is None or (self._is_v3 and found.type == "never") else found

    def _options(self, node: JsonObject) -> tuple[Zod, ...]:
        if "left" in node and "right" in node:
            return (self.schema(node["left"]), self.schema(node["right"]))
        listed = node.get("options", node.get("items", []))
        return tuple(self.schema(index) for index in listed) if isinstance(listed, list) else ()

    def _shape(self, node: JsonObject) -> dict[str, Deferred] | None:
        pairs = node.get("shape")
        if not isinstance(pairs, list):
            return None
        found: dict[str, Deferred] = {}
        for pair in pairs:
            if not isinstance(pair, list) or len(pair) != 2 or not isinstance(pair[0], str):
                raise _broken()
            found[pair[0]] = _known(self.schema(pair[1]))
        return found

    def _fill_values(self, schema: Zod, node: JsonObject) -> None:
        values = node.get("values")
        listed = values if isinstance(values, list) else []
        schema.values = tuple(_value(boxed) for boxed in listed)
        if schema.type == "enum":
            pairs = node.get("entries")
            if isinstance(pairs, list):
                schema.entries = {str(p[0]): p[1] for p in pairs if isinstance(p, list) and p[1:]}
            else:
                schema.entries = {str(v): v for v in schema.values if isinstance(v, str)}
        if "value" in node:
            given = _value(node["value"])
            if isinstance(given, (Absent, BigLiteral)):
                schema.flags -= {"valued"}
            else:
                schema.value = given
        pattern = node.get("pattern")
        if schema.type == "template_literal" and isinstance(pattern, str):
            check = Check("string_format", pattern=Pattern(pattern))
            schema.type, schema.checks = "string", (check,)


def _broken() -> UnreadableSchemaError:
    return UnreadableSchemaError("the sandbox returned an invalid definition")


def _known(schema: Zod) -> Deferred:
    return Deferred(lambda: schema)


def _texts(node: JsonObject, name: str) -> list[str]:
    found = node.get(name)
    return [text for text in found if isinstance(text, str)] if isinstance(found, list) else []


def _value(boxed: Json) -> Literal:
    if not isinstance(boxed, dict):
        raise _broken()
    if "bigint" in boxed:
        text = str(boxed["bigint"])
        if len(text) > 100 or not text.removeprefix("-").isdecimal():
            raise _broken()
        return BigLiteral(int(text))
    return whole_numbers(boxed["json"]) if "json" in boxed else Absent.UNDEFINED


def _checks(node: JsonObject, *, is_v3: bool) -> tuple[Check, ...]:
    listed = node.get("checks")
    given = [c for c in listed if isinstance(c, dict)] if isinstance(listed, list) else []
    checks = [_check_3(c) if is_v3 else _check_4(c) for c in given]
    for name, check in _BOUNDS_3.items():
        if name in node:
            checks.append(Check(check, node[name]))
    return tuple(check for check in checks if check is not None)


def _pattern(check: JsonObject) -> Pattern | None:
    found = check.get("pattern")
    if not isinstance(found, list) or len(found) != 2 or not isinstance(found[0], str):
        return None
    return None if set(str(found[1])) & set("imsyv") else Pattern(found[0], str(found[1]))


def _check_4(check: JsonObject) -> Check | None:
    name = str(check.get("check", ""))
    match name:
        case "greater_than" | "less_than":
            return Check(name, check.get("value"), check.get("inclusive") is not False)
        case "multiple_of":
            return Check(name, check.get("value"))
        case "min_length" | "min_size":
            return Check("min_length", check.get("minimum"))
        case "max_length" | "max_size":
            return Check("max_length", check.get("maximum"))
        case "length_equals" | "size_equals":
            return Check("length_equals", check.get("length", check.get("size")))
        case "number_format":
            form = str(check.get("format", ""))
            form = _NUMBER_FORMATS.get(form, form)
            return Check(name, format=form) if form in _RANGES else None
        case "string_format":
            lax = check.get("local") is True or check.get("precision") == -1
            form = str(check.get("format", ""))
            return Check(name, format=form, pattern=_pattern(check), lax=lax)
        case "mime_type":
            return Check(name, check.get("mime"))
        case _:
            return Check("other")


_RANGES = frozenset({"int", "int32", "uint32", "float32", "float64"})
_KINDS_3 = {"min": "min_length", "max": "max_length", "length": "length_equals"}


def _check_3(check: JsonObject) -> Check | None:
    kind = str(check.get("kind", ""))
    if "inclusive" in check and kind in ("min", "max"):
        name = "greater_than" if kind == "min" else "less_than"
        return Check(name, check.get("value"), check["inclusive"] is True)
    match kind:
        case "min" | "max" | "length":
            return Check(_KINDS_3[kind], check.get("value"))
        case "int":
            return Check("number_format", format="int")
        case "multipleOf":
            return Check("multiple_of", check.get("value"))
        case "regex":
            return Check("string_format", format="regex", pattern=_pattern(check))
        case "datetime":
            return Check("string_format", format="date-time")
        case "ip":
            return Check("string_format", format=f"ip{check.get('version') or '?'}")
        case "cidr":
            version = check.get("version")
            patterns = [CIDR_3[version]] if version in CIDR_3 else list(CIDR_3.values())
            return Check("string_format", pattern=Pattern("|".join(patterns)))
        case "base64":
            return Check("content_encoding", "base64")
        case "includes" | "startsWith" | "endsWith":
            text = escaped(str(check.get("value", "")), is_v3=True)
            pattern = {"startsWith": f"^{text}", "endsWith": f"{text}$"}.get(kind, text or "(?:)")
            return Check("string_format", pattern=Pattern(pattern))
    said = FORMATS_3.get(kind)
    if said is None:
        return Check("other")
    known = Pattern(str(said["pattern"])) if "pattern" in said else None
    return Check("string_format", format=str(said.get("format", "")), pattern=known)
