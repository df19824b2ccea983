"""What a schema may cost is told from its form, before anybody works on it."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from services.executor.schemas.measure import SchemaRefusedError, measure
from services.executor.schemas.patterns import cost_of
from tests.executor.builders import ADD_SCHEMA
from tests.schemas.costly import ENDLESS, FOLDED, TREE, doubling

EMAIL = (
    r"^(?!\.)(?!.*\.\.)([A-Za-z0-9_'+\-\.]*)[A-Za-z0-9_+-]@"
    r"([A-Za-z0-9][A-Za-z0-9\-]*\.)+[A-Za-z]{2,}$"
)


def mutual(count: int) -> dict[str, Any]:
    """Each definition refers to every one."""
    refs = {f"p{i}": {"$ref": f"#/$defs/d{i}"} for i in range(count)}
    return {"$defs": {f"d{i}": {"properties": refs} for i in range(count)}, "properties": refs}


def chained(count: int) -> dict[str, Any]:
    return {"properties": {f"p{i}": {"$ref": f"#/properties/p{i + 1}"} for i in range(count)}}


def nested(depth: int) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    for _ in range(depth):
        schema = {"items": schema}
    return schema


def escaped(depth: int) -> dict[str, Any]:
    """As ``doubling``, with letters of the references percent-encoded."""
    text: dict[str, Any] = json.loads(json.dumps(doubling(depth)).replace("defs/d", "defs/%64"))
    return text


def as_property(name: str, depth: int) -> dict[str, Any]:
    """As ``doubling``, referred to in a property that is called as definitions are."""
    schema: dict[str, Any] = json.loads(json.dumps(doubling(depth)))
    return {**schema, "properties": {name: schema["properties"]["x"]}}


SIMPLE: list[dict[str, Any]] = [
    ADD_SCHEMA,
    {"type": "object", "properties": {"a": {"anyOf": [{"type": "null"}, {"type": "string"}]}}},
    {"type": "object", "properties": {"e": {"type": "string", "pattern": EMAIL}}},
    {"$defs": {"p": {"type": "string"}}, "properties": {"a": {"$ref": "#/$defs/p"}}},
    {"properties": {"pattern": {"type": "string"}, "$ref": {"type": "string"}}},
]
COSTLY: list[dict[str, Any]] = [
    TREE,
    ENDLESS,
    mutual(5),
    {"properties": {"a": {"pattern": FOLDED}}},
    {"properties": {"a": {"not": {"pattern": EMAIL}}}},
    {"properties": {"a": {"uniqueItems": True}}},
    {"properties": {"a": {"$ref": "#/$defs/nothing"}}},
    {"properties": {"a": {"$ref": "https://json-schema.org/draft/2020-12/schema"}}},
    {"properties": {f"p{i}": {"type": "string"} for i in range(2000)}},
]
REFUSED: list[tuple[dict[str, Any], str]] = [
    (doubling(40), "expand to"),
    (doubling(40, "allOf"), "expand to"),
    (mutual(20), "expand to"),
    (escaped(40), "expand to"),
    (as_property("$defs", 40), "expand to"),
    (as_property("definitions", 40), "expand to"),
    (chained(3000), "references"),
    ({"properties": {f"a{i}": {"pattern": FOLDED} for i in range(500)}}, "patterns"),
    ({"pattern": r"((a{100}){100}){100}"}, "counts"),
    ({"patternProperties": {r"(((){100}){100}){100}": {}}}, "counts"),
    ({"pattern": "a" * 30_000}, "characters"),
    ({"properties": {f"p{i}": {} for i in range(20_000)}}, "10000 parts"),
    ({"description": "x" * 300_000}, "256 KiB"),
    (nested(200), "deep"),
    (nested(5000), "deep"),
]


@pytest.mark.parametrize("schema", SIMPLE)
def test_common_schemas_are_simple(schema: dict[str, Any]) -> None:
    assert measure(schema).is_simple


@pytest.mark.parametrize("schema", COSTLY)
def test_unbounded_pattern_is_not_simple(schema: dict[str, Any]) -> None:
    assert not measure(schema).is_simple


@pytest.mark.parametrize(("schema", "words"), REFUSED)
def test_worst_schemas_are_refused_quickly_with_a_reason(
    schema: dict[str, Any], words: str
) -> None:
    began = time.process_time()
    with pytest.raises(SchemaRefusedError, match=words):
        measure(schema)
    assert time.process_time() - began < 1.0


def test_references_are_counted_by_name_as_providers_do() -> None:
    """LiteLLM looks a reference up by its last word alone, wherever it points to."""
    text = json.dumps(doubling(40)).replace("#/$defs/", "https://example.com/anything/")
    with pytest.raises(SchemaRefusedError, match="expand to"):
        measure(json.loads(text))


@pytest.mark.parametrize(
    ("pattern", "size", "backtracks"),
    [
        ("abc", 3, False),
        ("a{3}", 3, False),
        ("(ab){10}", 20, False),
        ("((a{10}){10}){10}", 1000, False),
        (r"\p{L}", 300, False),
        (r"a(?=b)", 3, True),
        (r"(a)\1", 2, True),
        ("[^x]", 11, False),
        ("(" * 1000, 0, False),
        (")" * 1000, 1, False),
        ("[", 2, False),
        ("a{999999999}{999999999}", 10**9, False),
    ],
)
def test_pattern_cost_follows_its_counts(pattern: str, size: int, backtracks: bool) -> None:
    cost = cost_of(pattern)
    assert (cost.size, cost.backtracks) == (size, backtracks)
