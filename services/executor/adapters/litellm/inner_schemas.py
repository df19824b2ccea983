"""Where JSON Schemas have others within them, for copies that change each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

# Keywords that hold schemas by names of the author's, and those that hold values, no schemas.
BY_NAME = frozenset({"$defs", "definitions", "dependentSchemas", "patternProperties", "properties"})
_VALUES = frozenset({"const", "default", "enum", "examples", "required"})


def rebuilt(schema: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """Return a copy of a schema, with each schema in it as ``change`` makes it, inner ones first.

    ``change`` is given copies, which it may keep.
    """
    if isinstance(schema, list):
        return [rebuilt(each, change) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found: dict[str, Any] = {}
    for key, value in schema.items():
        if key in _VALUES:
            found[key] = value
        elif key in BY_NAME and isinstance(value, dict):
            found[key] = {name: rebuilt(each, change) for name, each in value.items()}
        else:
            found[key] = rebuilt(value, change)
    return change(found)
