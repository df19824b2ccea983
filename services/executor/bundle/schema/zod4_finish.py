"""The end of ``z.toJSONSchema``: definitions for recursive or named schemas, then one plain schema.

In zod's order: recursive schemas and those with an ``id`` become definitions; wrappers take the
keywords of what they wrap; unions of bare types become a list of types; numeric record keys
become strings; intersections of objects become one object.
"""

from __future__ import annotations

from services.executor.bundle.schema.model import UnreadableSchemaError, Zod, metadata
from services.executor.bundle.schema.zod4_fold import bare_types, folded, text_keys
from services.executor.bundle.schema.zod4_json import Seen, Zod4Writer
from services.executor.domain import Json, JsonObject

MAX_NODES = 60_000
DEFINITIONS = "#/$defs/"


def zod4_schema(schema: Zod) -> tuple[JsonObject, list[tuple[str, str, object]]]:
    """Return the JSON Schema of a zod 4 schema, and notes (reason, path, node) of what differs.

    Raises:
        UnreadableSchemaError: JSON Schema cannot express it, or it is too large.
    """
    writer = Zod4Writer()
    writer.write(schema)
    root = writer.seen[id(schema)]
    everything = list(writer.seen.values())
    _define(everything, root)
    for seen in reversed(everything):
        _flatten(writer, seen)
    for seen in everything:
        bare_types(_body(seen))
    _rewrite_keys(writer)
    _fold(writer, everything)
    result = dict(root.keywords if root.name else _body(root))
    if root.name is None and result.get("id") == metadata(schema).get("id"):
        result.pop("id", None)
    definitions: JsonObject = {}
    for seen in everything:
        if seen.body is not None and seen.name is not None:
            if seen.body.get("id") == seen.name:
                del seen.body["id"]
            definitions[seen.name] = seen.body
    if definitions:
        result["$defs"] = definitions
    if _size(result) > MAX_NODES:
        raise UnreadableSchemaError("it is too large", schema.node, schema.path)
    return copied(result), writer.notes


def _body(seen: Seen) -> JsonObject:
    return seen.keywords if seen.body is None else seen.body


def _define(everything: list[Seen], root: Seen) -> None:
    """Move the keywords of a schema that is recursive or has an ``id`` into a definition."""
    count = 0
    for seen in everything:
        identity = metadata(seen.zod).get("id")
        if seen is not root and not identity and not seen.is_cycle:
            continue
        if "$ref" in seen.keywords:
            continue
        seen.body = dict(seen.keywords)
        if seen is root and not seen.keywords.get("id"):
            reference = "#"
        else:
            seen.name = str(seen.keywords.get("id") or f"__schema{count}")
            count += not seen.keywords.get("id")
            reference = DEFINITIONS + seen.name.replace("~", "~0").replace("/", "~1")
        seen.keywords.clear()
        seen.keywords["$ref"] = reference


def _flatten(writer: Zod4Writer, seen: Seen) -> None:
    """Give a wrapper the keywords of what it wraps, and a copy those it does not refine."""
    if seen.is_flat:
        return
    seen.is_flat = True
    body, own = _body(seen), dict(_body(seen))
    if seen.ref is not None:
        inner = writer.seen[id(seen.ref)]
        _flatten(writer, inner)
        merged = {**body, **inner.keywords, **own}
        if seen.zod.parent is seen.ref:
            merged = {k: v for k, v in merged.items() if k in own or k in ("$ref", "allOf")}
        if "$ref" in inner.keywords and inner.body is not None:
            merged = _unlike(merged, inner.body)
        body.clear()
        body.update(merged)
    parent = seen.zod.parent
    if parent is not None and parent is not seen.ref:
        above = writer.seen[id(parent)]
        _flatten(writer, above)
        if "$ref" in above.keywords:
            merged = {**body, "$ref": above.keywords["$ref"]}
            if above.body is not None:
                merged = _unlike(merged, above.body)
            body.clear()
            body.update(merged)


def _unlike(keywords: JsonObject, definition: JsonObject) -> JsonObject:
    """Return ``keywords`` without those already in the definition they refer to."""
    return {
        key: value
        for key, value in keywords.items()
        if key in ("$ref", "allOf") or key not in definition or value != definition[key]
    }


def _rewrite_keys(writer: Zod4Writer) -> None:
    references = {id(s.keywords): s.body for s in writer.seen.values() if s.body is not None}
    rewritten: dict[int, Json] = {}
    for record in writer.records:
        names = _body(writer.seen[id(record)]).get("propertyNames")
        if isinstance(names, dict) and id(names) not in rewritten:
            found = text_keys(names, references, set())
            if found is not names:
                rewritten[id(names)] = found
    for seen in writer.seen.values():
        for carrier in (seen.keywords, seen.body):
            names = carrier.get("propertyNames") if carrier is not None else None
            if carrier is not None and id(names) in rewritten:
                carrier["propertyNames"] = rewritten[id(names)]


def _fold(writer: Zod4Writer, everything: list[Seen]) -> None:
    for sides in writer.intersections:
        for seen in everything:
            for carrier in (seen.keywords, seen.body):
                if carrier is not None and carrier.get("allOf") is sides:
                    folded(carrier)


def _size(root: JsonObject) -> int:
    """Return how many parts a schema has once shared parts are written out."""
    sizes: dict[int, int] = {}
    stack: list[tuple[Json, bool]] = [(root, False)]
    while stack:
        value, done = stack.pop()
        parts = _children(value)
        if id(value) in sizes:
            continue
        if done or not parts:
            sizes[id(value)] = 1 + sum(sizes.get(id(part), 1) for part in parts)
            continue
        stack.append((value, True))
        stack.extend((part, False) for part in parts)
    return sizes[id(root)]


def _children(value: Json) -> list[Json]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def copied(value: JsonObject) -> JsonObject:
    """Return a copy that shares nothing within itself."""
    found = _copy(value)
    assert isinstance(found, dict)
    return found


def _copy(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _copy(inner) for key, inner in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value
