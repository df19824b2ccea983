"""A schema while it is being read: JSON Schema keywords plus what zod's methods need to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from services.executor.bundle.syntax import Node
from services.executor.domain import Json, JsonObject

NULL: JsonObject = {"type": "null"}
SCALARS = frozenset({"string", "number", "integer", "boolean", "null"})


@dataclass(eq=False)
class UnreadableSchemaError(Exception):
    """A schema cannot be read: the reason, the path inside of it, and the node at fault."""

    reason: str
    node: Node = None
    path: str = ""


@dataclass(frozen=True)
class Schema:
    """A schema of a value that goes in.

    ``keywords`` are JSON Schema's, those of an object's ``shape`` excepted. ``optional`` says
    that an object may lack it. ``extra`` is ``additionalProperties`` of an object, None for unset.
    """

    kind: str
    keywords: JsonObject = field(default_factory=dict)
    optional: bool = False
    shape: Mapping[str, Schema] | None = None
    extra: Json = None
    inner: Schema | None = None

    def having(self, **keywords: Json) -> Schema:
        """Return this schema with more keywords."""
        return replace(self, keywords={**self.keywords, **keywords})

    def json(self) -> JsonObject:
        """Return the JSON Schema."""
        if self.shape is None:
            return dict(self.keywords)
        found: JsonObject = {"type": "object", **self.keywords}
        found["properties"] = {key: schema.json() for key, schema in self.shape.items()}
        required: list[Json] = [key for key, s in self.shape.items() if not s.optional]
        if required:
            found["required"] = required
        if self.extra is not None:
            found["additionalProperties"] = self.extra
        return found


def simple_type(schema: JsonObject) -> list[Json] | None:
    """Return the types of a schema that says nothing but scalar types, else None."""
    if set(schema) != {"type"}:
        return None
    types = schema["type"]
    if isinstance(types, list):
        return types
    return [types] if types in SCALARS else None


def any_of(options: list[JsonObject]) -> JsonObject:
    """Return a schema that takes what any of ``options`` takes."""
    types = [simple_type(option) for option in options]
    if options and None not in types:
        names = list(dict.fromkeys(name for found in types if found for name in found))
        return {"type": names[0] if len(names) == 1 else names}
    return {"anyOf": list(options)}


def nullable(schema: Schema) -> Schema:
    """Return a schema that takes null too; its description and default stay outside."""
    whole = schema.json()
    outside: JsonObject = {
        key: whole.pop(key) for key in ("description", "title", "default") if key in whole
    }
    return Schema("nullable", {**any_of([whole, dict(NULL)]), **outside}, schema.optional)
