"""When two JSON Schemas are the same.

zod 4: equal, but for an empty ``prefixItems``, which zod writes and JSON Schema forbids.

zod 3: equal once both are written alike. ``zod-to-json-schema`` writes draft 7, with references to
where a schema was met first. So a schema is unfolded to the (maybe infinite) tree that it stands
for, and on the way only spellings change, by rules of JSON Schema itself: the list ``items`` and
``additionalItems`` of draft 7 are ``prefixItems`` and ``items`` of 2020-12; ``items: {}`` and
``additionalProperties: true`` say nothing, and neither does an empty ``prefixItems``; a list of
types that are all the same is that type.
"""

from __future__ import annotations

from services.executor.domain import Json, JsonObject


def same(dialect: str, judged: JsonObject, found: JsonObject) -> bool:
    """Tell whether zod's own schema and the one that was found are the same."""
    if dialect != "three":
        return exactly(_without_empty(judged), found)
    return _Graphs(judged, found).alike(judged, found)


def exactly(left: Json, right: Json) -> bool:
    """Tell whether two JSON values are equal; true is not 1."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(exactly(left[k], right[k]) for k in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(exactly, left, right))
    return left == right and isinstance(left, bool) == isinstance(right, bool)


def _without_empty(schema: Json) -> Json:
    if isinstance(schema, list):
        return [_without_empty(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: value for key, value in schema.items() if key != "prefixItems" or value}
    return {key: _without_empty(value) for key, value in kept.items()}


class _Graphs:
    """Two schemas whose references lead back into them."""

    def __init__(self, left: JsonObject, right: JsonObject) -> None:
        self._left, self._right = left, right
        self._met: set[tuple[int, int]] = set()

    def alike(self, left: Json, right: Json) -> bool:
        """Tell whether two parts stand for the same tree; a pair met again is taken as alike."""
        left, right = _followed(left, self._left), _followed(right, self._right)
        if isinstance(left, list) and isinstance(right, list):
            return len(left) == len(right) and all(map(self.alike, left, right))
        if not isinstance(left, dict) or not isinstance(right, dict):
            return exactly(left, right)
        if (id(left), id(right)) in self._met:
            return True
        self._met.add((id(left), id(right)))
        one, other = _modern(left), _modern(right)
        return one.keys() == other.keys() and all(self.alike(one[k], other[k]) for k in one)


def _followed(value: Json, root: JsonObject) -> Json:
    """Return what a reference leads to."""
    for _ in range(64):
        reference = value.get("$ref") if isinstance(value, dict) else None
        if not isinstance(reference, str):
            return value
        found: Json = root
        for part in reference.removeprefix("#").split("/")[1:]:
            if isinstance(found, list):
                found = found[int(part)]
            else:
                assert isinstance(found, dict)
                found = found[part.replace("~1", "/").replace("~0", "~")]
        value = found
    raise AssertionError("references lead nowhere")


def _modern(schema: JsonObject) -> JsonObject:
    found = {key: value for key, value in schema.items() if key not in ("$defs", "$schema")}
    if isinstance(found.get("items"), list):
        found["prefixItems"] = found.pop("items")
        if "additionalItems" in found:
            found["items"] = found.pop("additionalItems")
    types = found.get("type")
    if isinstance(types, list) and len(set(map(str, types))) == 1:
        found["type"] = types[0]
    for key, empty in (("additionalProperties", True), ("prefixItems", []), ("items", {})):
        if key in found and found[key] == empty:
            del found[key]
    return found
