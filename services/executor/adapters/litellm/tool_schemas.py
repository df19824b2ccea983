"""The model's copies of JSON Schemas, in the forms that providers take.

Each takes whatever the original takes: a rewriting may lose a restriction, never an input. What a
model writes is checked against the original, whatever its copy says.

- Every provider: objects without `anyOf`, `oneOf`, `allOf`, `enum`, `not` or `if` at their top.
  OpenAI ("schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the
  top level", langchain-ai/langchainjs#9804), Anthropic ("input_schema does not support oneOf,
  allOf, or anyOf at the top level", anthropics/claude-code#5319), for which LiteLLM would send no
  properties at all. The properties of the branches become those of the object; a key that only
  some branches declare is one of their kind.
- Gemini: the fields of its `Schema` (https://ai.google.dev/api/caching#Schema), without references
  and lists of types, `enum` for texts only. LiteLLM has rewritings of its own, which make objects
  of constants and of numbers from a list, and fail for `true`.
  What stays to it is `null` in `anyOf`, which it marks as `nullable`.
- Models that refused a schema: the same fields.
- Properties whose names LiteLLM takes for keywords are told in the description of their object.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final, TypeAlias
from urllib.parse import unquote

from services.executor.adapters.litellm.inner_schemas import rebuilt

Schema: TypeAlias = dict[str, Any]

# How often a reference is followed within itself, and how many schemas a copy may have.
MOST_NESTED = 2
MOST_SCHEMAS = 5_000
_TEXTS = ("title", "description")
_LIMITS = {
    "string": ("minLength", "maxLength", "pattern"),
    "number": ("minimum", "maximum"),
    "integer": ("minimum", "maximum"),
    "array": ("minItems", "maxItems"),
    "object": ("minProperties", "maxProperties"),
}
_TYPES = (*_LIMITS, "boolean", "null")
_COMBINING = ("allOf", "anyOf", "oneOf", "enum", "const", "not", "if", "then", "else", "$ref")
_TYPE_NAMES: Mapping[type, str] = {
    bool: "boolean",
    dict: "object",
    float: "number",
    int: "integer",
    list: "array",
    str: "string",
}
_SCALARS: Final = ("string", "number", "boolean")


# The formats that a plain copy keeps, by provider; Gemini takes this one of texts.
PLAIN_FORMS: Final = {"gemini": frozenset({"date-time"})}
# Names of properties that LiteLLM removes, or fails for: it takes them for keywords.
TAKEN_NAMES: Final = {
    "gemini": ("$ref", "strict"),
    "mistral": ("$id", "$schema"),
    "xai": ("strict",),
}


def schema_for(provider: str, schema: Schema) -> Schema:
    """Return a tool's schema as a provider takes it; itself where it is such a one."""
    formats = PLAIN_FORMS.get(provider)
    found = flattened(schema) if formats is None else rewritten(schema, formats)
    names = TAKEN_NAMES.get(provider)
    return found if names is None else described(found, names)


def described(schema: Any, names: Collection[str]) -> Any:
    """Return a schema whose properties of these names are only told in descriptions."""
    return rebuilt(schema, partial(_described, names=names))


def _described(found: Schema, names: Collection[str]) -> Schema:
    own, required = _dict(found.get("properties")), found.get("required", [])
    for name in [name for name in own if name in names]:
        need = "needs" if name in required else "takes"
        told = f"It also {need} the key {json.dumps(name)}, of the schema: "
        told += json.dumps(own.pop(name), ensure_ascii=False)
        found["description"] = "\n".join(filter(None, (found.get("description"), told)))
        found["required"] = [each for each in required if each not in names]
        found.pop("additionalProperties", None)
    if found.get("required") == []:
        del found["required"]
    return found


def flattened(schema: Schema) -> Schema:
    """Return a schema of objects with nothing combined at its top; itself if it is one."""
    if schema.get("type") == "object" and not any(name in schema for name in _COMBINING):
        return schema
    flat = _object_of(_Reader(schema).merged(schema))
    names = {"$defs", "definitions"} & {*schema}
    return {**flat, **{name: schema[name] for name in names}}


def rewritten(schema: Schema, formats: Collection[str] = ()) -> Schema:
    """Return a schema in the plain form; one of any object if it has too many parts."""
    reader = _Reader(schema)
    try:
        return _Writer(reader, formats).top(schema)
    except (_TooManyError, RecursionError):
        return {"type": "object", "properties": {}}


class _TooManyError(Exception):
    """A schema without references would have too many parts."""


class _Reader:
    """Follows the references of one schema."""

    def __init__(self, root: Schema) -> None:
        self._root = root

    def target(self, reference: Any) -> Any:
        """Return what a reference within the schema means, True for any other."""
        if not isinstance(reference, str) or not reference.startswith("#"):
            return True
        found: Any = self._root
        for part in reference[1:].split("/")[1:]:
            key = unquote(part).replace("~1", "/").replace("~0", "~")
            if isinstance(found, dict) and key in found:
                found = found[key]
            elif isinstance(found, list) and key.isdigit() and int(key) < len(found):
                found = found[int(key)]
            else:
                return True
        return found

    def merged(self, schema: Any, seen: Sequence[str] = ()) -> Any:
        """Return a schema with its own reference and `allOf` merged into it, and `oneOf` renamed.

        Of two that say the same of one thing the first is kept: it takes all that both take.
        """
        if not isinstance(schema, dict):
            return schema
        parts = [each for each in schema.get("allOf", ()) if isinstance(each, dict)]
        reference = schema.get("$ref")
        if reference is not None and reference not in seen:
            parts.append(self.target(reference))
            seen = (*seen, reference)
        found = {name: value for name, value in schema.items() if name not in ("allOf", "$ref")}
        if "oneOf" in found:
            found.setdefault("anyOf", found.pop("oneOf"))
        for part in parts:
            found = _both(found, self.merged(part, seen))
        return found


def _references(schema: Any) -> list[str]:
    """Return the references of a schema that ``merged`` follows."""
    if not isinstance(schema, dict):
        return []
    own = [schema["$ref"]] if isinstance(schema.get("$ref"), str) else []
    return own + [each for part in schema.get("allOf", ()) for each in _references(part)]


def _both(one: Schema, other: Any) -> Schema:
    """Return a schema that takes what two take, and as little else as is easily said."""
    if not isinstance(other, dict):
        return one
    found = {**other, **one}
    if "properties" in one and "properties" in other:
        found["properties"] = {**_dict(other["properties"]), **_dict(one["properties"])}
    if "required" in one and "required" in other:
        found["required"] = list(dict.fromkeys([*one["required"], *other["required"]]))
    # These mean the rest of what stands beside them, which is another now.
    for name in ("additionalProperties", "unevaluatedProperties", "prefixItems"):
        found.pop(name, None)
    if any("prefixItems" in each or isinstance(each.get("items"), list) for each in (one, other)):
        found.pop("items", None)
    return found


def _object_of(schema: Any) -> Schema:
    """Return a merged schema of objects with its branches' properties as its own."""
    schema = schema if isinstance(schema, dict) else {}
    branches = [_object_of(each) for each in schema.get("anyOf", ()) if _may_be_object(each)]
    found = {
        name: value
        for name, value in schema.items()
        if name not in _COMBINING and name not in ("$defs", "definitions")
    }
    found["type"], found["properties"] = "object", {**_dict(schema.get("properties"))}
    if not branches:
        return found
    found.pop("additionalProperties", None)
    own = found["properties"]
    names = dict.fromkeys(name for branch in branches for name in branch["properties"])
    for name in names:
        if name not in own:
            kinds = [each["properties"][name] for each in branches if name in each["properties"]]
            own[name] = _any_of(kinds)
    needed = [set(branch.get("required", ())) for branch in branches]
    required = [*schema.get("required", ())]
    required += [name for name in names if name not in required and all(name in n for n in needed)]
    if required:
        found["required"] = required
    return found


def _may_be_object(schema: Any) -> bool:
    return isinstance(schema, dict) and schema.get("type", "object") == "object"


def _any_of(kinds: Sequence[Any]) -> Any:
    different = [kind for at, kind in enumerate(kinds) if kind not in kinds[:at]]
    return different[0] if len(different) == 1 else {"anyOf": different}


def _dict(value: Any) -> Schema:
    return value if isinstance(value, dict) else {}


class _Writer:
    """Writes one schema in a plain form."""

    def __init__(self, reader: _Reader, formats: Collection[str]) -> None:
        self._reader = reader
        self._formats = formats
        self._written = 0

    def top(self, schema: Schema) -> Schema:
        flat = _object_of(self._reader.merged(schema))
        return self._object(flat, ())

    def schema(self, given: Any, seen: Sequence[str]) -> Schema:
        """Return a part of the schema; ``seen``: the references that it is within."""
        self._written += 1
        if self._written > MOST_SCHEMAS:
            raise _TooManyError
        for reference in _references(given):
            if seen.count(reference) >= MOST_NESTED:
                return self._of_types(self._types(self._reader.target(reference)))
            seen = (*seen, reference)
        read = self._reader.merged(given)
        if not isinstance(read, dict):
            return self._of_types(_TYPES)
        texts = {name: read[name] for name in _TEXTS if isinstance(read.get(name), str)}
        if (options := read.get("anyOf")) and not {"type", "properties"} & {*read}:
            return {**self._union(partial(self.schema, each, seen) for each in options), **texts}
        if "const" in read or "enum" in read:
            return {**self._values(read.get("enum", [read.get("const")])), **texts}
        types = self._types(read)
        made = (partial(self._typed, read, each, seen) for each in types)
        return {**(self._union(made) if "type" in read else self._of_types(types)), **texts}

    def _types(self, schema: Any) -> Sequence[str]:
        said = _dict(schema).get("type", _TYPES)
        return [said] if isinstance(said, str) else said

    def _typed(self, schema: Schema, kind: str, seen: Sequence[str]) -> Schema:
        found: Schema = {"type": kind}
        found |= {name: schema[name] for name in _LIMITS.get(kind, ()) if name in schema}
        if kind == "string" and schema.get("format") in self._formats:
            found["format"] = schema["format"]
        if kind == "object":
            return self._object(_object_of({**schema, **found}), seen)
        if kind == "array":
            items = schema.get("items")
            is_tuple = "prefixItems" in schema or isinstance(items, list)
            found["items"] = (
                self._items() if is_tuple or items is None else self.schema(items, seen)
            )
        return found

    def _object(self, schema: Schema, seen: Sequence[str]) -> Schema:
        own = _dict(schema.get("properties"))
        properties = {name: self.schema(each, seen) for name, each in own.items()}
        found: Schema = {"type": "object", **({"properties": properties} if own else {})}
        found |= {name: schema[name] for name in (*_TEXTS, *_LIMITS["object"]) if name in schema}
        # A required key without a schema of its own is refused.
        if required := [name for name in schema.get("required", ()) if name in own]:
            found["required"] = required
        return found

    def _values(self, values: Sequence[Any]) -> Schema:
        if all(isinstance(each, str) and each for each in values):
            return {"type": "string", "enum": [*values]}
        return self._of_types([*dict.fromkeys(map(_type_of, values))])

    def _of_types(self, types: Iterable[str]) -> Schema:
        kinds = [*types]
        if "number" in kinds and "integer" in kinds:
            kinds.remove("integer")
        return self._union(partial(self._bare, each) for each in kinds)

    def _bare(self, kind: str) -> Schema:
        return {"type": kind, **({"items": self._items()} if kind == "array" else {})}

    def _items(self) -> Schema:
        """Return any value but a list: the items of lists must be told, which would never end."""
        return self._union(partial(self._bare, each) for each in (*_SCALARS, "object", "null"))

    def _union(self, makers: Iterable[Callable[[], Schema]]) -> Schema:
        found: Schema = _any_of([make() for make in makers])
        return found


def _type_of(value: Any) -> str:
    return _TYPE_NAMES.get(type(value), "null")
